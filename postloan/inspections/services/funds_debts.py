"""Missing vouchers after the report: owed from its approval on, brought as a file, more time granted by others."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from postloan.core import business_date, calendar, timeline
from postloan.inspections import file_checks
from postloan.inspections.models import ApprovalState, Report, VoucherDebt, VoucherExtension
from postloan.inspections.services import evidence, files
from postloan.inspections.services.refusals import Refused
from postloan.inspections.wording import WHY_MORE_TIME, WHY_VOUCHER
from postloan.todos.kinds import CloseReason, TodoKind
from postloan.todos.models import Todo
from postloan.todos.services import Due, close_by_doing, push, withdraw

SUBJECT = "voucher_debt"
DECIDE_WITHIN = 2

BROUGHT = timeline.define("inspections.voucher_brought", _("{missing} of payment {payment} brought: {file}"))
ASKED = timeline.define(
    "inspections.voucher_more_time_asked", _("{missing} of payment {payment}: asked for time until {until}, {reason}")
)
GRANTED = timeline.define(
    "inspections.voucher_more_time_granted", _("{missing} of payment {payment}: time granted until {until}")
)
DENIED = timeline.define(
    "inspections.voucher_more_time_refused", _("{missing} of payment {payment}: no more time, {reason}")
)


@transaction.atomic
def begin_owing(report: Report, *, acting_user: Any) -> int:
    """The report is approved: each missing voucher is owed and becomes a todo of whoever answers for the customer."""
    day = business_date.current()
    debts = list(report.voucher_debts.filter(owed_since=None).select_related("payment", "report__task"))
    for debt in debts:
        debt.owed_since = day
        debt._history_user = acting_user
        debt.save()
    _push(debts, day, acting_user)
    return len(debts)


def _push(debts: list[VoucherDebt], day: date, acting_user: Any) -> None:
    rows = [
        Due(
            customer_id=debt.report.task.customer_id,
            loan_id=debt.payment.loan_id,
            subject_kind=SUBJECT,
            subject_id=debt.pk,
            occurrence=debt.due_on.isoformat(),
            reason_code=WHY_VOUCHER,
            arguments={
                "missing": debt.missing,
                "payment": debt.payment.payment_no,
                "payee": debt.payment.payee_name,
                "task_no": debt.report.task.task_no,
            },
            due_on=debt.due_on,
            line=debt.report.task.line,
        )
        for debt in debts
    ]
    if rows:
        push(TodoKind.VOUCHER_DEBT, rows, business_date=day, acting_user=acting_user)


def _locked(debt: VoucherDebt, acting_user: Any) -> VoucherDebt:
    """A debt that is owed and not settled. Raises Refused("settled"), PermissionDenied."""
    if not acting_user.has_capability("inspections.write"):
        raise PermissionDenied("who inspects brings vouchers")
    found = VoucherDebt.objects.select_for_update(of=("self",)).select_related("payment", "report__task")
    row = found.get(pk=debt.pk)
    if row.owed_since is None or row.settled_on is not None:
        raise Refused("settled")
    return row


@transaction.atomic
def bring_voucher(debt: VoucherDebt, file: Any, *, acting_user: Any) -> VoucherDebt:
    """The missing paper is here, as a file that is checked like evidence.

    Raises Refused: `settled`, `no_file`; file_checks.Refusal with the sentence; PermissionDenied.
    """
    row = _locked(debt, acting_user)
    if file is None:
        raise Refused("no_file")
    most = evidence.limits()
    if file.size > max(most.photo_bytes, most.file_bytes):
        raise file_checks.too_large(max(most.photo_bytes, most.file_bytes))
    checked = file_checks.check(file, file.size, most)
    row.file = files.keep(
        file,
        file.size,
        content_type=checked.content_type,
        width=checked.width,
        height=checked.height,
        likeness=checked.likeness,
    )
    row.file_name = f"{file_checks.clean_name(file.name)[:120]}.{checked.extension}"
    row.settled_on, row.settled_by = business_date.current(), acting_user
    row._history_user = acting_user  # type: ignore[attr-defined]
    row.save()
    close_by_doing(TodoKind.VOUCHER_DEBT, SUBJECT, row.pk, acting_user=acting_user, anyone=True)
    _end_requests(row, acting_user)
    _tell(BROUGHT, row, acting_user, file=row.file_name)
    return row


def _end_requests(row: VoucherDebt, acting_user: Any) -> None:
    """What was asked for is no longer needed."""
    waiting = row.extensions.filter(state=ApprovalState.SUBMITTED).first()
    if waiting is not None:
        waiting.state = ApprovalState.WITHDRAWN
        waiting.save()
        _withdraw(row, TodoKind.VOUCHER_EXTENSION, CloseReason.NO_LONGER_DUE, acting_user)


def _withdraw(row: VoucherDebt, kind: str, reason: str, acting_user: Any) -> None:
    todos = Todo.objects.open().filter(kind=kind, subject_kind=SUBJECT, subject_id=row.pk)
    withdraw(
        list(todos.values_list("pk", flat=True)),
        reason=reason,
        business_date=business_date.current(),
        acting_user=acting_user,
    )


# ── more time ─────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def ask_more_time(debt: VoucherDebt, *, until: date | None, reason: str, acting_user: Any) -> VoucherExtension:
    """Asks for a later date.

    Raises Refused: `settled`, `extension_open` while one waits, `reason`, `later`; PermissionDenied.
    """
    row = _locked(debt, acting_user)
    day = business_date.current()
    if row.extensions.filter(state=ApprovalState.SUBMITTED).exists():
        raise Refused("extension_open")
    if not reason.strip():
        raise Refused("reason")
    if until is None or until <= max(row.due_on, day):
        raise Refused("later")
    asked = VoucherExtension.objects.create(
        debt=row, new_due_on=until, reason=reason.strip(), asked_by=acting_user, asked_on=day
    )
    due = Due(
        customer_id=row.report.task.customer_id,
        loan_id=row.payment.loan_id,
        subject_kind=SUBJECT,
        subject_id=row.pk,
        occurrence=f"more_time:{asked.pk}",
        reason_code=WHY_MORE_TIME,
        arguments={"name": acting_user.name, "missing": row.missing, "until": until, "reason": asked.reason[:200]},
        due_on=calendar.add_working_days(day, DECIDE_WITHIN),
        line=row.report.task.line,
    )
    push(TodoKind.VOUCHER_EXTENSION, [due], business_date=day, acting_user=acting_user)
    _tell(ASKED, row, acting_user, until=until.isoformat(), reason=asked.reason[:200])
    return asked


@transaction.atomic
def decide_more_time(asked: VoucherExtension, *, grant: bool, comment: str, acting_user: Any) -> VoucherExtension:
    """Somebody else than the asker and the inspectors decides.

    Raises Refused: `decided` where it no longer waits, `maker`, `comment` without a reason for a no; PermissionDenied.
    """
    if not acting_user.has_capability("inspections.decide_request"):
        raise PermissionDenied("capability")
    found = VoucherDebt.objects.select_for_update(of=("self",)).select_related("payment", "report__task")
    row = found.get(pk=asked.debt_id)
    asked = VoucherExtension.objects.select_for_update().get(pk=asked.pk)
    if asked.state != ApprovalState.SUBMITTED or row.settled_on is not None:
        raise Refused("extension_decided")
    if acting_user.pk in {asked.asked_by_id, row.report.main_inspector_id, row.report.second_inspector_id}:
        raise Refused("maker")
    if not grant and not comment.strip():
        raise Refused("comment")
    asked.state = ApprovalState.APPROVED if grant else ApprovalState.REFUSED
    asked.decided_by, asked.decided_at = acting_user, timezone.now()
    asked.decision_comment = comment.strip()
    asked.save()
    close_by_doing(
        TodoKind.VOUCHER_EXTENSION,
        SUBJECT,
        row.pk,
        acting_user=acting_user,
        occurrence=f"more_time:{asked.pk}",
        anyone=True,
    )
    if grant:
        _move(row, asked.new_due_on, acting_user)
    values = {"until": asked.new_due_on.isoformat(), "reason": asked.decision_comment[:200]}
    _tell(GRANTED if grant else DENIED, row, acting_user, **values)
    return asked


def _move(row: VoucherDebt, due_on: date, acting_user: Any) -> None:
    row.due_on = max(due_on, row.due_on)
    row._history_user = acting_user  # type: ignore[attr-defined]
    row.save()
    _withdraw(row, TodoKind.VOUCHER_DEBT, CloseReason.DATE_MOVED, acting_user)
    _push([row], business_date.current(), acting_user)


def _tell(code: str, row: VoucherDebt, acting_user: Any, **arguments: Any) -> None:
    timeline.record(
        code,
        acting_user=acting_user,
        customer_id=row.report.task.customer_id,
        loan_id=row.payment.loan_id,
        subject_kind=SUBJECT,
        subject_key=str(row.pk),
        missing=row.missing,
        payment=row.payment.payment_no,
        **arguments,
    )
