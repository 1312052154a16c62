"""Uploads: hostile archives are refused with a sentence, good ones are taken in by the job."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from postloan.core import jobs
from postloan.core.models import JobRun, PersonalDataAccess
from postloan.imports import archive
from postloan.imports.models import Extract, ExtractFile
from postloan.imports.refusals import ExtractRefused
from postloan.loans.models import Loan
from tests.factories import PASSWORD, StaffFactory
from tests.test_imports.extracts import Small


@pytest.fixture(autouse=True)
def _inbox(settings, tmp_path):
    settings.INBOX_DIR = tmp_path / "inbox"


def packed(folder: Path, *, top: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for file in sorted(folder.iterdir()):
            target.write(file, f"{top}{file.name}")
    return out.getvalue()


def made(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in members:
            target.writestr(name, content)
    return out.getvalue()


def link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("loans.csv")
    info.external_attr = 0o120777 << 16
    return info


def encrypted() -> bytes:
    content = bytearray(made(("loans.csv", b"x")))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + place] |= 1
    return bytes(content)


def cut_inside() -> bytes:
    content = bytearray(made(("loans.csv", bytes(range(256)) * 100)))
    content[60] ^= 0xFF
    return bytes(content)


HOSTILE = {
    "no zip": (b"hello", "not_a_zip"),
    "nothing": (b"", "not_a_zip"),
    "a truncated zip": (made(("loans.csv", b"x" * 5000))[:-30], "not_a_zip"),
    "a name that leads out": (made(("../loans.csv", b"x")), "zip_bad_member"),
    "a name that leads out of its folder": (made(("2026-03-31/../../loans.csv", b"x")), "zip_bad_member"),
    "an absolute name": (made(("/etc/passwd", b"x")), "zip_bad_member"),
    "a name with backslashes": (made(("..\\loans.csv", b"x")), "zip_bad_member"),
    "a drive letter": (made(("C:loans.csv", b"x")), "zip_bad_member"),
    "a folder in a folder": (made(("2026-03-31/deep/loans.csv", b"x")), "zip_bad_member"),
    "two folders": (made(("2026-03-31/a.csv", b"x"), ("2026-04-30/a.csv", b"x")), "zip_bad_member"),
    "a folder that is no date": (made(("data/loans.csv", b"x")), "zip_bad_member"),
    "a symbolic link": (made((link(), b"/etc/passwd")), "zip_bad_member"),
    "an encrypted member": (encrypted(), "zip_encrypted"),
    "a damaged member": (cut_inside(), "zip_damaged"),
    "too many members": (made(*[(f"f{n}.csv", b"") for n in range(101)]), "zip_too_many_members"),
    "a bomb by density": (made(("loans.csv", b"0" * 50_000_000)), "zip_too_dense"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_archives_are_refused_and_leave_nothing(name, tmp_path):
    content, code = HOSTILE[name]
    with pytest.raises(ExtractRefused) as refused:
        archive.unpack(io.BytesIO(content), tmp_path / "uploads")
    assert refused.value.code == code
    assert list((tmp_path / "uploads").iterdir()) == []
    assert list(tmp_path.iterdir()) == [tmp_path / "uploads"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_twice_is_refused(tmp_path):
    with pytest.raises(ExtractRefused) as refused:
        archive.unpack(io.BytesIO(made(("a.csv", b"x"), ("a.csv", b"y"))), tmp_path / "uploads")
    assert refused.value.code == "zip_repeats_member"


def test_more_than_the_limit_is_refused_whatever_the_archive_says(settings, tmp_path):
    settings.EXTRACT_MAX_UNPACKED_BYTES = 1000
    with pytest.raises(ExtractRefused) as refused:
        archive.unpack(io.BytesIO(made(("a.csv", b"xy" * 400), ("b.csv", b"zy" * 400))), tmp_path / "uploads")
    assert refused.value.code == "zip_too_large"


@pytest.fixture
def officer(on_bank):
    staff = StaffFactory(post="data_officer", must_change_password=False)
    client = Client()
    client.post(reverse("organization:login"), {"username": staff.staff_no, "password": PASSWORD})
    return client


@pytest.mark.parametrize("top", ["", "2026-04-30/"])
def test_an_upload_is_taken_in_by_the_job_and_purged(officer, second_day, tmp_path, settings, top):
    second_day.set("loans", 1, principal_balance="1499.00").set("customers", 1, birth_date="soon")
    content = packed(second_day.write(tmp_path / "made"), top=top)
    answer = officer.post(reverse("imports:upload"), {"archive": SimpleUploadedFile("april.zip", content)})
    run = JobRun.objects.get(job="import_extract")
    assert answer.url == reverse("imports:run", args=[run.pk])
    assert officer.get(answer.url).status_code == 200
    assert jobs.run_due() >= 1
    run.refresh_from_db()
    assert (run.state, run.error) == ("done", "")
    extract = Extract.objects.get(pk=run.counts["extract"])
    assert (extract.archive, extract.state) == ("april.zip", "applied")
    assert Loan.objects.get(loan_no="000002").principal_balance == 1499
    assert list((settings.INBOX_DIR / "uploads").iterdir()) == []
    progress = officer.get(reverse("imports:run_progress", args=[run.pk]))
    assert progress["HX-Redirect"] == reverse("imports:extract", args=[extract.pk])
    for name, key in (("extract", extract.pk), ("reconciliation", extract.pk)):
        assert officer.get(reverse(f"imports:{name}", args=[key])).status_code == 200
    _downloads(officer, extract)


def _downloads(officer: Client, extract: Extract) -> None:
    file = ExtractFile.objects.get(extract=extract, name="customers")
    page = officer.get(reverse("imports:rejects", args=[file.pk])).content.decode()
    assert "birth_date" in page
    assert "soon" not in page
    address = reverse("imports:download", args=[file.pk])
    assert officer.post(address, {"reason": ""}).status_code == 302
    assert not PersonalDataAccess.objects.exists()
    answer = officer.post(address, {"reason": "sent back to core banking"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert "soon" in text
    assert PersonalDataAccess.objects.get().reason == "sent back to core banking"


def test_a_refused_upload_says_why_in_the_readers_language(officer, second_day, tmp_path):
    second_day.manifest["institution"] = "otherbank"
    content = packed(second_day.write(tmp_path / "made"))
    answer = officer.post(reverse("imports:upload"), {"archive": SimpleUploadedFile("x.zip", content)})
    jobs.run_due()
    run = JobRun.objects.get(job="import_extract")
    assert run.state == "failed"
    page = officer.get(answer.url).content.decode()
    assert "otherbank" in page
    listed = officer.get(reverse("imports:extracts")).content.decode()
    assert "otherbank" in listed


def test_a_folder_of_the_inbox_is_taken_in(officer, second_day, settings):
    second_day.write(settings.INBOX_DIR)
    assert "2026-04-30" in officer.get(reverse("imports:extracts")).content.decode()
    officer.post(reverse("imports:take_in"), {"folder": "2026-04-30"})
    assert jobs.run_due() >= 1
    assert Extract.objects.filter(business_date="2026-04-30", state="applied").exists()


@pytest.mark.parametrize("name", ["../../etc", "2026-12-31", "", "uploads", "2026-04-30/.."])
def test_only_folders_that_are_there_can_be_asked_for(officer, name):
    officer.post(reverse("imports:take_in"), {"folder": name})
    assert not JobRun.objects.exists()


@pytest.mark.django_db
def test_an_upload_of_nothing_is_refused(client):
    staff = StaffFactory(post="data_officer", must_change_password=False)
    client.post(reverse("organization:login"), {"username": staff.staff_no, "password": PASSWORD})
    assert client.post(reverse("imports:upload")).status_code == 302
    assert not JobRun.objects.exists()
    assert Small().day
