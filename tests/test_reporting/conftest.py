"""A small bank after a night, and people of it who read pages."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest
from django.conf import settings
from django.test import Client

from postloan.core.models import SourceDate
from postloan.loans.models import LoanState
from postloan.organization.models import Branch, Staff
from tests.factories import (
    PASSWORD,
    BranchFactory,
    BusinessDateFactory,
    CustomerFactory,
    InstitutionFactory,
    LoanFactory,
    LoanStateFactory,
    StaffFactory,
)
from tests.factories.days import DELIVERED_ON

LANGUAGES = ["zh-hans", "en"]


@dataclass
class Bank:
    """Head office with two branches; the loans of `here` tell the figures apart, one is at `there`."""

    root: Branch
    here: Branch
    there: Branch
    head: Staff
    current: LoanState
    overdue: LoanState
    non_performing: LoanState
    elsewhere: LoanState


def state_of(branch: Branch, **columns: object) -> LoanState:
    return LoanStateFactory(loan=LoanFactory(customer=CustomerFactory(branch=branch)), **columns)


@pytest.fixture
def bank(db) -> Bank:
    InstitutionFactory()
    BusinessDateFactory()
    root = BranchFactory()
    here, there = BranchFactory(parent=root, tier2=True), BranchFactory(parent=root, tier2=True)
    state_of(here, status="written_off", principal_balance=Decimal("7.00"))
    state_of(here, status="settled", principal_balance=Decimal(0))
    return Bank(
        root=root,
        here=here,
        there=there,
        head=StaffFactory(branch=here, post="branch_head"),
        current=state_of(here, principal_balance=Decimal("1000.10"), matures_on=date(2026, 7, 15)),
        overdue=state_of(here, overdue=True, principal_balance=Decimal("200.20")),
        non_performing=state_of(
            here,
            overdue=True,
            overdue_since=date(2026, 3, 1),
            band="days_91_180",
            bucket="M5",
            class_floor="substandard",
            principal_balance=Decimal("30.03"),
        ),
        elsewhere=state_of(there, overdue=True, principal_balance=Decimal("4000.00")),
    )


@pytest.fixture
def reader() -> Callable[..., Client]:
    """A browser logged in as somebody, in a language."""

    def log_in(staff: Staff, language: str = "en") -> Client:
        client = Client()
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
        answer = client.post("/login", {"username": staff.staff_no, "password": PASSWORD})
        assert answer.status_code == 302
        return client

    return log_in


@pytest.fixture
def delivered() -> Callable[[str], None]:
    def deliver(file: str) -> None:
        SourceDate.objects.update_or_create(
            file=file.removesuffix(".csv"), defaults={"business_date": DELIVERED_ON, "mode": "full"}
        )

    return deliver
