"""The first ten minutes of each role: from the log-in by the menu to what the role is there for, press by press."""

from __future__ import annotations

import re

import pytest

from postloan.organization.models import PostCode

LOAN, CUSTOMER = "main tbody a[href^='/loans/']", "main tbody a[href^='/customers/']"
PERSON = "main tbody a[href^='/people/']"


def menu(path: str) -> str:
    return f".pl-nav a[href='{path}']"


# What is pressed one after the other, and the page that is reached.
FIRST_MINUTES: dict[str, tuple[tuple[str, ...], str]] = {
    "account_manager": ((menu("/customers"), CUSTOMER, ".pl-tabs a[href$='/loans']", LOAN), r"/loans/\d+"),
    "department_head": ((menu("/work/team"), menu("/stand-ins")), "/stand-ins"),
    "branch_head": ((menu("/overview"), "main a.pl-fig.bad", LOAN, ".pl-tabs a[href$='/history']"), r"/loans/\d+/history"),
    "vice_president": ((menu("/overview"), "main a.pl-fig.bad", "main th a.sort", LOAN), r"/loans/\d+"),
    "risk_officer": (
        (menu("/overview"), "main a.pl-fig.bad", CUSTOMER, "main a[href^='/personal-data/']"),
        r"/personal-data/customers/\d+",
    ),
    "supervisor": ((menu("/work/escalated"), menu("/loans"), LOAN), r"/loans/\d+"),
    "classification_officer": ((menu("/loans"), LOAN, ".pl-tabs a[href$='/history']"), r"/loans/\d+/history"),
    "collateral_officer": ((menu("/customers"), CUSTOMER, ".pl-tabs a[href$='/security']"), r"/customers/\d+/security"),
    "archivist": ((menu("/customers"),), "/customers"),
    "asset_preservation": ((menu("/overdue"),), "/overdue"),
    "legal_officer": ((menu("/overdue"), "main tbody a[href^='/overdue/']"), r"/overdue/\d+"),
    "data_officer": (
        (menu("/extracts"), "main tbody a[href^='/extracts/']", "main a[href$='/reconciliation']", menu("/nights"),
         "main tbody a[href^='/nights/']"),
        r"/nights/\d+",
    ),
    "auditor": ((menu("/nights"), menu("/loans"), LOAN, ".pl-tabs a[href$='/repayments']"), r"/loans/\d+/repayments"),
    "system_administrator": ((menu("/people"), PERSON, "main a[href$='/reset-password']"), r"/people/\d+/reset-password"),
    "security_administrator": ((menu("/people"), PERSON, "main a[href$='/posts/new']"), r"/people/\d+/posts/new"),
    "audit_administrator": ((menu("/personal-data"), "main a[href='/records/exports']"), "/records/exports"),
}  # fmt: skip

# They see what their own branch has, and here it is the head office and the centre for asset preservation, which have
# no customers of their own: a page that says so is what they reach.
WITHOUT_CUSTOMERS = {"archivist", "asset_preservation"}


@pytest.mark.parametrize("post", list(PostCode.values))
def test_a_role_gets_from_the_log_in_to_its_work(enter, post):
    presses, reached = FIRST_MINUTES[post]
    person = enter(post)
    for selector in presses:
        person.follow(selector)
        assert person.count("main h1") == 1, (person.path(), selector)
        assert person.count("main .note-bad, main .empty-failed") == 0, person.path()
    assert re.fullmatch(reached, person.path().partition("?")[0])
    if post in WITHOUT_CUSTOMERS:
        assert (person.count("main .empty-pl"), person.count("main tbody a")) == (1, 0)
