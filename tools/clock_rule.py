#!/usr/bin/env python3
"""No code asks the clock for a date, except `postloan/core/business_date.py`.

A *moment* may be stamped anywhere (`timezone.now()`); a *date* is the business date, which is passed in, or
the calendar's date from `business_date.calendar_today()`. A job that asks the clock again does other work when
it is late or repeated.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

try:
    from tools.repository import ROOT, files_of
except ImportError:  # started as a script
    from repository import ROOT, files_of  # type: ignore[no-redef]

ALLOWED = {"postloan/core/business_date.py"}
# Asking for a date outright, on whatever object.
DATE_CALLS = {"today", "utcnow", "localdate", "fromtimestamp", "utcfromtimestamp"}
TIME_CALLS = {"localtime", "gmtime", "strftime", "ctime", "asctime"}
# Taking the date out of a moment.
DATE_PARTS = {
    "date",
    "year",
    "month",
    "day",
    "weekday",
    "isoweekday",
    "isocalendar",
    "strftime",
    "toordinal",
    "timetuple",
}
TRUNCATIONS = re.compile(r"Trunc(Date|Day|Week|Month|Quarter|Year)|Extract\w*|Cast")
SQL_DATES = re.compile(
    r"\bcurrent_date\b|\bdate\s*\(\s*'now'|\bnow\s*\(\s*\)\s*::\s*date|\blocaldate\b|\bcast\s*\(\s*now\b", re.IGNORECASE
)
TEMPLATE_NOW = re.compile(r"{%\s*now\b")


def name_of(node: ast.expr) -> str:
    """The last name of a call's function: `timezone.now` and `now` are both `now`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def owner_of(node: ast.expr) -> str:
    return name_of(node.value) if isinstance(node, ast.Attribute) else ""


def is_now(node: ast.AST) -> bool:
    """`timezone.now()`, `now()`, `localtime()`: a moment of the clock."""
    return isinstance(node, ast.Call) and (
        name_of(node.func) == "now" or (name_of(node.func) == "localtime" and not node.args)
    )


def holds_now(node: ast.AST) -> bool:
    return any(is_now(part) for part in ast.walk(node))


class ClockRule(ast.NodeVisitor):
    """Collects (line, what) of everything in a module that makes a date from the clock."""

    def __init__(self) -> None:
        self.found: list[tuple[int, str]] = []
        self.moments: list[set[str]] = [set()]

    def report(self, node: ast.AST, what: str) -> None:
        self.found.append((getattr(node, "lineno", 0), what))

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Names that hold a moment of the clock are known within one function."""
        self.moments.append(set())
        self.generic_visit(node)
        self.moments.pop()

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Assign(self, node: ast.Assign) -> None:
        if is_now(node.value):
            self.moments[-1] |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        self.generic_visit(node)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        if is_now(node.value):
            self.moments[-1].add(node.target.id)
        self.generic_visit(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name == "localdate" or (node.module == "time" and alias.name in TIME_CALLS):
                self.report(node, f"import of {alias.name}")

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if node.attr in DATE_PARTS and self.is_moment(node.value):
            self.report(node, f".{node.attr} of a moment of the clock")
        self.generic_visit(node)

    def is_moment(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Name):
            return node.id in self.moments[-1]
        return holds_now(node)

    def visit_Call(self, node: ast.Call) -> None:
        name, owner = name_of(node.func), owner_of(node.func)
        if name in DATE_CALLS and (owner or name == "localdate"):
            self.report(node, f"{owner}.{name}()")
        elif name == "now" and owner in {"datetime", "date"}:
            self.report(node, f"{owner}.now(); moments come from django.utils.timezone")
        elif owner == "time" and name in TIME_CALLS:
            self.report(node, f"time.{name}()")
        elif TRUNCATIONS.fullmatch(name) and any(self.is_database_now(argument) for argument in node.args):
            self.report(node, f"{name}(Now())")
        elif name == "DateField" and any(word.arg in {"auto_now", "auto_now_add"} for word in node.keywords):
            self.report(node, "DateField filled by the clock")
        self.generic_visit(node)

    @staticmethod
    def is_database_now(node: ast.AST) -> bool:
        return any(isinstance(part, ast.Call) and name_of(part.func) == "Now" for part in ast.walk(node))

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and SQL_DATES.search(node.value):
            self.report(node, "SQL that asks the clock for a date")


def in_python(source: str) -> list[tuple[int, str]]:
    rule = ClockRule()
    rule.visit(ast.parse(source))
    return sorted(rule.found)


def in_text(source: str, pattern: re.Pattern[str], what: str) -> list[tuple[int, str]]:
    return [(number, what) for number, line in enumerate(source.splitlines(), 1) if pattern.search(line)]


def violations() -> Iterator[str]:
    """Each place in the product, as `file:line what`."""
    for path in files_of(".py", ".sql", ".html", ".txt"):
        name = str(path.relative_to(ROOT))
        if name in ALLOWED or not name.startswith(("postloan/", "templates/")):
            continue
        yield from (f"{name}:{line} {what}" for line, what in violations_of(path))


def violations_of(path: Path) -> list[tuple[int, str]]:
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return in_python(source)
    if path.suffix == ".sql":
        return in_text(re.sub(r"--.*", "", source), SQL_DATES, "SQL that asks the clock for a date")
    return in_text(source, TEMPLATE_NOW, "a date of the clock in a template")


if __name__ == "__main__":
    places = list(violations())
    print("\n".join(places))
    sys.exit(1 if places else 0)
