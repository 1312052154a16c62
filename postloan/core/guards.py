"""Triggers for what no constraint can say, on both engines: intervals that must not overlap, rows that must not change.

Statements are made for a migration by `create` and `drop`. Refusals are IntegrityErrors on both engines; on PostgreSQL
overlaps are looked for once a statement, over its transition table, so that a bulk insert stays fast. A migration
that rebuilds a guarded table on SQLite drops its triggers with the old table: it has to install them again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.backends.signals import connection_created

# The first bulk insert finds a table without statistics, and a plan made for an empty one compares all rows with all.
# So the plan is fixed: for each fresh row (OFFSET 0 keeps the order) the others of the same loan, by that index alone.
INDEXED = " SET enable_seqscan = off"
SETTING = "postloan.guards_lifted"
_lifted: ContextVar[bool] = ContextVar("guards_lifted", default=False)


@dataclass(frozen=True)
class Overlap:
    """Rows of `table` that agree in `same` must not share a day. `counted` narrows which rows count, on an alias."""

    name: str
    table: str
    same: tuple[str, ...]
    counted: str = ""

    def condition(self, new: str, old: str, *, plain: str = "") -> str:
        """That two rows share a day. `plain` is put behind the other row's dates where no index of theirs may help."""
        parts = [f"{old}.{column} = {new}.{column}" for column in self.same]
        parts.append(f"{old}.id <> {new}.id")
        parts.append(f"({new}.valid_to IS NULL OR {old}.valid_from{plain} < {new}.valid_to)")
        parts.append(f"({old}.valid_to IS NULL OR {new}.valid_from < {old}.valid_to{plain})")
        parts += [self.counted.format(row) for row in (new, old) if self.counted]
        return " AND ".join(parts)


def create_postgres(guard: Overlap, message: str) -> list[str]:
    function = f"""
CREATE FUNCTION {guard.name}() RETURNS trigger LANGUAGE plpgsql{INDEXED} AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM fresh n CROSS JOIN LATERAL (
        SELECT 1 FROM {guard.table} o WHERE {guard.condition("n", "o", plain=" + 0")} OFFSET 0
    ) other) THEN
        RAISE EXCEPTION '{message}' USING ERRCODE = 'exclusion_violation', CONSTRAINT = '{guard.name}';
    END IF;
    RETURN NULL;
END $$"""  # noqa: S608
    return [function] + [
        f"CREATE TRIGGER {guard.name}_{event} AFTER {event} ON {guard.table} REFERENCING NEW TABLE AS fresh"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {guard.name}()"
        for event in ("insert", "update")
    ]


def create_sqlite(guard: Overlap, message: str) -> list[str]:
    return [
        f"CREATE TRIGGER {guard.name}_{event} AFTER {event} ON {guard.table}"  # noqa: S608
        f" WHEN EXISTS (SELECT 1 FROM {guard.table} o WHERE {guard.condition('NEW', 'o')})"
        f" BEGIN SELECT RAISE(ABORT, '{message}'); END"
        for event in ("insert", "update")
    ]


def drop(guard: Overlap, *, postgres: bool) -> list[str]:
    if postgres:
        return [f"DROP FUNCTION IF EXISTS {guard.name}() CASCADE"]
    return [f"DROP TRIGGER IF EXISTS {guard.name}_{event}" for event in ("insert", "update")]


def add_sqlite_function(sender: Any, connection: Any, **_ignored: Any) -> None:
    if connection.vendor == "sqlite":
        connection.connection.create_function("guards_lifted", 0, lambda: int(_lifted.get()))


connection_created.connect(add_sqlite_function, dispatch_uid="postloan.core.guards")


@contextmanager
def lifted() -> Iterator[None]:
    """Inside the block rows may be deleted that never are otherwise: emptying a test database, a logged retention."""
    token = _lifted.set(True)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config(%s, '1', false)", [SETTING])
    try:
        yield
    finally:
        _lifted.reset(token)
        if connection.vendor == "postgresql" and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config(%s, '', false)", [SETTING])
