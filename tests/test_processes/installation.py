"""A server installation of real processes on PostgreSQL and a private Redis, to be killed and looked at."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
from django.conf import settings

from tests.test_processes import found, switches

ROOT = Path(__file__).resolve().parent.parent.parent
# How long anything may take before it counts as never; far more than it needs on a busy machine.
WAIT = 180.0
PR_SET_PDEATHSIG = 1
TAKEN = re.compile(r"Task core\.run_due\[([^]]+)\] received")
ENDED = re.compile(r"Task core\.run_due\[([^]]+)\] (?:succeeded|raised)")
# A message that came too late to say anything is not looked at.
EXPIRED = re.compile(r"Discarding revoked task: core\.run_due\[([^]]+)\]")
KEPT = ("keys", "outbox", "files", "counted.tsv")


class NotInTime(AssertionError):
    """What had to happen by itself did not."""


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def eventually(what: str, happened: Callable[[], Any], seconds: float = WAIT) -> Any:
    """Waits until it has happened and returns what it gave. Raises NotInTime."""
    until = time.monotonic() + seconds
    while not (given := happened()):
        if time.monotonic() > until:
            raise NotInTime(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.1)
    return given


PRCTL = ctypes.CDLL(None).prctl


def end_with_us() -> None:
    """What a child does before it becomes its program: the kernel ends it when the tests are killed."""
    PRCTL(PR_SET_PDEATHSIG, signal.SIGKILL)


def administer(statement: str) -> None:
    server = settings.DATABASES["default"]
    place = {"host": server["HOST"], "port": server["PORT"] or 5432}
    with closing(
        psycopg2.connect(**place, user=server["USER"], password=server["PASSWORD"], dbname="postgres")
    ) as connection:
        connection.autocommit = True
        connection.cursor().execute(statement)


def drop(name: str) -> None:
    administer(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@dataclass(frozen=True)
class Still:
    """An installation without processes, to be copied."""

    name: str
    folder: Path


class Installation:
    """One database, one inbox, and the processes that work on them.

    `like` is what the new one begins as: a copy of its database, keys and outbox. `without` names
    the mechanisms that are turned off in its processes.
    """

    def __init__(
        self, folder: Path, name: str, *, broker: str = "memory://", like: Still | None = None, without: str = ""
    ) -> None:
        self.folder, self.name = folder, name
        self.points = folder / "points"
        self.inbox = folder / "inbox"
        for made in (self.points, self.inbox):
            made.mkdir(parents=True)
        server = settings.DATABASES["default"]
        password = f":{server['PASSWORD']}" if server["PASSWORD"] else ""
        self.url = f"postgres://{server['USER']}{password}@{server['HOST']}:{server['PORT'] or 5432}/{name}"
        self.environment = {
            **os.environ,
            "DATABASE_URL": self.url,
            "DJANGO_SETTINGS_MODULE": "tests.process_settings",
            "POSTLOAN_VAR": str(folder),
            "POSTLOAN_TEST_POINTS": str(self.points),
            "REDIS_URL": broker,
            switches.WITHOUT: without,
        }
        self.processes: dict[str, subprocess.Popen[Any]] = {}
        if like is None:
            administer(f"CREATE DATABASE {name}")
            self.manage("migrate", "-v0")
            return
        administer(f"CREATE DATABASE {name} TEMPLATE {like.name}")
        for kept in KEPT:
            source = like.folder / kept
            if source.is_dir():
                shutil.copytree(source, folder / kept)
            elif source.exists():
                shutil.copy2(source, folder / kept)

    # ── processes ─────────────────────────────────────────────────────────────────────────────────────────

    def start(self, name: str, *command: str, **more: Any) -> subprocess.Popen[Any]:
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env=self.environment,
                stderr=log,
                start_new_session=True,
                preexec_fn=end_with_us,  # noqa: PLW1509 one call to the kernel
                **({"stdout": log} | more),
            )
        self.processes[name] = process
        return process

    def start_worker(self) -> None:
        options = ("--concurrency=2", "--without-gossip", "--without-mingle", "--loglevel=INFO")
        self.start("worker", "-m", "celery", "-A", "postloan", "worker", *options)

    def start_beat(self, name: str = "beat") -> None:
        files = (f"--schedule={self.folder / name}.db", f"--pidfile={self.folder / name}.pid")
        self.start(name, "-m", "celery", "-A", "postloan", "beat", "--max-interval=1", *files)

    def keep_running(self) -> None:
        """What a service manager does: starts again what has ended."""
        for name, start in (("worker", self.start_worker), ("beat", self.start_beat)):
            process = self.processes.get(name)
            if process is None or process.poll() is not None:
                if process is not None:
                    self.stop(name)
                start()

    def stop(self, name: str) -> None:
        """Ends a process and the children it started, all in a session of their own; stopped ones too."""
        process = self.processes.pop(name, None)
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(30)
            for pipe in filter(None, (process.stdin, process.stdout)):
                pipe.close()
            (self.folder / f"{name}.pid").unlink(missing_ok=True)

    def remove(self) -> None:
        for name in list(self.processes):
            self.stop(name)
        drop(self.name)

    def manage(self, *arguments: str) -> str:
        """Raises an AssertionError with what the command said where it fails."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    # ── orders ────────────────────────────────────────────────────────────────────────────────────────────

    def order(self, point: str, action: str) -> Path:
        """Lays down what is to happen at a point, once; the file returned appears when it has and holds the pid."""
        order = self.points / point.replace(":", "-")
        draft = order.with_name(f"{order.name}.draft")
        draft.write_text(action)
        taken = order.with_name(f"{order.name}.taken")
        taken.unlink(missing_ok=True)
        draft.rename(order)
        return taken

    def deliver(self, extract: Path) -> None:
        """An extract comes into the inbox, whole."""
        draft = self.inbox / f".{extract.name}"
        shutil.copytree(extract, draft)
        draft.rename(self.inbox / extract.name)

    def deliver_zip(self, extract: Path, folder: Path | None = None) -> Path:
        """The same as one archive: into the inbox, or elsewhere for somebody to upload."""
        draft = self.folder / f".{extract.name}.zip"
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(extract.iterdir()):
                archive.write(path, path.name)
        return draft.rename((folder or self.inbox) / f"{extract.name}.zip")

    # ── questions ─────────────────────────────────────────────────────────────────────────────────────────

    def ask(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with closing(psycopg2.connect(self.url)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement, values or None)
                return cursor.fetchall() if cursor.description else []

    def is_closed(self, day: str) -> bool:
        return bool(self.ask("SELECT 1 FROM core_businessdate WHERE date = %s AND closed_at IS NOT NULL", day))

    def is_quiet(self) -> bool:
        """Nothing is waiting or running any more, and every message has left or is known not to be known."""
        work = "SELECT 1 FROM core_jobrun WHERE state IN ('waiting', 'running')"
        # What is said to debtors lies until the quiet hours are over.
        letters = """
            SELECT 1 FROM core_delivery d JOIN core_outboxmessage m ON m.id = d.message_id
            WHERE d.state IN ('waiting', 'sending', 'failed') AND NOT d.outcome_unknown
              AND NOT (m.template LIKE 'overdue_borrower%' AND d.state = 'waiting' AND d.next_try_at > now())"""
        return not self.ask(f"{work} UNION ALL {letters}")

    def wait_until_closed(self, day: str) -> None:
        def closed() -> bool:
            self.must_not_have_failed()
            return self.is_closed(day) and self.is_quiet()

        eventually(f"the night of {day}", closed)

    def must_not_have_failed(self) -> None:
        failed = [run for run in self.runs() if run[3] == "failed"]
        assert failed == []

    def runs(self) -> list[tuple[Any, ...]]:
        return self.ask("SELECT job, business_date, shard, state, error FROM core_jobrun ORDER BY id")

    def looks(self) -> int:
        """How often a worker has looked for work and come to an end, as its log says."""
        return len(ENDED.findall(self._log()))

    def looks_not_ended(self) -> set[str]:
        """The messages that a worker has taken and not come to an end with."""
        log = self._log()
        return set(TAKEN.findall(log)) - set(ENDED.findall(log)) - set(EXPIRED.findall(log))

    def messages_ended(self) -> int:
        """How many messages a worker has come to an end with; the same one taken twice counts twice."""
        return self.looks() + len(EXPIRED.findall(self._log()))

    def _log(self) -> str:
        log = self.folder / "worker.log"
        return log.read_text(errors="replace") if log.exists() else ""

    def found(self) -> dict[str, list[tuple[str, ...]]]:
        """Todos, notices, reminders, deductions and messages, as the oracle speaks of them."""
        return {name: found.as_text(self.ask(question)) for name, question in found.QUESTIONS.items()}

    def arrived(self) -> list[tuple[str, str]]:
        """Key and address of whatever left the house, through both channels, as often as it left."""
        left = []
        lines = self.folder / "outbox" / "messages.jsonl"
        for text in lines.read_text(encoding="utf-8").splitlines() if lines.exists() else []:
            line = json.loads(text)
            left.append((line["key"], line["to"]))
        counted = self.folder / "counted.tsv"
        for text in counted.read_text(encoding="utf-8").splitlines() if counted.exists() else []:
            key, _tab, address = text.partition("\t")
            left.append((key, address))
        return sorted(left)

    def tell(self, order: str) -> dict[str, Any]:
        """Has the process beside do something, see snapshot.py."""
        if "snapshot" not in self.processes:
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
            self.start("snapshot", "-m", "tests.test_processes.snapshot", "answer", **pipes)
        process = self.processes["snapshot"]
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{order}\n")
        process.stdin.flush()
        line = process.stdout.readline()
        assert line, (self.folder / "snapshot.log").read_text()[-2000:]
        return json.loads(line)
