"""Rows into a staging table: by COPY on PostgreSQL, by executemany elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction

from postloan.core import sql
from postloan.imports.reading import MARK

COPY_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def write_rejects(table: str, rejects: list[tuple[Any, ...]]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table}"
            " (file, line_no, column_name, token, reason, arguments, quarantined) VALUES (%s, %s, %s, %s, %s, %s, %s)",
            rejects,
        )


def write_rows(table: str, columns: list[tuple[str, str]], rows: Iterable[list[Any]]) -> int:
    """Writes rows (line number, values, indexes, flags) into a staging table; returns how many."""
    names = [connection.ops.quote_name(name) for name, _ in columns]
    if sql.is_postgres():
        stream = _CopyStream(rows)
        with connection.cursor() as cursor:
            cursor.copy_expert(f"COPY {table} ({', '.join(names)}) FROM STDIN", stream, size=256 * 1024)
        if stream.error is not None:
            raise stream.error
        return stream.rows
    chunk = list(rows)
    if chunk:
        places = ", ".join(["%s"] * len(names))
        with connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})", chunk)
    return len(chunk)


class _CopyStream:
    """Rows as the text that COPY reads. An error made by the rows is kept: psycopg2 would hide it in its own."""

    def __init__(self, rows: Iterable[list[Any]]) -> None:
        self.pending = iter(rows)
        self.rows = 0
        self.error: Exception | None = None

    def read(self, size: int) -> str:
        parts: list[str] = []
        length = 0
        try:
            for row in self.pending:
                line = _copied(row)
                self.rows += 1
                parts.append(line)
                length += len(line)
                if length >= size:
                    break
        except Exception as error:
            self.error = error
            return ""
        return "".join(parts)


def _copied(row: list[Any]) -> str:
    """One line for COPY. MARK and NUL cannot stand in a value that passed, so they hold the places meanwhile."""
    joined = "\x00".join([MARK if value is None else value if value.__class__ is str else str(value) for value in row])
    if "\\" in joined or "\n" in joined or "\t" in joined or "\r" in joined:
        joined = joined.translate(COPY_ESCAPES)
    return joined.replace("\x00", "\t").replace(MARK, "\\N") + "\n"
