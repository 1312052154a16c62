"""What is overdue, since when and how much, case by case."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.factories.loans import InstalmentFactory
from tests.test_nightly.book import DAY, a_loan, a_loan_overdue, an_instalment, close, deliver, open_date, state_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _open():
    open_date(DAY)


def test_due_today_is_not_overdue_and_the_day_after_is_day_one():
    today, yesterday = a_loan_overdue(0), a_loan_overdue(1)
    close()
    assert (state_of(today).overdue_since, state_of(today).bucket) == (None, "M0")
    state = state_of(yesterday)
    assert (state.overdue_since, state.bucket, state.band) == (DAY - timedelta(1), "M1", "days_1_30")
    assert (state.overdue_principal, state.overdue_interest) == (Decimal("10000.00"), Decimal("435.00"))


@pytest.mark.parametrize(
    ("days", "bucket", "band", "floor"),
    [
        (1, "M1", "days_1_30", "special_mention"),
        (30, "M1", "days_1_30", "special_mention"),
        (31, "M2", "days_31_60", "special_mention"),
        (60, "M2", "days_31_60", "special_mention"),
        (61, "M3", "days_61_90", "special_mention"),
        (90, "M3", "days_61_90", "special_mention"),
        (91, "M4", "days_91_180", "substandard"),
        (120, "M4", "days_91_180", "substandard"),
        (121, "M5", "days_91_180", "substandard"),
        (150, "M5", "days_91_180", "substandard"),
        (151, "M6", "days_91_180", "substandard"),
        (180, "M6", "days_91_180", "substandard"),
        (181, "M7", "days_181_270", "substandard"),
        (270, "M7", "days_181_270", "substandard"),
        (271, "M7", "days_271_360", "doubtful"),
        (360, "M7", "days_271_360", "doubtful"),
        (361, "M7", "over_360", "loss"),
    ],
)
def test_each_boundary_lies_where_the_rules_say(days, bucket, band, floor):
    loan = a_loan_overdue(days)
    close()
    state = state_of(loan)
    assert (state.bucket, state.band, state.class_floor) == (bucket, band, floor)


def test_principal_and_interest_each_for_itself_and_an_overpaid_part_never_offsets():
    loan = a_loan()
    an_instalment(loan, date(2026, 4, 30), principal_paid=Decimal("20000.00"), interest_paid=Decimal("434.99"))
    an_instalment(loan, date(2026, 5, 31), principal_paid=Decimal("9999.99"), interest_paid=Decimal("500.00"))
    close()
    state = state_of(loan)
    assert state.interest_overdue_since == date(2026, 4, 30)
    assert state.principal_overdue_since == date(2026, 5, 31)
    assert state.overdue_since == date(2026, 4, 30)
    assert (state.overdue_principal, state.overdue_interest) == (Decimal("0.01"), Decimal("0.01"))


def test_a_superseded_instalment_is_not_counted():
    loan = a_loan()
    an_instalment(loan, date(2026, 4, 30), superseded=True)
    an_instalment(loan, date(2026, 12, 31))
    close()
    assert state_of(loan).overdue_since is None


def test_without_instalments_a_loan_is_overdue_from_its_maturity():
    loan = a_loan(matures_on=DAY - timedelta(5), interest_receivable=Decimal("12.30"), repayment_method="bullet")
    silent = a_loan(matures_on=DAY - timedelta(5), repayment_method="bullet")
    today = a_loan(matures_on=DAY, repayment_method="bullet")
    close()
    state = state_of(loan)
    assert (state.principal_overdue_since, state.interest_overdue_since) == (DAY - timedelta(5), DAY - timedelta(5))
    assert (state.overdue_principal, state.overdue_interest) == (Decimal("120000.00"), Decimal("12.30"))
    assert (state_of(silent).overdue_interest, state_of(silent).interest_overdue_since) == (None, None)
    assert state_of(silent).overdue_since == DAY - timedelta(5)
    assert (state_of(today).overdue_since, state_of(today).overdue_interest) == (None, Decimal(0))


@pytest.mark.parametrize("method", ["interest_monthly", "interest_quarterly", "equal_instalments", "equal_principal"])
def test_periodic_interest_without_instalments_is_no_data_unless_core_banking_says(method):
    silent = a_loan(repayment_method=method)
    clear = a_loan(repayment_method=method, interest_arrears_on_balance=Decimal(0))
    told = a_loan(
        repayment_method=method,
        interest_arrears_on_balance=Decimal("10.10"),
        interest_arrears_off_balance=Decimal("0.20"),
        core_interest_overdue_since=date(2026, 3, 21),
    )
    dated = a_loan(repayment_method=method, core_interest_overdue_since=date(2026, 3, 21))
    undated = a_loan(repayment_method=method, interest_arrears_on_balance=Decimal("3.00"))
    close()
    assert (state_of(silent).overdue_interest, state_of(silent).overdue_since) == (None, None)
    assert (state_of(clear).overdue_interest, state_of(clear).overdue_since) == (Decimal(0), None)
    assert (state_of(told).overdue_interest, state_of(told).overdue_since) == (Decimal("10.30"), date(2026, 3, 21))
    assert state_of(told).principal_overdue_since is None
    assert (state_of(dated).overdue_interest, state_of(dated).overdue_since) == (None, date(2026, 3, 21))
    assert (state_of(undated).overdue_interest, state_of(undated).overdue_since) == (Decimal("3.00"), None)


@pytest.mark.parametrize("since", [date(2026, 3, 21), date(2026, 6, 15), None])
def test_interest_in_arrears_before_maturity_does_not_become_younger_by_it(since):
    loan = a_loan(
        matures_on=date(2026, 6, 10),
        repayment_method="interest_monthly",
        interest_arrears_on_balance=Decimal("10.10"),
        core_interest_overdue_since=since,
    )
    close()
    state = state_of(loan)
    assert state.interest_overdue_since == (since if since == date(2026, 3, 21) else date(2026, 6, 10))
    assert state.overdue_interest == Decimal("10.10")


@pytest.mark.parametrize("status", ["settled", "transferred"])
def test_settled_and_transferred_owe_nothing(status):
    loan = a_loan_overdue(100, status=status)
    close()
    state = state_of(loan)
    assert (state.overdue_since, state.overdue_principal, state.overdue_interest) == (None, Decimal(0), Decimal(0))
    assert (state.bucket, state.class_floor, state.missed_in_a_row) == ("M0", "normal", 0)


def test_written_off_ages_on():
    loan = a_loan_overdue(100, status="written_off", principal_balance=Decimal(0))
    whole = a_loan(status="written_off", principal_balance=Decimal(0), matures_on=DAY - timedelta(400))
    close()
    assert state_of(loan).class_floor == "substandard"
    assert (state_of(whole).band, state_of(whole).overdue_principal) == ("over_360", Decimal(0))


def test_missing_and_quarantined_loans_keep_their_values_and_age_on():
    missing, held = a_loan_overdue(30), a_loan_overdue(30)
    close()
    later = DAY + timedelta(31)
    open_date(later)
    deliver(missing, DAY, missing_since=later)
    held.quarantined_since = later
    held.save()
    close()
    for loan in (missing, held):
        state = state_of(loan)
        assert (state.valid_from, state.bucket, state.overdue_since) == (later, "M3", DAY - timedelta(30))


def test_a_credit_card_goes_by_its_own_days():
    loan = a_loan_overdue(121, product__credit_card=True)
    close()
    assert state_of(loan).class_floor == "doubtful"


def test_many_small_amounts_add_up_to_the_cent():
    loan = a_loan()
    InstalmentFactory.create_batch(
        30, loan=loan, due_on=date(2026, 5, 31), principal_due=Decimal("0.10"), interest_due=Decimal("0.01")
    )
    close()
    assert (state_of(loan).overdue_principal, state_of(loan).overdue_interest) == (Decimal("3.00"), Decimal("0.30"))
