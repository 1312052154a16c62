"""The data of charts: numbers as they are drawn, names in the reader's language. The table behind is the template's."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext

from postloan.core.formatting import Scale
from postloan.reporting.queries.book import Tally
from postloan.reporting.queries.course import Point
from postloan.reporting.queries.flow import Month
from postloan.reporting.queries.overview import Cut


def _drawn(value: Decimal, scale: Scale) -> float:
    return float(round(value / scale.divisor, 2))


def maturities(weeks: list[tuple[date, Tally]], *, scale: Scale) -> dict[str, Any]:
    """What matures, a bar a week."""
    return {
        "x": [start.strftime("%m-%d") for start, _tally in weeks],
        "series": [
            {
                "name": gettext("Balance maturing"),
                "as": "bar",
                "tone": "plan",
                "data": [_drawn(tally.balance, scale) for _start, tally in weeks],
            }
        ],
    }


MOST_BARS = 12


def cuts(parts: list[Cut], *, scale: Scale) -> dict[str, Any]:
    """What is overdue in each part of the book, non-performing below and the rest above; the largest twelve."""
    shown = sorted((part for part in parts if part.overdue.loans), key=lambda part: -part.overdue.balance)[:MOST_BARS]
    npl = [_drawn(part.npl.balance, scale) for part in shown]
    overdue = [_drawn(max(part.overdue.balance - part.npl.balance, Decimal(0)), scale) for part in shown]
    return {
        "x": [part.name for part in shown],
        "every": 1,
        "series": [
            {"name": gettext("Non-performing by floor"), "as": "bar", "tone": "late", "data": npl},
            {"name": gettext("Otherwise overdue"), "as": "bar", "tone": "warn", "data": overdue},
        ],
    }


def flow(months: list[Month], *, scale: Scale) -> dict[str, Any]:
    """What came in and what went out, side by side, by month."""
    return {
        "x": [month.first.strftime("%y-%m") for month in months],
        "every": 1,
        "series": [
            {
                "name": gettext("In"),
                "as": "bar",
                "tone": "plan",
                "data": [_drawn(month.inflow, scale) for month in months],
            },
            {
                "name": gettext("Out"),
                "as": "bar",
                "tone": "out",
                "data": [_drawn(month.outflow, scale) for month in months],
            },
        ],
    }


def course(points: list[Point], *, scale: Scale, limit: Decimal | None = None) -> dict[str, Any]:
    """Balance as a stepped line, arrears as bars below it, the facilities of today as a dashed line above."""
    drawn = _course(points, scale)
    if limit is not None:
        level = {"name": gettext("Facilities today"), "as": "line", "tone": "limit"}
        drawn["series"].append({**level, "data": [_drawn(limit, scale)] * len(points)})
    return drawn


def _course(points: list[Point], scale: Scale) -> dict[str, Any]:
    return {
        "x": [point.day.strftime("%y-%m") for point in points],
        "every": 1 if len(points) <= 12 else 3,
        "series": [
            {
                "name": gettext("Principal balance"),
                "as": "line",
                "tone": "balance",
                "data": [_drawn(point.balance, scale) for point in points],
            },
            {
                "name": gettext("Overdue principal and interest"),
                "as": "bar",
                "tone": "late",
                "data": [_drawn(point.overdue, scale) for point in points],
            },
        ],
    }
