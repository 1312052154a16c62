"""Working days are counted from a table that migrate fills and that grows by need."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command

from postloan.core import calendar
from postloan.core.models import Finding, WorkingDay

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("day", "n", "then"),
    [
        (date(2026, 9, 30), 0, date(2026, 9, 30)),
        (date(2026, 9, 30), 1, date(2026, 10, 8)),
        (date(2026, 9, 30), 3, date(2026, 10, 10)),
        (date(2026, 2, 13), 1, date(2026, 2, 14)),
        (date(2026, 2, 14), 1, date(2026, 2, 24)),
        (date(2026, 7, 4), 1, date(2026, 7, 6)),
        (date(2025, 12, 31), 1, date(2026, 1, 4)),
        (date(1993, 7, 30), 1, date(1993, 8, 2)),
        (date(2035, 12, 31), 1, date(2036, 1, 1)),
    ],
)
def test_working_days_are_added(day: date, n: int, then: date) -> None:
    assert calendar.add_working_days(day, n) == then
    assert calendar.working_days_between(then, day) == n


def test_migrate_has_loaded_the_published_years_and_two_more() -> None:
    years = {day.year for day in WorkingDay.objects.dates("day", "year")}
    assert years == set(range(2004, calendar.PUBLISHED_YEARS.stop + 2))
    assert not WorkingDay.objects.filter(day__year=2026, is_provisional=True).exists()
    assert calendar.is_provisional(calendar.PUBLISHED_YEARS.stop)


def test_loading_again_writes_nothing_and_mends_what_is_wrong() -> None:
    assert calendar.load([2026]) == 0
    WorkingDay.objects.filter(day=date(2026, 10, 1)).delete()
    WorkingDay.objects.filter(day=date(2026, 10, 2)).update(is_provisional=True)
    assert calendar.load([2026]) == 2
    out = StringIO()
    call_command("load_calendar", "2026", "2041", stdout=out)
    assert "365 days written" in out.getvalue()
    assert "2041" in out.getvalue()


def test_a_year_published_later_shifts_the_numbers_of_those_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    year = calendar.PUBLISHED_YEARS.stop
    before = WorkingDay.objects.get(day=date(year + 1, 6, 30)).number
    real = calendar.working_days_of

    def published(one: int) -> tuple[bool, ...]:
        days = list(real(one))
        if one == year:
            days[days.index(True, 100)] = False
        return tuple(days)

    monkeypatch.setattr(calendar, "working_days_of", published)
    calendar.load([year])
    assert WorkingDay.objects.get(day=date(year + 1, 6, 30)).number == before - 1


def test_a_year_without_published_holidays_leaves_a_finding() -> None:
    year = calendar.PUBLISHED_YEARS.stop
    calendar.keep_findings(date(year - 1, 6, 30))
    assert not Finding.objects.exists()
    calendar.keep_findings(date(year - 1, 12, 15))
    calendar.keep_findings(date(year - 1, 12, 16))
    assert Finding.objects.get(gone_on=None).subject_key == str(year)


def test_days_are_not_counted_backwards() -> None:
    with pytest.raises(ValueError, match="forwards"):
        calendar.add_working_days(date(2026, 6, 30), -1)
