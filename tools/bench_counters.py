"""What a step cost on a machine that is shared: CPU seconds of its processes, and rows from the database's counters."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import sqlite3
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2

TICKS = os.sysconf("SC_CLK_TCK")
EVERY = 0.1

# What a run writes about itself, however little there was to do.
OWN_RECORDS = {"nightly_nightrun", "nightly_nightstep", "nightly_controltotal", "imports_extract", "core_jobrun"}
# What a night writes for people; of these PostgreSQL tells a digest beside its counters.
BOOK = ["loans_loan", "loans_loanstate", "loans_loanwatch", "collections_bucketmove", "core_finding", "todos_todo"]

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


class PostgresTables:
    """How many rows were written in each table since the database exists, and a digest of what stands there now."""

    def __init__(self, url: str) -> None:
        self.url = url

    def written(self) -> dict[str, int]:
        statement = "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_user_tables"
        return {name: int(count) for name, count in self._rows(statement)}

    def digests(self) -> dict[str, str]:
        statement = "SELECT count(*), sum(hashtextextended(t::text, 0)) FROM {} t"
        return {table: str(self._rows(statement.format(table))[0]) for table in BOOK}

    def settings(self) -> dict[str, str]:
        names = [
            "server_version",
            "shared_buffers",
            "work_mem",
            "effective_cache_size",
            "max_wal_size",
            "synchronous_commit",
        ]
        return {name: self._rows(f"SHOW {name}")[0][0] for name in names}

    def _rows(self, statement: str) -> list[Any]:
        connection = psycopg2.connect(self.url)
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall()
        finally:
            connection.close()


class SqliteTables:
    """SQLite counts for nobody: only what stands in its tables can be told, of all of them."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def written(self) -> dict[str, int]:
        return {}

    def digests(self) -> dict[str, str]:
        connection = sqlite3.connect(self.path)
        named = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        found = {}
        for (table,) in named:
            digest = hashlib.sha256()
            for row in connection.execute(f'SELECT * FROM "{table}" ORDER BY rowid'):
                digest.update(repr(row).encode())
            found[table] = digest.hexdigest()
        connection.close()
        return found

    def settings(self) -> dict[str, str]:
        return {"SQLite": sqlite3.sqlite_version}


class Tables:
    """What a block wrote: rows by table from the counters, and the tables that read otherwise afterwards."""

    def __init__(self, engine: PostgresTables | SqliteTables) -> None:
        self.engine = engine
        self.rows: dict[str, int] = {}
        self.changed: list[str] = []
        self.own = 0

    @contextmanager
    def watched(self):
        written, digests = self.engine.written(), self.engine.digests()
        yield self
        rows = {table: count - written.get(table, 0) for table, count in self.engine.written().items()}
        self.rows = {table: count for table, count in rows.items() if count and table not in OWN_RECORDS}
        self.own = sum(count for table, count in rows.items() if table in OWN_RECORDS)
        after = self.engine.digests()
        self.changed = sorted(
            t for t in after if after[t] != digests.get(t) and t not in OWN_RECORDS | {"sqlite_sequence"}
        )


def machine() -> dict[str, str]:
    """What the figures were measured on. The load average tells who else was at work when it began."""
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    processor = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    return {
        "cores": str(os.cpu_count()),
        "memory": f"{gigabytes:.0f} GB",
        "processor": processor[1] if processor else platform.machine(),
        "kernel": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "load average at the start": " ".join(f"{one:.1f}" for one in os.getloadavg()),
    }
