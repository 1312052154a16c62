"""Control totals: the book a night leaves behind, reached a second way from different tables, to the cent.

Queries, each in its own file, yield totals and faults. A difference of a total, or one fault, fails the night; the
first loans of each check are named, the rest counted. A quiet night looks one by one at the loans of which anything
was written and those whose day has come, and at the rest in sums; what does not agree then is looked for in the
whole book before the night fails. See `docs/mechanisms/control-totals.md`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.db import connection

from postloan.classification.rules import Thresholds
from postloan.core import sql
from postloan.nightly import totals
from postloan.nightly.models import ControlTotal, NightRun
from postloan.nightly.totals import Total

SQL = Path(__file__).parent / "sql"
NAMED_ROWS = 20
LOANS = "control_loan"
NOTES = "control_note"
TABLES = {
    "control_open": "control_open.sql",
    "control_overdue": "control_recompute.sql",
    "control_manager": "control_managers.sql",
}
FAULTS = {
    "intervals": "faults_intervals.sql",
    "balances": "faults_balances.sql",
    "overdue": "faults_overdue.sql",
    "facts": "faults_facts.sql",
}


class ControlsFailed(Exception):
    """The night's book does not agree with what it was made from. `report` names the rows."""

    def __init__(self, report: Report) -> None:
        super().__init__("control totals differ")
        self.report = report


@dataclass(frozen=True)
class Former:
    """The last closed date, and its run whose totals a quiet night goes on from."""

    day: date
    run_id: int


@dataclass
class Report:
    totals: list[Total] = field(default_factory=list)
    looked_at: int = 0
    failures: list[dict[str, Any]] = field(default_factory=list)

    @property
    def has_failed(self) -> bool:
        return bool(self.failures)


def take(day: date, thresholds: Thresholds, *, former: Former | None = None) -> Report:
    """Every control of the book as it stands inside this transaction, for the night of `day` and its thresholds.

    With `former` only the loans noted since and those whose day has come are looked at one by one. The notes of
    changes are taken: they go with the transaction, so a failed night leaves them for the next.
    """
    _take_notes()
    if former is not None:
        report = _report(day, thresholds, former)
        if not report.has_failed:
            return report
    return _report(day, thresholds, None)


def _report(day: date, thresholds: Thresholds, former: Former | None) -> Report:
    with _control_tables(day, former) as looked_at:
        found = totals.of_book(day) if former is None else totals.kept(day, since=former.day, former_run=former.run_id)
        report = Report(totals=found, looked_at=looked_at)
        for check, file in FAULTS.items():
            named = _faults(check, file, {"day": day, **thresholds.as_parameters()})
            if named:
                report.failures.append(named)
    differing = [total for total in report.totals if total.differs]
    if differing:
        report.failures.append(_differences(differing))
    return report


def store(report: Report, run: NightRun) -> None:
    ControlTotal.objects.bulk_create(
        [
            ControlTotal(
                run=run,
                check_code=total.check,
                dimension=total.dimension,
                key=total.key,
                currency=total.currency,
                left=total.left,
                right=total.right,
                difference=total.difference,
                is_shown_only=total.is_shown_only,
            )
            for total in report.totals
        ],
        batch_size=500,
    )


def _take_notes() -> None:
    """The notes of what was written since the last controlled night. What is noted meanwhile stays for the next."""
    sql.execute(f"DROP TABLE IF EXISTS {NOTES}")
    sql.execute(f"CREATE TEMPORARY TABLE {NOTES} (loan_id bigint)")
    if sql.is_postgres():
        sql.execute(
            "WITH taken AS (DELETE FROM loans_bookchange RETURNING loan_id)"
            f" INSERT INTO {NOTES} SELECT DISTINCT loan_id FROM taken"
        )
    else:
        sql.execute(f"INSERT INTO {NOTES} SELECT DISTINCT loan_id FROM loans_bookchange")
        sql.execute("DELETE FROM loans_bookchange")


@contextmanager
def _control_tables(day: date, former: Former | None) -> Iterator[int]:
    """The temporary tables of the controls, there while the block runs; yields how many loans are looked at."""
    _drop()
    values = {"day": day, "since": former.day if former else day, "whole": int(former is None)}
    sql.execute(SQL / "control_loans.sql", values)
    (counted,) = sql.rows(f"SELECT COUNT(*) AS number FROM {LOANS}")
    sql.execute(f"CREATE UNIQUE INDEX {LOANS}_id ON {LOANS} (loan_id)")
    _analyze(LOANS)
    for table, file in TABLES.items():
        sql.execute(SQL / file, values)
        _analyze(table)
        sql.execute(f"CREATE INDEX {table}_loan ON {table} (loan_id)")
    yield counted["number"]
    _drop()


def _analyze(table: str) -> None:
    if sql.is_postgres():
        sql.analyze(table)


def _drop() -> None:
    with connection.cursor() as cursor:
        for table in (LOANS, *TABLES):
            cursor.execute(f"DROP TABLE IF EXISTS {table}")


def _faults(check: str, file: str, values: dict[str, Any]) -> dict[str, Any] | None:
    named: list[dict[str, Any]] = []
    count = 0
    for row in sql.rows(SQL / file, values):
        count += 1
        if count <= NAMED_ROWS:
            named.append(_plain(row))
    return {"check": check, "rows": named, "more": count - len(named)} if named else None


def _differences(differing: list[Total]) -> dict[str, Any]:
    rows = [
        {
            "fault": total.check,
            "dimension": total.dimension,
            "key": total.key,
            "currency": total.currency,
            "ours": str(total.right),
            "theirs": str(total.left),
        }
        for total in differing[:NAMED_ROWS]
    ]
    return {"check": "totals", "rows": rows, "more": len(differing) - len(rows)}


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row of faults as it is kept: amounts come in cents, days and codes as they are."""
    plain = {key: value for key, value in row.items() if not key.endswith("_cents")}
    for side in ("ours", "theirs"):
        cents = row.get(f"{side}_cents")
        value = str(totals.amount(cents)) if cents is not None else plain.get(side)
        plain[side] = value.isoformat() if isinstance(value, date) else value
    return plain
