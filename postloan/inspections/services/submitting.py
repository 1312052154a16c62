"""Signed by its inspectors, each from the own log-in, handed in, taken back before anybody has decided."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from postloan.core import business_date, timeline
from postloan.inspections.conditions_form import conditions_of
from postloan.inspections.funds_form import funds_of
from postloan.inspections.models import (
    ApprovalState,
    DecisionKind,
    InspectionTask,
    Report,
    Signature,
    SignatureRole,
    TaskState,
)
from postloan.inspections.report_form import problems_of
from postloan.inspections.services import approval_todos, deciders, funds_answers, funds_night, passing_on
from postloan.inspections.services.refusals import Refused
from postloan.inspections.services.refused_roads import told
from postloan.inspections.services.writers import hands_in
from postloan.inspections.workflow import MOVES, WRITABLE, content_hash

SIGNED = timeline.define("inspections.report_signed", _("Inspection {task}: {name} signed as {role}"))
SUBMITTED = timeline.define(
    "inspections.report_submitted", _("Inspection {task}: report handed in, to be decided at {branch}")
)
SUBMITTED_LATE = timeline.define(
    "inspections.report_submitted_late",
    _("Inspection {task}: report handed in {days} days late, to be decided at {branch}"),
)
TAKEN_BACK = timeline.define("inspections.report_taken_back", _("Inspection {task}: {name} took the report back"))


def locked(report: Report) -> Report:
    """The report for a move: its task is locked first, then the report itself."""
    task = (
        InspectionTask.objects.select_for_update(of=("self",)).select_related("customer__branch").get(pk=report.task_id)
    )
    row = Report.objects.select_for_update(of=("self",)).select_related("template_version").get(pk=report.pk)
    row.task = task
    return row


def submission_of(report: Report) -> int:
    """Which time the report is, or will be, handed in: one more than it came back."""
    ended = report.decisions.filter(kind__in=[DecisionKind.SEND_BACK, DecisionKind.WITHDRAW])
    return ended.count() + 1


def role_of(report: Report, user: Any) -> str:
    if user.pk == report.main_inspector_id:
        return SignatureRole.MAIN
    return SignatureRole.SECOND if user.pk == report.second_inspector_id else ""


def roles_needed(report: Report) -> tuple[str, ...]:
    """Two people where the task asks for two, or where a second one is named."""
    two = report.task.people == 2 or report.second_inspector_id is not None
    return (SignatureRole.MAIN, SignatureRole.SECOND) if two else (SignatureRole.MAIN,)


# ── signing ───────────────────────────────────────────────────────────────────────────────────────────────


def sign(report: Report, *, seen_hash: str, acting_user: Any, role: str = "") -> Signature:
    """Signs what was seen, as oneself.

    Raises PermissionDenied for others than the inspectors, Refused: `not_yours` for another's role, `state`,
    `changed` where it is no longer what was seen, `incomplete`, a problem of funds_form, `conditions`, `second` where
    nobody is named for it, `signed`.
    """
    funds_answers.look_again(report, acting_user)
    with told(report, "sign", acting_user), transaction.atomic():
        row = locked(report)
        own = role_of(row, acting_user)
        if not own or not acting_user.has_capability("inspections.write"):
            raise PermissionDenied("writer")
        if role and role != own:
            raise Refused("not_yours")
        return _sign(row, own, seen_hash, acting_user)


def _sign(row: Report, role: str, seen_hash: str, acting_user: Any) -> Signature:
    if row.state not in WRITABLE:
        raise Refused("state")
    if content_hash(row) != seen_hash:
        raise Refused("changed")
    if problems_of(row):
        raise Refused("incomplete")
    _check_funds(row)
    _check_conditions(row)
    if SignatureRole.SECOND in roles_needed(row) and row.second_inspector_id is None:
        raise Refused("second")
    if row.signatures.filter(role=role, voided_at=None).exists():
        raise Refused("signed")
    signature = Signature.objects.create(
        report=row,
        role=role,
        signed_by=acting_user,
        signed_at=timezone.now(),
        signed_on=business_date.current(),
        content_hash=seen_hash,
    )
    tell(SIGNED, row, acting_user, name=acting_user.name, role=str(signature.get_role_display()))
    return signature


def standing_signatures(report: Report) -> dict[str, Signature]:
    found = report.signatures.filter(voided_at=None).select_related("signed_by")
    return {signature.role: signature for signature in found}


# ── handing in ────────────────────────────────────────────────────────────────────────────────────────────


def submit(report: Report, *, seen_hash: str, acting_user: Any) -> Report:
    """Hands a signed report to whoever decides first.

    Raises PermissionDenied, Refused: `state`, `changed`, `incomplete`, `unsigned`, `funds_…`, `conditions`,
    `request_open`.
    """
    funds_answers.look_again(report, acting_user)
    with told(report, "submit", acting_user), transaction.atomic():
        row = locked(report)
        if not role_of(row, acting_user) or not acting_user.has_capability("inspections.write"):
            raise PermissionDenied("writer")
        if row.state not in MOVES["submit"].sources:
            raise Refused("state")
        if content_hash(row) != seen_hash:
            raise Refused("changed")
        if problems_of(row):
            raise Refused("incomplete")
        _check_funds(row)
        _check_conditions(row)
        _check_signatures(row, seen_hash)
        if row.task.requests.filter(state=ApprovalState.SUBMITTED).exists():
            raise Refused("request_open")
        return _submit(row, seen_hash, acting_user)


def _check_funds(row: Report) -> None:
    """Every finding on the use of funds is answered, every payment has its voucher or a date for it."""
    for problem in funds_of(row).problems:
        raise Refused(problem.code)


def _check_conditions(row: Report) -> None:
    """Every condition of the approval and every covenant that stands is answered, with what the answer asks for."""
    if conditions_of(row).problems:
        raise Refused("conditions")


def _check_signatures(row: Report, content: str) -> None:
    """Each role by its person, in force, on this very content; two roles are two people."""
    there = standing_signatures(row)
    people: dict[str, int | None] = {
        SignatureRole.MAIN: row.main_inspector_id,
        SignatureRole.SECOND: row.second_inspector_id,
    }
    for role in roles_needed(row):
        signature = there.get(role)
        if signature is None or signature.content_hash != content or signature.signed_by_id != people[role]:
            raise Refused("unsigned")
    if len({there[role].signed_by_id for role in roles_needed(row)}) < len(roles_needed(row)):
        raise Refused("unsigned")


def _submit(row: Report, content: str, acting_user: Any) -> Report:
    day = business_date.current()
    row.state, row.content_hash = MOVES["submit"].target, content
    row.submitted_by, row.submitted_on, row.submitted_at = acting_user, day, timezone.now()
    row.chain = deciders.chain_of(row, on=day, without={*hands_in(row), acting_user.pk})
    row.step = 1
    move(row, "submit", acting_user)
    task = row.task
    task.state = TaskState.SUBMITTED
    # The day it was first handed in counts: what was late stays late, what was in time is not made late by a remark.
    task.submitted_on = task.submitted_on or day
    _save_task(task, "report handed in", acting_user)
    approval_todos.done_by_inspector(row, acting_user=acting_user)
    funds_night.answered_in(row, acting_user=acting_user)
    approval_todos.ask_decider(row, submission_of(row), acting_user=acting_user)
    days = (task.submitted_on - task.first_due_on).days
    branch = row.chain[0]["name"]
    if days > 0:
        tell(SUBMITTED_LATE, row, acting_user, days=days, branch=branch)
    else:
        tell(SUBMITTED, row, acting_user, branch=branch)
    return row


# ── taking back ───────────────────────────────────────────────────────────────────────────────────────────


def withdraw(report: Report, *, acting_user: Any) -> Report:
    """Whoever handed it in takes it back, as long as nobody has decided on it.

    Raises Refused: `state` where it does not wait, `not_yours`, `decided` where somebody has.
    """
    with told(report, "withdraw", acting_user), transaction.atomic():
        row = locked(report)
        if row.state not in MOVES["withdraw"].sources:
            raise Refused("state")
        if row.submitted_by_id != acting_user.pk:
            raise Refused("not_yours")
        submission = submission_of(row)
        if row.decisions.filter(submission=submission).exists():
            raise Refused("decided")
        return _withdraw(row, submission, acting_user)


def _withdraw(row: Report, submission: int, acting_user: Any) -> Report:
    day: date = business_date.current()
    row.decisions.create(
        submission=submission,
        step=row.step,
        kind=DecisionKind.WITHDRAW,
        decided_by=acting_user,
        decided_on=day,
        decided_at=timezone.now(),
        content_hash=row.content_hash,
    )
    approval_todos.withdraw_decider(row, acting_user=acting_user)
    row.state, row.step, row.chain = MOVES["withdraw"].target, 0, []
    passing_on.to_responsible(row, acting_user=acting_user)
    move(row, "withdraw", acting_user)
    task = row.task
    task.state = TaskState.DRAFTING
    if submission == 1:
        # Handed in and taken back is not handed in.
        task.submitted_on = None
    _save_task(task, "report taken back", acting_user)
    approval_todos.ask_again(row, f"taken_back:{submission}", remark="", acting_user=acting_user)
    tell(TAKEN_BACK, row, acting_user, name=acting_user.name)
    return row


# ── what every move does ──────────────────────────────────────────────────────────────────────────────────


def move(row: Report, name: str, acting_user: Any) -> None:
    row._change_reason = f"moved: {name}"  # type: ignore[attr-defined]
    row._history_user = acting_user  # type: ignore[attr-defined]
    row.save()


def _save_task(task: InspectionTask, because: str, acting_user: Any) -> None:
    task._change_reason = because  # type: ignore[attr-defined]
    task._history_user = acting_user  # type: ignore[attr-defined]
    task.save()


def tell(code: str, row: Report, acting_user: Any, **arguments: Any) -> None:
    timeline.record(
        code,
        acting_user=acting_user,
        customer_id=row.task.customer_id,
        subject_kind="inspection_report",
        subject_key=str(row.pk),
        task=row.task.task_no,
        **arguments,
    )
