"""Facts of the customer, its security, statements and credit report, the last inspection and the visit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from postloan.inspections.models import Place
from postloan.inspections.prefill import Book, Fact, core, fact, text

# ── customer ──────────────────────────────────────────────────────────────────────────────────────────────


@fact("customer.name", _("customer name"))
def customer_name(book: Book) -> Fact | None:
    return core(book.customer.name, book.customer.changed_on)


@fact("customer.kind", _("kind of customer"))
def customer_kind(book: Book) -> Fact | None:
    return core(book.customer.kind, book.customer.changed_on)


@fact("customer.rating", _("rating"))
def rating(book: Book) -> Fact | None:
    return core(book.customer.rating, book.customer.rating_on)


@fact("customer.rating_valid_until", _("rating valid until"))
def rating_valid_until(book: Book) -> Fact | None:
    until = book.customer.rating_valid_until
    return core(until and until.isoformat(), book.customer.rating_on)


@fact("customer.group", _("customer group"))
def group(book: Book) -> Fact | None:
    found = book.customer.group
    return core(found.name if found else "", book.customer.changed_on)


@fact("customer.industry", _("industry"))
def industry(book: Book) -> Fact | None:
    return core(book.customer.industry_code, book.customer.changed_on)


# ── the task and its visit ────────────────────────────────────────────────────────────────────────────────


@fact("task.way", _("how it is to be inspected"))
def way(book: Book) -> Fact | None:
    return Fact(["on_site"] if book.task.place == Place.ON_SITE else ["accounts"], "task", book.task.planned_on)


@fact("visit.started_on", _("day of the visit"))
def started_on(book: Book) -> Fact | None:
    visit = book.task.visit
    if visit is None or visit.started_at is None:
        return None
    day = timezone.localtime(visit.started_at).date()
    return Fact(day.isoformat(), "visit", day)


@fact("visit.place", _("place of the visit"))
def visit_place(book: Book) -> Fact | None:
    visit = book.task.visit
    return Fact(visit.place, "visit", visit.planned_for) if visit and visit.place else None


@fact("visit.person", _("person met"))
def visit_person(book: Book) -> Fact | None:
    visit = book.task.visit
    if visit is None or not visit.person_met:
        return None
    return Fact({"name": visit.person_met, "post": visit.person_post}, "visit", visit.planned_for)


# ── credit report, security, last inspection ──────────────────────────────────────────────────────────────


def _bureau(book: Book, value: Any) -> Fact | None:
    report = book.bureau
    if report is None or value in (None, ""):
        return None
    return Fact(
        text(value) if isinstance(value, Decimal) else str(value), f"bureau|{report.report_no}", report.reported_on
    )


@fact("bureau.debt", _("debt elsewhere"))
def debt_elsewhere(book: Book) -> Fact | None:
    return _bureau(book, book.bureau and book.bureau.debt_elsewhere)


@fact("bureau.guarantees", _("guarantees given"))
def guarantees_given(book: Book) -> Fact | None:
    return _bureau(book, book.bureau and book.bureau.guarantees_given)


@fact("bureau.lenders", _("number of lenders"))
def lenders(book: Book) -> Fact | None:
    return _bureau(book, book.bureau and book.bureau.lenders)


@fact("bureau.over_90", _("debt elsewhere over 90 days overdue"))
def bureau_over_90(book: Book) -> Fact | None:
    return _bureau(book, book.bureau and book.bureau.debt_elsewhere_over_90_days)


@fact("collateral.rows", _("collateral, one by one"))
def collateral(book: Book) -> Fact | None:
    rows = [
        {
            "key": link.collateral.collateral_no,
            "number": link.collateral.collateral_no,
            "kind": link.collateral.kind,
            "owner": link.collateral.owner_name,
            "value": text(link.collateral.appraised_value),
            "appraised_on": link.collateral.appraised_on.isoformat(),
            "location": link.collateral.location,
        }
        for link in book.links
    ]
    return Fact(rows, "collateral", book.day) if rows else None


@fact("collateral.value", _("value of the collateral"))
def collateral_value(book: Book) -> Fact | None:
    values = {link.collateral_id: link.collateral.appraised_value for link in book.links}
    return Fact(text(sum(values.values(), Decimal(0))), "collateral", book.day) if values else None


@fact("guarantees.rows", _("guarantors, one by one"))
def guarantors(book: Book) -> Fact | None:
    rows = [
        {
            "key": one.guarantee_no,
            "name": one.guarantor_name,
            "amount": text(one.amount),
            "until": one.guaranteed_until.isoformat() if one.guaranteed_until else "",
        }
        for one in book.guarantees
    ]
    return Fact(rows, "core", book.day) if rows else None


@fact("last.inspected_on", _("last inspection on"))
def last_inspected_on(book: Book) -> Fact | None:
    report = book.last_report
    day = report and (report.inspected_on or report.submitted_on)
    return Fact(day.isoformat(), f"last|{report.task.task_no}", report.approved_on) if report and day else None


@fact("last.conclusion", _("conclusion of the last inspection"))
def last_conclusion(book: Book) -> Fact | None:
    report = book.last_report
    if report is None or not report.risk_conclusion:
        return None
    return Fact(report.risk_conclusion, f"last|{report.task.task_no}", report.approved_on)


# ── statements ────────────────────────────────────────────────────────────────────────────────────────────

ITEMS = {
    "total_assets": _("total assets"),
    "total_liabilities": _("total liabilities"),
    "revenue": _("revenue"),
    "net_profit": _("net profit"),
    "operating_cash_flow": _("operating cash flow"),
    "accounts_receivable": _("accounts receivable"),
    "inventory": _("inventory"),
    "short_term_loans": _("short-term loans"),
    "employees": _("employees"),
    "electricity_kwh": _("electricity, kWh"),
    "water_m3": _("water, m³"),
    "orders_on_hand": _("orders on hand"),
    "capacity_utilisation_pct": _("capacity utilisation, %"),
    "tax_paid": _("tax paid"),
    "vat_sales": _("sales by VAT returns"),
}


def _statement(item: str) -> Any:
    def find(book: Book) -> Fact | None:
        found = book.statement.get(item)
        return Fact(text(found.value), "statement", found.period_end) if found else None

    return find


for _item, _label in ITEMS.items():
    fact(f"statement.{_item}", _label)(_statement(_item))


@fact("statement.period_end", _("date of the statements"))
def period_end(book: Book) -> Fact | None:
    ends = [item.period_end for item in book.statement.values()]
    return Fact(max(ends).isoformat(), "statement", max(ends)) if ends else None


@fact("statement.debt_ratio", _("liabilities to assets, percent"))
def debt_ratio(book: Book) -> Fact | None:
    assets, debts = book.statement.get("total_assets"), book.statement.get("total_liabilities")
    if not assets or not debts or not assets.value or assets.period_end != debts.period_end:
        return None
    share = (debts.value / assets.value * 100).quantize(Decimal("0.01"))
    return Fact(text(share), "statement", assets.period_end)
