"""What secures a contract: collateral, its links and guarantees."""

from __future__ import annotations

from postloan.imports.format import codes as known
from postloan.imports.format.columns import (
    Column,
    FileSpec,
    Kind,
    Parent,
    Reference,
    amount,
    boolean,
    code,
    date,
    integer,
    number,
    text,
)

COLLATERAL = FileSpec(
    "collateral",
    "collateral.Collateral",
    (
        number("collateral_no", key=True),
        code("kind", known.COLLATERAL_KIND, required=True),
        number("owner_no"),
        text("owner_name", personal=True),
        Column("description", Kind.LONG_TEXT),
        number("register_no"),
        number("certificate_no"),
        text("location"),
        amount("appraised_value", required=True, restated=True),
        date("appraised_on", required=True, restated=True),
        text("appraiser", restated=True),
        date("insured_until"),
        text("insurance_beneficiary"),
        amount("prior_claims"),
        boolean("pre_registration"),
        text("custody"),
        boolean("seized"),
    ),
    references=(Reference("owner_no", "customers", "owner"),),
)

COLLATERAL_LINKS = FileSpec(
    "collateral_links",
    "collateral.CollateralLink",
    (
        number("collateral_no", key=True, field=""),
        number("contract_no", key=True),
        amount("secured_amount", required=True),
        amount("max_claim"),
        integer("rank"),
        date("registered_on"),
        date("registered_until"),
    ),
    parents=(Parent("collateral_no", "collateral", "collateral"),),
    references=(Reference("contract_no", "contracts", "contract"),),
)

GUARANTEES = FileSpec(
    "guarantees",
    "collateral.Guarantee",
    (
        number("guarantee_no", key=True),
        number("contract_no", required=True),
        number("guarantor_no"),
        text("guarantor_name", personal=True),
        date("signed_on"),
        amount("amount", required=True),
        boolean("maximum"),
        code("liability", known.LIABILITY),
        date("guaranteed_until"),
        text("period_wording"),
    ),
    references=(
        Reference("contract_no", "contracts", "contract"),
        Reference("guarantor_no", "customers", "guarantor"),
    ),
)
