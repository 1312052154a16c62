"""What a row hangs on: keys that come twice, parents nobody knows, and everything under them.

Files are taken in the order of `format.SPECS`, so a parent's verdict stands before its children are looked at.
A parent is known when it is in the database or was accepted in this extract.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db import connection

from postloan.core import parameters, sql
from postloan.imports import reasons
from postloan.imports.format import SPECS
from postloan.imports.format.columns import FileSpec, Parent, Unknown
from postloan.imports.manifest import Manifest
from postloan.imports.refusals import ExtractRefused
from postloan.imports.staging import ACCEPTED, QUARANTINED, REJECTED, Staged, table_name

HELD = "_held"


@dataclass
class Batch:
    """Everything staged of one extract: a file's own rows, and rows held in quarantine from before."""

    extract_id: int
    manifest: Manifest
    delivered: dict[str, Staged] = field(default_factory=dict)
    held: dict[str, Staged] = field(default_factory=dict)

    @property
    def day(self) -> date:
        return self.manifest.business_date

    @property
    def is_correction(self) -> bool:
        return self.manifest.is_correction

    @property
    def rejects(self) -> str:
        return table_name(self.extract_id, "rejects")

    def of(self, name: str) -> list[Staged]:
        """The staging tables of a file: delivered rows first."""
        return [staged[name] for staged in (self.delivered, self.held) if name in staged]

    def in_order(self) -> list[Staged]:
        return [staged for name in SPECS for staged in self.of(name)]


def quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def resolve(batch: Batch) -> None:
    """Gives every staged row its verdict."""
    for staged in batch.in_order():
        _duplicates(batch, staged)
        for parent in staged.spec.parents:
            if parent.unknown is Unknown.REJECT and SPECS[parent.file].name == "loans":
                _under_quarantine(batch, staged, parent)
            _unknown_parent(batch, staged, parent)


def _label(batch: Batch, staged: Staged) -> str:
    return staged.name + (HELD if staged is batch.held.get(staged.name) else "")


def _judge(batch: Batch, staged: Staged, verdict: int, reason: str) -> None:
    """Gives the verdict to the rows that were just written down with a reason."""
    sql.execute(
        f"UPDATE {staged.table} SET verdict = %(verdict)s WHERE verdict = 0 AND line_no IN"
        f" (SELECT line_no FROM {batch.rejects} WHERE file = %(file)s AND reason = %(reason)s)",
        {"verdict": verdict, "file": _label(batch, staged), "reason": reason},
    )


def _duplicates(batch: Batch, staged: Staged) -> None:
    keys = [column.name for column in staged.spec.key]
    names = ", ".join(map(quoted, keys))
    same = " AND ".join(f"s.{quoted(key)} = d.{quoted(key)}" for key in keys)
    value = " || ';' || ".join(f"CAST(s.{quoted(key)} AS text)" for key in keys)
    found = sql.execute(
        f"INSERT INTO {batch.rejects} (file, line_no, column_name, plain, reason, arguments, quarantined)"
        f" SELECT %(file)s, s.line_no, %(column)s, {value}, %(reason)s,"
        f" '{{\"first\": ' || CAST(d.first_line AS text) || '}}', 0"
        f" FROM {staged.table} s JOIN (SELECT {names}, MIN(line_no) AS first_line FROM {staged.table}"
        f" WHERE verdict = 0 GROUP BY {names} HAVING COUNT(*) > 1) d ON {same}"
        f" WHERE s.verdict = 0 AND s.line_no <> d.first_line",
        {"file": _label(batch, staged), "column": ";".join(keys), "reason": reasons.DUPLICATE},
    )
    if found:
        _judge(batch, staged, REJECTED, reasons.DUPLICATE)


def known_condition(batch: Batch, spec: FileSpec, value: str) -> str:
    """SQL that holds where nobody knows `value` as a key of the file `spec`."""
    key = spec.key[0]
    alive = ""
    if not spec.is_seeded:
        alive = " AND p.superseded_on IS NULL"
        if batch.is_correction:
            # What the replaced revision brought for the first time is withdrawn unless the correction names it.
            alive += " AND p.first_delivered_on < %(day)s"
    parts = [f"NOT EXISTS (SELECT 1 FROM {spec.table} p WHERE p.{quoted(key.target)} = {value}{alive})"]
    parts += [
        f"NOT EXISTS (SELECT 1 FROM {parent.table} x WHERE x.{quoted(key.name)} = {value} AND x.verdict = {ACCEPTED})"
        for parent in batch.of(spec.name)
    ]
    return " AND ".join(parts)


def _unknown_parent(batch: Batch, staged: Staged, parent: Parent) -> None:
    column = quoted(parent.column)
    is_held = parent.unknown is Unknown.QUARANTINE
    found = sql.execute(
        f"INSERT INTO {batch.rejects} (file, line_no, column_name, plain, reason, arguments, quarantined)"
        f" SELECT %(file)s, s.line_no, %(column)s, s.{column}, %(reason)s, %(arguments)s, %(quarantined)s"
        f" FROM {staged.table} s WHERE s.verdict = 0 AND {known_condition(batch, SPECS[parent.file], f's.{column}')}",
        {
            "file": _label(batch, staged),
            "column": parent.column,
            "reason": reasons.UNKNOWN_PARENT,
            "arguments": f'{{"parent": "{parent.file}.csv"}}',
            "quarantined": int(is_held),
            "day": batch.day,
        },
    )
    if found:
        _judge(batch, staged, QUARANTINED if is_held else REJECTED, reasons.UNKNOWN_PARENT)


def _under_quarantine(batch: Batch, staged: Staged, parent: Parent) -> None:
    """Rows of a loan that is held are held with it."""
    column = quoted(parent.column)
    loans = batch.of(parent.file)
    if not loans:
        return
    held = " OR ".join(
        f"EXISTS (SELECT 1 FROM {loan.table} x WHERE x.loan_no = s.{column} AND x.verdict = {QUARANTINED})"
        for loan in loans
    )
    found = sql.execute(
        f"INSERT INTO {batch.rejects} (file, line_no, column_name, plain, reason, arguments, quarantined)"
        f" SELECT %(file)s, s.line_no, %(column)s, s.{column}, %(reason)s, '{{}}', 1 FROM {staged.table} s"
        f" WHERE s.verdict = 0 AND ({held})"
        f" AND {known_condition(batch, SPECS[parent.file], f's.{column}')}",
        {
            "file": _label(batch, staged),
            "column": parent.column,
            "reason": reasons.PARENT_IN_QUARANTINE,
            "day": batch.day,
        },
    )
    if found:
        _judge(batch, staged, QUARANTINED, reasons.PARENT_IN_QUARANTINE)


CENTS = "CAST(ROUND(COALESCE({0}, 0) * 100) AS bigint)"


def check_quarantine_share(batch: Batch) -> None:
    """Raises ExtractRefused where more of the loans' balance would be held than `imports.quarantine_pct` allows."""
    loans = batch.of("loans")
    if not loans:
        return
    limit = Decimal(parameters.value(parameters.QUARANTINE_PCT, on=batch.day))
    for currency, (held, total) in sorted(_balances(batch, loans).items()):
        if held and held * 100 > total * limit:
            raise ExtractRefused(
                "quarantine_too_large",
                share=f"{held * 100 / total:.2f}",
                quarantined=held,
                total=total,
                currency=currency,
                limit=limit.normalize(),
            )


def _balances(batch: Batch, loans: list[Staged]) -> dict[str, tuple[Decimal, Decimal]]:
    """Per currency what is held and the whole balance, in currency units."""
    found: dict[str, tuple[Decimal, Decimal]] = {}
    parts = [
        f"SELECT {_currency(staged)} AS currency, verdict, {CENTS.format('principal_balance')} AS cents"
        f" FROM {staged.table} WHERE verdict IN ({ACCEPTED}, {QUARANTINED})"
        for staged in loans
    ]
    if "loans" not in batch.delivered or not batch.delivered["loans"].is_full:
        named = "".join(
            f" AND NOT EXISTS (SELECT 1 FROM {staged.table} x WHERE x.loan_no = l.loan_no)" for staged in loans
        )
        parts.append(
            f"SELECT COALESCE(NULLIF(l.currency, ''), %(currency)s), 0, {CENTS.format('l.principal_balance')}"
            f" FROM loans_loan l WHERE l.superseded_on IS NULL{named}"
        )
    statement = f"SELECT currency, verdict, SUM(cents) AS cents FROM ({' UNION ALL '.join(parts)}) b GROUP BY 1, 2"
    for row in sql.rows(statement, {"currency": batch.manifest.currency}):
        held, total = found.get(row["currency"], (Decimal(0), Decimal(0)))
        amount = Decimal(int(row["cents"])) / 100
        found[row["currency"]] = (held + (amount if row["verdict"] == QUARANTINED else 0), total + amount)
    return found


def _currency(staged: Staged, alias: str = "") -> str:
    """SQL of a loan's currency: where the file does not say it, the bank's."""
    if "currency" not in staged.delivered:
        return "%(currency)s"
    return f"COALESCE(NULLIF({alias}currency, ''), %(currency)s)"
