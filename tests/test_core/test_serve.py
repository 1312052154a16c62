"""`manage.py serve` as a person starts it: real processes, a database of its own, the log-in page in the end."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest

from tools.repository import ROOT

pytestmark = pytest.mark.processes

START_SECONDS = 90.0


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(port: int, path: str) -> tuple[int, str, bytes]:
    """Status, place to go to, and content."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request("GET", path, headers={"Host": "localhost"})
        answer = connection.getresponse()
        return answer.status, answer.getheader("Location", ""), answer.read()


def wait_for(question: Callable[[], Any], seconds: float = START_SECONDS) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if answer := question():
                return answer
        except OSError:
            pass
        time.sleep(0.2)
    raise AssertionError("it did not happen in time")


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of an empty demonstration in a folder of its own."""
    folder = tmp_path_factory.mktemp("installation")
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "postloan.settings.demo",
        "POSTLOAN_VAR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder / 'postloan.sqlite3'}",
        "PORT": str(free_port()),
    }
    environment.pop("REDIS_URL", None)
    manage("migrate", "--verbosity", "0", environment=environment)
    return environment


def manage(*arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def served(installation: dict[str, str]) -> Iterator[psutil.Process]:
    log = Path(installation["POSTLOAN_VAR"]) / "serve.log"
    with log.open("w") as output:
        command = [sys.executable, "manage.py", "serve"]
        parent = subprocess.Popen(command, cwd=ROOT, env=installation, stdout=output, stderr=output)
        try:
            port = int(installation["PORT"])
            wait_for(lambda: get(port, "/readyz")[0] == 200)
            yield psutil.Process(parent.pid)
        finally:
            parent.terminate()
            parent.wait(40)
            sys.stdout.write(log.read_text())


def test_a_stranger_at_the_front_door_sees_the_log_in_page(
    served: psutil.Process, installation: dict[str, str]
) -> None:
    port = int(installation["PORT"])
    status, place, content = get(port, "/")
    if status == 302:
        status, _, content = get(port, place)
    assert status == 200
    assert b'name="password"' in content


def test_style_sheets_come_from_here(served: psutil.Process, installation: dict[str, str]) -> None:
    assert get(int(installation["PORT"]), "/static/vendor/tabler.min.css")[0] == 200


def test_the_scheduler_gives_a_sign_of_life(served: psutil.Process, installation: dict[str, str]) -> None:
    sign = Path(installation["POSTLOAN_VAR"]) / "scheduler.heartbeat"
    first = wait_for(lambda: sign.exists() and sign.stat().st_mtime)
    wait_for(lambda: sign.stat().st_mtime > first)


def test_a_second_start_is_refused(served: psutil.Process, installation: dict[str, str]) -> None:
    command = [sys.executable, "manage.py", "serve"]
    done = subprocess.run(command, cwd=ROOT, env=installation, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"already running (process {served.pid}, port {installation['PORT']})" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_in_use_is_said(installation: dict[str, str], tmp_path: Path) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        environment = {**installation, "POSTLOAN_VAR": str(tmp_path), "PORT": port}
        command = [sys.executable, "manage.py", "serve"]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"Port {port}" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_killed_web_server_comes_back(served: psutil.Process, installation: dict[str, str]) -> None:
    web = next(child for child in served.children() if "gunicorn" in " ".join(child.cmdline()))
    for process in [*web.children(), web]:
        process.kill()
    port = int(installation["PORT"])
    wait_for(lambda: get(port, "/livez")[0] == 200)
    assert web.pid not in {child.pid for child in served.children()}
