"""Set-based SQL that reads the same on both engines.

A statement lives in a `.sql` file with bound parameters `%(name)s`; what differs between PostgreSQL and SQLite
is behind two functions made here for SQLite and by a migration for PostgreSQL:

    days_between(later, earlier)   whole days, an integer
    add_days(day, n)               a date
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.backends.signals import connection_created

POSTGRES_FUNCTIONS = """
CREATE OR REPLACE FUNCTION days_between(later date, earlier date) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT later - earlier $$;
CREATE OR REPLACE FUNCTION add_days(day date, n integer) RETURNS date
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT day + n $$;
"""


def is_postgres() -> bool:
    return connection.vendor == "postgresql"


def _days_between(later: str | None, earlier: str | None) -> int | None:
    if later is None or earlier is None:
        return None
    return (date.fromisoformat(later[:10]) - date.fromisoformat(earlier[:10])).days


def _add_days(day: str | None, n: int | None) -> str | None:
    if day is None or n is None:
        return None
    return (date.fromisoformat(day[:10]) + timedelta(days=n)).isoformat()


def add_sqlite_functions(sender: Any, connection: Any, **_ignored: Any) -> None:
    if connection.vendor != "sqlite":
        return
    connection.connection.create_function("days_between", 2, _days_between, deterministic=True)
    connection.connection.create_function("add_days", 2, _add_days, deterministic=True)


connection_created.connect(add_sqlite_functions, dispatch_uid="postloan.core.sql")


@lru_cache(maxsize=128)
def load(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def execute(statement: str | Path, parameters: Mapping[str, Any] | None = None) -> int:
    """Runs one statement and returns how many rows it wrote. A Path is read from its `.sql` file."""
    text = load(statement) if isinstance(statement, Path) else statement
    with connection.cursor() as cursor:
        cursor.execute(text, parameters)
        return max(cursor.rowcount, 0)


def rows(statement: str | Path, parameters: Mapping[str, Any] | None = None) -> Iterator[dict[str, Any]]:
    """The rows of a query as dictionaries, streamed from the cursor."""
    text = load(statement) if isinstance(statement, Path) else statement
    with connection.cursor() as cursor:
        cursor.execute(text, parameters)
        names = [column[0] for column in cursor.description]
        while batch := cursor.fetchmany(2000):
            for row in batch:
                yield dict(zip(names, row, strict=True))


def analyze(*tables: str) -> None:
    """Tells the planner what a freshly filled table holds; a plan made for an empty one takes hours."""
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(table)}")


@contextmanager
def memory_for_sorting(megabytes: int = 256) -> Iterator[None]:
    """More work memory inside the current transaction, on PostgreSQL; nothing elsewhere.

    The planner is told as well that a page read by an index costs about what one read in order does: the book lies
    in memory or on flash, and what is looked for in it is one loan in a hundred.
    """
    if is_postgres():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('work_mem', %s, true)", [f"{megabytes}MB"])
            cursor.execute("SELECT set_config('random_page_cost', '1.1', true)")
    yield


@contextmanager
def table_of_ids(ids: Iterable[int]) -> Iterator[None]:
    """Inside the block the temporary table `touched_ids` holds these ids. Not to be nested."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS touched_ids")
        cursor.execute("CREATE TEMPORARY TABLE touched_ids (id bigint PRIMARY KEY)")
        if is_postgres():
            cursor.execute("INSERT INTO touched_ids SELECT DISTINCT unnest(%s::bigint[])", [list(ids)])
            cursor.execute("ANALYZE touched_ids")
        else:
            cursor.executemany("INSERT OR IGNORE INTO touched_ids VALUES (%s)", [(one,) for one in ids])
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE touched_ids")
