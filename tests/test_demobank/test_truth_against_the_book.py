"""The generator's truth against the loan book the product exports, on every date: no difference."""

import csv
import io
from datetime import date
from pathlib import Path

import pytest

from postloan.core.models import BusinessDate
from postloan.demobank.generator import Settings, make_demo_bank
from postloan.loans.models import LoanState
from postloan.nightly.export import write_loan_book
from postloan.nightly.replay import replay
from tests.test_demobank.judging import Expected, expected_book
from tests.test_demobank.reading import Extracts

# A few days of the last month are enough: among them the date that is delivered twice.
SIZE = Settings(customers=60, months=7, seed=6, until=date(2026, 10, 16))

# Every date commits: dozens of imports in one transaction would be more locks than PostgreSQL holds.
pytestmark = pytest.mark.django_db(transaction=True)


def exported(on: date) -> dict[str, dict[str, str]]:
    book = io.StringIO()
    write_loan_book(on, book)
    book.seek(0)
    return {row["loan_no"]: row for row in csv.DictReader(book)}


def since_when(on: date) -> dict[str, tuple[date | None, date | None]]:
    columns = ("loan__loan_no", "principal_overdue_since", "interest_overdue_since")
    return {number: (one, other) for number, one, other in LoanState.objects.as_of(on).values_list(*columns)}


def differences(on: date, expected: dict[str, Expected]) -> list[str]:
    book, since = exported(on), since_when(on)
    found = [f"{on} {number}: not in both" for number in sorted(book.keys() ^ expected.keys())]
    for number in book.keys() & expected.keys():
        one = expected[number]
        for column, value in one.as_exported(on).items():
            if book[number][column] != value:
                found.append(f"{on} {number} {column}: truth {value!r}, book {book[number][column]!r}")
        if since[number] != (one.principal_since, one.interest_since):
            found.append(f"{on} {number}: truth {(one.principal_since, one.interest_since)}, book {since[number]}")
    return found


def compare(extracts: Extracts) -> list[str]:
    """Every difference of a replayed bank, over all its dates."""
    return [
        text
        for on in extracts.dates
        for text in differences(on, {one.loan_no: one for one in expected_book(extracts, on)})
    ]


def replay_broken_off(extracts: Extracts, later: Path) -> int:
    """How many closings: up to the date that is delivered twice, then from its correction on, then once in vain."""

    def silent(_text: str) -> None:
        return None

    (corrected,) = [date.fromisoformat(path.name) for path in extracts.corrections.iterdir()]
    later.mkdir()
    after = [extracts.folder / on.isoformat() for on in extracts.dates if on > corrected]
    for path in after:
        path.rename(later / path.name)
    closed = replay(extracts.folder, silent)
    for path in after:
        (later / path.name).rename(path)
    closed += replay(extracts.folder, silent, extracts.corrections)
    assert BusinessDate.objects.get(date=corrected).revision == 2
    return closed + replay(extracts.folder, silent, extracts.corrections)


def test_truth_and_book_agree_on_every_date(tmp_path):
    folder = tmp_path / "bank"
    make_demo_bank(folder, tmp_path / "truth.json", SIZE)
    extracts = Extracts(folder, tmp_path / "truth.json")
    closed = replay_broken_off(extracts, tmp_path / "later")
    assert closed == len(extracts.dates) + 1
    assert compare(extracts) == []
    assert {loan["status"] for loan in extracts.last("loans")} >= {"active", "settled", "written_off", "transferred"}
    assert any(folder.is_dir() for folder in extracts.corrections.iterdir())
