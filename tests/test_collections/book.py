"""A small book with a manager, a stand-in and a head, and one of each kind of work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.test import Client

from tests.factories import (
    PASSWORD,
    AccountFactory,
    BranchFactory,
    BusinessDateFactory,
    CustomerFactory,
    InstalmentFactory,
    LoanFactory,
    LoanStateFactory,
    ResponsibilityFactory,
    StaffFactory,
)

DAY = date(2026, 6, 30)  # a Tuesday
RUN = 7


@dataclass
class Book:
    branch: Any
    manager: Any
    stand_in: Any
    head: Any
    customer: Any


def make_book(day: date = DAY) -> Book:
    BusinessDateFactory(date=day)
    root = BranchFactory()
    branch = BranchFactory(parent=root, tier2=True)
    manager = StaffFactory(post="account_manager", branch=branch)
    stand_in = StaffFactory(post="account_manager", branch=branch)
    head = StaffFactory(post="branch_head", branch=branch)
    customer = CustomerFactory(branch=branch)
    ResponsibilityFactory(customer=customer, staff=manager)
    ResponsibilityFactory(customer=customer, staff=stand_in, assistant=True)
    return Book(branch, manager, stand_in, head, customer)


def maturing(book: Book, days: int = 60, day: date = DAY, term: int = 400, **fields: Any) -> Any:
    matures_on = day + timedelta(days=days)
    return LoanFactory(
        customer=book.customer,
        repayment_method="bullet",
        matures_on=matures_on,
        disbursed_on=matures_on - timedelta(days=term),
        **fields,
    )


def overdue(book: Book, days: int, day: date = DAY, **fields: Any) -> Any:
    """A loan of the book overdue for so many days, with its state."""
    loan = LoanFactory(customer=book.customer, matures_on=day + timedelta(days=500), **fields)
    be_overdue(loan, days, day)
    return loan


def be_overdue(loan: Any, days: int, day: date = DAY, **fields: Any) -> None:
    """Writes the state the night would have: overdue for so many days, or not at all for 0."""
    from postloan.loans.models import LoanState
    from postloan.loans.rules import band_of, bucket_of

    LoanState.objects.filter(loan=loan, valid_to=None, valid_from__lt=day).update(valid_to=day)
    LoanState.objects.filter(loan=loan, valid_to=None, valid_from=day).update(superseded_by_run=1)
    since = day - timedelta(days=days) if days else None
    fields = {"overdue_principal": Decimal("1000.00") if days else Decimal(0)} | fields
    LoanStateFactory(
        loan=loan,
        valid_from=day,
        overdue_since=since,
        principal_overdue_since=since,
        bucket=bucket_of(days),
        band=band_of(days),
        class_floor="normal",
        **fields,
    )


def due_tomorrow(book: Book, balance: str | None = "100.00", day: date = DAY) -> Any:
    number = f"6222{LoanFactory._meta.model.objects.count():012d}"
    loan = LoanFactory(customer=book.customer, account_no=number, matures_on=day + timedelta(days=700))
    InstalmentFactory(loan=loan, number=1, due_on=day + timedelta(days=1))
    InstalmentFactory(loan=loan, number=2, due_on=day + timedelta(days=31))
    if balance is not None:
        AccountFactory(customer=book.customer, account_no=loan.account_no, balance=Decimal(balance))
    return loan


def log_in(staff: Any, language: str = "zh-hans") -> Client:
    """A browser logged in through the page."""
    client = Client()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    assert client.post("/login", {"username": staff.staff_no, "password": PASSWORD}).status_code == 302
    return client
