"""Who is behind with what: for a head, person by person and queue by queue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Min, Q
from django.urls import reverse

from postloan.organization.models import Branch, PostCode
from postloan.todos.kinds import TodoKind
from postloan.todos.models import Todo
from postloan.todos.queries.listing import TodoQuery, find
from postloan.todos.querysets import TodoQuerySet, posts_of

SOON_DAYS = 7


@dataclass(frozen=True)
class OfKind:
    """How many of a person's open todos are of a kind, and how many of these are late."""

    query: TodoQuery
    label: str
    open: int
    late: int

    @property
    def href(self) -> str:
        return self.query.href()


@dataclass(frozen=True)
class Worker:
    """A person's open todos, or those of a post's queue. Each count has the query that means exactly these."""

    name: str
    below: str
    base: TodoQuery
    open: int
    late: int
    today: int
    soon: int
    told: int
    oldest_days: int
    on: date
    is_active: bool = True
    kinds: tuple[OfKind, ...] = ()
    # The page of a queue, for whoever may take from it.
    own_href: str = ""

    @property
    def all_href(self) -> str:
        return self.own_href or self.base.href()

    @property
    def late_href(self) -> str:
        return self.base.also(due_by=self.on - timedelta(days=1)).href()

    @property
    def today_href(self) -> str:
        return self.base.also(due_from=self.on, due_by=self.on).href()

    @property
    def soon_href(self) -> str:
        first, last = self.on + timedelta(days=1), self.on + timedelta(days=SOON_DAYS)
        return self.base.also(due_from=first, due_by=last).href()

    @property
    def told_href(self) -> str:
        return self.base.also(told="head").href()


def _counted(found: TodoQuerySet, on: date, *by: str) -> list[dict[str, Any]]:
    soon = on + timedelta(days=SOON_DAYS)
    rows = (
        found.order_by()
        .values(*by)
        .annotate(
            n=Count("pk"),
            late=Count("pk", filter=Q(due_on__lt=on)),
            today=Count("pk", filter=Q(due_on=on)),
            soon=Count("pk", filter=Q(due_on__gt=on, due_on__lte=soon)),
            told=Count("pk", filter=Q(head_told_on__isnull=False)),
            oldest=Min("due_on"),
        )
    )
    return sorted(rows, key=lambda row: (-row["late"], row["oldest"], -row["n"]))


def workers(user: Any, on: date, *, base: TodoQuery | None = None) -> list[Worker]:
    """The people who have open todos among what this person sees and `base` means, those most behind first."""
    base = base or TodoQuery()
    found = find(base, user=user).exclude(assignee=None)
    names = ("assignee", "assignee__name", "assignee__staff_no", "assignee__branch__name", "assignee__is_active")
    kinds: dict[int, list[dict[str, Any]]] = {}
    for row in _counted(found, on, "assignee", "kind"):
        kinds.setdefault(row["assignee"], []).append(row)
    return [
        _worker(row, kinds[row["assignee"]], on, base.also(assignee=row["assignee"]))
        for row in _counted(found, on, *names)
    ]


def _worker(row: dict[str, Any], kinds: list[dict[str, Any]], on: date, base: TodoQuery) -> Worker:
    return Worker(
        name=row["assignee__name"],
        below=f"{row['assignee__branch__name']} · {row['assignee__staff_no']}",
        base=base,
        is_active=row["assignee__is_active"],
        kinds=tuple(
            OfKind(base.also(kind=one["kind"]), str(TodoKind(one["kind"]).label), one["n"], one["late"])
            for one in kinds
        ),
        **_numbers(row, on),
    )


def queues(user: Any, on: date, *, own: bool = False) -> list[Worker]:
    """The queues of posts with something in them; with `own`, those of the posts this person holds today."""
    open_todos = Todo.objects.open()
    found = (open_todos.actionable_by(user) if own else open_todos.visible_to(user)).filter(assignee=None)
    rows = _counted(found, on, "post_code", "post_branch", "post_branch__name")
    return [
        Worker(
            name=str(PostCode(row["post_code"]).label) if row["post_code"] in PostCode.values else row["post_code"],
            below=row["post_branch__name"],
            base=TodoQuery(queue=f"{row['post_code']}:{row['post_branch']}"),
            own_href=reverse("todos:queue", args=[row["post_code"], row["post_branch"]]) if own else "",
            **_numbers(row, on),
        )
        for row in rows
    ]


@dataclass(frozen=True)
class Queue:
    """The queue of a post at a branch, for whoever holds the post today; empty lines mean all."""

    post_code: str
    branch: Branch
    lines: frozenset[str]

    @property
    def post_label(self) -> str:
        return str(PostCode(self.post_code).label)


def queue_held(user: Any, post_code: str, branch_id: int) -> Queue | None:
    """The queue, where this person holds its post today or stands in for who does; else None."""
    held = [post for post in posts_of(user) if (post.code, post.branch_id) == (post_code, branch_id)]
    if not held or not user.has_capability("todos.work"):
        return None
    every_line = any(not post.line_list for post in held)
    lines = frozenset() if every_line else frozenset(line for post in held for line in post.line_list)
    return Queue(post_code, held[0].branch, lines)


def _numbers(row: dict[str, Any], on: date) -> dict[str, Any]:
    return {
        "open": row["n"],
        "late": row["late"],
        "today": row["today"],
        "soon": row["soon"],
        "told": row["told"],
        "oldest_days": max((on - row["oldest"]).days, 0),
        "on": on,
    }
