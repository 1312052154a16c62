"""When a floor gets worse if nobody pays: the rules, and the set-based form of the night."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from postloan.classification import forecast
from postloan.classification.models import Countdown
from postloan.classification.rules import Thresholds, class_of_days
from postloan.loans.models import CLASS_ORDER, Loan, LoanState
from tests.factories import LoanFactory, ProductFactory
from tests.test_nightly.book import DAY, a_loan, an_instalment, close, deliver, open_date

# ── the rules ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("floor", "method", "step"),
    [
        ("normal", "debtor", ("special_mention", 1)),
        ("special_mention", "days_past_due", ("substandard", 91)),
        ("substandard", "debtor", ("doubtful", 271)),
        ("doubtful", "debtor", ("loss", 361)),
        ("special_mention", "credit_card", ("substandard", 91)),
        ("substandard", "credit_card", ("doubtful", 121)),
        ("doubtful", "credit_card", ("loss", 181)),
    ],
)
def test_the_next_floor_and_its_day_by_the_law(floor, method, step):
    found = forecast.next_step(floor, method)
    assert (found.code, found.days) == step


def test_below_loss_there_is_nothing():
    assert forecast.next_step("loss", "debtor") is None


def test_a_step_left_out_by_the_bank_is_jumped_over():
    found = forecast.next_step("special_mention", "debtor", Thresholds(substandard=91, doubtful=91))
    assert (found.code, found.days) == ("doubtful", 91)


@given(days=st.integers(0, 400), ahead=st.integers(0, 400), method=st.sampled_from(["debtor", "credit_card"]))
def test_the_floor_holds_until_the_day_before_its_next_step(days, ahead, method):
    day, overdue_from = DAY, DAY - timedelta(days=days)
    floor = class_of_days(days, method)
    step = forecast.next_step(floor, method)
    later = day + timedelta(days=ahead)
    said = forecast.floor_on(later, overdue_from=overdue_from, method=method)
    if step is None or later < forecast.begins_on(step, overdue_from=overdue_from):
        assert said == floor
    else:
        assert CLASS_ORDER.index(said) >= CLASS_ORDER.index(step.code)


def test_the_month_end_ahead_is_the_next_one_on_the_last_day():
    assert forecast.forecast_date(date(2026, 6, 29)) == date(2026, 6, 30)
    assert forecast.forecast_date(date(2026, 6, 30)) == date(2026, 7, 31)
    assert forecast.forecast_date(date(2026, 12, 31)) == date(2027, 1, 31)


# ── the set-based form ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def opened(db):
    open_date(DAY)


def countdown(loan: Loan) -> Countdown:
    close()
    return Countdown.objects.get(loan=loan)


def said(row: Countdown) -> tuple:
    return row.overdue_from, row.next_floor, row.next_floor_on, row.stop_principal, row.stop_interest


def test_a_loan_not_overdue_falls_due_with_its_next_unpaid_instalment(opened):
    loan = a_loan()
    an_instalment(loan, date(2026, 7, 5), paid=True)
    an_instalment(loan, date(2026, 8, 5), principal_due=Decimal("10.00"), interest_due=Decimal("1.00"))

    assert said(countdown(loan)) == (
        date(2026, 8, 5), "special_mention", date(2026, 8, 6), Decimal("10.00"), Decimal("1.00"),
    )  # fmt: skip


def test_what_stops_an_overdue_loan_is_its_oldest_unpaid_instalment_each_part_for_itself(opened):
    loan = a_loan()
    parts = {"principal_due": Decimal("10.00"), "interest_due": Decimal("2.00")}
    an_instalment(loan, date(2026, 4, 30), principal_paid=Decimal("12.00"), interest_paid=Decimal("0.50"), **parts)
    an_instalment(loan, date(2026, 5, 30), **parts)

    assert said(countdown(loan)) == (
        date(2026, 4, 30), "substandard", date(2026, 7, 30), Decimal("0.00"), Decimal("1.50"),
    )  # fmt: skip


@pytest.mark.parametrize("short", [Decimal("0.00"), Decimal("0.01")])
def test_the_amount_that_stops_it_stops_it_and_a_cent_less_does_not(opened, short):
    loan = a_loan()
    oldest = an_instalment(loan, date(2026, 4, 30))
    an_instalment(loan, date(2026, 5, 30))
    row = countdown(loan)

    oldest.principal_paid += row.stop_principal
    oldest.interest_paid += row.stop_interest - short
    oldest.changed_on = row.next_floor_on
    oldest.save()
    open_date(row.next_floor_on)
    deliver(loan, row.next_floor_on)
    close()

    floor = LoanState.objects.now().get(loan=loan).class_floor
    assert floor == ("substandard" if short else "special_mention")


def test_without_a_schedule_the_balance_falls_due_at_maturity_and_unknown_interest_stays_unknown(opened):
    loan = a_loan(matures_on=date(2026, 7, 10), interest_receivable=None, repayment_method="bullet")

    assert said(countdown(loan)) == (
        date(2026, 7, 10), "special_mention", date(2026, 7, 11), Decimal("120000.00"), None,
    )  # fmt: skip


def test_interest_at_times_core_banking_does_not_tell_is_said_to_be_unknown(opened):
    silent = a_loan(repayment_method="interest_monthly")
    told = a_loan(repayment_method="interest_monthly")
    an_instalment(told, date(2026, 7, 20))
    close()

    known = dict(Countdown.objects.values_list("loan", "is_interest_known"))
    assert known == {silent.pk: False, told.pk: True}


def test_settled_loans_count_down_to_nothing(opened):
    loan = a_loan(status="settled", principal_balance=Decimal(0), settled_on=DAY)
    an_instalment(loan, date(2026, 8, 5))

    assert said(countdown(loan)) == (None, "", None, Decimal(0), Decimal(0))


def test_credit_cards_have_their_own_days(opened):
    loan = a_loan(product=ProductFactory(credit_card=True))
    an_instalment(loan, DAY - timedelta(days=100))

    row = countdown(loan)
    assert (row.next_floor, row.next_floor_on) == ("doubtful", row.overdue_from + timedelta(days=121))


def test_a_second_night_of_the_date_writes_nothing(opened):
    loan = a_loan()
    an_instalment(loan, date(2026, 6, 1))
    countdown(loan)

    again = close(DAY)
    assert again.steps.get(code="countdowns").counts == {"countdowns": 0, "countdowns_gone": 0}


@pytest.mark.parametrize(
    "wrong",
    [
        {"next_floor": "loss"},
        {"next_floor_on": DAY},
        {"next_floor": "normal", "next_floor_on": DAY, "overdue_from": DAY},
        {"next_floor": "loss", "next_floor_on": DAY},
        {"stop_principal": Decimal("-0.01")},
        {"stop_interest": Decimal("-0.01")},
    ],
)
def test_the_database_refuses_what_makes_no_sense(db, wrong):
    columns = {"worked_out_on": DAY, "class_method": "debtor", "stop_principal": Decimal(0), **wrong}
    with pytest.raises(IntegrityError), transaction.atomic():
        Countdown.objects.create(loan=LoanFactory(), **columns)
