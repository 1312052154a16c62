"""Conditions of the approval and covenants in a report: what is asked, what is said to each, what is missing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from postloan.core import business_date, formatting
from postloan.inspections.models import ConditionAnswer, ConditionState, Evidence, Report, ReportState
from postloan.inspections.report_form import Totals
from postloan.inspections.workflow import WRITABLE
from postloan.loans.labels import CONDITION_KINDS
from postloan.loans.models import ApprovalCondition, Facility

SECTION = "conditions"
# Files that show a condition are kept under this and the key of the condition.
FILES = "condition:"
LEAST_EVIDENCE, LEAST_EXPLANATION = 4, 10


@dataclass
class Row:
    """A condition with what this report says to it, what the last approved one said, and its files."""

    condition: ApprovalCondition
    answer: ConditionAnswer | None = None
    earlier: ConditionAnswer | None = None
    files: list[Evidence] = field(default_factory=list)
    problem: str = ""

    @property
    def code(self) -> str:
        return f"{FILES}{self.condition.pk}"

    @property
    def kind_label(self) -> str:
        return str(CONDITION_KINDS.get(self.condition.kind, self.condition.kind))

    @property
    def version(self) -> int:
        return self.answer.version if self.answer else 0

    @property
    def state(self) -> str:
        return self.answer.state if self.answer else ""

    @property
    def due_on(self) -> date | None:
        return self.answer.condition_due_on if self.answer and self.answer.text else self.condition.due_on

    @property
    def text(self) -> str:
        """What was answered stays what it was; what is not yet answered is what core banking says now."""
        return self.answer.text if self.answer and self.answer.text else self.condition.text


@dataclass
class Conditions:
    """`rows` are asked or answered; `fulfilled` core banking says are met already."""

    rows: list[Row]
    fulfilled: list[ApprovalCondition]

    @property
    def is_there(self) -> bool:
        return bool(self.rows or self.fulfilled)

    @property
    def problems(self) -> list[Row]:
        return [row for row in self.rows if row.problem]

    @property
    def not_met(self) -> list[Row]:
        return [row for row in self.rows if row.state == ConditionState.NOT_MET]

    @property
    def section_state(self) -> str:
        """As the states of sections are called."""
        if not self.problems:
            return "done"
        return "doing" if any(row.state for row in self.rows) else "todo"


def problem_of(
    condition: ApprovalCondition, answer: ConditionAnswer | None, files: Iterable[Evidence], *, today: date
) -> str:
    """What keeps an answer from being handed in; empty where nothing does."""
    if answer is None or not answer.state:
        return _("Answer it: met, not met or not due yet.")
    if (answer.text, answer.condition_due_on) != (condition.text, condition.due_on):
        return _("Core banking has changed this condition: answer it again.")
    files = list(files)
    if any(one.met_before_id and not one.met_before_explanation for one in files):
        return _("A file here was used before: say why it is used again.")
    return _lacks(condition.due_on, answer, bool(files), today)


def _lacks(due_on: date | None, answer: ConditionAnswer, has_files: bool, today: date) -> str:
    """What the state that was chosen asks for: evidence, an explanation, or a day still ahead."""
    if answer.state == ConditionState.MET:
        shown = has_files or len(answer.evidence.strip()) >= LEAST_EVIDENCE
        return "" if shown else _("Say what shows that it is met, or add a file.")
    if answer.state == ConditionState.NOT_DUE and due_on is not None:
        on = formatting.iso(due_on)
        return "" if due_on > today else _("It has been due since %(on)s: it is met or not met.") % {"on": on}
    if len(answer.explanation.strip()) >= LEAST_EXPLANATION:
        return ""
    return _("Explain why, and what will be done by when, in at least %(n)d characters.") % {"n": LEAST_EXPLANATION}


def conditions_of(report: Report) -> Conditions:
    """In a fixed number of queries. A report that is handed in shows what it answered, whatever came later."""
    given = ConditionAnswer.objects.filter(report=report)
    answers = {one.condition_id: one for one in given.select_related("condition__facility")}
    files = _files(report)
    if report.state not in WRITABLE:
        rows = [Row(one.condition, one, files=files.get(pk, [])) for pk, one in answers.items()]
        return Conditions(sorted(rows, key=_order), [])
    standing = {one.pk: one for one in asked_of(report)}
    fulfilled = [one for one in standing.values() if one.fulfilled_on is not None and one.pk not in answers]
    wanted = {pk: one for pk, one in standing.items() if one.fulfilled_on is None}
    wanted |= {pk: answer.condition for pk, answer in answers.items()}
    earlier = _earlier(report, wanted)
    today = max(business_date.current(), business_date.calendar_today())
    rows = []
    for pk, condition in wanted.items():
        row = Row(condition, answers.get(pk), earlier.get(pk), files.get(pk, []))
        if pk in standing and condition.fulfilled_on is None:
            row.problem = problem_of(condition, row.answer, row.files, today=today)
        rows.append(row)
    return Conditions(sorted(rows, key=_order), sorted(fulfilled, key=lambda one: one.condition_no))


def asked_of(report: Report) -> list[ApprovalCondition]:
    """The conditions of the facilities the loans stand under; of all the customer's where none is known."""
    task = report.task
    under = Q(contracts__loans__in=task.loans.all())
    facilities = Facility.objects.filter(superseded_on=None)
    named = set(facilities.filter(under).values_list("pk", flat=True))
    found = ApprovalCondition.objects.filter(superseded_on=None)
    found = found.filter(facility__in=named) if named else found.filter(facility__customer=task.customer_id)
    return list(found.filter(facility__superseded_on=None).select_related("facility").order_by("condition_no"))


def questions_of(report: Report, question: str) -> set[str]:
    """The names files may be brought under; nothing is read for a question of the template."""
    return {f"{FILES}{one.pk}" for one in asked_of(report)} if question.startswith(FILES) else set()


def _order(row: Row) -> tuple[str, str]:
    return row.condition.facility_no, row.condition.condition_no


def _files(report: Report) -> dict[int, list[Evidence]]:
    found: dict[int, list[Evidence]] = {}
    standing = report.evidence.filter(removed_at=None, question__startswith=FILES).order_by("pk")
    for one in standing.select_related("original", "shown", "met_before__report__task"):
        key = one.question.removeprefix(FILES)
        if key.isdecimal():
            found.setdefault(int(key), []).append(one)
    return found


def _earlier(report: Report, wanted: Iterable[int]) -> dict[int, ConditionAnswer]:
    """What the latest approved report said to each."""
    found = ConditionAnswer.objects.filter(condition__in=list(wanted), report__state=ReportState.APPROVED)
    rows = found.exclude(report=report).select_related("report").order_by("report__approved_on", "report_id")
    return {one.condition_id: one for one in rows}


def counted(totals: Totals, conditions: Conditions) -> Totals:
    """The sums of the form with this section in it."""
    if not conditions.rows:
        return totals
    return replace(
        totals,
        sections=totals.sections + 1,
        done=totals.done + (not conditions.problems),
        missing=totals.missing + len(conditions.problems),
    )


def standing(conditions: Conditions) -> dict[str, Any]:
    """For the page's script, as it stands of each section."""
    return {"state": conditions.section_state, "missing": len(conditions.problems), "wrong": 0}
