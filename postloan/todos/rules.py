"""How heavy a todo weighs, and when whom it is told to. Values in, values out; no database, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from postloan.core import parameters

HIGHEST = 100

HEAD_TOLD_DAYS = parameters.define(
    "todos.head_told_days",
    _("Overdue todo: the head is told after"),
    3,
    unit=_("working days"),
    source=_("the bank's rule"),
)
SUPERVISOR_TOLD_DAYS = parameters.define(
    "todos.supervisor_told_days",
    _("Overdue todo: on the supervisor's list after"),
    5,
    unit=_("working days"),
    source=_("the bank's rule"),
)
AMOUNT_STEPS = parameters.define(
    "todos.weight_amount_steps",
    _("Weight of a todo by amount: [from, points]"),
    [[50_000, 4], [500_000, 10], [5_000_000, 18], [20_000_000, 25]],
    source=_("the bank's rule"),
)
LATE_STEPS = parameters.define(
    "todos.weight_late_steps",
    _("Weight of a todo by days overdue: [from, points]"),
    [[1, 5], [31, 9], [61, 12], [91, 15]],
    source=_("the bank's rule"),
)
Steps = Sequence[Sequence[int]]


def weight(
    kind_weight: int,
    *,
    amount: Decimal | None,
    days_overdue: int | None,
    amount_steps: Steps,
    late_steps: Steps,
) -> int:
    """0 to 100: what the kind weighs, and the points of the highest step reached by amount and by days overdue.

    Amounts in currency units, days as whole days. What is not known adds nothing.
    """
    points = kind_weight + _points(amount, amount_steps) + _points(days_overdue, late_steps)
    return max(0, min(HIGHEST, points))


def _points(value: Decimal | int | None, steps: Steps) -> int:
    if value is None:
        return 0
    highest_first = sorted(steps, key=lambda step: step[0], reverse=True)
    return next((points for start, points in highest_first if value >= start), 0)


def weight_in_sql(kind_weight: int, *, amount_steps: Steps, late_steps: Steps) -> str:
    """The same rule as an expression over the columns `amount` and `days_overdue`; tests hold the two together."""
    points = f"{int(kind_weight)} + {_case('amount', amount_steps)} + {_case('days_overdue', late_steps)}"
    return f"CASE WHEN {points} > {HIGHEST} THEN {HIGHEST} WHEN {points} < 0 THEN 0 ELSE {points} END"


def _case(column: str, steps: Steps) -> str:
    highest_first = sorted(steps, key=lambda step: step[0], reverse=True)
    branches = " ".join(f"WHEN {column} >= {int(start)} THEN {int(points)}" for start, points in highest_first)
    return f"CASE {branches} ELSE 0 END" if branches else "0"
