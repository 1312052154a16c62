"""What the database refuses of the delivered book, whoever writes: amounts below zero, the same key twice."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, models, transaction

from tests import factories

pytestmark = pytest.mark.django_db

# Model: amounts of which none is below zero.
AMOUNTS = {
    "CreditReport": "debt_elsewhere debt_elsewhere_over_90_days guarantees_given",
    "AccountEntry": "amount",
    "ExternalEvent": "amount",
    "Facility": "total exposure_limit used available",
    "Contract": "amount",
    "Loan": "amount principal_balance interest_receivable interest_arrears_on_balance interest_arrears_off_balance"
    " penalty_interest compound_interest core_overdue_principal provision",
    "Instalment": "principal_due interest_due penalty_due principal_paid interest_paid penalty_paid",
    "Repayment": "principal interest penalty compound fees",
    "PaymentOut": "amount",
    "Deduction": "amount taken",
    "OffBalanceItem": "amount margin_balance exposure",
    "LoanState": "overdue_principal overdue_interest",
    "Collateral": "appraised_value prior_claims",
    "CollateralLink": "secured_amount max_claim",
    "Guarantee": "amount",
}
# Money that may lie below zero: overdrawn accounts, losses, ledgers, and the balance of a state, which is checked
# against the delivered one.
SIGNED = {
    "Account": "balance available daily_average",
    "AccountEntry": "balance_after",
    "FinancialStatementItem": "value",
    "LedgerBalance": "balance",
    "LoanState": "principal_balance",
}
KEYS = {
    "CustomerGroup": "group_no",
    "Customer": "customer_no",
    "RelatedParty": "customer_no relation party_no",
    "CreditReport": "report_no",
    "Account": "account_no",
    "AccountEntry": "entry_no",
    "FinancialStatementItem": "customer period_end period_kind scope item",
    "ExternalEvent": "event_no",
    "Product": "product_code",
    "Facility": "facility_no",
    "ApprovalCondition": "condition_no",
    "Contract": "contract_no",
    "Loan": "loan_no",
    "Instalment": "loan number",
    "Repayment": "receipt_no",
    "PaymentOut": "payment_no",
    "Deduction": "deduction_no",
    "OffBalanceItem": "item_no",
    "LedgerBalance": "subject_code branch_code",
    "Collateral": "collateral_no",
    "CollateralLink": "collateral contract_no",
    "Guarantee": "guarantee_no",
}
APPS = ("customers", "loans", "collateral")


def model_of(name: str) -> type[models.Model]:
    found = {model.__name__: model for app in APPS for model in apps.get_app_config(app).get_models()}
    return found[name]


def made(name: str, **facts: Any) -> models.Model:
    suffix = "StatementItem" if name == "FinancialStatementItem" else name
    return getattr(factories, f"{suffix}Factory")(**facts)


@pytest.mark.parametrize(("name", "column"), [(name, one) for name, text in AMOUNTS.items() for one in text.split()])
def test_an_amount_below_zero_is_refused(name, column):
    with pytest.raises(IntegrityError, match=f"{column.removeprefix('overdue_')}_min_0"), transaction.atomic():
        made(name, **{column: Decimal("-0.01")})


@pytest.mark.parametrize("name", KEYS)
def test_the_same_key_twice_is_refused(name):
    row = made(name)
    for unique in type(row)._meta.fields:
        if unique.unique and not unique.primary_key and unique.name not in KEYS[name].split():
            setattr(row, unique.attname, None)
    row.pk = None
    with pytest.raises(IntegrityError, match=r"(?i)unique"), transaction.atomic():
        row.save(force_insert=True)
    assert {field.name for field in model_of(name)._meta.fields} >= set(KEYS[name].split())


def test_every_amount_of_the_book_stands_above():
    told = {(name, one) for table in (AMOUNTS, SIGNED) for name, text in table.items() for one in text.split()}
    there = {
        (model.__name__, field.name)
        for app in APPS
        for model in apps.get_app_config(app).get_models()
        if not model.__name__.startswith("Historical")
        for field in model._meta.fields
        if isinstance(field, models.DecimalField) and field.decimal_places == 2 and field.max_digits > 10
    }
    assert there - told == set()
