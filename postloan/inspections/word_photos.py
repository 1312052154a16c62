"""Photos with their captions and drawn signatures in a Word file."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from docx import Document
from docx.shared import Cm, Emu, Pt

from postloan.core.templatetags.postloan import moment
from postloan.inspections import paper_pictures
from postloan.inspections.models import Evidence, StoredFile

A4 = (21.0, 29.7)
MARGIN = 1.9
# A photo is at most so large, in centimetres; two stand side by side.
WIDEST, HIGHEST = 7.8, 6.2
SIGNATURE_WIDTH = 4.8


def a4() -> Any:
    """An empty document on the paper the bank uses."""
    document = Document()
    page = document.sections[0]
    page.page_width, page.page_height = (Cm(length) for length in A4)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Cm(MARGIN)
    return document


def write(document: Any, evidence: Iterable[Evidence]) -> None:
    """Photos two in a row with caption, moment and hash below; other files by name and hash."""
    evidence = list(evidence)
    photos = [(one, one.shown) for one in evidence if one.shown is not None]
    if photos:
        table = document.add_table(rows=0, cols=2)
        for place, (one, shown) in enumerate(photos):
            row = table.rows[-1] if place % 2 else table.add_row()
            _photo(row.cells[place % 2], one, shown)
    for one in evidence:
        if one.shown is None:
            document.add_paragraph(words(one))


def words(one: Evidence) -> str:
    """What is said below a photo and instead of a file."""
    taken = [moment(one.taken_at)] if one.taken_at else []
    return "  ".join([one.caption or one.name, *taken, one.original.sha256[:12]])


def _photo(cell: Any, one: Evidence, shown: StoredFile) -> None:
    line = cell.paragraphs[0]
    try:
        picture = paper_pictures.for_paper(shown)
    except FileNotFoundError:
        line.add_run(_("the file cannot be read"))
    else:
        shape = line.add_run().add_picture(io.BytesIO(picture))
        scale = min(Cm(WIDEST) / shape.width, Cm(HIGHEST) / shape.height)
        shape.width, shape.height = Emu(int(shape.width * scale)), Emu(int(shape.height * scale))
    cell.add_paragraph().add_run(words(one)).font.size = Pt(9)


def signed(document: Any, strokes: list[list[list[int]]]) -> None:
    """The drawn signature, as a paragraph of its own."""
    picture = io.BytesIO(paper_pictures.signature(strokes))
    document.add_paragraph().add_run().add_picture(picture, width=Cm(SIGNATURE_WIDTH))
