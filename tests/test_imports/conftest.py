"""A bank with one extract applied, shared by the tests of a module; each test's changes are rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.utils import timezone

from postloan.core.models import BusinessDate
from postloan.imports.models import Extract
from postloan.imports.services import import_folder
from tests.test_imports.extracts import Small

BOOKKEEPING = ("imports_extract", "django_", "sqlite_", "pg_")


def close_night() -> None:
    BusinessDate.objects.filter(closed_at=None).update(closed_at=timezone.now())


def contents() -> dict[str, list[str]]:
    """Every row of every table, but the list of tries."""
    found = {}
    with connection.cursor() as cursor:
        for name in sorted(connection.introspection.table_names()):
            if not name.startswith(BOOKKEEPING):
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(name)}")
                found[name] = sorted(map(repr, cursor.fetchall()))
    return found


@pytest.fixture(scope="module")
def bank(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[Extract]:
    """The small extract applied and its night done."""
    with django_db_blocker.unblock(), transaction.atomic():
        extract = import_folder(Small().write(tmp_path_factory.mktemp("first")))
        close_night()
        yield extract
        transaction.set_rollback(True)


@pytest.fixture
def on_bank(bank: Extract, django_db_blocker) -> Iterator[Extract]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield bank
        transaction.set_rollback(True)


@pytest.fixture
def second_day() -> Small:
    """The same bank a month later; what comes as changes is empty unless a test fills it."""
    small = Small(day="2026-04-30")
    for name in ("repayments", "payments_out", "deductions", "account_entries", "financial_statements"):
        small.rows[name] = []
    return small


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "inbox"


@pytest.fixture(autouse=True)
def _stands_on_the_bank(request: pytest.FixtureRequest) -> None:
    """A test here stands on the bank, unless it asks for an empty database or has none.

    A module needs one test that does: without it pytest-django makes no database for the module run alone.
    """
    if not request.node.get_closest_marker("django_db") and not request.node.get_closest_marker("processes"):
        request.getfixturevalue("on_bank")
