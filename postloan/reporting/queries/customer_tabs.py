"""The tabs of a customer's page: what each lists, and whether its source was ever delivered."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from postloan.collateral.models import CollateralLink, Guarantee
from postloan.core.models import Delivered
from postloan.customers.models import (
    Account,
    AccountEntry,
    CreditReport,
    Customer,
    ExternalEvent,
    FinancialStatementItem,
    RelatedParty,
)
from postloan.loans.models import ApprovalCondition, Contract, Facility, LoanState, OffBalanceItem
from postloan.reporting.queries.book import states, with_names


@dataclass(frozen=True)
class Part:
    """One list of a tab. `file` is the file of the extract it comes from."""

    key: str
    file: str
    model: type[Delivered] | type[LoanState]
    rows: Callable[[Customer, Any], QuerySet]
    counted_by: tuple[str, ...] = ()

    def count(self, customer: Customer, user: Any) -> int:
        """Rows; of statements the statements, not their items."""
        rows = self.rows(customer, user)
        return rows.order_by().values(*self.counted_by).distinct().count() if self.counted_by else rows.count()


@dataclass(frozen=True)
class Tab:
    slug: str
    label: str | Promise
    parts: tuple[Part, ...]


def _loans(customer: Customer, user: Any) -> QuerySet:
    return with_names(states(user).filter(customer=customer)).order_by("status", "-principal_balance", "loan__loan_no")


def _conditions(customer: Customer, _user: Any) -> QuerySet:
    return ApprovalCondition.objects.filter(facility__customer=customer, superseded_on=None).select_related("facility")


def _own(model: type[Delivered], *related: str) -> Callable[[Customer, Any], QuerySet]:
    def rows(customer: Customer, _user: Any) -> QuerySet:
        return model._default_manager.filter(customer=customer, superseded_on=None).select_related(*related)

    return rows


def _parties(customer: Customer, _user: Any) -> QuerySet:
    return _own(RelatedParty, "party_customer")(customer, _user).defer(
        "party_customer__id_number",
        "party_customer__phone",
        "party_customer__address",
        "party_customer__service_address",
    )


def contract_numbers(customer: Customer) -> list[str]:
    """The numbers security is matched on: of contracts, and of loans where contracts are not delivered."""
    of_contracts = customer.contracts.filter(superseded_on=None).values_list("contract_no", flat=True)
    of_loans = customer.loans.exclude(contract_no="").values_list("contract_no", flat=True)
    return sorted({*of_contracts, *of_loans})


def _links(customer: Customer, _user: Any) -> QuerySet:
    return (
        CollateralLink.objects.filter(contract_no__in=contract_numbers(customer), superseded_on=None)
        .select_related("collateral")
        .order_by("contract_no", "collateral__collateral_no")
    )


def _guarantees(customer: Customer, _user: Any) -> QuerySet:
    return (
        Guarantee.objects.filter(contract_no__in=contract_numbers(customer), superseded_on=None)
        .select_related("guarantor")
        .defer("guarantor__id_number", "guarantor__phone", "guarantor__address", "guarantor__service_address")
        .order_by("contract_no", "guarantee_no")
    )


def _given(customer: Customer, _user: Any) -> QuerySet:
    return Guarantee.objects.filter(
        Q(guarantor=customer) | Q(guarantor_no=customer.customer_no), superseded_on=None
    ).order_by("contract_no")


def _statements(customer: Customer, user: Any) -> QuerySet:
    return _own(FinancialStatementItem)(customer, user).order_by("-period_end", "period_kind", "scope", "pk")


TABS = (
    Tab("loans", _("Loans"), (Part("loans", "loans.csv", LoanState, _loans),)),
    Tab(
        "limits",
        _("Limits and contracts"),
        (
            Part("facilities", "facilities.csv", Facility, _own(Facility)),
            Part("contracts", "contracts.csv", Contract, _own(Contract)),
            Part("conditions", "approval_conditions.csv", ApprovalCondition, _conditions),
        ),
    ),
    Tab(
        "off-balance",
        _("Off-balance items"),
        (Part("items", "off_balance.csv", OffBalanceItem, _own(OffBalanceItem)),),
    ),
    Tab(
        "security",
        _("Security"),
        (
            Part("links", "collateral_links.csv", CollateralLink, _links),
            Part("guarantees", "guarantees.csv", Guarantee, _guarantees),
            Part("given", "guarantees.csv", Guarantee, _given),
        ),
    ),
    Tab(
        "accounts",
        _("Accounts"),
        (
            Part("accounts", "accounts.csv", Account, _own(Account)),
            Part("entries", "account_entries.csv", AccountEntry, _own(AccountEntry)),
        ),
    ),
    Tab(
        "statements",
        _("Statements"),
        (
            Part(
                "statements",
                "financial_statements.csv",
                FinancialStatementItem,
                _statements,
                ("period_end", "period_kind", "scope"),
            ),
        ),
    ),
    Tab(
        "parties",
        _("Related parties"),
        (Part("parties", "related_parties.csv", RelatedParty, _parties),),
    ),
    Tab("reports", _("Credit reports"), (Part("reports", "credit_reports.csv", CreditReport, _own(CreditReport)),)),
    Tab("events", _("Outside events"), (Part("events", "external_events.csv", ExternalEvent, _own(ExternalEvent)),)),
)
BY_SLUG = {tab.slug: tab for tab in TABS}


def counts(customer: Customer, *, user: Any) -> Iterable[tuple[Tab, int]]:
    """How many rows stand behind each tab."""
    return [(tab, sum(part.count(customer, user) for part in tab.parts)) for tab in TABS]
