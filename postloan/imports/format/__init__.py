"""The extract, format 1, as data: one specification a file, in the order in which files depend on each other."""

from __future__ import annotations

from postloan.imports.format import bank, customers, granted, lending, security
from postloan.imports.format.columns import FileSpec

FORMAT = "postloan-extract/1"

SPECS: dict[str, FileSpec] = {
    spec.name: spec
    for spec in (
        bank.BRANCHES,
        bank.STAFF,
        bank.PRODUCTS,
        customers.GROUPS,
        customers.CUSTOMERS,
        customers.RELATED_PARTIES,
        customers.CREDIT_REPORTS,
        granted.FACILITIES,
        granted.APPROVAL_CONDITIONS,
        granted.CONTRACTS,
        lending.LOANS,
        lending.INSTALMENTS,
        lending.REPAYMENTS,
        lending.PAYMENTS_OUT,
        lending.DEDUCTIONS,
        granted.OFF_BALANCE,
        customers.ACCOUNTS,
        customers.ACCOUNT_ENTRIES,
        security.COLLATERAL,
        security.COLLATERAL_LINKS,
        security.GUARANTEES,
        customers.FINANCIAL_STATEMENTS,
        customers.EXTERNAL_EVENTS,
        bank.GL_BALANCES,
    )
}


def spec_of(name: str) -> FileSpec:
    """The specification of a file by its name without `.csv`. Raises KeyError."""
    return SPECS[name]
