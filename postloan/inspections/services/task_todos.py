"""The todo of an inspection task: one a task and date given."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from postloan.inspections.models import InspectionTask, TaskState
from postloan.todos.kinds import CloseReason, TodoKind
from postloan.todos.models import Todo
from postloan.todos.services import Due, push, withdraw

SUBJECT = "inspection_task"
OF_INSPECTOR = (TodoKind.INSPECTION,)
OF_TASK = (TodoKind.INSPECTION, TodoKind.INSPECTION_REQUEST)


def push_of(ids: Iterable[int], *, business_date: date, run_id: int | None = None, acting_user: Any = None) -> int:
    """Opens the todo of each of these tasks that somebody still has to do."""
    tasks = list(
        InspectionTask.objects.filter(pk__in=list(ids), state__in=[TaskState.PLANNED, TaskState.DRAFTING]).order_by(
            "pk"
        )
    )
    if not tasks:
        return 0
    pushed = push(
        TodoKind.INSPECTION,
        [_due(task) for task in tasks],
        business_date=business_date,
        run_id=run_id,
        acting_user=acting_user,
    )
    return pushed.opened


def _due(task: InspectionTask) -> Due:
    return Due(
        customer_id=task.customer_id,
        subject_kind=SUBJECT,
        subject_id=task.pk,
        reason_code=task.reason_code,
        due_on=task.due_on,
        occurrence=task.due_on.isoformat(),
        line=task.line,
        arguments=task.arguments,
    )


def withdraw_of(
    tasks: Iterable[InspectionTask],
    *,
    reason: str,
    business_date: date,
    run_id: int | None = None,
    acting_user: Any = None,
    kinds: Iterable[str] = OF_TASK,
) -> int:
    ids = Todo.objects.open().filter(
        kind__in=list(kinds), subject_kind=SUBJECT, subject_id__in=[task.pk for task in tasks]
    )
    return withdraw(
        list(ids.values_list("pk", flat=True)),
        reason=reason,
        business_date=business_date,
        run_id=run_id,
        acting_user=acting_user,
    )


def move_of(
    tasks: list[InspectionTask], *, business_date: date, run_id: int | None = None, acting_user: Any = None
) -> None:
    """The date of these tasks is another one: the todo with the former date gives way to one with the new."""
    if not tasks:
        return
    by_whom = {"business_date": business_date, "run_id": run_id, "acting_user": acting_user}
    withdraw_of(tasks, reason=CloseReason.DATE_MOVED, kinds=[TodoKind.INSPECTION], **by_whom)
    push_of([task.pk for task in tasks], **by_whom)
