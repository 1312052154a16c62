"""The line before the night: extracts that wait in the inbox are applied and closed by themselves, in order.

1. Each look asks for one thing: the night of the open date, or the import of the next complete extract.
2. What was refused or has failed stops the line, with its sentence on the page of the nights. It is not tried again
   by itself until somebody presses the button or what lies in the inbox has changed.
3. An extract that is not complete yet holds the line: a later date would shut it out for ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from postloan.core import jobs
from postloan.core.models import BusinessDate, JobRun, JobState
from postloan.imports import arrivals, inbox
from postloan.imports.jobs import IMPORT_EXTRACT
from postloan.imports.models import Extract
from postloan.nightly.tasks import JOB, ONLY_IF_OPEN

UNDERWAY = (JobState.WAITING, JobState.RUNNING)


@dataclass(frozen=True)
class Line:
    """What is next: a date to close, or an extract to apply. `since` is when it came."""

    day: date
    since: datetime
    job: JobRun | None
    revision: int = 1
    arrival: arrivals.Arrival | None = None

    @property
    def is_night(self) -> bool:
        return self.arrival is None

    @property
    def is_underway(self) -> bool:
        return self.job is not None and self.job.state in UNDERWAY

    @property
    def is_stopped(self) -> bool:
        if self.job is None or self.job.state != JobState.FAILED:
            return False
        return self.arrival is None or self.arrival.changed_at <= self.job.requested_at

    @property
    def is_ready(self) -> bool:
        return not (self.is_underway or self.is_stopped or (self.arrival and self.arrival.missing))

    @property
    def sentence(self) -> str:
        """What the page says about it; empty where all goes its way."""
        if self.is_stopped:
            text = _("The night of %(day)s has failed: %(reason)s No later extract is applied until it has run.")
            if not self.is_night:
                text = _("The extract of %(day)s was refused: %(reason)s No later one is applied before it.")
            return text % {"day": self.day, "reason": self._reason()}
        if self.arrival and self.arrival.missing:
            text = _("The extract of %(day)s is not complete: %(file)s has not come yet. Later ones wait for it.")
            return text % {"day": self.day, "file": self.arrival.missing}
        return ""

    def _reason(self) -> str:
        if self.job is None:
            return ""
        refused = Extract.objects.filter(pk=self.job.counts.get("extract")).first() if not self.is_night else None
        return (refused.sentence if refused else "") or self.job.error


def line() -> Line | None:
    """What is next, or nothing."""
    last = BusinessDate.objects.order_by("-date").first()
    if last is not None and last.closed_at is None:
        job = JobRun.objects.filter(job=JOB, business_date=last.date, revision=last.revision, shard="").first()
        return Line(last.date, last.opened_at, job, last.revision)
    found = arrivals.following(last.date, last.revision) if last else arrivals.following(None, None)
    if not found:
        return None
    job = JobRun.objects.filter(job=IMPORT_EXTRACT, shard=inbox.shard_of(found[0].name), business_date=None).first()
    return Line(found[0].day, found[0].changed_at, job, arrival=found[0])


def ask_for_next() -> Line | None:
    """Asks for what is next, once; returns what stands first."""
    found = line()
    if found is None or not found.is_ready:
        return found
    if found.arrival is None:
        jobs.request(JOB, business_date=found.day, revision=found.revision, arguments={ONLY_IF_OPEN: True})
    elif not JobRun.objects.filter(job=IMPORT_EXTRACT, state__in=UNDERWAY).exists():
        inbox.request_arrival(found.arrival.name)
    return found
