"""What an approver should look at in a report: late, findings, evidence used again, answers like last time.

Made for one report and for a list of them alike: what is read from the database is read once for all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from postloan.core import business_date, formatting, parameters
from postloan.inspections import funds_form, limits_approval, report_pages, rules_form, rules_sales, sales_pages
from postloan.inspections import questions as schema
from postloan.inspections.models import (
    ConditionAnswer,
    ConditionState,
    FundsAnswer,
    FundsFinding,
    Report,
    ReportState,
    TaskLoan,
)
from postloan.inspections.report_form import Form

FLAG, HINT = "flag", "hint"


@dataclass(frozen=True)
class Flag:
    """Something the approver should look at. `section` is the code of the section it is about."""

    level: str
    title: str
    text: str = ""
    section: str = ""
    number: int = 0


@dataclass(frozen=True)
class Compared:
    label: str
    last: str
    now: str
    change: str
    remark: str
    is_large: bool
    is_same: bool


@dataclass
class Around:
    """What flags need besides the reports: the day, the threshold, findings and conditions not met, by report."""

    day: date
    unchanged_over: Any
    findings: dict[int, list[FundsFinding]] = field(default_factory=dict)
    answers: dict[tuple[int, int], FundsAnswer] = field(default_factory=dict)
    not_met: dict[int, list[ConditionAnswer]] = field(default_factory=dict)


def around(reports: Iterable[Report]) -> Around:
    """Read in a fixed number of queries, however many reports."""
    reports = list(reports)
    day = business_date.current()
    found = Around(day, parameters.value(limits_approval.UNCHANGED_OVER, on=day))
    by_task = {report.task_id: report.pk for report in reports}
    covered: dict[int, list[int]] = {}
    for task_id, loan_id in TaskLoan.objects.filter(task__in=by_task).values_list("task_id", "loan_id"):
        covered.setdefault(loan_id, []).append(by_task[task_id])
    for finding in FundsFinding.objects.filter(loan__in=list(covered), gone_on=None).select_related("loan"):
        for pk in covered[finding.loan_id]:
            found.findings.setdefault(pk, []).append(finding)
    # What an approved report has said is not asked again; what a report says itself counts before that.
    approved = FundsAnswer.objects.filter(finding__loan__in=list(covered), report__state=ReportState.APPROVED)
    for answer in approved.select_related("finding").order_by("report__approved_on", "pk"):
        for pk in covered[answer.finding.loan_id]:
            found.answers[pk, answer.finding_id] = answer
    for answer in FundsAnswer.objects.filter(report__in=reports):
        found.answers[answer.report_id, answer.finding_id] = answer
    broken = ConditionAnswer.objects.filter(report__in=reports, state=ConditionState.NOT_MET)
    for one in broken.select_related("condition").order_by("condition__condition_no"):
        found.not_met.setdefault(one.report_id, []).append(one)
    return found


def flags(
    report: Report,
    form: Form,
    shown: list[report_pages.Section],
    comparison: list[Compared],
    known: Around | None = None,
) -> list[Flag]:
    """Red flags first, then what is only worth a look."""
    known = known or around([report])
    found = [
        *_late(report, known.day),
        *_funds(report, known),
        *_not_met(report, known),
        *_sales(report),
        *_way(form, shown),
        *_photos(form, shown),
        *_used_again(form, shown),
        *_unchanged(form, shown, known.unchanged_over),
    ]
    silent = sum(1 for row in comparison if (row.is_large or row.is_same) and not row.remark)
    if silent:
        text = ngettext(
            "%(n)d figure changed much or not at all, without a remark",
            "%(n)d figures changed much or not at all, without a remark",
            silent,
        )
        found.append(Flag(HINT, text % {"n": silent}))
    return sorted(found, key=lambda flag: flag.level != FLAG)


def _late(report: Report, today: date) -> list[Flag]:
    task = report.task
    days = ((task.submitted_on or today) - task.first_due_on).days
    if days <= 0:
        return []
    text = ngettext("%(n)d day late", "%(n)d days late", days) % {"n": days}
    given = _("first due on %(on)s") % {"on": formatting.iso(task.first_due_on)}
    if task.due_on != task.first_due_on:
        given = _("first due on %(on)s, granted until %(until)s") % {
            "on": formatting.iso(task.first_due_on),
            "until": formatting.iso(task.due_on),
        }
    return [Flag(FLAG, text, given)]


def _funds(report: Report, known: Around) -> list[Flag]:
    """What stands of the findings on the loans of the task, with what the report says to each."""
    found = []
    for finding in known.findings.get(report.pk, []):
        answer = known.answers.get((report.pk, finding.pk))
        said = _("not answered in the report")
        if answer is not None and answer.is_misuse is not None:
            said = _("Misuse: %(why)s") if answer.is_misuse else _("No misuse: %(why)s")
            said = said % {"why": answer.explanation}
        is_old = answer is not None and answer.report_id != report.pk and not answer.is_misuse
        title = f"{finding.get_kind_display()} · {finding.loan.loan_no}"
        found.append(Flag(HINT if is_old else FLAG, title, said, funds_form.QUESTION))
    return found


def _not_met(report: Report, known: Around) -> list[Flag]:
    title = _("Condition %(number)s not met")
    return [
        Flag(
            FLAG, title % {"number": one.condition.condition_no}, f"{one.text}　{one.explanation}".strip(), "conditions"
        )
        for one in known.not_met.get(report.pk, [])
    ]


def _sales(report: Report) -> list[Flag]:
    sales = sales_pages.of_report(report)
    if sales is None or sales.verdict not in {rules_sales.BELOW, rules_sales.FAR_BELOW}:
        return []
    text = _("%(rate)s, the bank's share of the debt is %(share)s") % {"rate": sales.rate, "share": sales.share}
    level = FLAG if sales.verdict == rules_sales.FAR_BELOW else HINT
    return [Flag(level, _("Sales return %(said)s") % {"said": sales.said}, text)]


def _way(form: Form, shown: list[report_pages.Section]) -> list[Flag]:
    """Ordered on site and inspected otherwise, however it came into the report."""
    codes = schema.by_code(form.content)
    return [
        Flag(FLAG, _("Ordered on site, inspected otherwise"), question.shown, section.code, section.number)
        for section in shown
        for question in section.questions
        if question.is_shown and rules_form.wrong_way(codes[question.code], question.entry, form.known.facts)
    ]


def _photos(form: Form, shown: list[report_pages.Section]) -> list[Flag]:
    found = []
    for section in shown:
        for question in section.questions:
            if question.type == "photo" and question.is_shown and not form.evidence.get(question.code):
                found.append(
                    Flag(HINT, _("No photo: %(what)s") % {"what": question.label}, "", section.code, section.number)
                )
    return found


def _used_again(form: Form, shown: list[report_pages.Section]) -> list[Flag]:
    found = []
    for one in (one for some in form.evidence.values() for one in some if one.met_before_id):
        section = next((s for s in shown if any(q.code == one.question for q in s.questions)), None)
        former = one.met_before.report.task.task_no if one.met_before else ""
        title = _("%(name)s was used before in %(task)s") % {"name": one.name, "task": former}
        text = one.met_before_explanation or _("not explained")
        found.append(Flag(FLAG, title, text, section.code if section else "", section.number if section else 0))
    return found


def unchanged(form: Form, shown: list[report_pages.Section]) -> dict[str, Any]:
    """How many of the written answers that can be compared are exactly like last time."""
    comparable = same = 0
    for section in shown:
        for question in section.questions:
            last = form.last.get(question.code)
            if last is None or not question.is_shown or question.is_fixed or rules_form.is_empty(question.entry):
                continue
            comparable += 1
            row = form.rows.get(question.code)
            same += bool(row and row.value == last.value and row.explanation == last.explanation)
    percent = round(Decimal(100) * same / comparable) if comparable else None
    return {"comparable": comparable, "same": same, "percent": percent}


def _unchanged(form: Form, shown: list[report_pages.Section], limit: Any) -> list[Flag]:
    found = unchanged(form, shown)
    if found["percent"] is None or found["percent"] <= limit:
        return []
    text = _("%(same)s of %(n)s answers, the threshold is %(limit)s%%")
    values = {"same": found["same"], "n": found["comparable"], "limit": limit}
    return [Flag(FLAG, _("%(percent)s%% like last time") % {"percent": found["percent"]}, text % values)]


def compared(form: Form, shown: list[report_pages.Section]) -> list[Compared]:
    """The figures that the template compares, changed ones first."""
    rows = []
    for section in shown:
        for question in section.questions:
            if not question.asks_remark or not question.is_shown or form.last.get(question.code) is None:
                continue
            moved = rules_form.change(
                form.rows[question.code].value if question.code in form.rows else None, form.last[question.code].value
            )
            rows.append(
                Compared(
                    question.label + (f" ({question.unit})" if question.unit else ""),
                    question.last,
                    str(question.entry or ""),
                    question.change,
                    question.remark,
                    moved is not None and abs(moved) > form.known.change_over,
                    moved == 0,
                )
            )
    return sorted(rows, key=lambda row: not row.is_large)
