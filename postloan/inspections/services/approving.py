"""Decided by somebody who had no hand in it: approved, sent back with remarks, passed up; results of measures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from postloan.core import business_date, timeline
from postloan.inspections import questions as schema
from postloan.inspections import rules_approval
from postloan.inspections.models import (
    Decision,
    InspectionTask,
    Measure,
    Report,
    ReturnReason,
    SectionMark,
    TaskState,
)
from postloan.inspections.report_form import problems_of
from postloan.inspections.services import (
    approval_todos,
    bulk_exceptions,
    deciders,
    funds_debts,
    funds_demands,
    passing_on,
)
from postloan.inspections.services.refusals import Refused
from postloan.inspections.services.refused_roads import tell as tell_refused
from postloan.inspections.services.refused_roads import told
from postloan.inspections.services.submitting import locked, move, submission_of, tell
from postloan.inspections.services.writers import hands_in
from postloan.inspections.workflow import DECISIONS, MOVES, content_hash

APPROVED = timeline.define("inspections.report_approved", _("Inspection {task}: {name} approved the report"))
ON_ITS_WAY = timeline.define(
    "inspections.report_agreed", _("Inspection {task}: {name} agreed, to be decided next at {branch}")
)
SENT_BACK = timeline.define("inspections.report_sent_back", _("Inspection {task}: {name} sent it back, {remark}"))
PASSED_UP = timeline.define(
    "inspections.report_passed_up", _("Inspection {task}: {name} passed it up to {branch}, {remark}")
)
MEASURE_DONE = timeline.define("inspections.measure_done", _("Inspection {task}: measure done, {result}"))
LEAST_RESULT = 4


def decide(
    report: Report,
    kind: str,
    *,
    seen_hash: str,
    seen_step: int,
    comment: str = "",
    section_remarks: Mapping[str, str] | None = None,
    return_reason: str = "",
    acting_user: Any,
    in_bulk: bool = False,
) -> Decision:
    """Decides on what was seen, at the step it was seen at.

    Raises PermissionDenied without sight of the customer or the capability; Refused: `state` where somebody else has
    decided, `changed` where the content is not what was seen, `hand` for whoever had a hand in it, `decided` for
    whoever decided at an earlier step, `post` without a post at this step, `comment`, `return_reason` for a
    return without one, `top`, `incomplete`, `exceptions` in bulk for what is not plain enough.
    """
    if kind not in DECISIONS:
        raise Refused("kind")
    with told(report, kind, acting_user), transaction.atomic():
        row = locked(report)
        _check_person(row, kind, acting_user)
        if row.state not in MOVES[kind].sources or row.step != seen_step:
            raise Refused("state")
        without = _check_hands(row, acting_user)
        if not deciders.holds_step(row, acting_user, without=without):
            raise Refused("post")
        if not row.content_hash == seen_hash == content_hash(row):
            raise Refused("changed")
        remarks = _remarks(row, section_remarks or {})
        if MOVES[kind].comment_required and not comment.strip():
            raise Refused("comment")
        reason = return_reason if kind == "send_back" else ""
        if kind == "send_back" and reason not in ReturnReason.values:
            raise Refused("return_reason")
        if in_bulk and (kind != "approve" or bulk_exceptions.of_report(row)):
            raise Refused("exceptions")
        decision = _keep(row, kind, comment.strip(), remarks, reason, acting_user, in_bulk)
        approval_todos.done_by_decider(row, acting_user=acting_user)
        _CARRY_OUT[kind](row, decision, acting_user)
        return decision


def _check_person(row: Report, kind: str, user: Any) -> None:
    if not user.has_capability(MOVES[kind].capability):
        raise PermissionDenied("capability")
    if not InspectionTask.objects.visible_to(user).filter(pk=row.task_id).exists():
        raise PermissionDenied("scope")


def _check_hands(row: Report, user: Any) -> set[int]:
    """Who can no longer decide: whoever had a hand in it, and whoever decided in this round."""
    hands = set(hands_in(row))
    if user.pk in hands:
        raise Refused("hand")
    decided = set(row.decisions.filter(submission=submission_of(row)).values_list("decided_by_id", flat=True))
    if user.pk in decided:
        raise Refused("decided")
    return hands


def _remarks(row: Report, given: Mapping[str, str]) -> dict[str, str]:
    """Remarks by the codes of the template's sections; others are nobody's."""
    known = {section["code"] for section in schema.sections(row.template_version.content)}
    return {code: text.strip() for code, text in given.items() if code in known and text.strip()}


def _keep(
    row: Report, kind: str, comment: str, remarks: dict[str, str], reason: str, user: Any, in_bulk: bool
) -> Decision:
    return Decision.objects.create(
        report=row,
        submission=submission_of(row),
        step=row.step,
        kind=kind,
        comment=comment,
        return_reason=reason,
        section_remarks=remarks,
        decided_by=user,
        decided_on=business_date.current(),
        decided_at=timezone.now(),
        content_hash=row.content_hash,
        in_bulk=in_bulk,
    )


def _approve(row: Report, decision: Decision, user: Any) -> None:
    following = rules_approval.next_step(row.chain, row.step)
    if following is not None:
        _go_on(row, "approve", following, decision, user)
        tell(ON_ITS_WAY, row, user, name=user.name, branch=row.chain[row.step - 1]["name"])
        return
    if problems_of(row, stage="approval"):
        raise Refused("incomplete")
    row.state, row.approved_on = MOVES["approve"].target, decision.decided_on
    move(row, "approve", user)
    task = row.task
    task.state, task.done_on = TaskState.APPROVED, decision.decided_on
    _save_task(task, "report approved", user)
    approval_todos.give_measures(row, acting_user=user)
    funds_debts.begin_owing(row, acting_user=user)
    funds_demands.issue_demands(row, acting_user=user)
    tell(APPROVED, row, user, name=user.name)


def _send_back(row: Report, decision: Decision, user: Any) -> None:
    for section, text in decision.section_remarks.items():
        mark, _new = SectionMark.objects.get_or_create(report=row, section=section)
        mark.remark, mark.remark_by, mark.remark_answered_at = text, user, None
        mark.save()
    row.state, row.step, row.chain = MOVES["send_back"].target, 0, []
    passing_on.to_responsible(row, acting_user=user)
    move(row, "send_back", user)
    task = row.task
    task.state = TaskState.RETURNED
    _save_task(task, "report sent back", user)
    approval_todos.ask_again(row, f"returned:{decision.submission}", remark=decision.comment, acting_user=user)
    tell(SENT_BACK, row, user, name=user.name, remark=decision.comment)


def _pass_up(row: Report, decision: Decision, user: Any) -> None:
    above = rules_approval.step_above(row.chain, row.step)
    if above is None:
        raise Refused("top")
    _go_on(row, "pass_up", above, decision, user)
    tell(PASSED_UP, row, user, name=user.name, branch=row.chain[row.step - 1]["name"], remark=decision.comment)


def _go_on(row: Report, name: str, step: int, decision: Decision, user: Any) -> None:
    """To the next step; where it is decided is looked up anew, because people have come and gone meanwhile."""
    decided = row.decisions.filter(submission=decision.submission).values_list("decided_by_id", flat=True)
    one = row.chain[step - 1]
    place = deciders.place_of(row.task, one["code"], without={*hands_in(row), *decided})
    row.chain = [
        {**one, **place, "required": True} if number == step else kept for number, kept in enumerate(row.chain, start=1)
    ]
    row.step = step
    move(row, name, user)
    approval_todos.ask_decider(row, decision.submission, acting_user=user)


_CARRY_OUT = {"approve": _approve, "send_back": _send_back, "pass_up": _pass_up}


def _save_task(task: InspectionTask, because: str, acting_user: Any) -> None:
    task._change_reason = because  # type: ignore[attr-defined]
    task._history_user = acting_user  # type: ignore[attr-defined]
    task.save()


def refuse_unseen(report_id: int, tried: str, acting_user: Any) -> None:
    """Somebody sent a decision on a report they do not see: they get no answer, the bank gets the event."""
    report = Report.objects.select_related("task").filter(pk=report_id).first()
    if report is not None:
        tell_refused(report, tried, "scope", acting_user)


# ── measures ──────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def record_result(measure: Measure, result: str, *, acting_user: Any) -> Measure:
    """Whose todo it is by now, or who stands in, says what was done.

    Raises PermissionDenied, Refused (`state`, `result`), todos' NotYours.
    """
    row = Measure.objects.select_for_update(of=("self",)).select_related("report__task").get(pk=measure.pk)
    if row.done_on is not None or row.report.state != "approved":
        raise Refused("state")
    if not approval_todos.may_do_measure(row, acting_user):
        raise PermissionDenied("not the owner of the measure")
    if len(result.strip()) < LEAST_RESULT:
        raise Refused("result")
    row.done_on, row.result = business_date.current(), result.strip()
    row._history_user = acting_user  # type: ignore[attr-defined]
    row.save()
    approval_todos.measure_done(row, acting_user=acting_user)
    tell(MEASURE_DONE, row.report, acting_user, result=row.result[:200])
    return row
