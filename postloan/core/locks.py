"""One at a time across processes: an advisory lock on PostgreSQL, a locked file elsewhere; both end with it.

A process that hangs keeps its lock. Sessions bear a name while they work on a run of the ledger, so that whoever
takes the run over ends the former session first: its transaction is undone and its locks are free.
"""

from __future__ import annotations

import fcntl
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

from postloan.core.sql import is_postgres


class AlreadyRunning(Exception):
    """Somebody else holds the lock."""


@contextmanager
def exclusive(name: str) -> Iterator[None]:
    """Holds the lock `name` while the block runs. Raises AlreadyRunning at once when it is taken."""
    holder = _advisory(name) if is_postgres() else _file(name)
    with holder:
        yield


@contextmanager
def _advisory(name: str) -> Iterator[None]:
    key = zlib.crc32(f"postloan:{name}".encode())
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        if not cursor.fetchone()[0]:
            raise AlreadyRunning(name)
    try:
        yield
    finally:
        if connection.connection is not None and not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


@contextmanager
def _file(name: str) -> Iterator[None]:
    folder = settings.VAR_DIR / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    database = zlib.crc32(str(connection.settings_dict["NAME"]).encode())
    with (folder / f"{name}-{database:08x}.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunning(name) from error
        yield


def is_cut() -> bool:
    """Whether this process's connection has been lost."""
    return connection.connection is None or not (connection.in_atomic_block or connection.is_usable())


@contextmanager
def named_session(name: str) -> Iterator[None]:
    """The database shows this session under `name` (at most 63 characters) while the block runs."""
    if not is_postgres() or connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('application_name', %s, false)", [name])
    try:
        yield
    finally:
        if not is_cut():
            with connection.cursor() as cursor:
                cursor.execute("RESET application_name")


def end_sessions(beginning: str, *, within_seconds: float = 5.0) -> int:
    """Ends the sessions whose name begins so, and waits until their locks are free; returns how many."""
    if not is_postgres():
        return 0
    until = time.monotonic() + within_seconds
    ended = 0
    while found := _end(beginning):
        ended = max(ended, found)
        if time.monotonic() > until:
            break
        time.sleep(0.1)
    return ended


def _end(beginning: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND starts_with(application_name, %s)",
            [beginning],
        )
        return len(cursor.fetchall())
