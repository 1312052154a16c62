"""The overview of heads and risk officers: the book, what moved, what comes, who is behind."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from postloan.collections import queries as collecting
from postloan.core import business_date, formatting
from postloan.core.access import http_methods, requires
from postloan.organization.models import Line
from postloan.organization.requests import StaffRequest
from postloan.reporting import charts, countdown_views, pages
from postloan.reporting.forms import ANY, DateInput, branch_choices
from postloan.reporting.queries import book, countdown, overview
from postloan.reporting.queries.book import LoanQuery
from postloan.todos import queries as todos

NEAREST = 8
# What narrows the page; how it is cut does not.
ASKED = ("branch", "line", "since")
BEHIND, ALL = 8, "all"


class OverviewForm(forms.Form):
    """What the overview is of, what it is compared with, and how the book is cut."""

    branch = forms.ChoiceField(label=_("Branch and below"), required=False)
    line = forms.ChoiceField(label=_("Business line"), required=False)
    since = forms.DateField(label=_("Compared with the night of"), required=False, widget=DateInput())
    people = forms.ChoiceField(required=False, choices=[(ALL, ALL)], widget=forms.HiddenInput())
    by = forms.ChoiceField(required=False, choices=[(way, way) for way in overview.WAYS], widget=forms.HiddenInput())

    def __init__(self, data: Any, *, user: Any) -> None:
        super().__init__(data, auto_id="q-%s")
        self.fields["branch"].choices = [ANY, *branch_choices(user)]  # type: ignore[attr-defined]
        self.fields["line"].choices = [ANY, *Line.choices]  # type: ignore[attr-defined]

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return [self["branch"], self["line"], self["since"]]

    def asked(self, day: date) -> dict[str, Any]:
        """What cannot be read, or lies ahead, is left out."""
        self.is_valid()
        given = self.cleaned_data
        since = given.get("since")
        return {
            "base": LoanQuery(branch=given.get("branch") or "", line=given.get("line") or ""),
            "since": since if since and since < day else overview.default_since(day),
            "by": given.get("by") or overview.BRANCH,
            "all_people": given.get("people") == ALL,
        }


WAY_NAMES = {
    overview.BRANCH: _("By branch"),
    overview.PRODUCT: _("By product"),
    overview.LINE: _("By line"),
    overview.INDUSTRY: _("By industry"),
}


@requires("core.view_home")
@http_methods()
def overview_page(request: StaffRequest) -> HttpResponse:
    """Every figure a link to exactly the rows it counts. Those who read nothing of the book see where their work is."""
    day = book.as_of()
    context: dict[str, Any] = {"day": day, "open_day": business_date.open_date(), "sees_book": False}
    if request.user.has_capability("loans.view_book"):
        form = OverviewForm(_with_default(request, day), user=request.user)
        context |= {"sees_book": True, "form": form, "is_filtered": any(map(request.GET.get, ASKED))}
        context |= _overview(request.user, form.asked(day), day) if day else {"figures": []}
    return render(request, "reporting/overview/overview.html", context)


def _with_default(request: StaffRequest, day: date | None) -> QueryDict:
    """The address, with the night a month is compared with where it names none."""
    data = request.GET.copy()
    if day and not data.get("since") and (since := overview.default_since(day)):
        data["since"] = since.isoformat()
    return data


def _overview(user: Any, asked: dict[str, Any], day: date) -> dict[str, Any]:
    figures = [_of_currency(one, user, asked, day) for one in book.figures(user=user, day=day, base=asked["base"])]
    base = asked["base"]
    found = countdown.loans_of(countdown.CountdownQuery(branch=base.branch, line=base.line), user=user)
    nearest = countdown.sorted_by_date(found).select_related(*countdown_views.NAMES)
    nearest = nearest.defer(*countdown_views.PERSONAL)[:NEAREST]
    return {
        "asked": asked,
        "figures": figures,
        "ways": WAY_NAMES,
        "nearest": countdown_views.loan_rows(
            list(nearest.defer(*countdown_views.PERSONAL)[:NEAREST]), user=user, day=day
        ),
        "countdown_href": countdown.CountdownQuery(branch=base.branch, line=base.line).href(),
        **_behind(user, asked, day),
    }


def _behind(user: Any, asked: dict[str, Any], day: date) -> dict[str, Any]:
    """Who is behind with which todos, and what waits for a decision, of the branch and line the page is of."""
    if not user.has_capability("todos.work"):
        return {}
    on = business_date.latest() or day
    branch, line = asked["base"].branch, asked["base"].line
    workers = todos.workers(user, on, base=todos.TodoQuery(branch=branch, line=line))
    return {
        "workers": workers if asked["all_people"] else workers[:BEHIND],
        "people": len(workers),
        "most_people": BEHIND,
        **_maturities(user, collecting.MaturityQuery(branch=branch, line=line), on),
    }


def _maturities(user: Any, query: collecting.MaturityQuery, on: date) -> dict[str, Any]:
    if not user.has_capability("collections.view"):
        return {}
    counts = collecting.maturity_counts(user=user, day=on, query=query)
    return {"maturity_counts": counts, "maturity_hrefs": query.hrefs}


def _of_currency(one: book.Figures, user: Any, asked: dict[str, Any], day: date) -> dict[str, Any]:
    base = asked["base"].also(currency=one.currency)
    weeks = book.maturities_ahead(user=user, day=day, currency=one.currency, base=base)
    scale = formatting.scale_for(one.book.balance, language=get_language() or "")
    cuts = overview.cut(asked["by"], base, user=user)
    leaves = [row for row in cuts if not any(other.is_below(row) for other in cuts)]
    ahead = countdown.CountdownQuery(branch=base.branch, line=base.line, currency=one.currency)
    [outlook] = countdown.outlooks(user=user, day=day, base=ahead, everybody=False)
    return {
        "currency": one.currency,
        "figures": one,
        "scale": scale,
        "weeks": weeks,
        "chart": charts.maturities(weeks, scale=scale),
        "overdue_share": formatting.percent(one.overdue.balance, one.book.balance),
        "npl_share": formatting.percent(one.non_performing.balance, one.book.balance),
        "bands": pages.shares(one.bands, one.book.balance),
        "overdue_pieces": pages.shares(one.overdue_bands, one.book.balance),
        "moved": overview.moved(base, user=user, since=asked["since"]) if asked["since"] else None,
        "outlook": outlook,
        "cuts": [
            {
                "cut": row,
                "overdue_share": formatting.percent(row.overdue.balance, row.whole.balance),
                "npl_share": formatting.percent(row.npl.balance, row.whole.balance),
            }
            for row in cuts
        ],
        "cut_chart": charts.cuts(leaves, scale=scale),
    }
