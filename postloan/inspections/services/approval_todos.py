"""The todos of approving: to whoever decides, back to the main inspector, measures to their owners."""

from __future__ import annotations

from typing import Any

from postloan.core import business_date, calendar, parameters
from postloan.inspections import limits_approval
from postloan.inspections.models import Measure, Report
from postloan.inspections.services import task_todos
from postloan.inspections.wording import WHY_APPROVE, WHY_MEASURE, WHY_RETURNED, WHY_TAKEN_BACK
from postloan.todos.kinds import CloseReason, TodoKind
from postloan.todos.models import Todo
from postloan.todos.services import Due, close_by_doing, push

MEASURE = "inspection_measure"
OF_WRITER = (TodoKind.INSPECTION, TodoKind.INSPECTION_RETURNED)


def done_by_inspector(report: Report, *, acting_user: Any) -> None:
    """The report is handed in: whoever the todo was given to, an inspector of the report has done it."""
    close_by_doing(OF_WRITER, task_todos.SUBJECT, report.task_id, acting_user=acting_user, anyone=True)


def ask_decider(report: Report, submission: int, *, acting_user: Any) -> None:
    """A todo in the queue of the post that decides at the report's step."""
    day = business_date.current()
    step = report.chain[report.step - 1]
    due = Due(
        customer_id=report.task.customer_id,
        subject_kind=task_todos.SUBJECT,
        subject_id=report.task_id,
        occurrence=f"approve:{report.pk}:{submission}:{report.step}",
        reason_code=WHY_APPROVE,
        arguments={
            "task_no": report.task.task_no,
            "kind": report.task.kind,
            "name": report.main_inspector.name,
            "on": report.submitted_on,
        },
        due_on=calendar.add_working_days(day, int(parameters.value(limits_approval.APPROVE_WITHIN, on=day))),
        line=report.task.line,
        post_code=step["post"],
        post_branch_id=step["branch"],
    )
    push(TodoKind.INSPECTION_TO_APPROVE, [due], business_date=day, acting_user=acting_user)


def done_by_decider(report: Report, *, acting_user: Any) -> None:
    close_by_doing(
        TodoKind.INSPECTION_TO_APPROVE, task_todos.SUBJECT, report.task_id, acting_user=acting_user, anyone=True
    )


def withdraw_decider(report: Report, *, acting_user: Any) -> None:
    task_todos.withdraw_of(
        [report.task],
        reason=CloseReason.NO_LONGER_DUE,
        kinds=[TodoKind.INSPECTION_TO_APPROVE],
        business_date=business_date.current(),
        acting_user=acting_user,
    )


def ask_again(report: Report, occurrence: str, *, remark: str, acting_user: Any) -> None:
    """Back to the main inspector, by a date."""
    day = business_date.current()
    due = Due(
        customer_id=report.task.customer_id,
        subject_kind=task_todos.SUBJECT,
        subject_id=report.task_id,
        occurrence=f"{occurrence}:{report.pk}",
        reason_code=WHY_RETURNED if remark else WHY_TAKEN_BACK,
        arguments={"name": acting_user.name, "remark": remark[:200], "task_no": report.task.task_no},
        due_on=calendar.add_working_days(day, int(parameters.value(limits_approval.MEND_WITHIN, on=day))),
        line=report.task.line,
        assignee_id=report.main_inspector_id,
    )
    push(TodoKind.INSPECTION_RETURNED, [due], business_date=day, acting_user=acting_user)


def give_measures(report: Report, *, acting_user: Any) -> int:
    """Each measure of an approved report becomes a todo of its owner."""
    rows = [
        Due(
            customer_id=report.task.customer_id,
            subject_kind=MEASURE,
            subject_id=measure.pk,
            reason_code=WHY_MEASURE,
            arguments={"text": measure.text[:200], "task_no": report.task.task_no},
            due_on=measure.due_on,
            line=report.task.line,
            assignee_id=measure.owner_id,
        )
        for measure in report.measures.filter(done_on=None)
    ]
    if not rows:
        return 0
    day = business_date.current()
    return push(TodoKind.INSPECTION_MEASURE, rows, business_date=day, acting_user=acting_user).opened


def may_do_measure(measure: Measure, user: Any) -> bool:
    """Whose todo it is by now: the paper names the owner it was signed with, the todo may have been handed over."""
    if user.pk == measure.owner_id or measure.owner_id in user.rights.stands_in_for:
        return True
    todos = Todo.objects.open().filter(kind=TodoKind.INSPECTION_MEASURE, subject_kind=MEASURE, subject_id=measure.pk)
    return todos.filter(assignee__in=[user.pk, *user.rights.stands_in_for]).exists()


def measure_done(measure: Measure, *, acting_user: Any) -> None:
    close_by_doing(TodoKind.INSPECTION_MEASURE, MEASURE, measure.pk, acting_user=acting_user)
