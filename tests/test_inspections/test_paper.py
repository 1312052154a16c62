"""On paper stands what stands on the page: every word, the photos with their captions, the borrower's signature."""

from __future__ import annotations

import io
import re
import zlib
from html.parser import HTMLParser
from typing import Any

import pytest
from django.core.files.storage import default_storage
from docx import Document
from PIL import Image

from postloan.inspections import documents_pdf, paper_pictures
from postloan.inspections.services import evidence, on_site
from postloan.inspections.services.evidence import Taken
from postloan.inspections.services.files import path_of
from tests.test_inspections.forms import begun, logged_in
from tests.test_inspections.hostile import pdf, picture
from tests.test_inspections.test_on_site import HERE, STROKES, WU

pytestmark = pytest.mark.django_db
needs_pango = pytest.mark.skipif(not documents_pdf.can_make_pdf(), reason="the pango libraries are not there")


@pytest.fixture(autouse=True)
def _storage(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}},
    }


def add(report: Any, person: Any, content: bytes, name: str, caption: str = "", question: str = "photos.site") -> Any:
    upload = evidence.start_upload(report, question=question, name=name, size=len(content), acting_user=person)
    one = evidence.take_piece(upload, offset=0, piece=content, taken=Taken(), acting_user=person).evidence
    if caption:
        evidence.name_evidence(one, caption, acting_user=person)
    return one


@pytest.fixture
def report():
    """A first inspection with two photos, an invoice as PDF and the borrower's drawn signature."""
    made, main, _second = begun("first", place="on_site")
    on_site.start_visit(made, spot=HERE, place="海棠路 18 号", acting_user=main)
    made.refresh_from_db()
    add(made, main, picture(shade=40, size=(1200, 900)), "IMG_1.jpg", "热轧卷板库存")
    add(made, main, picture(shade=160, size=(900, 1200)), "IMG_2.jpg", "二号产线 <停>")
    add(made, main, pdf(), "发票.pdf", question="funds.vouchers")
    on_site.confirm_by_hand(made, STROKES, signer=WU, spot=HERE, acting_user=main)
    return made


def ask(report: Any, end: str) -> Any:
    answer = logged_in(report.main_inspector).get(f"/inspections/reports/{report.pk}{end}")
    assert answer.status_code == 200
    return answer


class Texts(HTMLParser):
    """The texts of a page outside its head, one an element."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html.split("<body>")[1])

    def handle_data(self, data: str) -> None:
        self.found += [" ".join(part.split()) for part in data.split("\u3000") if part.strip()]


def word_of(report: Any) -> Any:
    return Document(io.BytesIO(ask(report, ".docx").content))


def texts_of(document: Any) -> str:
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return " ".join(" ".join([*(paragraph.text for paragraph in document.paragraphs), *cells]).split())


def test_every_word_of_the_page_stands_in_word(report):
    said = texts_of(word_of(report))
    page = Texts(ask(report, "/print").content.decode()).found
    assert len(page) > 100
    assert [text for text in page if text not in said] == []


def test_captions_stay_text_wherever_they_stand(report):
    page = ask(report, "/print").content.decode()
    assert "二号产线 &lt;停&gt;" in page
    for caption in ("热轧卷板库存", "二号产线 <停>", "发票.pdf"):
        assert caption in texts_of(word_of(report))


def test_word_holds_the_photos_beside_each_other_and_the_signature(report):
    document = word_of(report)
    pictures = [part for part in document.part.related_parts.values() if "image" in part.content_type]
    sizes = sorted(Image.open(io.BytesIO(part.blob)).size for part in pictures)
    assert [size for size in sizes if max(size) in {920, 1800}] == [(690, 920), (920, 690), (1800, 600)]
    (table,) = [table for table in document.tables if "热轧卷板库存" in table.rows[0].cells[0].text]
    assert "二号产线" in table.rows[0].cells[1].text
    assert len(table._tbl.xpath(".//pic:pic")) == 2


def streams(content: bytes) -> list[bytes]:
    found = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL)
    plain = []
    for one in found:
        try:
            plain.append(zlib.decompress(one))
        except zlib.error:
            plain.append(one)
    return plain


@needs_pango
def test_pdf_holds_the_photos_and_the_lines_of_the_signature(report):
    content = ask(report, ".pdf").content
    assert content.count(b"/Subtype /Image") == 2
    assert {tuple(map(int, size)) for size in re.findall(rb"/Width (\d+)\s*/Height (\d+)", content)} == {
        (920, 690), (690, 920),
    }  # fmt: skip
    drawn = b"\n".join(streams(content))
    for x, y in (STROKES[0][0], STROKES[0][-1], STROKES[1][1]):
        assert re.search(rb"\b%d %d l\b" % (x, y), drawn), (x, y)


@needs_pango
def test_a_photo_the_storage_has_lost_leaves_its_caption(report):
    one = report.evidence.get(caption="热轧卷板库存")
    default_storage.delete(path_of(one.shown.sha256))
    assert ask(report, ".pdf").content.count(b"/Subtype /Image") == 1
    document = word_of(report)
    assert "热轧卷板库存" in texts_of(document)
    assert "文件无法读取" in texts_of(document)


@needs_pango
def test_only_the_reports_own_photos_are_fetched(caplog):
    asked = []

    def photo() -> bytes:
        asked.append(1)
        return picture()

    html = '<img src="/inspections/evidence/1"><img src="/inspections/evidence/2"><img src="http://example.com/x.png">'
    html += '<img src="file:///etc/passwd"><link rel="stylesheet" href="http://example.com/x.css">'
    made = documents_pdf.as_pdf(html, {"/inspections/evidence/1": photo})
    assert asked == [1]
    assert made.count(b"/Subtype /Image") == 1


def test_a_drawn_signature_is_black_on_white_where_the_lines_are():
    drawn = Image.open(io.BytesIO(paper_pictures.signature([[[10, 20], [300, 20]], [[500, 100]]])))
    assert drawn.size == (1800, 600)
    assert drawn.getpixel((450, 60)) == 0
    assert drawn.getpixel((1500, 300)) == 0
    assert drawn.getpixel((1200, 450)) == 255


def test_a_refusal_stands_on_paper_with_its_reason(report):
    on_site.borrower_refuses(report, "公章由他人保管", signer=WU, spot=HERE, acting_user=report.main_inspector)
    assert "公章由他人保管" in ask(report, "/print").content.decode()
    assert "公章由他人保管" in texts_of(word_of(report))
