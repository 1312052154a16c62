"""The database is the queue of record; Redis, the beat and people only poke.

1. `request` writes a JobRun row: unique by job, business date, revision and piece.
2. A poke calls `run_due`: it claims what is due by compare-and-set on the fencing number and takes a lease.
3. While it works, a heartbeat renews the lease; whoever writes checks the fence in the writing transaction.
4. A dead worker's lease runs out and the next poke takes the run over: it ends the former database session, so that
   a worker that only hung keeps no lock, and an old worker that wakes writes nothing.
5. An error is tried again with a growing delay, a set number of times, then the run has failed and says why.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from postloan.core import checkpoints, locks, progress
from postloan.core.models import JobRun, JobState
from postloan.core.sql import is_postgres

log = logging.getLogger(__name__)

LEASE_SECONDS = 45.0
HEARTBEATS_A_LEASE = 4.5
# SQLite has one writer: no heartbeat gets through a long transaction. Its only runner takes over at its start.
LEASE_WITHOUT_HEARTBEAT = timedelta(hours=6)
RETRY_SECONDS = [20, 120, 600]
BUSY_SECONDS = 5
# What failed while looking for due work stands in the ledger under this name; nobody claims it.
LOOK = "look"


class JobRefused(Exception):
    """The work cannot be done and trying again will not help. The text is for the person who asked."""


class JobBusy(Exception):
    """Other work must end first. It is looked at again soon, and does not count as a try."""


class LeaseLost(Exception):
    """Somebody else has taken this run over: nothing may be written any more."""


@dataclass(frozen=True)
class Kind:
    name: str
    work: Callable[[Claim], dict[str, Any] | None]
    attempts: int


@dataclass
class Claim:
    """A run this worker holds. `progress` tells the page; `check` is for the transaction that writes."""

    run: JobRun
    fence: int
    counts: dict[str, Any] = field(default_factory=dict)

    @property
    def arguments(self) -> dict[str, Any]:
        return self.run.arguments

    def progress(self, stage: str, done: int = 0, total: int | None = None) -> None:
        """Stage and done of total, visible at once: not to be called inside the writing transaction."""
        updated = self._mine().update(
            stage=stage, done_count=done, total_count=total, heartbeat_at=timezone.now(), lease_until=_lease_end()
        )
        if not updated:
            raise LeaseLost(str(self.run))

    def check(self) -> None:
        """Inside the writing transaction: locks the run's row and raises LeaseLost if another holds it."""
        if not self._mine().select_for_update().exists():
            raise LeaseLost(str(self.run))

    def _mine(self):
        return JobRun.objects.filter(pk=self.run.pk, fence=self.fence, state=JobState.RUNNING)


_kinds: dict[str, Kind] = {}
_looks: list[Callable[[], None]] = []


def register(name: str, *, attempts: int = 3) -> Callable[[Callable[[Claim], Any]], Callable[[Claim], Any]]:
    """Makes a function the work of a job. It takes the claim and returns counts."""

    def decorate(work: Callable[[Claim], Any]) -> Callable[[Claim], Any]:
        _kinds[name] = Kind(name, work, attempts)
        return work

    return decorate


def is_registered(name: str) -> bool:
    return name in _kinds


def before_each_round(look: Callable[[], None]) -> Callable[[], None]:
    """A function that asks for work that has become due by the clock; it costs a query when nothing is."""
    _looks.append(look)
    return look


def request(
    job: str,
    *,
    business_date: date | None = None,
    revision: int = 1,
    shard: str = "",
    arguments: dict[str, Any] | None = None,
    acting_user: Any = None,
    by_itself: bool = False,
) -> JobRun:
    """Asks for a piece of work. Asking twice is asking once; asking for one that has ended runs it again.

    Asked for `by_itself`, what has failed stays failed and in sight until a person asks.
    """
    if job not in _kinds:
        raise ValueError(f"no job is called {job}")
    now = timezone.now()
    with transaction.atomic():
        run, is_new = JobRun.objects.get_or_create(
            job=job,
            business_date=business_date,
            revision=revision,
            shard=shard,
            defaults={
                "arguments": arguments or {},
                "due_at": now,
                "requested_at": now,
                "requested_by": acting_user,
            },
        )
        if not is_new:
            ended = [JobState.DONE] if by_itself else [JobState.DONE, JobState.FAILED]
            JobRun.objects.filter(pk=run.pk, state__in=ended).update(
                state=JobState.WAITING,
                arguments=arguments or {},
                due_at=now,
                requested_at=now,
                requested_by=acting_user,
                attempts=0,
                finished_at=None,
                error="",
                stage="",
                done_count=0,
                total_count=None,
            )
            run.refresh_from_db()
        transaction.on_commit(poke)
    return run


def request_again(run: JobRun, *, acting_user: Any) -> JobRun:
    """Asks once more for a run that has ended, as it was asked for."""
    return request(
        run.job,
        business_date=run.business_date,
        revision=run.revision,
        shard=run.shard,
        arguments=run.arguments,
        acting_user=acting_user,
    )


def poke() -> None:
    """Wakes a worker. A broker that is away loses nothing: the beat comes within a minute."""
    if not str(settings.CELERY_BROKER_URL).startswith("redis"):
        return
    from postloan.celery import app

    try:
        app.send_task("core.run_due")
    except Exception:
        log.warning("the broker did not take the poke; the beat will", exc_info=True)


def claim_next() -> Claim | None:
    """Takes the oldest run that is due, or whose worker is dead; None where there is nothing to take."""
    now = timezone.now()
    due = JobRun.objects.filter(
        Q(state=JobState.WAITING, due_at__lte=now) | Q(state=JobState.RUNNING, lease_until__lt=now),
        job__in=list(_kinds),
    ).order_by("business_date", "due_at", "id")
    for run in due[:20]:
        if run.state == JobState.RUNNING:
            # First: a worker that hangs between its check and its commit holds the run's row.
            locks.end_sessions(_session(run, run.fence))
        if _take(run, now):
            run.refresh_from_db()
            return Claim(run, run.fence)
    return None


def _take(run: JobRun, now: datetime) -> bool:
    return bool(
        JobRun.objects.filter(pk=run.pk, fence=run.fence)
        .filter(Q(state=JobState.WAITING) | Q(state=JobState.RUNNING, lease_until__lt=now))
        .update(
            state=JobState.RUNNING,
            fence=F("fence") + 1,
            attempts=F("attempts") + 1,
            lease_until=_lease_end(),
            heartbeat_at=now,
            started_at=now,
            worker=f"{socket.gethostname()}:{os.getpid()}",
            error="",
        )
    )


def _session(run: JobRun, fence: int) -> str:
    """Names the session of one claim: whoever comes late to a take-over must not end the heir's."""
    return f"postloan run {run.pk} claim {fence}."


def run_due(limit: int = 100) -> int:
    """Runs whatever is due, and what that makes due; returns how many runs were worked on."""
    worked, before = 0, -1
    while before < worked < limit:
        before = worked
        _look_around()
        checkpoints.reached("jobs:before-claim")
        while worked < limit and (claim := claim_next()) is not None:
            _work(claim)
            worked += 1
    return worked


def _look_around() -> None:
    """Each look for itself: one that fails stands in the ledger with its error, and keeps nobody else from working."""
    failing = set(JobRun.objects.filter(job=LOOK, state=JobState.FAILED).values_list("shard", flat=True))
    for look in _looks:
        name = f"{look.__module__}.{look.__name__}"
        try:
            look()
        except Exception as error:
            log.exception("%s failed", name)
            if locks.is_cut():
                connection.close()
            _note_look(name, JobState.FAILED, _text_of(error))
        else:
            if name in failing:
                _note_look(name, JobState.DONE, "")


def _note_look(name: str, state: str, error: str) -> None:
    now = timezone.now()
    values = {"state": state, "error": error, "due_at": now, "requested_at": now, "finished_at": now}
    JobRun.objects.update_or_create(job=LOOK, business_date=None, revision=1, shard=name, defaults=values)


def take_over() -> int:
    """For the only runner of an embedded installation at its start: what was running died with the last one."""
    return JobRun.objects.filter(state=JobState.RUNNING).update(lease_until=timezone.now() - timedelta(seconds=1))


def _work(claim: Claim) -> None:
    kind = _kinds[claim.run.job]
    if claim.run.attempts > kind.attempts:
        _end(claim, JobState.FAILED, error=claim.run.error or "the worker died each time")
        return
    try:
        with _Heartbeat(claim), locks.named_session(_session(claim.run, claim.fence)):
            checkpoints.reached(f"jobs:claimed:{kind.name}")
            claim.counts = kind.work(claim) or {}
        checkpoints.reached(f"jobs:worked:{kind.name}")
    except JobBusy as busy:
        _wait(claim, BUSY_SECONDS, str(busy), attempts=claim.run.attempts - 1)
    except LeaseLost:
        log.warning("%s was taken over by another worker", claim.run)
    except JobRefused as refusal:
        _end(claim, JobState.FAILED, error=str(refusal))
    except Exception as error:
        log.exception("%s failed", claim.run)
        if locks.is_cut():
            connection.close()
        _try_again(claim, kind, error)
    else:
        _end(claim, JobState.DONE)


def _end(claim: Claim, state: str, *, error: str = "") -> None:
    claim._mine().update(
        state=state, finished_at=timezone.now(), lease_until=None, counts=claim.counts, error=error[:4000]
    )


def _try_again(claim: Claim, kind: Kind, error: Exception) -> None:
    text = _text_of(error)
    if claim.run.attempts >= kind.attempts:
        _end(claim, JobState.FAILED, error=text)
        return
    delays = getattr(settings, "JOB_RETRY_SECONDS", RETRY_SECONDS)
    _wait(claim, delays[min(claim.run.attempts - 1, len(delays) - 1)], text, attempts=claim.run.attempts)


def _text_of(error: Exception) -> str:
    return "".join(traceback.format_exception_only(error)).strip()[:4000]


def _wait(claim: Claim, seconds: float, error: str, *, attempts: int) -> None:
    claim._mine().update(
        state=JobState.WAITING,
        due_at=timezone.now() + timedelta(seconds=seconds),
        lease_until=None,
        error=error[:4000],
        finished_at=None,
        attempts=attempts,
    )


def _lease_seconds() -> float:
    return getattr(settings, "JOB_LEASE_SECONDS", LEASE_SECONDS)


def _lease_end() -> datetime:
    return timezone.now() + (timedelta(seconds=_lease_seconds()) if is_postgres() else LEASE_WITHOUT_HEARTBEAT)


class _Heartbeat:
    """A sign of life while the work goes on, from a thread of its own.

    It renews the lease over a connection of its own, so that a long transaction does not hide it. On SQLite nothing
    gets past the one writer: there the page is told by a file, and the lease is long.
    """

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.stop = threading.Event()
        self.thread: threading.Thread | None = None

    def __enter__(self) -> _Heartbeat:
        beat = self._renew if is_postgres() else self._touch
        if not is_postgres() or not connection.in_atomic_block:
            name = f"heartbeat-{self.claim.run.pk}"
            self.thread = threading.Thread(target=self._beat, args=(beat,), name=name, daemon=True)
            self.thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop.set()
        if self.thread is not None:
            self.thread.join(timeout=LEASE_SECONDS)
        progress.forget(self.claim.run)

    def _beat(self, beat: Callable[[], None]) -> None:
        try:
            while not self.stop.wait(_lease_seconds() / HEARTBEATS_A_LEASE):
                beat()
        finally:
            connection.close()

    def _renew(self) -> None:
        try:
            close_old_connections()
            self.claim._mine().update(heartbeat_at=timezone.now(), lease_until=_lease_end())
        except DatabaseError:
            log.warning("heartbeat of %s did not get through", self.claim.run, exc_info=True)

    def _touch(self) -> None:
        progress.tell(self.claim.run, self.claim.fence)
