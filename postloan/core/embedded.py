"""One command that runs everything on one machine: the web server and the scheduler as children of one parent.

1. The parent holds a file lock as long as it lives; a second start finds it taken and says so.
2. The children end with the parent: it forwards the request to stop, and where the kernel offers it they are
   told to end when the parent dies without being asked.
3. A child that ends by itself is started again, each time after a longer pause.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
# A child that lived this long was well: its next failure is a first failure again.
WELL_AFTER_SECONDS = 60.0
STOP_WITHIN_SECONDS = 25.0
LOOK_EVERY_SECONDS = 0.2

PR_SET_PDEATHSIG = 1


class CannotStart(Exception):
    """One sentence for the person who gave the command."""


@contextmanager
def only_one(lock_file: Path, what: str) -> Iterator[None]:
    """Holds the lock file and writes `what` into it. Raises CannotStart when another process holds it."""
    lock_file.parent.mkdir(parents=True, exist_ok=True)
    with lock_file.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            running = file.read().strip() or "in another process"
            raise CannotStart(f"It is already running ({running}): stop that one first.") from error
        file.seek(0)
        file.truncate()
        file.write(what)
        file.flush()
        yield


def check_port(host: str, port: int) -> None:
    """Raises CannotStart when nobody could listen on this port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CannotStart(
                f"Port {port} on {host} cannot be used ({error.strerror}): choose another, such as PORT={port + 1}."
            ) from error


def _end_with(parent: int) -> Callable[[], None] | None:
    """What a child does before it becomes its program: ask the kernel to be told when its parent dies."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died between fork and here
            os.kill(os.getpid(), signal.SIGTERM)

    return ask


@dataclass
class Child:
    """One program kept running."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = FIRST_PAUSE_SECONDS
    next_start: float = 0.0

    def start(self, environment: Mapping[str, str], folder: Path) -> None:
        self.process = subprocess.Popen(  # noqa: S603 the commands are ours
            self.command,
            cwd=folder,
            env=dict(environment),
            # Ctrl-C in a terminal reaches the parent alone, which then ends the children in order.
            start_new_session=True,
            preexec_fn=_end_with(os.getpid()),  # noqa: PLW1509 the parent has one thread
        )
        self.started = time.monotonic()

    def look(self) -> str:
        """Notices an end, sets the time of the next start and returns the sentence to print; else empty."""
        if self.process is None or (code := self.process.poll()) is None:
            return ""
        now = time.monotonic()
        if now - self.started >= WELL_AFTER_SECONDS:
            self.pause = FIRST_PAUSE_SECONDS
        self.process = None
        self.next_start = now + self.pause
        sentence = f"{self.name} ended ({_reason(code)}); starting it again in {self.pause:.0f} s"
        self.pause = min(self.pause * 2, LONGEST_PAUSE_SECONDS)
        return sentence

    def signal(self, number: int) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)


def _reason(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"


@dataclass
class Supervisor:
    """Starts the children, keeps them running, ends them; `run` returns when asked to stop by a signal."""

    children: list[Child]
    folder: Path
    environment: Mapping[str, str]
    say: Callable[[str], None]
    stopping: bool = field(default=False, init=False)

    def run(self) -> None:
        former = {number: signal.signal(number, self._stop) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            while not self.stopping:
                self._round()
                time.sleep(LOOK_EVERY_SECONDS)
        finally:
            self._end_children()
            for number, handler in former.items():
                signal.signal(number, handler)

    def _stop(self, _number: int, _frame: object) -> None:
        self.stopping = True

    def _round(self) -> None:
        for child in self.children:
            if sentence := child.look():
                self.say(sentence)
            if child.process is None and time.monotonic() >= child.next_start and not self.stopping:
                child.start(self.environment, self.folder)

    def _end_children(self) -> None:
        for child in self.children:
            child.signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_WITHIN_SECONDS
        for child in self.children:
            if child.process is None:
                continue
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.say(f"{child.name} did not end in {STOP_WITHIN_SECONDS:.0f} s and is stopped")
                child.signal(signal.SIGKILL)
                child.process.wait()


def web_command(host: str, port: int, threads: int) -> list[str]:
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    options = {"--bind": bind, "--threads": str(threads), "--timeout": "120", "--log-level": "warning"}
    flat = [part for pair in options.items() for part in pair]
    gunicorn = [sys.executable, "-m", "gunicorn", "postloan.wsgi:application"]
    return [*gunicorn, "--worker-class", "gthread", "--workers", "1", "--no-control-socket", *flat]


def scheduler_command(manage: Path) -> list[str]:
    """`--alone`: the parent's lock makes sure that no other runner works on this database."""
    return [sys.executable, str(manage), "run_scheduler", "--alone"]
