"""The calendar of a year: entered from a file by one person, approved by a second; closed days never change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from postloan.core import business_date, calendar, timeline
from postloan.core.changes import STANDING, WAITING, ChangeEnd
from postloan.core.models import CalendarYear, WorkingDay
from postloan.organization import events
from postloan.organization.calendar_files import YearFile
from postloan.organization.models import Staff
from postloan.organization.services import second_person
from postloan.organization.services.refusals import Refused, demand, demand_reason

CHANGE = "core.change_calendar"


@dataclass(frozen=True)
class Difference:
    day: date
    was_working: bool
    is_working: bool


def differences(year: int, days_off: Any, make_up_days: Any) -> list[Difference]:
    """The days of the year that are working days now and would not be, or the other way round. Writes nothing."""
    there = dict(WorkingDay.objects.filter(day__year=year).values_list("day", "is_working"))
    before = [there.get(day) for day in _days(year)]
    if None in before:
        before = list(calendar.working_days_of(year))
    after = calendar.days_of(year, days_off, make_up_days)
    return [
        Difference(day, bool(was), now)
        for day, was, now in zip(_days(year), before, after, strict=True)
        if bool(was) != now
    ]


def differences_of(row: CalendarYear) -> list[Difference]:
    return differences(row.year, map(date.fromisoformat, row.days_off), map(date.fromisoformat, row.make_up_days))


def _days(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]


def check_closed(found: list[Difference]) -> None:
    """Raises Refused where a day would change that a night has closed: its deadlines were counted already."""
    closed = business_date.last_closed()
    past = [difference.day for difference in found if closed is not None and difference.day <= closed]
    if past:
        raise Refused(
            _("%(day)s is closed already and cannot become another kind of day.") % {"day": past[0].isoformat()}
        )


@transaction.atomic
def propose_calendar(file: YearFile, *, source: str, acting_user: Staff) -> CalendarYear:
    """Writes the year as a proposal; the calendar counts as before until a second person approves it.

    Raises PermissionDenied, and Refused: without a source, where a proposal waits, for closed days.
    """
    demand(acting_user, CHANGE)
    source = demand_reason(source or file.source)
    if CalendarYear.objects.filter(WAITING, year=file.year).exists():
        raise Refused(_("A calendar of this year waits already: it is decided first."))
    found = differences(file.year, file.days_off, file.make_up_days)
    check_closed(found)
    row = CalendarYear.objects.create(
        year=file.year,
        days_off=[day.isoformat() for day in file.days_off],
        make_up_days=[day.isoformat() for day in file.make_up_days],
        source=source[:200],
        file_name=file.name,
        file_hash=file.hash,
        proposed_by=acting_user,
    )
    _tell(events.CALENDAR_PROPOSED, row, acting_user, days=len(found), source=row.source)
    return row


@transaction.atomic
def approve_calendar(proposal: CalendarYear, *, acting_user: Staff) -> int:
    """The second person's yes: the working days are counted anew. Returns how many days changed their kind.

    Raises Refused for the proposer, where it no longer waits, and for days closed meanwhile.
    """
    demand(acting_user, CHANGE)
    row = CalendarYear.objects.select_for_update().get(pk=proposal.pk)
    second_person.still_waiting(row)
    found = differences_of(row)
    check_closed(found)
    for former in CalendarYear.objects.select_for_update().filter(STANDING, year=row.year):
        second_person.end(former, ChangeEnd.REPLACED, acting_user=acting_user)
    second_person.approve(row, acting_user=acting_user)
    calendar.load([row.year])
    _tell(events.CALENDAR_APPROVED, row, acting_user, days=len(found), source=row.source)
    return len(found)


@transaction.atomic
def end_calendar(proposal: CalendarYear, because: str, *, reason: str, acting_user: Staff) -> CalendarYear:
    """Refused by a second person or withdrawn by its proposer, with the reason. Raises Refused."""
    demand(acting_user, CHANGE)
    reason = demand_reason(reason)
    row = CalendarYear.objects.select_for_update().get(pk=proposal.pk)
    second_person.end(row, because, acting_user=acting_user, reason=reason)
    code = events.CALENDAR_REFUSED if because == ChangeEnd.REFUSED else events.CALENDAR_WITHDRAWN
    _tell(code, row, acting_user, reason=reason)
    return row


def _tell(code: str, row: CalendarYear, acting_user: Staff, **arguments: Any) -> None:
    timeline.record(code, acting_user=acting_user, subject_kind="calendar", subject_key=str(row.year), **arguments)
