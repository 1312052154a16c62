"""What the pages of the calendar show: years, months with their days, and the deadlines a year carries."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse

from postloan.core import business_date, calendar
from postloan.core.changes import STANDING, WAITING
from postloan.core.models import CalendarYear, WorkingDay
from postloan.organization.services.calendars import Difference
from postloan.todos.models import Todo

WEEKDAYS = 5


@dataclass(frozen=True)
class Year:
    """A year of the table: where its days come from and how many they are."""

    year: int
    working: int
    days_off: int
    made_up: int
    is_provisional: bool
    entered: CalendarYear | None
    waiting: CalendarYear | None


def years() -> list[Year]:
    """From last year on: what is behind us counts no more deadlines."""
    first = (business_date.latest() or business_date.calendar_today()).year - 1
    standing = {row.year: row for row in CalendarYear.objects.filter(STANDING).select_related("approved_by")}
    waiting = {row.year: row for row in CalendarYear.objects.filter(WAITING).select_related("proposed_by")}
    counted: dict[int, list[WorkingDay]] = {}
    for row in WorkingDay.objects.filter(day__year__gte=first):
        counted.setdefault(row.day.year, []).append(row)
    known = sorted({*counted, *standing, *waiting})
    return [_year(year, counted.get(year, []), standing.get(year), waiting.get(year)) for year in known]


def _year(year: int, days: list[WorkingDay], entered: CalendarYear | None, waiting: CalendarYear | None) -> Year:
    return Year(
        year,
        working=sum(row.is_working for row in days),
        days_off=sum(not row.is_working and row.day.weekday() < WEEKDAYS for row in days),
        made_up=sum(row.is_working and row.day.weekday() >= WEEKDAYS for row in days),
        is_provisional=any(row.is_provisional for row in days) or not days,
        entered=entered,
        waiting=waiting,
    )


@dataclass(frozen=True)
class Day:
    number: int
    kind: str
    is_different: bool


@dataclass(frozen=True)
class Month:
    name: date
    weeks: list[list[Day | None]]


def months(year: int, working: dict[date, bool], different: Iterable[Difference] = ()) -> list[Month]:
    """Twelve months in weeks from Monday; a day is work, rest, off (a weekday) or made-up (a weekend)."""
    changed = {difference.day for difference in different}
    return [_month(year, month, working, changed) for month in range(1, 13)]


def _month(year: int, month: int, working: dict[date, bool], changed: set[date]) -> Month:
    first = date(year, month, 1)
    cells: list[Day | None] = [None] * first.weekday()
    for n in range(monthrange(year, month)[1]):
        day = first + timedelta(days=n)
        cells.append(Day(day.day, _kind(day, working.get(day, day.weekday() < WEEKDAYS)), day in changed))
    cells += [None] * (-len(cells) % 7)
    return Month(first, [cells[start : start + 7] for start in range(0, len(cells), 7)])


def _kind(day: date, is_working: bool) -> str:
    is_weekday = day.weekday() < WEEKDAYS
    if is_working:
        return "work" if is_weekday else "made-up"
    return "off" if is_weekday else "rest"


def working_now(year: int) -> dict[date, bool]:
    return dict(WorkingDay.objects.filter(day__year=year).values_list("day", "is_working"))


def working_proposed(row: CalendarYear) -> dict[date, bool]:
    days = calendar.days_of(row.year, map(date.fromisoformat, row.days_off), map(date.fromisoformat, row.make_up_days))
    return {date(row.year, 1, 1) + timedelta(days=n): is_working for n, is_working in enumerate(days)}


@dataclass(frozen=True)
class Deadlines:
    """Open todos whose due date lies in a year, and of these on days that change their kind. Counts are links."""

    todos: int
    href: str
    on_changed: int
    first: date
    last: date


def deadlines(year: int, user: Any, different: Iterable[Difference] = ()) -> Deadlines | None:
    """What was counted with the year as it stands; None for whoever does no business and sees no todos."""
    if not user.has_capability("todos.work"):
        return None
    first, last = date(year, 1, 1), date(year, 12, 31)
    changed = [difference.day for difference in different]
    counted = Todo.objects.open().visible_to(user).filter(due_on__range=(first, last))
    counts = counted.order_by().aggregate(all=Count("pk"), on_changed=Count("pk", filter=Q(due_on__in=changed)))
    href = f"{reverse('todos:todos')}?due_from={first}&due_by={last}"
    return Deadlines(counts["all"], href, counts["on_changed"], first, last)
