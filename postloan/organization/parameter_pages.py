"""What the pages about parameters show: every threshold with what is in force, since when, and what waits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from postloan.core import business_date, parameter_values
from postloan.core.models import Parameter
from postloan.core.parameters import Definition

GROUPS: dict[str, Any] = {
    "classification": _("Classification"),
    "collections": _("Maturities and collection"),
    "imports": _("Extracts"),
    "inspections": _("Inspections"),
    "loans": _("Loans"),
    "nightly": _("The night"),
    "reporting": _("Lists and exports"),
    "security": _("Log-in and sessions"),
    "todos": _("Todos"),
    "warnings": _("Warnings"),
}
CHANGED, WAITING, TO_COME = "changed", "waiting", "to_come"


@dataclass(frozen=True)
class Line:
    """A parameter on a day. `row` is what is in force, None where the default in code holds."""

    definition: Definition
    row: Parameter | None
    waiting: Parameter | None
    to_come: Parameter | None

    @property
    def value(self) -> Any:
        return self.row.value if self.row else self.definition.default

    @property
    def shown(self) -> str:
        return parameter_values.shown(self.value, self.definition.default)

    @property
    def default_shown(self) -> str:
        return parameter_values.shown(self.definition.default, self.definition.default)

    @property
    def source(self) -> str:
        """Of the value in force; empty where a change was approved before sources were asked for."""
        return self.row.source if self.row else str(self.definition.source)

    @property
    def is_long(self) -> bool:
        return parameter_values.kind_of(self.definition.default) == "json"

    @property
    def is_changed(self) -> bool:
        return self.row is not None

    def is_in(self, state: str) -> bool:
        """Whether the line belongs to one of the filter's states."""
        found = {CHANGED: self.row, WAITING: self.waiting, TO_COME: self.to_come}
        return state not in found or found[state] is not None


@dataclass(frozen=True)
class Group:
    name: str
    lines: list[Line]


@dataclass(frozen=True)
class Change:
    """A row of a parameter's history, with the value before it as it is or was on its first day."""

    row: Parameter
    shown: str
    before: str


def day_of(definition: Definition) -> date:
    """The day on which the value is looked at: the calendar's for log-in rules, else the business date."""
    today = business_date.calendar_today()
    return today if definition.group in {"security", "nightly"} else business_date.latest() or today


def lines(definitions: Iterable[Definition]) -> list[Line]:
    """All of them in one query."""
    rows: dict[str, list[Parameter]] = {}
    standing = Parameter.objects.filter(ended_at=None, scope="").select_related("proposed_by", "approved_by")
    for row in standing.order_by("valid_from"):
        rows.setdefault(row.key, []).append(row)
    return [_line(definition, rows.get(definition.key, [])) for definition in definitions]


def _line(definition: Definition, rows: list[Parameter]) -> Line:
    day = day_of(definition)
    approved = [row for row in rows if row.is_standing]
    return Line(
        definition,
        row=next((row for row in reversed(approved) if row.valid_from <= day), None),
        waiting=next((row for row in rows if row.is_waiting), None),
        to_come=next((row for row in approved if row.valid_from > day), None),
    )


def grouped(shown: Iterable[Line]) -> list[Group]:
    found: dict[str, list[Line]] = {}
    for line in shown:
        found.setdefault(line.definition.group, []).append(line)
    groups = [Group(str(GROUPS.get(code, code)), some) for code, some in found.items()]
    return sorted(groups, key=lambda group: group.name)


def changes(definition: Definition) -> list[Change]:
    """Everything that was proposed, approved, refused or withdrawn, the latest first."""
    rows = Parameter.objects.filter(key=definition.key).select_related("proposed_by", "approved_by", "ended_by")
    found = list(rows.order_by("-proposed_at", "-pk"))
    return [change(definition, row, found) for row in found]


def change(definition: Definition, row: Parameter, rows: Iterable[Parameter]) -> Change:
    """`before` is what stood approved, when this was proposed, for the day on which it begins.

    Only one proposal waits at a time, so nothing else was approved between its proposal and its decision.
    """
    earlier = [
        other
        for other in rows
        if other.approved_at is not None
        and other.pk != row.pk
        and other.scope == row.scope
        and other.valid_from <= row.valid_from
        and other.approved_at <= row.proposed_at
        and (other.ended_at is None or other.ended_at > row.proposed_at)
    ]
    last = max(earlier, key=lambda other: (other.valid_from, other.approved_at), default=None)
    before = last.value if last else definition.default
    return Change(
        row, parameter_values.shown(row.value, definition.default), parameter_values.shown(before, definition.default)
    )
