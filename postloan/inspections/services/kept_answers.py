"""Answers that stand in columns and rows of their own besides: conclusions and measures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from postloan.inspections import questions as schema
from postloan.inspections.answer_values import as_date, is_empty
from postloan.inspections.models import Measure, Report
from postloan.organization.models import Staff

TEXTS = {"risk_conclusion", "advice", "proposed_class", "summary"}
DATES = {"inspected_on", "next_on"}


def keep_columns(report: Report, question: Mapping[str, Any], value: Any) -> None:
    """Writes an answer that a column keeps into the report; the caller saves the report."""
    name = question.get("keeps")
    if name in TEXTS:
        text = "" if is_empty(value) else str(value)
        known = {option["code"] for option in question.get("options", [])}
        setattr(report, name, text if not known or text in known else "")
        report.save(update_fields=[name])
    elif name in DATES:
        setattr(report, name, as_date(value))
        report.save(update_fields=[name])
    elif name == "measures":
        _keep_measures(report, value or [])


def _keep_measures(report: Report, rows: list[dict[str, str]]) -> None:
    """The complete rows in their order; one that lacks its owner or date waits until it has them."""
    numbers = {row.get("owner", "") for row in rows}
    staff = {one.staff_no: one for one in Staff.objects.filter(staff_no__in=numbers, is_active=True)}
    wanted = []
    for row in rows:
        text, due_on = row.get("text", "").strip(), as_date(row.get("due_on"))
        if text and due_on and row.get("owner") in staff:
            wanted.append((text, staff[row["owner"]], due_on))
    there = {measure.position: measure for measure in report.measures.all()}
    for position, (text, owner, due_on) in enumerate(wanted, start=1):
        measure = there.pop(position, None) or Measure(report=report, position=position)
        if (measure.text, measure.owner_id, measure.due_on) != (text, owner.pk, due_on):
            measure.text, measure.owner, measure.due_on = text, owner, due_on
            measure.save()
    for measure in there.values():
        measure.delete()


def staff_numbers(content: Mapping[str, Any]) -> bool:
    """Whether a template asks for members of staff anywhere."""
    return any(
        column.get("type") == "staff"
        for question in schema.questions(dict(content))
        for column in question.get("columns", [])
    )
