"""The totals of the book, reached two ways: from one pass over everything, or kept from the last night's.

Kept totals are the former ones less what the loans looked at had in them, plus what they have now. Both ways hold
the parts against sums over the whole book, which every night reads anew from three narrow passes: core banking's
word, the loans table, the open intervals.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db.models import Sum

from postloan.core import sql
from postloan.imports.models import DeliveredBalance, Extract, ExtractState, Mode, QuarantineState
from postloan.nightly.models import ControlTotal

SQL = Path(__file__).parent / "sql"
# What the totals show beside the balance without having to agree: it is not ours to work on.
SHOWN_ONLY = frozenset({"balance_in_quarantine", "balance_rejected", "balance_missing", "manifest_with_held"})
PARTS = "balance_by"
WHOLE = "balance_of_intervals"
# The totals that are kept from night to night; all others are read from the whole book every night.
KEPT = (PARTS, "overdue_principal", "overdue_interest")
CENT = Decimal("0.01")
# A sum of amounts in whole cents: exact at once on PostgreSQL, amount by amount on SQLite, whose sums are fractions.
CENTS = {
    True: "CAST(COALESCE(SUM({0}), 0) * 100 AS bigint)",
    False: "COALESCE(SUM(CAST(ROUND({0} * 100) AS bigint)), 0)",
}
BOOK = "FROM loans_loan b WHERE b.superseded_on IS NULL"
OPEN = "FROM loans_loanstate b WHERE b.valid_to IS NULL AND b.superseded_by_run IS NULL"
DELIVERED = "FROM imports_deliveredbalance b WHERE b.state = 'applied'"


@dataclass(frozen=True)
class Total:
    check: str
    dimension: str
    key: str
    currency: str
    left: Decimal
    right: Decimal

    @property
    def difference(self) -> Decimal:
        return self.left - self.right

    @property
    def is_shown_only(self) -> bool:
        return self.check in SHOWN_ONLY

    @property
    def differs(self) -> bool:
        return self.difference != 0 and not self.is_shown_only


Key = tuple[str, str, str, str]


def of_book(day: date) -> list[Total]:
    """The totals when every loan is looked at."""
    return _complete(_now(day), day)


def kept(day: date, *, since: date, former_run: int) -> list[Total]:
    """The totals of the last run, of `since`, less what the loans looked at had in them, plus what they have."""
    sums = {
        (total.check_code, total.dimension, total.key, total.currency): [total.left, total.right]
        for total in ControlTotal.objects.filter(run=former_run, check_code__in=KEPT)
    }
    changes = [(row, -row.left, -row.right) for row in _former(since)]
    changes += [(row, row.left, row.right) for row in _now(day)]
    for row, left, right in changes:
        sides = sums.setdefault((row.check, row.dimension, row.key, row.currency), [Decimal(0), Decimal(0)])
        sides[0] += left
        sides[1] += right
    totals = [Total(*key, left, right) for key, (left, right) in sorted(sums.items()) if left or right]
    return _complete(totals, day)


def has_kept(run: int) -> bool:
    return ControlTotal.objects.filter(run=run, check_code=PARTS).exists()


def amount(cents: Any) -> Decimal:
    return (Decimal(cents or 0) / 100).quantize(CENT)


def _now(day: date) -> list[Total]:
    return [
        Total(*_key(row), amount(row["left_cents"]), amount(row["right_cents"]))
        for row in sql.rows(SQL / "totals.sql", {"day": day})
    ]


def _former(since: date) -> Iterator[Total]:
    sql.execute("DROP TABLE IF EXISTS control_former")
    sql.execute(SQL / "control_former.sql", {"since": since})
    for row in sql.rows(SQL / "totals_former.sql"):
        yield Total(*_key(row), amount(row["cents"]), amount(row["cents"]))
    sql.execute("DROP TABLE control_former")


def _key(row: dict[str, Any]) -> Key:
    return row["check_code"], row["dimension"], row["key"], row["currency"]


def _complete(parts: list[Total], day: date) -> list[Total]:
    """The parts with what is read from the whole book, whichever way the parts were reached."""
    book, intervals, delivered = (_sums(source) for source in (BOOK, OPEN, DELIVERED))
    counts = [sum(count for count, _cents in source.values()) for source in (book, intervals)]
    totals = [Total("loans", "", "", "", Decimal(counts[0]), Decimal(counts[1]))]
    totals += _balances(delivered, intervals)
    for currency in sorted({*book, *intervals}):
        sides = [amount(source.get(currency, (0, 0))[1]) for source in (book, intervals)]
        totals.append(Total("balance_of_loans", "", "", currency, *sides))
    totals += parts
    totals += _manifest(day)
    totals += _wholes(parts, {currency: amount(cents) for currency, (_count, cents) in intervals.items()})
    return totals


def _sums(source: str) -> dict[str, tuple[int, int]]:
    """By currency how many rows and how many cents."""
    cents = CENTS[sql.is_postgres()].format("b.principal_balance")
    statement = f"SELECT b.currency, COUNT(*) AS number, {cents} AS cents {source} GROUP BY b.currency"
    return {row["currency"]: (row["number"], int(row["cents"])) for row in sql.rows(statement)}


def _balances(delivered: dict[str, tuple[int, int]], intervals: dict[str, tuple[int, int]]) -> Iterable[Total]:
    """Core banking's word against the open intervals of the loans it was applied to; what was not stands apart."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for side, source in enumerate((delivered, intervals)):
        for currency, (_count, cents) in source.items():
            sums[currency][side] += cents
    for row in sql.rows(SQL / "totals_apart.sql"):
        check, currency, left, right = row["check_code"], row["currency"], int(row["left_cents"]), row["right_cents"]
        if check in {"balance_missing", "withdrawn"}:
            sums[currency][0] -= left
        if check != "withdrawn":
            sums[currency][1] -= int(right)
            yield Total(check, "", "", currency, amount(left), amount(right))
    for currency, (left, right) in sorted(sums.items()):
        yield Total("balance", "", "", currency, amount(left), amount(right))


def _manifest(day: date) -> list[Total]:
    """The manifest's own total of a full loans file against the control copy, loans missing from the file left out.

    With rows held back or rejected it is shown apart: a held row stays in the copy after the file lets go of it.
    """
    extract = Extract.objects.filter(business_date=day, state=ExtractState.APPLIED).order_by("-revision").first()
    file = extract.files.filter(name="loans", mode=Mode.FULL).first() if extract else None
    if extract is None or file is None or "principal_balance" not in file.totals:
        return []
    copy = DeliveredBalance.objects.exclude(state=QuarantineState.WITHDRAWN).filter(loan__missing_since=None)
    right = Decimal(copy.aggregate(all=Sum("principal_balance"))["all"] or 0)
    left = Decimal(str(file.totals["principal_balance"]))
    is_clean = not copy.exclude(state=QuarantineState.APPLIED).exists()
    check = "manifest" if is_clean else "manifest_with_held"
    return [Total(check, "", "", extract.currency, left.quantize(CENT), right.quantize(CENT))]


def _wholes(parts: list[Total], intervals: dict[str, Decimal]) -> list[Total]:
    """The parts of each dimension, added up, against the open intervals: they are the same book."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for total in parts:
        if total.check == PARTS:
            sums[total.dimension, total.currency] += total.right
    return [
        Total(WHOLE, dimension, "", currency, intervals.get(currency, Decimal(0)), right)
        for (dimension, currency), right in sorted(sums.items())
    ]
