"""What the bank knows already, by name: each fact with its source and the day it speaks of. Opinions are not facts.

    @fact("loan.amount", _("amount paid out"))
    def amount(book: Book) -> Fact | None: …

The facts themselves are in `prefill_loans.py` and `prefill_customer.py`. None is "no data": the question stays empty.
A source is a code, with a detail after "|": `shown_source` says it in words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Max, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from postloan.collateral.models import CollateralLink, Guarantee
from postloan.customers.models import Account, AccountEntry, CreditReport, FinancialStatementItem
from postloan.inspections.models import InspectionTask, Report, ReportState
from postloan.loans.models import CLASS_ORDER, Facility, Loan, LoanState, PaymentOut, Repayment

SOURCES: dict[str, str | Promise] = {
    "core": _("core banking"),
    "contract": _("loan contract %(detail)s"),
    "payments": _("payments out"),
    "entries": _("account entries"),
    "account": _("account %(detail)s"),
    "statement": _("statements"),
    "bureau": _("credit report %(detail)s"),
    "collateral": _("register of collateral"),
    "night": _("state after the night"),
    "last": _("inspection %(detail)s"),
    "visit": _("visit"),
    "task": _("inspection task"),
}
ENTRY_DAYS = 90
MOST_ROWS = 60


@dataclass(frozen=True)
class Fact:
    value: Any
    source: str
    on: date | None = None


def text(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")


def core(value: Any, on: date | None) -> Fact | None:
    """A fact of core banking; an empty one is no data."""
    return None if value in (None, "") else Fact(value, "core", on)


Finder = Callable[["Book"], Fact | None]
_finders: dict[str, tuple[str | Promise, Finder]] = {}


def fact(name: str, label: str | Promise) -> Callable[[Finder], Finder]:
    """Makes a fact known under a name that templates use. Defining it twice is a mistake."""

    def decorate(find: Finder) -> Finder:
        if name in _finders:
            raise ValueError(f"fact {name} is defined twice")
        _finders[name] = (label, find)
        return find

    return decorate


def names() -> dict[str, str | Promise]:
    """Every fact that can be filled in, with what it is called."""
    return {name: label for name, (label, _find) in sorted(_finders.items())}


def shown_source(source: str) -> str:
    code, _bar, detail = source.partition("|")
    return str(SOURCES.get(code, code)) % {"detail": detail}


def find(task: InspectionTask, wanted: Iterable[str], *, day: date) -> dict[str, Fact]:
    """The facts that are known of those wanted."""
    book = Book(task, day)
    found = {name: _finders[name][1](book) for name in wanted if name in _finders}
    return {name: one for name, one in found.items() if one is not None and one.value not in (None, "", [])}


def conditions(task: InspectionTask, *, day: date) -> dict[str, Any]:
    """What conditions of templates may ask for: fixed when a report is begun."""
    book = Book(task, day)
    customer = book.customer
    return {
        "task.kind": task.kind,
        "task.place": task.place,
        "customer.line": task.line,
        "customer.kind": customer.kind,
        "customer.is_person": customer.kind in PERSONS,
        "customer.is_manufacturer": is_manufacturer(customer.industry_code),
        "customer.has_collateral": bool(book.links),
        "customer.has_guarantors": bool(book.guarantees),
        "customer.is_overdue": any(state.overdue_since for state in book.states),
        "customer.is_group_member": bool(customer.group_id),
        "loan.payment_mode": sorted({loan.payment_mode for loan in book.loans if loan.payment_mode}),
        "loan.secured_by": sorted({way for loan in book.loans for way in loan.secured_by.split(";") if way}),
        "loan.product_families": sorted({loan.product.family for loan in book.loans if loan.product}),
        "loan.currency": book.currency,
    }


CONDITION_FACTS = (
    "task.kind",
    "task.place",
    "customer.line",
    "customer.kind",
    "customer.is_person",
    "customer.is_manufacturer",
    "customer.has_collateral",
    "customer.has_guarantors",
    "customer.is_overdue",
    "customer.is_group_member",
    "loan.payment_mode",
    "loan.secured_by",
    "loan.product_families",
    "loan.currency",
)
PERSONS = {"individual", "farmer", "self_employed"}


def is_manufacturer(industry_code: str) -> bool:
    """Section C of GB/T 4754, with its letter or as one of its divisions 13 to 43."""
    code = industry_code.strip().upper()
    return code.startswith("C") or (code[:2].isdigit() and 13 <= int(code[:2]) <= 43)


class Book:
    """What is known of a task's customer and loans; each part is read once, when it is asked for."""

    def __init__(self, task: InspectionTask, day: date) -> None:
        self.task, self.day, self.customer = task, day, task.customer

    @cached_property
    def loans(self) -> list[Loan]:
        """The loans of the task; a task without any speaks of all that the customer still owes."""
        named = self.task.loans.select_related("contract__facility", "product").order_by("disbursed_on", "loan_no")
        found = list(named)
        if found:
            return found
        return list(
            Loan.objects.filter(customer=self.customer, status="active", superseded_on=None)
            .select_related("contract__facility", "product")
            .order_by("disbursed_on", "loan_no")
        )

    @cached_property
    def first(self) -> Loan | None:
        return self.loans[0] if self.loans else None

    @cached_property
    def currency(self) -> str:
        return (self.first.currency if self.first else "") or "CNY"

    @cached_property
    def same_currency(self) -> list[Loan]:
        """Amounts are never added across currencies."""
        return [loan for loan in self.loans if (loan.currency or "CNY") == self.currency]

    @cached_property
    def states(self) -> list[LoanState]:
        return list(LoanState.objects.now().filter(loan__in=self.loans))

    @cached_property
    def payments(self) -> list[PaymentOut]:
        found = PaymentOut.objects.filter(loan__in=self.loans, superseded_on=None)
        return list(found.order_by("paid_on", "payment_no")[:MOST_ROWS])

    @cached_property
    def contract_ids(self) -> set[int]:
        return {loan.contract_id for loan in self.loans if loan.contract_id}

    @cached_property
    def links(self) -> list[CollateralLink]:
        found = CollateralLink.objects.filter(contract__in=self.contract_ids, superseded_on=None)
        return list(found.select_related("collateral").order_by("collateral__collateral_no")[:MOST_ROWS])

    @cached_property
    def guarantees(self) -> list[Guarantee]:
        found = Guarantee.objects.filter(contract__in=self.contract_ids, superseded_on=None)
        return list(found.order_by("guarantee_no")[:MOST_ROWS])

    @cached_property
    def accounts(self) -> list[Account]:
        return list(Account.objects.filter(customer=self.customer, superseded_on=None).order_by("account_no"))

    @cached_property
    def facility(self) -> Facility | None:
        if self.first and self.first.contract and self.first.contract.facility:
            return self.first.contract.facility
        return Facility.objects.filter(customer=self.customer, superseded_on=None).order_by("-expires_on").first()

    @cached_property
    def bureau(self) -> CreditReport | None:
        return CreditReport.objects.filter(customer=self.customer, superseded_on=None).first()

    @cached_property
    def statement(self) -> dict[str, FinancialStatementItem]:
        """The latest single statement's figure of each item."""
        found = FinancialStatementItem.objects.filter(
            customer=self.customer, scope="single", superseded_on=None, period_end__lte=self.day
        )
        last = found.aggregate(last=Max("period_end"))["last"]
        if last is None:
            return {}
        recent = found.filter(period_end__gte=last - timedelta(days=370)).order_by("period_end")
        return {item.item: item for item in recent}

    @cached_property
    def last_report(self) -> Report | None:
        found = Report.objects.filter(task__customer=self.customer, state=ReportState.APPROVED)
        return found.exclude(task=self.task).select_related("task").order_by("-approved_on", "-id").first()

    def entries(self, direction: str) -> Decimal | None:
        """Booked on the customer's accounts in the last days; None where nothing is known of its accounts."""
        found = AccountEntry.objects.filter(
            customer=self.customer, superseded_on=None, booked_on__gt=self.day - timedelta(days=ENTRY_DAYS)
        )
        if not AccountEntry.objects.filter(customer=self.customer).exists():
            return None
        return found.filter(direction=direction).aggregate(total=Sum("amount"))["total"] or Decimal(0)

    def worst_class(self) -> str:
        known = [loan.five_level_class for loan in self.loans if loan.five_level_class in CLASS_ORDER]
        return max(known, key=CLASS_ORDER.index) if known else ""

    def last_repayment(self) -> date | None:
        found = Repayment.objects.filter(loan__in=self.loans, superseded_on=None, reverses_receipt_no="")
        return found.aggregate(last=Max("paid_on"))["last"]
