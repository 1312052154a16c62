"""A finding on the use of funds by itself: what was found after a report, and where it is answered."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from postloan.core.access import http_methods, requires
from postloan.inspections import funds_form
from postloan.inspections.models import FundsFinding
from postloan.inspections.queries import funds as queries
from postloan.inspections.services import funds_night, orders, reports
from postloan.inspections.services.refusals import Refused
from postloan.inspections.views import form_words
from postloan.organization.requests import StaffRequest
from postloan.todos.models import Todo


def _finding(request: StaffRequest, finding_id: int) -> FundsFinding:
    found = queries.findings_seen(request.user).select_related("loan__customer", "loan__product")
    return get_object_or_404(found, pk=finding_id)


@requires("inspections.view")
@http_methods(writes=("POST",))
def finding(request: StaffRequest, finding_id: int) -> HttpResponse:
    """The rule, the movements, what a report says; pressed, a special inspection of the loan begins."""
    row = _finding(request, finding_id)
    if request.method == "POST":
        if request.POST.get("act") != "inspect":
            return redirect("inspections:finding", row.pk)
        if not request.user.has_capability("inspections.write"):
            raise PermissionDenied("who inspects answers findings")
        try:
            ordered = orders.inspect_finding(row, acting_user=request.user)
            return redirect("inspections:report", reports.begin_report(ordered, acting_user=request.user).pk)
        except Refused as refusal:
            messages.error(request, form_words.refused(str(refusal)))
            return redirect("inspections:finding", row.pk)
    one = funds_form.finding_alone(row)
    task = queries.open_task_on(row.loan)
    context = {
        "one": one,
        "finding": row,
        "loan": row.loan,
        "task": task,
        "report": task.reports.exclude(state="withdrawn").first() if task else None,
        "can_inspect": not one.is_answered
        and row.gone_on is None
        and task is None
        and request.user.has_capability("inspections.write"),
    }
    return render(request, "inspections/funds/finding.html", context)


@requires("inspections.view")
@http_methods()
def do_funds_finding(request: StaffRequest, todo_id: int) -> HttpResponse:
    todo = get_object_or_404(Todo.objects.visible_to(request.user), pk=todo_id)
    if todo.subject_kind != funds_night.SUBJECT:
        raise Http404
    return redirect("inspections:finding", todo.subject_id)
