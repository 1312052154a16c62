"""Maturity notices, as the night raises and withdraws them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from django.db import connection, transaction

from postloan.collections import limits, wording
from postloan.collections.models import MaturityNotice, MaturityPlan, PlanState, WithdrawReason
from postloan.collections.services import second_opinions
from postloan.collections.services.owed_plans import ask_for_plans
from postloan.collections.services.plans import ask_heads_again
from postloan.collections.services.subjects import RELATED, Subject, as_date, due_of
from postloan.core import calendar, formatting, outbox, parameters, sql
from postloan.core.identifiers import mask_name
from postloan.todos.kinds import CloseReason, TodoKind
from postloan.todos.models import Todo
from postloan.todos.services import push, withdraw

SQL = Path(__file__).parent.parent / "sql"
# What a nearer notice takes the place of; the plan is no less owed for it.
OF_NOTICE = (TodoKind.MATURITY_NOTICE, TodoKind.MATURITY_FOLLOW_UP)
OF_MATURITY = (*OF_NOTICE, TodoKind.MATURITY_PLAN, TodoKind.PLAN_TO_CONFIRM, TodoKind.SECOND_OPINION)
WHY_WITHDRAWN = {
    WithdrawReason.SETTLED: CloseReason.SETTLED,
    WithdrawReason.CORRECTED: CloseReason.CORRECTED,
    WithdrawReason.MATURITY_MOVED: CloseReason.NO_LONGER_DUE,
    WithdrawReason.NOT_WORKED_ON: CloseReason.NO_LONGER_DUE,
}


# ── the night ─────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def raise_maturity_notices(business_date: date, run_id: int) -> dict[str, int]:
    """Withdraws what no longer holds, raises what is due and not yet done, pushes the todos and messages.

    A row for each step reached; of several raised at once only the tightest makes a todo and a message.
    Source: practice of banks (docs/mechanisms/maturities.md).
    """
    withdrawn = _withdraw_notices(business_date, run_id)
    revived = _revive_notices(business_date)
    raised = _raise_notices(business_date, run_id)
    asking = [notice for notice in [*revived, *raised] if notice.is_tightest]
    todos, messages = _ask(asking, business_date, run_id)
    plans = ask_for_plans(business_date, run_id=run_id)
    opinions = second_opinions.keep_asked(business_date, run_id)
    heads = ask_heads_again(business_date, run_id)
    passed = _close_passed(business_date, run_id)
    return {
        "withdrawn": withdrawn,
        "revived": len(revived),
        "raised": len(raised),
        "todos": todos,
        "plans_owed": plans,
        "opinions_asked": opinions,
        "heads_asked_again": heads,
        "messages": messages,
        "todos_passed": passed,
    }


def _withdraw_notices(day: date, run_id: int) -> int:
    found = [(row["id"], row["reason"]) for row in sql.rows(SQL / "notices_without_cause.sql", {"day": day})]
    for reason in sorted({reason for _pk, reason in found}):
        ids = [pk for pk, one in found if one == reason]
        for start in range(0, len(ids), 500):
            some = ids[start : start + 500]
            notices = list(MaturityNotice.objects.filter(pk__in=some))
            MaturityNotice.objects.filter(pk__in=some).update(withdrawn_on=day, withdraw_reason=reason)
            _withdraw_todos(notices, WHY_WITHDRAWN[WithdrawReason(reason)], day, run_id)
            outbox.withdraw(key for notice in notices for key in _message_keys(notice))
            if reason != WithdrawReason.NOT_WORKED_ON:
                _withdraw_plans(notices)
    return len(found)


def _withdraw_todos(notices: Iterable[MaturityNotice], reason: str, day: date, run_id: int) -> None:
    by_kind: dict[str, list[MaturityNotice]] = {}
    for notice in notices:
        by_kind.setdefault(Subject.of(notice).kind, []).append(notice)
    for kind, some in by_kind.items():
        todos = Todo.objects.open().filter(
            kind__in=OF_MATURITY,
            subject_kind=kind,
            subject_id__in=[Subject.of(notice).pk for notice in some],
        )
        days = {(Subject.of(notice).pk, notice.matures_on.isoformat()) for notice in some}
        ids = [todo.pk for todo in todos if (todo.subject_id, todo.occurrence[:10]) in days]
        withdraw(ids, reason=reason, business_date=day, run_id=run_id)


def _withdraw_plans(notices: Iterable[MaturityNotice]) -> None:
    """A plan for a maturity that is no more: what was confirmed stays as it was, what was not is withdrawn."""
    open_states = [PlanState.DRAFT, PlanState.SUBMITTED, PlanState.RETURNED]
    for notice in notices:
        plans = MaturityPlan.objects.filter(
            loan_id=notice.loan_id, item_id=notice.item_id, matures_on=notice.matures_on, state__in=open_states
        )
        for plan in plans:
            plan.state = PlanState.WITHDRAWN
            plan._change_reason = "the maturity no longer holds"
            plan.save(update_fields=["state"])


def _revive_notices(day: date) -> list[MaturityNotice]:
    ids = [row["id"] for row in sql.rows(SQL / "notices_to_revive.sql", {"day": day})]
    MaturityNotice.objects.filter(pk__in=ids).update(withdrawn_on=None, withdraw_reason="")
    return list(MaturityNotice.objects.filter(pk__in=ids, received_at=None).select_related(*RELATED))


def _raise_notices(day: date, run_id: int) -> list[MaturityNotice]:
    steps = [int(step) for step in parameters.value(limits.MATURITY_STEPS, on=day)]
    kinds = f";{';'.join(parameters.value(limits.MATURING_KINDS, on=day))};"
    if not steps:
        return []
    within = parameters.value(limits.PLAN_WITHIN, on=day)
    deadlines = {step: calendar.add_working_days(day, int(within.get(str(step), 0))) for step in steps}
    with night_steps(steps):
        values = {"day": day, "widest": max(steps), "kinds": kinds}
        rows = list(sql.rows(SQL / "maturities_reached.sql", values))
    tightest: dict[tuple, int] = {}
    for row in rows:
        item = (row["loan_id"], row["item_id"])
        tightest[item] = min(tightest.get(item, row["step_days"]), row["step_days"])
    notices = MaturityNotice.objects.bulk_create(
        [_notice(row, day, run_id, deadlines, tightest) for row in rows], batch_size=500
    )
    ids = [notice.pk for notice in notices]
    return [
        notice
        for start in range(0, len(ids), 500)
        for notice in MaturityNotice.objects.filter(pk__in=ids[start : start + 500]).select_related(*RELATED)
    ]


def _notice(row: dict, day: date, run_id: int, deadlines: dict[int, date], tightest: dict) -> MaturityNotice:
    matures_on = as_date(row["matures_on"])
    return MaturityNotice(
        loan_id=row["loan_id"],
        item_id=row["item_id"],
        customer_id=row["customer_id"],
        matures_on=matures_on,
        step_days=row["step_days"],
        raised_on=day,
        run_id=run_id,
        is_tightest=tightest[(row["loan_id"], row["item_id"])] == row["step_days"],
        due_on=min(deadlines[row["step_days"]], matures_on),
    )


@contextmanager
def night_steps(days: Iterable[int]) -> Iterator[None]:
    """The temporary table `night_step` that the statement joins."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS night_step")
        cursor.execute("CREATE TEMPORARY TABLE night_step (days integer NOT NULL)")
        cursor.executemany("INSERT INTO night_step (days) VALUES (%s)", [(day,) for day in days])
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE night_step")


def _ask(notices: list[MaturityNotice], day: date, run_id: int) -> tuple[int, int]:
    """The todo of each tightest notice, which takes the place of the former step's, and its messages."""
    if not notices:
        return 0, 0
    pushed = push(
        TodoKind.MATURITY_NOTICE,
        [due_of(notice, wording.WHY_NOTICE, notice.due_on) for notice in notices],
        business_date=day,
        run_id=run_id,
        supersedes=OF_NOTICE,
    )
    drafts = [*_to_borrowers(notices, day), *_to_staff(notices, pushed.ids)]
    return pushed.opened, outbox.put_many(drafts, run_id=run_id)


def _message_keys(notice: MaturityNotice) -> list[str]:
    subject = Subject.of(notice)
    stem = f"maturity|{subject.kind}|{subject.pk}|{notice.matures_on}|{notice.step_days}"
    return [f"{stem}|borrower", f"{stem}|staff"]


def _to_borrowers(notices: Iterable[MaturityNotice], day: date) -> Iterator[outbox.Draft]:
    steps = {int(step) for step in parameters.value(limits.BORROWER_STEPS, on=day)}
    for notice in notices:
        if notice.step_days not in steps:
            continue
        template, amounts = _amounts_told(notice)
        yield outbox.Draft(
            key=_message_keys(notice)[0],
            template=template,
            to="borrower",
            recipient_id=notice.customer_id,
            loan_id=notice.loan_id,
            arguments={
                "name": mask_name(notice.customer.name),
                "loan": notice.subject_no,
                "matures_on": notice.matures_on.isoformat(),
                "currency": notice.subject.currency,
                **amounts,
            },
        )


def _amounts_told(notice: MaturityNotice) -> tuple[str, dict[str, str]]:
    if notice.loan:
        principal = {"principal": formatting.amount(notice.loan.principal_balance)}
        if notice.loan.interest_receivable is None:
            return wording.MATURITY_BORROWER_PRINCIPAL, principal
        interest = {"interest": formatting.amount(notice.loan.interest_receivable)}
        return wording.MATURITY_BORROWER, principal | interest
    item = notice.item
    uncovered = max(item.amount - (item.margin_balance or 0), 0)  # type: ignore[union-attr]
    amounts = {"principal": formatting.amount(item.amount), "uncovered": formatting.amount(uncovered)}  # type: ignore[union-attr]
    return wording.MATURITY_ITEM_BORROWER, amounts


def _to_staff(notices: Iterable[MaturityNotice], todo_ids: Iterable[int]) -> Iterator[outbox.Draft]:
    """To whoever the todo went to; a post's queue is told nothing, its page shows it."""
    ids = list(todo_ids)
    assignees: dict[tuple, int] = {}
    for start in range(0, len(ids), 500):
        todos = Todo.objects.filter(pk__in=ids[start : start + 500], assignee__isnull=False)
        assignees |= {(todo.subject_kind, todo.subject_id): todo.assignee_id for todo in todos}
    for notice in notices:
        subject = Subject.of(notice)
        if (subject.kind, subject.pk) in assignees:
            yield outbox.Draft(
                key=_message_keys(notice)[1],
                template=wording.MATURITY_STAFF,
                to="staff",
                recipient_id=assignees[(subject.kind, subject.pk)],
                customer_id=notice.customer_id,
                loan_id=notice.loan_id,
                arguments={
                    "name": mask_name(notice.customer.name),
                    "loan": notice.subject_no,
                    "matures_on": notice.matures_on.isoformat(),
                    "days": (notice.matures_on - notice.raised_on).days,
                },
            )


def _close_passed(day: date, run_id: int) -> int:
    """Once the maturity has passed unpaid, the overdue case takes over."""
    select = """
        SELECT t.id FROM todos_todo t
        WHERE t.state = 'open' AND SUBSTR(t.occurrence, 1, 10) < %(today)s
          AND t.kind IN ('maturity_notice', 'maturity_plan', 'maturity_follow_up', 'plan_to_confirm',
                         'second_opinion')"""
    return withdraw(
        select,
        {"today": day.isoformat()},
        reason=CloseReason.DUE_DATE_PASSED,
        business_date=day,
        run_id=run_id,
    )
