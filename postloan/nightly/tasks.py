"""The night as a job: asked for from a page, run by whoever polls the ledger."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from django.db import DatabaseError, close_old_connections, connection

from postloan.core import business_date, jobs, locks, progress
from postloan.core.sql import is_postgres
from postloan.nightly import services, texts
from postloan.nightly.models import NightRun, RunState

JOB = "run_night"
ONLY_IF_OPEN = "only_if_open"


@jobs.register(JOB, attempts=3)
def run_night(claim: jobs.Claim) -> dict[str, Any]:
    """Closes the date the run is for, or computes it again. A night that does not agree is not tried again.

    With `only_if_open` there is nothing to do where the date has been closed meanwhile: by a command, or by a worker
    that died before it could say so.
    """
    day = claim.run.business_date
    if claim.arguments.get(ONLY_IF_OPEN) and business_date.open_date() != day:
        return {"closed_before": 1}
    with _Reporter(claim) as report:
        try:
            run = services.run_night(
                business_date=day, acting_user=claim.run.requested_by, progress=report, check=claim.check
            )
        except services.NightRefused as refusal:
            raise jobs.JobRefused(str(refusal)) from refusal
        except locks.AlreadyRunning as error:
            raise jobs.JobBusy("an extract or another night is at work") from error
    if run.state != RunState.DONE:
        raise jobs.JobRefused(texts.sentence(run.failures))
    return _counts(run)


def _counts(run: NightRun) -> dict[str, Any]:
    return {"night": run.pk, **{step.code: step.counts for step in run.steps.all()}}


class _Reporter:
    """Tells the job's page how far the night is, from outside its one transaction.

    On PostgreSQL over a connection of its own; on SQLite, which has one writer, by a file, and the ledger is told of
    the last stage when the transaction has ended, well or badly.
    """

    def __init__(self, claim: jobs.Claim) -> None:
        self.claim = claim
        self.pool: ThreadPoolExecutor | None = None
        self.last: tuple[str, int, int] | None = None

    def __enter__(self) -> _Reporter:
        if is_postgres() and not connection.in_atomic_block:
            self.pool = ThreadPoolExecutor(1, thread_name_prefix="night-progress")
        return self

    def __call__(self, stage: str, done: int, total: int) -> None:
        self.last = (stage, done, total)
        if self.pool is not None:
            self.pool.submit(self._tell, stage, done, total).result()
        else:
            progress.tell(self.claim.run, self.claim.fence, stage=stage, done=done, total=total)

    def _tell(self, stage: str, done: int, total: int) -> None:
        close_old_connections()
        self.claim.progress(stage, done, total)

    def __exit__(self, *_error: object) -> None:
        if self.pool is not None:
            self.pool.submit(self._close).result()
            self.pool.shutdown()
        elif self.last is not None:
            with suppress(jobs.LeaseLost, DatabaseError):
                self.claim.progress(*self.last)

    @staticmethod
    def _close() -> None:
        """Looked up in the pool's thread, whose own connection it is."""
        connection.close()
