"""The countdown: by loan, by customer, by branch, with the month-end forecast against today."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from postloan.core import formatting
from postloan.core.access import http_methods, requires
from postloan.customers.models import Customer
from postloan.loans.models import LoanState
from postloan.organization.models import Branch
from postloan.organization.requests import StaffRequest
from postloan.reporting import pages, paging
from postloan.reporting.countdown_forms import CountdownForm
from postloan.reporting.queries import arranged, book, countdown, cuts
from postloan.reporting.queries import customers as customer_queries

NAMES = ("loan__product", "loan__countdown", "customer", "branch", "manager")
PERSONAL = [f"customer__{name}" for name in customer_queries.PERSONAL]


def _asked(request: StaffRequest, *, by: str) -> dict[str, Any]:
    """What every page of the countdown shows above its rows, and the loans asked for."""
    day = book.as_of()
    form = CountdownForm(request.GET, user=request.user)
    query = form.query()
    return {
        "by": by,
        "day": day,
        "form": form,
        "query": query,
        "found": countdown.loans_of(query, user=request.user) if day else LoanState.objects.none(),
        "is_filtered": any(request.GET.get(name) for name in form.fields),
        "hrefs": {
            "loans": query.href(),
            "customers": query.href("reporting:countdown_customers"),
            "branches": query.href("reporting:countdown_branches"),
        },
        "changes_ahead": countdown.changes_ahead(day) if day else None,
    }


def _page(request: StaffRequest, rows: QuerySet) -> Any:
    """Counts to a limit, so that a list of the whole book answers at once."""
    reach = rows.order_by()[: paging.MOST_COUNTED + 1].count()
    return paging.page_of(request, rows, reach=reach)


@requires("loans.view_book")
@http_methods()
def by_loan(request: StaffRequest) -> HttpResponse:
    """Loan by loan, the nearest date first: what it becomes, what stops it, who acts, what is arranged."""
    context = _asked(request, by="loans")
    if day := context["day"]:
        found = countdown.sorted_by_date(context["found"]).select_related(*NAMES)
        page = _page(request, found.defer(*PERSONAL))
        context |= {
            "page": page,
            "rows": loan_rows(list(page), user=request.user, day=day),
            "outlooks": outlooks(request.user, day, context["query"]),
        }
    return render(request, "reporting/countdown/loans.html", context)


def loan_rows(states: list[LoanState], *, user: Any, day: date) -> list[dict[str, Any]]:
    """What the table shows of each; a customer beyond the reader's scope by number and masked name."""
    seen = customer_queries.visible_ids((row.customer_id for row in states), user=user)
    found = arranged.arranged_for(
        (row.loan_id for row in states), since={row.loan_id: row.overdue_since for row in states}
    )
    return [
        pages.loan_row(row, day=day, seen=seen) | pages.countdown_of(row, day=day) | {"arranged": found[row.loan_id]}
        for row in states
    ]


def outlooks(user: Any, day: date, query: countdown.CountdownQuery) -> list[dict[str, Any]]:
    """The coming month-end against today for the branch or customer asked for, each with its scale."""
    base = countdown.CountdownQuery(
        branch=query.branch, line=query.line, customer=query.customer, manager=query.manager, currency=query.currency
    )
    shown = []
    for one in countdown.outlooks(user=user, day=day, base=base):
        largest = max((row.today.balance for row in one.rows), default=None)
        shown.append({"one": one, "scale": formatting.scale_for(largest, language=get_language() or "")})
    return shown


@requires("loans.view_book")
@http_methods()
def by_customer(request: StaffRequest) -> HttpResponse:
    """Customer by customer: its nearest date, how many of its loans, what stops all of them."""
    context = _asked(request, by="customers")
    if day := context["day"]:
        page = _page(request, countdown.by_customer(context["found"]))
        context |= {"page": page, "rows": _customer_rows(page, context, day=day, user=request.user)}
    return render(request, "reporting/countdown/customers.html", context)


def _customer_rows(page: Any, context: dict[str, Any], *, day: date, user: Any) -> list[dict[str, Any]]:
    ids = [row["customer_id"] for row in page]
    people = Customer.objects.defer(*customer_queries.PERSONAL).select_related("branch").in_bulk(ids)
    seen = customer_queries.visible_ids(ids, user=user)
    nearest: dict[tuple[int, str], LoanState] = {}
    states = countdown.sorted_by_date(context["found"].filter(customer__in=ids))
    for state in states.select_related("loan__countdown", "manager"):
        nearest.setdefault((state.customer_id, state.currency), state)
    rows = []
    for row in page:
        one, first = people[row["customer_id"]], nearest[row["customer_id"], row["currency"]]
        party = customer_queries.party(customer_id=one.pk, number=one.customer_no, name=one.name, seen=seen)
        query = context["query"].also(customer=one.pk, currency=row["currency"])
        whole = {"one": one, "party": party, "state": first, "href": query.href(), "stop": countdown.stop_of(row)}
        rows.append(row | pages.countdown_of(first, day=day) | whole)
    return rows


@requires("loans.view_book")
@http_methods()
def by_branch(request: StaffRequest) -> HttpResponse:
    """Branch by branch, each with what lies below it: the first change and who acts, what moves soon, what stops it."""
    context = _asked(request, by="branches")
    if day := context["day"]:
        rows = countdown.by_branch(context["found"], day=day)
        nearest = countdown.nearest_by_branch(context["found"])
        context |= {"rows": _branch_rows(rows, nearest, context["query"], day=day), "soon_days": countdown.SOON_DAYS}
    return render(request, "reporting/countdown/branches.html", context)


def _branch_rows(
    rows: list[dict[str, Any]], nearest: list[LoanState], query: countdown.CountdownQuery, *, day: date
) -> list[dict[str, Any]]:
    """Each branch with a loan at or below it; its numbers include those below, as its link does."""
    branches = {one.path: one for one in Branch.objects.order_by("path")}
    currencies = sorted({row["currency"] for row in rows})
    shown = []
    for path, one in branches.items():
        for currency in currencies:
            below = [row for row in rows if row["branch__path"].startswith(path) and row["currency"] == currency]
            if not below:
                continue
            here = query.also(branch=path, currency=currency)
            sums = {key: sum(row[key] or 0 for row in below) for key in ("loans", "balance", "unknown", "nobody")}
            windows = [
                {
                    "loans": sum(row[f"loans_{days}"] for row in below),
                    "balance": sum(row[f"balance_{days}"] or 0 for row in below),
                    "href": here.also(by=day + timedelta(days=days)).href(),
                }
                for days in countdown.SOON_DAYS
            ]
            state = next(one for one in nearest if one.branch.path.startswith(path) and one.currency == currency)
            shown.append(
                sums | pages.countdown_of(state, day=day)
                | {"branch": one, "currency": currency, "windows": windows, "state": state, "href": here.href(),
                   "stop": sum(map(countdown.stop_of, below)), "hrefs": _who(here, state)}
            )  # fmt: skip
    depths = [row["branch"].depth for row in shown]  # type: ignore[union-attr]
    return [row | {"indent": depth - min(depths)} for row, depth in zip(shown, depths, strict=True)]


def _who(query: countdown.CountdownQuery, state: LoanState) -> dict[str, str]:
    """The loans of whoever acts on the nearest, and those on which nobody does."""
    return {
        "manager": query.also(manager=state.manager_id).href() if state.manager_id else "",
        "nobody": query.also(manager=cuts.NOBODY).href(),
    }
