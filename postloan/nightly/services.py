"""The night of a business date.

1. One night at a time: a lock that ends with its process. A run that is marked running while nobody holds the lock
   died; it is marked failed.
2. The run's row is written first, by itself, so that a failed night leaves its trace.
3. All steps and the control totals stand in one transaction, with the closing of the date. A difference rolls all of
   it back: the date stays open, the run is stored as failed with the rows named.
4. A second run of the last closed date computes everything again and writes nothing where nothing changed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from postloan.classification.rules import thresholds_on
from postloan.core import checkpoints, locks, sql, timeline
from postloan.core.models import BusinessDate
from postloan.loans import states as loans
from postloan.nightly import controls, steps, texts, totals
from postloan.nightly.models import NightRun, NightStep, RunState
from postloan.nightly.steps import CONTROLS, STEPS, Night

LOCK = "night"
# Held too, so that no extract of the next date is applied under the feet of a second run.
EXTRACTS_LOCK = "extracts"
# Grows when a rule in code changes what a state says: the next night then looks at every loan.
RULES_VERSION = 2
CLOSED = timeline.define("night.closed", gettext_lazy("The night of {key} has closed the business date."))

Progress = Callable[[str, int, int], None]


class NightRefused(Exception):
    """The night cannot run. The text is for the person who asked."""


class NothingToClose(NightRefused):
    """No business date is open."""


@dataclass
class _Trace:
    """What happened so far, kept outside the transaction so that a failed night can still tell."""

    steps: list[NightStep] = field(default_factory=list)
    report: controls.Report = field(default_factory=controls.Report)

    def add(self, run: NightRun, code: str, started: float, counts: dict[str, int], state: str) -> None:
        seconds = Decimal(f"{time.perf_counter() - started:.3f}")
        order = len(self.steps) + 1
        self.steps.append(NightStep(run=run, order=order, code=code, state=state, counts=counts, seconds=seconds))

    def store(self, run: NightRun) -> None:
        NightStep.objects.bulk_create(self.steps)
        controls.store(self.report, run)


def run_night(
    *,
    business_date: date | None = None,
    acting_user: Any = None,
    progress: Progress | None = None,
    check: Callable[[], None] | None = None,
) -> NightRun:
    """Closes the open business date, or computes the last closed one again when `business_date` says so.

    Returns the run, done or failed; a failed one has changed nothing. `check` is called at the end of the writing
    transaction and may raise to undo it. Raises NothingToClose, NightRefused, locks.AlreadyRunning; any other error
    is recorded with the run and raised again.
    """
    with locks.exclusive(LOCK), locks.exclusive(EXTRACTS_LOCK):
        dated = _choose(business_date)
        run = _begin(dated, acting_user)
        trace = _Trace()
        try:
            with transaction.atomic():
                _work(dated, run, trace, progress or _silent)
                if check is not None:
                    check()
                _finish(dated, run, trace, acting_user)
                checkpoints.reached("night:before-commit")
            checkpoints.reached("night:committed")
        except controls.ControlsFailed as failed:
            _fail(run, trace, failures=failed.report.failures)
        except BaseException as error:
            _fail(run, trace, error=f"{type(error).__name__}: {error}")
            raise
    return run


def _silent(stage: str, done: int, total: int) -> None:
    return None


def _choose(day: date | None) -> BusinessDate:
    open_one = BusinessDate.objects.filter(closed_at=None).first()
    last = BusinessDate.objects.order_by("-date").first()
    if day is None:
        if open_one is None:
            raise NothingToClose(_("No business date is open: there is nothing to close."))
        return open_one
    if last is None or last.date != day:
        raise NightRefused(_("%(day)s is not the last business date; only that one can be computed.") % {"day": day})
    return last


def _begin(dated: BusinessDate, acting_user: Any) -> NightRun:
    now = timezone.now()
    NightRun.objects.filter(state=RunState.RUNNING).update(
        state=RunState.FAILED, finished_at=now, error="The process ended before the night did."
    )
    same = NightRun.objects.filter(business_date=dated.date, revision=dated.revision)
    return NightRun.objects.create(
        business_date=dated.date,
        revision=dated.revision,
        attempt=same.count() + 1,
        started_at=now,
        thresholds={
            **asdict(thresholds_on(dated.date)),
            **steps.missed_limits(dated.date),
            "rules": RULES_VERSION,
        },
        requested_by=acting_user if getattr(acting_user, "pk", None) else None,
    )


def _night(dated: BusinessDate, run: NightRun) -> Night:
    done = NightRun.objects.filter(state=RunState.DONE)
    former = done.filter(business_date__lt=dated.date).order_by("-business_date", "-revision", "-attempt").first()
    closed = BusinessDate.objects.filter(date__lt=dated.date).exclude(closed_at=None).order_by("-date").first()
    everything = former is not None and former.thresholds != run.thresholds
    is_again = done.filter(business_date=dated.date).exists()
    return Night(
        day=dated.date,
        run_id=run.pk,
        since=closed.date if closed else None,
        is_correction=is_again and not done.filter(business_date=dated.date, revision=dated.revision).exists(),
        everything=everything,
        thresholds=thresholds_on(dated.date),
        former=None if everything or is_again else _former(former, closed, dated.date),
    )


def _former(run: NightRun | None, closed: BusinessDate | None, day: date) -> controls.Former | None:
    """What a quiet night goes on from; None where the whole book is controlled loan by loan.

    That is the first night, the first of each month before the last one is frozen, a date computed again, and when
    a threshold changed.
    """
    if run is None or closed is None or run.business_date != closed.date or not totals.has_kept(run.pk):
        return None
    is_new_month = (closed.date.year, closed.date.month) != (day.year, day.month)
    return None if is_new_month else controls.Former(closed.date, run.pk)


def _work(dated: BusinessDate, run: NightRun, trace: _Trace, progress: Progress) -> None:
    night = _night(dated, run)
    total = len(STEPS) + 1
    with _planned_for_sets(), loans.night_tables():
        for number, step in enumerate(STEPS):
            progress(step.code, number, total)
            started = time.perf_counter()
            try:
                counts = step.work(night)
            except Exception:
                trace.add(run, step.code, started, {}, RunState.FAILED)
                raise
            trace.add(run, step.code, started, counts, RunState.DONE)
            checkpoints.reached(f"night:{step.code}")
    progress(CONTROLS, len(STEPS), total)
    _control(night, run, trace)


@contextmanager
def _planned_for_sets() -> Iterator[None]:
    """Memory for sorting, and no compiling of statements: on PostgreSQL it takes longer than running them here."""
    with sql.memory_for_sorting():
        if sql.is_postgres():
            sql.execute("SET LOCAL jit = off")
        yield


def _control(night: Night, run: NightRun, trace: _Trace) -> None:
    started = time.perf_counter()
    trace.report = controls.take(night.day, night.thresholds, former=night.former)
    failed = trace.report.has_failed
    counts = {
        "looked_at": trace.report.looked_at,
        "totals": len(trace.report.totals),
        "differences": sum(total.differs for total in trace.report.totals),
        "faults": sum(len(check["rows"]) + check["more"] for check in trace.report.failures),
    }
    trace.add(run, CONTROLS, started, counts, RunState.FAILED if failed else RunState.DONE)
    if failed:
        raise controls.ControlsFailed(trace.report)


def _finish(dated: BusinessDate, run: NightRun, trace: _Trace, acting_user: Any) -> None:
    now = timezone.now()
    if dated.closed_at is None:
        dated.closed_at = now
        dated.save(update_fields=["closed_at"])
        timeline.record(
            CLOSED, acting_user=acting_user, subject_kind="night", subject_key=dated.date.isoformat(), run_id=run.pk
        )
    trace.store(run)
    run.state = RunState.DONE
    run.finished_at = now
    run.save(update_fields=["state", "finished_at"])


def _fail(run: NightRun, trace: _Trace, *, failures: list[dict] | None = None, error: str = "") -> None:
    if locks.is_cut():
        connection.close()
    run.state = RunState.FAILED
    run.finished_at = timezone.now()
    run.failures = failures or []
    with translation.override("en"):
        run.error = error or texts.sentence(run.failures)
    with transaction.atomic():
        # Once another night has begun, this one has been marked failed: what wakes late writes nothing.
        if NightRun.objects.select_for_update().filter(pk=run.pk, state=RunState.RUNNING).exists():
            trace.store(run)
            run.save(update_fields=["state", "finished_at", "failures", "error"])
