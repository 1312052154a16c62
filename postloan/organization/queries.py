"""What the pages about people read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Prefetch, Q
from django.utils.translation import gettext as _

from postloan.core import business_date, timeline
from postloan.core.models import Event
from postloan.organization import events
from postloan.organization.models import (
    Branch,
    BranchChange,
    BranchKind,
    BranchLevel,
    LogIn,
    LogInEnd,
    Post,
    PostCode,
    Staff,
    StandIn,
)
from postloan.organization.services.stand_ins import branches_of_head

DEEPEST_STEP = 4


def people() -> Any:
    """Staff with their branch and the posts they hold today."""
    today = business_date.calendar_today()
    held = Prefetch("posts", Post.objects.on(today).select_related("branch"), to_attr="held")
    return Staff.objects.select_related("branch").prefetch_related(held).order_by("branch__path", "staff_no")


@dataclass(frozen=True)
class BranchRow:
    """`step` indents: how deep below the root, no further than the page has room for."""

    branch: Branch
    people: int
    step: int
    level: str
    kind: str


def branch_tree() -> list[BranchRow]:
    """Every branch from the root down, with how many active people it has itself."""
    active = Count("staff", filter=Q(staff__is_active=True))
    branches = list(Branch.objects.annotate(people=active).order_by("path"))
    levels, kinds = dict(BranchLevel.choices), dict(BranchKind.choices)
    return [
        BranchRow(
            branch=branch,
            people=branch.people,  # type: ignore[attr-defined]
            step=min(branch.depth, DEEPEST_STEP),
            level=str(levels.get(branch.level, branch.level)),
            kind=str(kinds.get(branch.kind, branch.kind)),
        )
        for branch in branches
    ]


@dataclass(frozen=True)
class ShownChange:
    """A change of a branch as label, before and after; only what differs."""

    row: BranchChange
    lines: list[tuple[str, str, str]]


def branch_change(row: BranchChange) -> ShownChange:
    levels: dict[str, Any] = dict(BranchLevel.choices)
    kinds: dict[str, Any] = dict(BranchKind.choices)
    before = row.before
    lines = [
        (_("Branch name"), before.get("name", ""), row.name),
        (_("Level"), levels.get(before.get("level", ""), ""), levels.get(row.level, row.level)),
        (_("Kind"), kinds.get(before.get("kind", ""), ""), kinds.get(row.kind, row.kind)),
        (_("Hangs under"), before.get("parent", ""), row.parent.name if row.parent else ""),
    ]
    return ShownChange(row, [(label, str(was), str(now)) for label, was, now in lines if str(was) != str(now)])


def stand_ins_of(staff: Staff) -> Any:
    found = StandIn.objects.filter(Q(absent=staff) | Q(stand_in=staff))
    return found.select_related("absent", "stand_in", "ordered_by")


def stand_ins_for_head(user: Staff) -> Any:
    """The orders a head may see: those for people of the own branches."""
    found = StandIn.objects.filter(absent__branch__in=branches_of_head(user))
    return found.select_related("absent__branch", "stand_in__branch", "ordered_by")


def log_ins_of(staff: Staff, *, limit: int = 20) -> list[LogIn]:
    return list(staff.log_ins.all()[:limit])


def events_about(staff: Staff, *, limit: int = 30) -> list[Event]:
    """Accounts, posts and stand-ins of a person; log-ins have a table of their own."""
    found = Event.objects.filter(subject_kind="staff", subject_key=staff.staff_no).exclude(
        code__in=[events.LOG_IN, events.LOG_OUT]
    )
    return told(found.select_related("actor")[:limit])


def events_of_people() -> Any:
    """Log-ins, accounts, posts and stand-ins of everybody, for those who watch over them."""
    return Event.objects.filter(code__in=events.ALL).select_related("actor")


def told(found: Any) -> list[Event]:
    """Events with their `text` in the reader's language, the codes among their arguments too."""
    shown = list(found)
    for event in shown:
        names = dict(event.arguments)
        if "post" in names:
            names["post"] = dict(PostCode.choices).get(names["post"], names["post"])
        if "why" in names:
            names["why"] = dict(LogInEnd.choices).get(names["why"], names["why"])
        event.text = timeline.describe(Event(code=event.code, subject_key=event.subject_key, arguments=names))
    return shown
