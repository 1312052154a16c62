"""The list of loans with three instalments missed in a row or six in all, as the bank's parameters have it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from postloan.core import parameters
from postloan.core.access import http_methods, requires
from postloan.organization.requests import StaffRequest
from postloan.reporting import countdown_views, pages, paging
from postloan.reporting.forms import ANY, branch_choices
from postloan.reporting.queries import arranged, book, cuts
from postloan.reporting.queries import customers as customer_queries
from postloan.reporting.queries.book import LoanQuery

WAYS = (
    (cuts.EITHER, _("On the list")),
    (cuts.IN_A_ROW, _("Missed in a row")),
    (cuts.IN_ALL, _("Missed in all")),
    (cuts.UNKNOWN, _("Missed in all not known")),
)


class MissedForm(forms.Form):
    """Which part of the list."""

    branch = forms.ChoiceField(label=_("Branch and below"), required=False)
    missed = forms.ChoiceField(label=_("Instalments missed"), required=False, choices=WAYS)

    def __init__(self, data: Any, *, user: Any) -> None:
        super().__init__(data, auto_id="q-%s")
        self.fields["branch"].choices = [ANY, *branch_choices(user)]  # type: ignore[attr-defined]

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return [self["branch"], self["missed"]]

    def query(self) -> LoanQuery:
        """What was asked for, without what could not be read; the whole list where nothing was said."""
        self.is_valid()
        given = self.cleaned_data
        return LoanQuery(branch=given.get("branch") or "", missed=given.get("missed") or cuts.EITHER)


@requires("loans.view_book")
@http_methods()
def missed(request: StaffRequest) -> HttpResponse:
    """The longest rows first. Loans of which it is not known are counted for themselves, never as clear."""
    day = book.as_of()
    form = MissedForm(request.GET, user=request.user)
    context: dict[str, Any] = {
        "day": day,
        "form": form,
        "is_filtered": any(map(request.GET.get, form.fields)),
    }
    if day:
        context |= _listed(request, form.query(), day)
    return render(request, "reporting/missed.html", context)


def _listed(request: StaffRequest, query: LoanQuery, day: date) -> dict[str, Any]:
    found = book.loans_of(query, user=request.user)
    ordered = found.order_by("-missed_in_a_row", "-missed_in_all", "-principal_balance", "pk")
    reach = found.order_by()[: paging.MOST_COUNTED + 1].count()
    states = ordered.select_related(*countdown_views.NAMES).defer(*countdown_views.PERSONAL)
    page = paging.page_of(request, states, reach=reach)
    seen = customer_queries.visible_ids((row.customer_id for row in page), user=request.user)
    since = {row.loan_id: row.overdue_since for row in page}
    done = arranged.arranged_for(since, since=since)
    return {
        "page": page,
        "rows": [
            pages.loan_row(row, day=day, seen=seen)
            | pages.countdown_of(row, day=day)
            | {"arranged": done[row.loan_id], "unpaid": row.overdue_principal + (row.overdue_interest or 0)}
            for row in page
        ],
        "tiles": [
            (label, query.also(missed=way), book.loans_of(query.also(missed=way), user=request.user).count())
            for way, label in WAYS
        ],
        "in_a_row": parameters.value(cuts.MISSED[cuts.IN_A_ROW], on=day),
        "in_all": parameters.value(cuts.MISSED[cuts.IN_ALL], on=day),
    }
