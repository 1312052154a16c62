"""The cards of a customer's page that read from several apps: exposure, flow, key figures, security, the story."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Max
from django.utils.translation import get_language

from postloan.collateral.models import CollateralLink, Guarantee
from postloan.core import formatting
from postloan.core.models import Institution
from postloan.customers.models import Account, CreditReport, Customer, FinancialStatementItem
from postloan.loans.models import Facility, LoanState
from postloan.reporting import charts, countdown_views, pages, statements
from postloan.reporting.queries import book, countdown, customer_tabs, timeline
from postloan.reporting.queries import customers as customer_queries
from postloan.reporting.queries.delivery import data_date
from postloan.reporting.queries.flow import flow_of

LATEST = 8
SHOWN_SECURITY = 6


def exposure(one: Customer, *, arrears: list, off_balance: list[tuple[str, Decimal]], day: date | None) -> dict | None:
    """What a customer owes and may come to owe against its facilities, in the bank's currency.

    Facilities past their end grant nothing any more. None where no facility was ever delivered.
    """
    institution = Institution.objects.first()
    if institution is None or data_date("facilities.csv") is None:
        return None
    limits = Facility.objects.filter(customer=one, superseded_on=None)
    rows = [row for row in limits if day is None or row.expires_on >= day]
    total = sum((row.total for row in rows), Decimal(0))
    owed = sum((row["item"].balance for row in arrears if row["item"].currency == institution.currency), Decimal(0))
    owed += sum((amount for code, amount in off_balance if code == institution.currency), Decimal(0))
    share = owed * 100 / total if total else None
    return {
        "currency": institution.currency,
        "owed": owed,
        "total": total,
        "share": formatting.percent(owed, total),
        "width": min(round(share * 10), 1000) if share is not None else 0,
        "tone": "" if share is None or share <= 80 else "warn" if share <= 100 else "bad",
        "frozen": any(row.frozen for row in rows),
    }


def flow(one: Customer) -> dict[str, Any] | None:
    """Account flow by month up to the last entries delivered; None where there are none."""
    until = data_date("account_entries.csv")
    months = flow_of(one, until=until) if until else []
    if not months:
        return None
    largest = max(max(month.inflow, month.outflow) for month in months)
    scale = formatting.scale_for(largest, language=get_language() or "")
    institution = Institution.objects.first()
    return {
        "months": months[::-1],
        "scale": scale,
        "currency": institution.currency if institution else "",
        "chart": charts.flow(months, scale=scale),
        "first": months[0],
        "last": months[-1],
        "inflow": sum((month.inflow for month in months), Decimal(0)),
        "outflow": sum((month.outflow for month in months), Decimal(0)),
    }


def key_points(one: Customer) -> dict[str, Any]:
    """The figures somebody looks for first, each with the tab it comes from; what was not delivered is no data."""
    items = FinancialStatementItem.objects.filter(customer=one, superseded_on=None)
    latest = items.aggregate(day=Max("period_end"))["day"]
    years = [latest, statements.year_before(latest)] if latest else []
    report = CreditReport.objects.filter(customer=one, superseded_on=None).order_by("-reported_on").first()
    return {"statement": statements.points(list(items.filter(period_end__in=years))), "report": report}


def security(one: Customer, *, user: Any) -> dict[str, Any]:
    """What secures the customer's contracts: collateral by its value, guarantees by their amount."""
    numbers = customer_tabs.contract_numbers(one)
    links = list(
        CollateralLink.objects.filter(contract_no__in=numbers, superseded_on=None)
        .select_related("collateral")
        .order_by("-collateral__appraised_value", "pk")
    )
    guarantees = pages.guarantee_rows(
        list(Guarantee.objects.filter(contract_no__in=numbers, superseded_on=None).order_by("-amount", "pk")), user
    )
    things = {link.collateral_id: link.collateral for link in links}
    return {
        "links": links[:SHOWN_SECURITY],
        "guarantees": guarantees[:SHOWN_SECURITY],
        "count": len(links) + len(guarantees),
        "value": sum((thing.appraised_value for thing in things.values()), Decimal(0)) if things else None,
        "secured": sum((link.secured_amount for link in links), Decimal(0)) if links else None,
        "delivered": data_date("collateral_links.csv") or data_date("guarantees.csv"),
    }


def loans(one: Customer, *, user: Any, day: date | None) -> list[dict[str, Any]]:
    """The loans in the books with their next floor, the nearest date first, then those that count down to none."""
    found = countdown.sorted_by_date(book.loans_of(book.LoanQuery(customer=str(one.pk)), user=user))
    states: list[LoanState] = list(found.select_related(*countdown_views.NAMES).defer(*countdown_views.PERSONAL))
    if day is None:
        return []
    states.sort(key=lambda state: state.overdue_since or date.max)
    seen = frozenset({one.pk})
    return [
        pages.loan_row(state, day=day, seen=seen)
        | pages.countdown_of(state, day=day)
        | {"unpaid": state.overdue_principal + (state.overdue_interest or 0)}
        for state in states
    ]


def overview(one: Customer, *, user: Any, head: dict[str, Any]) -> dict[str, Any]:
    day = head["day"]
    rows = loans(one, user=user, day=day)
    accounts = Account.objects.filter(customer=one, superseded_on=None)
    return {
        "rows": rows[: pages.SHOWN_LOANS],
        "all_rows": len(rows),
        "items": list(one.off_balance_items.filter(superseded_on=None, status="active").order_by("matures_on")),
        "one_currency": pages.only_currency(rows),
        "history": list(customer_queries.responsibilities_of(one)),
        "course": pages.customer_course(one, user=user, day=day, limit=head["exposure_bar"]),
        "flow": flow(one),
        "points": key_points(one),
        "security": security(one, user=user),
        "frozen_accounts": accounts.filter(frozen=True).count(),
        "story": timeline.of_customer(one, user=user, most=LATEST).items[:LATEST],
        "next": next_change(rows),
    }


def next_change(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The overdue loan whose floor gets worse next, else the loan that falls due next."""
    coming = [row for row in rows if row["left"] is not None]
    late = [row for row in coming if row["state"].overdue_since]
    return min(late or coming, key=lambda row: row["left"], default=None)
