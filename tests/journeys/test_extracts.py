"""A data officer's evening: an extract with damaged rows, its rejects, and the corrected one."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from pathlib import Path

from django.urls import reverse_lazy

from postloan.core import jobs
from tests.journeys.person import Person

FILE, COLUMN = "collateral.csv", "appraised_on"
EXTRACTS = reverse_lazy("imports:extracts")
DAMAGES = ("2026-02-30", "昨天", "31/12/2025")


def packed(folder: Path, **replaced: bytes) -> bytes:
    """The extract as a zip; `replaced` by the file's name without its end."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for file in sorted(folder.iterdir()):
            target.writestr(f"{folder.name}/{file.name}", replaced.get(file.stem, file.read_bytes()))
    return out.getvalue()


def damaged_rows(folder: Path) -> bytes:
    """Three rows with an impossible date each."""
    rows = list(csv.DictReader(io.StringIO((folder / FILE).read_text())))
    for row, wrong in zip(rows, DAMAGES, strict=False):
        row[COLUMN] = wrong
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def corrected(folder: Path) -> bytes:
    """The manifest of the same date once more."""
    manifest = json.loads((folder / "manifest.json").read_text())
    return json.dumps({**manifest, "revision": 2, "corrects": True}).encode()


def signed_again(folder: Path, content: bytes) -> bytes:
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"][FILE]["sha256"] = hashlib.sha256(content).hexdigest()
    return json.dumps(manifest).encode()


def upload(person: Person, archive: bytes) -> None:
    person.open(EXTRACTS)
    file = {"name": "extract.zip", "mimeType": "application/zip", "buffer": archive}
    person.page.set_input_files("input[type=file]", file)
    person.submit(person.page.locator("form[action$='/upload'] button"))


def work_and_watch(person: Person, address: re.Pattern[str]) -> None:
    """What the scheduler does in its minute; the page that is watched goes on by itself."""
    assert jobs.run_due() > 0
    person.page.wait_for_url(address)


def test_what_is_no_extract_is_refused_with_a_sentence_and_nothing_is_taken_in(enter, bank):
    officer = enter("data_officer", EXTRACTS)
    before = officer.count("main tbody tr")
    upload(officer, b"this is no archive")
    assert officer.path() == EXTRACTS
    assert officer.count("main .note-bad") == 1
    assert officer.count("main tbody tr") == before

    upload(officer, packed(bank.next_extract, collateral=damaged_rows(bank.next_extract)))
    assert "/runs/" in officer.path()
    jobs.run_due()
    officer.page.locator("#run .note-bad").wait_for()
    assert FILE in officer.text("#run .note-bad")


def test_damaged_rows_are_rejected_with_reasons_and_the_corrected_extract_has_none(enter, bank):
    folder = bank.next_extract
    content = damaged_rows(folder)
    officer = enter("data_officer", EXTRACTS)
    upload(officer, packed(folder, collateral=content, manifest=signed_again(folder, content)))
    assert officer.count("#run progress") == 0
    work_and_watch(officer, re.compile(r"/extracts/\d+$"))
    row = officer.page.locator("main tbody tr", has_text=FILE)
    assert row.locator("[data-l='拒收']").inner_text() == str(len(DAMAGES))

    officer.submit(row.locator("a"))
    assert officer.count("main tbody tr") == len(DAMAGES)
    officer.page.fill("input[name=reason]", "退回核心系统更正")
    with officer.page.expect_download() as download:
        officer.page.locator("form[action$='/download'] button").click()
    rejected = Path(download.value.path()).read_text(encoding="utf-8-sig")
    assert all(wrong in rejected for wrong in DAMAGES)

    upload(officer, packed(folder, manifest=corrected(folder)))
    work_and_watch(officer, re.compile(r"/extracts/\d+$"))
    assert officer.page.locator("main tbody [data-l='拒收'] a").count() == 0
