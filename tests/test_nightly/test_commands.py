"""run_night, export_loan_book and replay as a person gives them."""

import io
import shutil
import sys
from contextlib import nullcontext
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.utils import translation

from postloan.core import locks
from postloan.core.models import BusinessDate
from postloan.imports.services import import_folder
from postloan.loans.models import Loan, LoanState
from postloan.nightly import services
from postloan.nightly.management.commands import export_loan_book
from tests.factories.customers import CustomerFactory, ResponsibilityFactory
from tests.factories.loans import LoanFactory
from tests.factories.organization import BranchFactory
from tests.test_nightly.book import DAY, a_loan, a_loan_overdue, close, deliver, open_date

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def run(command: str, *arguments: str, **options) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command(command, *arguments, stdout=out, stderr=err, **options)
    except SystemExit as stopped:
        return int(stopped.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


# --- run_night ----------------------------------------------------------------------------------


def test_with_nothing_open_the_night_says_so():
    code, out, _err = run("run_night")
    assert (code, out.strip()) == (0, "No business date is open: there is nothing to close.")


def test_the_night_closes_the_open_date_and_says_what_it_did():
    open_date(DAY)
    a_loan()
    code, out, _err = run("run_night")
    assert code == 0
    assert "2026-06-30 is closed." in out
    assert "intervals" in out
    assert BusinessDate.objects.get().closed_at is not None


def test_the_last_closed_date_is_computed_again():
    assert run("run_night", again=True)[1].strip() == "No business date is open: there is nothing to close."
    open_date(DAY)
    a_loan()
    close()
    code, out, _err = run("run_night", again=True)
    assert code == 0
    assert "opened 0" in out
    open_date(DAY + timedelta(1))
    assert run("run_night", again=True)[0] == 1


def test_a_night_that_does_not_agree_ends_with_one_sentence():
    open_date(DAY)
    loan = a_loan()
    Loan.objects.update(principal_balance=Decimal(1))
    code, _out, err = run("run_night")
    assert code == 1
    assert err.count("\n") == 1
    assert loan.loan_no in err
    assert "here 1.00, there 120000.00" in err


@pytest.mark.parametrize("held", ["night", "extracts"])
def test_a_night_beside_another_or_beside_an_extract_is_refused(held, monkeypatch):
    def exclusive(name):
        if name == held:
            raise locks.AlreadyRunning(name)
        return nullcontext()

    open_date(DAY)
    monkeypatch.setattr("postloan.nightly.services.locks.exclusive", exclusive)
    code, _out, err = run("run_night")
    assert (code, err.strip()) == (1, "An extract or another night is at work; try again when it has ended.")


def test_only_the_last_date_can_be_computed_again():
    open_date(DAY)
    close()
    open_date(DAY + timedelta(1))
    with pytest.raises(services.NightRefused, match="is not the last business date"):
        services.run_night(business_date=DAY)


def test_a_night_that_breaks_leaves_its_trace_and_changes_nothing(monkeypatch):
    open_date(DAY)
    a_loan()

    def broken(*args, **kwargs):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("postloan.nightly.steps.collections.record_moves", broken)
    with pytest.raises(RuntimeError):
        services.run_night()
    failed = services.NightRun.objects.get()
    assert (failed.state, failed.error) == ("failed", "RuntimeError: the disk is full")
    assert [step.code for step in failed.steps.filter(state="failed")] == ["moves"]
    assert not LoanState.objects.exists()
    assert BusinessDate.objects.get().closed_at is None


def test_a_run_whose_process_died_is_marked_failed_by_the_next():
    open_date(DAY)
    a_loan()
    dead = services.NightRun.objects.create(
        business_date=DAY, attempt=1, started_at=BusinessDate.objects.get().opened_at
    )
    close()
    dead.refresh_from_db()
    assert (dead.state, dead.error) == ("failed", "The process ended before the night did.")


# --- export_loan_book ---------------------------------------------------------------------------


def test_the_book_has_exactly_these_columns_and_forms():
    open_date(DAY)
    branch = BranchFactory(branch_code="B-1")
    customer = CustomerFactory(customer_no="C1", branch=branch)
    ResponsibilityFactory(customer=customer, staff__staff_no="S9")
    a_loan_overdue(31, customer=customer, loan_no="L2", matures_on=date(2027, 1, 31))
    a_loan(customer=customer, loan_no="l1", repayment_method="interest_monthly", principal_balance=Decimal("0.5"))
    close()
    code, out, _err = run("export_loan_book")
    assert code == 0
    assert out == (
        "business_date,loan_no,customer_no,branch_code,manager_no,status,principal_balance,overdue_since,days_overdue,"
        "overdue_principal,overdue_interest,bucket,band,class_floor,matures_on\n"
        "2026-06-30,L2,C1,B-1,S9,active,120000.00,2026-05-30,31,10000.00,435.00,M2,days_31_60,special_mention,2027-01-31\n"
        "2026-06-30,l1,C1,B-1,S9,active,0.50,,0,0.00,,M0,current,normal,2030-12-31\n"
    )


def test_a_text_that_looks_like_a_formula_is_made_harmless():
    open_date(DAY)
    deliver(LoanFactory(loan_no="=1+1"))
    close()
    assert ",'=1+1," in run("export_loan_book")[1]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("2026-06-29", "2026-06-29 is not a closed business date."),
        ("2026-07-01", "2026-07-01 is not a closed business date."),
        ("yesterday", "“yesterday” is not a date; write YYYY-MM-DD."),
    ],
)
def test_a_date_that_is_not_closed_is_one_sentence(asked, sentence):
    open_date(DAY)
    close()
    open_date(DAY + timedelta(1))
    assert run("export_loan_book", business_date=asked) == (1, "", sentence + "\n")


def test_without_any_closed_date_there_is_no_book():
    assert run("export_loan_book") == (1, "", "No business date has been closed yet.\n")


# --- replay -------------------------------------------------------------------------------------


def test_replay_stops_at_what_it_cannot_read(tmp_path):
    assert run("replay", str(tmp_path / "nowhere"))[0] == 1
    assert "holds no extract" in run("replay", str(tmp_path))[2]
    (tmp_path / "notes").mkdir()
    assert "does not bear a business date" in run("replay", str(tmp_path))[2]


def test_replay_stops_at_the_first_refusal_with_a_sentence(tmp_path):
    (tmp_path / "2026-01-31").mkdir()
    code, _out, err = run("replay", str(tmp_path))
    assert code == 1
    assert err.startswith("2026-01-31: ")
    assert err.count("\n") == 1


@pytest.mark.shared_data
def test_replay_goes_on_where_it_was_interrupted(tmp_path, shared_data):
    bank = shared_data / "extracts" / "kiva"
    days = sorted(path.name for path in bank.iterdir())[:4]
    for name in days[:2]:
        shutil.copytree(bank / name, tmp_path / name)
    assert run("replay", str(tmp_path))[0] == 0
    import_folder(bank / days[2])
    for name in days[2:]:
        shutil.copytree(bank / name, tmp_path / name)
    code, out, _err = run("replay", str(tmp_path))
    assert code == 0
    assert f"{days[1]}: applied before, skipped" in out
    assert "2 business dates closed." in out
    assert BusinessDate.objects.exclude(closed_at=None).count() == 4
    assert "0 business dates closed." in run("replay", str(tmp_path))[1]


def test_a_reader_that_has_seen_enough_ends_the_export_quietly(monkeypatch):
    def broken(*_arguments):
        raise BrokenPipeError

    silenced = []
    monkeypatch.setattr(export_loan_book.export, "write_loan_book", broken)
    monkeypatch.setattr(export_loan_book.os, "dup2", lambda old, new: silenced.append(new))
    open_date(DAY)
    close()
    assert run("export_loan_book") == (0, "", "")
    assert silenced == [sys.stdout.fileno()]
