"""Who is told that todos are due or late: whoever is responsible, the head, the supervisor.

One message a person and night for all that became due or late, in numbers: a queue of forty is not forty mails.
Each todo is told once a step (`escalate` sees to it), so the smallest id among them makes the message's key.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from postloan.core import outbox, sql
from postloan.organization.models import Branch, PostCode
from postloan.todos import staging
from postloan.todos.models import Todo
from postloan.todos.services.holders import nearest, posts_above, stand_ins
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
        for staff in [person, *stand_ins([person])]
    ]
    for (branch_id, code), todos in of_queues.items():
        for staff, some in _by_holder(todos, dict.fromkeys((t.pk for t in todos), branch_id), code).items():
            name = str(todos[0].post_branch)
            drafts.append(_draft(DUE_IN_QUEUE, staff, some, business_date, branch=name))
    return outbox.put_many(drafts, run_id=run_id)


def tell_above(
    ids: Iterable[int], template: str, *, code: str, days: int, business_date: date, run_id: int | None
) -> int:
    """Tells who holds the post `code` at the branch that leads each todo, or nearest above it; returns the messages.

    Nobody is told of their own late work while there is somebody above.
    """
    found = list(_todos(ids))
    leading = led_at([todo.pk for todo in found], business_date)
    by_staff = _by_holder(found, leading, code, without=_responsible(found))
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
        yield from some.only(
            "due_on", "line", "assignee", "post_code", "post_branch__name", "post_branch__path"
        ).order_by("pk")


def _by_holder(
    todos: list[Todo], branches: dict[int, int], code: str, *, without: Mapping[int, Collection[int]] | None = None
) -> dict[int, list[Todo]]:
    """Each todo with whoever holds the post for its line at its branch, else at the nearest branch above.

    `without` names for a todo who is passed over, as long as there is anybody else.
    """
    paths = dict(Branch.objects.filter(pk__in=set(branches.values())).values_list("pk", "path"))
    posts = posts_above(paths.values(), code)
    found: dict[int, list[Todo]] = {}
    for todo in todos:
        path, not_them = paths.get(branches.get(todo.pk, 0), ""), (without or {}).get(todo.pk, ())
        people = nearest(posts, path, todo.line, without=not_them) or nearest(posts, path, todo.line)
        for staff in [*people, *(one for one in stand_ins(people) if one not in not_them)]:
            found.setdefault(staff, []).append(todo)
    return found


def _responsible(todos: list[Todo]) -> dict[int, list[int]]:
    """Whose late work each todo is: the assignee's, or of who holds the post of the queue it waits in."""
    found = {todo.pk: [todo.assignee_id] for todo in todos if todo.assignee_id is not None}
    by_code: dict[str, list[Todo]] = {}
    for todo in todos:
        if todo.assignee_id is None:
            by_code.setdefault(todo.post_code, []).append(todo)
    for code, queued in by_code.items():
        posts = posts_above((todo.post_branch.path for todo in queued if todo.post_branch), code)
        for todo in queued:
            found[todo.pk] = nearest(posts, todo.post_branch.path if todo.post_branch else "", todo.line)
    return found


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
