"""What waits for one's decision, with its flags; what is plain enough is approved together."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render

from postloan.core import business_date
from postloan.core.access import http_methods, requires
from postloan.inspections.queries import approvals as queries
from postloan.inspections.services import bulk
from postloan.inspections.services.bulk import Picked
from postloan.inspections.services.refusals import Refused
from postloan.inspections.views.review_words import refused
from postloan.organization.requests import StaffRequest

PER_PAGE = 20
VIEW = "inspections.approve"


@requires(VIEW)
@http_methods()
def to_approve(request: StaffRequest) -> HttpResponse:
    return render(request, "inspections/approvals.html", _context(request))


def _context(request: StaffRequest) -> dict[str, Any]:
    found = queries.with_what_rows_show(queries.waiting_for(request.user))
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    rows = queries.rows_of(page.object_list, request.user)
    return {"page": page, "rows": rows, "plain": sum(row.is_plain for row in rows), "day": business_date.current()}


@requires(VIEW)
@http_methods(reads=(), writes=("POST",))
def approve_together(request: StaffRequest) -> HttpResponse:
    """Answers row by row: approved, or why not."""
    picked = [row for row in map(_picked, request.POST.getlist("row")) if row is not None]
    try:
        outcomes = bulk.approve_many(
            picked, comment=request.POST.get("comment", "")[:2000].strip(), acting_user=request.user
        )
    except Refused as refusal:
        messages.error(request, refused(str(refusal)))
        return redirect("inspections:approvals")
    if not outcomes:
        messages.error(request, refused("none_picked"))
        return redirect("inspections:approvals")
    answers = [{"report": one.report, "refused": refused(one.refused) if one.refused else ""} for one in outcomes]
    context = {**_context(request), "answers": answers, "done": sum(not one.refused for one in outcomes)}
    return render(request, "inspections/approvals.html", context)


def _picked(text: str) -> Picked | None:
    """`report:step:hash`, as a row of the page says it."""
    parts = text.split(":")
    if len(parts) != 3 or not (parts[0].isdecimal() and parts[1].isdecimal()) or len(parts[0]) > 18:
        return None
    return Picked(int(parts[0]), int(parts[1][:4]), parts[2])
