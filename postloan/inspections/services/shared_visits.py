"""One visit, several reports: what is seen once is told to every report that is still being written.

A report keeps what the visit told when its content last changed (`Report.visit_seen`). What is handed in or approved is
left as it was signed, whatever becomes of the visit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from postloan.core import business_date
from postloan.inspections import prefill
from postloan.inspections import questions as schema
from postloan.inspections.answer_values import is_empty, kept
from postloan.inspections.models import Answer, Report, Visit
from postloan.inspections.services.changes import bump
from postloan.inspections.services.kept_answers import keep_columns
from postloan.inspections.workflow import WRITABLE

SOURCE = "visit"


def lock_all(report: Report) -> None:
    """The reports of a visit in one order, so that two people writing in two of them never wait for each other."""
    if report.task.visit_id is not None:
        found = Report.objects.select_for_update(of=("self",)).filter(task__visit=report.task.visit_id)
        list(found.order_by("pk").values_list("pk", flat=True))


def share(visit: Visit, *, acting_user: Any, but: Report | None = None) -> None:
    """Tells every report of the visit that can be written, except the one that tells itself."""
    found = Report.objects.select_for_update(of=("self",)).filter(task__visit=visit, state__in=WRITABLE)
    for report in found.exclude(pk=but.pk if but else None).select_related("task", "template_version").order_by("pk"):
        report.task.visit = visit
        if fill_in(report) or report.visit_seen != visit.told:
            bump(report, "visit told", acting_user)


def fill_in(report: Report) -> bool:
    """What the visit tells is filled in where nobody has answered otherwise; True where something was written."""
    rows = {row.question: row for row in report.answers.all()}
    asked = [
        question
        for question in schema.questions(report.template_version.content)
        if str(question.get("prefill", "")).startswith("visit.") and _is_free(rows.get(question["code"]))
    ]
    facts = prefill.find(report.task, [question["prefill"] for question in asked], day=business_date.current())
    written = False
    for question in asked:
        fact = facts.get(question["prefill"])
        row = rows.get(question["code"]) or Answer(report=report, question=question["code"], version=0)
        if fact is None or row.value == kept(question, fact.value):
            continue
        row.value, row.source, row.source_on = kept(question, fact.value), fact.source, fact.on
        row.is_prefilled, row.version = True, row.version + 1
        row.save()
        keep_columns(report, question, row.value)
        written = True
    return written


def _is_free(row: Answer | None) -> bool:
    """Nobody has answered, or only the visit has."""
    return row is None or is_empty(row.value) or (row.is_prefilled and row.source == SOURCE)


def keep_person_met(report: Report, question: Mapping[str, Any], value: Any, *, acting_user: Any) -> None:
    """Whom one met is a fact of the visit, told to its other reports."""
    visit = report.task.visit
    if question["type"] != "person_met" or visit is None or not isinstance(value, dict):
        return
    if (visit.person_met, visit.person_post) != (value["name"], value["post"]):
        visit.person_met, visit.person_post = value["name"], value["post"]
        visit.save(update_fields=["person_met", "person_post"])
        share(visit, acting_user=acting_user, but=report)
