"""Stopped and woken after the lease, cut off from the database: whoever is late writes nothing, nothing is lost."""

from __future__ import annotations

import os
import signal

import pytest

from tests.test_processes.conftest import Bank
from tests.test_processes.installation import Installation, eventually
from tests.test_processes.scenarios import Run, note_recovery, nothing_is_seen, recover, wait_for

pytestmark = [pytest.mark.processes, pytest.mark.postgres]


@pytest.mark.parametrize(
    "point", ["jobs:claimed:run_night", "applying", "night:overdue", "night:before-commit", "outbox:claimed:file"]
)
def test_a_stopped_process_is_taken_over_and_writes_nothing_when_it_wakes(at_work: Bank, point: str) -> None:
    installation = at_work.installation
    hit = installation.order(point, "stop")
    day = at_work.deliver_next()
    stopped = wait_for(hit)
    try:
        recover(installation, day, point, hit)
        at_work.check(day)
        written, late = all_runs(installation), installation.looks_not_ended()
        assert late
    finally:
        os.kill(stopped, signal.SIGCONT)
    eventually("what was stopped has ended", lambda: not late & installation.looks_not_ended())
    assert all_runs(installation) == written
    at_work.check(day)


def all_runs(installation: Installation) -> list[tuple]:
    nights = "SELECT id, state, error, finished_at FROM nightly_nightrun ORDER BY id"
    imports = "SELECT id, state, refusal, finished_at FROM imports_extract ORDER BY id"
    return installation.ask(nights) + installation.ask(imports)


@pytest.mark.parametrize("point", ["applying", "apply:loans", "night:todos", "night:before-commit", "night:committed"])
def test_the_connection_cut_before_or_after_the_commit(at_work: Bank, point: str) -> None:
    hit = at_work.installation.order(point, "cut")
    day = at_work.deliver_next()
    recover(at_work.installation, day, point, hit)
    at_work.check(day)


def test_the_connection_cut_while_it_commits(at_work: Bank) -> None:
    """A constraint trigger holds the night's COMMIT, in which its session is ended."""
    installation = at_work.installation
    for statement in SLOW_COMMIT:
        installation.ask(statement)
    day = at_work.deliver_next()
    found = eventually("a slow COMMIT", lambda: installation.ask(COMMITTING))
    held = Run.of(installation, "state = 'running' AND job = 'run_night'")
    assert held is not None
    nothing_is_seen(installation, day, "night:before-commit")
    installation.ask(SLOW_COMMIT_ENDS)
    assert installation.ask("SELECT pg_terminate_backend(%s)", found[0][0]) == [(True,)]
    installation.wait_until_closed(day)
    note_recovery(installation, "cut while it commits", held)
    at_work.check(day)


COMMITTING = """
    SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query = 'COMMIT'
    AND state = 'active' AND wait_event = 'PgSleep'"""
SLOW_COMMIT = (
    "CREATE TABLE slow_commit (is_on boolean)",
    "INSERT INTO slow_commit VALUES (true)",
    """CREATE FUNCTION slow_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
       IF EXISTS (SELECT 1 FROM slow_commit WHERE is_on) THEN PERFORM pg_sleep(170); END IF; RETURN NULL; END $$""",
    """CREATE CONSTRAINT TRIGGER slow_commit AFTER UPDATE ON core_businessdate DEFERRABLE INITIALLY DEFERRED
       FOR EACH ROW EXECUTE FUNCTION slow_commit()""",
)
# The trigger itself cannot be dropped while the night holds its table.
SLOW_COMMIT_ENDS = "UPDATE slow_commit SET is_on = false"
