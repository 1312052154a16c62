"""A later date, or an end without inspection: one asks, somebody else decides."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from postloan.core import business_date as business_dates
from postloan.core import calendar, timeline
from postloan.inspections.models import (
    ApprovalState,
    InspectionCycle,
    InspectionTask,
    ReportState,
    RequestKind,
    TaskRequest,
    TaskState,
)
from postloan.inspections.services import task_todos
from postloan.inspections.services.refusals import Refused
from postloan.inspections.wording import WHY_REQUEST
from postloan.todos.kinds import CloseReason, TodoKind
from postloan.todos.services import Due, close_by_doing, push

DECIDE_WITHIN = 2
MOVABLE = frozenset({TaskState.PLANNED, TaskState.DRAFTING, TaskState.RETURNED})

ASKED = timeline.define("inspections.request_made", _("Inspection {task}: asked for {asked}, {reason}"))
GRANTED = timeline.define("inspections.request_granted", _("Inspection {task}: granted: {asked}"))
DENIED = timeline.define("inspections.request_refused", _("Inspection {task}: not granted: {asked}, {reason}"))
TAKEN_BACK = timeline.define("inspections.request_withdrawn", _("Inspection {task}: request taken back: {asked}"))


@transaction.atomic
def ask(
    task: InspectionTask, kind: str, *, reason: str, new_due_on: date | None = None, acting_user: Any
) -> TaskRequest:
    """Asks for a later date or an end. Raises Refused (`state`, `open`, `reason`, `date`)."""
    task = InspectionTask.objects.select_for_update().get(pk=task.pk)
    if task.state not in MOVABLE:
        raise Refused("state")
    if task.requests.filter(state=ApprovalState.SUBMITTED).exists():
        raise Refused("open")
    if not reason.strip():
        raise Refused("reason")
    day = business_dates.current()
    if kind == RequestKind.DELAY and (new_due_on is None or new_due_on <= max(task.due_on, day)):
        raise Refused("date")
    request = TaskRequest.objects.create(
        task=task,
        kind=kind,
        reason=reason.strip(),
        new_due_on=new_due_on if kind == RequestKind.DELAY else None,
        asked_by=acting_user,
        asked_on=day,
    )
    due = Due(
        customer_id=task.customer_id,
        subject_kind=task_todos.SUBJECT,
        subject_id=task.pk,
        reason_code=WHY_REQUEST,
        due_on=calendar.add_working_days(day, DECIDE_WITHIN),
        occurrence=f"request:{request.pk}",
        line=task.line,
        arguments={"name": acting_user.name, "task_no": task.task_no, "asked": _asked(request)},
    )
    push(TodoKind.INSPECTION_REQUEST, [due], business_date=day, acting_user=acting_user)
    _tell(ASKED, request, acting_user)
    return request


@transaction.atomic
def decide(request: TaskRequest, *, grant: bool, comment: str, acting_user: Any) -> TaskRequest:
    """Somebody else than the asker decides. Raises Refused (`state`, `maker`, `comment`, `date`)."""
    task = InspectionTask.objects.select_for_update().get(pk=request.task_id)
    request = TaskRequest.objects.select_for_update().get(pk=request.pk)
    if request.state != ApprovalState.SUBMITTED or task.state not in MOVABLE:
        raise Refused("state")
    if acting_user.pk in {request.asked_by_id, *_inspectors(task)}:
        raise Refused("maker")
    if not grant and not comment.strip():
        raise Refused("comment")
    _close(request, ApprovalState.APPROVED if grant else ApprovalState.REFUSED, comment, acting_user)
    close_by_doing(
        TodoKind.INSPECTION_REQUEST,
        task_todos.SUBJECT,
        task.pk,
        acting_user=acting_user,
        occurrence=f"request:{request.pk}",
        anyone=True,
    )
    if grant:
        _carry_out(request, task, acting_user)
    _tell(GRANTED if grant else DENIED, request, acting_user)
    return request


@transaction.atomic
def take_back(request: TaskRequest, *, acting_user: Any) -> TaskRequest:
    """Whoever asked takes the request back. Raises Refused (`state`, `not_yours`)."""
    request = TaskRequest.objects.select_for_update().select_related("task").get(pk=request.pk)
    if request.state != ApprovalState.SUBMITTED:
        raise Refused("state")
    if request.asked_by_id != acting_user.pk:
        raise Refused("not_yours")
    request.state = ApprovalState.WITHDRAWN
    request.save(update_fields=["state"])
    task_todos.withdraw_of(
        [request.task],
        reason=CloseReason.NO_LONGER_DUE,
        kinds=[TodoKind.INSPECTION_REQUEST],
        business_date=business_dates.current(),
        acting_user=acting_user,
    )
    _tell(TAKEN_BACK, request, acting_user)
    return request


def _inspectors(task: InspectionTask) -> set[int]:
    report = task.reports.exclude(state=ReportState.WITHDRAWN).first()
    return {pk for pk in (report.main_inspector_id, report.second_inspector_id) if pk} if report else set()


def _close(request: TaskRequest, state: str, comment: str, acting_user: Any) -> None:
    request.state = state
    request.decided_by, request.decided_at = acting_user, timezone.now()
    request.decision_comment = comment.strip()
    request.save()


def _carry_out(request: TaskRequest, task: InspectionTask, acting_user: Any) -> None:
    day = business_dates.current()
    if request.kind == RequestKind.DELAY:
        if request.new_due_on is None or request.new_due_on <= task.due_on:
            raise Refused("date")
        _keep_cycle(request, task)
        task.due_on = request.new_due_on
        task.save()
        task_todos.move_of([task], business_date=day, acting_user=acting_user)
        return
    task.state, task.done_on = TaskState.ENDED, day
    task.save()
    # What it covered is not owed again; a report begun is kept, and can no longer be written.
    for report in task.reports.exclude(state__in=[ReportState.WITHDRAWN, ReportState.APPROVED]):
        report.state = ReportState.WITHDRAWN
        report.save(update_fields=["state"])
    task_todos.withdraw_of(
        [task],
        reason=CloseReason.NO_LONGER_DUE,
        business_date=day,
        acting_user=acting_user,
        kinds=task_todos.OF_INSPECTOR,
    )


def _keep_cycle(request: TaskRequest, task: InspectionTask) -> None:
    """Facts known at the grant are no reason to take it back; only worse ones bring the date forward."""
    cycle = InspectionCycle.objects.filter(customer=task.customer_id, line=task.line).first()
    if cycle is not None:
        request.cycle_days, request.cycle_due_on = cycle.every_days, cycle.due_on
        request.save(update_fields=["cycle_days", "cycle_due_on"])


def _asked(request: TaskRequest) -> str:
    """A code for the event; the page makes the sentence from the request itself."""
    return f"{request.get_kind_display()} {request.new_due_on or ''}".strip()


def _tell(code: str, request: TaskRequest, acting_user: Any) -> None:
    timeline.record(
        code,
        acting_user=acting_user,
        customer_id=request.task.customer_id,
        subject_kind=task_todos.SUBJECT,
        subject_key=request.task.task_no,
        task=request.task.task_no,
        asked=_asked(request),
        reason=request.decision_comment or request.reason,
    )
