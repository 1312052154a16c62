"""Set-based application of one staged file, the same statements on both engines.

Rules
1. Only rows whose verdict is 0 are applied; a row is new, changed or unchanged by its natural key.
2. Only rows that differ in a delivered column are written; a column not delivered keeps what it had.
3. Facts that can be restated leave their former value in `core_factrevision`.
4. A row named in no full file is flagged missing; an instalment gone from its loan's schedule is superseded.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import models

from postloan.core import sql
from postloan.imports.format import SPECS
from postloan.imports.format.columns import FileSpec, Kind, Parent
from postloan.imports.resolving import quoted
from postloan.imports.staging import Staged, encrypted_parts

MAIN_LINES = {
    "corporate": "corporate",
    "public_institution": "corporate",
    "platform": "corporate",
    "guarantee_company": "corporate",
    "small_business": "inclusive",
    "self_employed": "inclusive",
    "individual": "personal",
    "farmer": "rural",
    "cooperative": "rural",
}
# Columns of ours that follow from delivered ones: model column → (delivered column it needs, SQL over `s`).
DERIVED = {
    "customers": {
        "main_line": (
            "kind",
            "CASE s.kind "
            + " ".join(f"WHEN '{kind}' THEN '{line}'" for kind, line in MAIN_LINES.items())
            + " ELSE '' END",
        )
    },
    "loans": {"quarantined_since": ("loan_no", "CAST(NULL AS date)")},
}


@dataclass(frozen=True)
class Mapping:
    """Where each model column comes from: `compared` ones make a row changed, `carried` ones follow along."""

    compared: dict[str, str]
    carried: dict[str, str]
    joins: str
    # The joins of the key alone: a rejected row has nothing else, and what it names is not missing.
    key_joins: str
    match: str

    @property
    def written(self) -> dict[str, str]:
        return {**self.compared, **self.carried}


def mapping_of(staged: Staged) -> Mapping:
    spec = staged.spec
    compared: dict[str, str] = {}
    carried: dict[str, str] = {}
    joins, fk_by_column = _joins(staged, compared)
    for column in staged.columns:
        if spec.model_field(column) is None:
            continue
        if column.kind is Kind.ENCRYPTED:
            carried[column.target] = f"s.{quoted(column.name)}"
            index, *others = encrypted_parts(spec, column)
            compared[index] = f"s.{quoted(index)}"
            carried.update({part: f"s.{quoted(part)}" for part in others})
        else:
            compared[column.target] = f"s.{quoted(column.name)}"
    for target, (needs, expression) in DERIVED.get(spec.name, {}).items():
        if needs in staged.delivered:
            compared[target] = expression
    match = " AND ".join(
        f"t.{fk_by_column[column.name]} = {compared[fk_by_column[column.name]]}"
        if column.name in fk_by_column and spec.model_field(column) is None
        else f"t.{quoted(column.target)} = s.{quoted(column.name)}"
        for column in spec.key
    )
    key_joins = "".join(
        _parent_join(place, parent)
        for place, parent in enumerate(spec.parents)
        if spec.by_name[parent.column].key and spec.model_field(spec.by_name[parent.column]) is None
    )
    return Mapping(compared, carried, joins, key_joins, match)


def _joins(staged: Staged, compared: dict[str, str]) -> tuple[str, dict[str, str]]:
    """The joins that find parents and references, and which foreign key stands for which column."""
    spec, parts, fk_by_column = staged.spec, [], {}
    for place, parent in enumerate(spec.parents):
        parts.append(_parent_join(place, parent))
        compared[f"{parent.fk}_id"] = f"p{place}.id"
        fk_by_column[parent.column] = f"{parent.fk}_id"
    for place, reference in enumerate(spec.references):
        other = SPECS[reference.file]
        if not reference.fk or other is spec or reference.column not in staged.delivered:
            continue
        key = quoted(other.key[0].target)
        parts.append(f" LEFT JOIN {other.table} r{place} ON r{place}.{key} = s.{quoted(reference.column)}")
        compared[f"{reference.fk}_id"] = f"r{place}.id"
    return "".join(parts), fk_by_column


def _parent_join(place: int, parent: Parent) -> str:
    other = SPECS[parent.file]
    key = quoted(other.key[0].target)
    return f" JOIN {other.table} p{place} ON p{place}.{key} = s.{quoted(parent.column)}"


def restate(staged: Staged, mapping: Mapping, *, day: date, revision: int) -> int:
    """Keeps what restated facts said before; returns how many values."""
    table, kept = staged.spec.table, 0
    for column in staged.columns:
        if not column.restated:
            continue
        target = quoted(column.target)
        shape = "{0}"
        if not sql.is_postgres() and column.kind in (Kind.AMOUNT, Kind.SIGNED_AMOUNT):
            shape = "PRINTF('%%.2f', {0})"
        old, new = (shape.format(value) for value in (f"t.{target}", f"s.{quoted(column.name)}"))
        kept += sql.execute(
            'INSERT INTO core_factrevision (subject_table, subject_id, "column", old_value, new_value,'
            " known_until, revision)"
            f" SELECT %(table)s, t.id, %(column)s, CAST({old} AS text), CAST({new} AS text), %(day)s, %(revision)s"
            f" FROM {staged.table} s{mapping.joins} JOIN {table} t ON {mapping.match}"
            f" WHERE s.verdict = 0 AND t.{target} IS DISTINCT FROM s.{quoted(column.name)}",
            {"table": table, "column": column.target, "day": day, "revision": revision},
        )
    return kept


def change(staged: Staged, mapping: Mapping, *, day: date) -> int:
    """Writes the rows that differ; returns how many. One that was withdrawn and comes back begins anew."""
    written = ", ".join(f"{quoted(column)} = {value}" for column, value in mapping.written.items())
    differs = [f"t.{quoted(column)} IS DISTINCT FROM {value}" for column, value in mapping.compared.items()]
    differs += ["t.missing_since IS NOT NULL", "t.superseded_on IS NOT NULL"]
    return sql.execute(
        f"UPDATE {staged.spec.table} AS t SET {written}, changed_on = %(day)s, missing_since = NULL,"
        " first_delivered_on = CASE WHEN t.superseded_on IS NULL THEN t.first_delivered_on ELSE %(day)s END,"
        f" superseded_on = NULL FROM {staged.table} s{mapping.joins}"
        f" WHERE s.verdict = 0 AND {mapping.match} AND ({' OR '.join(differs)})",
        {"day": day},
    )


def insert(staged: Staged, mapping: Mapping, *, day: date) -> int:
    """Writes the rows whose key nobody knows yet; returns how many."""
    values = {**_blanks(staged.spec, mapping), **mapping.written}
    values |= {"first_delivered_on": "%(day)s", "changed_on": "%(day)s"}
    columns = ", ".join(map(quoted, values))
    return sql.execute(
        f"INSERT INTO {staged.spec.table} ({columns}) SELECT {', '.join(values.values())}"
        f" FROM {staged.table} s{mapping.joins} WHERE s.verdict = 0"
        f" AND NOT EXISTS (SELECT 1 FROM {staged.spec.table} t WHERE {mapping.match}) ORDER BY s.line_no",
        {"day": day},
    )


def _blanks(spec: FileSpec, mapping: Mapping) -> dict[str, str]:
    """Text columns that were not delivered: not known is the empty text."""
    return {
        found.column: "''"
        for found in spec.model_class._meta.concrete_fields
        if isinstance(found, models.CharField | models.TextField) and not found.null
        if found.column not in mapping.written
    }


def named(staged: Staged, mapping: Mapping) -> str:
    """SQL that holds where the model's row `t` is named in the staged file, whatever became of that line."""
    return f"EXISTS (SELECT 1 FROM {staged.table} s{mapping.key_joins} WHERE {mapping.match})"


def flag_missing(staged: Staged, mapping: Mapping, *, day: date) -> int:
    """Flags what a full file no longer names; what has ended need not be named."""
    spec = staged.spec
    column, states = spec.ended
    ended = ""
    if column:
        ended = f" AND t.{quoted(column)} NOT IN ({', '.join(repr(state) for state in states)})"
    if spec.replaces_under:
        ended = (
            " AND NOT EXISTS (SELECT 1 FROM loans_loan l WHERE l.id = t.loan_id"
            " AND (l.status IN ('settled', 'transferred') OR l.missing_since IS NOT NULL))"
        )
    return sql.execute(
        f"UPDATE {spec.table} AS t SET missing_since = %(day)s"
        f" WHERE t.missing_since IS NULL AND t.superseded_on IS NULL{ended} AND NOT {named(staged, mapping)}",
        {"day": day},
    )


def supersede_gone(staged: Staged, mapping: Mapping, *, day: date) -> int:
    """A loan's schedule in a full file replaces the former one: rows gone are kept, not counted."""
    spec = staged.spec
    if not spec.replaces_under:
        return 0
    parent = spec.parent_of(spec.replaces_under)
    assert parent is not None
    table = SPECS[parent.file].table
    key = quoted(SPECS[parent.file].key[0].target)
    return sql.execute(
        f"UPDATE {spec.table} AS t SET superseded_on = %(day)s"
        f" WHERE t.superseded_on IS NULL AND t.{parent.fk}_id IN (SELECT l.id FROM {table} l"
        f" JOIN {staged.table} s ON s.{quoted(parent.column)} = l.{key} WHERE s.verdict = 0)"
        f" AND NOT {named(staged, mapping)}",
        {"day": day},
    )


def resolve_references(arrived: set[str]) -> int:
    """Fills references that were unknown when their row came and are known now; returns how many."""
    filled = 0
    for spec in SPECS.values():
        for reference in spec.references:
            other = SPECS[reference.file]
            if not reference.fk or (reference.file not in arrived and other is not spec):
                continue
            column, fk = quoted(spec.by_name[reference.column].target), quoted(f"{reference.fk}_id")
            stale = f"t.{fk} IS DISTINCT FROM r.id" if other is spec else f"t.{fk} IS NULL"
            filled += sql.execute(
                f"UPDATE {spec.table} AS t SET {fk} = r.id FROM {other.table} r"
                f" WHERE {stale} AND t.{column} <> '' AND r.{quoted(other.key[0].target)} = t.{column}"
            )
    return filled
