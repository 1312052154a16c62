"""The bank, the server and the people of the journeys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from tests.journeys.bank import DemoBank, build
from tests.journeys.person import DESK, Person

Enter = Callable[..., Person]


@pytest.fixture(scope="package")
def bank(browser_type_launch_args: Any, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[DemoBank]:
    with django_db_blocker.unblock():
        made = build(tmp_path_factory.mktemp("journeys"))
        try:
            yield made
        finally:
            made.copies.put_back()


@pytest.fixture(scope="package")
def server(bank: DemoBank) -> Iterator[str]:
    """The address of a server that answers from whatever copy is the present one."""
    bank.fresh()
    live = LiveServer("localhost")
    yield live.url
    live.stop()


@pytest.fixture(autouse=True)
def fresh(bank: DemoBank, server: str) -> None:
    """Each test has the bank as it was after its last night."""
    bank.fresh()


@pytest.fixture
def window(browser: Browser, server: str) -> Iterator[Callable[..., Person]]:
    """Opens a window of nobody yet. What pages complained about fails the test, unless it forgets it."""
    people: list[Person] = []

    def opened(*, width: int = DESK, language: str = "zh") -> Person:
        people.append(Person(browser, server, width, language))
        return people[-1]

    yield opened
    heard = [line for person in people for line in person.watch.heard]
    for person in people:
        person.context.close()
    assert heard == []


@pytest.fixture
def enter(window: Callable[..., Person], bank: DemoBank) -> Enter:
    """Logs somebody in, by the post or the staff number, and stands on the page asked for."""

    def entered(who: str, path: str = "/", **how: Any) -> Person:
        person = window(**how)
        row = bank.people.get(who)
        password = row["password"] if row else next(iter(bank.people.values()))["password"]
        person.open(path)
        person.log_in(row["staff_no"] if row else who, password)
        return person

    return entered
