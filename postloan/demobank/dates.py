"""The days on which the bank hands over an extract, and month arithmetic. Nothing here reads the clock."""

import calendar
from collections.abc import Iterator
from datetime import date, timedelta

DEFAULT_UNTIL = date(2026, 10, 31)


def add_months(day: date, months: int, on_day: int | None = None) -> date:
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(on_day or day.day, last))


def month_end(day: date) -> date:
    return date(day.year, day.month, calendar.monthrange(day.year, day.month)[1])


def is_working_day(day: date) -> bool:
    """Published Chinese holidays where they are known, else Monday to Friday."""
    try:
        import chinese_calendar
    except ImportError:
        return day.weekday() < 5
    try:
        return day.weekday() < 5 and not chinese_calendar.is_holiday(day)
    except NotImplementedError:
        return day.weekday() < 5


def business_dates(until: date, months: int) -> list[date]:
    """Month-ends of all months but the last, then the working days of the last up to `until`, which is always in."""
    if months < 1:
        raise ValueError("at least one month")
    ends = [month_end(add_months(until, -back, 1)) for back in range(months - 1, 0, -1)]
    first = until.replace(day=1)
    daily = [day for day in days(first, until) if is_working_day(day) or day == until]
    return ends + daily


def days(first: date, last: date) -> Iterator[date]:
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)
