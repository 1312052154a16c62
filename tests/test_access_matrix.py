"""Every address, every method, every kind of person, three objects: each cell answers as `access_table.py` says.

Logged in nobody or disabled: the log-in page, 401 for programs. Without the capability: 403. Out of scope: 404. A method
that is not declared: 405. What may be written is tried and taken back. The number of cells is printed and asserted.
"""

from __future__ import annotations

import copy
import gc
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from string import Formatter
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.test.signals import template_rendered

from postloan.collections import letters
from postloan.core import views as error_pages
from postloan.organization import rights, security_rules
from postloan.organization.authentication import StaffBackend
from tests.access_people import BRANCH, EVERYBODY, FOREIGN, NOT_LOGGED_IN, OWN, PUBLIC, SEES, Row
from tests.access_table import ROWS, about_a_customer, in_the_place_of_steel, objects
from tests.factories import PASSWORD, StaffFactory
from tests.test_customers.bank import Bank, build

# Few addresses declare one of these: where none is declared, one person in turn asks for one of them in turn.
RARE = ("PUT", "PATCH", "DELETE")
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
        if who in NOT_LOGGED_IN and row.access != PUBLIC:
            return 401 if row.path.startswith("/api/") else 302
        if row.access != PUBLIC and who not in row.may | row.absent:
            return 403
        if self.method not in (*row.reads, *row.writes):
            return 405
        if (self.about, who) in row.but:
            return row.but[self.about, who]
        if row.access != PUBLIC and not self.is_there:
            return 404
        if self.method != "GET" and (self.about, who) in row.refused:
            return 403
        if self.method != "GET":
            return ANSWERED
        # The log-in page leads those away who are logged in, and nobody else.
        return 200 if row.answers == 302 and who in NOT_LOGGED_IN else row.answers

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
        if cell.method == "GET":
            return browser.get(path)
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
    yield World(bank, about, browsers)
    CUSTOMER_NAMES.clear()


@pytest.fixture
def quick(monkeypatch) -> Iterator[None]:
    """Nobody's session, account or post and no rule of log-in changes during the walk: each is read once, not always.

    What a refusal looks like is shown elsewhere: here it is a number, and nobody writes it down. Nor does anybody look
    at the templates a page was made of.
    """
    monkeypatch.setattr(error_pages, "_error_page", lambda _request, status, _name="": HttpResponse(status=status))
    known: dict[Any, Any] = {}

    def once(function: Any) -> Any:
        def remembered(*args: Any, **kwargs: Any) -> Any:
            key = (
                function,
                *(getattr(arg, "pk", arg) for arg in args),
                getattr(args[0], "is_active", "") if args else "",
            )
            if key not in known:
                known[key] = function(*args, **kwargs)
            return known[key]

        return remembered

    load, person = SessionStore.load, StaffBackend.get_user
    sessions: dict[str, Any] = {}
    people: dict[int, Any] = {}

    def loaded(session: Any) -> Any:
        if session.session_key not in sessions:
            sessions[session.session_key] = load(session)
        return copy.deepcopy(sessions[session.session_key])

    def known_person(backend: Any, key: int) -> Any:
        if key not in people:
            people[key] = person(backend, key)
        return copy.copy(people[key])

    monkeypatch.setattr(SessionStore, "load", loaded)
    monkeypatch.setattr(StaffBackend, "get_user", known_person)
    monkeypatch.setattr(template_rendered, "send", lambda **_told: [])
    monkeypatch.setattr(rights, "rights_of", once(rights.rights_of))
    monkeypatch.setattr(security_rules, "current", once(security_rules.current))
    # What is on paper is looked at elsewhere; here it is enough that it is made from what its reader sees.
    monkeypatch.setattr(letters, "as_pdf", str.encode)
    logging.disable(logging.CRITICAL)
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()
    logging.disable(logging.NOTSET)


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
        print(f"\naccess matrix: {count} cells, {len(ROWS)} addresses, {len(PEOPLE)} kinds of people")  # noqa: T201
    assert not wrong, f"{len(wrong)} of {count}:\n" + "\n".join(wrong[:80])
    assert count == len(ROWS) * len(PEOPLE) * 2 + rare + further()
    assert rare >= len(ROWS)
    assert about_customers > FEWEST_ABOUT_CUSTOMERS
    assert count > FEWEST_CELLS


def further() -> int:
    """What is asked beyond reading and writing of one object: the two others, by all who reach them."""
    return sum(
        2 * len(row.may | row.absent) * len({*row.reads, *row.writes} - set(RARE))
        for row in ROWS
        if is_about_a_customer(row)
    )
