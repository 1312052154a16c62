"""The words for codes of the extract. An unknown code is shown as it is: it is a finding elsewhere."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from postloan.loans.labels import CONDITION_KINDS, CUSTOMER_KINDS, PRODUCT_FAMILIES, Labels

__all__ = ["CONDITION_KINDS", "CUSTOMER_KINDS", "PRODUCT_FAMILIES", "Labels"]

ID_TYPES: Labels = {
    "resident_id": _("resident ID"),
    "credit_code": _("unified social credit code"),
    "passport": _("passport"),
    "other": _("other ID"),
}
SEXES: Labels = {"m": _("male"), "f": _("female")}
SIZES: Labels = {
    "large": pgettext_lazy("size", "large"),
    "medium": pgettext_lazy("size", "medium"),
    "small": pgettext_lazy("size", "small"),
    "micro": pgettext_lazy("size", "micro"),
}
RELATIONS: Labels = {
    "legal_representative": _("legal representative"),
    "controller": _("controller"),
    "shareholder": _("shareholder"),
    "spouse": _("spouse"),
    "affiliate": _("affiliate"),
    "executive": _("executive"),
}
RATE_TYPES: Labels = {"fixed": pgettext_lazy("rate", "fixed"), "floating": pgettext_lazy("rate", "floating")}
REPAYMENT_METHODS: Labels = {
    "equal_instalments": _("equal instalments"),
    "equal_principal": _("equal principal"),
    "bullet": _("principal and interest at the end"),
    "interest_monthly": _("interest monthly, principal at the end"),
    "interest_quarterly": _("interest quarterly, principal at the end"),
    "other": _("other method"),
}
PAYMENT_MODES: Labels = {"entrusted": _("entrusted payment"), "own": _("own payment")}
SECURITIES: Labels = {
    "credit": pgettext_lazy("security", "credit"),
    "guarantee": pgettext_lazy("security", "guarantee"),
    "mortgage": pgettext_lazy("security", "mortgage"),
    "pledge": pgettext_lazy("security", "pledge"),
}
ACCRUALS: Labels = {"accrual": _("accrual"), "non_accrual": _("non-accrual")}
REPAYMENT_SOURCES: Labels = {
    "borrower": _("borrower"),
    "guarantor": _("guarantor"),
    "collateral": _("collateral"),
    "third_party": _("third party"),
    "new_loan": _("new loan"),
}
DEDUCTION_RESULTS: Labels = {"taken": _("taken"), "partly": _("partly taken"), "failed": _("failed")}
CONTRACT_KINDS: Labels = {
    "single": _("single contract"),
    "revolving": _("revolving contract"),
    "maximum": _("maximum-amount contract"),
}
OFF_BALANCE_KINDS: Labels = {
    "acceptance": _("acceptance"),
    "guarantee_letter": _("guarantee letter"),
    "letter_of_credit": _("letter of credit"),
    "commitment": _("commitment"),
    "non_standard": _("non-standard asset"),
}
ACCOUNT_KINDS: Labels = {
    "settlement": _("settlement account"),
    "repayment": _("repayment account"),
    "return": _("account for sales return"),
    "supervised": _("supervised account"),
    "margin": _("margin account"),
}
LIABILITIES: Labels = {"joint": _("joint liability"), "general": _("general liability")}
PERIOD_KINDS: Labels = {
    "year": pgettext_lazy("period", "year"),
    "half": pgettext_lazy("period", "half-year"),
    "quarter": pgettext_lazy("period", "quarter"),
    "month": pgettext_lazy("period", "month"),
}
STATEMENT_SCOPES: Labels = {
    "single": pgettext_lazy("statement", "single"),
    "consolidated": pgettext_lazy("statement", "consolidated"),
}
COLLATERAL_KINDS: Labels = {
    "residential": _("residential property"),
    "commercial_property": _("commercial property"),
    "office": _("office"),
    "industrial_property": _("industrial property"),
    "land_use_right": _("land use right"),
    "construction_in_progress": _("construction in progress"),
    "machinery": _("machinery"),
    "vehicle": _("vehicle"),
    "vessel": _("vessel"),
    "inventory": _("inventory"),
    "receivables": _("receivables"),
    "deposit": _("deposit"),
    "bond": _("bond"),
    "bill": _("bill"),
    "listed_shares": _("listed shares"),
    "unlisted_shares": _("unlisted shares"),
    "fund_or_wealth_product": _("fund or wealth product"),
    "insurance_policy": _("insurance policy"),
    "gold": _("gold"),
    "intellectual_property": _("intellectual property"),
    "forest_or_farmland_right": _("forest or farmland right"),
    "other": _("other collateral"),
}


def label(labels: Labels, code: str | None) -> str:
    return str(labels.get(code, code)) if code else ""


def several(labels: Labels, codes: str, *, separator: str) -> str:
    """A list that the extract separates by semicolons."""
    return separator.join(label(labels, code) for code in codes.split(";") if code)
