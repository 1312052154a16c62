"""`make bench [SCALE=100000] [ENGINE=sqlite]`: what import and night cost, beside what the database needs at least.

Each measured step runs as its own process, so that its peak memory is its own. The floor of the import is COPY of
the same files into text tables and INSERT … SELECT into tables with the same columns, checks and keys; the floor of the
night is one plain SELECT with a GROUP BY over the instalments. On a machine that does other work too the CPU seconds
of our processes and of the database's tell more than the clock; both stand there. Nothing here decides whether tests
pass. On SQLite there is no floor to hold against: the same steps, and the loop loan by loan.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2

try:
    from tools import bench_counters, bench_pages
except ImportError:
    import bench_counters
    import bench_pages

ROOT = Path(__file__).resolve().parent.parent
DAY, NEXT_DAY = "2026-10-30", "2026-10-31"
TABLES = {
    "customers.csv": "customers_customer",
    "loans.csv": "loans_loan",
    "instalments.csv": "loans_instalment",
    "repayments.csv": "loans_repayment",
}


GROUP_BY = "floor of a night: SELECT … GROUP BY"
FIRST_NIGHT = "floor of the first night: the same, written"
UNPAID = "due_on < %s AND (principal_paid < principal_due OR interest_paid < interest_due)"
OVERDUE = (
    f"SELECT loan_id, min(due_on) FILTER (WHERE {UNPAID}) AS since,"
    f" sum(principal_due - principal_paid) FILTER (WHERE {UNPAID}) AS principal,"
    f" sum(interest_due - interest_paid) FILTER (WHERE {UNPAID}) AS interest"
    " FROM loans_instalment GROUP BY loan_id"
)


FLOORS = {
    "import, full": "floor of the import",
    "import, changes of 1 %": "floor of the changes",
    "first night": FIRST_NIGHT,
    "quiet night": GROUP_BY,
    "night again": GROUP_BY,
}
AIMS = {"import, full": 4, "first night": 3, "quiet night": 1}
# Less CPU than this cannot be told from the ticks of the clock.
MEASURABLE = 0.2
BOOK = ["loans_loanstate", "loans_loanwatch", "collections_bucketmove", "core_finding", "todos_todo"]


@dataclass
class Measure:
    name: str
    seconds: float
    megabytes: float = 0.0
    note: str = ""
    cpu: float = 0.0


class Bench:
    def __init__(self, server: str, loans: int, folder: Path, *, sqlite: bool = False) -> None:
        self.server = server
        self.loans = loans
        self.folder = folder
        self.sqlite = sqlite
        self.database = f"postloan_bench_{os.getpid()}"
        self.url = f"sqlite:///{folder}/bench.sqlite3" if sqlite else f"{server}/{self.database}"
        self.measures: list[Measure] = []
        self.rows: dict[str, list[tuple[str, list[int]]]] = {}
        self.rewritten = 0
        self.pages: list[bench_pages.Page] = []

    def admin(self, statement: str) -> None:
        connection = psycopg2.connect(f"{self.server}/postgres")
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
        connection.close()

    @contextmanager
    def clock(self, name: str, note: str = ""):
        start = time.perf_counter()
        with bench_counters.DatabaseWork(self.database).measured() as work:
            yield
        self.measures.append(Measure(name, time.perf_counter() - start, note=note, cpu=work.seconds))
        print(f"  {name}: {self.measures[-1].seconds:.2f} s", file=sys.stderr, flush=True)

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
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise SystemExit(f"manage.py {' '.join(arguments)} failed:\n{output.read_text()[-3000:]}")
        if name:
            seconds = time.perf_counter() - start
            cpu = usage.ru_utime + usage.ru_stime + work.seconds
            self.measures.append(Measure(name, seconds, usage.ru_maxrss / 1024, cpu=cpu))
            print(f"  {name}: {seconds:.2f} s, {usage.ru_maxrss / 1024:.0f} MB", file=sys.stderr, flush=True)
        return output.read_text()

    def of(self, name: str) -> Measure:
        return next(measure for measure in self.measures if measure.name == name)

    # What the database needs at least ------------------------------------------------------------------------

    def floor_of_import(self, day: str, name: str) -> None:
        connection = psycopg2.connect(self.url)
        with connection.cursor() as cursor, self.clock(name):
            for file, table in TABLES.items():
                path = self.folder / "bank" / day / file
                if path.exists():
                    self._floor_of_file(cursor, path, table)
            connection.commit()
        connection.close()

    def _floor_of_file(self, cursor, path: Path, table: str) -> None:
        with path.open(encoding="utf-8") as handle:
            columns = next(csv.reader(handle))
        stem = path.stem
        cursor.execute(f"DROP TABLE IF EXISTS floor_text_{stem}, floor_{stem}")
        cursor.execute(f"CREATE UNLOGGED TABLE floor_text_{stem} ({', '.join(f'{c} text' for c in columns)})")
        with path.open(encoding="utf-8") as handle:
            cursor.copy_expert(f"COPY floor_text_{stem} FROM STDIN WITH (FORMAT csv, HEADER true)", handle)
        cursor.execute(f"CREATE TABLE floor_{stem} (LIKE {table} INCLUDING ALL)")
        cursor.execute(
            "SELECT column_name, data_type, is_nullable, column_default FROM information_schema.columns"
            " WHERE table_name = %s ORDER BY ordinal_position",
            [table],
        )
        names, values = [], []
        for column, kind, nullable, _default in cursor.fetchall():
            value = self._value(column, kind, nullable == "YES", columns)
            if value is not None:
                names.append(column)
                values.append(value)
        cursor.execute(
            f"INSERT INTO floor_{stem} ({', '.join(names)}) SELECT {', '.join(values)} FROM floor_text_{stem} t"
        )

    @staticmethod
    def _value(column: str, kind: str, is_nullable: bool, delivered: list[str]) -> str | None:
        if column == "id":
            return None
        if column in delivered:
            return f"NULLIF(t.{column}, '')::{kind}" if is_nullable or not kind.startswith("char") else f"t.{column}"
        if column == "loan_id":
            return "row_number() OVER ()" if "number" not in delivered else "hashtext(t.loan_no)"
        if is_nullable:
            return None
        defaults = {"date": f"date '{DAY}'", "bigint": "1", "integer": "0", "numeric": "0", "boolean": "false"}
        return defaults.get(kind, "''")

    def floor_of_night(self) -> None:
        """One plain SELECT with its GROUP BY over all instalments; then the same, written under the same keys."""
        connection = psycopg2.connect(self.url)
        with connection.cursor() as cursor:
            with self.clock(GROUP_BY):
                cursor.execute(f"SELECT count(*) FROM ({OVERDUE}) derived", [DAY] * 3)
            cursor.execute("CREATE TABLE floor_state (LIKE loans_loanstate INCLUDING ALL)")
            with self.clock(FIRST_NIGHT):
                cursor.execute(
                    "INSERT INTO floor_state (loan_id, valid_from, run_id, customer_id, branch_id, status, currency,"
                    " principal_balance, matures_on, overdue_since, overdue_principal, overdue_interest, bucket, band,"
                    " class_floor, five_level_class) SELECT l.id, %s, 1, l.customer_id, l.branch_id, l.status,"
                    " l.currency, l.principal_balance, l.matures_on, d.since, COALESCE(d.principal, 0), d.interest,"
                    " CASE WHEN d.since IS NULL THEN 'M0' ELSE 'M1' END,"
                    " CASE WHEN d.since IS NULL THEN 'current' ELSE 'days_1_30' END, 'normal', l.five_level_class"
                    f" FROM loans_loan l LEFT JOIN ({OVERDUE}) d ON d.loan_id = l.id",
                    [DAY] * 4,
                )
            connection.commit()
        connection.close()

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
        seconds = float(self.manage(None, "shell", "--no-imports", "-c", script).strip().splitlines()[-1])
        whole = seconds / sample * self.loans
        self.measures.append(Measure("loan by loan in the ORM, reading only", whole, note=f"from {sample} loans"))

    # The whole run -------------------------------------------------------------------------------------------

    def run(self, *, pages: bool) -> None:
        if not self.sqlite:
            self.admin(f'CREATE DATABASE "{self.database}"')
        try:
            self._run()
            if pages:
                self.pages = bench_pages.measure(self)
        finally:
            if not self.sqlite:
                self.admin(f'DROP DATABASE IF EXISTS "{self.database}_copy" WITH (FORCE)')
                self.admin(f'DROP DATABASE IF EXISTS "{self.database}" WITH (FORCE)')

    def _run(self) -> None:
        self.manage(None, "migrate", "--verbosity", "0")
        self.manage("starting a process, nothing else", "version")
        bank = str(self.folder / "bank")
        arguments = ["--loans", str(self.loans), "--date", DAY, "--changes-date", NEXT_DAY, "--changed-pct", "1"]
        with self.clock("writing the bank's extracts"):
            self.manage(None, "make_load_bank", bank, *arguments)
        if not self.sqlite:
            self.floor_of_import(DAY, "floor of the import")
        self.manage("import, full", "import_extract", f"{bank}/{DAY}")
        if not self.sqlite:
            self.floor_of_night()
        self.manage("first night", "run_night")
        if not self.sqlite:
            self.floor_of_import(NEXT_DAY, "floor of the changes")
        self.manage("import, changes of 1 %", "import_extract", f"{bank}/{NEXT_DAY}")
        if not self.sqlite:
            self.count_rows("quiet night")
        self.manage("quiet night", "run_night")
        before = self.book()
        self.manage("night again", "run_night", "--again")
        self.rewritten = sum(one != other for one, other in zip(before, self.book(), strict=True))
        self.orm_loop()

    def count_rows(self, name: str) -> None:
        """The night once more beforehand, on a copy of the database, with its counters read after each step."""
        copy = f"{self.database}_copy"
        self.admin(f'CREATE DATABASE "{copy}" TEMPLATE "{self.database}"')
        output = self.manage(None, "shell", "--no-imports", "-c", bench_counters.NIGHT, database=copy)
        self.rows[name] = json.loads(output.strip().splitlines()[-1])
        self.admin(f'DROP DATABASE "{copy}" WITH (FORCE)')

    def book(self) -> list[str]:
        """A digest of each table the night writes; a second run of a night must not change one of them."""
        script = (
            "import hashlib\nfrom django.db import connection\n"
            f"for table in {BOOK!r}:\n"
            "    digest = hashlib.sha256()\n"
            "    with connection.cursor() as cursor:\n"
            "        cursor.execute('SELECT * FROM ' + table + ' ORDER BY id')\n"
            "        while rows := cursor.fetchmany(5000):\n"
            "            digest.update(repr(rows).encode())\n"
            "    print('digest', table, digest.hexdigest())\n"
        )
        output = self.manage(None, "shell", "--no-imports", "-c", script)
        return [line for line in output.splitlines() if line.startswith("digest ")]

    def report(self) -> str:
        engine = "SQLite" if self.sqlite else "PostgreSQL"
        lines = [
            f"{self.loans:,} loans, 12 instalments each; {engine}; {machine()}",
            "",
            "| step | seconds | CPU seconds | peak MB | against its floor, by the clock | by CPU |",
            "|---|---:|---:|---:|---:|---:|",
        ]
        for measure in self.measures:
            memory = f"{measure.megabytes:.0f}" if measure.megabytes else ""
            by_clock, by_cpu = self._ratios(measure)
            cpu = f"{measure.cpu:.2f}" if measure.cpu else ""
            lines.append(f"| {measure.name} | {measure.seconds:.2f} | {cpu} | {memory} | {by_clock} | {by_cpu} |")
        lines += ["", *self._aims(), *self._row_tables()]
        if self.pages:
            lines += ["", *bench_pages.report(self.pages)]
        return "\n".join(lines)

    def _ratios(self, measure: Measure) -> tuple[str, str]:
        floor = FLOORS.get(measure.name)
        if floor is None or self.sqlite:
            return measure.note, ""
        beside = self.of(floor)
        by_cpu = f"{measure.cpu / beside.cpu:.1f} ×" if beside.cpu >= MEASURABLE else ""
        return f"{measure.seconds / beside.seconds:.1f} ×", by_cpu

    def _aims(self) -> list[str]:
        """Which aims are met and which are missed, by CPU where it can be told, since the clock belongs to all."""
        lines = [f"- night again: {self.rewritten} tables changed, none aimed at: {told(self.rewritten == 0)}"]
        if self.sqlite:
            return lines
        for name, limit in AIMS.items():
            measure, floor = self.of(name), self.of(FLOORS[name])
            is_cpu = floor.cpu >= MEASURABLE
            ratio = measure.cpu / floor.cpu if is_cpu else measure.seconds / floor.seconds
            by = "CPU" if is_cpu else "the clock"
            lines.append(f"- {name}: {ratio:.1f} × its floor by {by}, aim {limit} ×: {told(ratio <= limit)}")
        return lines

    def _row_tables(self) -> list[str]:
        lines: list[str] = []
        for name, steps in self.rows.items():
            lines += ["", f"{name}: rows by the database's counters", ""]
            lines += ["| step | rows read | rows written |", "|---|---:|---:|"]
            lines += [f"| {code} | {read:,} | {written:,} |" for code, (read, written) in steps]
        return lines


def told(is_met: bool) -> str:
    return "met" if is_met else "MISSED"


def machine() -> str:
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return f"{os.cpu_count()} cores, {gigabytes:.0f} GB, Python {platform.python_version()}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loans", type=int, default=int(os.environ.get("SCALE") or 0))
    parser.add_argument("--engine", choices=["postgres", "sqlite"], default=os.environ.get("ENGINE") or "postgres")
    parser.add_argument("--pages", action="store_true", help="also serve the book to 20 people at once")
    parser.add_argument(
        "--server", default=os.environ.get("POSTLOAN_BENCH_SERVER", "postgresql://postgres@127.0.0.1:5432")
    )
    parser.add_argument("--json", type=Path, help="write the measures here too")
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Ended from outside it still drops its database.
    signal.signal(signal.SIGTERM, lambda *_ignored: sys.exit(143))
    folder = Path(tempfile.mkdtemp(prefix="postloan-bench-"))
    try:
        is_sqlite = options.engine == "sqlite"
        loans = options.loans or (20_000 if is_sqlite else 100_000)
        bench = Bench(options.server, loans, folder, sqlite=is_sqlite)
        bench.run(pages=options.pages)
        print(bench.report())
        if options.json:
            options.json.write_text(json.dumps([measure.__dict__ for measure in bench.measures], indent=1))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
