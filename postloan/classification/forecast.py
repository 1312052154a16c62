"""What becomes of a loan's class floor if nobody pays: dates and thresholds in, dates out; no database, no clock.

The set-based form stands in `sql/countdown.sql`; a test replays a bank and holds every forecast to what came.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from postloan.classification.rules import CREDIT_CARD, LAW, Thresholds, class_of_days
from postloan.loans.models import CLASS_ORDER


@dataclass(frozen=True)
class Step:
    """The next worse floor, and on which day overdue it begins."""

    code: str
    days: int


def next_step(floor: str, method: str, thresholds: Thresholds = LAW) -> Step | None:
    """The worse floor that begins first; None where there is no worse one.

    Where the bank lets several begin on the same day, it is the worst of them, as in `class_of_days`.
    """
    prefix = "card_" if method == CREDIT_CARD else ""
    worse = CLASS_ORDER[CLASS_ORDER.index(floor) + 1 :]
    if not worse:
        return None
    first = min(getattr(thresholds, prefix + code) for code in worse)
    return Step(class_of_days(first, method, thresholds), first)


def days_on(day: date, *, overdue_from: date | None) -> int:
    """Days overdue on `day` if nobody pays; `overdue_from` is the oldest due date that is or will be unpaid."""
    return max((day - overdue_from).days, 0) if overdue_from else 0


def floor_on(day: date, *, overdue_from: date | None, method: str, thresholds: Thresholds = LAW) -> str:
    """The class floor on `day` if nobody pays (2023 rules, art. 10–13; cards: art. 92)."""
    return class_of_days(days_on(day, overdue_from=overdue_from), method, thresholds)


def begins_on(step: Step, *, overdue_from: date) -> date:
    """The first day on which the floor holds: day 1 is the day after the due date."""
    return overdue_from + timedelta(days=step.days)


def month_end(day: date) -> date:
    """The last day of the calendar month of `day`."""
    first_of_next = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return first_of_next - timedelta(days=1)


def forecast_date(day: date) -> date:
    """The month-end a forecast made after the night of `day` is for: the coming one, on the last day the next."""
    end = month_end(day)
    return end if end > day else month_end(day + timedelta(days=1))
