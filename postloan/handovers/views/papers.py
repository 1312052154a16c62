"""What is printed and signed on paper: the list of a hand-over, and what a manager answers for."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render

from postloan.core.access import http_methods, requires
from postloan.handovers import documents, queries, statements
from postloan.handovers.views.handovers import VIEW, load
from postloan.organization.requests import StaffRequest

TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


def _file(content: bytes, name: str, form: str) -> HttpResponse:
    disposition = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    return HttpResponse(content, content_type=TYPES[form], headers=disposition)


@requires(VIEW)
@http_methods()
def record(request: StaffRequest, handover_id: int, form: str) -> HttpResponse:
    """The hand-over list with its signatures as PDF or Word."""
    handover = load(request, handover_id)
    if form == "pdf" and not documents.can_make_pdf():
        raise Http404
    content = queries.content(queries.items_of(handover), user=request.user)
    paper = documents.handover_paper(handover, content)
    return _file(documents.as_file(paper, form), f"handover-{handover.handover_no}", form)


@requires(VIEW)
@http_methods()
def responsible(request: StaffRequest) -> HttpResponse:
    """Who of the reader's branches answers for how much; the reader's own comes first."""
    context = {"people": statements.people_seen_by(request.user), "day": queries.day()}
    return render(request, "handovers/responsible.html", context)


@requires(VIEW)
@http_methods()
def statement(request: StaffRequest, staff_id: int) -> HttpResponse:
    """What one person answers for: customers, loans, balances, arrears, since when."""
    staff = get_object_or_404(statements.staff_seen_by(request.user), pk=staff_id)
    context = {
        "staff": staff,
        "statement": statements.statement_of(staff, user=request.user),
        "can_make_pdf": documents.can_make_pdf(),
        "may_prepare": request.user.has_capability("handovers.prepare"),
    }
    return render(request, "handovers/statement.html", context)


@requires(VIEW)
@http_methods()
def statement_file(request: StaffRequest, staff_id: int, form: str) -> HttpResponse:
    staff = get_object_or_404(statements.staff_seen_by(request.user), pk=staff_id)
    if form == "pdf" and not documents.can_make_pdf():
        raise Http404
    paper = documents.statement_paper(statements.statement_of(staff, user=request.user))
    return _file(documents.as_file(paper, form), f"responsibility-{staff.staff_no}-{queries.day()}", form)
