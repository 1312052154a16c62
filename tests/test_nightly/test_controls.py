"""Faults planted past the guards: the night fails, names the loans, changes nothing."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from postloan.core import business_date
from postloan.core.models import BusinessDate
from postloan.imports.models import DeliveredBalance
from postloan.loans.models import Instalment, Loan, LoanState, LoanWatch
from postloan.nightly import services
from postloan.nightly.models import ControlTotal, NightRun
from tests.factories.customers import ResponsibilityFactory
from tests.factories.loans import LoanManagerFactory, ProductFactory
from tests.test_nightly.book import DAY, a_loan, a_loan_overdue, close, deliver, open_date, state_of

pytestmark = pytest.mark.django_db
NEXT = DAY + timedelta(1)


@pytest.fixture(autouse=True)
def _open():
    open_date(DAY)


def without_guards(*names: str) -> None:
    """Drops triggers and indexes inside the test's transaction, so that a fault can be planted."""
    with connection.cursor() as cursor:
        for name in names:
            if name.startswith("index:"):
                cursor.execute(f"DROP INDEX {name.removeprefix('index:')}")
            elif connection.vendor == "postgresql":
                table = "loans_loanmanager" if "manager" in name else "loans_loanstate"
                table = "customers_responsibility" if "responsibility" in name else table
                cursor.execute(f"DROP TRIGGER {name} ON {table}")
            else:
                cursor.execute(f"DROP TRIGGER {name}")


def fail() -> NightRun:
    before = LoanState.objects.count()
    run = services.run_night()
    assert run.state == "failed"
    assert LoanState.objects.count() == before, "everything is rolled back"
    assert business_date.open_date() is not None, "the date stays open"
    assert NightRun.objects.get(pk=run.pk).error == run.error
    assert run.steps.get(code="controls").state == "failed"
    return run


def named(run: NightRun) -> set[tuple[str, str]]:
    return {(row.get("loan_no", ""), row["fault"]) for check in run.failures for row in check["rows"]}


def test_a_night_that_agrees_keeps_its_totals():
    loan, _other = a_loan_overdue(10), a_loan()
    run = close()
    totals = {(total.check_code, total.dimension, total.key): total for total in run.totals.all()}
    assert totals["loans", "", ""].left == 2
    assert totals["balance", "", ""].left == totals["balance", "", ""].right == Decimal("240000.00")
    assert totals["overdue_principal", "", ""].right == Decimal("10000.00")
    assert totals["overdue_interest", "", ""].left == Decimal("435.00")
    assert totals["balance_by", "bucket", "M1"].left == Decimal("120000.00")
    assert totals["balance_by", "branch", loan.branch.branch_code].difference == 0
    assert {total.dimension for total in run.totals.filter(check_code="balance_of_intervals")} == {
        "class",
        "branch",
        "manager",
        "bucket",
    }
    assert not any(total.difference for total in run.totals.all())


@pytest.mark.parametrize("again", [False, True], ids=["next-night", "same-night-again"])
def test_a_loan_without_interval_fails_the_night_and_is_named(again):
    loan, _other = a_loan(), a_loan()
    close()
    open_date(NEXT)
    close()
    without_guards("loan_state_never_deleted")
    LoanState.objects.filter(loan=loan).delete()
    if again:
        run = services.run_night(business_date=NEXT)
        assert run.state == "failed"
    else:
        open_date(NEXT + timedelta(1))
        run = fail()
    assert (loan.loan_no, "lost") in named(run), "a fresh interval does not hide what was lost"
    assert loan.loan_no in run.error


def test_an_interval_closed_and_not_continued_fails_the_night():
    loan = a_loan()
    close()
    open_date(NEXT)
    without_guards("loan_state_never_deleted")
    LoanState.objects.filter(loan=loan).update(valid_to=NEXT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("postloan.nightly.steps.loans.choose_candidates", lambda *args, **kwargs: 0)
        run = fail()
    assert {(loan.loan_no, "without_interval"), (loan.loan_no, "not_continued")} <= named(run)


@pytest.mark.parametrize(("shift", "fault"), [(-1, "gap"), (1, "overlap")])
def test_an_interval_closed_twice_fails_the_night_and_is_named(shift, fault):
    loan = a_loan()
    close()
    closed_on = DAY + timedelta(10)
    open_date(closed_on)
    deliver(loan, closed_on, principal_balance=Decimal(1))
    close()
    open_date(DAY + timedelta(20))
    without_guards("loan_state_changes_once")
    if fault == "overlap":
        guards = ["loan_state_no_overlap_insert", "loan_state_no_overlap_update"]
        without_guards(*guards)
    LoanState.objects.filter(loan=loan, valid_from=DAY).update(valid_to=closed_on + timedelta(shift))
    assert (loan.loan_no, fault) in named(fail())


def test_two_open_intervals_fail_the_night():
    loan = a_loan()
    close()
    open_date(NEXT)
    without_guards("loan_state_no_overlap_insert", "index:loan_state_one_open")
    state = LoanState.objects.get(loan=loan)
    state.pk, state.valid_from = None, NEXT
    state.save()
    assert (loan.loan_no, "two_open") in named(fail())


def test_a_loan_with_two_managers_fails_the_night_and_is_named():
    own, of_customer = a_loan(), a_loan()
    without_guards("loan_manager_no_overlap_insert", "responsibility_no_overlap_insert", "index:loan_manager_one_open")
    without_guards("index:responsibility_one_open")
    LoanManagerFactory.create_batch(2, loan=own)
    ResponsibilityFactory.create_batch(2, customer=of_customer.customer, line="corporate")
    run = fail()
    assert {(own.loan_no, "two_managers"), (of_customer.loan_no, "two_managers")} <= named(run)


def test_a_balance_changed_by_hand_in_the_loan_fails_the_night_and_is_named():
    loan, _other = a_loan(), a_loan()
    close()
    open_date(NEXT)
    Loan.objects.filter(pk=loan.pk).update(principal_balance=Decimal("119999.99"))
    run = fail()
    assert (loan.loan_no, "loan_differs") in named(run)
    by_branch = {"check_code": "balance_by", "dimension": "branch", "key": loan.branch.branch_code}
    assert ControlTotal.objects.get(run=run, **by_branch).difference == Decimal("-0.01")
    LoanWatch.objects.filter(loan=loan).update(touched_on=NEXT)
    run = fail()
    assert (loan.loan_no, "loan_differs") in named(run), "nor does the night carry it into the interval"
    assert ControlTotal.objects.get(run=run, check_code="balance").difference == Decimal("0.01")


def test_a_balance_changed_by_hand_in_the_interval_fails_the_night_and_is_named():
    loan = a_loan()
    close()
    open_date(NEXT)
    without_guards("loan_state_changes_once")
    LoanState.objects.filter(loan=loan).update(principal_balance=Decimal("0.00"))
    assert (loan.loan_no, "interval_differs") in named(fail())


@pytest.mark.parametrize(
    ("column", "value", "fault"),
    [
        ("class_floor", "normal", "floor_differs"),
        ("class_floor", "loss", "floor_differs"),
        ("band", "days_1_30", "band_differs"),
    ],
)
def test_a_floor_or_band_changed_by_hand_fails_the_night_and_is_named(column, value, fault):
    loan, _other = a_loan_overdue(126), a_loan_overdue(126)
    close()
    open_date(NEXT)
    without_guards("loan_state_changes_once")
    LoanState.objects.filter(loan=loan).update(**{column: value})
    assert named(fail()) == {(loan.loan_no, fault)}


def test_a_floor_follows_the_method_of_its_product_and_the_thresholds_of_the_night():
    card = ProductFactory(class_method="credit_card")
    loans = [a_loan_overdue(days, product=card) for days in (90, 91, 120, 121, 180, 181)]
    close()
    floors = [state_of(loan).class_floor for loan in loans]
    assert floors == ["special_mention", "substandard", "substandard", "doubtful", "doubtful", "loss"]


def test_an_instalment_changed_by_hand_fails_the_night_and_is_named():
    loan = a_loan_overdue(40)
    close()
    open_date(NEXT)
    close()
    open_date(NEXT + timedelta(1))
    Instalment.objects.filter(loan=loan).update(principal_paid=Decimal("5.00"))
    assert (loan.loan_no, "principal_differs") in named(fail())
    Instalment.objects.filter(loan=loan).update(principal_paid=Decimal("10000.00"), interest_paid=Decimal("435.00"))
    assert (loan.loan_no, "since_differs") in named(fail())


def test_a_loan_that_no_delivery_brought_fails_the_night():
    loan = a_loan()
    DeliveredBalance.objects.all().delete()
    assert (loan.loan_no, "never_delivered") in named(fail())


def test_quarantined_and_missing_balances_are_shown_apart():
    held, missing = a_loan(), a_loan()
    close()
    open_date(NEXT)
    Loan.objects.filter(pk=held.pk).update(quarantined_since=NEXT)
    DeliveredBalance.objects.filter(loan=held).update(state="quarantined", principal_balance=Decimal("100.00"))
    Loan.objects.filter(pk=missing.pk).update(missing_since=NEXT)
    DeliveredBalance.objects.create(
        loan_no="NEW-HELD",
        extract=DeliveredBalance.objects.get(loan=held).extract,
        currency="CNY",
        principal_balance=Decimal("7.00"),
        state="quarantined",
    )
    run = close()
    totals = {total.check_code: total for total in run.totals.filter(dimension="", currency="CNY")}
    held_total = totals["balance_in_quarantine"]
    assert (held_total.left, held_total.right) == (Decimal("107.00"), Decimal("120000.00"))
    assert held_total.is_shown_only
    assert totals["balance_missing"].left == totals["balance_missing"].right == Decimal("120000.00")


def test_twenty_loans_are_named_and_the_rest_counted():
    loans = [a_loan() for _number in range(23)]
    close()
    open_date(NEXT)
    Loan.objects.update(principal_balance=Decimal(1))
    run = fail()
    check = next(check for check in run.failures if check["check"] == "balances")
    assert (len(check["rows"]), check["more"]) == (20, 3)
    assert "3 more" in run.error
    assert len(loans) == 23


def test_after_a_failed_night_the_next_try_closes_the_date():
    loan = a_loan()
    Loan.objects.filter(pk=loan.pk).update(principal_balance=Decimal(1))
    fail()
    Loan.objects.filter(pk=loan.pk).update(principal_balance=loan.principal_balance)
    run = close()
    assert (run.attempt, state_of(loan).run_id) == (2, run.pk)
    assert BusinessDate.objects.get(date=DAY).closed_at is not None
