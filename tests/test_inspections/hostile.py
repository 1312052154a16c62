"""Files that somebody might send to do harm, made on the spot. Each is (name, bytes, what becomes of it)."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import Any

from PIL import Image, PngImagePlugin

REFUSED, HARMLESS = "refused", "harmless"
CONTENT_TYPES = (
    b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"></Types>'
)
DOCUMENT = b'<?xml version="1.0"?><w:document xmlns:w="w"><w:body/></w:document>'


def picture(kind: str = "JPEG", size: tuple[int, int] = (320, 240), shade: int = 0, **save: Any) -> bytes:
    """A picture with something on it to tell it by."""
    image = Image.new("RGB", size, (200, 210, 220))
    for column in range(0, size[0], 16):
        for row in range(0, size[1], 16):
            colour = ((column * 7 + shade) % 256, (row * 5 + shade * 3) % 256, (column * row + shade) % 256)
            image.paste(colour, (column, row, column + 12, row + 12))
    out = io.BytesIO()
    image.save(out, kind, **save)
    return out.getvalue()


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_with(width: int, height: int, body: bytes) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", head) + body + png_chunk(b"IEND", b"")


def archive(parts: dict[str, bytes], **more: Any) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, **more) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return out.getvalue()


def docx(**more: bytes) -> bytes:
    return archive({"[Content_Types].xml": CONTENT_TYPES, "word/document.xml": DOCUMENT, **more})


def xlsx(**more: bytes) -> bytes:
    return archive({"[Content_Types].xml": CONTENT_TYPES, "xl/workbook.xml": b"<workbook/>", **more})


def pdf(body: bytes = b"", end: bytes = b"%%EOF\n") -> bytes:
    return (
        b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R>>endobj\n" + body + b"trailer<</Root 1 0 R>>\n" + end
    )


def animated(kind: str) -> bytes:
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "blue", "green")]
    out = io.BytesIO()
    frames[0].save(out, kind, save_all=True, append_images=frames[1:])
    return out.getvalue()


def text_bomb() -> bytes:
    """A PNG whose remark unpacks to 80 MB."""
    packed = zlib.compress(b"\0" * 80_000_000, 9)
    return png_with(8, 8, png_chunk(b"zTXt", b"Comment\0\0" + packed) + png_chunk(b"IDAT", zlib.compress(b"\0" * 200)))


def with_exif(size: int = 60_000) -> bytes:
    exif = Image.Exif()
    exif[0x010E] = "A" * size
    exif[0x9286] = b"<script>alert(1)</script>"
    return picture(exif=exif.tobytes())


def remark_png() -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "<script>alert(1)</script>")
    return picture("PNG", pnginfo=info)


def encrypted_zip() -> bytes:
    made = bytearray(docx())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = made.find(mark)
        while at >= 0:
            made[at + offset] |= 1
            at = made.find(mark, at + 4)
    return bytes(made)


def object_stream(inside: bytes) -> bytes:
    return b"4 0 obj<</Type/ObjStm/Filter/FlateDecode>>\nstream\n" + zlib.compress(inside) + b"\nendstream endobj\n"


def files() -> list[tuple[str, bytes, str]]:
    jpeg, png = picture(), picture("PNG")
    bomb = b"\0" * 150_000_000
    return [
        ("empty.jpg", b"", REFUSED),
        ("page.jpg", b"<html><script>alert(1)</script></html>", REFUSED),
        ("drawing.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', REFUSED),
        ("program.jpg", b"MZ\x90\x00" + b"\0" * 500, REFUSED),
        ("shell.php.jpg", b"<?php system($_GET['c']); ?>", REFUSED),
        ("cut.jpg", jpeg[: len(jpeg) // 2], REFUSED),
        ("cut.png", png[: len(png) // 2], REFUSED),
        ("head-only.jpg", b"\xff\xd8\xff\xe0" + b"\0" * 50, REFUSED),
        ("huge.png", png_with(40_000, 40_000, png_chunk(b"IDAT", zlib.compress(b"\0" * 100))), REFUSED),
        ("wide.png", png_with(60_000, 2, png_chunk(b"IDAT", zlib.compress(b"\0" * 100))), REFUSED),
        ("pixels.png", picture("PNG", (6000, 5000)), REFUSED),
        ("remark-bomb.png", text_bomb(), REFUSED),
        ("moving.gif", animated("GIF"), REFUSED),
        ("moving.png", animated("PNG"), REFUSED),
        ("moving.webp", animated("WEBP"), REFUSED),
        ("old.tiff", picture("TIFF"), REFUSED),
        ("photo-and-zip.jpg", jpeg + archive({"x.html": b"<script>"}), HARMLESS),
        ("photo-and-script.jpg", jpeg + b"<script>alert(1)</script>", HARMLESS),
        ("remark.png", remark_png(), HARMLESS),
        ("marks.jpg", with_exif(), HARMLESS),
        ("invoice.pdf.exe", jpeg, HARMLESS),
        ("../../etc/cron.d/root.jpg", jpeg, HARMLESS),
        ("C:\\windows\\system32\\a.jpg", jpeg, HARMLESS),
        ("gpj.\u202eexe\x00.jpg", jpeg, HARMLESS),
        ("photo.png", jpeg, HARMLESS),
        ("acts.pdf", pdf(b"4 0 obj<</S/JavaScript/JS(app.alert(1))>>endobj\n"), REFUSED),
        ("hidden-acts.pdf", pdf(b"4 0 obj<</S/J#61vaScript/J#53(app.alert(1))>>endobj\n"), REFUSED),
        ("packed-acts.pdf", pdf(object_stream(b"<</S/Launch/F(cmd.exe)>>")), REFUSED),
        ("bomb.pdf", pdf(object_stream(b"\0" * 90_000_000)), REFUSED),
        ("inside.pdf", pdf(b"4 0 obj<</Type/EmbeddedFile>>endobj\n"), REFUSED),
        ("locked.pdf", pdf(b"4 0 obj<</Encrypt 5 0 R>>endobj\n"), REFUSED),
        ("cut.pdf", pdf(end=b""), REFUSED),
        ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, REFUSED),
        ("macro.docx", docx(**{"word/vbaProject.bin": b"\xd0\xcf\x11\xe0"}), REFUSED),
        ("bomb.docx", docx(**{"word/media/a.bin": bomb}), REFUSED),
        ("many.xlsx", xlsx(**{f"xl/x{n}.xml": b"<x/>" for n in range(3200)}), REFUSED),
        ("entities.docx", docx(**{"word/a.xml": b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'}), REFUSED),
        ("outside.docx", docx(**{"../../evil.xml": b"<x/>"}), REFUSED),
        ("remote.docx", docx(**{"word/_rels/settings.xml.rels": b'<R Type="http://x/relationships/attachedTemplate" Target="http://x/"/>'}), REFUSED),
        ("locked.docx", encrypted_zip(), REFUSED),
        ("cut.docx", docx()[:-30], REFUSED),
        ("plain.zip", archive({"a.txt": b"hello"}), REFUSED),
        ("jar.docx", docx(**{"x/y.jar": b"PK"}), REFUSED),
    ]  # fmt: skip


def good_files() -> list[tuple[str, bytes, str]]:
    return [
        ("厂区.jpg", picture(), "image/jpeg"),
        ("屏幕.png", picture("PNG"), "image/png"),
        ("车间.webp", picture("WEBP"), "image/webp"),
        ("发票.pdf", pdf(), "application/pdf"),
        ("流水.xlsx", xlsx(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("说明.docx", docx(), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ]
