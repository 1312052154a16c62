"""The state of every loan as intervals: what a night drafts, compares and writes. Set-based; called by the night."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.db import connection

from postloan.core import sql
from postloan.loans.rules import SCALE_DAYS

SQL = Path(__file__).parent / "sql"
NIGHT_TABLES = ("night_candidate", "night_draft", "night_threshold", "night_next")
BEFORE_ALL_DATES = date(1, 1, 1)
# From so many changed rows on, the planner is told what it has to reckon with.
WORTH_ANALYSING = 1000


@dataclass(frozen=True)
class Written:
    superseded: int
    closed: int
    opened: int


@contextmanager
def night_tables() -> Iterator[None]:
    """The temporary tables of a night, there while the block runs. Inside a transaction."""
    _drop()
    with connection.cursor() as cursor:
        text = "\n".join(line for line in sql.load(SQL / "night_tables.sql").splitlines() if line[:2] != "--")
        for statement in filter(str.strip, text.split(";")):
            cursor.execute(statement)
    yield
    _drop()


def _drop() -> None:
    with connection.cursor() as cursor:
        for table in NIGHT_TABLES:
            cursor.execute(f"DROP TABLE IF EXISTS {table}")


def choose_candidates(day: date, *, since: date | None, everything: bool) -> int:
    """The loans the night of `day` looks at; `since` is the last date closed before it. Returns how many."""
    values = {
        "day": day,
        "since": since or BEFORE_ALL_DATES,
        "turned_since": since or day,
        "everything": int(everything),
    }
    chosen = sql.execute(SQL / "candidates.sql", values)
    _analyze("night_candidate")
    return chosen


def draft_states(day: date) -> int:
    """What the states of the candidates should be after the night, without the class floor. Returns how many."""
    drafted = sql.execute(SQL / "draft.sql", {"day": day})
    sql.execute(SQL / "scales.sql")
    _analyze("night_draft")
    return drafted


def withdraw_former_run(day: date, *, run_id: int) -> int:
    """A corrected date takes back what its former run opened. Returns how many states."""
    return sql.execute(SQL / "withdraw_former_run.sql", {"day": day, "run": run_id})


def write_states(day: date, *, run_id: int) -> Written:
    """Closes what changed and opens what lacks an interval; a loan that stays as it was writes nothing."""
    # Only now: the steps before rewrite every draft, and an index would be written with each.
    sql.execute("CREATE UNIQUE INDEX IF NOT EXISTS night_draft_loan ON night_draft (loan_id)")
    _analyze("night_draft")
    values = {"day": day, "run": run_id}
    written = Written(
        superseded=sql.execute(SQL / "supersede_todays.sql", values),
        closed=sql.execute(SQL / "close_changed.sql", values),
        opened=sql.execute(SQL / "open_new.sql", values),
    )
    if written.opened >= WORTH_ANALYSING:
        _analyze("loans_loanstate")
    return written


def watch_next_changes(day: date, *, threshold_days: Iterable[int]) -> int:
    """When each candidate changes next although nothing is delivered. Returns how many watches were written."""
    days = sorted({*SCALE_DAYS, *threshold_days})
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO night_threshold (days) VALUES (%s)", [(number,) for number in days])
    sql.execute(SQL / "next_change.sql", {"day": day})
    return sql.execute(SQL / "watch_update.sql") + sql.execute(SQL / "watch_insert.sql")


def count_missed(*, in_a_row: int, in_all: int) -> dict[str, int]:
    """How many open loans missed so many instalments in a row or in all, and of how many it is not known."""
    return _missed("missed_open.sql", {"in_a_row": in_a_row, "in_all": in_all})


def change_of_missed(day: date, *, in_a_row: int, in_all: int) -> dict[str, int]:
    """By how much the night of `day` changed `count_missed`: what it opened less what it ended."""
    return _missed("missed_change.sql", {"day": day, "in_a_row": in_a_row, "in_all": in_all})


def _missed(file: str, values: dict[str, object]) -> dict[str, int]:
    (row,) = sql.rows(SQL / file, values)
    return {code: int(count) for code, count in row.items()}


def _analyze(table: str) -> None:
    if sql.is_postgres():
        sql.analyze(table)
