"""Killed at named points: the work goes on within a minute and leaves what it leaves when nobody disturbs it.

Each test takes the next extract of a small bank. What its night left is compared with an oracle over the files
(todos, notices, messages and where they went) and, for all else, with an undisturbed installation.
POSTLOAN_TEST_WITHOUT=… (see switches.py) turns a mechanism off; `test_switches.py` shows that these tests notice.
"""

from __future__ import annotations

import pytest

from postloan import schedule
from postloan.core import jobs
from tests.test_processes.conftest import Bank
from tests.test_processes.scenarios import WITHIN, nothing_is_seen, recover, wait_for

pytestmark = [pytest.mark.processes, pytest.mark.postgres]

# `kill`: the pool's child that works. `kill-all`: the worker with it, and whoever manages the service starts another.
POINTS = [
    ("jobs:before-claim", "kill"),
    ("jobs:before-claim", "kill-all"),
    ("jobs:claimed:run_night", "kill"),
    ("applying", "kill-all"),
    ("apply:loans", "kill"),
    ("night:overdue", "kill"),
    ("night:overdue", "kill-all"),
    ("night:before-commit", "kill"),
    ("night:committed", "kill"),
    ("jobs:worked:run_night", "kill-all"),
]
BEFORE_THE_COMMIT = {"applying", "apply:loans", "night:overdue", "night:before-commit"}


@pytest.mark.parametrize("point", ["outbox:claimed:file", "outbox:sent:file"])
def test_killed_while_sending_where_a_key_is_taken_once(at_work: Bank, point: str) -> None:
    """Whoever takes over sends it again: it arrives once. First here: each month-end has notices that staff are told."""
    hit = at_work.installation.order(point, "kill")
    day = at_work.deliver_next()
    recover(at_work.installation, day, point, hit)
    at_work.check(day)


def test_killed_after_sending_where_a_key_is_not_taken_once(at_work: Bank) -> None:
    """It is not sent again but shown: nobody knows whether it arrived. In truth it did, and once."""
    installation, point = at_work.installation, "outbox:sent:counted"
    hit = installation.order(point, "kill")
    day = at_work.deliver_next()
    recover(installation, day, point, hit)
    assert installation.ask("SELECT COUNT(*) FROM core_delivery WHERE outcome_unknown") == [(1,)]
    assert installation.tell("arrived") == {"arrived": 1}
    at_work.check(day)


@pytest.mark.parametrize(("point", "action"), POINTS)
def test_killed_at_a_point_the_work_goes_on_and_leaves_the_same(at_work: Bank, point: str, action: str) -> None:
    hit = at_work.installation.order(point, action)
    day = at_work.deliver_next()
    if point in BEFORE_THE_COMMIT:
        wait_for(hit)
        nothing_is_seen(at_work.installation, day, point)
    recover(at_work.installation, day, point, hit)
    at_work.check(day)


@pytest.mark.parametrize("way", ["zip", "upload"])
def test_an_archive_whose_import_is_killed_between_staging_and_applying(at_work: Bank, way: str) -> None:
    """One that came by itself, and one that somebody uploaded and that must still be there for the heir."""
    installation, point = at_work.installation, "applying"
    hit = installation.order(point, "kill")
    path = at_work.next()
    if way == "zip":
        installation.deliver_zip(path)
    else:
        installation.tell(f"upload {installation.deliver_zip(path, installation.folder)}")
    wait_for(hit)
    nothing_is_seen(installation, path.name, point)
    recover(installation, path.name, point, hit)
    at_work.check(path.name)
    assert [left.name for left in (installation.inbox / "uploads").iterdir()] == []


def test_with_the_real_lease_and_look_the_work_goes_on_within_a_minute() -> None:
    assert jobs.LEASE_SECONDS + schedule.LOOK_SECONDS <= WITHIN - 5
