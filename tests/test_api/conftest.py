"""A small bank, its people at their browsers, and systems that read by token."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from tests.access_table import objects
from tests.factories import PASSWORD
from tests.factories.api import TokenFactory
from tests.test_customers.bank import Bank, build

Reader = Callable[..., Any]


@pytest.fixture(scope="module")
def built(lasting_database) -> Bank:
    bank = build()
    bank.about = objects(bank)
    return bank


@pytest.fixture
def bank(built, db) -> Bank:
    """The same bank for every test of a module; what a test changes is taken back."""
    cache.clear()
    for person in built.people.values():
        person.__dict__.pop("rights", None)
    return built


@pytest.fixture
def system(bank) -> Callable[..., Reader]:
    """`read = system("west")`, then `read("/loans")`: a system with a token of that branch."""

    def with_token(branch: str, **token: Any) -> Reader:
        secret = f"plt_secret_of_{branch}_{len(token)}"
        made = TokenFactory(secret=secret, branch=bank.branches[branch], issued_by=bank.people["security"], **token)
        client = Client()

        def read(path: str, **query: Any) -> Any:
            return client.get(f"/api/v1{path}", query, headers={"Authorization": f"Bearer {secret}"})

        read.token = made
        return read

    return with_token


@pytest.fixture
def log_in(bank) -> Callable[[str], Client]:
    def logged_in(who: str) -> Client:
        client = Client()
        client.cookies["postloan_language"] = "en"
        assert client.post("/login", {"username": bank.people[who].staff_no, "password": PASSWORD}).status_code == 302
        return client

    return logged_in
