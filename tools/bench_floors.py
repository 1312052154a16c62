"""What the database needs at least: the same files under the same keys, and the same question asked once.

The floor of an import is the delivered text in plain tables and INSERT … SELECT into tables with the columns, checks
and keys of the book; that of a night is one plain SELECT with its GROUP BY over all instalments, and for the first
night the same, written into a table with the keys of the states. No history, no comparison, no rule.
"""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import psycopg2

TABLES = {
    "customers.csv": "customers_customer",
    "loans.csv": "loans_loan",
    "instalments.csv": "loans_instalment",
    "repayments.csv": "loans_repayment",
}
IMPORT = "floor of the import"
CHANGES = "floor of the changes"
GROUP_BY = "floor of a night: SELECT … GROUP BY"
FIRST_NIGHT = "floor of the first night: the same, written"
STATES = "floor_state"

UNPAID = "due_on < '{day}' AND (principal_paid < principal_due OR interest_paid < interest_due)"
OVERDUE = (
    f"SELECT loan_id, min(due_on) FILTER (WHERE {UNPAID}) AS since,"
    f" sum(principal_due - principal_paid) FILTER (WHERE {UNPAID}) AS principal,"
    f" sum(interest_due - interest_paid) FILTER (WHERE {UNPAID}) AS interest"
    " FROM loans_instalment GROUP BY loan_id"
)
WRITTEN = (
    f"INSERT INTO {STATES} (loan_id, valid_from, run_id, customer_id, branch_id, status, currency,"
    " principal_balance, matures_on, overdue_since, overdue_principal, overdue_interest, bucket, band,"
    " class_floor, five_level_class) SELECT l.id, '{day}', 1, l.customer_id, l.branch_id, l.status,"
    " l.currency, l.principal_balance, l.matures_on, d.since, COALESCE(d.principal, 0), d.interest,"
    " CASE WHEN d.since IS NULL THEN 'M0' ELSE 'M1' END,"
    " CASE WHEN d.since IS NULL THEN 'current' ELSE 'days_1_30' END, 'normal', l.five_level_class"
    f" FROM loans_loan l LEFT JOIN ({OVERDUE}) d ON d.loan_id = l.id"
)
# What stands in a column that no file delivers and that may not be empty.
DEFAULTS = {"bigint": "1", "integer": "0", "numeric": "0", "decimal": "0", "boolean": "false", "bool": "0"}

Clock = Callable[[str], AbstractContextManager[None]]


class Floors:
    """The statements both engines share; each brings its own way to a table like another one."""

    connection: Any

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def execute(self, statement: str) -> Any:
        cursor = self.connection.cursor()
        cursor.execute(statement)
        return cursor

    def like(self, name: str, table: str) -> None:
        raise NotImplementedError

    def take_in(self, name: str, path: Path) -> None:
        raise NotImplementedError

    def columns_of(self, table: str) -> list[tuple[str, str, bool, bool]]:
        """Name, type, whether it may be empty, whether it has a default."""
        raise NotImplementedError

    def of_import(self, folder: Path, day: str, name: str) -> None:
        """The files of one extract; the tables are dropped again, so that no later copy carries them."""
        with self.clock(name):
            for file, table in TABLES.items():
                if (folder / file).exists():
                    self._file(folder / file, table, day)
            self.connection.commit()
        for file in TABLES:
            stem = file.removesuffix(".csv")
            self.execute(f"DROP TABLE IF EXISTS floor_text_{stem}")
            self.execute(f"DROP TABLE IF EXISTS floor_{stem}")
        self.connection.commit()

    def _file(self, path: Path, table: str, day: str) -> None:
        stem = path.stem
        self.take_in(f"floor_text_{stem}", path)
        self.like(f"floor_{stem}", table)
        delivered = delivered_columns(path)
        values = {
            column: value
            for column, kind, is_nullable, has_default in self.columns_of(table)
            if (value := value_of(column, kind, is_nullable or has_default, delivered, day)) is not None
        }
        names, filled = ", ".join(values), ", ".join(values.values())
        self.execute(f"INSERT INTO floor_{stem} ({names}) SELECT {filled} FROM floor_text_{stem} t")

    def of_night(self, day: str) -> None:
        with self.clock(GROUP_BY):
            self.execute(f"SELECT count(*) FROM ({OVERDUE.format(day=day)}) derived").fetchall()
        self.like(STATES, "loans_loanstate")
        with self.clock(FIRST_NIGHT):
            self.execute(WRITTEN.format(day=day))
            self.connection.commit()
        self.execute(f"DROP TABLE {STATES}")
        self.connection.commit()

    def close(self) -> None:
        self.connection.close()


class PostgresFloors(Floors):
    def __init__(self, url: str, clock: Clock) -> None:
        super().__init__(clock)
        self.connection = psycopg2.connect(url)

    def like(self, name: str, table: str) -> None:
        self.execute(f"CREATE TABLE {name} (LIKE {table} INCLUDING ALL)")

    def take_in(self, name: str, path: Path) -> None:
        self.execute(f"CREATE UNLOGGED TABLE {name} ({', '.join(f'{one} text' for one in delivered_columns(path))})")
        with path.open(encoding="utf-8") as handle:
            self.connection.cursor().copy_expert(f"COPY {name} FROM STDIN WITH (FORMAT csv, HEADER true)", handle)

    def columns_of(self, table: str) -> list[tuple[str, str, bool, bool]]:
        found = self.execute(
            "SELECT column_name, data_type, is_nullable = 'YES', column_default IS NOT NULL"
            f" FROM information_schema.columns WHERE table_name = '{table}' ORDER BY ordinal_position"
        )
        return found.fetchall()


class SqliteFloors(Floors):
    def __init__(self, path: Path, clock: Clock) -> None:
        super().__init__(clock)
        self.connection = sqlite3.connect(path)
        self.connection.execute("PRAGMA synchronous=NORMAL")

    def like(self, name: str, table: str) -> None:
        found = self.execute(
            "SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql IS NOT NULL"
            f" AND tbl_name = '{table}' ORDER BY type DESC"
        )
        for made, sql in found.fetchall():
            self.execute(sql.replace(f'"{table}"', f'"{name}"').replace(f'"{made}"', f'"{name}_{made}"'))

    def take_in(self, name: str, path: Path) -> None:
        columns = delivered_columns(path)
        self.execute(f"CREATE TABLE {name} ({', '.join(f'{one} text' for one in columns)})")
        with path.open(encoding="utf-8", newline="") as handle:
            rows = csv.reader(handle)
            next(rows)
            self.connection.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(columns))})", rows)

    def columns_of(self, table: str) -> list[tuple[str, str, bool, bool]]:
        found = self.execute(
            f"SELECT name, type, NOT \"notnull\", dflt_value IS NOT NULL FROM pragma_table_info('{table}')"
        )
        return [(name, kind.lower(), bool(nullable), bool(default)) for name, kind, nullable, default in found]


def delivered_columns(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as handle:
        return next(csv.reader(handle))


def value_of(column: str, kind: str, may_be_empty: bool, delivered: list[str], day: str) -> str | None:
    """The SQL that fills a column of the book from the delivered text; None where it stays as it is made."""
    if column == "id":
        return None
    if column in delivered:
        is_text = kind.startswith(("char", "varchar", "text"))
        return f"t.{column}" if is_text and not may_be_empty else f"CAST(NULLIF(t.{column}, '') AS {kind})"
    if column == "loan_id" and "loan_no" in delivered:
        # The load bank numbers its loans, so a key that ascends with the file needs no look-up.
        return "CAST(substr(t.loan_no, 2) AS bigint) + 1"
    if may_be_empty:
        return None
    if kind.startswith(("date", "timestamp")):
        return f"CAST('{day}' AS {kind})" if not kind.startswith("datetime") else f"'{day}'"
    return DEFAULTS.get(kind.partition(" ")[0], "''")
