"""The temporary table `todos_due`: what is due, before it is known who does it and whether it is there already."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from postloan.core import sql
from postloan.organization import retail_centres

SQL = Path(__file__).parent / "sql"

# Column, its type, what stands in it where the caller says nothing. None of the first group may be left out.
REQUIRED = {
    "customer_id": "bigint",
    "subject_kind": "varchar(40)",
    "subject_id": "bigint",
    "reason_code": "varchar(60)",
    "due_on": "date",
}
OPTIONAL = {
    "todo_id": ("bigint", "NULL"),
    "loan_id": ("bigint", "NULL"),
    "occurrence": ("varchar(80)", "''"),
    "line": ("varchar(20)", "''"),
    "arguments": ("{json}", "'{{}}'"),
    "amount": ("numeric", "NULL"),
    "days_overdue": ("integer", "NULL"),
    "assignee_id": ("bigint", "NULL"),
    "post_code": ("varchar(40)", "''"),
    "post_branch_id": ("bigint", "NULL"),
    "not_by": ("varchar(200)", "''"),
}


@dataclass(frozen=True)
class Due:
    """One thing that is due, where it is not a SELECT that says so. Amounts in currency units.

    Who stands in `not_by` may not do it: a queue that only they hold goes to the nearest one above.
    """

    customer_id: int
    subject_kind: str
    subject_id: int
    reason_code: str
    due_on: date
    occurrence: str = ""
    loan_id: int | None = None
    line: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    amount: Decimal | None = None
    days_overdue: int | None = None
    assignee_id: int | None = None
    post_code: str = ""
    post_branch_id: int | None = None
    not_by: tuple[int, ...] = ()


@contextmanager
def table() -> Iterator[None]:
    """Inside the block `todos_due` is there and empty. Inside a transaction, not nested."""
    columns = [f"{name} {kind} NOT NULL" for name, kind in REQUIRED.items()]
    columns += [
        f"{name} {kind} DEFAULT {default}".format(json="jsonb" if sql.is_postgres() else "text")
        for name, (kind, default) in OPTIONAL.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS todos_due")
        cursor.execute(f"CREATE TEMPORARY TABLE todos_due ({', '.join(columns)})")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE todos_due")


def fill_from_select(select: str, values: Mapping[str, Any]) -> None:
    """Stages what a SELECT yields; its columns are known by their names."""
    names = _columns_of(select, values)
    wrong = [name for name in names if name not in REQUIRED and name not in OPTIONAL]
    missing = [name for name in REQUIRED if name not in names]
    if wrong or missing:
        raise ValueError(f"a todo's SELECT lacks {missing} and does not know {wrong}")
    taken = ", ".join(_typed(name) for name in names)
    sql.execute(f"INSERT INTO todos_due ({', '.join(names)}) SELECT {taken} FROM ({select}) AS due", values)


def _columns_of(select: str, values: Mapping[str, Any]) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({select}) AS due LIMIT 0", values)
        return [column[0] for column in cursor.description]


def _typed(name: str) -> str:
    """PostgreSQL takes a bare NULL or text for text and wants to be told; SQLite would spoil dates by it."""
    kind, default = OPTIONAL.get(name) or (REQUIRED[name], "NULL")
    column = f"due.{name}"
    if sql.is_postgres():
        column = f"CAST({column} AS {kind.format(json='jsonb')})"
    return column if default == "NULL" else f"COALESCE({column}, {default.format()})"


def fill_from_rows(rows: Iterable[Due]) -> int:
    """Stages rows made in Python; returns how many."""
    names = [*REQUIRED, *(name for name in OPTIONAL if name != "todo_id")]
    values = [[_plain(getattr(row, name)) for name in names] for row in rows]
    places = ", ".join("%s" for _name in names)
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO todos_due ({', '.join(names)}) VALUES ({places})", values)
    return len(values)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
    if isinstance(value, tuple):
        return ";".join(map(str, value))
    return str(value) if isinstance(value, Decimal) else value


def assign(business_date: date) -> None:
    """Completes line, person or post of what is staged; the ladder is in the headers of the statements."""
    retail = sorted(retail_centres.lines_run(on=business_date))
    values = {"on": business_date, "retail_lines": f";{';'.join(retail)};"}
    for name in ("complete_line", "drop_disabled", "assign_to_person", "assign_to_post"):
        sql.execute(SQL / f"{name}.sql", values)
