"""Where the time of a step goes: the statements that took longest, with the dearest part of their plan.

The step runs beforehand on a copy of the database for which auto_explain is loaded: it sends every plan to the client
as a notice, with times and buffers. That costs time of its own, so the measured run is another one. The server must
have auto_explain, which comes with it, and the bench must be its superuser.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SETTINGS = {
    "session_preload_libraries": "auto_explain",
    "auto_explain.log_min_duration": "5ms",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_buffers": "on",
    "auto_explain.log_timing": "on",
    "auto_explain.log_format": "json",
    "client_min_messages": "log",
}
WORST = 8
# Of a plan, the parts that take at least this share of the statement.
SHARE = 0.05
MOST_LINES = 14
LONGEST_STATEMENT = 220


def collect(path: str, *command: str) -> None:
    """Inside the product: runs a management command and writes the plans the server sent meanwhile, one a line."""
    from django.core.management import call_command
    from django.db.backends.signals import connection_created

    with Path(path).open("w", encoding="utf-8") as file:
        notices = _Notices(file)

        def listen(connection: Any, **_ignored: Any) -> None:
            connection.connection.notices = notices

        connection_created.connect(listen)
        call_command(*command)


class _Notices:
    """Takes the place of psycopg2's list, which keeps the last fifty only."""

    def __init__(self, file: Any) -> None:
        self.file = file

    def append(self, notice: str) -> None:
        took, _marker, plan = notice.partition(" ms  plan:\n")
        if plan:
            self.file.write(json.dumps({"ms": float(took.rpartition(" ")[2]), **json.loads(plan)}) + "\n")


@dataclass
class Statement:
    text: str
    count: int = 0
    milliseconds: float = 0.0
    slowest: float = 0.0
    plan: tuple[str, ...] = ()


def worst(path: Path) -> list[dict[str, Any]]:
    """The dearest statements; those that differ in their values only count as one, with the plan of the slowest."""
    found: dict[str, Statement] = {}
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            one = json.loads(line)
            statement = found.setdefault(_shape(one["Query Text"]), Statement(one["Query Text"]))
            statement.count += 1
            statement.milliseconds += one["ms"]
            if one["ms"] > statement.slowest:
                statement.slowest = one["ms"]
                statement.plan = tuple(shortened(one["Plan"]))
    ranked = sorted(found.values(), key=lambda one: -one.milliseconds)[:WORST]
    return [
        {"seconds": one.milliseconds / 1000, "count": one.count, "statement": brief(one.text), "plan": list(one.plan)}
        for one in ranked
    ]


def _shape(text: str) -> str:
    return re.sub(r"'[^']*'|\b\d+\b", "?", " ".join(text.split()))


def brief(text: str) -> str:
    """One line, without the remarks at the head of our files."""
    line = " ".join(re.sub(r"--[^\n]*", "", text).split())
    return line if len(line) <= LONGEST_STATEMENT else f"{line[:LONGEST_STATEMENT]} …"


def shortened(plan: dict[str, Any]) -> list[str]:
    """The tree without the parts that cost next to nothing, as EXPLAIN draws it."""
    whole = _took(plan) or 0.001
    lines = list(_lines(plan, whole, 0))
    return lines[:MOST_LINES] + ([f"… {len(lines) - MOST_LINES} more"] if len(lines) > MOST_LINES else [])


def _took(node: dict[str, Any]) -> float:
    return node.get("Actual Total Time", 0.0) * max(1, node.get("Actual Loops", 1))


def _lines(node: dict[str, Any], whole: float, depth: int) -> Iterator[str]:
    if _took(node) < whole * SHARE:
        return
    yield "  " * depth + told(node)
    for child in node.get("Plans", []):
        yield from _lines(child, whole, depth + 1)


def told(node: dict[str, Any]) -> str:
    name = node.get("Operation", "") if node["Node Type"] == "ModifyTable" else node["Node Type"]
    named = [name]
    if "Subplan Name" in node:
        named.insert(0, f"{node['Subplan Name']}:")
    if "Index Name" in node:
        named.append(f"using {node['Index Name']}")
    if place := node.get("Relation Name") or node.get("CTE Name") or node.get("Function Name"):
        named.append(f"on {place}")
    loops = node.get("Actual Loops", 1)
    rows = f"rows={node.get('Actual Rows', 0):,} planned={node.get('Plan Rows', 0):,}"
    parts = [f"{_took(node):,.0f} ms", rows + (f" loops={loops:,}" if loops > 1 else "")]
    if away := node.get("Rows Removed by Filter"):
        parts.append(f"filtered away={away:,}")
    buffers = [("hit", "Shared Hit Blocks"), ("read", "Shared Read Blocks"), ("temp written", "Temp Written Blocks")]
    counted = [f"{word}={node[key]:,}" for word, key in buffers if node.get(key)]
    if counted:
        parts.append("buffers " + " ".join(counted))
    return f"{' '.join(named)} ({'; '.join(parts)})"


def report(profiles: dict[str, list[dict[str, Any]]]) -> list[str]:
    lines: list[str] = []
    for name, statements in profiles.items():
        lines += ["", f"### {name}: the dearest statements, EXPLAIN (ANALYZE, BUFFERS)"]
        for place, one in enumerate(statements, 1):
            times = f", {one['count']} times" if one["count"] > 1 else ""
            lines += ["", f"{place}. {one['seconds']:.2f} s{times}: `{one['statement']}`", ""]
            lines += ["   ```text", *(f"   {line}" for line in one["plan"]), "   ```"]
    return lines
