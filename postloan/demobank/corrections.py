"""One date is delivered twice: first without a batch of receipts that had not been booked, then put right.

The first delivery stands among the extracts, the second beside them with `"corrects": true`: a folder bears the name
of its date, so both cannot lie in one place. The truth is told of the second.
"""

import csv
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from .loan_tables import Books, Day, InstalmentLines
from .model import Repayment
from .writer import Table, line

MOST_RECEIPTS = 15


def folder_beside(directory: Path) -> Path:
    return directory.with_name(f"{directory.name}-corrections")


def dates_to_correct(dates: list[date]) -> list[date]:
    """Days that may be the one: those after a day off, when what was not booked already looks overdue, then others."""
    daily = [place for place in range(3, len(dates) - 3) if dates[place - 1].month == dates[-1].month]
    after_a_day_off = [place for place in daily if (dates[place] - dates[place - 1]).days > 1]
    last = max(after_a_day_off, default=0)
    return [dates[place] for place in daily if place in after_a_day_off or place > last]


@dataclass(frozen=True, slots=True)
class Unbooked:
    """What the first delivery of a date lacks, and how the rows it leaves as they were looked the date before."""

    receipts: dict[str, Repayment]
    before: dict[str, InstalmentLines]

    def without(self, tables: dict[str, Table]) -> dict[str, Table]:
        """The tables of the date as they were delivered first."""
        return tables | {
            "loans": self._loans(tables["loans"]), "instalments": self._instalments(tables["instalments"]),
            "repayments": self._repayments(tables["repayments"]),
        }  # fmt: skip

    def _sum(self, part: str) -> Decimal:
        return sum((getattr(one, part) for one in self.receipts.values()), Decimal(0))

    def _loans(self, table: Table) -> Table:
        balance, interest = table.columns.index("principal_balance"), table.columns.index("interest_receivable")

        def unpaid(text: str) -> str:
            missing = self.receipts.get(text.partition(",")[0])
            if missing is None:
                return text
            values: list[object] = list(next(csv.reader([text])))
            values[balance] = Decimal(str(values[balance])) + missing.principal
            values[interest] = Decimal(str(values[interest])) + missing.interest
            return line(values)

        lines = [unpaid(text) for text in table.lines]
        totals = table.totals | {"principal_balance": table.totals["principal_balance"] + self._sum("principal")}
        return replace(table, lines=lines, totals=totals)

    def _instalments(self, table: Table) -> Table:
        lines, done = [], dict[str, bool]()
        for text in table.lines:
            number = text.partition(",")[0]
            if number not in self.receipts:
                lines.append(text)
            elif number not in done:
                done[number] = True
                lines += self.before[number][0]
        totals = table.totals | {
            f"{part}_paid": table.totals[f"{part}_paid"] - self._sum(part) for part in ("principal", "interest")
        }
        return replace(table, lines=lines, totals=totals)

    def _repayments(self, table: Table) -> Table:
        numbers = {one.receipt_no for one in self.receipts.values()}
        lines = [text for text in table.lines if text.partition(",")[0] not in numbers]
        totals = {part: amount - self._sum(part) for part, amount in table.totals.items()}
        return replace(table, lines=lines, totals=totals)


def unbooked(books: Books, day: Day, before: dict[str, InstalmentLines]) -> Unbooked:
    """Plain receipts of loans that had nothing else that day and go on."""
    by_loan: dict[str, list[Repayment]] = {}
    for one in day.repayments:
        by_loan.setdefault(one.loan_no, []).append(one)
    found: dict[str, Repayment] = {}
    for position in day.positions:
        loan, receipts = position.loan, by_loan.get(position.loan.loan_no, [])
        plain = len(receipts) == 1 and receipts[0].source == "borrower" and not receipts[0].reverses
        known = len(before.get(loan.loan_no, ((), ()))[0]) == len(loan.rows)
        if plain and known and loan.has_rows and loan.status == "active" and len(found) < MOST_RECEIPTS:
            found[loan.loan_no] = receipts[0]
    return Unbooked(found, before)
