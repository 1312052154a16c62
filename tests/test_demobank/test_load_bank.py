import hashlib
from datetime import date
from decimal import Decimal

import pytest

from postloan.demobank.loadbank import make_load_bank
from postloan.loans.models import Loan, LoanState
from postloan.nightly.replay import replay
from tests.test_demobank.reading import Extracts

FULL, LATER = date(2026, 10, 30), date(2026, 10, 31)


@pytest.fixture(scope="module")
def book(tmp_path_factory) -> Extracts:
    folder = tmp_path_factory.mktemp("load") / "bank"
    make_load_bank(folder, 2_000, FULL, LATER, 1)
    return Extracts(folder, folder)


def test_each_loan_has_twelve_instalments(book):
    assert len(book.rows(FULL, "loans")) == 2_000
    assert len(book.rows(FULL, "instalments")) == 24_000


def test_the_second_extract_holds_one_loan_in_a_hundred(book):
    assert book.dates == [FULL, LATER]
    assert 15 <= len(book.rows(LATER, "loans")) <= 20
    assert {entry["mode"] for entry in book.manifest(LATER)["files"].values()} == {"changes"}


def test_the_manifests_agree_with_the_bytes(book):
    for on in book.dates:
        for name, entry in book.manifest(on)["files"].items():
            path = book.folder / on.isoformat() / name
            rows = book.rows(on, path.stem)
            assert (entry["rows"], entry["sha256"]) == (len(rows), hashlib.sha256(path.read_bytes()).hexdigest())
            for column, total in entry["totals"].items():
                assert Decimal(total) == sum(Decimal(row[column]) for row in rows)


def test_balances_follow_the_receipts_over_both_extracts(book):
    repaid: dict[str, Decimal] = {}
    for on in book.dates:
        for row in book.rows(on, "repayments"):
            repaid[row["loan_no"]] = repaid.get(row["loan_no"], Decimal(0)) + Decimal(row["principal"])
        for loan in book.rows(on, "loans"):
            left = Decimal(loan["amount"]) - repaid.get(loan["loan_no"], Decimal(0))
            assert Decimal(loan["principal_balance"]) == left


def test_one_loan_in_a_hundred_is_overdue_from_days_to_over_a_year(book):
    oldest: dict[str, date] = {}
    for row in book.rows(FULL, "instalments"):
        due_on = date.fromisoformat(row["due_on"])
        if due_on < FULL and Decimal(row["principal_paid"]) < Decimal(row["principal_due"]):
            oldest.setdefault(row["loan_no"], due_on)
    days = [(FULL - due_on).days for due_on in oldest.values()]
    assert len(days) == 20
    assert min(days) <= 30
    assert max(days) > 360


@pytest.mark.django_db
def test_the_product_takes_in_both_deliveries_and_closes_both_dates(book):
    """The whole book, then what changed: the state of every loan follows the files."""
    replay(book.folder, lambda _text: None)
    expected = {
        row["loan_no"]: Decimal(row["principal_balance"]) for on in book.dates for row in book.rows(on, "loans")
    }
    held = dict(Loan.objects.values_list("loan_no", "principal_balance"))
    assert held == expected
    overdue = {row.loan.loan_no for row in LoanState.objects.as_of(FULL).overdue().select_related("loan")}
    assert len(overdue) == 20
    cured = {row["loan_no"] for row in book.rows(LATER, "loans")} & overdue
    assert cured
