"""A report on paper: one content for the screen's print, PDF and Word, with signature block, number and hash."""

from __future__ import annotations

import io
from functools import partial
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from postloan.core import business_date, formatting
from postloan.core.templatetags.postloan import moment
from postloan.inspections import (
    documents_pdf,
    funds_paper,
    paper_pictures,
    report_form,
    report_pages,
    review_pages,
    rules_form,
    sales_pages,
    sections_paper,
    word_photos,
)
from postloan.inspections.conditions_form import conditions_of
from postloan.inspections.funds_form import funds_of
from postloan.inspections.models import BorrowerConfirmation, Report
from postloan.inspections.workflow import content_hash

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def context(report: Report) -> dict[str, Any]:
    """What stands on the paper: every section that applies, with every answer in words."""
    form = report_form.form_of(report)
    shown = report_pages.sections(form, form.states())
    return {
        "report": report,
        "task": report.task,
        "customer": report.task.customer,
        "sections": [section for section in shown if _is_on_paper(section)],
        "funds": funds_of(report),
        "conditions": conditions_of(report),
        "sales": sales_pages.of_report(report),
        "pictures": paper_pictures.by_address(one for files in form.evidence.values() for one in files),
        "measures": list(report.measures.select_related("owner")),
        "signatures": review_pages.signatures(report),
        "confirmation": report.borrower_confirmations.filter(voided_at=None, confirmed_at__isnull=False).first(),
        "decisions": list(report.decisions.select_related("decided_by").order_by("pk")),
        "hash": content_hash(report),
        "is_final": report.state == "approved",
        "day": business_date.current(),
    }


def _is_on_paper(section: report_pages.Section) -> bool:
    """What applies, or why it does not; signatures stand in a block of their own at the end."""
    if section.state.state == rules_form.NOT_APPLICABLE:
        return bool(section.because)
    return any(question.is_shown and question.type != "signature" for question in section.questions)


def as_pdf(given: dict[str, Any]) -> bytes:
    """The page that is printed, as PDF, with the photos in it."""
    pictures: dict[str, documents_pdf.Picture]
    pictures = {address: partial(paper_pictures.for_paper, row) for address, row in given["pictures"].items()}
    page = render_to_string("inspections/report_print.html", {**given, "sheet": _sheet()})
    return documents_pdf.as_pdf(page, pictures)


def _sheet() -> str:
    """The style of the page. A PDF fetches nothing: it stands in the page itself."""
    found = finders.find("css/report-paper.css")
    return Path(str(found)).read_text(encoding="utf-8") if found else ""


def as_word(given: dict[str, Any]) -> bytes:
    """The same content as a Word file; what looks like markup in an answer stays text."""
    document = word_photos.a4()
    _head(document, given)
    for section in given["sections"]:
        document.add_heading(f"{section.number} {section.title}", level=2)
        if section.because:
            document.add_paragraph(_("Does not apply: %(why)s") % {"why": section.because})
            continue
        _questions(document, section)
    sections_paper.write_sales(document, given["sales"], _table)
    sections_paper.write_conditions(document, given["conditions"], _table)
    funds_paper.write(document, given["funds"], _table)
    _measures(document, given["measures"])
    _block(document, given)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _head(document: Any, given: dict[str, Any]) -> None:
    report, task = given["report"], given["task"]
    document.add_heading(f"{task.get_kind_display()} {given['customer'].name}", level=1)
    words = [task.task_no, report.get_state_display()]
    if report.submitted_on:
        words.append(_("handed in on %(on)s") % {"on": formatting.iso(report.submitted_on)})
    words.append(_("first due on %(on)s") % {"on": formatting.iso(task.first_due_on)})
    if task.was_late:
        words.append(_("handed in late"))
    document.add_paragraph("  ".join(words))


def _questions(document: Any, section: report_pages.Section) -> None:
    for question in section.questions:
        if not question.is_shown or question.type == "signature":
            continue
        if question.files:
            document.add_paragraph(question.label)
            word_photos.write(document, question.files)
        elif question.type == "table" and question.rows:
            document.add_paragraph(question.label)
            heads = [column["label"] for column in question.columns]
            _table(document, heads, [[cell.text for cell in row["cells"]] for row in question.rows])
        else:
            line = document.add_paragraph()
            line.add_run(f"{question.label}: ")
            line.add_run(question.shown or "—").bold = True
        for more in (question.explanation, question.remark):
            if more:
                document.add_paragraph(more)


def _table(document: Any, heads: list[str], rows: list[list[str]]) -> None:
    table = document.add_table(rows=1, cols=len(heads), style="Table Grid")
    for cell, text in zip(table.rows[0].cells, heads, strict=True):
        cell.text = text
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text


def _measures(document: Any, measures: list[Any]) -> None:
    if measures:
        document.add_heading(_("Measures"), level=2)
        rows = [[one.text, one.owner.name, formatting.iso(one.due_on)] for one in measures]
        _table(document, [_("Measure"), _("Owner"), _("To be done until")], rows)


def _block(document: Any, given: dict[str, Any]) -> None:
    document.add_heading(_("Signatures"), level=2)
    for one in given["signatures"]:
        signature, person = one["signature"], one["person"]
        name = person.name if person else "—"
        when = formatting.iso(signature.signed_on) if signature else _("not signed")
        document.add_paragraph(f"{one['role'].label}: {name}, {when}")
    if given["confirmation"]:
        _confirmed(document, given["confirmation"])
    for decision in given["decisions"]:
        words = [decision.decided_by.name, decision.get_kind_display(), formatting.iso(decision.decided_on)]
        document.add_paragraph(" ".join([*words, decision.comment]).strip())
    document.add_paragraph(f"SHA-256 {given['hash']}")


def _confirmed(document: Any, row: BorrowerConfirmation) -> None:
    who = f"{row.name} {row.post}".strip()
    words = [f"{_('Borrower')}: {who}", str(row.get_way_display()), moment(row.confirmed_at)]
    if row.latitude is not None:
        words.append(f"{row.latitude}, {row.longitude}")
    document.add_paragraph(", ".join(words))
    if row.reason:
        document.add_paragraph(row.reason)
    if row.strokes:
        word_photos.signed(document, row.strokes)
