"""What core banking told and who became responsible, as sources of the timeline.

A fact is dated by the day it speaks of, where it names one, else by the delivery that brought it. What was restated is
dated by the delivery that changed it, with the value before and after.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, Max, Model, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from postloan.collateral.models import Collateral, CollateralLink, Guarantee
from postloan.core import business_date, formatting, outbox
from postloan.core.messages import OutboxMessage, RecipientKind
from postloan.core.models import FactRevision
from postloan.core.templatetags.postloan import class_label
from postloan.customers.models import CreditReport, Customer, FinancialStatementItem, Responsibility
from postloan.customers.services import SEEDED
from postloan.handovers.models import Handover
from postloan.loans.models import CLASS_ORDER, Deduction, Facility, Loan, LoanManager
from postloan.organization.models import Line
from postloan.reporting.labels import (
    COLLATERAL_KINDS,
    PERIOD_KINDS,
    STATEMENT_SCOPES,
    label,
)
from postloan.reporting.queries.customer_tabs import contract_numbers
from postloan.reporting.queries.timeline_items import NIGHT, TOLD, Item, Source


def of_customer(one: Customer) -> list[Source]:
    """About the customer and all its loans. The reader sees the customer."""
    loans = Loan.objects.filter(customer=one).values("pk")
    contracts = contract_numbers(one)
    links = CollateralLink.objects.filter(contract_no__in=contracts)
    items = FinancialStatementItem.objects.filter(customer=one, superseded_on=None)
    today = business_date.latest()
    return [
        *_of_loans(loans, links),
        Source(_statements(items), "first_delivered_on", _received, "last"),
        Source(_restated(items), "known_until", _restated_item, "last"),
        Source(CreditReport.objects.filter(customer=one), "reported_on", _credit_report),
        Source(_guarantees(contracts), "dated", _guaranteed),
        Source(_facilities(one), "dated", _granted),
        Source(Facility.objects.filter(customer=one, expires_on__lte=today or date.min), "expires_on", _expired),
        _revised(RATING, Customer.objects.filter(pk=one.pk).values("pk")),
        Source(_by_other_road(Responsibility.objects.filter(customer=one)), "valid_from", _responsible),
        Source(_messages(Q(customer_id=one.pk) | Q(loan_id__in=loans)), "business_date", _message),
    ]


def of_loan(one: Loan) -> list[Source]:
    """About one loan, for whoever sees it, its customer or not."""
    links = CollateralLink.objects.filter(contract_no=one.contract_no).exclude(contract_no="")
    return [
        *_of_loans(Loan.objects.filter(pk=one.pk).values("pk"), links),
        Source(_messages(Q(loan_id=one.pk)), "business_date", _message),
    ]


def _of_loans(loans: QuerySet, links: QuerySet) -> list[Source]:
    return [
        Source(Deduction.objects.filter(loan__in=loans).exclude(result="taken"), "tried_on", _not_taken),
        _revised(CLASS, loans),
        _revised(MATURITY, loans),
        Source(links.select_related("collateral"), "first_delivered_on", _secured),
        _revised(VALUATION, links.values("collateral")),
        Source(_by_other_road(LoanManager.objects.filter(loan__in=loans)), "valid_from", _loan_manager),
    ]


# ── core banking ──────────────────────────────────────────────────────────────────────────────────────────


def _not_taken(row: Deduction) -> Item:
    title = _("Deduction failed") if row.result == "failed" else _("Deduction taken in part")
    amounts = _("due %(amount)s, taken %(taken)s") % {
        "amount": formatting.amount(row.amount),
        "taken": formatting.amount(row.taken),
    }
    text = " ".join(filter(None, [amounts, row.reason]))
    tone = "bad" if row.result == "failed" else "warn"
    return Item(row.tried_on, title, text, _("core banking"), tone, row.loan_id, (TOLD, row.pk))


def _statements(items: QuerySet) -> QuerySet:
    """A statement is many rows of one period; it is one thing that was received."""
    grouped = items.order_by().values("first_delivered_on", "period_end", "period_kind", "scope")
    return grouped.annotate(last=Max("pk"), figures=Count("pk"))


def _received(row: dict[str, Any]) -> Item:
    kinds = [label(PERIOD_KINDS, row["period_kind"]), label(STATEMENT_SCOPES, row["scope"])]
    count = _("%(n)s figures") % {"n": row["figures"]}
    text = " ".join([row["period_end"].isoformat(), *filter(None, kinds), count])
    return Item(
        row["first_delivered_on"], _("Statement received"), text, _("core banking"), "", None, (TOLD, row["last"])
    )


def _restated(items: QuerySet) -> QuerySet:
    table = FinancialStatementItem._meta.db_table
    found = FactRevision.objects.filter(subject_table=table, column="value", subject_id__in=items.values("pk"))
    return found.order_by().values("known_until").annotate(last=Max("pk"), figures=Count("pk"))


def _restated_item(row: dict[str, Any]) -> Item:
    text = _("%(n)s figures") % {"n": row["figures"]}
    place = (TOLD, row["last"])
    return Item(row["known_until"], _("Statement restated"), text, _("core banking"), "warn", None, place)


def _credit_report(row: CreditReport) -> Item:
    debt = formatting.amount(row.debt_elsewhere) if row.debt_elsewhere is not None else _("no data")
    text = f"{row.report_no} · " + _("debt elsewhere %(amount)s") % {"amount": debt}
    tone = "bad" if row.debt_elsewhere_over_90_days else ""
    return Item(row.reported_on, _("Credit report"), text, _("core banking"), tone, None, (TOLD, row.pk))


def _secured(row: CollateralLink) -> Item:
    thing = row.collateral
    parts = [thing.collateral_no, label(COLLATERAL_KINDS, thing.kind), formatting.amount(row.secured_amount)]
    return Item(
        row.first_delivered_on, _("Collateral given"), " · ".join(filter(None, parts)), _("core banking"), "", None,
        (TOLD, row.pk),
    )  # fmt: skip


def _guarantees(contracts: list[str]) -> QuerySet:
    found = Guarantee.objects.filter(contract_no__in=contracts)
    return found.annotate(dated=Coalesce("signed_on", "first_delivered_on"))


def _guaranteed(row: Any) -> Item:
    """Without the guarantor's name: it may lie beyond the reader's scope, and stands masked on its own tab."""
    text = f"{row.guarantee_no} · {formatting.amount(row.amount)}"
    return Item(row.dated, _("Guarantee given"), text, _("core banking"), "", None, (TOLD, row.pk))


def _facilities(one: Customer) -> QuerySet:
    return Facility.objects.filter(customer=one).annotate(dated=Coalesce("approved_on", "first_delivered_on"))


def _granted(row: Any) -> Item:
    return Item(row.dated, _("Facility granted"), _facility(row), _("core banking"), "", None, (TOLD, row.pk))


def _expired(row: Facility) -> Item:
    return Item(row.expires_on, _("Facility expired"), _facility(row), _("core banking"), "warn", None, (TOLD, row.pk))


def _facility(row: Facility) -> str:
    until = _("until %(day)s") % {"day": row.expires_on.isoformat()}
    return f"{row.facility_no} · {formatting.amount(row.total)} · {until}"


# ── what core banking said otherwise before ───────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Revised:
    """A column whose changes are told; `named` is the number of the row, `shown` makes a value readable."""

    model: type[Model]
    column: str
    title: str | Promise
    shown: Callable[[str], str] = str
    named: str = ""


def _amount(value: str) -> str:
    return formatting.amount(Decimal(value))


CLASS = Revised(Loan, "five_level_class", gettext_lazy("Class in core banking changed"), class_label, "loan_no")
MATURITY = Revised(Loan, "matures_on", gettext_lazy("Maturity moved in core banking"), str, "loan_no")
VALUATION = Revised(Collateral, "appraised_value", gettext_lazy("Valuation changed"), _amount, "collateral_no")
RATING = Revised(Customer, "rating", gettext_lazy("Rating changed"))


def _revised(what: Revised, ids: QuerySet) -> Source:
    table = what.model._meta.db_table
    found = FactRevision.objects.filter(subject_table=table, column=what.column, subject_id__in=ids)
    if what.named:
        rows = what.model._default_manager.filter(pk=OuterRef("subject_id"))
        found = found.annotate(named=Subquery(rows.values(what.named)[:1]))
    else:
        found = found.annotate(named=Value(""))

    def item_of(row: Any) -> Item:
        before, after = (what.shown(value) if value else "–" for value in (row.old_value, row.new_value))
        text = " · ".join(filter(None, [row.named, f"{before} → {after}"]))
        loan = row.subject_id if what.model is Loan else None
        tone = _tone(row.old_value, row.new_value) if what is CLASS else ""
        return Item(row.known_until, what.title, text, _("core banking"), tone, loan, (TOLD, row.pk))

    return Source(found, "known_until", item_of)


def _tone(before: str | None, after: str | None) -> str:
    codes = list(CLASS_ORDER)
    if before not in codes or after not in codes:
        return "warn"
    return "bad" if codes.index(after) > codes.index(before) else "ok"


# ── who is responsible, what was sent ─────────────────────────────────────────────────────────────────────


def _by_other_road(found: QuerySet) -> QuerySet:
    """A hand-over tells of itself; what is left was seeded by an extract."""
    handed_over = Handover.objects.filter(handover_no=OuterRef("reason"))
    return found.exclude(Exists(handed_over)).select_related("staff")


def _responsible(row: Responsibility) -> Item:
    parts = [row.staff.name, row.role, str(dict(Line.choices).get(row.line, row.line))]
    return Item(row.valid_from, _("Responsible"), " · ".join(parts), _by(row.reason), "", None, (NIGHT, row.pk))


def _loan_manager(row: LoanManager) -> Item:
    text = f"{row.staff.name} · {row.role}"
    title = _("Responsible for the loan")
    return Item(row.valid_from, title, text, _by(row.reason), "", row.loan_id, (NIGHT, row.pk))


def _by(reason: str) -> str:
    return _("core banking") if reason == SEEDED else reason


def _messages(about: Q) -> QuerySet:
    return OutboxMessage.objects.filter(about, business_date__isnull=False).select_related("staff")


def _message(row: OutboxMessage) -> Item:
    is_borrower = row.recipient_kind == RecipientKind.BORROWER
    title = _("Message to the borrower") if is_borrower else _("Message to staff")
    if row.withdrawn_at is not None:
        title = _("Message withdrawn")
    whom = row.staff.name if row.staff else ""
    text = " · ".join(filter(None, [whom, outbox.subject_of(row)]))
    return Item(row.business_date, title, text, _("the night"), "", row.loan_id, (NIGHT, row.pk))  # type: ignore[arg-type]
