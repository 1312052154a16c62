"""Comparisons of what must be there with what is: manifest totals, movements of the loans, general ledger.

A difference is shown with the loans that make it. It is a finding beyond a tolerance, not a refusal: real banks'
extracts differ by cents (see docs/decisions).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from postloan.core import sql
from postloan.imports.format.columns import Kind
from postloan.imports.models import Extract, Reconciliation
from postloan.imports.resolving import CENTS, Batch, _currency, quoted
from postloan.imports.staging import ACCEPTED, QUARANTINED, Staged, table_name

LOANS_SHOWN = 50
PARTS = ("opening", "taken_over", "paid_out", "repaid", "written_off")


def manifest_lines(batch: Batch, extract: Extract) -> Iterator[Reconciliation]:
    """The manifest's totals against accepted, rejected and quarantined rows as staged."""
    for staged in batch.delivered.values():
        if staged.entry is None:
            continue
        for column, expected in staged.entry.totals.items():
            parts = _parts(staged, column)
            actual = sum(parts.values(), Decimal(0))
            yield Reconciliation(
                extract=extract,
                kind="manifest",
                dimension=staged.name,
                key=column,
                currency=batch.manifest.currency if _is_amount(staged, column) else "",
                expected=expected,
                actual=actual,
                difference=actual - expected,
                parts={name: str(value) for name, value in parts.items()},
            )


def _is_amount(staged: Staged, column: str) -> bool:
    return staged.spec.by_name[column].kind in (Kind.AMOUNT, Kind.SIGNED_AMOUNT)


def _parts(staged: Staged, column: str) -> dict[str, Decimal]:
    """A total by what became of the rows. Only amounts and whole numbers are summed exactly by both engines."""
    scale = 1_000_000 if staged.spec.by_name[column].kind is Kind.RATE else 100
    total = f"SUM(CAST(ROUND(COALESCE({quoted(column)}, 0) * {scale}) AS bigint))"
    found = {
        row["verdict"]: Decimal(int(row["total"])) / scale
        for row in sql.rows(f"SELECT verdict, {total} AS total FROM {staged.table} GROUP BY verdict")
    }
    rejected = staged.rejected_sums.get(column, Decimal(0)) + found.get(1, Decimal(0))
    return {
        "accepted": found.get(ACCEPTED, Decimal(0)),
        "rejected": rejected,
        "quarantined": found.get(QUARANTINED, Decimal(0)),
    }


def previous_date(batch: Batch) -> date | None:
    from postloan.core.models import BusinessDate

    return BusinessDate.objects.filter(date__lt=batch.day).order_by("-date").values_list("date", flat=True).first()


def stage_movements(batch: Batch) -> str | None:
    """A staging table of each delivered loan's movement in cents; None where it cannot be known.

    opening + taken over + paid out - repaid - written off = closing, per loan. A loan first delivered here but
    paid out before the previous extract is taken over; so is everything in the first extract.
    """
    loans = batch.delivered.get("loans")
    if loans is None or "repayments" not in batch.delivered or batch.is_correction:
        return None
    table = table_name(batch.extract_id, "movements")
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE {'UNLOGGED ' if sql.is_postgres() else ''}TABLE {table} AS {_movements(batch, loans)}",
            {"currency": batch.manifest.currency, "since": previous_date(batch) or batch.day},
        )
    return table


def _movements(batch: Batch, loans: Staged) -> str:
    is_first = previous_date(batch) is None
    paid = _amounts(batch, "payments_out", "payment_no", "amount")
    reversed_sign = "CASE WHEN s.reverses_receipt_no <> '' THEN -1 ELSE 1 END"
    repayments = batch.delivered["repayments"]
    sign = reversed_sign if "reverses_receipt_no" in repayments.delivered else "1"
    back = _amounts(batch, "repayments", "receipt_no", "principal", sign)
    taken = "TRUE" if is_first else "s.disbursed_on <= %(since)s"
    closing = CENTS.format("s.principal_balance")
    return f"""
    WITH paid AS ({paid}), back AS ({back}), sides AS (
        SELECT s.loan_no, s.branch_code, {_currency(loans, "s.")} AS currency, l.id AS loan_id,
               {CENTS.format("l.principal_balance")} AS opening, {closing} AS closing,
               COALESCE(back.cents, 0) AS repaid,
               CASE WHEN l.id IS NULL AND {taken} THEN {closing} + COALESCE(back.cents, 0) - COALESCE(paid.cents, 0)
                    ELSE 0 END AS taken_over,
               CASE WHEN paid.cents IS NOT NULL THEN paid.cents
                    WHEN l.id IS NULL AND NOT ({taken}) THEN {CENTS.format("s.amount")} ELSE 0 END AS paid_out,
               CASE WHEN s.status IN ('written_off', 'transferred')
                     AND COALESCE(l.status, '') NOT IN ('written_off', 'transferred') THEN 1 ELSE 0 END AS is_gone
        FROM {loans.table} s
        LEFT JOIN loans_loan l ON l.loan_no = s.loan_no AND l.superseded_on IS NULL
        LEFT JOIN paid ON paid.loan_no = s.loan_no
        LEFT JOIN back ON back.loan_no = s.loan_no
        WHERE s.verdict = 0)
    SELECT loan_no, loan_id, branch_code, currency, opening, taken_over, paid_out, repaid, closing,
           CASE WHEN is_gone = 1 THEN opening + taken_over + paid_out - repaid - closing ELSE 0 END AS written_off
    FROM sides"""


def _amounts(batch: Batch, name: str, key: str, column: str, sign: str = "1") -> str:
    """Cents per loan of the staged rows that are new."""
    staged = batch.delivered.get(name)
    if staged is None:
        return "SELECT CAST('' AS text) AS loan_no, CAST(0 AS bigint) AS cents WHERE 1 = 0"
    table = staged.spec.table
    return (
        f"SELECT s.loan_no, CAST(SUM({sign} * {CENTS.format(f's.{column}')}) AS bigint) AS cents FROM {staged.table} s"
        f" WHERE s.verdict = 0 AND NOT EXISTS (SELECT 1 FROM {table} t WHERE t.{key} = s.{key})"
        " GROUP BY s.loan_no"
    )


EXPECTED = "opening + taken_over + paid_out - repaid - written_off"


def movement_lines(batch: Batch, extract: Extract, table: str | None) -> Iterator[Reconciliation]:
    """The movement per currency, per branch, and of the loans that do not agree."""
    if table is None:
        if "loans" in batch.delivered:
            yield Reconciliation(extract=extract, kind="movement", currency=batch.manifest.currency)
        return
    sums = ", ".join(f"SUM({part}) AS {part}" for part in (*PARTS, "closing"))
    for row in sql.rows(f"SELECT currency, {sums} FROM {table} GROUP BY currency ORDER BY currency"):
        yield _movement(extract, "", "", row)
    by_branch = f"SELECT branch_code, currency, {sums} FROM {table} GROUP BY 1, 2 ORDER BY 1, 2"
    for row in sql.rows(by_branch):
        yield _movement(extract, "branch", row["branch_code"], row)
    differing = (
        f"SELECT loan_no, currency, {', '.join((*PARTS, 'closing'))} FROM {table} WHERE closing <> {EXPECTED}"
        f" ORDER BY ABS(closing - ({EXPECTED})) DESC, loan_no LIMIT {LOANS_SHOWN}"
    )
    for row in sql.rows(differing):
        yield _movement(extract, "loan", row["loan_no"], row)


def _movement(extract: Extract, dimension: str, key: str, row: dict[str, Any]) -> Reconciliation:
    values = {name: Decimal(int(row[name] or 0)) / 100 for name in (*PARTS, "closing")}
    signs = {"repaid": -1, "written_off": -1}
    expected = sum((values[part] * signs.get(part, 1) for part in PARTS), Decimal(0))
    return Reconciliation(
        extract=extract,
        kind="movement",
        dimension=dimension,
        key=key,
        currency=row["currency"],
        expected=expected,
        actual=values["closing"],
        difference=values["closing"] - expected,
        parts={part: str(values[part]) for part in PARTS},
    )


def ledger_lines(batch: Batch, extract: Extract, subjects: list[str]) -> Iterator[Reconciliation]:
    """The general ledger's loan subjects per booking branch against the loans applied and held, after applying."""
    ledger = batch.delivered.get("gl_balances")
    if ledger is None or not subjects:
        return
    chosen, values = _subjects(subjects)
    values["currency"] = batch.manifest.currency
    held = "".join(
        f" UNION ALL SELECT s.branch_code, {_currency(staged, 's.')}, {CENTS.format('s.principal_balance')}, 0"
        f" FROM {staged.table} s WHERE s.verdict = {QUARANTINED}"
        for staged in batch.of("loans")
    )
    statement = f"""
    WITH sides AS (
        SELECT COALESCE(NULLIF(l.booking_branch_code, ''), b.branch_code) AS branch_code,
               COALESCE(NULLIF(l.currency, ''), %(currency)s) AS currency,
               {CENTS.format("l.principal_balance")} AS loans, 0 AS ledger
        FROM loans_loan l JOIN organization_branch b ON b.id = l.branch_id
        WHERE l.superseded_on IS NULL AND l.quarantined_since IS NULL
          AND l.status NOT IN ('settled', 'written_off', 'transferred')
        {held}
        UNION ALL
        SELECT g.branch_code, COALESCE(NULLIF(g.currency, ''), %(currency)s), 0, {CENTS.format("g.balance")}
        FROM loans_ledgerbalance g
        WHERE g.superseded_on IS NULL AND g.missing_since IS NULL AND {chosen})
    SELECT branch_code, currency, SUM(loans) AS loans, SUM(ledger) AS ledger FROM sides GROUP BY 1, 2 ORDER BY 1, 2"""
    for row in sql.rows(statement, values):
        ledger_side, loans_side = (Decimal(int(row[name])) / 100 for name in ("ledger", "loans"))
        yield Reconciliation(
            extract=extract,
            kind="ledger",
            dimension="branch",
            key=row["branch_code"],
            currency=row["currency"],
            expected=ledger_side,
            actual=loans_side,
            difference=loans_side - ledger_side,
        )


def _subjects(subjects: list[str]) -> tuple[str, dict[str, Any]]:
    """SQL that chooses ledger rows by the beginning of their subject; a beginning after a minus is left out."""
    values: dict[str, Any] = {}
    wanted: list[str] = []
    unwanted: list[str] = []
    for place, subject in enumerate(subjects):
        values[f"subject{place}"] = f"{subject.removeprefix('-')}%"
        (unwanted if subject.startswith("-") else wanted).append(f"g.subject_code LIKE %(subject{place})s")
    chosen = f"({' OR '.join(wanted) or '1 = 0'})"
    return f"{chosen} AND NOT ({' OR '.join(unwanted)})" if unwanted else chosen, values
