"""Word and Excel files: an archive of XML, read for its structure and for what could act when it is opened."""

from __future__ import annotations

import re
import zipfile
import zlib
from typing import BinaryIO

from django.utils.translation import gettext


class Refusal(Exception):
    """A file that is not taken, with the sentence that says why."""


MAIN_PARTS = {
    "word/document.xml": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
    "xl/workbook.xml": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
}
MOST_PARTS = 3000
MOST_RATIO = 200
SMALL = 256 * 1024
PIECE = 256 * 1024
PROGRAMS = re.compile(
    r"(vbaproject\.bin|vbadata\.xml|activex|embeddings/|\.(exe|dll|js|vbs|ps1|bat|cmd|scr|hta|jar)$)", re.I
)
ACTS = re.compile(
    rb"<!DOCTYPE|<!ENTITY|macroEnabled|vbaProject|DDEAUTO|relationships/(attachedTemplate|oleObject|frame|package)",
    re.I,
)


def check(file: BinaryIO, most_bytes: int) -> tuple[str, str]:
    """Content type and extension. Raises Refusal."""
    try:
        with zipfile.ZipFile(file) as archive:
            kind = _structure(archive, most_bytes)
            _contents(archive, most_bytes)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
        raise Refusal(gettext("The file is damaged or cut off and cannot be read.")) from error
    return kind


def _structure(archive: zipfile.ZipFile, most_bytes: int) -> tuple[str, str]:
    parts = archive.infolist()
    names = {part.filename for part in parts}
    if len(parts) > MOST_PARTS or len(names) != len(parts):
        raise Refusal(gettext("The file has too many parts, or some of them twice."))
    if any(part.flag_bits & 1 for part in parts):
        raise Refusal(gettext("The file is protected by a password and cannot be checked."))
    if any(name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) or ":" in name for name in names):
        raise Refusal(gettext("The file names parts outside of itself."))
    if any(PROGRAMS.search(name) for name in names):
        raise Refusal(gettext("The file holds macros or other programs: please save it without them, or as PDF."))
    if sum(part.file_size for part in parts) > most_bytes or any(_is_bomb(part) for part in parts):
        raise Refusal(gettext("The file unpacks to more than is allowed."))
    found = [kind for name, kind in MAIN_PARTS.items() if name in names]
    if len(found) != 1 or "[Content_Types].xml" not in names:
        raise Refusal(gettext("This archive is no Word or Excel file."))
    return found[0]


def _is_bomb(part: zipfile.ZipInfo) -> bool:
    return part.file_size > SMALL and part.file_size > MOST_RATIO * max(part.compress_size, 1)


def _contents(archive: zipfile.ZipFile, most_bytes: int) -> None:
    """Every part is unpacked to its end, in pieces: what it declares is not believed."""
    read = 0
    for part in archive.infolist():
        is_xml = part.filename.lower().endswith((".xml", ".rels", ".vml"))
        former = b""
        with archive.open(part) as opened:
            while piece := opened.read(PIECE):
                read += len(piece)
                if read > most_bytes:
                    raise Refusal(gettext("The file unpacks to more than is allowed."))
                if is_xml:
                    _look(former + piece)
                    former = piece[-200:]


def _look(text: bytes) -> None:
    if text[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        raise Refusal(gettext("The file is written in a way that cannot be checked."))
    if ACTS.search(text):
        raise Refusal(
            gettext("The file holds macros, links or other parts that act when it is opened: save it as PDF.")
        )
