"""`make bench [SCALE=100000] [ENGINE=sqlite]`: what import, night and pages cost, beside what a database needs.

Each measured step runs as its own process, so that its peak memory is its own, and stands beside its floor
(`bench_floors.py`). The seconds of each step of the nights stand there too, and with `--profile` the dearest statements
(`bench_profile.py`). `--json` keeps the figures; `--against` holds a later run of a larger book against them. Nothing
here decides whether tests pass. On a machine that does other work too, look at the CPU seconds as well.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, nullcontext
from pathlib import Path

import psycopg2

try:
    from tools import bench_counters, bench_floors, bench_pages, bench_profile, bench_report
except ImportError:
    import bench_counters
    import bench_floors
    import bench_pages
    import bench_profile
    import bench_report

ROOT = Path(__file__).resolve().parent.parent
DAY, NEXT_DAY = "2026-10-30", "2026-10-31"
FULL = bench_report.IMPORT
# The last night with its steps, as the product itself has recorded it.
LAST_NIGHT = (
    "import json; from postloan.nightly.models import NightRun\n"
    "run = NightRun.objects.order_by('pk').last()\n"
    "print(json.dumps({'seconds': run.seconds, 'steps': {one.code: float(one.seconds) for one in run.steps.all()}}))"
)


class Bench:
    def __init__(self, server: str, loans: int, folder: Path, *, sqlite: bool = False, profile: bool = False) -> None:
        self.server = server
        self.folder = folder
        self.sqlite = sqlite
        self.profile = profile and not sqlite
        self.database = f"postloan_bench_{os.getpid()}"
        self.file = folder / "bench.sqlite3"
        self.url = f"sqlite:///{self.file}" if sqlite else f"{server}/{self.database}"
        self.result = bench_report.Result(loans, "SQLite" if sqlite else "PostgreSQL", bench_counters.machine())
        self.tables = bench_counters.SqliteTables(self.file) if sqlite else bench_counters.PostgresTables(self.url)

    # Doing and measuring -------------------------------------------------------------------------------------

    def admin(self, *statements: str) -> None:
        connection = psycopg2.connect(f"{self.server}/postgres")
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        connection.close()

    def measured(self, name: str, seconds: float, *, cpu: float, megabytes: float = 0.0, note: str = "") -> None:
        self.result.measures.append(bench_report.Measure(name, seconds, megabytes, note, cpu))
        memory = f", {megabytes:.0f} MB" if megabytes else ""
        print(f"  {name}: {seconds:.2f} s{memory}", file=sys.stderr, flush=True)

    @contextmanager
    def clock(self, name: str):
        """For what this process has done; SQLite works inside it, PostgreSQL in its own processes."""
        start, own = time.perf_counter(), time.process_time()
        with bench_counters.DatabaseWork(self.database).measured() if not self.sqlite else nullcontext() as work:
            yield
        cpu = work.seconds if work else time.process_time() - own
        self.measured(name, time.perf_counter() - start, cpu=cpu)

    def environment(self, database: str | None = None) -> dict[str, str]:
        return {
            **os.environ,
            "DATABASE_URL": f"{self.server}/{database}" if database else self.url,
            "DJANGO_SETTINGS_MODULE": "postloan.settings.demo",
            "POSTLOAN_VAR": str(self.folder / "var"),
            "POSTLOAN_LOG_LEVEL": "ERROR",
        }

    def manage(self, name: str | None, *arguments: str, database: str | None = None) -> str:
        """Runs a management command in its own process; measured when it has a name."""
        output = self.folder / "output.txt"
        start = time.perf_counter()
        with output.open("w") as sink, bench_counters.DatabaseWork(self.database).measured() as work:
            child = subprocess.Popen(
                [sys.executable, "manage.py", *arguments],
                cwd=ROOT,
                env=self.environment(database),
                stdout=sink,
                stderr=sink,
            )
            _pid, status, usage = os.wait4(child.pid, 0)
            seconds = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise SystemExit(f"manage.py {' '.join(arguments)} failed:\n{output.read_text()[-3000:]}")
        if name:
            cpu = usage.ru_utime + usage.ru_stime + work.seconds
            self.measured(name, seconds, cpu=cpu, megabytes=usage.ru_maxrss / 1024)
        return output.read_text()

    def shell(self, script: str, database: str | None = None) -> str:
        """The last line a script inside the product has printed."""
        return self.manage(None, "shell", "--no-imports", "-c", script, database=database).strip().splitlines()[-1]

    @contextmanager
    def copied(self):
        """A copy of the database as it stands, for what must not be done in it."""
        copy = f"{self.database}_copy"
        self.admin(f'CREATE DATABASE "{copy}" TEMPLATE "{self.database}"')
        try:
            yield copy
        finally:
            self.admin(f'DROP DATABASE IF EXISTS "{copy}" WITH (FORCE)', "CHECKPOINT")

    def step(self, name: str, *command: str) -> None:
        """A step of the product, measured; where it was asked for, done on a copy beforehand to see its plans."""
        if self.profile:
            with self.copied() as copy:
                self.admin(
                    *(
                        f"ALTER DATABASE \"{copy}\" SET {key} = '{value}'"
                        for key, value in bench_profile.SETTINGS.items()
                    )
                )
                plans = self.folder / "plans.jsonl"
                self.shell(
                    f"from tools import bench_profile; bench_profile.collect({str(plans)!r}, *{command!r})", copy
                )
                self.result.profiles[name] = bench_profile.worst(plans)
        self.manage(name, *command)
        if command[0] == "run_night":
            self.result.nights[name] = json.loads(self.shell(LAST_NIGHT))

    def repeat(self, name: str, *command: str) -> None:
        """A step that has nothing to do: what it writes all the same, by the counters and by what stands there."""
        watched = bench_counters.Tables(self.tables)
        with watched.watched():
            self.manage(name, *command)
        if command[0] == "run_night":
            self.result.nights[name] = json.loads(self.shell(LAST_NIGHT))
        self.result.repeated[name] = {
            "rows": watched.rows,
            "changed": watched.changed,
            "own": watched.own,
            "is_counted": not self.sqlite,
        }

    def count_rows(self, name: str) -> None:
        """The night once more beforehand, on a copy of the database, with its counters read after each step."""
        with self.copied() as copy:
            self.result.rows[name] = json.loads(self.shell(bench_counters.NIGHT, copy))

    def orm_loop(self, sample: int = 300) -> None:
        """What the same work costs loan by loan, from a sample."""
        script = (
            "import time; from decimal import Decimal; from postloan.loans.models import Loan\n"
            f"start = time.perf_counter(); day = '{NEXT_DAY}'\n"
            f"for loan in Loan.objects.all()[:{sample}]:\n"
            "    unpaid = [i for i in loan.instalments.filter(due_on__lt=day)"
            " if i.principal_paid < i.principal_due or i.interest_paid < i.interest_due]\n"
            "    sum((i.principal_due - i.principal_paid for i in unpaid), Decimal())\n"
            "print(time.perf_counter() - start)\n"
        )
        whole = float(self.shell(script)) / sample * self.result.loans
        self.measured(bench_report.LOOP, whole, cpu=0.0, note=f"from {sample} loans")

    # The whole run -------------------------------------------------------------------------------------------

    def run(self, *, page_seconds: float) -> None:
        if not self.sqlite:
            self.admin(f'CREATE DATABASE "{self.database}"')
        try:
            self._steps()
            if page_seconds:
                self._pages(page_seconds)
        finally:
            if not self.sqlite:
                self.admin(f'DROP DATABASE IF EXISTS "{self.database}_copy" WITH (FORCE)')
                self.admin(f'DROP DATABASE IF EXISTS "{self.database}" WITH (FORCE)')

    @contextmanager
    def floors(self):
        """Their connection is closed again: nobody else may be connected to a database that is copied."""
        made = (
            bench_floors.SqliteFloors(self.file, self.clock)
            if self.sqlite
            else bench_floors.PostgresFloors(self.url, self.clock)
        )
        yield made
        made.close()

    def _steps(self) -> None:
        self.manage(None, "migrate", "--verbosity", "0")
        self.result.machine |= self.tables.settings()
        self.manage("starting a process, nothing else", "version")
        bank = self.folder / "bank"
        arguments = ["--loans", str(self.result.loans), "--date", DAY, "--changes-date", NEXT_DAY, "--changed-pct", "1"]
        self.manage("writing the bank's extracts", "make_load_bank", str(bank), *arguments)
        with self.floors() as floors:
            floors.of_import(bank / DAY, DAY, bench_floors.IMPORT)
        self.step(FULL, "import_extract", str(bank / DAY))
        with self.floors() as floors:
            floors.of_night(DAY)
        self.step(bench_report.FIRST, "run_night")
        with self.floors() as floors:
            floors.of_import(bank / NEXT_DAY, NEXT_DAY, bench_floors.CHANGES)
        self.step(bench_report.CHANGES, "import_extract", str(bank / NEXT_DAY))
        if not self.sqlite:
            self.count_rows(bench_report.QUIET)
        self.step(bench_report.QUIET, "run_night")
        self.repeat(bench_report.SAME_AGAIN, "import_extract", str(bank / NEXT_DAY))
        self.repeat(bench_report.AGAIN, "run_night", "--again")
        self.orm_loop()

    def _pages(self, seconds: float) -> None:
        """A page that fails is told at the end: what was measured before is not lost."""
        try:
            for load in bench_pages.measure(self, seconds):
                self.result.pages.append(load)
                self.result.failures += load["refused"]
        except bench_pages.PageFailed as failed:
            self.result.failures.append(str(failed))
        if not self.result.pages and not self.result.failures:
            self.result.failures.append("no page was measured")


def options_given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loans", type=int, default=int(os.environ.get("SCALE") or 0))
    parser.add_argument("--engine", choices=["postgres", "sqlite"], default=os.environ.get("ENGINE") or "postgres")
    parser.add_argument("--no-pages", action="store_true", help="leave out serving the book to 20 people at once")
    parser.add_argument("--page-seconds", type=float, default=60.0, help="how long each of the four loads goes on")
    parser.add_argument("--profile", action="store_true", help="also the dearest statements of each step (PostgreSQL)")
    parser.add_argument(
        "--server", default=os.environ.get("POSTLOAN_BENCH_SERVER", "postgresql://postgres@127.0.0.1:5432")
    )
    parser.add_argument("--json", type=Path, help="write the figures here too")
    parser.add_argument("--against", type=Path, help="the figures of a smaller book: ratio of times, growth of memory")
    return parser.parse_args()


def main() -> int:
    options = options_given()
    earlier = bench_report.Result.read(options.against) if options.against else None
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Ended from outside it still drops its database.
    signal.signal(signal.SIGTERM, lambda *_ignored: sys.exit(143))
    folder = Path(tempfile.mkdtemp(prefix="postloan-bench-"))
    is_sqlite = options.engine == "sqlite"
    loans = options.loans or (20_000 if is_sqlite else 100_000)
    bench = Bench(options.server, loans, folder, sqlite=is_sqlite, profile=options.profile)
    try:
        bench.run(page_seconds=0.0 if options.no_pages else options.page_seconds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        print(bench_report.report(bench.result, earlier))
        if options.json:
            bench.result.write(options.json)
    return 1 if bench.result.failures else 0


if __name__ == "__main__":
    sys.exit(main())
