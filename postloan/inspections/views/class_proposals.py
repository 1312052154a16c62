"""Classes proposed by approved reports, for whoever decides on classes."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render

from postloan.core import business_date
from postloan.core.access import http_methods, requires
from postloan.inspections.forms_planning import ProposalQueryForm
from postloan.inspections.queries import class_proposals as queries
from postloan.organization.requests import StaffRequest

PER_PAGE = 50


@requires("inspections.view")
@http_methods()
def class_proposals(request: StaffRequest) -> HttpResponse:
    """What reports propose and the loans do not have, of the customers one sees."""
    form = ProposalQueryForm(request.GET)
    data = form.cleaned_data if form.is_valid() else {}
    page = Paginator(queries.proposals_of(request.user, conditions=data), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "day": business_date.latest(),
        "form": form,
        "page": page,
        "rows": queries.rows_of(page.object_list),
        "is_filtered": any(request.GET.get(name) for name in form.fields),
    }
    return render(request, "inspections/class_proposals.html", context)
