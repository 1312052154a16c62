"""The record of log-ins and accounts, for the auditor and the audit administrator."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render

from postloan.core.access import http_methods, requires
from postloan.organization import queries
from postloan.organization.forms import EventFilterForm
from postloan.organization.requests import StaffRequest

PAGE_SIZE = 50


@requires("core.view_audit")
@http_methods()
def log_in_record(request: StaffRequest) -> HttpResponse:
    form = EventFilterForm(request.GET)
    page = Paginator(form.narrow(queries.events_of_people()), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "may_see_records": True,
        "events": queries.told(page.object_list),
        "is_filtered": any(request.GET.get(name) for name in form.fields),
    }
    return render(request, "organization/log_in_record.html", context)
