"""Reports: begun for a task, answered bit by bit by two inspectors, never overwritten without saying so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.utils import bulk_create_with_history

from postloan.core import business_date, timeline
from postloan.customers.models import Responsibility
from postloan.inspections import prefill
from postloan.inspections import questions as schema
from postloan.inspections.answer_values import kept
from postloan.inspections.models import Answer, InspectionTask, Report, ReportState, SectionMark, TaskState
from postloan.inspections.services import passing_on, sales_return, shared_visits
from postloan.inspections.services.changes import bump
from postloan.inspections.services.funds import look_at_funds
from postloan.inspections.services.kept_answers import keep_columns
from postloan.inspections.services.refusals import Refused
from postloan.inspections.services.templates import version_for

WRITABLE = frozenset({ReportState.DRAFT, ReportState.RETURNED})
TASK_OPEN = frozenset({TaskState.PLANNED, TaskState.DRAFTING, TaskState.RETURNED})
MOST_CHANGES = 300

BEGUN = timeline.define("inspections.report_begun", _("Inspection {task}: report begun with {template}"))
SECOND_NAMED = timeline.define("inspections.second_named", _("Inspection {task}: {name} is the second inspector"))
SECTION_MARKED = timeline.define(
    "inspections.section_marked", _("Inspection {task}: section {section} does not apply, {because}")
)
SECTION_OPENED = timeline.define("inspections.section_opened", _("Inspection {task}: section {section} applies again"))


@dataclass(frozen=True)
class Change:
    """One answer as a window sends it: `base` is the version it was typed over, `tab` the window."""

    question: str
    base: int
    tab: str = ""
    value: Any = None
    explanation: str = ""
    remark: str = ""


@dataclass(frozen=True)
class Conflict:
    """An answer that somebody saved meanwhile: what is there now."""

    question: str
    row: Answer


@dataclass
class Saved:
    version: int
    answers: dict[str, int] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)


# ── beginning ─────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def begin_report(task: InspectionTask, *, acting_user: Any) -> Report:
    """The report of a task; a new one, with every fact the bank knows, where there is none yet; one begun by
    somebody whose todo it no longer is becomes that of whose todo it is.

    Raises Refused: `state` for a task that is handed in or over, `no_template`.
    """
    task = InspectionTask.objects.select_for_update().get(pk=task.pk)
    there = task.reports.exclude(state=ReportState.WITHDRAWN).first()
    if there is not None:
        there = Report.objects.select_for_update(of=("self",)).select_related("task").get(pk=there.pk)
        if passing_on.may_take_over(there, acting_user):
            passing_on.take_over(there, acting_user=acting_user)
        return there
    if task.state not in TASK_OPEN:
        raise Refused("state")
    day = business_date.current()
    version = version_for(task, day)
    report = Report(
        task=task,
        template_version=version,
        main_inspector=acting_user,
        second_inspector_id=_stand_in(task, day, acting_user),
        facts=_facts(task, day),
        begun_on=day,
        begun_at=timezone.now(),
        visit_seen=task.visit.told if task.visit is not None else {},
    )
    report.save()
    _fill_in(report, day)
    look_at_funds(task.loans.all(), day=day)
    if task.state == TaskState.PLANNED:
        task.state = TaskState.DRAFTING
        task._change_reason = "report begun"  # type: ignore[attr-defined]
        task.save(update_fields=["state"])
    _tell(BEGUN, report, acting_user, template=version.template.code)
    return report


def _facts(task: InspectionTask, day: date) -> dict[str, Any]:
    """What is fixed in the report: what conditions of its template ask for, and the sales return."""
    found = prefill.conditions(task, day=day)
    return found | sales_return.facts_of(task, currency=found["loan.currency"], day=day)


def _stand_in(task: InspectionTask, day: date, main: Any) -> int | None:
    """The other of the two people responsible for the customer, where the task asks for two."""
    if task.people < 2:
        return None
    found = Responsibility.objects.on(day).filter(customer=task.customer, line=task.line, staff__is_active=True)
    return found.exclude(staff=main).order_by("-role").values_list("staff_id", flat=True).first()


def _fill_in(report: Report, day: date) -> None:
    """Writes what is known. An opinion is never filled in: the schema refuses it."""
    asked = {q["code"]: q for q in schema.questions(report.template_version.content) if q.get("prefill")}
    facts = prefill.find(report.task, {question["prefill"] for question in asked.values()}, day=day)
    rows = [
        Answer(
            report=report,
            question=code,
            value=kept(question, facts[question["prefill"]].value),
            source=facts[question["prefill"]].source[:120],
            source_on=facts[question["prefill"]].on,
            is_prefilled=True,
        )
        for code, question in asked.items()
        if question["prefill"] in facts
    ]
    bulk_create_with_history(rows, Answer, default_change_reason="prefilled")
    for row in rows:
        keep_columns(report, asked[row.question], row.value)


# ── saving ────────────────────────────────────────────────────────────────────────────────────────────────


def may_write(report: Report, user: Any) -> bool:
    return user.pk in {report.main_inspector_id, report.second_inspector_id} and user.has_capability(
        "inspections.write"
    )


def locked(report: Report, acting_user: Any) -> Report:
    """The report for a change. Raises PermissionDenied for others than its inspectors, Refused("state")."""
    row = Report.objects.select_for_update(of=("self",)).select_related("task", "template_version").get(pk=report.pk)
    if not may_write(row, acting_user):
        raise PermissionDenied("only the inspectors of a report write in it")
    if row.state not in WRITABLE:
        raise Refused("state")
    return row


@transaction.atomic
def save_answers(report: Report, changes: Iterable[Change], *, acting_user: Any) -> Saved:
    """Saves what can be saved; an answer that somebody else changed meanwhile is a conflict and stays as it is.

    A change is no conflict where the answer is at its `base`, says the same, or was last written by the same window.
    Raises Refused("state"), Refused("too_many"), PermissionDenied.
    """
    changes = list(changes)
    if len(changes) > MOST_CHANGES:
        raise Refused("too_many")
    shared_visits.lock_all(report)
    report = locked(report, acting_user)
    asked = schema.by_code(report.template_version.content)
    rows = {row.question: row for row in report.answers.filter(question__in=[c.question for c in changes])}
    result = Saved(report.version)
    touched = []
    for change in changes:
        question = asked.get(change.question)
        try:
            value = kept(question or {}, change.value) if question else None
        except ValueError as error:
            result.refused[change.question] = str(error)
            continue
        if question is None or question.get("fixed") or question["type"] in schema.EVIDENCE | {"signature"}:
            result.refused[change.question] = "closed"
        elif _one(report, question, value, change, rows, result, acting_user):
            touched.append(question)
    if touched:
        _changed(report, touched, acting_user)
        result.version = report.version
    return result


def _one(
    report: Report,
    question: Mapping[str, Any],
    value: Any,
    change: Change,
    rows: dict[str, Answer],
    result: Saved,
    acting_user: Any,
) -> bool:
    """One answer; True where something was written."""
    code = change.question
    row = rows.get(code)
    if row is None:
        row = rows[code] = Answer(report=report, question=code, version=0)
    elif (row.value, row.explanation, row.remark) == (value, change.explanation, change.remark):
        result.answers[code] = row.version
        return False
    if row.version != change.base and not (change.tab and row.tab == change.tab):
        result.conflicts.append(Conflict(code, row))
        return False
    if row.value != value:
        row.is_prefilled, row.source, row.source_on = False, "", None
    row.value, row.explanation, row.remark = value, change.explanation, change.remark
    row.version, row.tab = row.version + 1, change.tab[:40]
    row.edited_by, row.edited_at = acting_user, timezone.now()
    row.save()
    keep_columns(report, question, value)
    shared_visits.keep_person_met(report, question, value, acting_user=acting_user)
    result.answers[code] = row.version
    return True


def _changed(report: Report, touched: Iterable[Mapping[str, Any]], acting_user: Any) -> None:
    """What every change of the content brings: a new version, signatures void, remarks on its sections answered."""
    codes = {question["code"] for question in touched}
    sections = [
        section["code"]
        for section in schema.sections(report.template_version.content)
        if codes & {question["code"] for question in section["questions"]}
    ]
    open_remarks = report.section_marks.filter(section__in=sections, remark_answered_at=None).exclude(remark="")
    open_remarks.update(remark_answered_at=timezone.now())
    bump(report, "content changed", acting_user)


# ── sections, the second inspector ────────────────────────────────────────────────────────────────────────


@transaction.atomic
def mark_section(report: Report, section: str, because: str, *, acting_user: Any) -> SectionMark:
    """Says that a section does not apply and why; an empty reason opens it again.

    Raises Refused: `section` for one that must be answered, `reason` for one too short to say anything.
    """
    report = locked(report, acting_user)
    found = next((s for s in schema.sections(report.template_version.content) if s["code"] == section), None)
    if found is None or not found.get("may_not_apply"):
        raise Refused("section")
    because = because.strip()
    if because and len(because) < 4:
        raise Refused("reason")
    mark, _new = SectionMark.objects.get_or_create(report=report, section=section)
    if mark.does_not_apply_because != because:
        mark.does_not_apply_because, mark.edited_by = because, acting_user
        mark.save()
        bump(report, "section marked", acting_user)
        _tell(SECTION_MARKED if because else SECTION_OPENED, report, acting_user, section=section, because=because)
    return mark


@transaction.atomic
def name_second(report: Report, staff: Any, *, acting_user: Any) -> Report:
    """Names the second inspector. Raises Refused: `same` for the main one, `capability` for who cannot inspect."""
    report = locked(report, acting_user)
    if report.main_inspector_id != acting_user.pk:
        raise PermissionDenied("the main inspector names the second one")
    if staff.pk == report.main_inspector_id:
        raise Refused("same")
    if not staff.has_capability("inspections.write"):
        raise Refused("capability")
    if report.second_inspector_id != staff.pk:
        report.second_inspector = staff
        bump(report, "second inspector named", acting_user)
        _tell(SECOND_NAMED, report, acting_user, name=staff.name)
    return report


def _tell(code: str, report: Report, acting_user: Any, **arguments: Any) -> None:
    timeline.record(
        code,
        acting_user=acting_user,
        customer_id=report.task.customer_id,
        subject_kind="inspection_report",
        subject_key=str(report.pk),
        task=report.task.task_no,
        **arguments,
    )
