"""The calendar: years and where their days come from; a new year is uploaded by one person, approved by another."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from postloan.administration import calendar_pages
from postloan.administration.forms import DecideForm, UploadForm
from postloan.core.access import http_methods, requires
from postloan.core.changes import ChangeEnd
from postloan.core.models import CalendarYear
from postloan.organization import services
from postloan.organization.calendar_files import CSV_EXAMPLE, JSON_EXAMPLE, NotACalendar, YearFile, read
from postloan.organization.requests import StaffRequest
from postloan.organization.services import calendars as rules

VIEW = "core.view_calendar"
CHANGE = "core.change_calendar"
FIRST_YEAR, LAST_YEAR = 2004, 2199


@requires(VIEW)
@http_methods()
def years(request: StaffRequest) -> HttpResponse:
    context = {"years": calendar_pages.years(), "may_change": request.user.has_capability(CHANGE)}
    return render(request, "administration/calendar.html", context)


@requires(VIEW)
@http_methods()
def year(request: StaffRequest, year: int) -> HttpResponse:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Http404
    return _page(request, year)


def _page(request: StaffRequest, year: int, *, form: DecideForm | None = None, status: int = 200) -> HttpResponse:
    found = CalendarYear.objects.filter(year=year).select_related("proposed_by", "approved_by", "ended_by")
    waiting = next((row for row in found if row.is_waiting), None)
    different = rules.differences_of(waiting) if waiting else []
    working = calendar_pages.working_proposed(waiting) if waiting else calendar_pages.working_now(year)
    is_proposer = waiting is not None and waiting.proposed_by_id == request.user.pk
    may_change = request.user.has_capability(CHANGE)
    context = {
        "year": year,
        "about": next((one for one in calendar_pages.years() if one.year == year), None),
        "months": calendar_pages.months(year, working, different),
        "waiting": waiting,
        "different": different,
        "deadlines": calendar_pages.deadlines(year, request.user, different),
        "rows": found,
        "is_proposer": is_proposer,
        "may_change": may_change,
        "may_decide": may_change and waiting is not None and not is_proposer,
        "form": form or DecideForm(),
    }
    return render(request, "administration/calendar_year.html", context, status=status)


@requires(CHANGE)
@http_methods(reads=["GET"], writes=["POST"])
def upload(request: StaffRequest) -> HttpResponse:
    """A dry run that shows every day that differs; the page keeps the file, so that the next press proposes it."""
    form = UploadForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form, "csv_example": CSV_EXAMPLE, "json_example": JSON_EXAMPLE}
    if request.method == "POST" and form.is_valid():
        try:
            content, name = form.content()
            file = read(content, name)
            context |= _dry_run(file) | {"kept": b64encode(content).decode()}
            if request.POST.get("step") == "propose":
                services.propose_calendar(file, source=form.cleaned_data["source"], acting_user=request.user)
                messages.success(request, _("The calendar is proposed. It waits for a second person."))
                return redirect("administration:calendar_year", file.year)
        except (NotACalendar, services.Refused) as refusal:
            form.add_error(None, str(refusal))
    return render(request, "administration/calendar_upload.html", context)


def _dry_run(file: YearFile) -> dict[str, Any]:
    different = rules.differences(file.year, file.days_off, file.make_up_days)
    rules.check_closed(different)
    return {"file": file, "different": different}


@requires(CHANGE)
@http_methods(reads=[], writes=["POST"])
def decide(request: StaffRequest, proposal_id: int, decision: str) -> HttpResponse:
    proposal = get_object_or_404(CalendarYear, pk=proposal_id)
    form = DecideForm(request.POST, is_required=decision != "approve")
    if form.is_valid():
        try:
            said = _decided(proposal, decision, form.cleaned_data["reason"], request)
        except services.Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, said)
            return redirect("administration:calendar_year", proposal.year)
    return _page(request, proposal.year, form=form, status=422)


def _decided(proposal: CalendarYear, decision: str, reason: str, request: StaffRequest) -> str:
    if decision == "approve":
        services.approve_calendar(proposal, acting_user=request.user)
        return _("The calendar is approved; working days are counted by it from now on.")
    because = ChangeEnd.REFUSED if decision == "refuse" else ChangeEnd.WITHDRAWN
    services.end_calendar(proposal, because, reason=reason, acting_user=request.user)
    return _("The calendar is refused.") if decision == "refuse" else _("The proposal is withdrawn.")
