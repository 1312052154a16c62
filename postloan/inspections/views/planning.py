"""Inspection tasks: the list, one task, the route of the day, requests, orders, visits."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from postloan.core import business_date
from postloan.core.access import http_methods, requires
from postloan.core.identifiers import mask_address
from postloan.inspections.forms_planning import (
    OrderForm,
    RequestDecisionForm,
    RequestForm,
    RouteForm,
    TaskQueryForm,
)
from postloan.inspections.models import ApprovalState, InspectionTask, ReportState, TaskRequest
from postloan.inspections.queries import tasks as queries
from postloan.inspections.services import orders, passing_on, requests, visits
from postloan.inspections.services.refusals import Refused
from postloan.inspections.views.words import refused_planning
from postloan.organization.requests import StaffRequest
from postloan.todos import reasons
from postloan.todos.models import Todo

PER_PAGE = 50


@requires("inspections.view")
@http_methods()
def tasks(request: StaffRequest) -> HttpResponse:
    """The list; for a manager it opens with the own ones."""
    day = business_date.latest()
    if day is None:
        return render(request, "inspections/tasks.html", {"day": None})
    given = request.GET.copy()
    user = request.user
    if not given and user.has_capability("inspections.write") and not user.has_capability("inspections.approve"):
        given["mine"] = "1"
    form = TaskQueryForm(given)
    data = form.cleaned_data if form.is_valid() else {}
    found = queries.tasks_of(request.user, conditions=data, day=day)
    page = Paginator(found.order_by("due_on", "id").values_list("pk", flat=True), PER_PAGE).get_page(
        request.GET.get("page")
    )
    shown = queries.with_what_a_list_shows(InspectionTask.objects.filter(pk__in=list(page.object_list)), day)
    context = {
        "day": day,
        "form": form,
        "page": page,
        "rows": [_row(task, day) for task in shown],
        "counts": queries.counts_of(request.user, day=day),
        "is_filtered": any(request.GET.get(name) for name in form.fields),
        "export_query": given.urlencode(),
        "soon_to": day + queries.SOON,
        "may_write": user.has_capability("inspections.write"),
        "may_approve": user.has_capability("inspections.approve"),
        "may_order": user.has_capability("inspections.order"),
    }
    return render(request, "inspections/tasks.html", context)


def _row(task: InspectionTask, day: Any) -> dict[str, Any]:
    report = task.live_reports[0] if task.live_reports else None  # type: ignore[attr-defined]
    return {
        "task": task,
        "report": report,
        "days": (task.due_on - day).days,
        "late": (day - task.due_on).days,
        "reason": reasons.describe(task.reason_code, task.arguments),
    }


def _task(request: StaffRequest, task_id: int) -> InspectionTask:
    found = InspectionTask.objects.visible_to(request.user)
    return get_object_or_404(found.select_related("customer", "customer__branch", "visit", "ordered_by"), pk=task_id)


@requires("inspections.view")
@http_methods()
def task(request: StaffRequest, task_id: int) -> HttpResponse:
    """One task: why, by when, which loans; what else is due; what was asked; its report."""
    row = _task(request, task_id)
    return render(request, "inspections/task.html", _task_context(request, row))


def _task_context(request: StaffRequest, row: InspectionTask, form: RequestForm | None = None) -> dict[str, Any]:
    day = business_date.current()
    user = request.user
    waiting = row.requests.filter(state=ApprovalState.SUBMITTED).select_related("asked_by").first()
    can_write = user.has_capability("inspections.write") and row.state in requests.MOVABLE
    report = row.reports.exclude(state=ReportState.WITHDRAWN).select_related("main_inspector").first()
    return {
        "task": row,
        "day": day,
        "days": (row.due_on - day).days,
        "late": (day - row.due_on).days,
        "reason": reasons.describe(row.reason_code, row.arguments),
        "task_loans": row.task_loans.select_related("loan", "loan__product").order_by("loan__loan_no"),
        "report": report,
        "may_take_over": report is not None and passing_on.may_take_over(report, user),
        "together": visits.due_together(row, user=user) if can_write else None,
        "visit_tasks": row.visit.tasks.exclude(pk=row.pk).order_by("due_on") if row.visit else [],
        "waiting": waiting,
        "requests": row.requests.select_related("asked_by", "decided_by"),
        "can_write": can_write,
        "may_decide": waiting is not None
        and user.has_capability("inspections.decide_request")
        and waiting.asked_by_id != user.pk,
        "request_form": form or RequestForm(initial={"kind": "delay"}),
        "decision_form": RequestDecisionForm(),
    }


@requires("inspections.write")
@http_methods(reads=[], writes=["POST"])
def ask(request: StaffRequest, task_id: int) -> HttpResponse:
    """Asks for a later date or an end."""
    row = _task(request, task_id)
    form = RequestForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            requests.ask(
                row,
                data["kind"],
                reason=data["reason"],
                new_due_on=data["new_due_on"],
                acting_user=request.user,
            )
        except Refused as refusal:
            form.add_error("new_due_on" if str(refusal) == "date" else None, refused_planning(str(refusal)))
        else:
            messages.success(request, _("Asked. The head decides."))
            return redirect("inspections:task", row.pk)
    return render(request, "inspections/task.html", _task_context(request, row, form), status=422)


@requires("inspections.decide_request")
@http_methods(reads=[], writes=["POST"])
def decide_request(request: StaffRequest, request_id: int) -> HttpResponse:
    """Grants or refuses what was asked."""
    asked = get_object_or_404(TaskRequest.objects.select_related("task"), pk=request_id)
    row = _task(request, asked.task_id)
    form = RequestDecisionForm(request.POST)
    comment = form.cleaned_data["comment"] if form.is_valid() else ""
    try:
        requests.decide(asked, grant="grant" in request.POST, comment=comment, acting_user=request.user)
    except Refused as refusal:
        messages.error(request, refused_planning(str(refusal)))
    else:
        messages.success(request, _("Granted.") if "grant" in request.POST else _("Not granted."))
    return redirect("inspections:task", row.pk)


@requires("inspections.write")
@http_methods(reads=[], writes=["POST"])
def take_back_request(request: StaffRequest, request_id: int) -> HttpResponse:
    asked = get_object_or_404(TaskRequest.objects.select_related("task"), pk=request_id)
    row = _task(request, asked.task_id)
    try:
        requests.take_back(asked, acting_user=request.user)
    except Refused as refusal:
        messages.error(request, refused_planning(str(refusal)))
    else:
        messages.success(request, _("Taken back."))
    return redirect("inspections:task", row.pk)


@requires("inspections.write")
@http_methods(reads=[], writes=["POST"])
def bundle(request: StaffRequest, task_id: int) -> HttpResponse:
    """One visit for this task and the others that were ticked."""
    row = _task(request, task_id)
    ticked = [int(pk) for pk in request.POST.getlist("task") if pk.isdigit()]
    others = list(InspectionTask.objects.visible_to(request.user).filter(pk__in=ticked))
    try:
        visits.open_visit([row, *others], acting_user=request.user)
    except Refused as refusal:
        messages.error(request, refused_planning(str(refusal)))
    else:
        messages.success(request, _("They are done in one visit."))
    return redirect("inspections:task", row.pk)


@requires("inspections.write")
@http_methods(reads=[], writes=["POST"])
def leave_visit(request: StaffRequest, task_id: int) -> HttpResponse:
    row = _task(request, task_id)
    try:
        visits.leave_visit(row, acting_user=request.user)
    except Refused as refusal:
        messages.error(request, refused_planning(str(refusal)))
    return redirect("inspections:task", row.pk)


@requires("inspections.write")
@http_methods()
def route(request: StaffRequest) -> HttpResponse:
    """Who is to be called on in the week from a day on, today's where none is chosen, by place."""
    form = RouteForm(request.GET)
    day = (form.cleaned_data["on"] if form.is_valid() else None) or business_date.latest()
    stops = queries.route_of(request.user, day=day) if day else []
    rows = [{"stop": stop, "rows": [_call(tasks, day) for tasks in stop.calls]} for stop in stops]
    context = {"day": day, "stops": rows, "form": RouteForm(initial={"on": day})}
    return render(request, "inspections/route.html", context)


def _call(tasks: list[InspectionTask], day: Any) -> dict[str, Any]:
    """One row: the task that is due first, the others of its visit, the address as far as a page may show it."""
    customer = tasks[0].customer
    return {
        **_row(tasks[0], day),
        "tasks": tasks,
        "reasons": [_row(one, day)["reason"] for one in tasks],
        "address": mask_address(customer.service_address or customer.address),
    }


@requires("inspections.order")
@http_methods(reads=["GET"], writes=["POST"])
def order(request: StaffRequest) -> HttpResponse:
    """Special inspections for a list of customers: first looked at row by row, then ordered."""
    if request.method != "POST":
        return render(request, "inspections/order.html", {"form": OrderForm(), "rows": None})
    form = OrderForm(request.POST)
    rows = None
    if form.is_valid():
        data = form.cleaned_data
        try:
            rows = orders.look_at_order(form.number_list(), acting_user=request.user)
            if "order" in request.POST:
                made = orders.order_inspections(
                    form.number_list(),
                    reason=data["reason"],
                    due_on=data["due_on"],
                    place=data["place"],
                    people=data["people"],
                    acting_user=request.user,
                )
                messages.success(
                    request,
                    ngettext("%(n)d inspection ordered.", "%(n)d inspections ordered.", len(made)) % {"n": len(made)},
                )
                return redirect("inspections:tasks")
        except Refused as refusal:
            form.add_error("due_on" if str(refusal) == "date" else "numbers", refused_planning(str(refusal)))
            rows = None
    context = {"form": form, "rows": rows, "ok": sum(row.state == "ok" for row in rows or [])}
    return render(request, "inspections/order.html", context, status=200 if form.is_valid() else 422)


# ── where a press on a todo leads ─────────────────────────────────────────────────────────────────────────


def _task_of(request: StaffRequest, todo_id: int) -> InspectionTask:
    todo = get_object_or_404(Todo.objects.visible_to(request.user), pk=todo_id)
    if todo.subject_kind != queries.SUBJECT:
        raise Http404
    return get_object_or_404(InspectionTask, pk=todo.subject_id)


@requires("inspections.view")
@http_methods()
def do_task(request: StaffRequest, todo_id: int) -> HttpResponse:
    return redirect("inspections:task", _task_of(request, todo_id).pk)


@requires("inspections.decide_request")
@http_methods()
def decide_task_request(request: StaffRequest, todo_id: int) -> HttpResponse:
    return redirect("inspections:task", _task_of(request, todo_id).pk)
