"""The night follows the money: what comes back after a report was handed in is found and given to somebody."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db import transaction

from postloan.core import calendar, parameters, sql
from postloan.inspections import limits
from postloan.inspections.models import FundsAnswer, FundsFinding, InspectionTask, Report, ReportState, TaskLoan
from postloan.inspections.rules_funds import kind_of_payee
from postloan.inspections.services.funds import Limits, look_at_funds
from postloan.inspections.services.night_tables import SQL
from postloan.inspections.wording import WHY_FINDING
from postloan.loans.models import Loan
from postloan.todos.kinds import CloseReason, TodoKind
from postloan.todos.models import Todo
from postloan.todos.services import Due, close_by_doing, push, withdraw

SUBJECT = "funds_finding"
HANDED_IN = (ReportState.SUBMITTED, ReportState.APPROVED)
BEFORE_ALL = date(1900, 1, 1)


@transaction.atomic
def follow_money(business_date: date, run_id: int, *, since: date | None) -> dict[str, int]:
    """Looks at loans paid out lately of which payments, entries or ties are new since the last date closed.

    What no report handed in has answered becomes one todo of whoever answers for the customer. A loan without a report
    gets none: its report will ask. A second run writes nothing. Source: practice of banks.
    """
    loans = Loan.objects.filter(pk__in=loans_with_news(business_date, since=since))
    standing = look_at_funds(loans, day=business_date)
    opened = _give(unanswered(standing), business_date, run_id)
    return {"funds_looked_at": len(loans), "funds_found": opened, "funds_gone": _withdraw_gone(business_date, run_id)}


def loans_with_news(day: date, *, since: date | None) -> set[int]:
    """Never the whole book: only what was paid within the window and some days for entries that come late."""
    words = Limits.on(day).words
    days = int(parameters.value(limits.RETURN_WINDOW, on=day)) + int(parameters.value(limits.LATE_ENTRIES, on=day))
    values = {"begin": (since or day) - timedelta(days=days), "since": since or BEFORE_ALL}
    return {
        row["loan_id"]
        for row in sql.rows(SQL / "funds_moved.sql", values)
        if not row["name"] or kind_of_payee(row["name"], words)
    }


def unanswered(findings: Iterable[FundsFinding]) -> dict[FundsFinding, InspectionTask]:
    """Findings that came after the reports on their loan were handed in, with the task of the last of these."""
    found = {one.pk: one for one in findings}
    answered = set(
        FundsAnswer.objects.filter(
            finding__in=list(found), is_misuse__isnull=False, report__state__in=HANDED_IN
        ).values_list("finding_id", flat=True)
    )
    last: dict[int, InspectionTask] = {}
    inspected = TaskLoan.objects.filter(
        loan__in={one.loan_id for one in found.values()}, is_withdrawn=False, task__reports__state__in=HANDED_IN
    )
    for row in inspected.select_related("task").order_by("task__submitted_on", "task_id"):
        last[row.loan_id] = row.task
    return {one: last[one.loan_id] for pk, one in found.items() if pk not in answered and one.loan_id in last}


def _give(findings: dict[FundsFinding, InspectionTask], day: date, run_id: int) -> int:
    due_on = calendar.add_working_days(day, int(parameters.value(limits.SPECIAL_WITHIN, on=day)))
    rows = [
        Due(
            customer_id=task.customer_id,
            loan_id=finding.loan_id,
            subject_kind=SUBJECT,
            subject_id=finding.pk,
            reason_code=WHY_FINDING,
            arguments={
                "kind": finding.kind,
                "payees": ", ".join(finding.facts.get("payees", [])),
                "amount": str(finding.facts.get("amount", 0)),
                "currency": finding.currency,
                "task_no": task.task_no,
            },
            due_on=due_on,
            line=task.line,
        )
        for finding, task in findings.items()
    ]
    return push(TodoKind.FUNDS_FINDING, rows, business_date=day, run_id=run_id).opened if rows else 0


def _withdraw_gone(day: date, run_id: int) -> int:
    gone = FundsFinding.objects.exclude(gone_on=None).values("pk")
    todos = Todo.objects.open().filter(kind=TodoKind.FUNDS_FINDING, subject_kind=SUBJECT, subject_id__in=gone)
    return withdraw(
        list(todos.values_list("pk", flat=True)), reason=CloseReason.NO_LONGER_DUE, business_date=day, run_id=run_id
    )


def answered_in(report: Report, *, acting_user: Any) -> None:
    """The report is handed in: what it answers is done, whoever the todo was given to."""
    for finding_id in report.funds_answers.exclude(is_misuse=None).values_list("finding_id", flat=True):
        close_by_doing(TodoKind.FUNDS_FINDING, SUBJECT, finding_id, acting_user=acting_user, anyone=True)
