"""Customers and what is known of them."""

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
    encrypted,
    integer,
    number,
    rate,
    text,
)

GROUPS = FileSpec(
    "groups",
    "customers.CustomerGroup",
    (number("group_no", key=True), text("name", required=True), number("core_customer_no")),
    references=(Reference("core_customer_no", "customers"),),
)

CUSTOMERS = FileSpec(
    "customers",
    "customers.Customer",
    (
        number("customer_no", key=True),
        text("name", required=True, personal=True),
        code("kind", known.CUSTOMER_KIND, required=True),
        number("branch_code", required=True, field=""),
        number("manager_no"),
        number("assistant_no"),
        code("id_type", known.ID_TYPE),
        encrypted("id_number"),
        date("id_valid_until"),
        date("birth_date", personal=True),
        code("sex", known.SEX),
        encrypted("phone"),
        encrypted("address"),
        encrypted("service_address"),
        text("region"),
        number("industry_code"),
        code("enterprise_size", known.ENTERPRISE_SIZE),
        text("rating", restated=True),
        date("rating_on", restated=True),
        date("rating_valid_until", restated=True),
        number("group_no"),
        boolean("key_customer"),
        boolean("blacklisted"),
    ),
    parents=(Parent("branch_code", "branches", "branch"),),
    references=(
        Reference("group_no", "groups", "group"),
        Reference("manager_no", "staff"),
        Reference("assistant_no", "staff"),
    ),
)

RELATED_PARTIES = FileSpec(
    "related_parties",
    "customers.RelatedParty",
    (
        number("customer_no", key=True),
        code("relation", known.RELATION, key=True),
        number("party_no", key=True),
        text("name", required=True, personal=True),
        code("id_type", known.ID_TYPE),
        encrypted("id_number"),
        rate("share_pct"),
        number("party_customer_no"),
    ),
    references=(
        Reference("customer_no", "customers", "customer"),
        Reference("party_customer_no", "customers", "party_customer"),
    ),
)

CREDIT_REPORTS = FileSpec(
    "credit_reports",
    "customers.CreditReport",
    (
        number("report_no", key=True),
        number("customer_no", required=True),
        date("reported_on", required=True),
        number("authorisation_no"),
        code("worst_class_elsewhere"),
        amount("debt_elsewhere"),
        amount("debt_elsewhere_over_90_days"),
        amount("guarantees_given"),
        integer("lenders"),
        integer("inquiries_2_months"),
    ),
    references=(Reference("customer_no", "customers", "customer"),),
)

ACCOUNTS = FileSpec(
    "accounts",
    "customers.Account",
    (
        number("account_no", key=True),
        number("customer_no", required=True),
        code("kind", known.ACCOUNT_KIND),
        amount("balance", required=True, signed=True),
        amount("available"),
        amount("daily_average"),
        boolean("frozen"),
    ),
    references=(Reference("customer_no", "customers", "customer"),),
)

ACCOUNT_ENTRIES = FileSpec(
    "account_entries",
    "customers.AccountEntry",
    (
        number("entry_no", key=True),
        number("account_no", required=True),
        number("customer_no", required=True),
        date("booked_on", required=True),
        code("direction", known.DIRECTION, required=True),
        amount("amount", required=True),
        amount("balance_after", signed=True),
        text("counterparty_name", personal=True),
        number("counterparty_account"),
        text("counterparty_bank"),
        text("summary"),
    ),
    references=(
        # Where accounts are not delivered, entries name accounts nobody can know: the customer is what counts.
        Reference("account_no", "accounts", "account", finding=False),
        Reference("customer_no", "customers", "customer"),
    ),
)

FINANCIAL_STATEMENTS = FileSpec(
    "financial_statements",
    "customers.FinancialStatementItem",
    (
        number("customer_no", key=True, field=""),
        date("period_end", key=True),
        code("period_kind", known.PERIOD_KIND, key=True),
        code("scope", known.STATEMENT_SCOPE, key=True),
        code("item", known.STATEMENT_ITEM, key=True),
        amount("value", required=True, signed=True, restated=True),
        boolean("audited", restated=True),
    ),
    parents=(Parent("customer_no", "customers", "customer"),),
)

EXTERNAL_EVENTS = FileSpec(
    "external_events",
    "customers.ExternalEvent",
    (
        number("event_no", key=True),
        number("customer_no"),
        text("subject_name", personal=True),
        encrypted("subject_id_number"),
        date("occurred_on", required=True, restated=True),
        code("kind", known.EVENT_KIND, required=True, restated=True),
        text("source"),
        Column("summary", Kind.LONG_TEXT, restated=True),
        amount("amount", restated=True),
    ),
    references=(Reference("customer_no", "customers", "customer"),),
)
