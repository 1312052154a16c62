"""The alarm that a night has not happened by its hour: a finding, a note on the nights page, and not well in /healthz.

It goes as soon as the night has happened. The page and /healthz look for themselves, so that the alarm is also raised
where nobody looks any more because the scheduler is dead.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from postloan.core import business_date, findings, health, jobs, parameters
from postloan.nightly import inbox
from postloan.nightly.inbox import Line

DUE_HOUR = parameters.define(
    "nightly.due_hour",
    _("Hour by which the night of an extract that has come must have happened"),
    8,
    unit=_("o'clock"),
    source=_("the bank's day begins at half past eight"),
)
EXPECTED_WITHIN = parameters.define(
    "nightly.expected_within_days",
    _("Days after the last business date by which the next must be closed (0: only what has come is expected)"),
    0,
    unit=_("days"),
    source=_("depends on how often core banking delivers"),
)
TEXT = _("The night of {key} should have happened by {hour} o'clock on {due_on}.")
NOT_CLOSED = findings.define(
    "nightly.not_closed",
    _("A night has not happened"),
    TEXT,
)
SEEN = "SELECT 'night', %(key)s, '', NULL, NULL, NULL, %(arguments)s WHERE %(is_late)s = 1"


@dataclass(frozen=True)
class Late:
    """The business date whose night is late, and the moment by which it was due."""

    day: date
    due: datetime

    @property
    def text(self) -> str:
        return str(TEXT).format(key=self.day, **self.arguments)

    @property
    def arguments(self) -> dict[str, str]:
        return {"hour": f"{self.due.hour}", "due_on": self.due.date().isoformat()}


def late(found: Line | None, *, now: datetime | None = None) -> Late | None:
    """What has waited since before the hour of the day last passed; else a date that is expected and has not come."""
    rules = parameters.values(DUE_HOUR, EXPECTED_WITHIN)
    due = _last_passing(int(rules[DUE_HOUR]), now or timezone.now())
    if found is not None:
        return Late(found.day, _first_passing(found.since, due)) if found.since < due else None
    within, last = int(rules[EXPECTED_WITHIN]), business_date.last_closed()
    if within and last is not None and (due.date() - last).days > within:
        return Late(last + timedelta(days=within), due)
    return None


def _last_passing(hour: int, now: datetime) -> datetime:
    local = now.astimezone(business_date.SHANGHAI)
    today = datetime.combine(local.date(), time(hour % 24), business_date.SHANGHAI)
    return today if today <= local else today - timedelta(days=1)


def _first_passing(since: datetime, due: datetime) -> datetime:
    """The first time the hour passed after it had come: that was when it was due."""
    return due - timedelta(days=(due - since).days)


def keep(found: Line | None) -> None:
    """Makes the open finding equal to what is late now; writes only where that changed."""
    now_late = late(found)
    there = {finding.subject_key for finding in findings.open_of(NOT_CLOSED)}
    wanted = {now_late.day.isoformat()} if now_late else set()
    if there == wanted:
        return
    values = {
        "key": now_late.day.isoformat() if now_late else "",
        "arguments": json.dumps(now_late.arguments if now_late else {}, sort_keys=True),
        "is_late": int(now_late is not None),
    }
    findings.keep(NOT_CLOSED, SEEN, values, on=business_date.calendar_today())


def shown() -> list[str]:
    """The sentences of the alarm for the page."""
    now_late = late(inbox.line())
    return [now_late.text] if now_late else []


@health.check("nights_late")
def count() -> int:
    return len(shown())


@jobs.before_each_round
def look() -> None:
    """Each round: asks for what is next in the line, and keeps the alarm."""
    keep(inbox.ask_for_next())
