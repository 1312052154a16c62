"""A measure: what was decided, and what came of it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from postloan.core import business_date
from postloan.core.access import http_methods, requires
from postloan.inspections.models import Measure, Report
from postloan.inspections.services import approval_todos, approving
from postloan.inspections.services.refusals import Refused
from postloan.inspections.views.review_words import refused
from postloan.organization.requests import StaffRequest
from postloan.todos.models import Todo


@requires("inspections.view")
@http_methods(writes=("POST",))
def measure(request: StaffRequest, measure_id: int) -> HttpResponse:
    found = Measure.objects.filter(report__in=Report.objects.visible_to(request.user))
    row = get_object_or_404(found.select_related("report__task__customer", "owner"), pk=measure_id)
    error, status = "", 200
    if request.method == "POST":
        try:
            approving.record_result(row, request.POST.get("result", ""), acting_user=request.user)
        except Refused as refusal:
            error, status = refused(str(refusal)), 422
        else:
            messages.success(request, _("Recorded."))
            return redirect("inspections:measure", row.pk)
    can_record = row.done_on is None and row.report.state == "approved"
    can_record = can_record and approval_todos.may_do_measure(row, request.user)
    context = {
        "measure": row,
        "task": row.report.task,
        "can_record": can_record,
        "error": error,
        "typed": request.POST.get("result", ""),
        "late": row.done_on is None and row.due_on < business_date.current(),
    }
    return render(request, "inspections/review_measure.html", context, status=status)


@requires("inspections.view")
@http_methods()
def do_measure(request: StaffRequest, todo_id: int) -> HttpResponse:
    todo = get_object_or_404(Todo.objects.visible_to(request.user), pk=todo_id)
    if todo.subject_kind != approval_todos.MEASURE:
        raise Http404
    return redirect("inspections:measure", todo.subject_id)
