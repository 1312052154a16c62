"""A report as a form: its questions with answers, last answers, evidence and marks, and what is still to be done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from postloan.core import business_date, parameters
from postloan.inspections import limits_form, rules_form
from postloan.inspections import questions as schema
from postloan.inspections.models import (
    Answer,
    BorrowerConfirmation,
    Evidence,
    Report,
    ReportState,
    SectionMark,
    VoucherDebt,
)
from postloan.inspections.rules_form import Given, Known, Problem, SectionState

LOOK_BACK = 6
# The question of a template that takes vouchers.
VOUCHERS = "funds.vouchers"


@dataclass(frozen=True)
class LastAnswer:
    """What the last approved report said to the same question."""

    value: Any
    explanation: str
    on: date | None
    kind: str


@dataclass
class Form:
    """Everything a page needs of a report; `answers`, `marks` and `evidence` by the codes of the template.

    `owed` counts the vouchers it names as missing with a date: they stand for the files that will come.
    """

    content: dict[str, Any]
    known: Known
    rows: dict[str, Answer] = field(default_factory=dict)
    last: dict[str, LastAnswer] = field(default_factory=dict)
    evidence: dict[str, list[Evidence]] = field(default_factory=dict)
    marks: dict[str, SectionMark] = field(default_factory=dict)
    is_confirmed: bool = False
    owed: int = 0

    @property
    def given(self) -> dict[str, Given]:
        return {question["code"]: self._given(question) for question in schema.questions(self.content)}

    def _given(self, question: dict[str, Any]) -> Given:
        code = question["code"]
        row, last, files = self.rows.get(code), self.last.get(code), self.evidence.get(code, [])
        if question["type"] == "signature":
            return Given(value="confirmed" if self.is_confirmed else None)
        return Given(
            value=row.value if row else None,
            explanation=row.explanation if row else "",
            remark=row.remark if row else "",
            is_prefilled=bool(row and row.is_prefilled),
            last=last.value if last else None,
            files=len(files),
            owed=self.owed if code == VOUCHERS else 0,
            unexplained_files=sum(1 for one in files if one.met_before_id and not one.met_before_explanation),
        )

    def states(self, *, stage: str = "submission") -> list[SectionState]:
        given = self.given
        return [
            rules_form.section_state(
                section,
                given,
                self.known,
                not_applicable_because=self.because(section["code"]),
                stage=stage,
            )
            for section in schema.sections(self.content)
        ]

    def because(self, section: str) -> str:
        mark = self.marks.get(section)
        return mark.does_not_apply_because if mark else ""

    def problems(self, *, stage: str = "submission") -> list[Problem]:
        """What keeps the report from being handed in, in the order of the form."""
        return [problem for state in self.states(stage=stage) for problem in state.problems]

    def needed_for_approval(self) -> list[Problem]:
        """What may be missing when the report is handed in, but not when it is approved."""
        before = {(problem.section, problem.question) for problem in self.problems()}
        return [one for one in self.problems(stage="approval") if (one.section, one.question) not in before]

    def score(self) -> tuple[int, dict[str, Any]] | None:
        return rules_form.score(self.content, self.given, self.known.facts)


@dataclass(frozen=True)
class Totals:
    """`prefilled` of `items` shown came from what the bank knows; `facts` are the items that are no judgement."""

    sections: int
    done: int
    wrong: int
    missing: int
    items: int
    prefilled: int
    facts: int
    prefilled_facts: int


def totals(form: Form, states: Iterable[SectionState]) -> Totals:
    states, codes = list(states), schema.by_code(form.content)
    asked = [codes[code] for state in states for code in state.shown]
    filled = {code for code, row in form.rows.items() if row.source and not rules_form.is_empty(row.value)}
    facts = [question for question in asked if schema.is_fact(question)]
    return Totals(
        sections=len(states),
        done=sum(1 for state in states if state.state in {rules_form.DONE, rules_form.NOT_APPLICABLE}),
        wrong=sum(len(state.wrong) for state in states),
        missing=sum(state.missing for state in states),
        items=len(asked),
        prefilled=sum(1 for question in asked if question["code"] in filled),
        facts=len(facts),
        prefilled_facts=sum(1 for question in facts if question["code"] in filled),
    )


# ── reading ───────────────────────────────────────────────────────────────────────────────────────────────


def form_of(report: Report) -> Form:
    """A report's form in a few queries, whatever its length."""
    return forms_of([report])[report.pk]


def forms_of(reports: Iterable[Report]) -> dict[int, Form]:
    """The forms of several reports in as many queries as one takes."""
    reports = list(reports)
    if not reports:
        return {}
    asked = known({})
    confirmed = set(
        BorrowerConfirmation.objects.filter(report__in=reports, voided_at=None, confirmed_at__isnull=False).values_list(
            "report_id", flat=True
        )
    )
    last = last_answers(reports)
    owed = Counter(VoucherDebt.objects.filter(report__in=reports).values_list("report_id", flat=True))
    forms = {
        report.pk: Form(
            content=report.template_version.content,
            known=replace(asked, facts=report.facts),
            last=last[report.pk],
            is_confirmed=report.pk in confirmed,
            owed=owed[report.pk],
        )
        for report in reports
    }
    for row in Answer.objects.filter(report__in=reports).select_related("edited_by"):
        forms[row.report_id].rows[row.question] = row
    for mark in SectionMark.objects.filter(report__in=reports):
        forms[mark.report_id].marks[mark.section] = mark
    for one in standing_evidence(reports):
        forms[one.report_id].evidence.setdefault(one.question, []).append(one)
    return forms


def known(facts: dict[str, Any]) -> Known:
    day = business_date.latest() or business_date.calendar_today()
    # An inspection may be of today even while the extract of yesterday is the last one.
    today = max(day, business_date.calendar_today())
    return Known(facts, today, parameters.value(limits_form.CHANGE_OVER, on=day))


def standing_evidence(reports: Iterable[Report]) -> list[Evidence]:
    found = Evidence.objects.filter(report__in=list(reports), removed_at=None)
    return list(found.select_related("original", "shown", "met_before__report__task").order_by("id"))


def last_answers(reports: Iterable[Report]) -> dict[int, dict[str, LastAnswer]]:
    """By report and question what the customer's latest approved reports said: the newest that answered it counts."""
    reports = list(reports)
    approved: dict[int, list[Report]] = {}
    for one in (
        Report.objects.filter(
            task__customer__in={report.task.customer_id for report in reports}, state=ReportState.APPROVED
        )
        .select_related("task")
        .defer("facts", "chain")
        .order_by("-approved_on", "-id")
    ):
        approved.setdefault(one.task.customer_id, []).append(one)
    former = {
        report.pk: [one for one in approved.get(report.task.customer_id, []) if one.pk != report.pk][:LOOK_BACK]
        for report in reports
    }
    answers: dict[int, list[Answer]] = {}
    wanted = {one.pk for some in former.values() for one in some}
    for row in Answer.objects.filter(report__in=wanted).only("report_id", "question", "value", "explanation"):
        answers.setdefault(row.report_id, []).append(row)
    return {pk: _newest(some, answers) for pk, some in former.items()}


def _newest(former: list[Report], answers: dict[int, list[Answer]]) -> dict[str, LastAnswer]:
    found: dict[str, LastAnswer] = {}
    for one in former:
        on = one.inspected_on or one.submitted_on
        for row in answers.get(one.pk, []):
            if row.question not in found and not rules_form.is_empty(row.value):
                found[row.question] = LastAnswer(row.value, row.explanation, on, one.task.kind)
    return found


def problems_of(report: Report, *, stage: str = "submission") -> list[Problem]:
    """For whoever hands a report in or approves it: empty where nothing is missing and nothing wrong."""
    return form_of(report).problems(stage=stage)
