"""From rows to what a template draws: days, links, masks, shares. Nothing here decides or writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.paginator import Page
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language

from postloan.collateral.models import CollateralLink, Guarantee
from postloan.core import business_date, formatting, identifiers
from postloan.customers.models import Customer, RelatedParty
from postloan.loans.models import OFF_BOOK, Contract, Loan, LoanState
from postloan.reporting import charts, statements
from postloan.reporting.queries import arranged, book, course, customer_tabs, loan_work
from postloan.reporting.queries import customers as customer_queries
from postloan.reporting.queries import loans as loan_queries
from postloan.reporting.queries.delivery import data_date, is_delivered

SHOWN_LOANS = 8


def shares(groups: list[tuple[Any, book.Tally]], whole: Decimal) -> list[dict[str, Any]]:
    """Each group with its share of the whole, and where its piece lies in a bar of 1000."""
    rows, at = [], 0
    total = sum((tally.balance for _code, tally in groups), Decimal(0))
    for code, tally in groups:
        width = round(tally.balance * 1000 / total) if total else 0
        rows.append(
            {
                "code": code,
                "tally": tally,
                "share": formatting.percent(tally.balance, whole),
                "x": at,
                "width": width,
            }
        )
        at += width
    return rows


def loan_row(state: LoanState, *, day: date | None, seen: frozenset[int]) -> dict[str, Any]:
    return {
        "state": state,
        "loan": state.loan,
        "days": loan_queries.days_between(state.overdue_since, day),
        "customer": customer_queries.party(
            customer_id=state.customer_id,
            number=state.customer.customer_no,
            name=state.customer.name,
            seen=seen,
        ),
        "product": product_name(state.loan),
    }


def countdown_of(state: LoanState, *, day: date) -> dict[str, Any]:
    """When the floor of a loan gets worse if nobody pays, in days, and what stops it."""
    one = getattr(state.loan, "countdown", None)
    return {
        "countdown": one,
        "left": (one.next_floor_on - day).days if one and one.next_floor_on else None,
        "stop": one.stop_principal + (one.stop_interest or 0) if one else None,
    }


def only_currency(rows: list[dict[str, Any]]) -> str:
    """The currency of all these loans, empty where there are several."""
    found = {row["state"].currency for row in rows}
    return found.pop() if len(found) == 1 else ""


def product_name(loan: Loan) -> str:
    return loan.product_name or (loan.product.name if loan.product else loan.product_code)


def customer_row(one: Customer, exposure: customer_queries.Exposure, *, day: date | None) -> dict[str, Any]:
    return {
        "customer": one,
        "exposure": exposure,
        "days": loan_queries.days_between(exposure.overdue_since, day) if exposure.loans else None,
        "href": book.LoanQuery(customer=str(one.pk)).href(),
    }


# ── a customer ────────────────────────────────────────────────────────────────────────────────────────────


def customer_head(one: Customer, *, user: Any, tab: str) -> dict[str, Any]:
    day = book.as_of()
    exposure = customer_queries.exposures([one.pk])[one.pk]
    return {
        "one": one,
        "day": day,
        "tab": tab,
        "exposure": exposure,
        "days": loan_queries.days_between(exposure.overdue_since, day) if exposure.loans else None,
        "arrears": [_arrears(item, one) for item in customer_queries.arrears_of(one, user=user)],
        "off_balance": _off_balance(one),
        "responsible": [item for item in customer_queries.responsibilities_of(one) if item.valid_to is None],
        "tabs": customer_tabs.counts(one, user=user),
        "masked": masked(one),
        "show_href": show_address(one, user),
    }


def _arrears(item: customer_queries.Arrears, one: Customer) -> dict[str, Any]:
    query = book.LoanQuery(customer=str(one.pk), currency=item.currency)
    return {"item": item, "href": query.href(), "overdue_href": query.also(band="overdue").href()}


def _off_balance(one: Customer) -> list[tuple[str, Decimal]]:
    totals: dict[str, Decimal] = {}
    for item in one.off_balance_items.filter(superseded_on=None, status="active"):
        totals[item.currency] = totals.get(item.currency, Decimal(0)) + item.exposure
    return sorted(totals.items())


def masked(one: Customer) -> dict[str, str]:
    """Personal data as everybody in scope sees it; in clear only after a reason was given."""
    return {
        "id_number": identifiers.mask_id_number(one.id_number),
        "phone": identifiers.mask_phone(one.phone),
        "address": identifiers.mask_address(one.address),
        "service_address": identifiers.mask_address(one.service_address),
    }


def show_address(one: Customer, user: Any) -> str:
    """Where a person with the right gives a reason and is shown the data in clear."""
    if not user.has_capability("customers.show_personal_data"):
        return ""
    return reverse("customers:show_personal_data", kwargs={"customer_id": one.pk})


def customer_course(
    one: Customer, *, user: Any, day: date | None, limit: dict[str, Any] | None
) -> dict[str, Any] | None:
    """Drawn from two months on: one point is no course. With the facilities of today where they are known."""
    owed = customer_queries.arrears_of(one, user=user)
    if day is None or not owed:
        return None
    points = course.course_of(one.pk, currency=owed[0].currency, day=day)
    if len(points) < 2:
        return None
    granted = limit["total"] if limit and limit["total"] and limit["currency"] == owed[0].currency else None
    largest = max([point.balance for point in points] + ([granted] if granted else []))
    scale = formatting.scale_for(largest, language=get_language() or "")
    return {
        "points": points[::-1],
        "scale": scale,
        "currency": owed[0].currency,
        "chart": charts.course(points, scale=scale, limit=granted),
        "limit": granted,
        "first": points[0],
        "last": points[-1],
    }


def filled(part: customer_tabs.Part, page: Page, *, user: Any) -> dict[str, Any]:
    """A list of a tab: its rows, and how far its source reaches; None where it was never delivered."""
    rows = _DRAWN.get(part.key, _as_they_are)(list(page), user)
    return {
        "rows": rows,
        "one_currency": only_currency(rows) if part.key == "loans" else "",
        "page": page,
        "file": part.file,
        "data_date": data_date(part.file),
    }


def _as_they_are(rows: list, _user: Any) -> list:
    return rows


def _loan_rows(rows: list[LoanState], user: Any) -> list[dict[str, Any]]:
    seen = customer_queries.visible_ids((row.customer_id for row in rows), user=user)
    day = book.as_of()
    return [loan_row(row, day=day, seen=seen) for row in rows]


def _party_rows(rows: list[RelatedParty], user: Any) -> list[dict[str, Any]]:
    seen = customer_queries.visible_ids((row.party_customer_id for row in rows), user=user)
    can_show = user.has_capability("customers.show_personal_data")
    return [
        {
            "row": row,
            "party": customer_queries.party(
                customer_id=row.party_customer_id, number=row.party_no, name=row.name, seen=seen
            ),
            **_shown_of_party(row, seen, can_show=can_show),
        }
        for row in rows
    ]


def _shown_of_party(row: RelatedParty, seen: frozenset[int], *, can_show: bool) -> dict[str, Any]:
    """A customer beyond the reader's scope is number and masked name only, whatever else was delivered."""
    is_foreign = row.party_customer_id is not None and row.party_customer_id not in seen
    return {
        "is_foreign": is_foreign,
        "id_number": "" if is_foreign else identifiers.mask_id_number(row.id_number),
        "can_show": can_show and not is_foreign,
    }


def _given_rows(rows: list[Guarantee], user: Any) -> list[dict[str, Any]]:
    """For whom the customer guarantees: the borrower of the contract, masked where beyond the reader's scope."""
    borrowers = {
        contract.contract_no: contract.customer
        for contract in Contract.objects.filter(contract_no__in=[row.contract_no for row in rows], superseded_on=None)
        .exclude(customer=None)
        .select_related("customer")
        .defer(*(f"customer__{name}" for name in customer_queries.PERSONAL))
    }
    seen = customer_queries.visible_ids((one.pk for one in borrowers.values()), user=user)
    drawn = []
    for row in rows:
        one = borrowers.get(row.contract_no)
        party = one and customer_queries.party(customer_id=one.pk, number=one.customer_no, name=one.name, seen=seen)
        drawn.append({"row": row, "party": party})
    return drawn


def guarantee_rows(rows: list[Guarantee], user: Any) -> list[dict[str, Any]]:
    seen = customer_queries.visible_ids((row.guarantor_id for row in rows), user=user)
    return [
        {
            "row": row,
            "party": customer_queries.party(
                customer_id=row.guarantor_id, number=row.guarantor_no, name=row.guarantor_name, seen=seen
            ),
        }
        for row in rows
    ]


def _statement_table(rows: list, _user: Any) -> list:
    return statements.tables(rows)


_DRAWN: dict[str, Callable[[list, Any], list]] = {
    "loans": _loan_rows,
    "parties": _party_rows,
    "guarantees": guarantee_rows,
    "given": _given_rows,
    "statements": _statement_table,
}


# ── a loan ────────────────────────────────────────────────────────────────────────────────────────────────


def loan_head(one: Loan, *, user: Any, tab: str) -> dict[str, Any]:
    day = book.as_of()
    state = loan_queries.state_of(one)
    seen = customer_queries.visible_ids([one.customer_id], user=user)
    return {
        "one": one,
        "day": day,
        "tab": tab,
        "state": state,
        "product": product_name(one),
        "customer": customer_queries.party(
            customer_id=one.customer_id, number=one.customer.customer_no, name=one.customer.name, seen=seen
        ),
        "days": loan_queries.days_between(state.overdue_since, day) if state else None,
        "principal_days": loan_queries.days_between(state.principal_overdue_since, day) if state else None,
        "interest_days": _interest_days(state, day),
        "counts": _loan_counts(one),
    }


def _interest_days(state: LoanState | None, day: date | None) -> int | None:
    """Where core banking says nothing of the interest, nothing is said here either."""
    if state is None or (state.overdue_interest is None and state.interest_overdue_since is None):
        return None
    return loan_queries.days_between(state.interest_overdue_since, day)


def _loan_counts(one: Loan) -> dict[str, int]:
    return {
        "instalments": loan_queries.instalments_of(one).count(),
        "history": one.states.filter(superseded_by_run=None).count(),
        "repayments": loan_queries.repayments_of(one).count(),
        "payments": loan_queries.payments_out_of(one).count(),
        "deductions": loan_queries.deductions_of(one).count(),
        "work": loan_work.count_of(one),
        "security": _links_of(one).count() + _guarantees_of(one).count(),
    }


def _links_of(one: Loan):
    return CollateralLink.objects.counted().filter(contract_no=one.contract_no or None).select_related("collateral")


def _guarantees_of(one: Loan):
    return Guarantee.objects.counted().filter(contract_no=one.contract_no or None).select_related("guarantor")


def loan_tab(
    one: Loan, tab: str, *, request: HttpRequest, day: date | None, page_of: Callable[..., Page]
) -> dict[str, Any]:
    today = business_date.latest()
    if tab == "overview":
        return {
            "dues": loan_queries.instalments_that_matter(one, day=today) if today else [],
            "intervals": loan_queries.history_of(one, day=day)[:6],
            "delivered": is_delivered("instalments.csv"),
            "today": today,
            "next": _next_of(one, day),
        }
    if tab == "history":
        return {"intervals": loan_queries.history_of(one, day=day), "moves": loan_queries.moves_of(one)}
    if tab == "security":
        guarantees = guarantee_rows(list(_guarantees_of(one)), request.user)
        return {
            "links": list(_links_of(one)),
            "guarantees": guarantees,
            "links_delivered": is_delivered("collateral_links.csv"),
            "guarantees_delivered": is_delivered("guarantees.csv"),
        }
    return _listed(one, tab, request=request, today=today, page_of=page_of)


def _next_of(one: Loan, day: date | None) -> dict[str, Any] | None:
    """The countdown of a loan in the books, with what is arranged; None where nothing counts down."""
    state = loan_queries.state_of(one)
    if day is None or state is None or state.status in OFF_BOOK:
        return None
    state.loan = one
    drawn = countdown_of(state, day=day)
    found = arranged.arranged_for([one.pk], since={one.pk: state.overdue_since})
    return drawn | {"state": state, "arranged": found[one.pk]} if drawn["countdown"] else None


_LISTS: dict[str, tuple[str, Callable]] = {
    "instalments": ("instalments.csv", loan_queries.instalments_of),
    "repayments": ("repayments.csv", loan_queries.repayments_of),
    "payments": ("payments_out.csv", loan_queries.payments_out_of),
    "deductions": ("deductions.csv", loan_queries.deductions_of),
}


def _listed(one: Loan, tab: str, *, request: HttpRequest, today: date | None, page_of: Callable) -> dict[str, Any]:
    file, rows_of = _LISTS[tab]
    page = page_of(request, rows_of(one), 60)
    rows: Iterable = page
    if tab == "instalments" and today:
        rows = [loan_queries.due(row, day=today) for row in page]
    return {"page": page, "rows": list(rows), "delivered": is_delivered(file)}
