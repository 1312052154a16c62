"""What was granted and on what terms: facilities, conditions, contracts, off-balance items."""

from __future__ import annotations

from postloan.imports.format import codes as known
from postloan.imports.format.columns import (
    Column,
    FileSpec,
    Kind,
    Reference,
    amount,
    boolean,
    code,
    currency,
    date,
    number,
    rate,
    text,
)

FACILITIES = FileSpec(
    "facilities",
    "loans.Facility",
    (
        number("facility_no", key=True),
        number("customer_no", required=True),
        number("approval_no"),
        date("approved_on"),
        amount("total", required=True),
        amount("exposure_limit"),
        amount("used", required=True),
        amount("available", required=True),
        date("expires_on", required=True),
        boolean("frozen"),
    ),
    references=(Reference("customer_no", "customers", "customer"),),
)

APPROVAL_CONDITIONS = FileSpec(
    "approval_conditions",
    "loans.ApprovalCondition",
    (
        number("condition_no", key=True),
        number("facility_no", required=True),
        code("kind", known.CONDITION, required=True),
        Column("text", Kind.LONG_TEXT, required=True),
        date("due_on"),
        date("fulfilled_on"),
    ),
    references=(Reference("facility_no", "facilities", "facility"),),
)

CONTRACTS = FileSpec(
    "contracts",
    "loans.Contract",
    (
        number("contract_no", key=True),
        number("customer_no", required=True),
        number("facility_no"),
        code("kind", known.CONTRACT, required=True),
        date("signed_on", required=True),
        date("starts_on"),
        date("ends_on"),
        amount("amount", required=True),
        currency(),
        text("dispute_resolution"),
        boolean("notarised"),
        number("return_account_no"),
    ),
    references=(
        Reference("customer_no", "customers", "customer"),
        Reference("facility_no", "facilities", "facility"),
    ),
)

OFF_BALANCE = FileSpec(
    "off_balance",
    "loans.OffBalanceItem",
    (
        number("item_no", key=True),
        code("kind", known.OFF_BALANCE_KIND, required=True),
        number("customer_no", required=True),
        number("contract_no"),
        number("branch_code", required=True),
        currency(),
        amount("amount", required=True),
        number("margin_account_no"),
        rate("margin_pct"),
        amount("margin_balance"),
        amount("exposure", required=True),
        date("issued_on", required=True),
        date("matures_on", required=True),
        code("five_level_class", known.FIVE_LEVEL, restated=True),
        number("advance_loan_no"),
        code("status", required=True),
    ),
    references=(
        Reference("customer_no", "customers", "customer"),
        Reference("branch_code", "branches", "branch"),
        Reference("contract_no", "contracts", "contract"),
        Reference("advance_loan_no", "loans", "advance_loan"),
    ),
    ended=("status", ("settled", "closed", "expired", "transferred")),
)
