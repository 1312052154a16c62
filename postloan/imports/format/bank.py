"""The bank itself: branches, staff, products, the general ledger."""

from __future__ import annotations

from postloan.imports.format import codes as known
from postloan.imports.format.columns import (
    FileSpec,
    Parent,
    Reference,
    amount,
    boolean,
    code,
    codes,
    currency,
    date,
    integer,
    number,
    text,
)

BRANCHES = FileSpec(
    "branches",
    "organization.Branch",
    (
        number("branch_code", key=True),
        text("name", required=True),
        number("parent_code"),
        code("level", known.BRANCH_LEVEL, required=True),
        code("kind", known.BRANCH_KIND),
    ),
    is_seeded=True,
)

STAFF = FileSpec(
    "staff",
    "organization.Staff",
    (
        number("staff_no", key=True),
        text("name", required=True, personal=True),
        number("branch_code", required=True, field=""),
        codes("posts", known.POST, required=True, field="", length=400),
        codes("lines", known.LINE, field="", length=120),
        date("certificate_until"),
        boolean("active", required=True, field="is_active"),
    ),
    parents=(Parent("branch_code", "branches", "branch"),),
    is_seeded=True,
)

PRODUCTS = FileSpec(
    "products",
    "loans.Product",
    (
        number("product_code", key=True),
        text("name", required=True),
        code("family", known.PRODUCT_FAMILY, required=True),
        code("line", known.LINE, required=True),
        code("class_method", known.CLASS_METHOD, required=True),
        integer("grace_days"),
    ),
)

GL_BALANCES = FileSpec(
    "gl_balances",
    "loans.LedgerBalance",
    (
        number("subject_code", key=True),
        number("branch_code", key=True),
        currency(),
        text("name"),
        amount("balance", required=True, signed=True),
    ),
    references=(Reference("branch_code", "branches", "branch"),),
)
