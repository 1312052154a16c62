"""What a file is, by its content alone: photos are decoded in full, PDF and office files read for what could act.

A name or a declared type says nothing. Whatever is refused is refused with a sentence. Memory is bounded: a picture's
size is read before it is decoded, archives and streams are unpacked in pieces up to a limit.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zlib
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any, BinaryIO

from django.utils.translation import gettext
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from postloan.inspections import office_checks, photo_marks
from postloan.inspections.office_checks import Refusal

__all__ = ["Checked", "Limits", "Refusal", "check", "clean_name", "likeness"]

MEGABYTE = 1024 * 1024
HEAD = 16
PICTURES = {"JPEG": ("image/jpeg", "jpg"), "PNG": ("image/png", "png"), "WEBP": ("image/webp", "webp")}
PDF = ("application/pdf", "pdf")
# What a PDF may not hold: code, programs, files inside, forms that send data.
PDF_ACTS = re.compile(
    rb"/(JavaScript|JS|Launch|EmbeddedFile|EmbeddedFiles|RichMedia|XFA|SubmitForm|ImportData|GoToE|Sound|Movie)\b"
)
PDF_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
OBJECT_STREAM = re.compile(rb"/Type\s*/ObjStm.{0,400}?stream\r?\n", re.DOTALL)
DECODE_EDGE = 2400


@dataclass(frozen=True)
class Limits:
    photo_bytes: int = 25 * MEGABYTE
    file_bytes: int = 40 * MEGABYTE
    photo_pixels: int = 64_000_000
    picture_pixels: int = 24_000_000
    unpacked_bytes: int = 120 * MEGABYTE
    shown_edge: int = 1600


@dataclass(frozen=True)
class Checked:
    """A file that is what it says. `shown` is a picture's copy without anything but its pixels, as JPEG."""

    content_type: str
    extension: str
    width: int | None = None
    height: int | None = None
    likeness: str = ""
    shown: bytes = b""
    shown_size: tuple[int, int] = (0, 0)
    taken_at: datetime | None = None
    latitude: Decimal | None = None
    longitude: Decimal | None = None

    @property
    def is_picture(self) -> bool:
        return bool(self.shown)


def clean_name(name: str, extension: str = "") -> str:
    """A file's name without path, control or direction characters; it ends as its content says."""
    last = PurePosixPath(PureWindowsPath(name).name).name
    kept = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c)[0] != "C").strip(" .")
    stem = kept.rsplit(".", 1)[0] if "." in kept else kept
    stem = re.sub(r'[<>:"|?*\\/]', "_", stem)[:120].strip(" .") or "file"
    return f"{stem}.{extension}" if extension else stem


def check(file: Any, size: int, limits: Limits, *, pictures_only: bool = False) -> Checked:
    """What a whole file is. Raises Refusal."""
    if size == 0:
        raise Refusal(gettext("The file is empty."))
    file.seek(0)
    head = file.read(HEAD)
    file.seek(0)
    if is_picture(head):
        if size > limits.photo_bytes:
            raise too_large(limits.photo_bytes)
        return check_picture(file, limits)
    if pictures_only:
        raise Refusal(gettext("This is no photo: JPEG, PNG and WebP are taken."))
    if size > limits.file_bytes:
        raise too_large(limits.file_bytes)
    if head.startswith(b"%PDF-"):
        return check_pdf(file)
    if head.startswith(b"PK\x03\x04"):
        content_type, extension = office_checks.check(file, limits.unpacked_bytes)
        return Checked(content_type, extension)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise Refusal(gettext("Files of old Word and Excel can hold programs: please save it as .docx, .xlsx or PDF."))
    raise Refusal(gettext("This kind of file is not taken: photos, PDF, .docx and .xlsx are."))


def is_picture(head: bytes) -> bool:
    return head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or (
        head.startswith(b"RIFF") and head[8:12] == b"WEBP"
    )


def too_large(limit: int) -> Refusal:
    return Refusal(gettext("The file is larger than %(limit)s MB.") % {"limit": limit // MEGABYTE})


# ── pictures ──────────────────────────────────────────────────────────────────────────────────────────────


def check_picture(file: BinaryIO, limits: Limits) -> Checked:
    """Decoded to its last pixel, turned upright, scaled and written anew: nothing but pixels is left in the copy."""
    try:
        # The library that makes our PDFs lets Pillow take pictures that are cut off; here they are refused.
        ImageFile.LOAD_TRUNCATED_IMAGES = False
        with Image.open(file, formats=list(PICTURES)) as image:
            return _picture(image, limits)
    except Image.DecompressionBombError as error:
        raise _too_many_pixels(limits.photo_pixels) from error
    except Refusal:
        raise
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, zlib.error, MemoryError) as error:
        raise Refusal(gettext("The picture is damaged or cut off and cannot be read.")) from error


def _picture(image: Image.Image, limits: Limits) -> Checked:
    kind = image.format or ""
    width, height = image.size
    most = limits.photo_pixels if kind == "JPEG" else limits.picture_pixels
    if width * height > most or max(width, height) > 32_000:
        raise _too_many_pixels(most)
    if getattr(image, "n_frames", 1) > 1 and kind != "JPEG":
        raise Refusal(gettext("A moving picture is not taken."))
    # A large JPEG is decoded at a half, a quarter or an eighth: every byte is read, few pixels are held.
    image.draft("RGB", (DECODE_EDGE, DECODE_EDGE))
    image.load()
    upright = ImageOps.exif_transpose(image)
    upright.thumbnail((limits.shown_edge, limits.shown_edge))
    plain = _on_white(upright)
    out = io.BytesIO()
    plain.save(out, "JPEG", quality=82, optimize=True)
    content_type, extension = PICTURES[kind]
    moment, latitude, longitude = photo_marks.read(image)
    return Checked(
        content_type,
        extension,
        width,
        height,
        likeness(plain),
        out.getvalue(),
        plain.size,
        taken_at=moment,
        latitude=latitude,
        longitude=longitude,
    )


def _on_white(image: Image.Image) -> Image.Image:
    """Only pixels: without profile, remarks, place; what is transparent becomes white."""
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        layer = image.convert("RGBA")
        plain = Image.new("RGB", layer.size, "white")
        plain.paste(layer, mask=layer.getchannel("A"))
        return plain
    plain = image.convert("RGB")
    plain.info.clear()
    return plain


def _too_many_pixels(most: int) -> Refusal:
    text = gettext("The picture has more than %(limit)s million pixels.")
    return Refusal(text % {"limit": most // 1_000_000})


def likeness(image: Image.Image) -> str:
    """64 signs of what a picture shows, as 16 hexadecimal digits; empty for one without anything to tell it by.

    Each sign says whether a field is brighter than the one right of it, in a grid of nine by eight: scaling, another
    quality and small changes of colour leave nearly all of them.
    """
    small = image.convert("L").resize((9, 8), Image.Resampling.LANCZOS)
    grey = list(small.tobytes())
    if max(grey) - min(grey) < 8:
        return ""
    bits = 0
    for row in range(8):
        for column in range(8):
            left, right = grey[row * 9 + column], grey[row * 9 + column + 1]
            bits = bits << 1 | (left > right)
    return f"{bits:016x}"


# ── PDF ───────────────────────────────────────────────────────────────────────────────────────────────────

PIECE = 4 * MEGABYTE
OVERLAP = 4096
MOST_STREAM_BYTES = 64 * MEGABYTE


def check_pdf(file: BinaryIO) -> Checked:
    """Begins and ends as a PDF, is not encrypted and holds nothing that acts, also inside its object streams."""
    file.seek(0, io.SEEK_END)
    size = file.tell()
    file.seek(max(0, size - 2048))
    if b"%%EOF" not in file.read():
        raise Refusal(gettext("The PDF is cut off: its end is missing."))
    file.seek(0)
    former, budget, seen_pages = b"", MOST_STREAM_BYTES, False
    while piece := file.read(PIECE):
        window = former + piece
        _look_for_acts(window)
        seen_pages = seen_pages or b"/Page" in window or b"/ObjStm" in window
        budget = _look_into_streams(window, budget)
        former = window[-OVERLAP:]
    if not seen_pages:
        raise Refusal(gettext("The PDF has no pages."))
    return Checked(*PDF)


def _look_for_acts(text: bytes) -> None:
    plain = PDF_ESCAPE.sub(lambda match: bytes([int(match[1], 16)]), text)
    if PDF_ACTS.search(plain):
        raise Refusal(gettext("The PDF holds programs, forms or other files: please print it as a PDF without them."))
    if b"/Encrypt" in plain:
        raise Refusal(gettext("The PDF is protected by a password and cannot be checked."))


def _look_into_streams(window: bytes, budget: int) -> int:
    for match in OBJECT_STREAM.finditer(window):
        opened = zlib.decompressobj()
        try:
            inside = opened.decompress(window[match.end() : match.end() + PIECE], budget + 1)
        except zlib.error:
            continue
        budget -= len(inside)
        if budget < 0:
            raise Refusal(gettext("The PDF unpacks to more than is allowed."))
        _look_for_acts(inside)
    return budget
