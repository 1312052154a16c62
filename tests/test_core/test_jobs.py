"""The job ledger: claimed once, taken over when the worker is dead, tried again, failed with its reason."""

import time
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from postloan.core import jobs, progress
from postloan.core.models import JobRun, JobState

pytestmark = pytest.mark.django_db


@pytest.fixture
def work(monkeypatch):
    """Registers a job for one test and records what it was given."""
    monkeypatch.setattr(jobs, "_kinds", dict(jobs._kinds))
    done: list[dict] = []

    @jobs.register("test.work", attempts=2)
    def _work(claim):
        done.append(claim.arguments)
        if claim.arguments.get("refuse"):
            raise jobs.JobRefused("it cannot be done")
        if claim.arguments.get("break"):
            raise RuntimeError("it broke")
        return {"rows": 3}

    return done


def test_asking_twice_is_asking_once(work):
    first = jobs.request("test.work", business_date=date(2026, 1, 5), arguments={"a": 1})
    second = jobs.request("test.work", business_date=date(2026, 1, 5), arguments={"a": 1})
    assert first.pk == second.pk
    assert jobs.run_due() == 1
    assert work == [{"a": 1}]
    first.refresh_from_db()
    assert (first.state, first.counts, first.error) == (JobState.DONE, {"rows": 3}, "")
    assert jobs.run_due() == 0


def test_an_unknown_job_is_refused():
    with pytest.raises(ValueError, match="no job is called"):
        jobs.request("test.nobody_knows")


def test_asking_for_a_run_that_has_ended_runs_it_again(work):
    run = jobs.request("test.work")
    jobs.run_due()
    again = jobs.request("test.work", arguments={"second": True})
    assert again.pk == run.pk
    jobs.run_due()
    assert work == [{}, {"second": True}]


def test_a_refusal_is_final_and_says_why(work):
    run = jobs.request("test.work", arguments={"refuse": True})
    jobs.run_due()
    run.refresh_from_db()
    assert (run.state, run.error, run.attempts) == (JobState.FAILED, "it cannot be done", 1)


def test_an_error_is_tried_again_later_and_then_has_failed(work, caplog):
    run = jobs.request("test.work", arguments={"break": True})
    assert jobs.run_due() == 1
    run.refresh_from_db()
    assert run.state == JobState.WAITING
    assert run.due_at > timezone.now()
    JobRun.objects.update(due_at=timezone.now())
    jobs.run_due()
    run.refresh_from_db()
    assert (run.state, run.attempts) == (JobState.FAILED, 2)
    assert "it broke" in run.error


def test_a_live_lease_is_not_taken_and_a_dead_one_is(work):
    run = jobs.request("test.work")
    first = jobs.claim_next()
    assert first is not None
    assert jobs.claim_next() is None
    JobRun.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    second = jobs.claim_next()
    assert second is not None
    assert second.fence == first.fence + 1


def test_a_worker_that_lost_its_lease_writes_nothing(work):
    jobs.request("test.work")
    zombie = jobs.claim_next()
    jobs.take_over()
    heir = jobs.claim_next()
    with pytest.raises(jobs.LeaseLost):
        zombie.check()
    with pytest.raises(jobs.LeaseLost):
        zombie.progress("writing")
    jobs._end(zombie, JobState.FAILED, error="from beyond")
    heir.check()
    heir.progress("writing", 1, 2)
    heir.run.refresh_from_db()
    assert (heir.run.state, heir.run.stage, heir.run.error) == (JobState.RUNNING, "writing", "")


def test_whoever_comes_late_to_a_take_over_ends_no_session_of_the_heir(work, monkeypatch):
    """Names of sessions are compared by their beginning: claim 1 is not claim 12."""
    ended = []
    monkeypatch.setattr(jobs.locks, "end_sessions", lambda name: ended.append(name) or 0)
    run = jobs.request("test.work")
    assert jobs.claim_next() is not None
    jobs.take_over()
    heir = jobs.claim_next()
    assert heir is not None
    assert ended == [jobs._session(run, 1)]
    assert not jobs._session(run, heir.fence).startswith(ended[0])
    assert not jobs._session(run, 12).startswith(ended[0])


def test_two_claims_at_once_leave_one_winner(work):
    run = jobs.request("test.work")
    stale = JobRun.objects.get(pk=run.pk)
    assert jobs.claim_next() is not None
    lost = JobRun.objects.filter(pk=stale.pk, fence=stale.fence).update(fence=stale.fence + 1)
    assert lost == 0


@pytest.mark.parametrize("day", [None, date(2026, 1, 5)])
def test_a_run_stands_once_in_the_ledger(day):
    values = {"job": "test.work", "business_date": day, "due_at": timezone.now(), "requested_at": timezone.now()}
    JobRun.objects.create(**values)
    with pytest.raises(IntegrityError), transaction.atomic():
        JobRun.objects.create(**values)


def test_work_that_is_busy_waits_and_it_is_no_try(work, monkeypatch):
    """A night behind a long import is not given up after three looks."""

    @jobs.register("test.busy", attempts=2)
    def _busy(claim):
        raise jobs.JobBusy("another night is at work")

    run = jobs.request("test.busy")
    for _look in range(5):
        JobRun.objects.update(due_at=timezone.now())
        assert jobs.run_due() == 1
        run.refresh_from_db()
        assert (run.state, run.attempts, run.error) == (JobState.WAITING, 0, "another night is at work")
    assert run.due_at > timezone.now()


def test_a_run_that_kills_each_worker_has_failed_after_its_tries(work):
    run = jobs.request("test.work")
    for number in (1, 2):
        claim = jobs.claim_next()
        assert claim is not None
        assert claim.run.attempts == number
        JobRun.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert jobs.run_due() == 1
    run.refresh_from_db()
    assert (run.state, run.error, work) == (JobState.FAILED, "the worker died each time", [])
    assert run.finished_at is not None


def test_asked_for_by_itself_what_has_failed_stays_failed(work):
    run = jobs.request("test.work", arguments={"refuse": True})
    jobs.run_due()
    jobs.request("test.work", by_itself=True)
    assert jobs.run_due() == 0
    run.refresh_from_db()
    assert run.state == JobState.FAILED
    jobs.request("test.work")
    assert jobs.run_due() == 1


def test_a_look_that_fails_stops_nobody_and_is_seen_until_it_succeeds(work, monkeypatch, client, caplog):
    broken = [True]

    def look():
        if broken:
            raise OSError("the inbox is gone")

    monkeypatch.setattr(jobs, "_looks", [look, *jobs._looks])
    jobs.request("test.work")
    assert jobs.run_due() == 1
    failed = JobRun.objects.get(job=jobs.LOOK)
    assert (work, failed.state, failed.error) == ([{}], JobState.FAILED, "OSError: the inbox is gone")
    assert client.get("/healthz").json()["jobs_failed"] == 1
    jobs.run_due()
    assert JobRun.objects.filter(job=jobs.LOOK).count() == 1
    broken.clear()
    jobs.run_due()
    failed.refresh_from_db()
    assert (failed.state, failed.error) == (JobState.DONE, "")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_keeps_the_lease_while_the_work_takes_longer_than_it(settings, monkeypatch):
    """Half a second of lease, two of work: nobody takes the run over, and the work ends as it should."""
    settings.JOB_LEASE_SECONDS = 0.5
    monkeypatch.setattr(jobs, "_kinds", dict(jobs._kinds))
    seen = []

    @jobs.register("test.long")
    def _long(claim):
        until = time.monotonic() + 2
        while time.monotonic() < until:
            time.sleep(0.2)
            run = JobRun.objects.get(pk=claim.run.pk)
            seen.append((run.lease_until > timezone.now(), run.heartbeat_at))
            assert jobs.claim_next() is None
        return {"rows": 1}

    run = jobs.request("test.long")
    assert jobs.run_due(limit=1) == 1
    run.refresh_from_db()
    assert (run.state, run.fence, run.counts) == (JobState.DONE, 1, {"rows": 1})
    assert all(is_held for is_held, _moment in seen)
    assert len({moment for _held, moment in seen}) >= 3


@pytest.mark.django_db(transaction=True)
def test_a_sign_of_life_is_seen_while_the_work_goes_on(settings, monkeypatch):
    """On SQLite too, where the run's own transaction lets nobody write."""
    settings.JOB_LEASE_SECONDS = 0.5
    monkeypatch.setattr(jobs, "_kinds", dict(jobs._kinds))
    seen = []

    @jobs.register("test.long")
    def _long(claim):
        with transaction.atomic():
            for _look in range(5):
                time.sleep(0.2)
                seen.append(progress.shown(JobRun.objects.get(pk=claim.run.pk)).heartbeat_at)

    jobs.request("test.long")
    assert jobs.run_due(limit=1) == 1
    assert len(set(seen)) >= 3
    run = JobRun.objects.get(job="test.long")
    assert progress.shown(run).heartbeat_at == run.heartbeat_at, "nothing is left behind"
