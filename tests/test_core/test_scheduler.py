"""The scheduler's rounds: what is due is run, a failing round is survived, what died with the last runner goes on."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from postloan.core import jobs
from postloan.core.management.commands.run_scheduler import Scheduler
from postloan.core.models import JobRun, JobState

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The runs that the job `test.note` worked on."""
    worked: list[int] = []
    kind = jobs.Kind("test.note", lambda claim: worked.append(claim.run.pk), attempts=3)
    monkeypatch.setitem(jobs._kinds, "test.note", kind)
    return worked


def make_run(**values: Any) -> JobRun:
    moment = timezone.now()
    return JobRun.objects.create(job="test.note", due_at=moment, requested_at=moment, **values)


def test_one_round_runs_what_is_due_and_leaves_a_sign_of_life(done: list[int], settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    run = make_run()
    call_command("run_scheduler", "--once")
    run.refresh_from_db()
    assert (done, run.state) == ([run.pk], JobState.DONE)
    assert (tmp_path / "scheduler.heartbeat").exists()


def test_a_round_that_fails_is_survived_and_leaves_no_sign_of_life(
    monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    settings.VAR_DIR = tmp_path

    def fail() -> int:
        raise OSError("the disk is full")

    monkeypatch.setattr(jobs, "run_due", fail)
    assert Scheduler(interval=0.01, is_alone=False).round() is False
    assert not (tmp_path / "scheduler.heartbeat").exists()


def test_the_only_runner_goes_on_with_what_died_with_the_last_one(done: list[int]) -> None:
    later = timezone.now() + timedelta(hours=5)
    run = make_run(state=JobState.RUNNING, lease_until=later, attempts=1, fence=1)
    Scheduler(interval=0.01, is_alone=False).round()
    assert done == []
    Scheduler(interval=0.01, is_alone=True).round()
    assert done == [run.pk]


def test_it_ends_when_it_is_told_to(done: list[int]) -> None:
    scheduler = Scheduler(interval=60, is_alone=True)
    scheduler.stop.set()
    scheduler.run()
    assert done == []
