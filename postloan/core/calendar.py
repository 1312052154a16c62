"""Working days, from a table filled from the chinesecalendar library; the one place that counts them.

`WorkingDay.number` counts the working days up to and including a day, so that in SQL

    the days between two dates   later.number - earlier.number
    n working days after a date  the row with is_working whose number is the date's number + n

A year without published holidays counts Monday to Friday, is provisional and leaves a finding, until two people
have entered its calendar (`CalendarYear`), which goes before the library. Whoever works set-based calls `ensure` for
the dates it speaks of first; the functions here do so themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from functools import lru_cache

import chinese_calendar
from chinese_calendar import constants
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from postloan.core import findings
from postloan.core.changes import STANDING, CalendarYear
from postloan.core.working_days import WorkingDay

# Days are numbered from here, backwards too, so that a year loaded later fits the years that are there.
FIRST_DAY = date(2004, 1, 1)
PUBLISHED_YEARS = range(min(constants.holidays).year, max(constants.holidays).year + 1)
YEARS_AHEAD = 2
HORIZON = timedelta(days=60)

PROVISIONAL = findings.define(
    "calendar_provisional",
    _("Working days not published"),
    _("The holidays of {key} are not published: Monday to Friday count as working days for now."),
)


def is_provisional(year: int) -> bool:
    """Whether the holidays of a year are unknown to the library."""
    return year not in PUBLISHED_YEARS


@lru_cache(maxsize=64)
def working_days_of(year: int) -> tuple[bool, ...]:
    """For each day of a year whether work is done."""
    first = date(year, 1, 1)
    days = [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]
    if is_provisional(year):
        return tuple(day.weekday() < 5 for day in days)
    return tuple(chinese_calendar.is_workday(day) for day in days)


Entered = Mapping[int, "tuple[bool, ...]"]


def days_of(year: int, days_off: Iterable[date], make_up_days: Iterable[date]) -> tuple[bool, ...]:
    """For each day of a year whether work is done: Monday to Friday without the days off, and the make-up days."""
    off, made_up = set(days_off), set(make_up_days)
    first = date(year, 1, 1)
    days = (first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days))
    return tuple((day.weekday() < 5 and day not in off) or day in made_up for day in days)


def entered(using: str = "default") -> dict[int, tuple[bool, ...]]:
    """The years two people have entered."""
    rows = CalendarYear.objects.using(using).filter(STANDING)
    return {
        row.year: days_of(row.year, map(date.fromisoformat, row.days_off), map(date.fromisoformat, row.make_up_days))
        for row in rows
    }


def number_before(year: int, known: Entered | None = None) -> int:
    """The number of the last day before a year."""

    def of(one: int) -> int:
        return sum((known or {}).get(one) or working_days_of(one))

    if year >= FIRST_DAY.year:
        return sum(of(one) for one in range(FIRST_DAY.year, year))
    return -sum(of(one) for one in range(year, FIRST_DAY.year))


def _rows(year: int, known: Entered) -> Iterator[WorkingDay]:
    number = number_before(year, known)
    day = date(year, 1, 1)
    for is_working in known.get(year) or working_days_of(year):
        number += is_working
        is_open = year not in known and is_provisional(year)
        yield WorkingDay(day=day, is_working=is_working, is_provisional=is_open, number=number)
        day += timedelta(days=1)


def load(years: Iterable[int], *, using: str = "default") -> int:
    """Writes the days of these years where they differ; returns how many days were written.

    A year whose holidays have become known shifts the numbers of those after it, so all that are there are looked at.
    """
    table = WorkingDay.objects.using(using)
    there = {row.day: row for row in table.all()}
    years = sorted({day.year for day in there}.union(years))
    known = entered(using)
    wanted = [row for year in years for row in _rows(year, known)]
    changed = [row for row in wanted if row.day not in there or not _same(row, there[row.day])]
    former = [there[row.day].pk for row in changed if row.day in there]
    with transaction.atomic(using=using):
        for start in range(0, len(former), 400):
            table.filter(pk__in=former[start : start + 400]).delete()
        table.bulk_create(changed, batch_size=200)
    return len(changed)


def _same(one: WorkingDay, other: WorkingDay) -> bool:
    names = ("is_working", "is_provisional", "number")
    return all(getattr(one, name) == getattr(other, name) for name in names)


def ensure(*days: date) -> None:
    """Makes sure the years from the first to the last of these days are in the table."""
    years = range(min(days).year, max(days).year + 1)
    firsts = [date(year, 1, 1) for year in years]
    there = {day.year for day in WorkingDay.objects.filter(day__in=firsts).values_list("day", flat=True)}
    missing = [year for year in years if year not in there]
    if missing:
        load(missing)


def add_working_days(day: date, n: int) -> date:
    """The n-th working day after `day`; with 0 the day itself. n is not negative."""
    if n < 0:
        raise ValueError("working days are counted forwards")
    if n == 0:
        return day
    ensure(day, day + timedelta(days=2 * n + 20))
    number = WorkingDay.objects.values_list("number", flat=True).get(day=day)
    return WorkingDay.objects.values_list("day", flat=True).get(number=number + n, is_working=True)


def working_days_between(later: date, earlier: date) -> int:
    """How many working days lie after `earlier`, up to and including `later`."""
    ensure(earlier, later)
    numbers = dict(WorkingDay.objects.filter(day__in=[earlier, later]).values_list("day", "number"))
    return numbers[later] - numbers[earlier]


def keep_findings(business_date: date) -> findings.Kept:
    """A finding for each year without published holidays that deadlines of these weeks reach."""
    known = entered()
    reached = {business_date.year, (business_date + HORIZON).year}
    years = sorted(year for year in reached if year not in known and is_provisional(year))
    select = " UNION ALL ".join(
        f"SELECT 'year', '{year}', '', CAST(NULL AS bigint), CAST(NULL AS bigint), CAST(NULL AS bigint), '{{}}'"
        for year in years
    )
    nothing = "SELECT '', '', '', CAST(NULL AS bigint), CAST(NULL AS bigint), CAST(NULL AS bigint), '' WHERE 1 = 0"
    return findings.keep(PROVISIONAL, select or nothing, on=business_date)


def load_known_years(using: str = "default", **_ignored: object) -> None:
    """After migrate: the published years and two more. What is there already is not written again."""
    last_day = date(PUBLISHED_YEARS.stop + YEARS_AHEAD - 1, 12, 31)
    rows = WorkingDay.objects.using(using).filter(day__range=(FIRST_DAY, last_day))
    last = rows.filter(day=last_day, number=number_before(last_day.year + 1, entered(using)))
    if rows.count() != (last_day - FIRST_DAY).days + 1 or not last.exists():
        load(range(FIRST_DAY.year, last_day.year + 1), using=using)
