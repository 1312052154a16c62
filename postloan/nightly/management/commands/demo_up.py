"""`manage.py demo_up`: a generated bank, replayed and served. What is already there is not made again."""

import io
import json
import os
import re
import shutil
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, OutputWrapper
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from postloan.core import business_date, embedded
from postloan.core.management.commands.serve import port_from_environment
from postloan.nightly.demonstration.pace import Day
from postloan.nightly.demonstration.work import work

DAY = re.compile(r"\d{4}-\d\d-\d\d")
BANK = {"customers": 350, "months": 12, "seed": 7}
BANK_NAME = "澜州银行"
# Which log-in, and what to look at with it.
WORTH_A_LOOK = (
    ("account_manager", "My work: what is due and why; a customer with loans in arrears, its accounts and timeline"),
    ("branch_head", "what waits for a decision, the branch's overdue loans and maturities"),
    ("risk_officer", "the overview: balances by class and band, and the loans behind each number"),
    ("data_officer", "the extracts, one of them corrected; the nights with their control totals; the findings"),
    ("system_administrator", "people, posts and parameters"),
)


class Command(BaseCommand):
    help = "Makes the demonstration under var/ where it is not there yet, prints its log-ins and serves it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-serve", action="store_true", help="stop before serving")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.IS_DEMONSTRATION:
            raise CommandError("This is no demonstration: its settings are for the bank's own work.")
        port = port_from_environment()
        if not options["no_serve"]:
            self._refuse_early(port)
        self._migrate()
        extracts = self._make_bank()
        self._replay(extracts)
        logins = self._logins()
        self._welcome(port, logins)
        if not options["no_serve"]:
            call_command("serve", port=port, stdout=self.stdout)

    def _refuse_early(self, port: int) -> None:
        """Says before minutes of work what `serve` would say after them."""
        try:
            with embedded.only_one(settings.VAR_DIR / "serve.lock", f"process {os.getpid()}, port {port}"):
                embedded.check_port(os.environ.get("HOST", "127.0.0.1"), port)
        except embedded.CannotStart as refusal:
            raise CommandError(str(refusal)) from refusal

    @contextmanager
    def _step(self, text: str) -> Iterator[None]:
        self.stdout.write(f"  {text} …", ending=" ")
        self.stdout.flush()
        started = time.monotonic()
        yield
        self.stdout.write(f"{time.monotonic() - started:.0f} s")

    def _migrate(self) -> None:
        executor = MigrationExecutor(connections["default"])
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if pending:
            with self._step(f"database ({len(pending)} migrations)"):
                call_command("migrate", interactive=False, verbosity=0)

    def _make_bank(self) -> Path:
        """The folder of extracts; it is there complete or not at all."""
        folder = settings.VAR_DIR / "demo-extracts"
        if not folder.is_dir():
            draft = settings.VAR_DIR / ".demo-draft"
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir(parents=True)
            text = "a bank with {customers} customers over {months} months".format(**BANK)
            with self._step(text):
                counter = DayCounter(self.stdout)
                call_command("make_demo_bank", str(draft / folder.name), **BANK, progress=True, stdout=counter)
            # What is written beside the folder goes first: with the folder, all is there.
            for made in sorted(draft.iterdir(), key=lambda path: path.name == folder.name):
                shutil.rmtree(folder.with_name(made.name), ignore_errors=True)
                made.replace(folder.with_name(made.name))
            draft.rmdir()
        return folder

    def _replay(self, extracts: Path) -> None:
        days = sorted(path.name for path in extracts.iterdir() if (path / "manifest.json").is_file())
        if not days:
            raise CommandError(f"{extracts} holds no extract: remove it and start again.")
        closed = business_date.last_closed()
        if closed is not None and closed.isoformat() >= days[-1]:
            return
        with self._step(f"{len(days)} business dates, each with its extract, its night and people at work"):
            until = date.fromisoformat(days[-1])
            corrections = extracts.with_name(f"{extracts.name}-corrections")
            call_command(
                "replay",
                str(extracts),
                corrections=corrections if corrections.is_dir() else None,
                stdout=DayCounter(self.stdout),
                after=lambda day, following: work(Day(day, following, BANK["seed"], until)),
            )
        call_command("name_institution", BANK_NAME, stdout=io.StringIO())

    def _logins(self) -> str:
        answer = io.StringIO()
        with self._step("demonstration log-ins"):
            call_command("make_demo_logins", json=True, stdout=answer)
        return answer.getvalue()

    def _welcome(self, port: int, logins: str) -> None:
        lines = ["", f"  http://localhost:{port}/          the log-in page", ""]
        lines += login_table(logins)
        lines += ["", "  Worth a look:", *(f"    {post:<22}  {what}" for post, what in WORTH_A_LOOK)]
        lines += ["", f"  Everything lies under {settings.VAR_DIR}; remove it to begin anew.", ""]
        self.stdout.write("\n".join(lines))


class DayCounter(io.TextIOBase):
    """Takes what a command says of its dates and counts aloud: one number for each date it comes to."""

    def __init__(self, out: OutputWrapper) -> None:
        self.out = out
        self.days: set[str] = set()

    def write(self, text: str) -> int:
        day = DAY.search(text)
        if day and day[0] not in self.days:
            self.days.add(day[0])
            self.out.write(f"{len(self.days)}", ending=" ")
            self.out.flush()
        return len(text)


def login_table(answer: str) -> list[str]:
    """One line a post: its code, staff number and password, then in Chinese who that is and where."""
    columns, tail = ("post", "staff_no", "password"), ("role", "name", "branch")
    rows = json.loads(answer)
    widths = [max(len(row[key]) for row in rows) for key in columns]
    return [
        "  "
        + "  ".join(row[key].ljust(width) for key, width in zip(columns, widths, strict=True))
        + "  "
        + " ".join(row[key] for key in tail)
        for row in rows
    ]
