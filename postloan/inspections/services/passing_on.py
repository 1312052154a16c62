"""A report in progress changes hands with the responsibility for its customer; an approved one keeps its authors.

1. Drafts and reports sent back: the receiver of a hand-over takes the giver's place at once.
2. A report that waits for a decision keeps its authors. When it comes back, the place of an inspector who has given up
   the customer since it was begun, or who has left, is taken by whoever is responsible by then.
3. Whose todo it has become, by a head's decision or because the inspector left, takes the main inspector's place over.
4. Who had the place stays in the history of the report; neither they nor their successors decide on it (writers.py).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from postloan.core import business_date, timeline
from postloan.customers.models import Responsibility, Role
from postloan.inspections.models import InspectionTask, Report
from postloan.inspections.services import task_todos
from postloan.inspections.services.approval_todos import OF_WRITER
from postloan.inspections.services.signing import void_signatures
from postloan.inspections.workflow import WRITABLE
from postloan.loans.models import LoanManager
from postloan.organization.models import Staff
from postloan.todos.models import Todo

HANDED_OVER = timeline.define(
    "inspections.report_handed_over",
    _("Inspection {task}: {receiver} takes the place of {giver} in the report ({because})"),
)
CAME_BACK = timeline.define(
    "inspections.report_to_responsible",
    _("Inspection {task}: {receiver}, responsible by now, takes the place of {giver} in the report"),
)
TAKEN_OVER = timeline.define(
    "inspections.report_taken_over",
    _("Inspection {task}: {receiver}, whose todo it is now, takes the place of {giver} in the report"),
)
VOID_BECAUSE = "inspector changed"


def in_hand(staff: Staff) -> Any:
    """The reports a person is still to write, as main or second inspector."""
    mine = Report.objects.filter(Q(main_inspector=staff) | Q(second_inspector=staff), state__in=WRITABLE)
    return mine.select_related("task__customer")


@transaction.atomic
def pass_on(
    tasks: Collection[int], *, giver: Staff, receiver: Staff, because: str, day: date, run_id: int | None = None
) -> int:
    """Gives the giver's place in what is still to be written of these tasks to the receiver; returns how many reports.

    Call it after the responsibilities have moved: the second inspector is looked for among them.
    """
    found = InspectionTask.objects.filter(reports__in=in_hand(giver), pk__in=tasks).order_by("pk")
    wanted = list(found.select_for_update(of=("self",)).values_list("pk", flat=True))
    rows = Report.objects.filter(task__in=wanted, state__in=WRITABLE).select_for_update(of=("self",))
    passed = 0
    for row in rows.select_related("task__customer", "main_inspector", "second_inspector").order_by("pk"):
        if giver.pk not in {row.main_inspector_id, row.second_inspector_id}:
            continue
        _take_place(row, giver, receiver, day)
        _save(row, because, None)
        _tell(HANDED_OVER, row, giver, receiver, because=because, run_id=run_id)
        passed += 1
    return passed


def to_responsible(row: Report, *, acting_user: Any) -> None:
    """Changes the inspectors of a locked report that comes back to be mended; the caller saves it."""
    day = business_date.current()
    for staff in [one for one in (row.main_inspector, row.second_inspector) if one is not None]:
        successor = _successor(row, staff, day)
        if successor is not None:
            _take_place(row, staff, successor, day)
            _tell(CAME_BACK, row, staff, successor, acting_user=acting_user)


def may_take_over(report: Report, user: Any) -> bool:
    """Whose todo the writing has become, who is no inspector of the report."""
    if report.state not in WRITABLE or user.pk in {report.main_inspector_id, report.second_inspector_id}:
        return False
    todos = Todo.objects.open().filter(kind__in=OF_WRITER, subject_kind=task_todos.SUBJECT, subject_id=report.task_id)
    return user.has_capability("inspections.write") and todos.filter(assignee=user).exists()


def take_over(row: Report, *, acting_user: Any) -> None:
    """The main inspector's place in a locked report. Ask `may_take_over` before."""
    giver = row.main_inspector
    _take_place(row, giver, acting_user, business_date.current())
    _save(row, VOID_BECAUSE, acting_user)
    _tell(TAKEN_OVER, row, giver, acting_user, acting_user=acting_user)


def _successor(row: Report, staff: Staff, day: date) -> Staff | None:
    """Who is responsible in the place of an inspector; None where the inspector stays."""
    role = ""
    for rows in _responsibilities(row.task):
        if rows.on(day).filter(staff=staff).exists():
            return None
        ended = rows.filter(staff=staff, valid_to__gt=row.begun_on, valid_to__lte=day).order_by("-valid_to").first()
        role = role or (ended.role if ended else "")
    if not role:
        if staff.is_active and staff.has_capability("inspections.write"):
            return None
        role = Role.A
    others = {row.main_inspector_id} if staff.pk == row.second_inspector_id else set()
    return next((one for one in _responsible(row.task, role, day) if one.pk not in others), None)


def _responsibilities(task: InspectionTask) -> list[Any]:
    """By loan first: a loan may name its own managers."""
    of_customer = Responsibility.objects.filter(customer=task.customer_id)
    return [
        LoanManager.objects.filter(loan__task_loans__task=task),
        of_customer.filter(line=task.line) if task.line else of_customer,
    ]


def _responsible(task: InspectionTask, role: str, day: date) -> Iterator[Staff]:
    """Who can write for the customer on a day, those of this role first."""
    for rows in _responsibilities(task):
        there = sorted(rows.on(day).select_related("staff"), key=lambda one: (one.role != role, one.role))
        yield from (one.staff for one in there if one.staff.is_active and one.staff.has_capability("inspections.write"))


def _take_place(row: Report, giver: Any, receiver: Any, day: date) -> None:
    """Where the receiver is the other inspector already, somebody responsible is looked for as the second one."""
    if giver.pk == row.main_inspector_id:
        row.main_inspector = receiver
        if row.second_inspector_id == receiver.pk:
            row.second_inspector = _second(row, giver, day)
    else:
        row.second_inspector = receiver if receiver.pk != row.main_inspector_id else _second(row, giver, day)
    for measure in row.measures.filter(owner=giver, done_on=None):
        measure.owner = receiver
        measure._change_reason = VOID_BECAUSE  # type: ignore[attr-defined]
        measure.save()
    row.version += 1
    void_signatures(row, VOID_BECAUSE)


def _second(row: Report, giver: Staff, day: date) -> Staff | None:
    """Somebody else responsible for the customer, where the task asks for two; else the main inspector names one."""
    if row.task.people < 2:
        return None
    out = {giver.pk, row.main_inspector_id}
    return next((one for one in _responsible(row.task, Role.B, day) if one.pk not in out), None)


def _save(row: Report, because: str, acting_user: Any) -> None:
    row._change_reason = because  # type: ignore[attr-defined]
    row._history_user = acting_user  # type: ignore[attr-defined]
    row.save()


def _tell(code: str, row: Report, giver: Any, receiver: Any, **more: Any) -> None:
    timeline.record(
        code,
        customer_id=row.task.customer_id,
        subject_kind="inspection_report",
        subject_key=str(row.pk),
        task=row.task.task_no,
        giver=giver.name,
        receiver=receiver.name,
        **more,
    )
