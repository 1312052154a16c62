"""The parent of the embedded mode, with small programs in place of the web server and the scheduler."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from postloan.core import embedded

pytestmark = pytest.mark.processes

ROOT = Path(__file__).resolve().parent.parent.parent
PARENT = """
import os, sys
from pathlib import Path
from typing import Any
from postloan.core import embedded
embedded.FIRST_PAUSE_SECONDS = 0.1
folder = Path(sys.argv[1])
note = "import os, time, pathlib; pathlib.Path({name!r}).open('a').write(f'{{os.getpid()}}\\\\n'); time.sleep({life})"
try:
    with embedded.only_one(folder / "serve.lock", f"process {os.getpid()}, port 1"):
        embedded.Supervisor(
            children=[
                embedded.Child("Steady", [sys.executable, "-c", note.format(name=str(folder / "steady"), life=600)]),
                embedded.Child("Frail", [sys.executable, "-c", note.format(name=str(folder / "frail"), life=0)], pause=0.1),
            ],
            folder=folder, environment=os.environ, say=lambda text: print(text, flush=True),
        ).run()
except embedded.CannotStart as refusal:
    sys.exit(str(refusal))
"""


def wait_for(question: Callable[[], Any], seconds: float = 20.0) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := question():
            return answer
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


def start_parent(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PARENT), str(folder)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def pids(path: Path) -> list[int]:
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def end(parent: subprocess.Popen[str]) -> str:
    parent.terminate()
    return parent.communicate(timeout=20)[0]


def test_a_child_that_ends_is_started_again_after_growing_pauses(tmp_path: Path) -> None:
    parent = start_parent(tmp_path)
    wait_for(lambda: len(pids(tmp_path / "frail")) >= 3)
    said = end(parent)
    assert parent.returncode == 0
    assert "Frail ended (exit code 0)" in said
    assert len(pids(tmp_path / "steady")) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_children_end_with_the_parent_however_it_ends(tmp_path: Path, number: signal.Signals) -> None:
    if number == signal.SIGKILL and not sys.platform.startswith("linux"):
        pytest.skip("only Linux tells children that their parent was killed")
    parent = start_parent(tmp_path)
    child = wait_for(lambda: pids(tmp_path / "steady"))[0]
    parent.send_signal(number)
    parent.communicate(timeout=20)
    wait_for(lambda: not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE)


def test_a_second_start_is_refused_in_one_sentence_and_leaves_the_first_alone(tmp_path: Path) -> None:
    first = start_parent(tmp_path)
    wait_for(lambda: pids(tmp_path / "steady"))
    second = start_parent(tmp_path)
    said = second.communicate(timeout=20)[0]
    assert second.returncode == 1
    assert said == f"It is already running (process {first.pid}, port 1): stop that one first.\n"
    assert first.poll() is None
    end(first)
    # What the first one held is free again.
    third = start_parent(tmp_path)
    wait_for(lambda: len(pids(tmp_path / "steady")) == 2)
    end(third)


def test_a_port_in_use_is_said_in_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(embedded.CannotStart, match=rf"Port {port} on 127.0.0.1 cannot be used .*PORT={port + 1}"):
            embedded.check_port("127.0.0.1", port)
    embedded.check_port("127.0.0.1", port)


def test_the_commands_are_those_of_this_python() -> None:
    web = embedded.web_command("::1", 8001, 4)
    assert web[:2] == [sys.executable, "-m"]
    assert "[::1]:8001" in web
    assert embedded.scheduler_command(ROOT / "manage.py")[1:] == [str(ROOT / "manage.py"), "run_scheduler", "--alone"]
