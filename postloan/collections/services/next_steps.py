"""What was agreed as the next step with a debtor, as a todo for its day."""

from __future__ import annotations

from datetime import date
from typing import Any

from postloan.collections import wording
from postloan.collections.models import ActionRecord
from postloan.todos.kinds import CloseReason, TodoKind
from postloan.todos.models import Todo
from postloan.todos.services import Due, close_by_doing, push, withdraw

SUBJECT = "loan"
# A sentence of a todo's list; the whole step stands in the record.
SHOWN = 120


def follow(record: ActionRecord, *, acting_user: Any) -> None:
    """Closes the steps a record answers and opens the one it names. Call it in the record's transaction.

    1. A step whose day has come is answered by any further contact about the loan.
    2. One whose day lies ahead stays, unless the record names another: then that takes its place.
    """
    waiting = Todo.objects.open().filter(kind=TodoKind.NEXT_STEP, subject_kind=SUBJECT, subject_id=record.loan_id)
    for todo in waiting.filter(due_on__lte=record.business_date).actionable_by(acting_user):
        close_by_doing(TodoKind.NEXT_STEP, SUBJECT, record.loan_id, occurrence=todo.occurrence, acting_user=acting_user)
    if not record.next_step or record.next_step_on is None:
        return
    due = Due(
        customer_id=record.customer_id,
        loan_id=record.loan_id,
        subject_kind=SUBJECT,
        subject_id=record.loan_id,
        occurrence=f"{record.next_step_on}:{record.pk}",
        reason_code=wording.WHY_NEXT_STEP,
        arguments={
            "agreed_on": record.business_date,
            "who": record.recorded_by.name,
            "step": record.next_step[:SHOWN],
            "action": record.pk,
        },
        due_on=record.next_step_on,
    )
    push(
        TodoKind.NEXT_STEP,
        [due],
        business_date=record.business_date,
        supersedes=[TodoKind.NEXT_STEP],
        acting_user=acting_user,
    )


def withdraw_settled(business_date: date, run_id: int) -> int:
    """Steps agreed about loans that are settled, transferred or withdrawn; returns how many."""
    select = """
        SELECT t.id FROM todos_todo t JOIN loans_loan l ON l.id = t.loan_id
        WHERE t.kind = %(todo_kind)s AND t.state = 'open'
          AND (l.status IN ('settled', 'transferred') OR l.superseded_on IS NOT NULL)"""
    return withdraw(
        select,
        {"todo_kind": TodoKind.NEXT_STEP.value},
        reason=CloseReason.SETTLED,
        business_date=business_date,
        run_id=run_id,
    )
