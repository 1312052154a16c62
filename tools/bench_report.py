"""What was measured, as tables and as aims met or missed; pure functions of the figures, which `--json` writes."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

try:
    from tools import bench_floors as floors
    from tools import bench_profile
except ImportError:
    import bench_floors as floors
    import bench_profile

IMPORT, CHANGES = "import, full", "import, changes of 1 %"
FIRST, QUIET, AGAIN = "first night", "quiet night", "night again"
SAME_AGAIN = "import, the same changes again"
LOOP = "loan by loan in the ORM, reading only"
# What is held against what, and how many times as long it may take; None where there is a ratio but no aim.
AGAINST: list[tuple[str, str, float | None]] = [
    (IMPORT, floors.IMPORT, 4),
    (CHANGES, floors.CHANGES, 4),
    (FIRST, floors.FIRST_NIGHT, 3),
    (FIRST, floors.GROUP_BY, 3),
    (QUIET, floors.GROUP_BY, 1),
    (AGAIN, floors.GROUP_BY, None),
]
# Less CPU than this cannot be told from the ticks of the clock.
MEASURABLE = 0.2
# Ten times the book may take eleven times the time, so each time as large a tenth more.
GROWTH = 1.1
SCALED = [IMPORT, CHANGES, FIRST, QUIET, AGAIN]
# A process whose memory grows by less than this, in megabytes, holds no part of the book.
FLAT_MB = 16
P95_MS = 300


@dataclass
class Measure:
    name: str
    seconds: float
    megabytes: float = 0.0
    note: str = ""
    cpu: float = 0.0


@dataclass
class Result:
    loans: int
    engine: str
    machine: dict[str, str] = field(default_factory=dict)
    measures: list[Measure] = field(default_factory=list)
    # The product's own account of a night: seconds of the run, and of each step.
    nights: dict[str, dict[str, Any]] = field(default_factory=dict)
    # Rows each step read and wrote, by the database's counters.
    rows: dict[str, list[tuple[str, list[int]]]] = field(default_factory=dict)
    # Of a repetition: rows written by table, tables that read otherwise afterwards, rows about the run itself.
    repeated: dict[str, dict[str, Any]] = field(default_factory=dict)
    profiles: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    pages: list[dict[str, Any]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def of(self, name: str) -> Measure | None:
        return next((measure for measure in self.measures if measure.name == name), None)

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Result:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return cls(**{**kept, "measures": [Measure(**one) for one in kept["measures"]]})


@dataclass(frozen=True)
class Aim:
    what: str
    found: str
    limit: str
    is_met: bool

    def __str__(self) -> str:
        return f"- {self.what}: {self.found}; aim {self.limit}: {'met' if self.is_met else 'MISSED'}"


def aims(result: Result) -> list[Aim]:
    return [*_against_floors(result), *_repetitions(result), *_pages(result)]


def ratios(measure: Measure, floor: Measure) -> tuple[float, float | None]:
    by_cpu = measure.cpu / floor.cpu if floor.cpu >= MEASURABLE and measure.cpu else None
    return measure.seconds / max(floor.seconds, 0.001), by_cpu


def _against_floors(result: Result) -> list[Aim]:
    """By the clock, which people wait for; the CPU beside it tells how much of that was other work on the machine."""
    found = []
    for name, floor_name, limit in AGAINST:
        measure, floor = result.of(name), result.of(floor_name)
        if measure is None or floor is None or limit is None:
            continue
        by_clock, by_cpu = ratios(measure, floor)
        told = f"{by_clock:.1f} × by the clock" + (f", {by_cpu:.1f} × by CPU" if by_cpu is not None else "")
        if alone := result.nights.get(name):
            told += f", {alone['seconds'] / max(floor.seconds, 0.001):.1f} × without the start of the process"
        found.append(Aim(f"{name}, against {floor_name}", told, f"{limit:g} ×", by_clock <= limit))
    return found


def _repetitions(result: Result) -> list[Aim]:
    found = []
    for name, what in result.repeated.items():
        rows, changed = what["rows"], what["changed"]
        told = f"{len(changed)} tables read otherwise"
        if what["is_counted"]:
            counted = f"{sum(rows.values())} rows written by the database's counters"
            told = f"{counted} beside {what['own']} about the run itself, {told}"
        if rows or changed:
            told += f" ({', '.join(sorted({*rows, *changed}))})"
        found.append(Aim(name, told, "0 rows", not rows and not changed))
    return found


def _pages(result: Result) -> list[Aim]:
    found = []
    for load in result.pages:
        if load["pace"] != "a page a second each":
            continue
        slow = [f"{page['page']} {page['p95']:.0f}" for page in load["pages"] if page["p95"] > P95_MS]
        slowest = max(page["p95"] for page in load["pages"])
        told = f"p95 of the slowest page {slowest:.0f} ms" + (f" (over: {', '.join(slow)})" if slow else "")
        told += f", {len(load['refused'])} refused" if load["refused"] else ""
        what = f"pages, people who see {load['people']}, {load['pace']}"
        found.append(Aim(what, told, f"p95 ≤ {P95_MS} ms", not slow and not load["refused"]))
    return found


def growth(result: Result, earlier: Result) -> list[Aim]:
    """A larger book against a smaller one of another run: time by the step, and memory, which must not grow with it."""
    factor = result.loans / earlier.loans
    limit = factor * GROWTH
    found = []
    for name in SCALED:
        now, then = result.of(name), earlier.of(name)
        if now is None or then is None:
            continue
        times = now.seconds / max(then.seconds, 0.001)
        found.append(
            Aim(f"{name}, {factor:g} times the book", f"{times:.1f} × the time", f"{limit:.3g} ×", times <= limit)
        )
        more = now.megabytes - then.megabytes
        told = f"{more:+.0f} MB ({then.megabytes:.0f} → {now.megabytes:.0f})"
        found.append(Aim(f"{name}, memory of the process", told, f"flat, within {FLAT_MB} MB", more <= FLAT_MB))
    return found


# Tables -------------------------------------------------------------------------------------------------------


def report(result: Result, earlier: Result | None = None) -> str:
    lines = [
        f"{result.loans:,} loans, 12 instalments each; {result.engine}; "
        + ", ".join(f"{name} {value}" for name, value in result.machine.items()),
        "",
        *_measures(result),
        "",
        *(str(aim) for aim in aims(result)),
        *_loop(result),
    ]
    if earlier is not None:
        lines += ["", f"Against {earlier.loans:,} loans:", *_other_machine(result, earlier)]
        lines += [str(aim) for aim in growth(result, earlier)]
    lines += [*_nights(result), *_rows(result), *_page_tables(result), *bench_profile.report(result.profiles)]
    if result.failures:
        lines += ["", *(f"- FAILED: {failure}" for failure in result.failures)]
    return "\n".join(lines)


def _measures(result: Result) -> list[str]:
    lines = [
        "| step | seconds | CPU seconds | peak MB | against its floor, by the clock | by CPU |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for one in result.measures:
        by_clock, by_cpu = one.note, ""
        beside = [result.of(floor) for name, floor, _limit in AGAINST if name == one.name]
        if pairs := [ratios(one, floor) for floor in beside if floor is not None]:
            by_clock = " and ".join(f"{clock:.1f} ×" for clock, _cpu in pairs)
            by_cpu = " and ".join(f"{cpu:.1f} ×" for _clock, cpu in pairs if cpu is not None)
        memory = f"{one.megabytes:.0f}" if one.megabytes else ""
        cpu = f"{one.cpu:.2f}" if one.cpu else ""
        lines.append(f"| {one.name} | {one.seconds:.2f} | {cpu} | {memory} | {by_clock} | {by_cpu} |")
    return lines


def _loop(result: Result) -> list[str]:
    loop = result.of(LOOP)
    nights = [one for name in (FIRST, QUIET) if (one := result.of(name)) is not None]
    if loop is None:
        return []
    return [f"- {one.name} takes {one.seconds / loop.seconds:.2f} of the loop loan by loan" for one in nights]


def _other_machine(result: Result, earlier: Result) -> list[str]:
    """Names what was different; the load is always another one and stands there to be read."""
    pairs = {name: (earlier.machine.get(name, ""), value) for name, value in result.machine.items()}
    return [f"- {name}: {then} then, {now} now" for name, (then, now) in pairs.items() if then != now]


def _nights(result: Result) -> list[str]:
    if not result.nights:
        return []
    names = list(result.nights)
    steps = {code: None for night in result.nights.values() for code in night["steps"]}
    lines = ["", "Seconds of each step of a night, by its own record", ""]
    lines += [f"| step | {' | '.join(names)} |", f"|---|{'---:|' * len(names)}"]
    for code in steps:
        seconds = [f"{result.nights[name]['steps'].get(code, 0):.2f}" for name in names]
        lines.append(f"| {code} | {' | '.join(seconds)} |")
    whole = [f"{night['seconds']:.2f}" for night in result.nights.values()]
    lines.append(f"| the run | {' | '.join(whole)} |")
    return lines


def _rows(result: Result) -> list[str]:
    lines: list[str] = []
    for name, steps in result.rows.items():
        lines += ["", f"{name}: rows by the database's counters", ""]
        lines += ["| step | rows read | rows written |", "|---|---:|---:|"]
        lines += [f"| {code} | {read:,} | {written:,} |" for code, (read, written) in steps]
        read, written = (sum(counted[place] for _code, counted in steps) for place in (0, 1))
        lines.append(f"| all | {read:,} | {written:,} |")
    return lines


def _page_tables(result: Result) -> list[str]:
    lines: list[str] = []
    for load in result.pages:
        lines += [
            "",
            f"Pages: 20 people who see {load['people']}, {load['pace']}, {load['seconds']:.0f} s;"
            f" {load['a_second']:.1f} pages a second; gunicorn, two processes of four threads, hold"
            f" {' + '.join(str(one) for one in load['web_mb'])} MB afterwards; milliseconds",
            "",
            "| page | requests | p50 | p95 |",
            "|---|---:|---:|---:|",
        ]
        lines += [
            f"| {page['page']} | {page['requests']} | {page['p50']:.0f} | {page['p95']:.0f} |" for page in load["pages"]
        ]
        lines += [f"- refused: {one}" for one in load["refused"]]
    return lines
