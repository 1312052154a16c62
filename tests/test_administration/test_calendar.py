"""The calendar of a year: read from a file, looked at, proposed by one, approved by another; closed days stay."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client

from postloan.core import calendar
from postloan.core.models import CalendarYear, Event, Finding, WorkingDay
from postloan.organization import services
from postloan.organization.calendar_files import NotACalendar, read
from tests.factories import PASSWORD, BranchFactory, BusinessDateFactory, StaffFactory
from tests.factories.core import CalendarYearFactory
from tests.factories.days import MOMENT

pytestmark = pytest.mark.django_db
YEAR = calendar.PUBLISHED_YEARS.stop + 1
# Seven weekdays off around new year and in October, and one working Saturday: more than the fewest a file may name.
WEEKDAYS = [day for day in (date(YEAR, 10, n) for n in range(1, 12)) if day.weekday() < 5][:6]
SATURDAY = next(day for day in (date(YEAR, 9, n) for n in range(1, 8)) if day.weekday() == 5)


def as_csv(off: Any = WEEKDAYS, work: Any = (SATURDAY,)) -> bytes:
    lines = [f"{day},off" for day in off] + [f"{day},work" for day in work]
    return "\n".join(["date,kind", *lines]).encode()


@pytest.fixture
def people() -> dict[str, Any]:
    root = BranchFactory()
    return {
        "system": StaffFactory(post="system_administrator", branch=root),
        "security": StaffFactory(post="security_administrator", branch=root),
        "risk": StaffFactory(post="risk_officer", branch=root),
    }


def proposed(people: dict[str, Any], content: bytes | None = None) -> CalendarYear:
    file = read(content or as_csv(), "year.csv")
    return services.propose_calendar(file, source="国办发明电", acting_user=people["system"])


def test_both_forms_of_a_file_say_the_same() -> None:
    given = {"year": YEAR, "days_off": [str(day) for day in WEEKDAYS], "make_up_days": [str(SATURDAY)]}
    from_json = read(json.dumps(given).encode(), "year.json")
    from_csv = read(as_csv(), "year.csv")
    assert (from_json.year, from_json.days_off, from_json.make_up_days) == (YEAR, tuple(WEEKDAYS), (SATURDAY,))
    assert (from_csv.year, from_csv.days_off, from_csv.make_up_days) == (YEAR, tuple(WEEKDAYS), (SATURDAY,))


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\xff\xfe", b"{", b'{"days_off": 7}', b'{"days_off": ["x"]}', b'{"holidays": []}', b"date,kind\n",
        b"date,kind\n2028-01-03,holiday", b"day\n2028-01-03", b"x" * 70_000, as_csv(off=WEEKDAYS[:2]),
        as_csv(off=[*WEEKDAYS, WEEKDAYS[0]]), as_csv(off=[*WEEKDAYS, date(YEAR + 1, 1, 3)]),
        json.dumps({"year": YEAR - 1, "days_off": [str(day) for day in WEEKDAYS]}).encode(),
    ],
)  # fmt: skip
def test_what_is_no_calendar_is_refused(content: bytes) -> None:
    with pytest.raises(NotACalendar):
        read(content, "x")


def test_two_people_make_a_provisional_year_a_known_one(people: dict[str, Any]) -> None:
    calendar.load([YEAR])
    before = WorkingDay.objects.get(day=date(YEAR, 12, 31)).number
    assert calendar.add_working_days(WEEKDAYS[0], 0) == WEEKDAYS[0]
    proposal = proposed(people)
    assert WorkingDay.objects.get(day=WEEKDAYS[0]).is_working, "a proposal changes nothing"
    assert services.approve_calendar(proposal, acting_user=people["security"]) == 7
    days = {row.day: row for row in WorkingDay.objects.filter(day__year=YEAR)}
    assert not any(days[day].is_working for day in WEEKDAYS)
    assert days[SATURDAY].is_working
    assert not any(row.is_provisional for row in days.values())
    assert WorkingDay.objects.get(day=date(YEAR, 12, 31)).number == before - len(WEEKDAYS) + 1
    calendar.keep_findings(date(YEAR, 6, 30))
    assert not Finding.objects.filter(kind="calendar_provisional", subject_key=str(YEAR), gone_on=None).exists()
    assert list(Event.objects.filter(subject_kind="calendar").values_list("code", flat=True).order_by("pk")) == [
        "organization.calendar_proposed",
        "organization.calendar_approved",
    ]
    assert calendar.load([YEAR]) == 0


def test_deadlines_are_counted_by_it(people: dict[str, Any]) -> None:
    friday = date.fromordinal(SATURDAY.toordinal() - 1)
    monday = date.fromordinal(SATURDAY.toordinal() + 2)
    assert calendar.add_working_days(friday, 1) == monday
    services.approve_calendar(proposed(people), acting_user=people["security"])
    assert calendar.add_working_days(friday, 1) == SATURDAY


def test_the_proposer_does_not_approve_and_others_have_no_right(people: dict[str, Any]) -> None:
    proposal = proposed(people)
    with pytest.raises(services.Refused):
        services.approve_calendar(proposal, acting_user=people["system"])
    with pytest.raises(PermissionDenied):
        services.approve_calendar(proposal, acting_user=people["risk"])
    with pytest.raises(services.Refused):
        proposed(people)
    services.end_calendar(proposal, "refused", reason="缺少中秋", acting_user=people["security"])
    second = proposed(people)
    services.end_calendar(second, "withdrawn", reason="写错", acting_user=people["system"])
    assert not CalendarYear.objects.filter(approved_by__isnull=False).exists()


def test_a_closed_day_does_not_become_another_kind(people: dict[str, Any]) -> None:
    BusinessDateFactory(date=WEEKDAYS[2])
    with pytest.raises(services.Refused, match=SATURDAY.isoformat()):
        proposed(people)


def test_a_corrected_year_replaces_the_former_one(people: dict[str, Any]) -> None:
    services.approve_calendar(proposed(people), acting_user=people["security"])
    other = read(as_csv(work=()), "later.csv")
    again = services.propose_calendar(other, source="更正", acting_user=people["security"])
    services.approve_calendar(again, acting_user=people["system"])
    assert not WorkingDay.objects.get(day=SATURDAY).is_working
    assert CalendarYear.objects.get(ended_because="replaced").source == "国办发明电"


def test_the_page_shows_the_differences_and_keeps_the_file(people: dict[str, Any]) -> None:
    browser = Client()
    browser.post("/login", {"username": people["system"].staff_no, "password": PASSWORD})
    looked = browser.post("/calendar/upload", {"file": SimpleUploadedFile("y.csv", as_csv()), "step": "check"})
    page = looked.content.decode()
    assert WEEKDAYS[0].isoformat() in page
    assert not CalendarYear.objects.exists()
    kept = {"kept": looked.context["kept"], "kept_name": "y.csv", "source": "国办发明电", "step": "propose"}
    done = browser.post("/calendar/upload", kept)
    assert done["Location"] == f"/calendar/{YEAR}"
    assert browser.get(f"/calendar/{YEAR}").status_code == 200
    wrong = browser.post("/calendar/upload", {"kept": "%%%", "step": "propose"})
    assert (wrong.status_code, CalendarYear.objects.count()) == (200, 1)
    assert browser.get("/calendar/1800").status_code == 404


def approved_by_oneself() -> None:
    one = StaffFactory()
    CalendarYearFactory(proposed_by=one, approved_by=one, approved_at=MOMENT)


@pytest.mark.parametrize(
    "make",
    [
        lambda: [CalendarYearFactory() for _ in range(2)],
        lambda: [CalendarYearFactory(approved=True) for _ in range(2)],
        lambda: CalendarYearFactory(year=1999),
        lambda: CalendarYearFactory(approved_at=MOMENT),
        lambda: CalendarYearFactory(ended_at=MOMENT),
        approved_by_oneself,
    ],
)
def test_rows_the_database_refuses(make: Any) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make()
