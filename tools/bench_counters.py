"""What a step cost on a machine that is shared: CPU seconds of its processes, and rows from the database's counters."""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
EVERY = 0.1

# Runs a night inside `manage.py shell` and prints, after each step, what the tables were read and written by then.
# Inside the transaction PostgreSQL counts for this connection alone; parallel workers count for themselves, so none.
NIGHT = """
import json
from django.db import connection
from postloan.nightly import services
seen, steps = [], []
def read():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COALESCE(SUM(seq_tup_read + COALESCE(idx_tup_fetch, 0)), 0),"
            " COALESCE(SUM(n_tup_ins + n_tup_upd + n_tup_del), 0)"
            " FROM pg_stat_xact_user_tables WHERE schemaname NOT LIKE 'pg_temp%%'")
        return [int(value) for value in cursor.fetchone()]
def progress(stage, done, total):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL max_parallel_workers_per_gather = 0")
    steps.append(stage)
    seen.append(read())
run = services.run_night(progress=progress, check=lambda: seen.append(read()))
assert run.state == "done", run.error
differences = [[after[0] - before[0], after[1] - before[1]] for before, after in zip(seen, seen[1:])]
print(json.dumps(list(zip(steps, differences))))
"""


class DatabaseWork:
    """CPU seconds of the server's processes for one database, their parallel workers among them, while a block runs."""

    def __init__(self, database: str) -> None:
        self.database = database
        self.seconds = 0.0

    @contextmanager
    def measured(self):
        before, found, stop = self._read(), {}, threading.Event()

        def watch() -> None:
            while not stop.wait(EVERY):
                found.update(self._read())

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield self
        finally:
            found.update(self._read())
            stop.set()
            watcher.join()
            self.seconds = sum(seconds - before.get(pid, 0.0) for pid, seconds in found.items())

    def _read(self) -> dict[int, float]:
        found = {}
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            try:
                title = (folder / "cmdline").read_bytes()
                if not title.startswith(b"postgres: ") or not self._is_ours(title, folder):
                    continue
                times = (folder / "stat").read_text().rsplit(")", 1)[1].split()
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
            found[int(folder.name)] = (int(times[11]) + int(times[12])) / TICKS
        return found

    def _is_ours(self, title: bytes, folder: Path) -> bool:
        if self.database.encode() in title:
            return True
        _head, marker, leader = title.partition(b"parallel worker for PID ")
        if not marker:
            return False
        pid = leader.split(b"\0")[0].strip().decode()
        try:
            return self.database.encode() in (Path("/proc") / pid / "cmdline").read_bytes()
        except FileNotFoundError:
            return False
