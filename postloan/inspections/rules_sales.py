"""Sales that come back through the bank's accounts, month by month. Values in, no database; amounts in one currency.

1. The sales of a month are its part of the statement interval it lies in: what a statement says since January, less
   what the statement before it said, by the months between. One that says less than the one before replaces it. After
   the last statement its interval goes on.
2. A balance holds from its day until the next one; an average weighs each balance with its days.
3. Three formulas, chosen by the bank: sales booked in over sales; average deposits over average loans; deposits here
   over the cash of the statement. A figure that is missing makes the rate "no data", never nought.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from postloan.inspections.rules_funds import deposits_share, deposits_to_loans, sales_return

SALES, DEPOSITS, SHARE = "credits_to_sales", "deposits_to_loans", "deposits_share"
FORMULAS = (SALES, DEPOSITS, SHARE)
OK, BELOW, FAR_BELOW = "ok", "below", "far_below"
CENT = Decimal("0.01")
Steps = Sequence[tuple[date, Decimal]]


@dataclass(frozen=True)
class Month:
    """What is known of a month. None is "no data". `until` is its last day, or the day of the report."""

    first: date
    until: date
    credits: Decimal | None = None
    all_credits: Decimal | None = None
    sales: Decimal | None = None
    deposits: Decimal | None = None
    average_deposits: Decimal | None = None
    average_loans: Decimal | None = None
    own_loans: Decimal | None = None
    elsewhere: Decimal | None = None
    cash: Decimal | None = None
    is_whole: bool = True

    @property
    def all_loans(self) -> Decimal | None:
        return None if self.own_loans is None or self.elsewhere is None else self.own_loans + self.elsewhere

    @property
    def share(self) -> Decimal | None:
        """The bank's share of the borrower's debt."""
        return deposits_share(own=self.own_loans, all_banks=self.all_loans)


def last_months(day: date, count: int) -> list[tuple[date, date]]:
    """The first and last days of the months up to that of the day, which ends with the day."""
    found = [(day.replace(day=1), day)]
    while len(found) < count:
        before = found[0][0] - timedelta(days=1)
        found.insert(0, (before.replace(day=1), before))
    return found


def rate_of(month: Month, formula: str) -> Decimal | None:
    """The rate of a month by a formula, as a share of 1."""
    if formula == DEPOSITS:
        percent = deposits_to_loans(deposits=month.average_deposits, loans=month.average_loans)
        return None if percent is None else percent / 100
    if formula == SHARE:
        return deposits_share(own=month.deposits, all_banks=month.cash)
    return sales_return(credits=month.credits, sales=month.sales, own_loans=None, all_loans=None).rate


def whole_of(months: Iterable[Month], formula: str) -> tuple[Decimal | None, Decimal | None]:
    """The rate over all whole months with both figures, and the bank's share of the debt at the end of the last."""
    months = [month for month in months if month.is_whole]
    share = next((month.share for month in reversed(months) if month.share is not None), None)
    known = [month for month in months if rate_of(month, formula) is not None]
    if not known:
        return None, share
    if formula == SALES:
        both = Month(known[0].first, known[-1].until, credits=_sum(known, "credits"), sales=_sum(known, "sales"))
        return rate_of(both, SALES), share
    if formula == DEPOSITS:
        days = {month: Decimal((month.until - month.first).days + 1) for month in known}
        weighed = [
            sum((getattr(month, name) * days[month] for month in known), Decimal(0)) / sum(days.values())
            for name in ("average_deposits", "average_loans")
        ]
        both = Month(known[0].first, known[-1].until, average_deposits=weighed[0], average_loans=weighed[1])
        return rate_of(both, DEPOSITS), share
    return rate_of(known[-1], SHARE), share


def verdict(rate: Decimal | None, share: Decimal | None, *, alarm_percent: Decimal) -> str:
    """As much as the bank's share of the debt is well; less than so many percent of the share is far below."""
    if rate is None or share is None:
        return ""
    if rate >= share:
        return OK
    return FAR_BELOW if rate * 100 < share * alarm_percent else BELOW


def monthly_sales(
    stated: Mapping[date, Decimal], months: Iterable[date], *, since_january: bool
) -> dict[date, Decimal]:
    """By first day of the month its sales, by rule 1. `stated`: by end of the period what was sold in it.

    `since_january`: each figure counts from 1 January; else from the day after the statement before, or for itself.
    """
    intervals = _intervals(stated, since_january=since_january)
    found = {}
    for first in months:
        fitting = [one for one in intervals if one[0] <= first <= one[1]]
        last = fitting[-1] if fitting else (intervals[-1] if intervals and first > intervals[-1][1] else None)
        if last is not None:
            found[first] = last[2].quantize(CENT)
    return found


def _intervals(stated: Mapping[date, Decimal], *, since_january: bool) -> list[tuple[date, date, Decimal]]:
    """First day, last day and the sales of one month of each interval."""
    found: list[tuple[date, date, Decimal]] = []
    for end in sorted(stated):
        begin, sold = date(end.year, 1, 1), stated[end]
        before = found[-1][1] if found and found[-1][1].year == end.year else None
        if before is not None:
            rest = sold - stated[before] if since_january else sold
            # Less than the statement before: it takes that one back and stands for the whole year so far.
            if rest >= 0:
                begin, sold = before + timedelta(days=1), rest
        months = (end.year - begin.year) * 12 + end.month - begin.month + 1
        if months > 0:
            found.append((begin, end, sold / months))
    return found


def at_end_of(steps: Steps, day: date) -> Decimal | None:
    """The balance that holds at the end of a day; None before the first one known."""
    return next((balance for on, balance in reversed(steps) if on <= day), None)


def average(steps: Steps, first: date, until: date) -> Decimal | None:
    """The daily average over days, both included; None where the balance of the first day is not known."""
    held = at_end_of(steps, first)
    if held is None:
        return None
    total, on = Decimal(0), first
    for day, balance in [(day, balance) for day, balance in steps if first < day <= until]:
        total += held * (day - on).days
        held, on = balance, day
    total += held * ((until - on).days + 1)
    return (total / ((until - first).days + 1)).quantize(CENT)


def added(rows: Iterable[Steps]) -> list[tuple[date, Decimal]]:
    """Several balances as one, from the day all of them are known."""
    rows = [list(steps) for steps in rows]
    if not rows or any(not steps for steps in rows):
        return []
    start = max(steps[0][0] for steps in rows)
    days = sorted({start, *(day for steps in rows for day, _balance in steps if day >= start)})
    return [(day, sum((at_end_of(steps, day) or Decimal(0) for steps in rows), Decimal(0))) for day in days]


def _sum(months: Iterable[Month], name: str) -> Decimal:
    return sum((getattr(month, name) for month in months), Decimal(0))
