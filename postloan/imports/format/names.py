"""What the files of the extract are called on pages."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FILE_NAMES: dict[str, str | Promise] = {
    "branches": _("branches"),
    "staff": _("staff"),
    "products": _("products"),
    "groups": _("customer groups"),
    "customers": _("customers"),
    "related_parties": _("related parties"),
    "credit_reports": _("credit reports"),
    "facilities": _("facilities"),
    "approval_conditions": _("approval conditions"),
    "contracts": _("contracts"),
    "loans": _("loans"),
    "instalments": _("instalments"),
    "repayments": _("repayments"),
    "payments_out": _("payments out"),
    "deductions": _("deductions"),
    "off_balance": _("off-balance items"),
    "accounts": _("accounts"),
    "account_entries": _("account entries"),
    "collateral": _("collateral"),
    "collateral_links": _("collateral links"),
    "guarantees": _("guarantees"),
    "financial_statements": _("statement items"),
    "external_events": _("external events"),
    "gl_balances": _("ledger balances"),
}
