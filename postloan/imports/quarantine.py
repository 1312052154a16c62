"""Rows held because their customer or branch is not known yet, and staged again until it is."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.db import transaction

from postloan.core import sql
from postloan.imports import reasons
from postloan.imports.copying import write_rows
from postloan.imports.format import SPECS
from postloan.imports.format.columns import Kind
from postloan.imports.models import QuarantinedRow
from postloan.imports.resolving import HELD, Batch, quoted
from postloan.imports.staging import ACCEPTED, QUARANTINED, Staged, create, finish

FILES = ("loans", "instalments", "repayments", "payments_out")
APPLIED, REPLACED, WITHDRAWN = "applied", "replaced", "withdrawn"
BATCH_ROWS = 2000


def key_text(spec_name: str, row: dict[str, str]) -> str:
    return "|".join(row[column.name] for column in SPECS[spec_name].key)


def stage_held(batch: Batch) -> None:
    """Stages what is held of files that are not delivered whole this time; a row named anew takes its place."""
    for name in FILES:
        delivered = batch.delivered.get(name)
        held = QuarantinedRow.objects.filter(file=name, released_on=None)
        if batch.is_correction:
            held = held.filter(held_since__lt=batch.day)
        if (delivered is not None and delivered.is_full) or not held.exists():
            continue
        spec = SPECS[name]
        staged = create(batch.extract_id, spec, list(spec.columns), None, suffix=HELD)
        rows = (_staged_row(staged, found) for found in held.order_by("id").iterator(BATCH_ROWS))
        with transaction.atomic():
            staged.rows = write_rows(staged.table, staged.staging_columns, list(rows))
            if delivered is not None:
                same = " AND ".join(f"x.{quoted(column.name)} = s.{quoted(column.name)}" for column in spec.key)
                sql.execute(
                    f"DELETE FROM {staged.table} AS s WHERE EXISTS (SELECT 1 FROM {delivered.table} x WHERE {same})"
                )
        finish(staged)
        batch.held[name] = staged


def _staged_row(staged: Staged, held: QuarantinedRow) -> list[Any]:
    values = json.loads(held.row)
    row: list[Any] = [held.pk]
    for column in staged.columns:
        value = values.get(column.name, "")
        row.append(value if value or column.is_text else None)
    filling = [""] * (len(staged.staging_columns) - len(row) - 1)
    assert not any(column.kind is Kind.ENCRYPTED for column in staged.columns)
    return [*row, *filling, ACCEPTED]


def settle(batch: Batch, held_now: dict[str, list[tuple[dict[str, str], str, str]]]) -> None:
    """Inside the applying transaction: lets go of what was applied or replaced, and holds what is new.

    `held_now`: per file the rows now in quarantine as (row, column, reason).
    """
    for name in FILES:
        _release(batch, name)
        _hold(batch, name, held_now.get(name, []))
    tables = [staged.table for staged in batch.of("loans")]
    for table in tables:
        sql.execute(
            "UPDATE loans_loan AS t SET quarantined_since = %(day)s"
            f" FROM {table} s WHERE s.loan_no = t.loan_no AND s.verdict = {QUARANTINED}"
            " AND t.quarantined_since IS NULL",
            {"day": batch.day},
        )


def _release(batch: Batch, name: str) -> None:
    open_rows = QuarantinedRow.objects.filter(file=name, released_on=None)
    if batch.is_correction:
        open_rows.filter(held_since=batch.day).update(released_on=batch.day, outcome=WITHDRAWN)
    staged = batch.held.get(name)
    if staged is None:
        return
    sql.execute(
        "UPDATE imports_quarantinedrow AS q SET released_on = %(day)s, outcome = %(outcome)s"
        f" FROM {staged.table} s WHERE s.line_no = q.id AND s.verdict = {ACCEPTED}",
        {"day": batch.day, "outcome": APPLIED},
    )


def _hold(batch: Batch, name: str, rows: list[tuple[dict[str, str], str, str]]) -> None:
    delivered = batch.delivered.get(name)
    if delivered is None:
        return
    open_rows = {held.key: held for held in QuarantinedRow.objects.filter(file=name, released_on=None)}
    named: set[str] = set()
    new: list[QuarantinedRow] = []
    for row, column, reason in rows:
        key, text = key_text(name, row), json.dumps(row, ensure_ascii=False)
        named.add(key)
        if key not in open_rows:
            new.append(_made(name, key, row, text, column, reason, batch.day))
        elif open_rows[key].row != text or open_rows[key].reason != reason:
            held = open_rows[key]
            held.row, held.column, held.reason = text, column, reason
            held.save(update_fields=["row", "column", "reason"])
    QuarantinedRow.objects.bulk_create(new, BATCH_ROWS)
    gone = [held.pk for key, held in open_rows.items() if key not in named]
    if not delivered.is_full:
        # A row of a changes file that takes a held one's place has been staged instead of it.
        staged = batch.held.get(name)
        still = set()
        if staged is not None:
            still = {row["line_no"] for row in sql.rows(f"SELECT line_no FROM {staged.table}")}
        gone = [pk for pk in gone if pk not in still]
    for start in range(0, len(gone), BATCH_ROWS):
        QuarantinedRow.objects.filter(pk__in=gone[start : start + BATCH_ROWS]).update(
            released_on=batch.day, outcome=REPLACED
        )


def _made(name: str, key: str, row: dict[str, str], text: str, column: str, reason: str, day: date) -> QuarantinedRow:
    assert reason in (reasons.UNKNOWN_PARENT, reasons.PARENT_IN_QUARANTINE)
    return QuarantinedRow(
        file=name,
        key=key[:200],
        loan_no=row.get("loan_no", "")[:60],
        row=text,
        column=column,
        reason=reason,
        held_since=day,
    )
