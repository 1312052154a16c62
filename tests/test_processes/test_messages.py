"""Beat, broker and messages: dead, doubled, emptied, late and out of order. They only poke; the ledger has the work."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta

import pytest

from tests.test_processes.conftest import Bank
from tests.test_processes.installation import ROOT, Installation, eventually

pytestmark = [pytest.mark.processes, pytest.mark.postgres]

QUEUE = "celery"


def is_month_end(day: str) -> bool:
    return (date.fromisoformat(day) + timedelta(days=1)).day == 1


def test_three_extracts_come_while_beat_is_dead(at_work: Bank) -> None:
    """Month-ends among them. Applied and closed in their order, each with its own night."""
    installation = at_work.installation
    installation.stop("beat")
    eventually("no message waits", lambda: at_work.broker.llen(QUEUE) == 0)
    eventually("quiet", installation.is_quiet)
    looks = installation.looks()
    days = [at_work.deliver_next() for _number in range(3)]
    assert any(map(is_month_end, days))
    at_work.broker.ping()
    assert not any(map(installation.is_closed, days))
    assert installation.looks() == looks, "nobody looks while beat is dead"
    installation.start_beat()
    eventually(f"the night of {days[0]}", lambda: installation.is_closed(days[0]))
    installation.wait_until_closed(days[-1])
    nights = "SELECT business_date::text FROM nightly_nightrun WHERE state = 'done' ORDER BY finished_at DESC LIMIT 3"
    assert [day for (day,) in installation.ask(nights)] == days[::-1]
    at_work.check(days[-1])


def test_two_starts_of_one_night(at_work: Bank) -> None:
    """By command, twice at once, while the worker does it too."""
    installation = at_work.installation
    installation.stop("beat")
    installation.stop("worker")
    path = at_work.next()
    installation.manage("import_extract", str(path))
    installation.keep_running()
    command = [sys.executable, "manage.py", "run_night"]
    both = [
        subprocess.Popen(command, cwd=ROOT, env=installation.environment, stdout=-3, stderr=-3) for _number in range(2)
    ]
    for process in both:
        process.wait(180)
    installation.wait_until_closed(path.name)
    at_work.check(path.name)


def test_beat_started_twice(at_work: Bank) -> None:
    at_work.installation.start_beat("second-beat")
    try:
        day = at_work.deliver_next()
        at_work.installation.wait_until_closed(day)
        at_work.check(day)
    finally:
        at_work.installation.stop("second-beat")


def test_redis_loses_everything_with_messages_waiting(at_work: Bank) -> None:
    installation, broker = at_work.installation, at_work.broker
    installation.stop("worker")
    day = at_work.deliver_next()
    eventually("messages wait", lambda: broker.llen(QUEUE) >= 1)
    broker.flushall()
    installation.start_worker()
    installation.wait_until_closed(day)
    at_work.check(day)


def test_the_same_message_twice_and_out_of_order(at_work: Bank) -> None:
    """Every message that was on its way comes again, three times and backwards, while its work is done and after."""
    installation, broker = at_work.installation, at_work.broker
    installation.stop("worker")
    day = at_work.deliver_next()
    eventually("messages wait", lambda: broker.llen(QUEUE) >= 3)
    messages = broker.lrange(QUEUE, 0, -1)
    installation.start_worker()
    eventually(f"the import of {day} has begun", lambda: has_begun(installation, day))
    again(at_work, messages[::-1] * 3)
    installation.wait_until_closed(day)
    again(at_work, messages)
    eventually("quiet", installation.is_quiet)
    at_work.check(day)


def has_begun(installation: Installation, day: str) -> bool:
    return bool(installation.ask("SELECT 1 FROM core_jobrun WHERE shard = %s AND attempts > 0", f"inbox:{day}"))


def again(bank: Bank, messages: list[bytes]) -> None:
    """Puts messages that were taken before into the queue and waits until a worker has looked for each."""
    before = bank.installation.messages_ended()
    bank.broker.rpush(QUEUE, *messages)
    eventually("every message is taken", lambda: bank.installation.messages_ended() >= before + len(messages))


def test_the_closed_night_computed_again(at_work: Bank) -> None:
    """By command, twice: what is due is there already."""
    installation = at_work.installation
    day = at_work.deliver_next()
    installation.wait_until_closed(day)
    at_work.check(day)
    for _number in range(2):
        installation.manage("run_night", "--again")
    eventually("quiet", installation.is_quiet)
    at_work.check_work()
