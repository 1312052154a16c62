"""Findings that come in lists: codes outside the code lists, references nobody knows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from postloan.core import findings, sql
from postloan.core.models import SourceDate
from postloan.imports.format import SPECS
from postloan.imports.format.columns import Column, FileSpec, Kind, Reference
from postloan.imports.resolving import Batch, quoted

NONE_SEEN = "SELECT '', '', '', CAST(NULL AS bigint), CAST(NULL AS bigint), CAST(NULL AS bigint), '' WHERE 1 = 0"
Row = tuple[str, str, str, dict[str, Any]]


def listed(rows: Sequence[Row]) -> tuple[str, dict[str, Any]]:
    """A SELECT of rows known in Python, and its parameters: subject kind, key, aspect, facts."""
    parts: list[str] = []
    values: dict[str, Any] = {}
    for place, (kind, key, aspect, arguments) in enumerate(rows):
        parts.append(
            f"SELECT CAST(%(kind{place})s AS text), CAST(%(key{place})s AS text), CAST(%(aspect{place})s AS text),"
            f" CAST(NULL AS bigint), CAST(NULL AS bigint), CAST(NULL AS bigint), CAST(%(facts{place})s AS text)"
        )
        values |= {
            f"kind{place}": kind,
            f"key{place}": key[:120],
            f"aspect{place}": aspect[:60],
            f"facts{place}": json.dumps(arguments, ensure_ascii=False),
        }
    return " UNION ALL ".join(parts) or NONE_SEEN, values


def keep_codes(batch: Batch, kind: str) -> None:
    """Codes outside the lists, counted in the book. Only columns that showed one now or before are looked at."""
    known = set(findings.open_of(kind).values_list("subject_key", flat=True))
    rows: list[Row] = []
    looked_at: list[str] = []
    for name, staged in batch.delivered.items():
        spec = SPECS[name]
        seen = {column for column, _ in staged.unknown_codes}
        for column in staged.columns:
            key = f"{name}.{column.name}"
            if column.name not in seen and key not in known:
                continue
            looked_at.append(key)
            rows += _codes(spec, column, key)
            if spec.model_field(column) is None:
                rows += [
                    ("column", key, code, {"code": code, "column": key, "rows": count})
                    for (named, code), count in staged.unknown_codes.items()
                    if named == column.name
                ]
    if looked_at:
        seen_now, values = listed(rows)
        within = ", ".join(f"'{key}'" for key in looked_at)
        findings.keep(kind, seen_now, values, on=batch.day, within=f"f.subject_key IN ({within})")


def _codes(spec: FileSpec, column: Column, key: str) -> list[Row]:
    if spec.model_field(column) is None:
        return []
    target = quoted(column.target)
    counts: dict[str, int] = {}
    alive = "" if spec.is_seeded else " AND superseded_on IS NULL"
    statement = (
        f"SELECT {target} AS code, COUNT(*) AS n FROM {spec.table} WHERE {target} <> ''{alive} GROUP BY {target}"
    )
    for row in sql.rows(statement):
        given = row["code"].split(";") if column.kind is Kind.CODES else [row["code"]]
        for code in given:
            if code not in column.codes:
                counts[code] = counts.get(code, 0) + row["n"]
    return [("column", key, code, {"code": code, "column": key, "rows": n}) for code, n in sorted(counts.items())]


def keep_references(batch: Batch, unknown: str, not_delivered: str) -> None:
    """Numbers named but not known: one finding a number and column. Where the source never came, one a column."""
    ever = set(SourceDate.objects.values_list("file", flat=True))
    parts, looked_at, absent, absent_at = [], [], [], []
    for name, spec in SPECS.items():
        for reference in spec.references:
            if not reference.finding or (name not in batch.delivered and reference.file not in batch.delivered):
                continue
            aspect = f"{name}.{reference.column}"
            absent_at.append(aspect)
            looked_at.append(aspect)
            if reference.file in ever or _stands_on_loans(spec, reference):
                parts.append(_unknown(spec, reference, aspect, by_loans=reference.file not in ever))
            else:
                absent.append(_never(spec, reference, aspect))
    for kind, selects, aspects in ((unknown, parts, looked_at), (not_delivered, absent, absent_at)):
        within = ", ".join(f"'{aspect}'" for aspect in aspects)
        if aspects:
            seen = " UNION ALL ".join(selects) or NONE_SEEN
            findings.keep(kind, seen, on=batch.day, within=f"f.aspect IN ({within})")


def _stands_on_loans(spec: FileSpec, reference: Reference) -> bool:
    """Links and guarantees name contracts; where those are not delivered, the loans' contract numbers count."""
    return reference.file == "contracts" and spec.name in ("collateral_links", "guarantees")


def _unknown(spec: FileSpec, reference: Reference, aspect: str, *, by_loans: bool) -> str:
    other = SPECS[reference.file]
    column = quoted(spec.by_name[reference.column].target)
    if by_loans:
        missing = f"NOT EXISTS (SELECT 1 FROM loans_loan l WHERE l.contract_no = t.{column})"
    elif reference.fk:
        missing = f"t.{quoted(reference.fk + '_id')} IS NULL"
    else:
        key = quoted(other.key[0].target)
        missing = f"NOT EXISTS (SELECT 1 FROM {other.table} r WHERE r.{key} = t.{column})"
    customer, loan = _owner(spec)
    facts = f'\'{{"column": "{aspect}", "file": "{other.file_name}", "rows": \' || CAST(COUNT(*) AS text) || \'}}\''
    return (
        f"SELECT '{reference.file}', t.{column}, '{aspect}', CAST(NULL AS bigint), {customer}, {loan}, {facts}"
        f" FROM {spec.table} t WHERE t.{column} <> '' AND t.superseded_on IS NULL AND {missing} GROUP BY t.{column}"
    )


def _owner(spec: FileSpec) -> tuple[str, str]:
    """SQL for the customer and the loan a row belongs to, for the pages that list findings."""
    names = {found.column for found in spec.model_class._meta.concrete_fields}
    nobody = "CAST(NULL AS bigint)"
    if spec.name == "loans":
        return "MIN(t.customer_id)", "MIN(t.id)"
    if spec.name == "customers":
        return "MIN(t.id)", nobody
    return ("MIN(t.customer_id)" if "customer_id" in names else nobody), nobody


def _never(spec: FileSpec, reference: Reference, aspect: str) -> str:
    column = quoted(spec.by_name[reference.column].target)
    facts = "'{\"rows\": ' || CAST(COUNT(*) AS text) || '}'"
    return (
        f"SELECT 'file', '{reference.file}.csv', '{aspect}', CAST(NULL AS bigint), CAST(NULL AS bigint),"
        f" CAST(NULL AS bigint), {facts} FROM {spec.table} t WHERE t.{column} <> '' AND t.superseded_on IS NULL"
        " HAVING COUNT(*) > 0"
    )
