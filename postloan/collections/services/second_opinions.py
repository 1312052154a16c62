"""The opinion of the stand-in (B) on a maturity plan: asked when it is handed in, given before the head decides."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from postloan.collections import wording
from postloan.collections.models import MaturityNotice, MaturityPlan, PlanState
from postloan.collections.services.receipts import Refused
from postloan.collections.services.subjects import Subject
from postloan.core import business_date as business_dates
from postloan.core import calendar, timeline
from postloan.customers.models import Responsibility, Role
from postloan.organization.models import Line
from postloan.todos.kinds import CloseReason, TodoKind
from postloan.todos.models import Todo
from postloan.todos.services import Due, close_by_doing, push, withdraw

WITHIN = 1


def stand_in_of(plan: MaturityPlan) -> int | None:
    """Who is asked: the manager B of the customer, of the loan's line before others, who did not make the plan."""
    line = plan.loan.product.line if plan.loan and plan.loan.product else plan.customer.main_line
    found = _managers_b(plan).filter(staff__is_active=True).exclude(staff__in=[plan.made_by_id, plan.submitted_by_id])
    people = sorted(found.values_list("line", "staff"), key=lambda row: (row[0] != line, row))
    return people[0][1] if people else None


def _managers_b(plan: MaturityPlan) -> Any:
    day: date = business_dates.calendar_today()
    on = max(day, business_dates.latest() or day)
    return Responsibility.objects.on(on).filter(customer_id=plan.customer_id, role=Role.B, line__in=Line.values)


def is_stand_in(plan: MaturityPlan, user: Any) -> bool:
    """A manager B of the customer, or who stands in for one today."""
    return _managers_b(plan).filter(staff__in=[user.pk, *user.rights.stands_in_for]).exists()


def ask(plan: MaturityPlan, *, day: date, run_id: int | None = None, acting_user: Any = None) -> int:
    """A todo to the stand-in, due before the head's; none where nobody is named."""
    stand_in = stand_in_of(plan)
    if stand_in is None:
        return 0
    subject = Subject.of(plan)
    due = Due(
        customer_id=plan.customer_id,
        loan_id=plan.loan_id,
        subject_kind=subject.kind,
        subject_id=subject.pk,
        occurrence=occurrence_of(plan),
        reason_code=wording.WHY_OPINION,
        arguments={"matures_on": plan.matures_on, "kind": plan.kind, "amount": plan.due_amount, "plan": plan.pk},
        due_on=calendar.add_working_days(day, WITHIN),
        amount=plan.due_amount,
        assignee_id=stand_in,
    )
    return push(TodoKind.SECOND_OPINION, [due], business_date=day, run_id=run_id, acting_user=acting_user).opened


def occurrence_of(plan: MaturityPlan) -> str:
    return f"{plan.matures_on}:v{plan.version}"


def undecided(day: date) -> Any:
    """Plans that wait for the head, of maturities that still stand."""
    same = Q(loan=OuterRef("loan"), loan__isnull=False) | Q(item=OuterRef("item"), item__isnull=False)
    standing = MaturityNotice.objects.standing().filter(same, matures_on=OuterRef("matures_on"))
    waiting = MaturityPlan.objects.filter(Exists(standing), state=PlanState.SUBMITTED, matures_on__gte=day)
    return waiting.select_related("customer", "loan__product").order_by("pk")


def without_todo(plans: Any, kind: str) -> list[MaturityPlan]:
    """Those nobody is asked about by an open todo of this kind."""
    todos = Todo.objects.open().filter(kind=kind)
    asked = set(todos.values_list("subject_kind", "subject_id", "occurrence"))
    return [plan for plan in plans if (Subject.of(plan).kind, Subject.of(plan).pk, occurrence_of(plan)) not in asked]


def keep_asked(day: date, run_id: int) -> int:
    """What waits for somebody who has left goes to who is the stand-in now; returns how many were asked anew."""
    left = Todo.objects.open().filter(kind=TodoKind.SECOND_OPINION, assignee__is_active=False)
    ids = list(left.values_list("pk", flat=True))
    withdraw(ids, reason=CloseReason.NO_LONGER_DUE, business_date=day, run_id=run_id)
    plans = without_todo(undecided(day).filter(second_opinion=""), TodoKind.SECOND_OPINION)
    return sum(ask(plan, day=day, run_id=run_id) for plan in plans)


@transaction.atomic
def record_opinion(plan: MaturityPlan, opinion: str, *, acting_user: Any) -> MaturityPlan:
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
    subject = Subject.of(plan)
    close_by_doing(
        TodoKind.SECOND_OPINION,
        subject.kind,
        subject.pk,
        occurrence=occurrence_of(plan),
        acting_user=acting_user,
        anyone=True,
    )
    timeline.record(
        wording.PLAN_COMMENTED,
        acting_user=acting_user,
        customer_id=plan.customer_id,
        loan_id=plan.loan_id,
        subject_kind="maturity_plan",
        subject_key=plan.subject_no,
    )
    return plan


def withdraw_question(plan: MaturityPlan, *, acting_user: Any) -> None:
    """The head has decided without waiting for it."""
    subject = Subject.of(plan)
    asked = Todo.objects.open().filter(
        kind=TodoKind.SECOND_OPINION,
        subject_kind=subject.kind,
        subject_id=subject.pk,
        occurrence=occurrence_of(plan),
    )
    withdraw(
        list(asked.values_list("pk", flat=True)),
        reason=CloseReason.NO_LONGER_DUE,
        business_date=business_dates.current(),
        acting_user=acting_user,
    )
