"""A process killed at any point leaves nothing half-done, and the same command afterwards does the whole work."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.conf import settings

from tests.conftest import runs_on_postgres
from tests.test_imports.extracts import ROWS, Small

pytestmark = pytest.mark.processes

ROOT = Path(__file__).resolve().parent.parent.parent
POINTS = [
    "verifying",
    "staged:gl_balances",
    "validating",
    "applying",
    "apply:branches",
    "apply:loans",
    "apply:end",
    "applied",
]


def run(url: str, *arguments: str, kill_at: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "postloan.settings.test"}
    environment["POSTLOAN_TEST_KILL_AT"] = kill_at
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


class Database:
    """A database of its own, migrated once and copied for each test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0
        self.made: list[str] = []
        self.url, self.template = self._new()
        migrated = run(self.url, "migrate", "-v0")
        assert migrated.returncode == 0, migrated.stderr[-2000:]

    def _new(self, template: str = "") -> tuple[str, str]:
        self.count += 1
        if not runs_on_postgres():
            path = self.folder / f"{self.count}.sqlite3"
            if template:
                shutil.copy(template, path)
            return f"sqlite:///{path}", str(path)
        name = f"postloan_kill_{os.getpid()}_{self.count}"
        self._administer(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
        self.made.append(name)
        server = settings.DATABASES["default"]
        return f"postgres://{server['USER']}@{server['HOST']}:{server['PORT'] or 5432}/{name}", name

    def _administer(self, statement: str) -> None:
        server = settings.DATABASES["default"]
        with closing(
            psycopg2.connect(
                host=server["HOST"],
                port=server["PORT"] or 5432,
                user=server["USER"],
                password=server["PASSWORD"],
                dbname="postgres",
            )
        ) as connection:
            connection.autocommit = True
            connection.cursor().execute(statement)

    def copy(self) -> tuple[str, str]:
        return self._new(self.template)

    def drop(self) -> None:
        for name in self.made:
            self._administer(f"DROP DATABASE IF EXISTS {name}")


@pytest.fixture(scope="module")
def database(tmp_path_factory) -> Iterator[Database]:
    made = Database(tmp_path_factory.mktemp("kills"))
    yield made
    made.drop()


def ask(url: str, name: str, statement: str) -> list[tuple[Any, ...]]:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(name)) as connection:
            return connection.execute(statement).fetchall()
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


TABLES = {
    "loans": "loans_loan",
    "instalments": "loans_instalment",
    "customers": "customers_customer",
    "staff": "organization_staff",
    "gl_balances": "loans_ledgerbalance",
}


def rows(url: str, name: str) -> dict[str, int]:
    return {file: ask(url, name, f"SELECT COUNT(*) FROM {table}")[0][0] for file, table in TABLES.items()}


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_import_is_whole_or_not_there_and_can_be_run_again(point, database, tmp_path):
    url, name = database.copy()
    folder = Small().write(tmp_path)
    killed = run(url, "import_extract", str(folder), kill_at=point)
    assert killed.returncode == -signal.SIGKILL
    is_applied = point == "applied"
    expected = {file: len(ROWS[file]) if is_applied else 0 for file in TABLES}
    assert rows(url, name) == expected
    again = run(url, "import_extract", str(folder))
    assert again.returncode == 0, again.stderr[-2000:]
    assert rows(url, name) == {file: len(ROWS[file]) for file in TABLES}
    states = ask(url, name, "SELECT state, refusal FROM imports_extract ORDER BY id")
    assert states == ([("applied", "")] if is_applied else [("failed", "interrupted"), ("applied", "")])
    assert ask(url, name, "SELECT COUNT(*) FROM core_businessdate")[0][0] == 1
    assert staging_tables(url, name) == []


def staging_tables(url: str, name: str) -> list[str]:
    catalogue = "SELECT name FROM sqlite_master WHERE type = 'table'"
    if not url.startswith("sqlite"):
        catalogue = "SELECT tablename FROM pg_tables"
    return [table for (table,) in ask(url, name, catalogue) if table.startswith("stg_")]


def test_the_command_says_what_became_of_the_extract(database, tmp_path):
    url, _ = database.copy()
    folder = Small().write(tmp_path)
    first = run(url, "import_extract", str(folder))
    assert first.returncode == 0
    assert "loans.csv" in first.stdout
    again = run(url, "import_extract", str(folder))
    assert again.returncode == 0
    assert "2026-03-31" in again.stdout
    (folder / "loans.csv").write_bytes(b"")
    refused = run(url, "import_extract", str(folder))
    assert refused.returncode == 1
    assert len(refused.stderr.strip().splitlines()) == 1
    assert "loans.csv" in refused.stderr
