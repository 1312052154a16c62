"""Class floors of the night's draft, and the frozen month-ends. Set-based; called by the night."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from postloan.classification.forecast import next_step
from postloan.classification.models import MonthEndBook
from postloan.classification.rules import CREDIT_CARD, Thresholds
from postloan.core import sql
from postloan.loans.models import CLASS_ORDER

SQL = Path(__file__).parent / "sql"


def set_floors(thresholds: Thresholds) -> int:
    """The class floor of every drafted state, from its days and its product's method. Returns how many."""
    return sql.execute(SQL / "floor.sql", thresholds.as_parameters())


@dataclass(frozen=True)
class Written:
    written: int
    withdrawn: int


def write_countdowns(day: date, thresholds: Thresholds) -> Written:
    """When each drafted loan's floor gets worse if nobody pays; what did not change is not written.

    Follows the draft of the night of `day` with its floors. A loan that has no state any more has no countdown.
    """
    values: dict[str, object] = {"day": day}
    for prefix, method in (("", ""), ("card_", CREDIT_CARD)):
        for place, floor in enumerate(CLASS_ORDER[:-1]):
            step = next_step(floor, method, thresholds)
            values[f"{prefix}code_{place}"] = step.code if step else ""
            values[f"{prefix}days_{place}"] = step.days if step else None
    withdrawn = sql.execute(SQL / "countdown_gone.sql")
    return Written(sql.execute(SQL / "countdown.sql", values), withdrawn)


def freeze_month_end(last_closed: date | None, day: date, *, run_id: int) -> MonthEndBook | None:
    """Freezes the month of `last_closed` when `day` lies in a later one. None where there is nothing to freeze.

    A date can be corrected until the next one is opened, so the last night of a month is final now and not before.
    """
    if last_closed is None or (last_closed.year, last_closed.month) == (day.year, day.month):
        return None
    book, is_new = MonthEndBook.objects.get_or_create(
        business_date=last_closed, defaults={"frozen_on": day, "run_id": run_id, "loan_count": 0}
    )
    if not is_new:
        return None
    book.loan_count = sql.execute(SQL / "month_end_loans.sql", {"book": book.pk, "day": last_closed})
    book.save(update_fields=["loan_count"])
    return book
