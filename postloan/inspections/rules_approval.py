"""Who decides on a report, one after the other: values in, no database.

A chain is the whole ladder. A level that the rules do not ask for is passed over, unless somebody passes the report up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

HEAD, RISK, TIER1 = "head", "risk", "tier1"

# The posts that decide on a level; the todo goes to the first of them that somebody holds.
POSTS = {
    HEAD: ("department_head", "branch_head"),
    RISK: ("risk_officer",),
    TIER1: ("branch_head", "vice_president"),
}
LADDER = (HEAD, RISK, TIER1)


@dataclass(frozen=True)
class Limits:
    """Debt in currency units above which a level decides, by line; classes it decides on."""

    over: Mapping[str, Mapping[str, Any]]
    classes: Mapping[str, Iterable[str]]


@dataclass(frozen=True)
class Facts:
    """What the rules look at: the line, the largest debt in one currency, classes present and proposed."""

    line: str
    debt: Decimal
    classes: frozenset[str]


def levels(facts: Facts, limits: Limits) -> list[str]:
    """The levels that must decide, in their order; the head always."""
    return [level for level in LADDER if level == HEAD or _asked(level, facts, limits)]


def _asked(level: str, facts: Facts, limits: Limits) -> bool:
    if facts.classes & set(limits.classes.get(level, ())):
        return True
    limit = limits.over.get(level, {}).get(facts.line)
    return limit is not None and facts.debt > Decimal(str(limit))


def next_step(chain: list[dict[str, Any]], step: int) -> int | None:
    """The step after this one that must decide, counted from 1; None where nobody is left."""
    for number, one in enumerate(chain, start=1):
        if number > step and one["required"]:
            return number
    return None


def step_above(chain: list[dict[str, Any]], step: int) -> int | None:
    """The step a report is passed up to; None at the top of the ladder."""
    return step + 1 if step < len(chain) else None
