"""A report as it is read, signed, handed in and decided on: preview, approver's page, print, PDF and Word are one."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from postloan.core.access import http_methods, requires
from postloan.inspections import documents_pdf, report_paper, review_pages
from postloan.inspections.models import Report, ReportState
from postloan.inspections.queries import tasks as queries
from postloan.inspections.services import approving, submitting
from postloan.inspections.services.refusals import Refused
from postloan.inspections.views.reports import report_of
from postloan.inspections.views.review_words import refused
from postloan.organization.requests import StaffRequest
from postloan.todos.models import Todo

REMARK = "remark:"


@requires("inspections.view")
@http_methods()
def review(request: StaffRequest, report_id: int) -> HttpResponse:
    return render(request, "inspections/review.html", review_pages.context(report_of(request, report_id), request.user))


@requires("inspections.view")
@http_methods()
def print_out(request: StaffRequest, report_id: int) -> HttpResponse:
    row = report_of(request, report_id)
    return render(request, "inspections/report_print.html", report_paper.context(row))


@requires("inspections.view")
@http_methods()
def pdf(request: StaffRequest, report_id: int) -> HttpResponse:
    row = report_of(request, report_id)
    if not documents_pdf.can_make_pdf():
        raise Http404
    return _file(report_paper.as_pdf(report_paper.context(row)), "application/pdf", f"{row.task.task_no}.pdf")


@requires("inspections.view")
@http_methods()
def word(request: StaffRequest, report_id: int) -> HttpResponse:
    row = report_of(request, report_id)
    return _file(report_paper.as_word(report_paper.context(row)), report_paper.WORD, f"{row.task.task_no}.docx")


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


# ── moves ─────────────────────────────────────────────────────────────────────────────────────────────────


def _seen(request: StaffRequest, report_id: int, tried: str) -> Report:
    """The report a move is sent for. One that is not seen is not there, and the attempt is told."""
    try:
        return report_of(request, report_id)
    except Http404:
        approving.refuse_unseen(report_id, tried, request.user)
        raise


def _back(request: StaffRequest, row: Report, refusal: Refused | None = None, done: str = "") -> HttpResponse:
    if refusal is not None:
        messages.error(request, refused(str(refusal)))
    elif done:
        messages.success(request, done)
    return redirect("inspections:preview", row.pk)


@requires("inspections.view")
@http_methods(reads=(), writes=("POST",))
def sign(request: StaffRequest, report_id: int) -> HttpResponse:
    row = _seen(request, report_id, "sign")
    try:
        submitting.sign(
            row, seen_hash=request.POST.get("seen", ""), role=request.POST.get("role", ""), acting_user=request.user
        )
    except Refused as refusal:
        return _back(request, row, refusal)
    return _back(request, row, done=_("Signed. What changes from now on voids the signature."))


@requires("inspections.view")
@http_methods(reads=(), writes=("POST",))
def submit(request: StaffRequest, report_id: int) -> HttpResponse:
    row = _seen(request, report_id, "submit")
    try:
        row = submitting.submit(row, seen_hash=request.POST.get("seen", ""), acting_user=request.user)
    except Refused as refusal:
        return _back(request, row, refusal)
    return _back(request, row, done=_("Handed in. It is decided at %(branch)s.") % {"branch": row.chain[0]["name"]})


@requires("inspections.view")
@http_methods(reads=(), writes=("POST",))
def withdraw(request: StaffRequest, report_id: int) -> HttpResponse:
    row = _seen(request, report_id, "withdraw")
    try:
        submitting.withdraw(row, acting_user=request.user)
    except Refused as refusal:
        return _back(request, row, refusal)
    return _back(request, row, done=_("Taken back: it can be changed again and must be handed in anew."))


@requires("inspections.view")
@http_methods(reads=(), writes=("POST",))
def decide(request: StaffRequest, report_id: int) -> HttpResponse:
    kind = request.POST.get("decision", "")
    row = _seen(request, report_id, kind or "decide")
    step = request.POST.get("step", "")
    remarks = {name[len(REMARK) :]: value for name, value in request.POST.items() if name.startswith(REMARK)}
    try:
        approving.decide(
            row,
            kind,
            seen_hash=request.POST.get("seen", ""),
            seen_step=int(step) if step.isdigit() else 0,
            comment=request.POST.get("comment", ""),
            return_reason=request.POST.get("return_reason", ""),
            section_remarks={code: str(text) for code, text in remarks.items()},
            acting_user=request.user,
        )
    except Refused as refusal:
        if str(refusal) in {"comment", "return_reason"}:
            context = review_pages.context(row, request.user)
            context |= {
                "form_error": refused(str(refusal)),
                "wrong": str(refusal),
                "typed": request.POST.get("comment", ""),
                "chosen": request.POST.get("return_reason", ""),
                "remarks": remarks,
            }
            return render(request, "inspections/review.html", context, status=422)
        return _back(request, row, Refused("approval_incomplete") if str(refusal) == "incomplete" else refusal)
    done = {"approve": _("Agreed."), "send_back": _("Sent back."), "pass_up": _("Passed up.")}
    return _back(request, row, done=done[kind])


# ── where a press on a todo leads ─────────────────────────────────────────────────────────────────────────


def _report_of_todo(request: StaffRequest, todo_id: int) -> Report:
    todo = get_object_or_404(Todo.objects.visible_to(request.user), pk=todo_id)
    if todo.subject_kind != queries.SUBJECT:
        raise Http404
    found = Report.objects.visible_to(request.user).exclude(state=ReportState.WITHDRAWN)
    return get_object_or_404(found, task=todo.subject_id)


@requires("inspections.approve")
@http_methods()
def decide_todo(request: StaffRequest, todo_id: int) -> HttpResponse:
    return redirect("inspections:preview", _report_of_todo(request, todo_id).pk)


@requires("inspections.view")
@http_methods()
def mend_todo(request: StaffRequest, todo_id: int) -> HttpResponse:
    return redirect("inspections:report", _report_of_todo(request, todo_id).pk)
