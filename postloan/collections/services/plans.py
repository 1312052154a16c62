"""Maturity plans: saved, submitted, commented by the stand-in, confirmed or sent back by the head."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from postloan.collections import wording
from postloan.collections.models import MaturityNotice, MaturityPlan, NoOpinion, PlanKind, PlanState
from postloan.collections.services import second_opinions
from postloan.collections.services.owed_plans import due_of_returned
from postloan.collections.services.receipts import Refused, is_latest, plan_of, receive_notice
from postloan.collections.services.subjects import Subject, amount_of
from postloan.collections.workflow import TRANSITIONS, content_hash
from postloan.core import business_date as business_dates
from postloan.core import calendar, timeline
from postloan.todos.kinds import CloseReason, TodoKind
from postloan.todos.models import Todo
from postloan.todos.services import Due, close_by_doing, push, withdraw

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
    _ask_head(plan, day, acting_user)
    second_opinions.ask(plan, day=day, acting_user=acting_user)
    _tell(wording.PLAN_SUBMITTED, plan, acting_user)
    return plan


def ask_heads_again(day: date, run_id: int) -> int:
    """Plans whose question to the head was taken back with a maturity that stands again; returns how many."""
    plans = second_opinions.without_todo(second_opinions.undecided(day), TodoKind.PLAN_TO_CONFIRM)
    return sum(_ask_head(plan, day, None, run_id=run_id) for plan in plans)


def _ask_head(plan: MaturityPlan, day: date, acting_user: Any, *, run_id: int | None = None) -> int:
    """To the head, and to the one above where the head's hand is in the plan."""
    subject = Subject.of(plan)
    hands = {pk for pk in (plan.made_by_id, plan.submitted_by_id, plan.second_by_id) if pk is not None}
    due = Due(
        customer_id=plan.customer_id,
        loan_id=plan.loan_id,
        subject_kind=subject.kind,
        subject_id=subject.pk,
        occurrence=second_opinions.occurrence_of(plan),
        reason_code=wording.WHY_CONFIRM,
        arguments={
            "matures_on": plan.matures_on,
            "kind": plan.kind,
            "amount": plan.due_amount,
            "plan": plan.pk,
        },
        due_on=calendar.add_working_days(day, CONFIRM_WITHIN),
        amount=plan.due_amount,
        not_by=tuple(sorted(hands)),
    )
    return push(TodoKind.PLAN_TO_CONFIRM, [due], business_date=day, run_id=run_id, acting_user=acting_user).opened


def _notices(plan: MaturityPlan) -> Iterable[MaturityNotice]:
    return MaturityNotice.objects.standing().filter(
        loan_id=plan.loan_id, item_id=plan.item_id, matures_on=plan.matures_on
    )


@transaction.atomic
def give_second_opinion(plan: MaturityPlan, opinion: str, *, acting_user: Any) -> MaturityPlan:
    """The stand-in's opinion. Where the stand-in is the head who was to decide, the one above decides."""
    plan = second_opinions.record_opinion(plan, opinion, acting_user=acting_user)
    subject = Subject.of(plan)
    waiting = Todo.objects.open().filter(
        kind=TodoKind.PLAN_TO_CONFIRM, subject_kind=subject.kind, subject_id=subject.pk
    )
    ids = list(waiting.actionable_by(acting_user).values_list("pk", flat=True))
    if ids:
        day = business_dates.current()
        withdraw(ids, reason=CloseReason.NO_LONGER_DUE, business_date=day, acting_user=acting_user)
        _ask_head(plan, day, acting_user)
    return plan


@transaction.atomic
def decide_plan(
    plan: MaturityPlan, decision: str, *, comment: str, seen_hash: str, acting_user: Any, no_opinion: str = ""
) -> MaturityPlan:
    """Confirms or sends back what was seen. Without the stand-in's opinion a confirmation says why (NoOpinion).

    Raises Refused: `state` where another has decided, `maker` for whoever made, submitted or commented it,
    `comment` where one is demanded, `changed` where the content is no longer what was seen, `opinion` where the
    stand-in's is missing without a reason; PermissionDenied.
    """
    plan = _apply(plan, decision, acting_user, comment=comment)
    if content_hash(plan) != seen_hash:
        raise Refused("changed")
    plan.no_opinion = ""
    if decision == "confirm" and not plan.second_opinion:
        plan.no_opinion = no_opinion if second_opinions.stand_in_of(plan) else NoOpinion.NOBODY
        if plan.no_opinion not in NoOpinion.values:
            raise Refused("opinion")
    plan.decided_by, plan.decided_at, plan.decision_comment = acting_user, timezone.now(), comment
    plan.content_hash = content_hash(plan) if decision == "confirm" else ""
    plan._change_reason = decision  # type: ignore[attr-defined]
    plan.save()
    subject = Subject.of(plan)
    close_by_doing(TodoKind.PLAN_TO_CONFIRM, subject.kind, subject.pk, acting_user=acting_user, anyone=True)
    second_opinions.withdraw_question(plan, acting_user=acting_user)
    if decision == "confirm":
        _tell(wording.PLAN_CONFIRMED, plan, acting_user)
    else:
        _tell(wording.PLAN_RETURNED, plan, acting_user, remark=comment)
        day = business_dates.current()
        push(TodoKind.MATURITY_PLAN, [due_of_returned(plan, day)], business_date=day, acting_user=acting_user)
    return plan


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
