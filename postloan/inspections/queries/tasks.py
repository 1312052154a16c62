"""Inspection tasks for lists, figures and the day's route."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery

from postloan.customers.models import Responsibility, Role
from postloan.inspections.models import InspectionTask, Report, ReportState, TaskRequest
from postloan.inspections.querysets import OPEN_STATES
from postloan.todos.models import Todo

SUBJECT = "inspection_task"
SOON = timedelta(days=7)


def tasks_of(user: Any, *, conditions: Mapping[str, Any], day: date) -> QuerySet[InspectionTask]:
    """Tasks in scope that meet the conditions of a list, what is due first on top."""
    found: QuerySet[InspectionTask] = InspectionTask.objects.visible_to(user)
    found = _in_state(found, conditions.get("state") or "", day)
    if conditions.get("kind"):
        found = found.filter(kind=conditions["kind"])
    if conditions.get("line"):
        found = found.filter(line=conditions["line"])
    if conditions.get("due_from"):
        found = found.filter(due_on__gte=conditions["due_from"])
    if conditions.get("due_to"):
        found = found.filter(due_on__lte=conditions["due_to"])
    if conditions.get("branch"):
        found = found.filter(customer__branch=conditions["branch"])
    if conditions.get("person"):
        found = found.filter(responsible_is(conditions["person"], day))
    if conditions.get("mine"):
        found = found.filter(mine(user, day))
    if text := (conditions.get("q") or "").strip():
        found = found.filter(
            Q(task_no__istartswith=text) | Q(customer__customer_no=text) | Q(customer__name__icontains=text)
        )
    return found


def _in_state(found: QuerySet[InspectionTask], state: str, day: date) -> QuerySet[InspectionTask]:
    if state == "":
        return found.filter(state__in=OPEN_STATES)
    if state == "to_do":
        return found.filter(state__in=["planned", "drafting", "returned"])
    if state == "late":
        return found.filter(state__in=["planned", "drafting", "returned"], due_on__lt=day)
    if state == "ended":
        return found.filter(state__in=["ended", "withdrawn"])
    return found if state == "all" else found.filter(state=state)


def responsible_is(staff_id: int, day: date) -> Q:
    """The person is responsible (A) for the task's customer on the task's line."""
    return Q(
        Exists(
            Responsibility.objects.on(day).filter(
                customer=OuterRef("customer"), line=OuterRef("line"), role=Role.A, staff=staff_id
            )
        )
    )


def mine(user: Any, day: date) -> Q:
    """What a person has to do or has written: todos they may do, own reports, own customers."""
    todo = Todo.objects.open().filter(subject_kind=SUBJECT, subject_id=OuterRef("pk")).actionable_by(user)
    report = Report.objects.filter(task=OuterRef("pk")).filter(Q(main_inspector=user) | Q(second_inspector=user))
    return Q(Exists(todo)) | Q(Exists(report)) | responsible_is(user.pk, day)


def with_what_a_list_shows(found: QuerySet[InspectionTask], day: date) -> QuerySet[InspectionTask]:
    """The customer, who is responsible, the report and whether a request waits, in a fixed number of queries."""
    responsible = (
        Responsibility.objects.on(day)
        .filter(customer=OuterRef("customer"), line=OuterRef("line"), role=Role.A)
        .values("staff__name")[:1]
    )
    live = Report.objects.exclude(state=ReportState.WITHDRAWN).select_related("main_inspector", "second_inspector")
    return (
        found.select_related("customer", "customer__branch", "visit")
        .annotate(
            responsible_name=Subquery(responsible),
            asks=Exists(TaskRequest.objects.filter(task=OuterRef("pk"), state="submitted")),
            loan_count=Count("task_loans", distinct=True),
        )
        .prefetch_related(Prefetch("reports", live, to_attr="live_reports"))
        .order_by("due_on", "id")
    )


def counts_of(user: Any, *, day: date) -> dict[str, int]:
    """The figures above the list, each equal to the rows behind its link."""
    seen = InspectionTask.objects.visible_to(user)
    to_do = Q(state__in=["planned", "drafting", "returned"])
    return seen.aggregate(
        late=Count("pk", filter=to_do & Q(due_on__lt=day)),
        soon=Count("pk", filter=to_do & Q(due_on__gte=day, due_on__lte=day + SOON)),
        drafting=Count("pk", filter=Q(state="drafting")),
        returned=Count("pk", filter=Q(state="returned")),
        submitted=Count("pk", filter=Q(state="submitted")),
    )


@dataclass
class Stop:
    """A place of the day's route with the customers to call on there."""

    region: str
    tasks: list[InspectionTask] = field(default_factory=list)

    @property
    def calls(self) -> list[list[InspectionTask]]:
        """Tasks by call: what is done in one visit is one."""
        found: dict[tuple[str, int], list[InspectionTask]] = {}
        for task in self.tasks:
            key = ("visit", task.visit_id) if task.visit_id is not None else ("task", task.pk)
            found.setdefault(key, []).append(task)
        return list(found.values())


def route_of(user: Any, *, day: date) -> list[Stop]:
    """What this person has to visit on site and is due within a week, late ones too, gathered by place."""
    found = with_what_a_list_shows(
        InspectionTask.objects.visible_to(user)
        .filter(state__in=["planned", "drafting", "returned"], place="on_site", due_on__lte=day + SOON)
        .filter(mine(user, day)),
        day,
    ).annotate(region=F("customer__region"))
    stops: dict[str, Stop] = {}
    for task in found:
        stops.setdefault(task.region, Stop(task.region)).tasks.append(task)
    return sorted(stops.values(), key=lambda stop: (stop.tasks[0].due_on, stop.region))
