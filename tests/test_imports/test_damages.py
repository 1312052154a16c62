"""Damaged extracts: by row they are taken in with exactly the right rejects, else they are refused whole."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

import pytest
from django.db import connection
from django.utils.translation import override

from postloan.imports import staging
from postloan.imports.models import Extract, ExtractFile, Reject
from postloan.imports.refusals import ExtractRefused
from postloan.imports.rejects import stored_csv
from postloan.imports.services import import_folder
from tests.test_imports.conftest import contents
from tests.test_imports.damages import REFUSALS, ROW_DAMAGES, Refusal, RowDamage
from tests.test_imports.extracts import Small


def test_there_are_two_hundred_damages_and_fifty_of_them_at_row_level():
    assert len([damage for damage in ROW_DAMAGES if damage.rejects]) >= 50
    assert len(ROW_DAMAGES) + len(REFUSALS) >= 200


@pytest.mark.django_db
@pytest.mark.parametrize("damage", ROW_DAMAGES, ids=lambda damage: damage.name)
def test_rows_are_rejected_with_exactly_the_right_reasons(damage: RowDamage, folder: Path):
    """On an empty database, so that nothing is known from before."""
    small = Small()
    # One large loan keeps what is held below one per cent.
    small.set("loans", 0, amount="100000000.00", principal_balance="99990000.00")
    small.set("payments_out", 0, amount="100000000.00").set("gl_balances", 0, balance="99991500.00")
    damage.damage(small)
    lines = {file: len(small.rows[file]) for file in small.rows}
    extract = import_folder(small.write(folder))
    found = {
        (reject.file.name, reject.line, reject.column, reject.reason)
        for reject in Reject.objects.select_related("file")
    }
    assert found == damage.rejects
    for file in extract.files.filter(mode__in=["full", "changes"]):
        rejected = {line for name, line, _, _ in damage.rejects if name == file.name}
        assert (file.rejected, file.row_count) == (len(rejected), lines[file.name]), file.name
        assert bool(file.rejects_file) == bool(rejected)
    assert not any(line.difference for line in extract.reconciliations.filter(kind="manifest"))


@pytest.fixture(scope="module")
def before(bank, django_db_blocker) -> dict[str, list[str]]:
    with django_db_blocker.unblock():
        return contents()


def refused(folder: Path, before: dict[str, list[str]]) -> ExtractRefused:
    with pytest.raises(ExtractRefused) as caught:
        import_folder(folder)
    assert contents() == before
    assert not [name for name in connection.introspection.table_names() if name.startswith(staging.PREFIX)]
    return caught.value


@pytest.mark.parametrize("damage", REFUSALS, ids=lambda damage: damage.name)
def test_the_whole_is_refused_and_nothing_changes(damage: Refusal, second_day: Small, folder: Path, before):
    second_day.rows = Small().rows
    damage.damage(second_day)
    refusal = refused(second_day.write(folder), before)
    assert refusal.code == damage.code
    kept = Extract.objects.latest("pk")
    assert (kept.state, kept.refusal) == ("refused", damage.code)
    for language in ("en", "zh-hans"):
        with override(language):
            assert "{" not in kept.sentence
            assert kept.sentence != damage.code


def test_links_pipes_folders_and_strangers_in_the_folder_are_refused(second_day, folder, tmp_path, before):
    path = second_day.write(folder)
    outside = tmp_path / "outside.csv"
    (path / "groups.csv").rename(outside)
    (path / "groups.csv").symlink_to(outside)
    assert refused(path, before).code == "not_a_regular_file"
    (path / "groups.csv").unlink()
    assert refused(path, before).code == "file_missing"
    os.mkfifo(path / "groups.csv")
    assert refused(path, before).code == "not_a_regular_file"
    (path / "groups.csv").unlink()
    (path / "groups.csv").mkdir()
    assert refused(path, before).code == "not_a_regular_file"
    (path / "groups.csv").rmdir()
    outside.rename(path / "groups.csv")
    (path / "notes.txt").write_text("hello")
    assert refused(path, before).code == "file_not_listed"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", "manifest_not_json"),
        (b"[]", "manifest_not_json"),
        (b"{", "manifest_not_json"),
        (b'{"format": NaN}', "manifest_not_json"),
        (b'{"format": "a", "format": "b"}', "manifest_repeats_key"),
        (b"[" * 100_000, "manifest_not_json"),
        (b'{"format": "\xff"}', "manifest_not_json"),
        (b" " * (4 * 1024 * 1024 + 1), "manifest_too_large"),
        (b'{"\\ud800": 1}', "unknown_key"),
    ],
)
def test_a_manifest_that_is_none_is_refused(second_day, folder, before, text, code):
    path = second_day.write(folder)
    (path / "manifest.json").write_bytes(text)
    assert refused(path, before).code == code


def test_folders_that_are_none_are_refused(second_day, folder, before):
    assert refused(folder / "nowhere", before).code == "not_a_folder"
    path = second_day.write(folder)
    (folder / "link").symlink_to(path)
    assert refused(folder / "link", before).code == "not_a_folder"
    (path / "manifest.json").unlink()
    assert refused(path, before).code == "manifest_missing"


def test_dates_come_in_order(bank, second_day, folder, before):
    earlier = Small(day="2026-02-28").write(folder)
    assert refused(earlier, before).code == "date_not_after_last"
    other = Small().set("loans", 1, purpose="x")
    other.columns["loans"] = [*Small().rows["loans"][0], "purpose"]
    assert refused(other.write(folder), before).code == "date_not_after_last"
    import_folder(second_day.write(folder))
    opened = contents()
    third = Small(day="2026-05-31").write(folder)
    assert refused(third, opened).code == "date_open"


def test_the_download_gives_every_rejected_row_back_with_its_reasons(second_day, folder):
    second_day.set("customers", 1, name="=HYPERLINK(1)", birth_date="soon", key_customer="?")
    import_folder(second_day.write(folder))
    file = ExtractFile.objects.get(name="customers", rejected=1)
    with override("en"):
        text = "".join(stored_csv(file))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 1
    assert rows[0]["customer_no"] == "C2"
    assert rows[0]["name"] == "'=HYPERLINK(1)"
    assert rows[0]["phone"] == "13800138000"
    assert (rows[0]["reject_line"], rows[0]["reject_columns"]) == ("3", "birth_date | key_customer")
    assert "soon | ?" in rows[0]["reject_values"]


def test_rejects_are_not_plain_in_the_storage(second_day, folder):
    from django.core.files.storage import default_storage

    second_day.set("customers", 1, birth_date="soon")
    import_folder(second_day.write(folder))
    file = ExtractFile.objects.get(name="customers", rejected=1)
    with default_storage.open(file.rejects_file) as handle:
        assert b"13800138000" not in handle.read()
