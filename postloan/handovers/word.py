"""A paper as a Word document, so that a branch can add what its own form asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

if TYPE_CHECKING:
    from postloan.handovers.documents import Paper, Table

FONT, EASTERN = "Arial", "宋体"


def write(paper: Paper) -> Any:
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(15)
    section.top_margin = section.bottom_margin = Mm(18)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = FONT, Pt(10)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), EASTERN)
    document.core_properties.title = paper.title
    document.core_properties.author = paper.institution
    section.header.paragraphs[0].text = f"{paper.institution}\t\t{paper.number}"
    _footer(section.footer.paragraphs[0])
    title = document.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = title.add_run(paper.title)
    run.bold, run.font.size = True, Pt(18)
    facts = document.add_table(rows=0, cols=2)
    for label, value in paper.facts:
        cells = facts.add_row().cells
        cells[0].text, cells[1].text = label, value
    document.add_paragraph(paper.text)
    for table in paper.tables:
        _table(document, table)
    for sign in paper.signs:
        document.add_paragraph(f"{sign.label}: {sign.name} {sign.stamp}\t\t{_('Signature')}: ____________________")
    small = document.add_paragraph().add_run(f"SHA-256 {paper.hash}")
    small.font.size = Pt(8)
    return document


def _table(document: Any, table: Table) -> None:
    heading = document.add_paragraph()
    heading.add_run(table.title).bold = True
    heading.paragraph_format.keep_with_next = True
    grid = document.add_table(rows=1, cols=len(table.heads))
    grid.style = "Table Grid"
    for cell, head in zip(grid.rows[0].cells, table.heads, strict=True):
        cell.paragraphs[0].add_run(head).bold = True
    _repeat(grid.rows[0])
    for row in table.cells:
        for cell, (text, is_right) in zip(grid.add_row().cells, row, strict=True):
            paragraph = cell.paragraphs[0]
            paragraph.add_run(text).font.size = Pt(8.5)
            if is_right:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _repeat(row: Any) -> None:
    """The head of a table stands on every page."""
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)


def _footer(paragraph: Any) -> None:
    """Page x of y, as fields that Word fills in."""
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    places = {"page": "PAGE", "pages": "NUMPAGES"}
    words = _("Page %(page)s of %(pages)s") % {name: f"\0{name}\0" for name in places}
    for part in words.split("\0"):
        if part in places:
            field = OxmlElement("w:fldSimple")
            field.set(qn("w:instr"), places[part])
            paragraph._p.append(field)
        elif part:
            paragraph.add_run(part)
