"""Every address, every method, every kind of person, three objects: each cell answers as `access_table.py` says.

Logged in nobody or disabled: the log-in page, 401 for programs. Without the capability: 403. Out of scope: 404. A method
that is not declared: 405. What may be written is tried and taken back. The number of cells is printed and asserted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from string import Formatter
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client

from postloan.collections import letters
from tests.access_people import (
    BRANCH,
    EVERYBODY,
    FOREIGN,
    NOT_LOGGED_IN,
    OWN,
    PUBLIC,
    SEES,
    TOKEN,
    TOKEN_ELSEWHERE,
    TOKEN_REVOKED,
    TOKEN_SEES,
    TOKENS,
    Row,
)
from tests.access_table import ROWS, about_a_customer, in_the_place_of_steel, objects
from tests.factories import PASSWORD, StaffFactory
from tests.factories.api import TokenFactory
from tests.quick_requests import quick_requests
from tests.test_customers.bank import Bank, build

# Few addresses declare one of these: where none is declared, one who may read asks for each, and anybody in turn for one.
RARE = ("PUT", "PATCH", "DELETE")
ONCE = ("HEAD", "OPTIONS", *RARE)
OBJECTS = (OWN, BRANCH, FOREIGN)
PEOPLE = sorted(EVERYBODY | NOT_LOGGED_IN)
# A form that is sent empty is answered with itself, with a redirect, or with what is wrong with it. It never fails and
# never says that the object is not there; where a service refuses whoever has the capability, the row says so.
FEWEST_CELLS, FEWEST_ABOUT_CUSTOMERS = 5_500, 1_000
ANSWERED = {200, 204, 302, 303, 400, 409, 422}


@dataclass(frozen=True)
class Cell:
    row: Row
    method: str
    who: str
    about: str

    @property
    def due(self) -> int | set[int]:
        """What this cell answers, by the table alone."""
        row, who = self.row, self.who
        if who in TOKENS:
            return self.due_to_a_system
        if who in NOT_LOGGED_IN and row.access != PUBLIC:
            return 401 if row.path.startswith("/api/") else 302
        if row.access != PUBLIC and who not in row.may | row.absent:
            return 403
        reads = self.method in {"GET", "HEAD"}
        if ("GET" if reads else self.method) not in (*row.reads, *row.writes):
            return 405
        if (self.about, who) in row.but:
            return row.but[self.about, who]
        if row.access != PUBLIC and not self.is_there:
            return 404
        if not reads and (self.about, who) in row.refused:
            return 403
        if not reads:
            return ANSWERED
        # The log-in page leads those away who are logged in, and nobody else.
        return 200 if row.answers == 302 and who in NOT_LOGGED_IN else row.answers

    @property
    def due_to_a_system(self) -> int | set[int]:
        row = self.row
        if not row.path.startswith("/api/"):
            return replace(self, who="anonymous").due
        if self.who == TOKEN_REVOKED:
            return 401
        if self.method not in row.reads:
            return 405
        there = not is_about_a_customer(row) or self.who in TOKEN_SEES[self.about]
        return row.answers if there else 404

    @property
    def is_there(self) -> bool:
        if self.about == OWN and self.who in self.row.absent:
            return False
        return not is_about_a_customer(self.row) or self.who in SEES[self.about]


def names_in(row: Row) -> set[str]:
    return {name for _text, name, _spec, _conversion in Formatter().parse(row.path) if name}


CUSTOMER_NAMES: set[str] = set()


def is_about_a_customer(row: Row) -> bool:
    return bool(names_in(row) & CUSTOMER_NAMES)


@dataclass
class World:
    """The bank, what the addresses name for each object, and a browser for each kind of person."""

    bank: Bank
    about: dict[str, dict[str, Any]]
    browsers: dict[str, Client]

    def ask(self, cell: Cell) -> Any:
        path = cell.row.path.format(**{**self.about[OWN], **self.about[cell.about]})
        browser = self.browsers[cell.who]
        if cell.method in {"GET", "HEAD"}:
            return browser.generic(cell.method, path)
        cookies = browser.cookies.copy()
        with transaction.atomic():
            answer = browser.generic(cell.method, path)
            transaction.set_rollback(True)
        browser.cookies = cookies
        return answer


def log_in(person: Any) -> Client:
    browser = Client(raise_request_exception=False)
    if person is not None:
        browser.post("/login", {"username": person.staff_no, "password": PASSWORD})
    return browser


def systems(bank: Bank) -> dict[str, Client]:
    """What sends a token instead of logging in: of both branches, and one whose token was taken back."""
    clients = {}
    for who, branch in ((TOKEN, "west"), (TOKEN_ELSEWHERE, "east"), (TOKEN_REVOKED, "west")):
        token = {"secret": f"plt_{who}", "branch": bank.branches[branch], "issued_by": bank.people["security"]}
        TokenFactory(**token, revoked=who == TOKEN_REVOKED)
        clients[who] = Client(raise_request_exception=False, headers={"Authorization": f"Bearer plt_{who}"})
    return clients


@pytest.fixture(scope="module")
def world(lasting_database) -> Iterator[World]:
    bank = build()
    about = {OWN: objects(bank)}
    colleague = StaffFactory(post="account_manager", branch=bank.branches["west"])
    elsewhere = bank.people["east_manager"]
    about[BRANCH] = about_a_customer(in_the_place_of_steel(bank, branch="west", manager=colleague))
    about[FOREIGN] = about_a_customer(in_the_place_of_steel(bank, branch="east", manager=elsewhere))
    # What is the same for all of them, such as the bank's policy, is about no customer.
    CUSTOMER_NAMES.update(name for name, key in about[FOREIGN].items() if about[OWN][name] != key)
    browsers = {who: log_in(bank.people[who]) for who in sorted(EVERYBODY)}
    browsers["anonymous"] = log_in(None)
    disabled = bank.people["disabled"]
    type(disabled).objects.filter(pk=disabled.pk).update(is_active=True)
    browsers["disabled"] = log_in(disabled)
    type(disabled).objects.filter(pk=disabled.pk).update(is_active=False)
    browsers |= systems(bank)
    yield World(bank, about, browsers)
    CUSTOMER_NAMES.clear()


@pytest.fixture
def quick(monkeypatch) -> Iterator[None]:
    """What is on paper is looked at elsewhere; here it is enough that it is made from what its reader sees."""
    monkeypatch.setattr(letters, "as_pdf", str.encode)
    with quick_requests(monkeypatch):
        yield


def cells() -> Iterator[Cell]:
    """Reading and writing for each object; once, for one of the objects in turn, where nobody gets as far as the object.

    That is so for whoever is not let in and for a method that is not declared.
    """
    for number, row in enumerate(ROWS):
        abouts = OBJECTS if is_about_a_customer(row) else (OWN,)
        for place, who in enumerate(PEOPLE):
            turn = number + place
            is_let_in = row.access == PUBLIC or who in row.may | row.absent
            for method in ("GET", "POST", *rare_methods(number, place)):
                reaches = is_let_in and method in (*row.reads, *row.writes)
                for about in abouts if reaches else (abouts[turn % len(abouts)],):
                    yield Cell(row, method, who, about)
        yield from once(number, row)
        yield from of_systems(number, row)


def once(number: int, row: Row) -> Iterator[Cell]:
    """Each method that is seldom used, by one of those who may open the address, of an object they see."""
    seen = (
        [(who, about) for about in OBJECTS for who in sorted(row.may & SEES[about])] if is_about_a_customer(row) else []
    )
    who, about = seen[number % len(seen)] if seen else (sorted(row.may)[number % len(row.may)], OWN)
    for method in ONCE:
        yield Cell(row, method, who, about)


def of_systems(number: int, row: Row) -> Iterator[Cell]:
    """Every object of the interface by every system; of the pages one, by one of them in turn."""
    if row.path.startswith("/api/"):
        for who in sorted(TOKENS):
            for about in OBJECTS if is_about_a_customer(row) else (OWN,):
                yield Cell(row, "GET", who, about)
            yield Cell(row, "POST", who, OWN)
    else:
        who = sorted(TOKENS)[number % len(TOKENS)]
        yield from (Cell(row, method, who, OWN) for method in ("GET", "POST"))


def rare_methods(number: int, place: int) -> tuple[str, ...]:
    """Those the row declares, for everybody; otherwise one of them, for one kind of person."""
    declared = tuple(method for method in RARE if method in (*ROWS[number].reads, *ROWS[number].writes))
    return declared or (RARE[number % len(RARE)],) * (number % len(PEOPLE) == place)


def agrees(status: int, due: int | set[int]) -> bool:
    return status in due if isinstance(due, set) else status == due


def test_every_cell_answers_as_the_table_says(world, quick, capsys, db):
    cache.clear()
    wrong, count, about_customers, rare = [], 0, 0, 0
    for cell in cells():
        count += 1
        about_customers += cell.about != OWN
        rare += cell.method in RARE
        got = world.ask(cell).status_code
        if not agrees(got, cell.due):
            wrong.append(f"{cell.method} {cell.row.path} ({cell.about}) by {cell.who}: {got}, not {cell.due}")
    with capsys.disabled():
        told = f"{count} cells, {len(ROWS)} addresses, {len(PEOPLE)} kinds of people, {len(TOKENS)} systems"
        print(f"\naccess matrix: {told}")  # noqa: T201
    assert not wrong, f"{len(wrong)} of {count}:\n" + "\n".join(wrong[:80])
    assert count >= len(ROWS) * (len(PEOPLE) * 2 + len(ONCE) + 2) + further()
    assert rare >= len(ROWS) * len(RARE)
    assert about_customers > FEWEST_ABOUT_CUSTOMERS
    assert count > FEWEST_CELLS


def further() -> int:
    """What is asked beyond reading and writing of one object: the two others, by all who reach them."""
    return sum(
        2 * len(row.may | row.absent) * len({*row.reads, *row.writes} - set(RARE))
        for row in ROWS
        if is_about_a_customer(row)
    )
