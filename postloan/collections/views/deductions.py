"""Tomorrow's deductions and today's failures."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render

from postloan.collections import queries
from postloan.collections.services.deductions import failures_of
from postloan.core import business_date
from postloan.core.access import http_methods, requires
from postloan.organization.requests import StaffRequest

PER_PAGE = 100


@requires("collections.view")
@http_methods()
def deductions(request: StaffRequest) -> HttpResponse:
    """What falls due before the next working day has ended beside the accounts, and what could not be taken."""
    day = business_date.latest()
    if day is None:
        return render(request, "collections/deductions.html", {"day": None})
    rows = queries.expected_deductions(user=request.user, day=day)
    failures = (
        failures_of(day)
        .filter(loan__in=_visible(request))
        .select_related("loan", "loan__customer")
        .order_by("-amount", "pk")
    )
    only_short = request.GET.get("short") == "1"
    shown = rows.filter(shortfall__gt=0) if only_short else rows
    context = {
        "day": day,
        "page": Paginator(shown, PER_PAGE).get_page(request.GET.get("page")),
        "totals": queries.deduction_totals(rows),
        "failures": failures[:200],
        "failure_count": failures.count(),
        "only_short": only_short,
        "can_work": request.user.has_capability("collections.work"),
    }
    return render(request, "collections/deductions.html", context)


def _visible(request: StaffRequest):
    from postloan.loans.models import Loan

    return Loan.objects.visible_to(request.user).values("pk")
