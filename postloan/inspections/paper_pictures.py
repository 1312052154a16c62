"""Photos and drawn signatures as they stand on paper: small enough to be sent, sharp enough to be printed."""

from __future__ import annotations

import io
from collections.abc import Iterable

from django.urls import reverse
from PIL import Image, ImageDraw

from postloan.inspections.models import Evidence, StoredFile
from postloan.inspections.services import files

# 78 mm at 300 dots an inch.
LONGEST_EDGE = 920
QUALITY = 82
# The field a borrower draws on, and how much larger it is drawn for print.
FIELD = (600, 200)
SCALE, PEN = 3, 4


def address_of(one: Evidence) -> str:
    """Where the page finds the copy of a photo that is shown."""
    return reverse("inspections:picture", args=[one.pk])


def by_address(evidence: Iterable[Evidence]) -> dict[str, StoredFile]:
    """The copies a paper shows; nothing else is fetched for it."""
    return {address_of(one): one.shown for one in evidence if one.shown is not None}


def for_paper(row: StoredFile) -> bytes:
    """The copy of a photo in the size of the paper. Raises FileNotFoundError where the storage has lost it."""
    with files.open_file(row) as opened, Image.open(opened) as photo:
        photo.thumbnail((LONGEST_EDGE, LONGEST_EDGE))
        buffer = io.BytesIO()
        photo.convert("RGB").save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()


def signature(strokes: list[list[list[int]]]) -> bytes:
    """The lines of a drawn signature as a PNG: black on white, a dot where the pen only touched."""
    picture = Image.new("L", (FIELD[0] * SCALE, FIELD[1] * SCALE), 255)
    pen, half = ImageDraw.Draw(picture), PEN * SCALE // 2
    for line in strokes:
        points = [(x * SCALE, y * SCALE) for x, y in line]
        if len(points) > 1:
            pen.line(points, fill=0, width=PEN * SCALE, joint="curve")
        for x, y in (points[0], points[-1]):
            pen.ellipse((x - half, y - half, x + half, y + half), fill=0)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
