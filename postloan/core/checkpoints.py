"""Named points at which a test may kill or stop the process, to show that nothing is ever half-done.

1. Only under the test settings; everywhere else a point costs one comparison and does nothing.
2. POSTLOAN_TEST_KILL_AT names one point at which the process kills itself.
3. POSTLOAN_TEST_POINTS names a folder: a file called like a point holds what is to happen there, once.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

from django.conf import settings
from django.db import connection

KILL_AT, POINTS = "POSTLOAN_TEST_KILL_AT", "POSTLOAN_TEST_POINTS"
TEST_SETTINGS = ("postloan.settings.test", "tests.process_settings")


def reached(name: str) -> None:
    """Does what a test has laid down for this point."""
    if settings.SETTINGS_MODULE not in TEST_SETTINGS:
        return
    if os.environ.get(KILL_AT) == name:
        os.kill(os.getpid(), signal.SIGKILL)
    if folder := os.environ.get(POINTS):
        _act(Path(folder) / name.replace(":", "-"))


def _act(order: Path) -> None:
    taken = order.with_name(f"{order.name}.taken")
    try:
        # Whoever renames it has it: one process, once.
        order.rename(taken)
    except FileNotFoundError:
        return
    action = taken.read_text().strip()
    taken.write_text(str(os.getpid()))
    if action == "cut":
        _cut()
        return
    if action == "kill-all":
        os.kill(os.getppid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGSTOP if action == "stop" else signal.SIGKILL)


def _cut() -> None:
    """Ends this process's own connection from the server's side."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [connection.connection.info.backend_pid])
    finally:
        other.close()
