"""A canary in every free text, file name and amount of each branch is in no answer to anybody beyond its owner's scope.

Owners are the customers of west, east and the sub-branch, and what people of one branch arrange among themselves. Who may
be shown whose is written by hand in `SHOWN`; customers are tied to each other across branches, so that pages on which
another scope really appears are among those looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import weasyprint
from django.core.cache import cache
from django.test import Client

from postloan.handovers.models import Handover
from postloan.imports.models import ExtractFile
from postloan.organization.models import StandIn
from postloan.reporting.models import SavedFilter
from tests.access_people import ELSEWHERE, FORMER, HEAD, HEAD_ELSEWHERE, MANAGER
from tests.access_table import ROWS, about_a_customer, in_the_place_of_steel, objects
from tests.canaries import Marks, content_of, plant, plant_in
from tests.factories import (
    PASSWORD,
    CollateralFactory,
    CollateralLinkFactory,
    CustomerGroupFactory,
    GuaranteeFactory,
    RelatedPartyFactory,
    StaffFactory,
)
from tests.factories.api import TokenFactory
from tests.factories.customers import CreditReportFactory, StatementItemFactory
from tests.quick_requests import quick_requests
from tests.test_customers.bank import build

COLLEAGUE, SUB_HEAD = "colleague", "sub_head"
WEST, SUB = {"steel", "bakery", "colleague's"}, {"mill"}
EAST = {"port", "foreign"}
# Whose marks each reader may be shown; nobody else's ever. The former manager of `steel` has no customer today.
SHOWN: dict[str, set[str]] = {
    HEAD: WEST | SUB | {"hand-over", "stand-in"},
    MANAGER: {"steel", "mill", "hand-over", "filter"},
    COLLEAGUE: {"colleague's"},
    FORMER: set(),
    SUB_HEAD: SUB,
    HEAD_ELSEWHERE: EAST,
    ELSEWHERE: {"foreign"},
}
SYSTEMS = {"west": WEST | SUB, "west_sub": SUB, "east": EAST}
LISTS = ("customers", "loans", "todos", "notices", "runs")
EXPORTS = {
    "loans.csv": ("/loans/export", {"format": "csv", "query": "status=all", "everything": "on"}),
    "loans.xlsx": ("/loans/export", {"format": "xlsx", "query": "status=all", "everything": "on"}),
    "customers.csv": ("/customers/export", {"format": "csv", "query": "status=all", "everything": "on"}),
    "customers.xlsx": ("/customers/export", {"format": "xlsx", "query": "status=all", "everything": "on"}),
    "findings.xlsx": ("/data-quality/findings/export", {"query": ""}),
    "coverage.xlsx": ("/coverage/export", {"query": ""}),
    "coverage by branch.xlsx": ("/coverage/export", {"query": "", "cut": "branch"}),
}
FEWEST_TEXTS, FEWEST_AMOUNTS, FEWEST_SEEN = 400, 340, 60
MUST_BE_SEEN = {
    ("steel", "Customer.name"),
    ("steel", "Loan.principal_balance"),
    ("steel", "Loan.purpose"),
    ("steel", "Instalment.principal_due"),
    ("steel", "Report.summary"),
    ("steel", "FinancialStatementItem.value"),
    ("mill", "Customer.name"),
    ("colleague's", "Customer.name"),
    ("hand-over", "Handover.reason"),
}


class Nest:
    """The bank with its marks, the browsers of people of all branches, and what their addresses name."""

    def __init__(self) -> None:
        self.bank = bank = build()
        bank.people[COLLEAGUE] = StaffFactory(post="account_manager", branch=bank.branches["west"])
        own = objects(bank)
        steel = bank.customers["steel"]
        CreditReportFactory(customer=steel)
        StatementItemFactory(customer=steel)
        colleagues = in_the_place_of_steel(bank, branch="west", manager=bank.people[COLLEAGUE])
        elsewhere = in_the_place_of_steel(bank, branch="east", manager=bank.people["east_manager"])
        self.abouts = [own, own | about_a_customer(colleagues), own | about_a_customer(elsewhere)]
        for name in ("mill", "port"):
            one = {"customer": bank.customers[name].pk, "loan": bank.loans[name].pk}
            self.abouts.append(own | one | {"loan_no": bank.loans[name].loan_no})
        customers = bank.customers | {
            "colleague's": colleagues.customers["steel"],
            "foreign": elsewhere.customers["steel"],
        }
        self.numbers = [one.customer_no for one in customers.values()] + [
            bank.loans[name].loan_no for name in bank.loans
        ]
        self.marks = Marks()
        for owner, customer in customers.items():
            plant(self.marks, owner, customer, spared_loans=[bank.loans["booked"].pk])
        plant_in(self.marks, "hand-over", Handover.objects.get(pk=own["handover"]))
        plant_in(self.marks, "stand-in", StandIn.objects.get(pk=own["stand_in"]))
        plant_in(self.marks, "filter", SavedFilter.objects.get(pk=own["filter"]))
        plant_in(self.marks, "extract", ExtractFile.objects.get(pk=own["file"]))
        tie(customers, {name: loan.contract for name, loan in bank.loans.items() if loan.contract_id})
        self.browsers = {who: self.log_in(who) for who in SHOWN}

    def log_in(self, who: str) -> Client:
        client = Client(raise_request_exception=False)
        client.post("/login", {"username": self.bank.people[who].staff_no, "password": PASSWORD})
        return client

    def answers(self, who: str) -> Iterator[tuple[str, Any]]:
        """Every address that answers a GET, searches and exports, as one person is answered."""
        browser, asked = self.browsers[who], set[str]()
        for row in ROWS:
            for about in self.abouts if row.reads else ():
                path = row.path.format(**about)
                if path not in asked:
                    asked.add(path)
                    yield path, browser.get(path)
        texts = [text for owner in ("steel", "mill", "foreign") for text in self.marks.of(owner)[:1]]
        for path in ("/search", "/loans", "/customers", "/work/todos"):
            for text in (*texts, "CANARY", *(self.numbers if path == "/search" else ())):
                yield f"{path}?q={text}", browser.get(path, {"q": text})
        for name, (path, form) in EXPORTS.items():
            yield name, browser.post(path, form)


def tie(customers: dict[str, Any], contracts: dict[str, Any]) -> None:
    """Each customer guarantees, owns the collateral of, is related to and in one group with the next, across branches."""
    names = ["steel", "port", "mill", "bakery"]
    group = CustomerGroupFactory()
    for name, other in zip(names, [*names[1:], names[0]], strict=True):
        one, next_one = customers[name], customers[other]
        GuaranteeFactory(contract=contracts[name], guarantor=next_one, guarantor_name="保证人")
        shared = CollateralFactory(owner=next_one, owner_name="抵押人")
        CollateralLinkFactory(collateral=shared, contract=contracts[name])
        CollateralLinkFactory(collateral=shared, contract=contracts[other])
        RelatedPartyFactory(customer=one, party_customer=next_one)
        type(one).objects.filter(pk=one.pk).update(group=group)


@pytest.fixture(scope="module")
def nest(lasting_database) -> Nest:
    return Nest()


class Printed:
    """A page that is to be printed: its text lies compressed in a PDF, so what it is made of is looked at instead."""

    def __init__(self, string: str, **_how: Any) -> None:
        self.string = string

    def write_pdf(self) -> bytes:
        return b"%PDF of " + self.string.encode()


@pytest.fixture(autouse=True)
def as_text(monkeypatch) -> None:
    cache.clear()
    monkeypatch.setattr(weasyprint, "HTML", Printed)


@pytest.fixture
def quick(monkeypatch) -> Iterator[None]:
    with quick_requests(monkeypatch):
        yield


def shown_to(nest: Nest, who: str) -> tuple[dict[str, list[tuple[str, str]]], set[tuple[str, str]], set[str]]:
    """What somebody is shown of owners beyond their scope, by address; what of those within; what was answered."""
    beyond: dict[str, list[tuple[str, str]]] = {}
    within: set[tuple[str, str]] = set()
    answered = set()
    for path, answer in nest.answers(who):
        assert answer.status_code < 500, path
        if answer.status_code != 200:
            continue
        answered.add(path)
        # What one typed into a field is given back in the field.
        marks = nest.marks.found_in(content_of(answer).replace(path.partition("q=")[2] or "\0", ""))
        within |= {mark for mark in marks if mark[0] in SHOWN[who]}
        if others := sorted(marks - within):
            beyond[path] = others
    return beyond, within, answered


@pytest.mark.parametrize("who", list(SHOWN))
def test_nobody_is_ever_shown_a_canary_of_another_scope(nest, db, quick, who):
    beyond, within, answered = shown_to(nest, who)

    assert beyond == {}
    assert len(answered) > 30
    # A reader who were shown nothing at all would pass as well: each owner they may see has been seen.
    assert {owner for owner, _place in within} == SHOWN[who]
    if who == HEAD:
        assert len(within) > FEWEST_SEEN, sorted(within)
        assert within >= MUST_BE_SEEN, sorted(MUST_BE_SEEN - within)
        assert answered >= set(EXPORTS)
        assert sum(path.endswith(".pdf") for path in answered) >= 5


def test_there_is_a_canary_in_every_kind_of_row(nest, db):
    assert len(nest.marks.texts) > FEWEST_TEXTS
    assert len(nest.marks.amounts) > FEWEST_AMOUNTS
    assert {owner for owner, _place in nest.marks.texts.values()} == WEST | SUB | EAST | {
        "hand-over",
        "stand-in",
        "filter",
        "extract",
    }


@pytest.mark.parametrize("branch", list(SYSTEMS))
def test_no_system_is_ever_shown_a_canary_of_another_scope(nest, db, branch):
    secret = f"plt_canary_{branch}"
    TokenFactory(secret=secret, branch=nest.bank.branches[branch], issued_by=nest.bank.people["security"])
    client, beyond, within = Client(), {}, set()
    keys = {"todo", "notice", "customer_no", "loan_no"}
    numbers = {str(about[key]) for about in nest.abouts for key in keys} | set(nest.numbers)
    for path in (*LISTS, *(f"{name}/{number}" for name in LISTS for number in sorted(numbers))):
        answer = client.get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {secret}"})
        assert answer.status_code in {200, 404}, path
        marks = nest.marks.found_in(content_of(answer))
        within |= {owner for owner, _place in marks} & SYSTEMS[branch]
        if others := sorted(mark for mark in marks if mark[0] not in SYSTEMS[branch]):
            beyond[path] = others

    assert beyond == {}
    assert within == SYSTEMS[branch]


def test_whoever_is_moved_sees_nothing_of_the_former_branch_on_the_next_request(nest, db):
    head = nest.bank.people["branch_head"]
    browser = nest.log_in(HEAD)
    own = nest.abouts[0]
    path = f"/customers/{own['customer']}"
    assert browser.get(path).status_code == 200
    head.posts.update(branch=nest.bank.branches["east"])

    assert browser.get(path).status_code == 404
    for row in ROWS:
        if row.reads and row.absent and ("{customer" in row.path or "{loan" in row.path):
            assert browser.get(row.path.format(**own)).status_code in {403, 404}, row.path
