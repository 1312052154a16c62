"""A customer's balance and arrears at the ends of past months, read from the intervals of its loans."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from postloan.core.models import BusinessDate
from postloan.loans.models import OFF_BOOK, LoanState

MONTHS = 24


@dataclass(frozen=True)
class Point:
    day: date
    balance: Decimal
    overdue: Decimal


def course_of(customer_id: int, *, currency: str, day: date) -> list[Point]:
    """The month ends since the first night, at most 24, and the last night itself."""
    first = BusinessDate.objects.exclude(closed_at=None).order_by("date").values_list("date", flat=True).first()
    if first is None:
        return []
    rows = list(
        LoanState.objects.filter(customer=customer_id, currency=currency, superseded_by_run=None)
        .exclude(status__in=OFF_BOOK)
        .values("valid_from", "valid_to", "principal_balance", "overdue_principal", "overdue_interest")
    )
    return [_point(rows, end) for end in month_ends(first, day)]


def month_ends(first: date, last: date) -> list[date]:
    """The last days of the months from `first` to before `last`, and `last`."""
    ends = [last]
    while len(ends) <= MONTHS:
        end = ends[-1].replace(day=1) - timedelta(days=1)
        if end < first:
            break
        ends.append(end)
    return ends[::-1]


def _point(rows: list[dict], day: date) -> Point:
    held = [row for row in rows if row["valid_from"] <= day and (row["valid_to"] is None or row["valid_to"] > day)]
    overdue = sum((row["overdue_principal"] + (row["overdue_interest"] or 0) for row in held), Decimal(0))
    return Point(day, sum((row["principal_balance"] for row in held), Decimal(0)), overdue)
