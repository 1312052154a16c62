"""Who is told that todos are due or late: whoever is responsible, the head, the supervisor.

One message a person and night for all that became due or late, in numbers: a queue of forty is not forty mails.
Each todo is told once a step (`escalate` sees to it), so the smallest id among them makes the message's key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from postloan.core import business_date as business_dates
from postloan.core import outbox, sql
from postloan.organization.models import Branch, Post, PostCode, Scope, StandIn
from postloan.todos import staging
from postloan.todos.models import Todo
from postloan.todos.staging import SQL

BATCH = 500
HEAD, SUPERVISOR = PostCode.BRANCH_HEAD.value, PostCode.SUPERVISOR.value

DUE = outbox.define(
    "todos_due",
    _("Todos due: {count}"),
    _("{count} of your todos are due on {day} or before and not done, the oldest since {since}. See “My work”."),
)
DUE_IN_QUEUE = outbox.define(
    "todos_due_in_queue",
    _("Todos due in the queue of {branch}: {count}"),
    _(
        "{count} todos in the queue of your post at {branch} are due on {day} or before, the oldest since {since}. "
        "Nobody is responsible for them: take them or give them to somebody."
    ),
)
LATE_HEAD = outbox.define(
    "todos_late_head",
    _("Todos late: {count}"),
    _(
        "{count} todos of the people you lead are {days} working days late or more, the oldest since {since}. "
        "See “Who is behind”."
    ),
)
LATE_SUPERVISOR = outbox.define(
    "todos_late_supervisor",
    _("Long overdue todos: {count}"),
    _(
        "{count} todos are {days} working days late or more and have come onto the list “Long overdue todos”, "
        "the oldest since {since}."
    ),
)


def tell_responsible(ids: Iterable[int], *, business_date: date, run_id: int | None) -> int:
    """A reminder to each assignee, and to who holds the post where a todo waits in its queue; returns the messages."""
    of_people: dict[int, list[Todo]] = {}
    of_queues: dict[tuple[int, str], list[Todo]] = {}
    for todo in _todos(ids):
        if todo.assignee_id is not None:
            of_people.setdefault(todo.assignee_id, []).append(todo)
        else:
            of_queues.setdefault((todo.post_branch_id or 0, todo.post_code), []).append(todo)
    drafts = [
        _draft(DUE, staff, todos, business_date)
        for person, todos in of_people.items()
        for staff in [person, *_stand_ins([person])]
    ]
    for (branch_id, code), todos in of_queues.items():
        for staff, some in _by_holder(todos, dict.fromkeys((t.pk for t in todos), branch_id), code).items():
            name = str(todos[0].post_branch)
            drafts.append(_draft(DUE_IN_QUEUE, staff, some, business_date, branch=name))
    return outbox.put_many(drafts, run_id=run_id)


def tell_above(
    ids: Iterable[int], template: str, *, code: str, days: int, business_date: date, run_id: int | None
) -> int:
    """Tells who holds the post `code` at the branch that leads each todo, or nearest above it; returns the messages."""
    found = list(_todos(ids))
    by_staff = _by_holder(found, led_at([todo.pk for todo in found], business_date), code)
    drafts = [_draft(template, staff, todos, business_date, days=str(days)) for staff, todos in by_staff.items()]
    return outbox.put_many(drafts, run_id=run_id)


def led_at(ids: list[int], business_date: date) -> dict[int, int]:
    """The branch whose head leads each todo: the ladder of the queues, whoever it is assigned to."""
    if not ids:
        return {}
    with staging.table():
        with sql.table_of_ids(ids):
            sql.execute(SQL / "stage_told.sql", {})
        staging.assign(business_date)
        rows = list(sql.rows("SELECT todo_id, post_branch_id FROM todos_due", {}))
    return {row["todo_id"]: row["post_branch_id"] for row in rows}


def _todos(ids: Iterable[int]) -> Iterator[Todo]:
    wanted = sorted(ids)
    for start in range(0, len(wanted), BATCH):
        some = Todo.objects.filter(pk__in=wanted[start : start + BATCH]).select_related("post_branch")
        yield from some.only("due_on", "line", "assignee", "post_code", "post_branch__name").order_by("pk")


def _by_holder(todos: list[Todo], branches: dict[int, int], code: str) -> dict[int, list[Todo]]:
    """Each todo with whoever holds the post for its line at its branch, else at the nearest branch above."""
    paths = dict(Branch.objects.filter(pk__in=set(branches.values())).values_list("pk", "path"))
    posts = _posts_above(paths.values(), code)
    found: dict[int, list[Todo]] = {}
    for todo in todos:
        people = _nearest(posts, paths.get(branches.get(todo.pk, 0), ""), todo.line)
        for staff in [*people, *_stand_ins(people)]:
            found.setdefault(staff, []).append(todo)
    return found


def holders(branches: Iterable[int], code: str) -> dict[int, list[int]]:
    """Who holds a post at each branch, else at the nearest branch above; with whoever stands in for them today."""
    paths = dict(Branch.objects.filter(pk__in=set(branches)).values_list("pk", "path"))
    posts = _posts_above(paths.values(), code)
    found = {}
    for branch, path in paths.items():
        people = _nearest(posts, path, "")
        found[branch] = [*people, *_stand_ins(people)]
    return found


def _posts_above(paths: Iterable[str], code: str) -> dict[str, list[Post]]:
    """The posts of a kind held today at these branches and all above them, by path."""
    above = {path[:end] for path in paths for end in _ends(path)}
    held = Post.objects.on(business_dates.calendar_today()).filter(
        code=code, branch__path__in=above, staff__is_active=True
    )
    posts: dict[str, list[Post]] = {}
    for post in held.exclude(scope=Scope.NONE).select_related("branch").order_by("staff"):
        posts.setdefault(post.branch.path, []).append(post)
    return posts


def _ends(path: str) -> list[int]:
    """Where the paths of a branch and of all above it end, the branch itself first."""
    return [place + 1 for place in range(len(path) - 1, -1, -1) if path[place] == "/"]


def _nearest(posts: dict[str, list[Post]], path: str, line: str) -> list[int]:
    for end in _ends(path):
        people = [
            post.staff_id
            for post in posts.get(path[:end], [])
            if not post.line_list or not line or line in post.line_list
        ]
        if people:
            return list(dict.fromkeys(people))
    return []


def _stand_ins(people: list[int]) -> list[int]:
    """Whoever stands in today for one of these people is told as well."""
    today = business_dates.calendar_today()
    found = StandIn.objects.filter(
        absent__in=people, starts_on__lte=today, ends_on__gte=today, withdrawn_at=None, stand_in__is_active=True
    )
    return [staff for staff in found.order_by("stand_in").values_list("stand_in", flat=True) if staff not in people]


def _draft(template: str, staff: int, todos: list[Todo], day: date, **arguments: Any) -> outbox.Draft:
    return outbox.Draft(
        key=f"todos|{template}|{staff}|{min(todo.pk for todo in todos)}",
        template=template,
        to="staff",
        recipient_id=staff,
        arguments={
            "count": len(todos),
            "day": day.isoformat(),
            "since": min(todo.due_on for todo in todos).isoformat(),
            **arguments,
        },
    )
