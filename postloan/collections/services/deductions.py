"""What falls due next: reminders to borrowers, tomorrow's deductions and today's failures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction

from postloan.collections import limits, wording
from postloan.collections.models import ExpectedDeduction, InstalmentReminder
from postloan.collections.services.maturities import night_steps
from postloan.collections.services.subjects import as_date
from postloan.core import calendar, formatting, outbox, parameters, sql
from postloan.core.identifiers import mask_name
from postloan.customers.models import Customer
from postloan.loans.models import Deduction
from postloan.todos.kinds import CloseReason, TodoKind
from postloan.todos.models import Todo
from postloan.todos.services import Due, push, withdraw

SQL = Path(__file__).parent.parent / "sql"
EXPECTED = "expected_deduction"
FAILED = "failed_deduction"
BATCH = 500
CENT = Decimal("0.01")


def money(value: Any) -> Decimal | None:
    """Exactly two decimals, whatever the engine made of a sum; None stays None."""
    return None if value is None else Decimal(str(value)).quantize(CENT)


# ── reminders of instalments ──────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def remind_instalments(business_date: date, run_id: int) -> dict[str, int]:
    """A row for each step reached before the due date; the tightest of a night tells the borrower the amount.

    Missed nights are caught up; nothing is told on or after the due date, or once it is paid.
    """
    ended = _end_reminders(business_date)
    steps = [int(step) for step in parameters.value(limits.REMINDER_STEPS, on=business_date)]
    if not steps:
        return {"ended": ended, "raised": 0, "messages": 0}
    with night_steps(steps):
        values = {"day": business_date, "widest": max(steps)}
        rows = list(sql.rows(SQL / "reminders_reached.sql", values))
    tightest: dict[int, int] = {}
    for row in rows:
        tightest[row["instalment_id"]] = min(tightest.get(row["instalment_id"], 10**6), row["step_days"])
    told = [row for row in rows if tightest[row["instalment_id"]] == row["step_days"]]
    InstalmentReminder.objects.bulk_create(
        [_reminder(row, business_date, run_id, tightest) for row in rows], batch_size=BATCH
    )
    messages = outbox.put_many(_reminder_drafts(told), run_id=run_id)
    return {"ended": ended, "raised": len(rows), "messages": messages}


def _reminder(row: Mapping[str, Any], day: date, run_id: int, tightest: Mapping[int, int]) -> InstalmentReminder:
    return InstalmentReminder(
        instalment_id=row["instalment_id"],
        loan_id=row["loan_id"],
        customer_id=row["customer_id"],
        due_on=as_date(row["due_on"]),
        step_days=row["step_days"],
        principal=money(row["principal"]),
        interest=money(row["interest"]),
        raised_on=day,
        run_id=run_id,
        is_tightest=tightest[row["instalment_id"]] == row["step_days"],
    )


def reminder_key(instalment_id: int, due_on: date, step: int) -> str:
    return f"instalment|{instalment_id}|{due_on}|{step}"


def _reminder_drafts(rows: Sequence[Mapping[str, Any]]) -> Iterator[outbox.Draft]:
    for start in range(0, len(rows), BATCH):
        some = rows[start : start + BATCH]
        names = dict(Customer.objects.filter(pk__in={row["customer_id"] for row in some}).values_list("pk", "name"))
        for row in some:
            principal, interest = money(row["principal"]) or Decimal(0), money(row["interest"]) or Decimal(0)
            yield outbox.Draft(
                key=reminder_key(row["instalment_id"], as_date(row["due_on"]), row["step_days"]),
                template=wording.INSTALMENT_DUE,
                to="borrower",
                recipient_id=row["customer_id"],
                loan_id=row["loan_id"],
                arguments={
                    "name": mask_name(names[row["customer_id"]]),
                    "loan": row["loan_no"],
                    "due_on": as_date(row["due_on"]).isoformat(),
                    "currency": row["currency"],
                    "account": row["account_no"] or "—",
                    "principal": formatting.amount(principal),
                    "interest": formatting.amount(interest),
                    "amount": formatting.amount(principal + interest),
                },
            )


def _end_reminders(day: date) -> int:
    found = [(row["id"], row["reason"]) for row in sql.rows(SQL / "reminders_end.sql", {"day": day})]
    for reason in sorted({reason for _pk, reason in found}):
        ids = [pk for pk, one in found if one == reason]
        for start in range(0, len(ids), BATCH):
            ended = InstalmentReminder.objects.filter(pk__in=ids[start : start + BATCH])
            keys = [reminder_key(r.instalment_id, r.due_on, r.step_days) for r in ended if r.is_tightest]
            ended.update(ended_on=day, end_reason=reason)
            outbox.withdraw(keys)
    return len(found)


# ── tomorrow's deductions, today's failures ───────────────────────────────────────────────────────────────


@transaction.atomic
def list_deductions(business_date: date, run_id: int) -> dict[str, int]:
    """Lists what will be deducted before the next working day has ended, and what failed; calls for both."""
    until = calendar.add_working_days(business_date, 1)
    rows = list(sql.rows(SQL / "deductions_expected.sql", {"day": business_date, "until": until}))
    ended = _end_expected(business_date, run_id, {(row["loan_id"], as_date(row["due_on"])) for row in rows})
    listed, changed = _write_expected(rows, business_date, run_id)
    return {
        "ended": ended,
        "listed": listed,
        "changed": changed,
        "shortfalls": _push_shortfalls(business_date, run_id),
        "failures": _push_failures(business_date, run_id),
    }


def _write_expected(rows: list[dict], day: date, run_id: int) -> tuple[int, int]:
    there = {
        (row.loan_id, row.due_on): row
        for row in ExpectedDeduction.objects.filter(due_on__gt=day, loan_id__in=[r["loan_id"] for r in rows])
    }
    new, changed = [], []
    for row in rows:
        fields = _expected_fields(row)
        known = there.get((row["loan_id"], as_date(row["due_on"])))
        if known is None:
            new.append(
                ExpectedDeduction(
                    loan_id=row["loan_id"],
                    customer_id=row["customer_id"],
                    due_on=as_date(row["due_on"]),
                    listed_on=day,
                    run_id=run_id,
                    **fields,
                )
            )
        elif known.ended_on is not None or any(getattr(known, name) != value for name, value in fields.items()):
            for name, value in {**fields, "ended_on": None}.items():
                setattr(known, name, value)
            changed.append(known)
    ExpectedDeduction.objects.bulk_create(new, batch_size=BATCH)
    names = ["principal", "interest", "currency", "account_no", "balance", "shortfall", "ended_on"]
    ExpectedDeduction.objects.bulk_update(changed, names, batch_size=BATCH)
    return len(new), len(changed)


def _expected_fields(row: Mapping[str, Any]) -> dict[str, Any]:
    principal, interest, balance = money(row["principal"]), money(row["interest"]), money(row["balance"])
    total = (principal or Decimal(0)) + (interest or Decimal(0))
    return {
        "principal": principal,
        "interest": interest,
        "currency": row["currency"],
        "account_no": row["account_no"],
        "balance": balance,
        "shortfall": None if balance is None else max(total - balance, Decimal(0)).quantize(CENT),
    }


def _end_expected(day: date, run_id: int, still_due: set[tuple[int, date]]) -> int:
    """What was listed and is paid, or whose day has come, leaves the list with its todo."""
    listed = list(ExpectedDeduction.objects.filter(ended_on=None).values_list("pk", "loan_id", "due_on"))
    gone = {
        CloseReason.DUE_DATE_PASSED: [pk for pk, _loan, due_on in listed if due_on <= day],
        CloseReason.PAID: [pk for pk, loan, due_on in listed if due_on > day and (loan, due_on) not in still_due],
    }
    for reason, ids in gone.items():
        for start in range(0, len(ids), BATCH):
            ExpectedDeduction.objects.filter(pk__in=ids[start : start + BATCH]).update(ended_on=day)
        _withdraw(TodoKind.DEDUCTION_SHORTFALL, EXPECTED, ids, reason, day, run_id)
    return sum(map(len, gone.values()))


def _withdraw(kind: str, subject_kind: str, subjects: list[int], reason: str, day: date, run_id: int) -> None:
    todos = Todo.objects.open().filter(kind=kind, subject_kind=subject_kind)
    ids = [
        pk
        for start in range(0, len(subjects), BATCH)
        for pk in todos.filter(subject_id__in=subjects[start : start + BATCH]).values_list("pk", flat=True)
    ]
    withdraw(ids, reason=reason, business_date=day, run_id=run_id)


def _push_shortfalls(day: date, run_id: int) -> int:
    covered = ExpectedDeduction.objects.filter(ended_on=None, shortfall=0).values_list("pk", flat=True)
    _withdraw(TodoKind.DEDUCTION_SHORTFALL, EXPECTED, list(covered), CloseReason.NO_LONGER_DUE, day, run_id)
    dues = [
        Due(
            customer_id=row.customer_id,
            loan_id=row.loan_id,
            subject_kind=EXPECTED,
            subject_id=row.pk,
            occurrence=row.due_on.isoformat(),
            reason_code=wording.WHY_SHORTFALL,
            arguments={
                "due_on": row.due_on,
                "due_amount": row.amount,
                "balance_amount": row.balance,
                "short_amount": row.shortfall,
            },
            due_on=day,
            amount=row.shortfall,
        )
        for row in ExpectedDeduction.objects.filter(ended_on=None, shortfall__gt=0).order_by("due_on", "pk")
    ]
    return push(TodoKind.DEDUCTION_SHORTFALL, dues, business_date=day, run_id=run_id).opened if dues else 0


def failures_of(day: date) -> Any:
    """Tries that did not take the whole amount, as the extract of this date delivered them; not those long ago."""
    within = timedelta(days=int(parameters.value(limits.FAILED_WITHIN, on=day)))
    return (
        Deduction.objects.counted()
        .filter(first_delivered_on=day, tried_on__gt=day - within, loan__isnull=False)
        .exclude(result="taken")
    )


def _push_failures(day: date, run_id: int) -> int:
    paid_up = (
        Todo.objects.open()
        .filter(kind=TodoKind.DEDUCTION_FAILED, opened_on__lt=day)
        .exclude(loan__states__in=_overdue_now())
    )
    withdraw(
        list(paid_up.values_list("pk", flat=True)),
        reason=CloseReason.CURRENT_AGAIN,
        business_date=day,
        run_id=run_id,
    )
    worked_on = failures_of(day).filter(
        loan__status__in=["active", "advance"], loan__superseded_on=None, loan__quarantined_since=None
    )
    # One call answers for a loan: its last try is told, and gives way to the next one that fails.
    last_tries = {row.loan_id: row for row in worked_on.select_related("loan").order_by("tried_on", "pk")}
    dues = [
        Due(
            customer_id=row.loan.customer_id,
            loan_id=row.loan_id,
            subject_kind=FAILED,
            subject_id=row.loan_id,
            occurrence=row.deduction_no,
            reason_code=wording.WHY_FAILED,
            arguments={
                "deduction_id": row.pk,
                "tried_on": row.tried_on,
                "taken_amount": row.taken,
                "due_amount": row.amount,
            },
            due_on=calendar.add_working_days(day, 1),
            amount=row.amount - row.taken,
        )
        for row in last_tries.values()
    ]
    if not dues:
        return 0
    kind = TodoKind.DEDUCTION_FAILED
    return push(kind, dues, business_date=day, run_id=run_id, supersedes=[kind]).opened


def _overdue_now() -> Any:
    from postloan.loans.models import LoanState

    return LoanState.objects.now().overdue()
