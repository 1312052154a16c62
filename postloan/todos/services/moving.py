"""Todos change hands: by themselves when somebody responsible is found, by a head's decision, or out of a queue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from postloan.core import business_date as business_dates
from postloan.core import sql
from postloan.customers.models import Customer
from postloan.organization.models import Staff
from postloan.todos import history, staging
from postloan.todos.kinds import KINDS
from postloan.todos.models import Todo
from postloan.todos.staging import SQL


@transaction.atomic
def move_waiting(*, business_date: date, run_id: int | None = None) -> int:
    """What waits in a post's queue or belongs to somebody disabled goes to whoever is responsible by now."""
    to_post = ";".join(kind.code for kind in KINDS.values() if kind.to_post)
    with staging.table():
        if not sql.execute(SQL / "stage_waiting.sql", {"to_post": f";{to_post};"}):
            return 0
        staging.assign(business_date)
        moved = [row["id"] for row in sql.rows(SQL / "move_waiting.sql", {})]
    if moved:
        history.record(moved, history.MOVED, business_date=business_date, run_id=run_id)
    return len(moved)


@dataclass(frozen=True)
class RowAnswer:
    """What became, or would become, of one todo: moved, or why not."""

    todo_id: int
    is_moved: bool
    problem: str | Promise = ""
    todo: Todo | None = None
    from_name: str = ""


def reassign(
    todo_ids: Iterable[int],
    to: Staff,
    *,
    reason: str,
    acting_user: Any,
    dry_run: bool = False,
) -> list[RowAnswer]:
    """Gives todos to somebody else, row by row; `dry_run` answers the same and writes nothing.

    The ids were fixed when the head selected them. Moved is what is still open, within what the head leads, not
    yet theirs, and about a customer the new person sees. Raises PermissionDenied without the right to reassign,
    ValueError without a reason or for somebody who cannot do todos.
    """
    if not acting_user.has_capability("todos.reassign"):
        raise PermissionDenied("todos.reassign")
    if not reason.strip():
        raise ValueError("a reassignment needs a reason")
    if not to.has_capability("todos.work"):
        raise ValueError(f"{to.staff_no} does not do todos")
    ids = list(dict.fromkeys(todo_ids))
    with transaction.atomic():
        answers = _answers(ids, to, acting_user, lock=not dry_run)
        if not dry_run:
            _move([answer.todo for answer in answers if answer.is_moved and answer.todo], to, reason, acting_user)
    return answers


def _answers(ids: list[int], to: Staff, acting_user: Any, *, lock: bool) -> list[RowAnswer]:
    rows = Todo.objects.filter(pk__in=ids).order_by("pk")
    if lock:
        list(rows.select_for_update().values_list("pk", flat=True))
    found = {row.pk: row for row in rows.select_related("customer", "loan", "assignee", "post_branch")}
    led = set(Todo.objects.filter(pk__in=ids).led_by(acting_user).values_list("pk", flat=True))
    customers = {row.customer_id for row in found.values()}
    seen = set(Customer.objects.visible_to(to).filter(pk__in=customers).values_list("pk", flat=True))
    return [_answer(todo_id, found.get(todo_id), to, led=led, seen=seen) for todo_id in ids]


def _answer(todo_id: int, todo: Todo | None, to: Staff, *, led: set[int], seen: set[int]) -> RowAnswer:
    if todo is None or todo_id not in led:
        return RowAnswer(todo_id, False, _("There is no such todo in what you lead."))
    problem: str | Promise = ""
    if not todo.is_open:
        problem = _("It is no longer open.")
    elif todo.assignee_id == to.pk:
        problem = _("It is this person's already.")
    elif todo.customer_id not in seen:
        problem = _("This person does not see the customer.")
    return RowAnswer(todo_id, not problem, problem, todo, _holder(todo))


def _holder(todo: Todo) -> str:
    return todo.assignee.name if todo.assignee else f"{todo.post_branch} · {todo.post_label}"


def _move(todos: list[Todo], to: Staff, reason: str, acting_user: Any) -> None:
    by_former: dict[str, list[int]] = {}
    for todo in todos:
        by_former.setdefault(_holder(todo), []).append(todo.pk)
    Todo.objects.filter(pk__in=[todo.pk for todo in todos]).update(assignee=to, post_code="", post_branch=None)
    day = business_dates.current()
    for former, ids in by_former.items():
        history.record(
            ids,
            history.REASSIGNED,
            business_date=day,
            acting_user=acting_user,
            from_name=former,
            to_name=to.name,
            to_no=to.staff_no,
            reason=reason.strip(),
        )


@transaction.atomic
def take(todo_ids: Iterable[int], *, acting_user: Any) -> list[int]:
    """Takes todos out of the queues of one's posts; returns those that were still there to be taken.

    What somebody else has taken meanwhile, is closed, or waits in the queue of another post, stays as it is.
    """
    waiting = Todo.objects.open().filter(pk__in=list(todo_ids), assignee=None).actionable_by(acting_user)
    ids = list(waiting.order_by("pk").select_for_update().values_list("pk", flat=True))
    found = Todo.objects.filter(pk__in=ids).values_list("pk", "post_branch__name")
    day = business_dates.current()
    by_branch: dict[str, list[int]] = {}
    for todo_id, branch in found:
        by_branch.setdefault(branch, []).append(todo_id)
    Todo.objects.filter(pk__in=ids).update(assignee=acting_user, post_code="", post_branch=None)
    for branch, some in by_branch.items():
        history.record(some, history.TAKEN, business_date=day, acting_user=acting_user, branch_name=branch)
    return ids
