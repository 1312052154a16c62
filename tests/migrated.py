"""The migrated SQLite database is kept between runs, so that a run of one test does not begin with all migrations.

What is kept carries a hash of every migration and of what they import; `migrate` still runs over it and finds nothing
to do, and its signals bring data up to date. On PostgreSQL nothing is kept: tests leave no database behind.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

import django
from django.db import connection
from django.db.backends.sqlite3.creation import DatabaseCreation

ROOT = Path(__file__).resolve().parent.parent
PARTS = (
    "postloan/*/migrations/*.py",
    "postloan/core/sql.py",
    "postloan/*/guards.py",
    "postloan/inspections/shipped/*",
    "postloan/loans/book_changes.py",
    "requirements.lock",
)


def place() -> Path:
    digest = hashlib.sha256(f"{django.VERSION} {sqlite3.sqlite_version}".encode())
    for pattern in PARTS:
        for path in sorted(ROOT.glob(pattern)):
            digest.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return Path(tempfile.gettempdir()) / f"postloan-migrated-{os.getuid()}-{digest.hexdigest()[:20]}.sqlite3"


def is_kept() -> bool:
    """Not in the continuous check, which shows that the migrations themselves work."""
    return connection.vendor == "sqlite" and not os.environ.get("CI")


def begin_with_what_was_kept() -> bool:
    """From now on a test database in memory begins with what an earlier run kept; False where nothing is."""
    kept = place()
    if not is_kept() or not kept.exists():
        return False
    original = DatabaseCreation._create_test_db

    def create(self: Any, *args: Any, **kwargs: Any) -> Any:
        name = original(self, *args, **kwargs)
        self.connection.settings_dict["NAME"] = name
        self.connection.ensure_connection()
        with contextlib.closing(sqlite3.connect(f"file:{kept}?mode=ro", uri=True)) as source:
            source.backup(self.connection.connection)
        return name

    DatabaseCreation._create_test_db = create  # type: ignore[method-assign]
    return True


def keep() -> None:
    """Written beside and moved into place, so that no other run reads half of it; older ones are removed."""
    kept = place()
    if not is_kept() or kept.exists():
        return
    part = kept.with_suffix(f".{os.getpid()}")
    connection.ensure_connection()
    with contextlib.closing(sqlite3.connect(part)) as target:
        connection.connection.backup(target)
    part.replace(kept)
    for old in kept.parent.glob(f"postloan-migrated-{os.getuid()}-*.sqlite3"):
        if old != kept:
            old.unlink(missing_ok=True)
