"""The policy table: the one shipped, the one in force, a new one proposed by one person and approved by another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from postloan.core import business_date, timeline
from postloan.inspections.models import ApprovalState, Policy, PolicyRule
from postloan.inspections.rules_planning import COLUMNS, DEFAULT_RULES, SEEN, Rule, content_hash
from postloan.inspections.services.refusals import Refused

SHIPPED_FROM = date(1900, 1, 1)
PROPOSED = timeline.define(
    "inspections.policy_proposed", _("Inspection policy {version} proposed, valid from {valid_from}.")
)
APPROVED = timeline.define(
    "inspections.policy_approved", _("Inspection policy {version} approved, valid from {valid_from}.")
)
REFUSED = timeline.define("inspections.policy_refused", _("Inspection policy {version} refused: {comment}"))
LISTS = ("customer_kinds", "product_families", "classes", "exceptions")


def rules_of(policy: Policy) -> list[Rule]:
    """The table of a policy as values."""
    return [Rule(**{name: _value(row, name) for name in COLUMNS}) for row in policy.rules.order_by("position")]


def _value(row: PolicyRule, name: str) -> Any:
    value = getattr(row, name)
    return tuple(value) if name in LISTS else value


def policy_on(day: date) -> Policy:
    """The policy in force: the latest approved whose day has come."""
    policy = (
        Policy.objects.filter(state=ApprovalState.APPROVED, valid_from__lte=day)
        .order_by("-valid_from", "-version")
        .first()
    )
    return policy or ship_policy()


@transaction.atomic
def ship_policy() -> Policy:
    """The table the product comes with: version 1, and a newer one only while the bank has made none of its own.

    A newer one holds from the first date that is not closed yet.
    """
    last = Policy.objects.order_by("-version").first()
    content = content_hash(DEFAULT_RULES)
    if last is not None and (last.content_hash == content or Policy.objects.exclude(made_by=None).exists()):
        return last
    closed = business_date.last_closed() if last is not None else None
    shipped = Policy(
        version=last.version + 1 if last is not None else 1,
        valid_from=closed + timedelta(days=1) if closed is not None else SHIPPED_FROM,
        state=ApprovalState.APPROVED,
        source=SEEN,
        content_hash=content,
    )
    shipped._change_reason = "shipped"  # type: ignore[attr-defined]
    shipped.save()
    _write(shipped, DEFAULT_RULES)
    return shipped


def _write(policy: Policy, rules: Sequence[Rule]) -> None:
    PolicyRule.objects.bulk_create(
        [
            PolicyRule(
                policy=policy,
                **{name: list(value) if name in LISTS else value for name, value in _values(rule).items()},
            )
            for rule in rules
        ]
    )


def _values(rule: Rule) -> dict[str, Any]:
    return {name: getattr(rule, name) for name in COLUMNS}


@transaction.atomic
def propose_policy(
    rules: Sequence[Rule], *, valid_from: date, reason: str, acting_user: Any, source: str = ""
) -> Policy:
    """A new version waits for a second person. Raises Refused (`date`, `empty`, `positions`, `open`, `reason`)."""
    if not rules:
        raise Refused("empty")
    if not reason.strip():
        raise Refused("reason")
    if len({rule.position for rule in rules}) < len(rules):
        raise Refused("positions")
    _refuse_past(valid_from)
    last = Policy.objects.select_for_update().order_by("-version").first() or ship_policy()
    if Policy.objects.filter(state=ApprovalState.SUBMITTED).exists():
        raise Refused("open")
    policy = Policy(
        version=last.version + 1,
        valid_from=valid_from,
        state=ApprovalState.SUBMITTED,
        reason=reason.strip(),
        source=source,
        made_by=acting_user,
        content_hash=content_hash(rules),
    )
    policy._change_reason = reason.strip()[:100]  # type: ignore[attr-defined]
    policy.save()
    _write(policy, rules)
    _tell(PROPOSED, policy, acting_user)
    return policy


@transaction.atomic
def decide_policy(policy: Policy, *, approve: bool, comment: str, seen_hash: str, acting_user: Any) -> Policy:
    """The second person decides. Raises Refused (`state`, `maker`, `changed`, `date`, `comment`)."""
    policy = Policy.objects.select_for_update().get(pk=policy.pk)
    if policy.state != ApprovalState.SUBMITTED:
        raise Refused("state")
    if policy.made_by_id == acting_user.pk:
        raise Refused("maker")
    if seen_hash != policy.content_hash or content_hash(rules_of(policy)) != policy.content_hash:
        raise Refused("changed")
    if approve:
        _refuse_past(policy.valid_from)
    elif not comment.strip():
        raise Refused("comment")
    policy.state = ApprovalState.APPROVED if approve else ApprovalState.REFUSED
    policy.decided_by = acting_user
    policy.decided_at = timezone.now()
    policy.decision_comment = comment.strip()
    policy._change_reason = comment.strip()[:100]  # type: ignore[attr-defined]
    policy.save()
    _tell(APPROVED if approve else REFUSED, policy, acting_user)
    return policy


def _refuse_past(valid_from: date) -> None:
    closed = business_date.last_closed()
    if closed is not None and valid_from <= closed:
        raise Refused("date")


def _tell(code: str, policy: Policy, acting_user: Any) -> None:
    timeline.record(
        code,
        acting_user=acting_user,
        subject_kind="inspection_policy",
        subject_key=str(policy.version),
        version=policy.version,
        valid_from=policy.valid_from.isoformat(),
        comment=policy.decision_comment,
    )
