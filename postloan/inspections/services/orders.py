"""Special inspections ordered by a head or a risk officer for a list of customers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from postloan.core import business_date as business_dates
from postloan.core import calendar, parameters, timeline
from postloan.customers.models import Customer
from postloan.inspections import limits
from postloan.inspections.models import FundsFinding, InspectionKind, InspectionTask, Place, TaskLoan
from postloan.inspections.queries.funds import open_task_on
from postloan.inspections.services import task_todos
from postloan.inspections.services.numbers import next_task_numbers
from postloan.inspections.services.refusals import Refused
from postloan.inspections.wording import WHY_FUNDS, WHY_ORDERED
from postloan.loans.models import Loan

ORDERED = timeline.define("inspections.ordered", _("Inspection {task} ordered: {reason}"))
MOST = 500


@dataclass(frozen=True)
class OrderRow:
    """What an order does about one number: `state` is ok, unknown, twice or no_loans."""

    customer_no: str
    state: str
    customer: Customer | None = None
    open_special: int = 0


def look_at_order(numbers: Iterable[str], *, acting_user: Any) -> list[OrderRow]:
    """The dry run: row by row, in the order given. Whoever is out of scope is unknown."""
    wanted = [number.strip() for number in numbers if number.strip()][: MOST + 1]
    if len(wanted) > MOST:
        raise Refused("too_many")
    seen = Customer.objects.visible_to(acting_user).counted().filter(customer_no__in=set(wanted))
    known = {customer.customer_no: customer for customer in seen.select_related("branch")}
    live = set(
        Loan.objects.live()
        .filter(customer__in=[one.pk for one in known.values()])
        .values_list("customer_id", flat=True)
    )
    special: dict[int, int] = {}
    for pk in (
        InspectionTask.objects.open()
        .filter(kind=InspectionKind.SPECIAL, customer__in=[one.pk for one in known.values()])
        .values_list("customer_id", flat=True)
    ):
        special[pk] = special.get(pk, 0) + 1
    rows, met = [], set()
    for number in wanted:
        customer = known.get(number)
        if customer is None:
            rows.append(OrderRow(number, "unknown"))
        elif number in met:
            rows.append(OrderRow(number, "twice", customer))
        elif customer.pk not in live:
            rows.append(OrderRow(number, "no_loans", customer))
        else:
            rows.append(OrderRow(number, "ok", customer, special.get(customer.pk, 0)))
        met.add(number)
    return rows


@transaction.atomic
def order_inspections(
    numbers: Iterable[str], *, reason: str, due_on: date, place: str, people: int, acting_user: Any
) -> list[InspectionTask]:
    """A special inspection for each customer of the list that the dry run calls ok.

    Raises Refused (`reason`, `date`, `nobody`, `too_many`).
    """
    day = business_dates.current()
    if not reason.strip():
        raise Refused("reason")
    if due_on < day:
        raise Refused("date")
    rows = look_at_order(numbers, acting_user=acting_user)
    customers = [row.customer for row in rows if row.state == "ok" and row.customer is not None]
    if not customers:
        raise Refused("nobody")
    tasks = []
    for number, customer in zip(next_task_numbers(day, len(customers)), customers, strict=True):
        task = InspectionTask.objects.create(
            task_no=number,
            customer=customer,
            line=customer.main_line,
            kind=InspectionKind.SPECIAL,
            occurrence=f"order:{number}",
            reason_code=WHY_ORDERED,
            arguments={"name": acting_user.name, "reason": reason.strip()},
            place=Place(place),
            people=people,
            planned_on=day,
            first_due_on=due_on,
            due_on=due_on,
            ordered_by=acting_user,
        )
        TaskLoan.objects.bulk_create(
            [
                TaskLoan(task=task, loan=loan, kind=InspectionKind.SPECIAL)
                for loan in Loan.objects.live().filter(customer=customer).order_by("pk")
            ]
        )
        timeline.record(
            ORDERED,
            acting_user=acting_user,
            customer_id=customer.pk,
            subject_kind=task_todos.SUBJECT,
            subject_key=number,
            task=number,
            reason=reason.strip(),
        )
        tasks.append(task)
    task_todos.push_of([task.pk for task in tasks], business_date=day, acting_user=acting_user)
    return tasks


@transaction.atomic
def inspect_finding(finding: FundsFinding, *, acting_user: Any) -> InspectionTask:
    """The open inspection that answers a finding; a special one of its loan where there is none.

    Where and by how many people is as in the loan's last inspection.
    """
    loan = Loan.objects.select_for_update(of=("self",)).select_related("customer").get(pk=finding.loan_id)
    there = open_task_on(loan)
    if there is not None:
        return there
    day = business_dates.current()
    tasks = InspectionTask.objects.filter(task_loans__loan=loan).order_by("planned_on", "pk")
    last = tasks.last()
    name = f"funds:{finding.pk}"
    former = tasks.filter(kind=InspectionKind.SPECIAL, occurrence__startswith=name).count()
    due_on = calendar.add_working_days(day, int(parameters.value(limits.SPECIAL_WITHIN, on=day)))
    task = InspectionTask.objects.create(
        task_no=next_task_numbers(day, 1)[0],
        customer=loan.customer,
        line=last.line if last else loan.customer.main_line,
        kind=InspectionKind.SPECIAL,
        occurrence=f"{name}/{former + 1}" if former else name,
        reason_code=WHY_FUNDS,
        arguments={"kind": finding.kind, "payees": ", ".join(finding.facts.get("payees", []))},
        place=last.place if last else Place.ON_SITE,
        people=last.people if last else 2,
        planned_on=day,
        first_due_on=due_on,
        due_on=due_on,
        ordered_by=acting_user,
    )
    TaskLoan.objects.create(task=task, loan=loan, kind=InspectionKind.SPECIAL)
    timeline.record(
        ORDERED,
        acting_user=acting_user,
        customer_id=task.customer_id,
        subject_kind=task_todos.SUBJECT,
        subject_key=task.task_no,
        task=task.task_no,
        reason=str(finding.get_kind_display()),
    )
    task_todos.push_of([task.pk], business_date=day, acting_user=acting_user)
    return task
