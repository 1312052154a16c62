"""Todos follow what is handed over from one manager to another, with the rest of the list and not otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import transaction

from postloan.organization.models import Staff
from postloan.todos import history
from postloan.todos.models import Todo

BATCH = 500


@transaction.atomic
def hand_over(
    todo_ids: Iterable[int],
    *,
    giver: Staff,
    receiver: Staff,
    reason: str,
    business_date: date,
    run_id: int | None = None,
) -> int:
    """Gives what is still open and still the giver's to the receiver; returns how many.

    Who may decide it is asked where the hand-over is signed. Call it inside the transaction that moves the customers.
    """
    wanted = list(dict.fromkeys(todo_ids))
    moved: list[int] = []
    for start in range(0, len(wanted), BATCH):
        rows = Todo.objects.open().filter(pk__in=wanted[start : start + BATCH], assignee=giver)
        ids = list(rows.order_by("pk").select_for_update().values_list("pk", flat=True))
        Todo.objects.filter(pk__in=ids).update(assignee=receiver)
        moved += ids
    if moved:
        history.record(
            moved,
            history.REASSIGNED,
            business_date=business_date,
            run_id=run_id,
            from_name=giver.name,
            to_name=receiver.name,
            to_no=receiver.staff_no,
            reason=reason,
        )
    return len(moved)
