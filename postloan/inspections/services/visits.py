"""One visit, one task: what falls due for a customer about the same time is done in one call, a report per kind."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from postloan.core import business_date as business_dates
from postloan.core import parameters, timeline
from postloan.inspections import limits
from postloan.inspections.models import InspectionTask, Visit
from postloan.inspections.services import shared_visits
from postloan.inspections.services.refusals import Refused
from postloan.todos.kinds import TodoKind
from postloan.todos.models import Todo

LEFT = timeline.define("inspections.visit_left", _("Inspection {task} is no longer part of the visit"))
BUNDLED = timeline.define("inspections.visit_opened", _("One visit for the inspections {tasks}"))


@dataclass(frozen=True)
class Together:
    """What could be done in one visit with a task: other inspections and maturity plans of the customer."""

    tasks: tuple[InspectionTask, ...]
    plans: tuple[Todo, ...]

    def __bool__(self) -> bool:
        return bool(self.tasks or self.plans)


def due_together(task: InspectionTask, *, user: Any) -> Together:
    """Other work about the customer due within the window around the task's date, as far as the person sees it."""
    days = timedelta(days=int(parameters.value(limits.VISIT_WINDOW)))
    window = (task.due_on - days, task.due_on + days)
    tasks = (
        InspectionTask.objects.to_do()
        .visible_to(user)
        .filter(customer=task.customer_id, due_on__range=window)
        .exclude(pk=task.pk)
        .order_by("due_on", "pk")
    )
    plans = (
        Todo.objects.visible_to(user)
        .open()
        .filter(customer=task.customer_id, kind=TodoKind.MATURITY_PLAN, due_on__range=window)
        .order_by("due_on", "pk")
    )
    return Together(tuple(tasks), tuple(plans))


@transaction.atomic
def open_visit(tasks: Iterable[InspectionTask], *, acting_user: Any) -> Visit:
    """Bundles tasks of one customer into a visit. A task already in an open visit brings the others into it.

    Raises Refused (`customer` for several customers, `state` for a task handed in, `visit` for two visits begun).
    """
    found = list(InspectionTask.objects.select_for_update().filter(pk__in=[task.pk for task in tasks]).order_by("pk"))
    if not found:
        raise Refused("state")
    if len({task.customer_id for task in found}) > 1:
        raise Refused("customer")
    if any(task.state not in ("planned", "drafting", "returned") for task in found):
        raise Refused("state")
    visits = {task.visit for task in found if task.visit is not None}
    if len(visits) > 1:
        raise Refused("visit")
    visit = visits.pop() if visits else None
    if visit is not None and visit.ended_at is not None:
        raise Refused("visit")
    if visit is None:
        visit = Visit.objects.create(
            customer_id=found[0].customer_id,
            planned_for=min(task.due_on for task in found),
            opened_by=acting_user,
            opened_on=business_dates.current(),
        )
    joined = [task for task in found if task.visit_id != visit.pk]
    for task in joined:
        task.visit = visit
        task.save(update_fields=["visit"])
    if joined and visit.started_at is not None:
        shared_visits.share(visit, acting_user=acting_user)
    if joined:
        timeline.record(
            BUNDLED,
            acting_user=acting_user,
            customer_id=visit.customer_id,
            subject_kind="visit",
            subject_key=str(visit.pk),
            tasks=", ".join(task.task_no for task in found),
        )
    return visit


@transaction.atomic
def leave_visit(task: InspectionTask, *, acting_user: Any) -> None:
    """Takes a task out of a visit that has not begun. Raises Refused (`visit`)."""
    task = InspectionTask.objects.select_for_update(of=("self",)).select_related("visit").get(pk=task.pk)
    if task.visit is None or task.visit.started_at is not None:
        raise Refused("visit")
    number = task.visit_id
    task.visit = None
    task.save(update_fields=["visit"])
    timeline.record(
        LEFT,
        acting_user=acting_user,
        customer_id=task.customer_id,
        subject_kind="visit",
        subject_key=str(number),
        task=task.task_no,
    )
