"""Hostile files are refused with a sentence or made harmless; the memory they take is bounded and stated."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageFile

from postloan.inspections import file_checks
from postloan.inspections.file_checks import Limits, Refusal, check, clean_name
from tests.test_inspections.hostile import HARMLESS, REFUSED, files, good_files, picture

ROOT = Path(__file__).resolve().parents[2]
MOST_MEMORY_MB = 320
FILES = files()


@pytest.fixture(autouse=True)
def _pillow_as_the_pdf_library_leaves_it(monkeypatch):
    """Where a PDF was made before, Pillow would take pictures that are cut off."""
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)


def outcome(content: bytes):
    return check(io.BytesIO(content), len(content), Limits())


@pytest.mark.parametrize(("name", "content", "fate"), FILES, ids=[repr(name) for name, _c, _f in FILES])
def test_a_hostile_file_is_refused_with_a_sentence_or_made_harmless(name, content, fate):
    if fate == REFUSED:
        with pytest.raises(Refusal) as refusal:
            outcome(content)
        assert str(refusal.value).endswith(("。", "."))
        return
    checked = outcome(content)
    assert fate == HARMLESS
    shown = checked.shown
    assert b"script" not in shown
    assert b"PK\x03\x04" not in shown
    with Image.open(io.BytesIO(shown)) as copy:
        assert copy.format == "JPEG"
        assert not copy.getexif()
        assert max(copy.size) <= 1600
    kept = clean_name(name, checked.extension)
    assert kept.endswith(".jpg") or kept.endswith(".png")
    assert not set("/\\\x00\u202e") & set(kept)
    assert not kept.startswith(".")


def test_there_are_at_least_thirty_of_them():
    assert len(FILES) >= 30


@pytest.mark.parametrize(("name", "content", "kind"), good_files())
def test_a_good_file_is_taken(name, content, kind):
    checked = outcome(content)
    assert checked.content_type == kind
    assert checked.is_picture == kind.startswith("image/")


def test_a_photo_question_takes_only_photos():
    content = good_files()[3][1]
    with pytest.raises(Refusal):
        check(io.BytesIO(content), len(content), Limits(), pictures_only=True)


def test_sizes_are_limits():
    small = Limits(photo_bytes=1000, file_bytes=100)
    for _name, content, _kind in good_files()[:1] + good_files()[3:]:
        with pytest.raises(Refusal):
            check(io.BytesIO(content), len(content), small)


def test_a_photo_is_shown_upright_without_its_marks():
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x9003] = "2026:06:30 09:41:00"
    checked = outcome(picture(size=(640, 320), exif=exif.tobytes()))
    assert checked.shown_size == (320, 640)
    with Image.open(io.BytesIO(checked.shown)) as copy:
        assert "exif" not in copy.info
        assert "icc_profile" not in copy.info


def test_time_and_place_are_read_from_the_phones_marks():
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = "2026:06:30 09:41:00"
    place = exif.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "N", (26.0, 4.0, 30.0), "E", (119.0, 18.0, 0.0)
    checked = outcome(picture(exif=exif.tobytes()))
    assert f"{checked.taken_at:%Y-%m-%d %H:%M}" == "2026-06-30 09:41"
    assert (str(checked.latitude), str(checked.longitude)) == ("26.075000", "119.300000")


def test_a_likeness_outlives_scaling_and_quality_and_tells_others_apart():
    one = outcome(picture(size=(640, 480))).likeness
    with Image.open(io.BytesIO(picture(size=(640, 480)))) as image:
        image.thumbnail((300, 225))
        out = io.BytesIO()
        image.save(out, "JPEG", quality=55)
    again, other = outcome(out.getvalue()).likeness, outcome(picture(size=(640, 480), shade=90)).likeness
    assert (int(one, 16) ^ int(again, 16)).bit_count() <= 3
    assert (int(one, 16) ^ int(other, 16)).bit_count() > 10
    blank = io.BytesIO()
    Image.new("RGB", (100, 100), "white").save(blank, "JPEG")
    assert file_checks.check_picture(blank, Limits()).likeness == ""


PEAK = """
import re, sys
import django
from django.conf import settings
settings.configure(USE_I18N=False)
from postloan.inspections.file_checks import Limits, Refusal, check
path = sys.argv[1]
def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
before = peak()
with open(path, "rb") as file:
    file.seek(0, 2)
    size = file.tell()
    try:
        check(file, size, Limits())
    except Refusal:
        pass
print((peak() - before) // 1024)
"""


def test_the_memory_a_file_takes_is_bounded(tmp_path, capsys):
    """Each in a process of its own: the worst hostile ones, and the largest photo and picture that are taken."""
    cases = {name: content for name, content, _fate in FILES if name in {"remark-bomb.png", "bomb.pdf", "bomb.docx"}}
    cases["largest.jpg"] = picture("JPEG", (9200, 6900))
    cases["largest.png"] = picture("PNG", (5600, 4200))
    peaks = {}
    for name, content in cases.items():
        path = tmp_path / name
        path.write_bytes(content)
        run = subprocess.run(
            [sys.executable, "-c", PEAK, str(path)], cwd=ROOT, capture_output=True, text=True, check=True
        )
        peaks[name] = int(run.stdout)
    with capsys.disabled():
        sys.stdout.write(f"\nmemory over the start, MB: {peaks}\n")
    assert max(peaks.values()) < MOST_MEMORY_MB
