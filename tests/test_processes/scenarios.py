"""What is done to an installation, and what must then be seen; for the tests and for those that see them red.

Everything waits for a state. Where a mechanism is turned off, the state shows it too, so that nobody waits for ever.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from postloan import schedule
from postloan.core import jobs
from tests.test_processes.installation import Installation, eventually
from tests.test_processes.pace import LEASE, LOOK

WITHIN = 60.0
# From here on a processor has more to do than it can, and whatever is waited for comes later by as much.
BUSY_A_CORE = 3.0


# Far more than a look is late on a busy machine.
LONG = 6 * LEASE


class NotTakenOver(AssertionError):
    """The run of a dead worker stays where it is."""


class Stuck(AssertionError):
    """The heir cannot do the work: what it needs is still held."""


@dataclass(frozen=True)
class Run:
    """A row of the ledger, with its own stamps."""

    pk: int
    job: str
    state: str
    fence: int
    heartbeat_at: datetime | None
    lease_until: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    error: str
    lease_is_over: bool
    is_long_over: bool

    @classmethod
    def of(cls, installation: Installation, condition: str, *values: Any) -> Run | None:
        found = installation.ask(
            "SELECT id, job, state, fence, heartbeat_at, lease_until, started_at, finished_at, error,"
            f" COALESCE(lease_until < now(), false), COALESCE(lease_until < now() - interval '{LONG} seconds', false)"
            f" FROM core_jobrun WHERE {condition} ORDER BY started_at DESC LIMIT 1",
            *values,
        )
        return cls(*found[0]) if found else None


@dataclass(frozen=True)
class Recovery:
    """When a worker last gave a sign of life, when its run was taken over, when the work was done."""

    what: str
    silent: datetime
    taken_over: datetime
    done: datetime

    # Looks that came to an end after the lease had ended and left the run where it was.
    looks_missed: int

    @property
    def seconds(self) -> float:
        return (self.done - self.silent).total_seconds()

    def must_be_quick(self) -> None:
        """Taken over by the first look after the lease, or the two that had begun before; done within a minute."""
        assert self.looks_missed <= 2, str(self)
        assert self.seconds < WITHIN * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1) / BUSY_A_CORE), str(self)

    def __str__(self) -> str:
        waited = (self.taken_over - self.silent).total_seconds()
        # What a new worker needs to start passes while the lease runs out.
        real = max(jobs.LEASE_SECONDS, waited - LOOK) + schedule.LOOK_SECONDS
        return (
            f"{self.what}: taken over {waited:.1f} s after the last sign of life (lease {LEASE} s, look every {LOOK} s),"
            f" done after {self.seconds:.1f} s; with the real lease of {jobs.LEASE_SECONDS:.0f} s and a look every"
            f" {schedule.LOOK_SECONDS:.0f} s it is taken over after at most {real:.0f} s"
        )


# What the summary of the run prints.
RECOVERIES: list[Recovery] = []


def wait_for(hit: Path) -> int:
    """Waits until the point is reached and returns the process it hit."""
    eventually(f"{hit.name}", lambda: hit.exists() and hit.read_text().strip().isdigit())
    return int(hit.read_text())


def job_of(point: str) -> str:
    """The job that reaches a point; none where nothing has been claimed yet."""
    first, _colon, rest = point.partition(":")
    if first == "jobs":
        return rest.partition(":")[2]
    return {"night": "run_night", "outbox": "deliver_messages"}.get(first, "import_extract")


def recover(installation: Installation, day: str, point: str, hit: Path, *, may_be_silent: bool = True) -> None:
    """From the hit until the date is closed and all is quiet; where a run had been claimed, quickly enough."""
    wait_for(hit)
    held = Run.of(installation, "state = 'running' AND job = %s", job_of(point))
    looks_missed = wait_until_taken_over(installation, held, may_be_silent) if held is not None else 0
    eventually(f"the night of {day} after {point}", lambda: _has_recovered(installation, day, held))
    if held is not None:
        note_recovery(installation, f"{point} in {held.job}", held, looks_missed)


def note_recovery(installation: Installation, what: str, held: Run, looks_missed: int = 0) -> None:
    """By the ledger's stamps before and after. Raises an AssertionError where it was not quick."""
    heir = Run.of(installation, "id = %s", held.pk)
    assert heir is not None
    assert held.heartbeat_at is not None
    assert heir.started_at is not None
    assert heir.finished_at is not None
    RECOVERIES.append(Recovery(what, held.heartbeat_at, heir.started_at, heir.finished_at, looks_missed))
    RECOVERIES[-1].must_be_quick()


def wait_until_taken_over(installation: Installation, held: Run, may_be_silent: bool) -> int:
    """How many looks left the run where it was after its lease.

    Raises NotTakenOver when a dead run is left alone after many looks; unless a worker may have to be started first,
    when nobody looks long after its lease.
    """
    looks, began = installation.looks(), time.monotonic()
    since_lease: list[int] = []

    def taken_over() -> bool:
        installation.keep_running()
        run = Run.of(installation, "id = %s", held.pk)
        assert run is not None
        if run.fence > held.fence or run.state != "running":
            return True
        if run.lease_is_over:
            since_lease.append(installation.looks())
        # A night that tells many people pokes many times at once: only looks over a time say that nobody takes it.
        if installation.looks() - looks > 15 and time.monotonic() - began > LONG:
            raise NotTakenOver(f"{run}: looked for work {installation.looks() - looks} times")
        if not may_be_silent and run.is_long_over and installation.looks() == since_lease[0]:
            raise NotTakenOver(f"{run}: its lease ended long ago; nobody has looked since")
        return False

    eventually("the run is taken over", taken_over)
    return since_lease[-1] - since_lease[0] if since_lease else 0


def _has_recovered(installation: Installation, day: str, held: Run | None) -> bool:
    installation.keep_running()
    installation.must_not_have_failed()
    run = Run.of(installation, "id = %s", held.pk) if held else None
    if run and held and run.fence > held.fence + 6:
        raise Stuck(f"{run}: tried {run.fence - held.fence} times")
    return installation.is_closed(day) and installation.is_quiet()


UNSEEN = {
    "import_extract": (
        "SELECT COUNT(*) FROM core_businessdate WHERE date = %s",
        "SELECT COUNT(*) FROM loans_loan WHERE changed_on = %s",
        "SELECT COUNT(*) FROM loans_instalment WHERE changed_on = %s",
    ),
    "run_night": (
        "SELECT COUNT(*) FROM core_businessdate WHERE date = %s AND closed_at IS NOT NULL",
        "SELECT COUNT(*) FROM todos_todo WHERE opened_on = %s",
        "SELECT COUNT(*) FROM core_outboxmessage WHERE business_date = %s",
    ),
}


def nothing_is_seen(installation: Installation, day: str, point: str) -> None:
    """Of an extract that is not applied, and of a night that is not committed, nobody sees anything."""
    seen = {question: installation.ask(question, day)[0][0] for question in UNSEEN[job_of(point)]}
    assert seen == dict.fromkeys(seen, 0), "half of it is to be seen"
