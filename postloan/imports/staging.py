"""Staging tables: what a file says, checked and typed, before anything else is touched.

1. One table a file and extract, `stg_<extract>_<file>`; unlogged and filled by COPY on PostgreSQL, by executemany
   in chunks on SQLite. Each chunk is its own transaction: staging changes no fact.
2. Personal data is encrypted and indexed here; plain it never reaches a table.
3. Rows that do not pass go to `stg_<extract>_rejects`, their values encrypted.
4. The tables are dropped when the extract is applied or refused, or by the next import after a crash.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import islice, takewhile
from pathlib import Path
from typing import Any, cast

from django.db import connection, transaction

from postloan.core import sql
from postloan.core.encryption import blind_index, encrypt, tail_index
from postloan.imports.checks import DECIMAL, Check, Fault, checks_of
from postloan.imports.copying import write_rejects, write_rows
from postloan.imports.flags import FLAGS
from postloan.imports.format.columns import Column, FileSpec, Kind
from postloan.imports.manifest import Entry
from postloan.imports.reading import MARK, DataFile, Record
from postloan.imports.refusals import ExtractRefused

PREFIX = "stg_"
CHUNK_ROWS = 40_000
SQLITE_CHUNK_ROWS = 5_000
MOST_UNKNOWN_CODES = 200

ODD_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?")

ACCEPTED, REJECTED, QUARANTINED = 0, 1, 2


@dataclass
class Staged:
    """One file in its staging table, and what was counted while it was read."""

    spec: FileSpec
    table: str
    columns: list[Column]
    entry: Entry | None
    rows: int = 0
    sums: dict[str, Decimal] = field(default_factory=dict)
    rejected_sums: dict[str, Decimal] = field(default_factory=dict)
    # Numbers in a spelling that is rejected (2.0E+03, +5): whoever made the manifest may have counted them.
    odd_sums: dict[str, Decimal] = field(default_factory=dict)
    rejected_lines: int = 0
    # Those of them that stand in the staging table with nothing but their key.
    rejected_named: int = 0
    rejected_loans: list[tuple[str, str, str, str]] = field(default_factory=list)
    unknown_codes: Counter[tuple[str, str]] = field(default_factory=Counter)
    held_rows: int = 0

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def is_full(self) -> bool:
        return self.entry is not None and self.entry.is_full

    @property
    def delivered(self) -> frozenset[str]:
        return frozenset(column.name for column in self.columns)

    @property
    def staging_columns(self) -> list[tuple[str, str]]:
        return staging_columns(self.spec, self.columns)


def table_name(extract_id: int, name: str) -> str:
    return f"{PREFIX}{extract_id}_{name}"


def drop_all(extract_id: int | None = None) -> int:
    """Drops the staging tables of an extract, or of all extracts; returns how many there were."""
    prefix = PREFIX if extract_id is None else f"{PREFIX}{extract_id}_"
    names = [name for name in connection.introspection.table_names() if name.startswith(prefix)]
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(f"DROP TABLE IF EXISTS {connection.ops.quote_name(name)}")
    return len(names)


def encrypted_parts(spec: FileSpec, column: Column) -> list[str]:
    """The index columns the model keeps beside an encrypted one."""
    names = {found.name for found in spec.model_class._meta.concrete_fields}
    return [f"{column.target}{part}" for part in ("_index", "_tail") if f"{column.target}{part}" in names]


def staging_columns(spec: FileSpec, columns: list[Column]) -> list[tuple[str, str]]:
    """Name and type of the columns of a staging table, in the order in which they are filled."""
    made = [("line_no", "bigint")]
    made += [(column.name, spec.db_type(column)) for column in columns]
    for column in columns:
        if column.kind is Kind.ENCRYPTED:
            made += [(part, "text") for part in encrypted_parts(spec, column)]
    made += [(flag, "text") for flag in FLAGS.get(spec.name, {})]
    return [*made, ("verdict", "smallint")]


def create_rejects(extract_id: int) -> None:
    texts = ("column_name", "token", "plain", "reason", "arguments")
    columns = [
        ("file", "text"),
        ("line_no", "bigint"),
        *((name, "text") for name in texts),
        ("quarantined", "smallint"),
    ]
    _create(table_name(extract_id, "rejects"), columns)


def create(extract_id: int, spec: FileSpec, columns: list[Column], entry: Entry | None, suffix: str = "") -> Staged:
    """An empty staging table for a file."""
    staged = Staged(spec, table_name(extract_id, spec.name + suffix), columns, entry)
    _create(staged.table, staged.staging_columns)
    return staged


def _create(table: str, columns: list[tuple[str, str]]) -> None:
    kind = "UNLOGGED TABLE" if sql.is_postgres() else "TABLE"
    body = ", ".join(f"{connection.ops.quote_name(name)} {of_type}" for name, of_type in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE {kind} {connection.ops.quote_name(table)} ({body})")


def finish(staged: Staged) -> None:
    """Indexes the key and tells the planner what the table holds."""
    keys = ", ".join(connection.ops.quote_name(column.name) for column in staged.spec.key)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE INDEX {staged.table}_key ON {staged.table} ({keys})")
        parents = {parent.column for parent in staged.spec.parents} - {staged.spec.key[0].name}
        for column in sorted(parents & staged.delivered):
            cursor.execute(f"CREATE INDEX {staged.table}_{column} ON {staged.table} ({column})")
    sql.analyze(staged.table)


class Filler:
    """Reads one data file into its staging table. `fill` raises ExtractRefused where the file is not as announced."""

    def __init__(self, extract_id: int, staged: Staged, *, business_date: date) -> None:
        self.extract_id = extract_id
        self.staged = staged
        self.day = business_date
        self.checks: list[Check] = checks_of(staged.spec, staged.columns, is_exact=sql.is_postgres())
        self.names = [column.name for column in staged.columns]
        self.encrypted = [
            (place, encrypted_parts(staged.spec, column))
            for place, column in enumerate(staged.columns)
            if column.kind is Kind.ENCRYPTED
        ]
        self.coded = [
            (place, column)
            for place, column in enumerate(staged.columns)
            if column.codes and column.kind in (Kind.CODE, Kind.CODES)
        ]
        self.flags = list(FLAGS.get(staged.spec.name, {}).values())
        totals = staged.entry.totals if staged.entry else {}
        self.summed = [(place, name) for place, name in enumerate(self.names) if name in totals]
        self.rejects: list[tuple[Any, ...]] = []
        self.is_done = False

    def fill(self, file: DataFile, progress: Callable[[int], None]) -> None:
        staged = self.staged
        staged.sums = {name: Decimal(0) for _, name in self.summed}
        staged.rejected_sums = dict(staged.sums)
        staged.odd_sums = dict(staged.sums)
        rows = self._rows(file.records())
        size = CHUNK_ROWS if sql.is_postgres() else SQLITE_CHUNK_ROWS
        while not self.is_done:
            with transaction.atomic():
                wanted = takewhile(lambda row: row is not None, islice(rows, size))
                write_rows(staged.table, staged.staging_columns, cast("Iterator[list[Any]]", wanted))
                self._flush_rejects()
            progress(staged.rows)

    def _rows(self, records: Iterator[Record]) -> Iterator[list[Any] | None]:
        """The rows to stage. None ends a chunk early when many rejects wait, so that they never pile up."""
        for record in records:
            self.staged.rows += 1
            if len(self.rejects) >= SQLITE_CHUNK_ROWS:
                yield None
            if record.reason:
                self._reject(record, [("", "", record.reason, {})])
                continue
            try:
                values: list[Any] = [check(value) for check, value in zip(self.checks, record.fields, strict=True)]
            except Fault:
                self._reject(record, self._faults(record))
                if (named := self._only_key(record)) is not None:
                    self.staged.rejected_named += 1
                    yield named
                continue
            if self.summed:
                self._sum_checked(values)
            if self.coded:
                self._note_codes(values)
            yield self._complete(record.line, values)
        self.is_done = True

    def _only_key(self, record: Record) -> list[Any] | None:
        """A rejected row still names its key: what it names is not missing. None where the key is at fault."""
        values: list[Any] = [None] * len(self.names)
        try:
            for place, column in enumerate(self.staged.columns):
                if column.key:
                    values[place] = self.checks[place](record.fields[place])
        except Fault:
            return None
        filling = [None] * (len(self.staged.staging_columns) - len(values) - 2)
        return [record.line, *values, *filling, REJECTED]

    def _complete(self, line: int, values: list[Any]) -> list[Any]:
        if not self.encrypted and not self.flags:
            return [line, *values, ACCEPTED]
        more: list[Any] = []
        flags = [flag(dict(zip(self.names, values, strict=True)), self.day) for flag in self.flags]
        for place, parts in self.encrypted:
            plain = values[place] or ""
            more += [tail_index(plain) if part.endswith("_tail") else blind_index(plain) for part in parts]
            values[place] = encrypt(plain)
        return [line, *values, *more, *flags, ACCEPTED]

    def _note_codes(self, values: list[Any]) -> None:
        for place, column in self.coded:
            value = values[place]
            if not value or value in column.codes:
                continue
            given = value.split(";") if column.kind is Kind.CODES else [value]
            for code in given:
                if code not in column.codes and len(self.staged.unknown_codes) < MOST_UNKNOWN_CODES:
                    self.staged.unknown_codes[column.name, code] += 1

    def _faults(self, record: Record) -> list[tuple[str, str, str, dict]]:
        """Every fault of a row, in the order of its columns."""
        found = []
        for name, check, value in zip(self.names, self.checks, record.fields, strict=True):
            try:
                check(value)
            except Fault as fault:
                found.append((name, value.strip(), fault.reason, fault.arguments))
        return found

    def _reject(self, record: Record, faults: list[tuple[str, str, str, dict]]) -> None:
        staged = self.staged
        staged.rejected_lines += 1
        if self.summed and len(record.fields) == len(self.names):
            self._sum(record, staged.sums)
            self._sum(record, staged.rejected_sums)
            self._sum_odd(record)
        if staged.name == "loans" and len(record.fields) == len(self.names):
            self._note_loan(record)
        for column, value, reason, arguments in faults:
            shown = value[:400].replace("\x00", "␀").replace(MARK, "�")
            self.rejects.append((staged.name, record.line, column, encrypt(shown), reason, json.dumps(arguments), 0))

    def _sum_checked(self, values: list[Any]) -> None:
        sums = self.staged.sums
        for place, name in self.summed:
            if values[place]:
                sums[name] += Decimal(values[place])

    def _sum(self, record: Record, sums: dict[str, Decimal]) -> None:
        """Adds what is a decimal, whatever else is wrong with its row: totals speak of the file, not of our checks."""
        for place, name in self.summed:
            value = record.fields[place].strip()
            if DECIMAL.fullmatch(value):
                sums[name] += Decimal(value)

    def _sum_odd(self, record: Record) -> None:
        for place, name in self.summed:
            value = record.fields[place].strip()
            if ODD_DECIMAL.fullmatch(value) and not DECIMAL.fullmatch(value):
                self.staged.odd_sums[name] += Decimal(value)

    def _note_loan(self, record: Record) -> None:
        """A rejected loan whose number and balance can be read stays in the control copy."""
        row = dict(zip(self.names, record.fields, strict=True))
        try:
            balance = Decimal(row["principal_balance"].strip())
        except InvalidOperation:
            return
        number = row["loan_no"].strip()
        if number and len(number) <= 60 and 0 <= balance < 10**16 and balance == round(balance, 2):
            place, currency = row["branch_code"].strip()[:40], row.get("currency", "").strip()
            self.staged.rejected_loans.append((number, str(balance), place, currency))

    def _flush_rejects(self) -> None:
        if self.rejects:
            write_rejects(table_name(self.extract_id, "rejects"), self.rejects)
            self.rejects = []


def check_announced(staged: Staged, file: DataFile) -> None:
    """Rows, totals and checksum are those of the manifest. Raises ExtractRefused.

    A total counts plain decimals; where a rejected row holds a number in another spelling, with it or without it.
    """
    entry = staged.entry
    assert entry is not None
    name = entry.file_name
    if file.sha256 != entry.sha256:
        raise ExtractRefused("file_changed", file=name)
    if staged.rows != entry.rows:
        raise ExtractRefused("wrong_row_count", file=name, actual=staged.rows, expected=entry.rows)
    for column, expected in entry.totals.items():
        if column not in staged.delivered:
            raise ExtractRefused("total_of_unknown_column", column=column, file=name)
        actual, odd = staged.sums[column], staged.odd_sums[column]
        if odd and actual + odd == expected:
            staged.sums[column] += odd
            staged.rejected_sums[column] += odd
        elif actual != expected:
            raise ExtractRefused("wrong_total", column=column, file=name, actual=actual, expected=expected)


def stage_file(
    extract_id: int,
    folder: Path,
    entry: Entry,
    spec: FileSpec,
    *,
    codec: str,
    business_date: date,
    progress: Callable[[int], None],
) -> Staged:
    """Reads one file into its staging table and compares it with the manifest."""
    with DataFile(folder, spec, codec) as file:
        staged = create(extract_id, spec, file.columns, entry)
        Filler(extract_id, staged, business_date=business_date).fill(file, progress)
        check_announced(staged, file)
    return staged
