"""Turns single mechanisms off in the processes under test, to see that the tests would notice.

POSTLOAN_TEST_WITHOUT holds names separated by commas; nothing outside these tests reads it:

    fence         nobody checks the fencing number, and a former session is not ended at a take-over
    lease         a lease never runs out
    sweeper       beat sends nothing: only what asks for work pokes
    unique        todos are opened whether or not they are there, and their unique index is gone
    key           a message is sent before its delivery row says so
    transaction   applying an extract is no transaction
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.utils import timezone

WITHOUT = "POSTLOAN_TEST_WITHOUT"


class Counted:
    """A channel like SMS: whatever is sent arrives, as often as it is sent."""

    takes_key_once = False

    def send(self, letter: Any) -> str:
        line = f"{letter.key}\t{letter.address}\n"
        handle = os.open(Path(settings.VAR_DIR) / "counted.tsv", os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        try:
            os.write(handle, line.encode())
        finally:
            os.close(handle)
        return ""


class Switches(AppConfig):
    name = "tests.test_processes"
    label = "process_switches"
    path = str(Path(__file__).parent)

    def ready(self) -> None:
        from postloan.collections import wording  # noqa: F401  which says when borrowers may be told
        from postloan.core import channels, recipients

        channels.CHANNELS["counted"] = Counted
        # What is shown here holds at any hour of the day on which the tests run.
        recipients._hours.clear()
        for name in filter(None, os.environ.get(WITHOUT, "").split(",")):
            OFF[name]()


def _no_fence() -> None:
    from django.db.models import QuerySet

    from postloan.core import jobs, locks
    from postloan.core.models import JobRun

    def all_mine(claim: jobs.Claim) -> QuerySet:
        return JobRun.objects.filter(pk=claim.run.pk)

    jobs.Claim._mine = all_mine
    locks.end_sessions = lambda *_given, **_more: 0


def _no_lease() -> None:
    settings.JOB_LEASE_SECONDS = 6 * 3600


def _no_sweeper() -> None:
    from postloan.celery import app

    app.conf.beat_schedule = {}


def _no_unique() -> None:
    """The scenario drops the index; here the statement forgets to look."""
    from postloan.core import sql

    load = sql.load

    def loaded(path: Path) -> str:
        text = load(path)
        if path.name != "open_todos.sql":
            return text
        before, after = text.index("WHERE NOT EXISTS"), text.index("RETURNING")
        return text[:before] + text[after:]

    sql.load = loaded


def _no_key() -> None:
    from postloan.core import outbox
    from postloan.core.models import Delivery

    def note(delivery: Delivery, state: str, **_ignored: Any) -> str:
        Delivery.objects.filter(pk=delivery.pk).update(state=state, sent_at=timezone.now(), next_try_at=None)
        return state

    outbox._claim = lambda _delivery: True
    outbox._note = note


def _no_transaction() -> None:
    """Each statement stands for itself, as if nobody had written `atomic`. The guard keeps a small one of its own."""
    from django.db import transaction

    from postloan.core import jobs
    from postloan.imports import apply

    check = jobs.Claim.check

    def checked(claim: jobs.Claim) -> None:
        with transaction.atomic():
            check(claim)

    class Nothing:
        atomic = staticmethod(contextlib.nullcontext)

    jobs.Claim.check = checked
    apply.transaction = Nothing


OFF: dict[str, Callable[[], None]] = {
    "fence": _no_fence,
    "lease": _no_lease,
    "sweeper": _no_sweeper,
    "unique": _no_unique,
    "key": _no_key,
    "transaction": _no_transaction,
}
