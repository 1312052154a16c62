"""What people do about a maturity notice: receive it, and see before the day whether the money is there."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from postloan.collections import limits, wording
from postloan.collections.models import MaturityNotice, MaturityPlan, PlanFollowUp, PlanState
from postloan.collections.services.owed_plans import ask_for_plans
from postloan.collections.services.subjects import Subject, due_of
from postloan.core import business_date as business_dates
from postloan.core import parameters, timeline
from postloan.todos.kinds import TodoKind
from postloan.todos.models import Todo
from postloan.todos.services import close_by_doing, push


class Refused(Exception):
    """It cannot be done as things stand; the code says why and the page puts it into words."""


@transaction.atomic
def receive_notice(notice: MaturityNotice, *, acting_user: Any) -> MaturityNotice:
    """签收: who has read it, and when. A second click changes nothing. What is owed next becomes a todo.

    Raises Refused where the notice was withdrawn.
    """
    row = MaturityNotice.objects.select_for_update().get(pk=notice.pk)
    if row.withdrawn_on is not None:
        raise Refused("withdrawn")
    if row.received_at is not None:
        return row
    row.received_by, row.received_at = acting_user, timezone.now()
    row.save(update_fields=["received_by", "received_at"])
    subject = Subject.of(row)
    occurrence = f"{row.matures_on}:{row.step_days}"
    close_by_doing(TodoKind.MATURITY_NOTICE, subject.kind, subject.pk, occurrence=occurrence, acting_user=acting_user)
    timeline.record(
        wording.NOTICE_RECEIVED,
        acting_user=acting_user,
        customer_id=row.customer_id,
        loan_id=row.loan_id,
        subject_kind=subject.kind,
        subject_key=row.subject_no,
        step=row.step_days,
    )
    _owe_next(row, acting_user)
    return row


def may_receive(notice: MaturityNotice, *, user: Any) -> bool:
    """Whether the page offers the receipt: the notice waits, and its todo, if one is open, is this person's to do."""
    if notice.withdrawn_on is not None or notice.received_at is not None:
        return False
    subject = Subject.of(notice)
    waiting = Todo.objects.open().filter(
        kind=TodoKind.MATURITY_NOTICE,
        subject_kind=subject.kind,
        subject_id=subject.pk,
        occurrence=f"{notice.matures_on}:{notice.step_days}",
    )
    return not waiting.exists() or waiting.actionable_by(user).exists()


def _owe_next(notice: MaturityNotice, acting_user: Any) -> None:
    """After the receipt: the plan where it is owed, and a follow-up after a step that asks for no plan."""
    day = business_dates.current()
    if notice.matures_on < day or not is_latest(notice):
        return
    ask_for_plans(day, notice=notice, acting_user=acting_user)
    plan_steps = {int(step) for step in parameters.value(limits.PLAN_STEPS, on=day)}
    if notice.step_days not in plan_steps and not notice.follow_ups.exists():
        due = due_of(notice, wording.WHY_FOLLOW, max(notice.due_on, day))
        push(TodoKind.MATURITY_FOLLOW_UP, [due], business_date=day, acting_user=acting_user)


def is_latest(notice: MaturityNotice) -> bool:
    """Whether no tighter notice of the same maturity stands."""
    return not (
        MaturityNotice.objects.standing()
        .filter(
            loan_id=notice.loan_id,
            item_id=notice.item_id,
            matures_on=notice.matures_on,
            step_days__lt=notice.step_days,
        )
        .exists()
    )


def plan_of(notice: MaturityNotice) -> MaturityPlan | None:
    return (
        MaturityPlan.objects.filter(loan_id=notice.loan_id, item_id=notice.item_id, matures_on=notice.matures_on)
        .exclude(state=PlanState.WITHDRAWN)
        .first()
    )


@transaction.atomic
def follow_up(
    notice: MaturityNotice, *, is_on_track: bool, funds_ready: Any, remark: str, acting_user: Any
) -> PlanFollowUp:
    """What was found a week or a day before; it receives the notice too where nobody has yet."""
    receive_notice(notice, acting_user=acting_user)
    record = PlanFollowUp.objects.create(
        notice=notice,
        plan=plan_of(notice),
        followed_on=business_dates.current(),
        is_on_track=is_on_track,
        funds_ready=funds_ready,
        remark=remark,
        recorded_by=acting_user,
        recorded_at=timezone.now(),
    )
    subject = Subject.of(notice)
    close_by_doing(
        TodoKind.MATURITY_FOLLOW_UP,
        subject.kind,
        subject.pk,
        occurrence=f"{notice.matures_on}:{notice.step_days}",
        acting_user=acting_user,
    )
    timeline.record(
        wording.PLAN_FOLLOWED,
        acting_user=acting_user,
        customer_id=notice.customer_id,
        loan_id=notice.loan_id,
        subject_kind=subject.kind,
        subject_key=notice.subject_no,
        step=notice.step_days,
    )
    return record
