"""Maturity plans: saved, submitted, commented by the stand-in, confirmed or sent back by the head."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from postloan.collections import wording
from postloan.collections.models import MaturityNotice, MaturityPlan, PlanKind, PlanState
from postloan.collections.services.maturities import Subject, amount_of
from postloan.collections.services.receipts import Refused, is_latest, plan_of, receive_notice
from postloan.collections.workflow import TRANSITIONS, content_hash
from postloan.core import business_date as business_dates
from postloan.core import calendar, timeline
from postloan.customers.models import Responsibility, Role
from postloan.organization.models import Line
from postloan.todos.kinds import TodoKind
from postloan.todos.services import Due, close_by_doing, push

__all__ = ["Refused", "decide_plan", "give_second_opinion", "save_plan", "submit_plan"]

EDITABLE = frozenset({PlanState.DRAFT, PlanState.RETURNED})
CONFIRM_WITHIN = 2


@transaction.atomic
def save_plan(
    notice: MaturityNotice, content: Mapping[str, Any], *, expected_version: int, acting_user: Any
) -> MaturityPlan:
    """Writes a draft, or a new version of one that is a draft or was sent back.

    Raises Refused: `state` where it can no longer be edited, `version` where somebody has saved meanwhile.
    """
    notice = MaturityNotice.objects.select_for_update().get(pk=notice.pk)
    if notice.withdrawn_on is not None:
        raise Refused("withdrawn")
    plan = plan_of(notice)
    if plan is None:
        plan = MaturityPlan(
            loan_id=notice.loan_id,
            item_id=notice.item_id,
            customer_id=notice.customer_id,
            matures_on=notice.matures_on,
            made_by=acting_user,
            made_on=business_dates.current(),
            currency=notice.subject.currency,
            due_amount=amount_of(notice.subject),
            version=0,
        )
    else:
        plan = MaturityPlan.objects.select_for_update().get(pk=plan.pk)
    if plan.state not in EDITABLE:
        raise Refused("state")
    if plan.version != expected_version:
        raise Refused("version")
    for name, value in content.items():
        setattr(plan, name, value)
    # Whoever wrote the last version is its maker: never the one who confirms it.
    plan.made_by, plan.version = acting_user, plan.version + 1
    plan.due_amount = amount_of(notice.subject)
    plan.second_opinion, plan.second_by = "", None
    plan.save()
    _tell(wording.PLAN_SAVED, plan, acting_user, version=plan.version)
    return plan


@transaction.atomic
def submit_plan(plan: MaturityPlan, *, acting_user: Any) -> MaturityPlan:
    """Hands a plan to the head. Raises Refused or PermissionDenied."""
    plan = _apply(plan, "submit", acting_user)
    plan.submitted_by, plan.submitted_at = acting_user, timezone.now()
    plan.decision_comment, plan.decided_by, plan.decided_at = "", None, None
    plan.save()
    subject = Subject.of(plan)
    for notice in _notices(plan):
        if is_latest(notice) and notice.received_at is None:
            receive_notice(notice, acting_user=acting_user)
    close_by_doing(TodoKind.MATURITY_PLAN, subject.kind, subject.pk, acting_user=acting_user)
    day = business_dates.current()
    due = Due(
        customer_id=plan.customer_id,
        loan_id=plan.loan_id,
        subject_kind=subject.kind,
        subject_id=subject.pk,
        occurrence=f"{plan.matures_on}:v{plan.version}",
        reason_code=wording.WHY_CONFIRM,
        arguments={
            "matures_on": plan.matures_on,
            "kind": plan.kind,
            "amount": plan.due_amount,
            "plan": plan.pk,
        },
        due_on=calendar.add_working_days(day, CONFIRM_WITHIN),
        amount=plan.due_amount,
    )
    push(TodoKind.PLAN_TO_CONFIRM, [due], business_date=day, acting_user=acting_user)
    _tell(wording.PLAN_SUBMITTED, plan, acting_user)
    return plan


def _notices(plan: MaturityPlan) -> Iterable[MaturityNotice]:
    return MaturityNotice.objects.standing().filter(
        loan_id=plan.loan_id, item_id=plan.item_id, matures_on=plan.matures_on
    )


@transaction.atomic
def give_second_opinion(plan: MaturityPlan, opinion: str, *, acting_user: Any) -> MaturityPlan:
    """The stand-in (B) says what they think, before the head decides. Raises Refused, PermissionDenied."""
    plan = MaturityPlan.objects.select_for_update().get(pk=plan.pk)
    if plan.state != PlanState.SUBMITTED:
        raise Refused("state")
    if plan.made_by_id == acting_user.pk:
        raise Refused("maker")
    if not is_stand_in(plan, acting_user):
        raise PermissionDenied("only the stand-in (B) of the customer")
    plan.second_opinion, plan.second_by = opinion, acting_user
    plan.save(update_fields=["second_opinion", "second_by"])
    _tell(wording.PLAN_COMMENTED, plan, acting_user)
    return plan


def is_stand_in(plan: MaturityPlan, user: Any) -> bool:
    day: date = business_dates.calendar_today()
    return (
        Responsibility.objects.on(max(day, business_dates.latest() or day))
        .filter(customer_id=plan.customer_id, staff=user, role=Role.B, line__in=Line.values)
        .exists()
    )


@transaction.atomic
def decide_plan(plan: MaturityPlan, decision: str, *, comment: str, seen_hash: str, acting_user: Any) -> MaturityPlan:
    """Confirms or sends back what was seen.

    Raises Refused: `state` where another has decided, `maker` for whoever made, submitted or commented it,
    `comment` where one is demanded, `changed` where the content is no longer what was seen; PermissionDenied.
    """
    plan = _apply(plan, decision, acting_user, comment=comment)
    if content_hash(plan) != seen_hash:
        raise Refused("changed")
    plan.decided_by, plan.decided_at, plan.decision_comment = acting_user, timezone.now(), comment
    plan.content_hash = content_hash(plan) if decision == "confirm" else ""
    plan._change_reason = decision  # type: ignore[attr-defined]
    plan.save()
    subject = Subject.of(plan)
    close_by_doing(TodoKind.PLAN_TO_CONFIRM, subject.kind, subject.pk, acting_user=acting_user, anyone=True)
    if decision == "confirm":
        _tell(wording.PLAN_CONFIRMED, plan, acting_user)
    else:
        _tell(wording.PLAN_RETURNED, plan, acting_user, remark=comment)
        _ask_again(plan, comment, acting_user)
    return plan


def _ask_again(plan: MaturityPlan, comment: str, acting_user: Any) -> None:
    day = business_dates.current()
    subject = Subject.of(plan)
    due = Due(
        customer_id=plan.customer_id,
        loan_id=plan.loan_id,
        subject_kind=subject.kind,
        subject_id=subject.pk,
        occurrence=f"{plan.matures_on}:returned:v{plan.version}",
        reason_code=wording.WHY_PLAN_RETURNED,
        arguments={"matures_on": plan.matures_on, "remark": comment[:200], "plan": plan.pk},
        due_on=min(calendar.add_working_days(day, CONFIRM_WITHIN), max(plan.matures_on, day)),
        amount=plan.due_amount,
    )
    push(TodoKind.MATURITY_PLAN, [due], business_date=day, acting_user=acting_user)


def _apply(plan: MaturityPlan, name: str, user: Any, *, comment: str = "") -> MaturityPlan:
    """The one place that moves a plan: lock, re-read, check state, right, person and comment, then move."""
    move = TRANSITIONS[name]
    plan = MaturityPlan.objects.select_for_update().get(pk=plan.pk)
    if plan.state not in move.sources:
        raise Refused("state")
    if not user.has_capability(move.capability):
        raise PermissionDenied(move.capability)
    if not move.maker_may and user.pk in {plan.made_by_id, plan.submitted_by_id, plan.second_by_id}:
        raise Refused("maker")
    if move.comment_required and not comment.strip():
        raise Refused("comment")
    plan.state = move.target
    return plan


def _tell(code: str, plan: MaturityPlan, acting_user: Any, **arguments: Any) -> None:
    timeline.record(
        code,
        acting_user=acting_user,
        customer_id=plan.customer_id,
        loan_id=plan.loan_id,
        subject_kind="maturity_plan",
        subject_key=plan.subject_no,
        **arguments,
    )


def kinds_that_renew() -> frozenset[str]:
    return frozenset({PlanKind.REPAY_PART, PlanKind.EXTEND, PlanKind.RENEW, PlanKind.REFINANCE})
