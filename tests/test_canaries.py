"""A canary in every free text, file name and amount of one branch is in no answer to anybody beyond it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from postloan.collections import letters
from tests.access_people import ELSEWHERE, FORMER, HEAD, HEAD_ELSEWHERE
from tests.access_table import ROWS, about_a_customer, in_the_place_of_steel, objects
from tests.canaries import Marks, content_of, plant
from tests.factories import PASSWORD
from tests.factories.api import TokenFactory
from tests.factories.customers import CreditReportFactory, StatementItemFactory
from tests.test_customers.bank import build

LISTS = ("customers", "loans", "todos", "notices", "runs")
# Another branch's bank-wide pages are no secret; these show what the whole bank is told.
FEWEST_TEXTS, FEWEST_AMOUNTS, FEWEST_SEEN = 140, 140, 40


class Nest:
    """The bank with its marks, the browsers of people of both branches, and what their addresses name."""

    def __init__(self) -> None:
        self.bank = build()
        self.own = objects(self.bank)
        steel = self.bank.customers["steel"]
        CreditReportFactory(customer=steel)
        StatementItemFactory(customer=steel)
        elsewhere = in_the_place_of_steel(self.bank, branch="east", manager=self.bank.people["east_manager"])
        self.foreign = self.own | about_a_customer(elsewhere)
        self.numbers = [steel.customer_no, self.bank.loans["steel"].loan_no]
        west = [self.bank.customers[name] for name in ("steel", "bakery", "mill")]
        self.marks: Marks = plant(west, spared_loans=[self.bank.loans["booked"].pk])
        self.browsers = {who: self.log_in(who) for who in (HEAD, ELSEWHERE, HEAD_ELSEWHERE, FORMER)}

    def log_in(self, who: str) -> Client:
        client = Client(raise_request_exception=False)
        client.post("/login", {"username": self.bank.people[who].staff_no, "password": PASSWORD})
        return client

    def answers(self, who: str) -> Iterator[tuple[str, Any]]:
        """Every address that answers a GET, searches and exports, as one person is answered."""
        browser = self.browsers[who]
        for row in ROWS:
            if row.reads:
                for about in (self.own, self.foreign):
                    path = row.path.format(**about)
                    yield path, browser.get(path)
        texts = [*list(self.marks.texts)[:3], *self.numbers, "CANARY"]
        for text in texts:
            for path in ("/search", "/loans", "/customers", "/work/todos"):
                yield f"{path}?q={text}", browser.get(path, {"q": text})
        for name in ("loans", "customers"):
            for kind in ("csv", "xlsx"):
                asked = {"format": kind, "query": "status=all", "everything": "on"}
                yield f"{name}.{kind}", browser.post(f"/{name}/export", asked)


@pytest.fixture(scope="module")
def nest(lasting_database) -> Nest:
    return Nest()


@pytest.fixture(autouse=True)
def as_text(monkeypatch) -> None:
    """A letter's PDF holds its text in pieces nobody can read back: what it is made of is looked at instead."""
    cache.clear()
    monkeypatch.setattr(letters, "as_pdf", lambda html: html.encode())


def test_there_is_a_canary_in_every_kind_of_row_and_the_branchs_own_head_sees_them(nest, db):
    seen: set[str] = set()
    for path, answer in nest.answers(HEAD):
        assert answer.status_code < 500, path
        if answer.status_code == 200:
            seen |= nest.marks.found_in(content_of(answer))

    assert len(nest.marks.texts) > FEWEST_TEXTS, sorted(nest.marks.texts.values())
    assert len(nest.marks.amounts) > FEWEST_AMOUNTS
    assert len(seen) > FEWEST_SEEN, sorted(seen)
    for place in (
        "Customer.name",
        "Loan.principal_balance",
        "Loan.purpose",
        "Instalment.principal_due",
        "Report.summary",
    ):
        assert place in seen, sorted(seen)


@pytest.mark.parametrize("who", [ELSEWHERE, HEAD_ELSEWHERE, FORMER])
def test_nobody_of_another_branch_is_ever_shown_a_canary(nest, db, who):
    shown, answered = {}, 0
    for path, answer in nest.answers(who):
        assert answer.status_code < 500, path
        answered += answer.status_code == 200
        # What one typed into a field is given back in the field.
        marks = nest.marks.found_in(content_of(answer).replace(path.partition("q=")[2] or "\0", ""))
        if marks:
            shown[path] = sorted(marks)

    assert shown == {}
    assert answered > 30


def test_no_system_of_another_branch_is_ever_shown_a_canary(nest, db):
    secret = "plt_canary"
    TokenFactory(secret=secret, branch=nest.bank.branches["east"], issued_by=nest.bank.people["security"])
    client, shown = Client(), {}
    for name in LISTS:
        for path in (name, *(f"{name}/{number}" for number in (*nest.numbers, nest.own["todo"], nest.own["notice"]))):
            answer = client.get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {secret}"})
            assert answer.status_code in {200, 404}, path
            if marks := nest.marks.found_in(content_of(answer)):
                shown[path] = sorted(marks)

    assert shown == {}


def test_whoever_is_moved_sees_nothing_of_the_former_branch_on_the_next_request(nest, db):
    head = nest.bank.people["branch_head"]
    browser = nest.log_in(HEAD)
    path = f"/customers/{nest.own['customer']}"
    assert browser.get(path).status_code == 200
    head.posts.update(branch=nest.bank.branches["east"])

    assert browser.get(path).status_code == 404
    for row in ROWS:
        if row.reads and row.absent and ("{customer" in row.path or "{loan" in row.path):
            assert browser.get(row.path.format(**nest.own)).status_code in {403, 404}, row.path
