"""Two real banks, month by month: every loan of every month-end against an oracle over the files."""

import io

import pytest
from django.core.management import call_command

from postloan.classification.models import MonthEndBook
from postloan.imports.services import import_folder
from postloan.nightly import services

# Every date commits: dozens of imports in one transaction would be more locks than PostgreSQL holds.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.shared_data]


def exported(day: str) -> str:
    out = io.StringIO()
    call_command("export_loan_book", business_date=day, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("bank", ["berka", "kiva"])
def test_every_month_end_equals_the_oracle_and_is_read_back_the_same(bank, shared_data):
    from tests.test_nightly import oracle

    folders = sorted((shared_data / "extracts" / bank).iterdir())
    right_after = {}
    for folder in folders:
        import_folder(folder)
        run = services.run_night()
        assert run.state == "done", run.error
        right_after[folder.name] = exported(folder.name)
        assert right_after[folder.name].splitlines() == oracle.book(folder).splitlines(), folder.name
    for name, text in right_after.items():
        assert exported(name) == text, name
    assert MonthEndBook.objects.count() == len(folders) - 1
    seen = {line.split(",")[11] for text in right_after.values() for line in text.splitlines()[1:]}
    assert "M7" in seen, "the real delinquents are among them"
