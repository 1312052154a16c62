"""One demonstration bank and one beginning a run; a Redis and installations to be disturbed of each process's own."""

from __future__ import annotations

import contextlib
import fcntl
import io
import json
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import redis
from django.core.management import call_command

from tests.conftest import absent
from tests.test_processes.installation import ROOT, Installation, Still, drop, end_with_us, eventually, free_port
from tests.test_processes.oracle import Oracle
from tests.test_processes.scenarios import RECOVERIES

REDIS = shutil.which("redis-server")
RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))[:12]
LANE = os.environ.get("PYTEST_XDIST_WORKER", "main")
# Month-ends but the last month's, whose working days come one by one.
MONTHS, CUSTOMERS = 13, 60
# Whose sender died after sending has left too; it is shown as unknown and not sent again.
SENT = (
    "SELECT m.key FROM core_outboxmessage m JOIN core_delivery d ON d.message_id = m.id"
    " WHERE d.state = 'sent' OR d.outcome_unknown"
)
# The messages that the oracle speaks of; all others are compared with the undisturbed installation.
KNOWN_KEYS = ("instalment|", "maturity|")


@pytest.fixture(scope="session", autouse=True)
def tidy_end() -> Iterator[None]:
    """Whoever ends the run by SIGTERM, as `timeout` does, still leaves no process and no database behind."""
    former = signal.signal(signal.SIGTERM, lambda *_signal: pytest.exit("asked to end", returncode=143))
    yield
    signal.signal(signal.SIGTERM, former)


@pytest.fixture(autouse=True)
def told(record_property) -> Iterator[None]:
    """How long each recovery took, by the ledger's own stamps, goes into the summary of the run."""
    yield
    while RECOVERIES:
        record_property("recovery", str(RECOVERIES.pop(0)))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    reports = [report for found in terminalreporter.stats.values() for report in found if hasattr(report, "when")]
    lines = [
        text
        for report in reports
        if report.when == "teardown"
        for _name, text in getattr(report, "user_properties", [])
    ]
    if lines:
        terminalreporter.section("recoveries")
        for line in lines:
            terminalreporter.write_line(line)


# ── what the whole run shares ─────────────────────────────────────────────────────────────────────────────


@dataclass
class Beginning:
    """An installation that stands still after the first extracts, and what is still to come."""

    still: Still
    extracts: list[Path]
    done: int
    reference: Path

    def oracle(self) -> Oracle:
        oracle = Oracle()
        for extract in self.extracts[: self.done]:
            oracle.night(extract)
        return oracle

    def reference_of(self, day: str) -> dict[str, Any]:
        """What that date looks like when nobody disturbs it; waits until it is known."""

        def known() -> dict[str, Any] | None:
            lines = self.reference.read_text().splitlines(keepends=True)
            found = [json.loads(line) for line in lines if line.startswith("{") and line.endswith("\n")]
            return next((snapshot for snapshot in found if snapshot["day"] == day), None)

        return eventually(f"the reference of {day}, see {self.reference.with_suffix('.log')}", known, 600)


@pytest.fixture(scope="session")
def beginning(tmp_path_factory) -> Iterator[Beginning]:
    """Made by whichever process of the run comes first, removed by the last."""
    own = tmp_path_factory.getbasetemp()
    root = (own.parent if LANE != "main" else own) / "beginning"
    root.mkdir(exist_ok=True)
    name = f"postloan_processes_{RUN}"
    with _alone(root) as users:
        if not users:
            call_command("make_demo_bank", str(root / "bank"), customers=CUSTOMERS, months=MONTHS, stdout=io.StringIO())
            _begin(root, name)
        users.append(LANE)
    extracts = sorted((root / "bank").iterdir())
    try:
        yield Beginning(Still(name, root / "first"), extracts, 1, root / "reference.jsonl")
    finally:
        with _alone(root) as users:
            users.remove(LANE)
            if not users:
                _end_reference(root)
                drop(name)
                drop(f"{name}_reference")


def _begin(root: Path, name: str) -> None:
    """The first extract applied and closed; the reference goes on from there on its own, beside the tests."""
    extracts = sorted((root / "bank").iterdir())
    first = Installation(root / "first", name)
    snapshot = ("-m", "tests.test_processes.snapshot", "reference")
    with (root / "first.jsonl").open("wb") as said:
        done = first.start("first", *snapshot, str(extracts[0]), stdout=said)
        assert done.wait(300) == 0, (root / "first" / "first.log").read_text()[-2000:]
    undisturbed = Installation(root / "reference", f"{name}_reference", like=Still(first.name, first.folder))
    with (root / "reference.jsonl").open("wb") as said, (root / "reference.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, *snapshot, *map(str, extracts[1:])],
            cwd=ROOT,
            env=undisturbed.environment,
            stdout=said,
            stderr=log,
            start_new_session=True,
        )
    REFERENCES.append(process)
    (root / "reference.pid").write_text(str(process.pid))


# Kept, because it may outlive this process of the run.
REFERENCES: list[subprocess.Popen[bytes]] = []


def _end_reference(root: Path) -> None:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        os.kill(int((root / "reference.pid").read_text()), signal.SIGKILL)
    for process in REFERENCES:
        process.wait()


@contextmanager
def _alone(root: Path) -> Iterator[list[str]]:
    """Who uses what the run shares, to be changed by one at a time."""
    with (root / "users.json").open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        users = json.loads(file.read() or "[]")
        yield users
        file.seek(0)
        file.truncate()
        file.write(json.dumps(users))


# ── what each process has of its own ──────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="session")
def redis_port(tmp_path_factory) -> Iterator[int]:
    """A Redis of our own."""
    if REDIS is None:
        pytest.skip(absent("redis-server"))
    port, folder = free_port(), tmp_path_factory.mktemp("redis")
    command = [REDIS, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, preexec_fn=end_with_us)  # noqa: PLW1509 one call
    try:
        with redis.Redis(port=port) as client:
            eventually("Redis answers", lambda: _answers(client))
        yield port
    finally:
        process.kill()
        process.wait()


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


@dataclass
class Bank:
    """An installation under test and the extracts that are still to come. Each test takes the next of them."""

    installation: Installation
    broker: redis.Redis
    beginning: Beginning
    oracle: Oracle
    used: list[Path] = field(default_factory=list)

    def next(self) -> Path:
        place = self.beginning.done + len(self.used)
        assert place < len(self.beginning.extracts), "more tests than dates: raise MONTHS in conftest.py"
        extract = self.beginning.extracts[place]
        self.used.append(extract)
        self.oracle.night(extract)
        return extract

    def deliver_next(self) -> str:
        path = self.next()
        self.installation.deliver(path)
        return path.name

    def check_work(self) -> None:
        """Notices, todos and deliveries are exactly what the oracle says; nothing is there or has left twice."""
        found, wanted = self.installation.found(), self.oracle.wanted()
        assert {name: difference(found[name], wanted[name]) for name in wanted if found[name] != wanted[name]} == {}
        left = self.installation.arrived()
        noted = self.installation.ask(SENT)
        assert difference([key for key, _address in left], [key for (key,) in noted]) == ([], [])
        known = [address for key, address in left if key.startswith(KNOWN_KEYS)]
        assert difference(known, self.oracle.addresses) == ([], [])

    def check(self, day: str) -> None:
        """And all else that the date left behind, totals too, is what it leaves when nobody disturbs it."""
        self.installation.must_not_have_failed()
        self.check_work()
        found, wanted = self.installation.tell("now"), self.beginning.reference_of(day)
        assert {name: difference(found[name], wanted[name]) for name in wanted if found[name] != wanted[name]} == {}


def difference(found: Any, wanted: Any) -> tuple[list, list]:
    """What is there too often, and what is not there; three of each."""
    if not isinstance(wanted, list):
        return [found], [wanted]
    one, other = (Counter(map(str, rows)) for rows in (found, wanted))
    return sorted((one - other).elements())[:3], sorted((other - one).elements())[:3]


@pytest.fixture(scope="module")
def bank(beginning: Beginning, redis_port: int, request, tmp_path_factory) -> Iterator[Bank]:
    """A copy of the beginning; each module has its own, each with the same extracts before it."""
    module = request.module.__name__.rpartition(".")[2].removeprefix("test_")
    installation = Installation(
        tmp_path_factory.mktemp(module) / "installation",
        f"postloan_processes_{RUN}_{module}",
        broker=f"redis://127.0.0.1:{redis_port}/0",
        like=beginning.still,
    )
    try:
        with redis.Redis(port=redis_port) as broker:
            broker.flushall()
            yield Bank(installation, broker, beginning, beginning.oracle())
    finally:
        installation.remove()


@pytest.fixture
def at_work(bank: Bank) -> Bank:
    """The installation with a worker and one beat, and nothing waiting."""
    installation = bank.installation
    for order in installation.points.iterdir():
        order.unlink()
    installation.keep_running()
    # As if somebody had pressed the button, so that one red test does not make the next one red.
    installation.ask("UPDATE core_jobrun SET state = 'waiting', attempts = 0, due_at = now() WHERE state = 'failed'")
    if bank.used:
        installation.wait_until_closed(bank.used[-1].name)
    return bank
