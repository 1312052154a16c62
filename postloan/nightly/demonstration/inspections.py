"""Inspections: a report, or a request for a later date or an end, which somebody else decides."""

from __future__ import annotations

from datetime import timedelta

from postloan.inspections.models import ApprovalState, InspectionTask, RequestKind, TaskRequest, TaskState
from postloan.inspections.services import requests
from postloan.nightly.demonstration import report_phrases as phrases
from postloan.nightly.demonstration import reports
from postloan.nightly.demonstration.pace import Day
from postloan.nightly.demonstration.people import People
from postloan.todos.models import Todo

# Of a hundred inspections: how many reports are written on site and off site, in the last quarter and before, since
# a report takes most of a second to make; and how many dates are put off.
RECENT, EARLIER = {"on_site": 70, "off_site": 80}, {"on_site": 3, "off_site": 12}
DELAYS = 10
REFUSED = 0.05
LONGEST_DELAY = 30


def do(todo: Todo, day: Day, people: People) -> bool:
    """Writes the report, or asks; a request that waits is waited for."""
    task, person = InspectionTask.objects.get(pk=todo.subject_id), people.for_todo(todo)
    if person is None or task.requests.filter(state=ApprovalState.SUBMITTED).exists():
        return False
    if task.state != TaskState.PLANNED or _writes(task, day):
        return reports.write(todo, day, people)
    dice = day.dice("request", task.customer.customer_no, task.kind, task.due_on)
    was_refused = task.requests.filter(state=ApprovalState.REFUSED).exists()
    if was_refused:
        return reports.write(todo, day, people)
    is_delay = dice.random() * 100 < DELAYS and task.due_on == task.first_due_on
    requests.ask(
        task,
        RequestKind.DELAY if is_delay else RequestKind.END,
        reason=dice.choice(phrases.DELAY_REASONS if is_delay else phrases.END_REASONS),
        new_due_on=max(task.due_on, day.on) + timedelta(days=dice.randint(10, LONGEST_DELAY)) if is_delay else None,
        acting_user=person,
    )
    return True


def begin(todo: Todo, day: Day, people: People) -> bool:
    task = InspectionTask.objects.get(pk=todo.subject_id)
    return task.state == TaskState.PLANNED and _writes(task, day) and reports.draft(todo, day, people)


def _writes(task: InspectionTask, day: Day) -> bool:
    share = (RECENT if day.is_recent(task.first_due_on) else EARLIER)[task.place]
    return day.dice("writes", task.customer.customer_no, task.kind, task.first_due_on).random() * 100 < share


def decide_request(todo: Todo, day: Day, people: People) -> bool:
    request = TaskRequest.objects.get(pk=todo.occurrence.removeprefix("request:"))
    report = request.task.reports.exclude(state="withdrawn").first()
    hands = {request.asked_by_id, *([report.main_inspector_id, report.second_inspector_id] if report else [])}
    head = people.for_todo(todo, without={pk for pk in hands if pk})
    if head is None:
        return False
    is_refused = day.dice_of(todo).random() < REFUSED
    requests.decide(
        request, grant=not is_refused, comment=phrases.REQUEST_REFUSED if is_refused else "", acting_user=head
    )
    return True
