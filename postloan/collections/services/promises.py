"""Promises to pay: kept or broken, as the night finds."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction

from postloan.collections import limits, rules, wording
from postloan.collections.models import Promise, PromiseState
from postloan.core import calendar, formatting, outbox, parameters, sql, timeline
from postloan.core.identifiers import mask_name
from postloan.todos.kinds import CloseReason, TodoKind
from postloan.todos.models import Todo
from postloan.todos.services import Due, push, withdraw

SQL = Path(__file__).parent.parent / "sql"
SUBJECT = "promise"


@transaction.atomic
def evaluate_promises(business_date: date, run_id: int) -> dict[str, int]:
    """Kept once the share is paid, broken once the day and its grace have passed.

    The day after the promised one, what has not come in is a call; once the promise is broken, another one.
    """
    grace = int(parameters.value(limits.PROMISE_GRACE, on=business_date))
    share = parameters.value(limits.PROMISE_SHARE, on=business_date)
    rows = {row["id"]: row for row in sql.rows(SQL / "promises_due.sql", {"day": business_date, "grace": grace})}
    counts = {"kept": 0, "broken": 0, "opened_again": 0, "due": 0}
    broken: list[Promise] = []
    awaited: list[tuple[Promise, Decimal]] = []
    for promise in Promise.objects.filter(pk__in=rows).select_related("customer", "loan", "action"):
        paid = Decimal(str(rows[promise.pk]["paid"])).quantize(Decimal("0.01"))
        state = rules.promise_outcome(
            amount=promise.amount,
            paid=promise.amount if rows[promise.pk]["is_current"] else paid,
            promised_on=promise.promised_on,
            on=business_date,
            share_pct=share,
            grace_days=grace,
        )
        if state == PromiseState.OPEN and promise.promised_on < business_date:
            awaited.append((promise, paid))
        if state == promise.state:
            continue
        _decide(promise, state, paid, business_date, run_id)
        counts["opened_again" if state == PromiseState.OPEN else state] += 1
        if state == PromiseState.BROKEN:
            broken.append(promise)
    _ask_again(broken, business_date, run_id)
    counts["due"] = _ask_after(awaited, business_date, run_id)
    return counts


def _decide(promise: Promise, state: str, paid: Decimal, day: date, run_id: int) -> None:
    promise.state, promise.run_id = state, run_id
    promise.paid, promise.evaluated_on = (None, None) if state == PromiseState.OPEN else (paid, day)
    promise.save(update_fields=["state", "run_id", "paid", "evaluated_on"])
    if state != PromiseState.BROKEN:
        todos = Todo.objects.open().filter(kind=TodoKind.PROMISE_DUE, subject_id=promise.pk, subject_kind=SUBJECT)
        reason = CloseReason.PAID if state == PromiseState.KEPT else CloseReason.CORRECTED
        withdraw(list(todos.values_list("pk", flat=True)), reason=reason, business_date=day, run_id=run_id)
    timeline.record(
        wording.PROMISE_EVALUATED[state],
        run_id=run_id,
        customer_id=promise.customer_id,
        loan_id=promise.loan_id,
        subject_kind=SUBJECT,
        subject_key=promise.loan.loan_no,
        amount=str(promise.amount),
        promised_on=promise.promised_on.isoformat(),
    )


def _ask_after(awaited: list[tuple[Promise, Decimal]], day: date, run_id: int) -> int:
    """The promised day has passed and its grace has not: a call today."""
    dues = [_due(promise, "due", wording.WHY_PROMISE_DUE, paid, due_on=day) for promise, paid in awaited]
    return push(TodoKind.PROMISE_DUE, dues, business_date=day, run_id=run_id).opened if dues else 0


def _ask_again(promises: list[Promise], day: date, run_id: int) -> None:
    if not promises:
        return
    due_on = calendar.add_working_days(day, 1)
    dues = [
        _due(promise, "broken", wording.WHY_PROMISE, promise.paid or Decimal(0), due_on=due_on) for promise in promises
    ]
    push(TodoKind.PROMISE_DUE, dues, business_date=day, run_id=run_id, supersedes=[TodoKind.PROMISE_DUE])
    outbox.put_many([_to_whom_it_was_made(promise) for promise in promises], run_id=run_id)


def _due(promise: Promise, stage: str, reason: str, paid: Decimal, *, due_on: date) -> Due:
    return Due(
        customer_id=promise.customer_id,
        loan_id=promise.loan_id,
        subject_kind=SUBJECT,
        subject_id=promise.pk,
        occurrence=f"{promise.promised_on}:{stage}",
        reason_code=reason,
        arguments={"amount": promise.amount, "promised_on": promise.promised_on, "paid_amount": paid},
        due_on=due_on,
        amount=promise.amount,
    )


def _to_whom_it_was_made(promise: Promise) -> outbox.Draft:
    arguments: dict[str, Any] = {
        "name": mask_name(promise.customer.name),
        "loan": promise.loan.loan_no,
        "amount": formatting.amount(promise.amount),
        "paid": formatting.amount(promise.paid or 0),
        "currency": promise.currency,
        "promised_on": promise.promised_on.isoformat(),
    }
    return outbox.Draft(
        key=f"promise|{promise.pk}|broken",
        template=wording.PROMISE_BROKEN_STAFF,
        to="staff",
        recipient_id=promise.action.recorded_by_id,
        customer_id=promise.customer_id,
        loan_id=promise.loan_id,
        arguments=arguments,
    )
