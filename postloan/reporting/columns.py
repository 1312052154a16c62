"""The columns the two lists can show, and what each of them is in a file.

A row is what `pages.loan_row` or `pages.customer_row` returns. Personal data is in no column: neither list nor file
reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from postloan.core.templatetags.postloan import class_label
from postloan.loans.models import LoanStatus
from postloan.reporting import labels
from postloan.reporting.models import ListName
from postloan.reporting.queries import sorting

Row = dict[str, Any]
Cell = str | int | Decimal | date | None


@dataclass(frozen=True)
class Column:
    """`sort` is the key that its head sorts by; a fixed column cannot be put away; `cell` is its value in a file."""

    key: str
    label: str | Promise
    cell: Callable[[Row], Cell]
    sort: str = ""
    is_right: bool = False
    is_fixed: bool = False
    is_first_shown: bool = True


@dataclass(frozen=True)
class List:
    """One of the two lists: its columns in their order, how it sorts, and the capability it asks for."""

    name: str
    columns: tuple[Column, ...]
    sorts: Iterable[str]
    default_sort: str
    capability: str
    view: str

    @property
    def keys(self) -> list[str]:
        return [column.key for column in self.columns]

    def shown(self, keys: Iterable[str] | None) -> list[Column]:
        """The fixed ones and those chosen, in the list's order; as the list comes where nothing was chosen."""
        if keys is None:
            return [column for column in self.columns if column.is_fixed or column.is_first_shown]
        chosen = set(keys)
        return [column for column in self.columns if column.is_fixed or column.key in chosen]


def _state(name: str) -> Callable[[Row], Cell]:
    return lambda row: getattr(row["state"], name)


def _loan(name: str) -> Callable[[Row], Cell]:
    return lambda row: getattr(row["loan"], name)


def _security(row: Row) -> str:
    return labels.several(labels.SECURITIES, row["loan"].secured_by, separator=pgettext("list", ", "))


def _status(row: Row) -> str:
    return str(dict(LoanStatus.choices).get(row["state"].status, row["state"].status))


LOAN_COLUMNS = (
    Column("loan", _("Loan number"), _loan("loan_no"), "loan", is_fixed=True),
    Column("product", _("Product"), lambda row: row["product"], is_first_shown=False),
    Column("customer", _("Customer"), lambda row: row["customer"].name, "customer", is_fixed=True),
    Column("customer_no", _("Customer number"), lambda row: row["customer"].number, is_first_shown=False),
    Column("branch", _("Branch"), lambda row: row["state"].branch.name, is_first_shown=False),
    Column("currency", _("Currency"), _state("currency"), is_first_shown=False),
    Column("balance", _("Balance"), _state("principal_balance"), "balance", is_right=True, is_fixed=True),
    Column("overdue_principal", _("Overdue principal"), _state("overdue_principal"), is_right=True),
    Column("overdue_interest", _("Overdue interest"), _state("overdue_interest"), is_right=True),
    Column("days", _("Days overdue"), lambda row: row["days"], "days"),
    Column("bucket", _("Bucket"), _state("bucket"), is_first_shown=False),
    Column("floor", _("Class floor"), lambda row: class_label(row["state"].class_floor)),
    Column(
        "core_class",
        _("Class in core banking"),
        lambda row: class_label(row["state"].five_level_class),
        is_first_shown=False,
    ),
    Column("matures", _("Matures on"), _state("matures_on"), "matures"),
    Column("disbursed", _("Paid out on"), _loan("disbursed_on"), is_first_shown=False),
    Column("amount", _("Amount paid out"), _loan("amount"), is_right=True, is_first_shown=False),
    Column("rate", _("Annual rate in percent"), _loan("annual_rate"), is_right=True, is_first_shown=False),
    Column("secured_by", _("Secured by"), _security, is_first_shown=False),
    Column("account", _("Repayment account"), _loan("account_no"), is_first_shown=False),
    Column("status", _("Status"), _status, is_first_shown=False),
    Column("manager", _("Manager"), lambda row: row["state"].manager.name if row["state"].manager else None),
)
LOANS = List(
    ListName.LOANS, LOAN_COLUMNS, sorting.LOAN_SORTS, sorting.LOAN_DEFAULT, "loans.view_book", "reporting:loans"
)


def _balance(row: Row) -> Cell:
    """In the bank's currency; what is owed in another stands in the list and in the book of loans."""
    balances = row["exposure"].balances
    return balances.get(row["currency"]) if balances else None


def _group(row: Row) -> Cell:
    return row["customer"].group.name if row["customer"].group else None


CUSTOMER_COLUMNS = (
    Column("name", _("Customer"), lambda row: row["customer"].name, "name", is_fixed=True),
    Column("number", _("Number"), lambda row: row["customer"].customer_no, "number", is_fixed=True),
    Column("kind", _("Kind"), lambda row: labels.label(labels.CUSTOMER_KINDS, row["customer"].kind)),
    Column("branch", _("Branch"), lambda row: row["customer"].branch.name),
    Column("group", _("Customer group"), _group, is_first_shown=False),
    Column(
        "size",
        _("Size of enterprise"),
        lambda row: labels.label(labels.SIZES, row["customer"].enterprise_size) or None,
        is_first_shown=False,
    ),
    Column("rating", _("Rating"), lambda row: row["customer"].rating or None, is_first_shown=False),
    Column("loans", _("Loans"), lambda row: row["exposure"].loans, is_right=True),
    Column("balance", _("Balance"), _balance, "balance", is_right=True),
    Column("days", _("Days overdue"), lambda row: row["days"], "days"),
    Column("floor", _("Worst floor"), lambda row: class_label(row["exposure"].floor)),
)
CUSTOMERS = List(
    ListName.CUSTOMERS,
    CUSTOMER_COLUMNS,
    sorting.CUSTOMER_SORTS,
    sorting.CUSTOMER_DEFAULT,
    "customers.view_customers",
    "reporting:customers",
)
BY_NAME = {one.name: one for one in (LOANS, CUSTOMERS)}
