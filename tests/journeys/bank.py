"""A demonstration bank in a database of its own, built once a process and copied for each test.

The tests' usual database is put aside while a journey runs: on SQLite it is one connection in memory, which a server
with threads cannot share, and rolling back is no way here, since server and test are two connections. A copy costs
some ten milliseconds and belongs to one test alone; a thread that is still answering writes into a copy nobody reads.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections

from postloan.demobank.generator import Settings, make_demo_bank
from postloan.nightly.management.commands.make_demo_logins import make_logins
from postloan.nightly.replay import replay

SIZE = Settings(customers=80, months=2, seed=7)
POSTGRES = "django.db.backends.postgresql"


class Copies:
    """A template database and numbered copies of it; `default` is one of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.usual = connections[DEFAULT_DB_ALIAS]
        self.usual_settings = connections.settings[DEFAULT_DB_ALIAS]
        self.is_postgres = self.usual.settings_dict["ENGINE"] == POSTGRES
        self.stem = f"postloan_journeys_{os.getpid()}"
        self.count, self.current = 0, ""

    def name(self, part: str) -> str:
        return f"{self.stem}_{part}" if self.is_postgres else str(self.folder / f"{part}.sqlite3")

    def execute(self, statement: str) -> None:
        with self.usual._nodb_cursor() as cursor:
            cursor.execute(statement)

    def drop(self, name: str) -> None:
        if self.is_postgres:
            self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        else:
            for end in ("", "-wal", "-shm"):
                Path(name + end).unlink(missing_ok=True)

    def use(self, name: str) -> None:
        """From now on every thread's new connection is one to this database."""
        if connections[DEFAULT_DB_ALIAS] is not self.usual:
            connections[DEFAULT_DB_ALIAS].close()
        changed: dict[str, Any] = {**self.usual_settings, "NAME": name, "CONN_MAX_AGE": 0}
        connections.settings[DEFAULT_DB_ALIAS] = changed
        connections[DEFAULT_DB_ALIAS] = connections.create_connection(DEFAULT_DB_ALIAS)

    def make_template(self) -> None:
        name = self.name("template")
        self.drop(name)
        if self.is_postgres:
            self.execute(f'CREATE DATABASE "{name}"')
        self.use(name)

    def fresh(self) -> None:
        former, self.count = self.current, self.count + 1
        self.current = self.name(str(self.count))
        connections[DEFAULT_DB_ALIAS].close()
        if self.is_postgres:
            self.execute(f'CREATE DATABASE "{self.current}" TEMPLATE "{self.name("template")}"')
        else:
            shutil.copyfile(self.name("template"), self.current)
        self.use(self.current)
        if former:
            self.drop(former)

    def put_back(self) -> None:
        connections[DEFAULT_DB_ALIAS].close()
        connections.settings[DEFAULT_DB_ALIAS] = self.usual_settings
        connections[DEFAULT_DB_ALIAS] = self.usual
        for name in filter(None, (self.current, self.name("template"))):
            self.drop(name)


@dataclass
class DemoBank:
    """`people` by post, as `make demo` prints them; `next_extract` is the folder of the date that comes next."""

    copies: Copies
    next_extract: Path
    people: dict[str, dict[str, str]] = field(default_factory=dict)

    def fresh(self) -> None:
        self.copies.fresh()
        shutil.rmtree(settings.INBOX_DIR, ignore_errors=True)


def build(folder: Path) -> DemoBank:
    """Generates the bank and takes in and closes all of its dates but the last, which a journey uploads."""
    extracts = folder / "bank"
    make_demo_bank(extracts, folder / "truth.json", SIZE)
    last = max(extracts.iterdir())
    shutil.move(last, folder / last.name)
    copies = Copies(folder)
    copies.make_template()
    call_command("migrate", verbosity=0)
    replay(extracts, lambda _line: None)
    people = {row["post"]: row for row in make_logins()}
    if not copies.is_postgres:
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return DemoBank(copies, folder / last.name, people)
