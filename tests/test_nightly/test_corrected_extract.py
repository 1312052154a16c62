"""A real extract corrected: the importer and the night together."""

import hashlib
import json
import shutil

import pytest

from postloan.core.models import BusinessDate
from postloan.imports.services import import_folder
from postloan.loans.models import LoanState
from postloan.nightly import services
from tests.test_nightly import oracle
from tests.test_nightly.test_commands import run

pytestmark = [pytest.mark.django_db, pytest.mark.shared_data]


def corrected(source, target) -> None:
    """The same folder as revision 2: the principal paid so far of the last loan's first instalment is taken back."""
    shutil.copytree(source, target)
    path = target / "instalments.csv"
    lines = path.read_text().splitlines(keepends=True)
    head = lines[0].strip().split(",")
    place = next(number for number, line in enumerate(lines) if number and float(line.split(",")[5]) > 0)
    fields = lines[place].rstrip("\r\n").split(",")
    taken_back = float(fields[head.index("principal_paid")])
    fields[head.index("principal_paid")] = "0"
    lines[place] = ",".join(fields) + "\n"
    path.write_text("".join(lines))
    manifest = json.loads((target / "manifest.json").read_text())
    entry = manifest["files"]["instalments.csv"]
    entry["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    entry["totals"]["principal_paid"] = f"{float(entry['totals']['principal_paid']) - taken_back:.2f}"
    manifest.update(corrects=True, revision=2)
    (target / "manifest.json").write_text(json.dumps(manifest))


def test_a_corrected_extract_gives_the_book_the_corrected_files_say(tmp_path, shared_data):
    folders = sorted((shared_data / "extracts" / "kiva").iterdir())[4:7]
    for folder in folders:
        import_folder(folder)
        assert services.run_night().state == "done"
    before = [run("export_loan_book", business_date=folder.name)[1] for folder in folders]
    again = tmp_path / folders[-1].name
    corrected(folders[-1], again)
    import_folder(again)
    night = services.run_night()
    assert (night.state, night.revision) == ("done", 2), night.error
    after = [run("export_loan_book", business_date=folder.name)[1] for folder in folders]
    assert after[:-1] == before[:-1], "earlier dates say what they said"
    assert after[-1] == oracle.book(again) != before[-1]
    assert BusinessDate.objects.get(date=folders[-1].name).closed_at is not None
    assert LoanState.objects.filter(superseded_by_run=night.pk).exists()
