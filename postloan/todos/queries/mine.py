"""One person's queue: what to do next, what is late, what is coming."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Min, Q

from postloan.todos.kinds import KINDS, Tab, TodoState
from postloan.todos.models import Todo
from postloan.todos.queries.listing import read
from postloan.todos.querysets import TodoQuerySet

SOON_DAYS = 7


def queue_of(user: Any) -> TodoQuerySet:
    """What this person may do today, own, of the absent, and of the posts held."""
    return Todo.objects.open().actionable_by(user)


def open_count(user: Any) -> int:
    """How many todos are open for a person; read once a request, for the frame of every page."""
    if not user.is_authenticated:
        return 0
    known = user.__dict__.get("_open_todos")
    if known is None:
        known = queue_of(user).count() if user.has_capability("todos.work") else 0
        user.__dict__["_open_todos"] = known
    return known


@dataclass(frozen=True)
class Tallies:
    """The two numbers of the day, with what stands below them; how much waits in the queues of one's posts."""

    late: int
    late_days: int
    today: int
    done_today: int
    total: int
    in_queues: int


def tallies(user: Any, on: date) -> Tallies:
    found = queue_of(user).aggregate(
        late=Count("pk", filter=Q(due_on__lt=on)),
        oldest=Min("due_on"),
        today=Count("pk", filter=Q(due_on=on)),
        total=Count("pk"),
        in_queues=Count("pk", filter=Q(assignee=None)),
    )
    done = Todo.objects.filter(state=TodoState.DONE, closed_by=user, closed_on=on).count()
    late_days = (on - found["oldest"]).days if found["late"] else 0
    return Tallies(found["late"], late_days, found["today"], done, found["total"], found["in_queues"])


def tab_counts(user: Any) -> dict[str, int]:
    """How many todos stand under each tab; tabs without any are not there."""
    rows = queue_of(user).order_by().values("kind").annotate(n=Count("pk")).values_list("kind", "n")
    counts: dict[str, int] = {}
    for kind, n in rows:
        tab = KINDS[kind].tab if kind in KINDS else Tab.OTHER
        counts[tab] = counts.get(tab, 0) + n
    return {tab: counts[tab] for tab in Tab.values if tab in counts}


def next_of(user: Any, on: date, skipped: Sequence[int] = ()) -> Todo | None:
    """The heaviest of what is late, else of what is due today, else whatever is due first; skipped ones last."""
    left = read(queue_of(user).exclude(pk__in=skipped))
    for candidates in (left.late(on).order_by("-weight", "due_on", "pk"), left.in_order()):
        found = candidates.first()
        if found is not None:
            return found
    return None


@dataclass
class Group:
    """What is due in the same stretch of time. `total` counts what is not shown as well."""

    key: str
    first: date | None = None
    last: date | None = None
    total: int = 0
    rows: list[Todo] = field(default_factory=list)


def groups_of(found: TodoQuerySet, on: date, *, most: int) -> list[Group]:
    """The queue by due date: late, today, the next seven days, later. Shows `most` rows in all."""
    soon = on + timedelta(days=SOON_DAYS)
    groups = [
        Group("late"),
        Group("today", on, on),
        Group("soon", on + timedelta(days=1), soon),
        Group("later"),
    ]
    counted = found.order_by().aggregate(
        late=Count("pk", filter=Q(due_on__lt=on)),
        today=Count("pk", filter=Q(due_on=on)),
        soon=Count("pk", filter=Q(due_on__gt=on, due_on__lte=soon)),
        later=Count("pk", filter=Q(due_on__gt=soon)),
    )
    for todo in read(found).in_order()[:most]:
        late, today = todo.due_on < on, todo.due_on == on
        groups[0 if late else 1 if today else 2 if todo.due_on <= soon else 3].rows.append(todo)
    for group in groups:
        group.total = counted[group.key]
    return [group for group in groups if group.rows]
