"""Three in a row, six in all: counted from the schedule, "no data" where nobody can know."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.test_nightly.book import DAY, a_loan, an_instalment, close, counts, deliver, open_date, pay, state_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _open():
    open_date(DAY)


def schedule(loan, pattern: str) -> None:
    """A letter a month up to last month: `p` paid on its day, `l` paid late, `-` unpaid, `?` paid, nobody says when."""
    for place, letter in enumerate(pattern):
        month = 6 - len(pattern) + place
        due_on = date(2026 + (month - 1) // 12, (month - 1) % 12 + 1, 15)
        facts: dict = {}
        if letter != "-":
            facts = {"principal_paid": Decimal("10000.00"), "interest_paid": Decimal("435.00")}
        if letter in "pl":
            facts["settled_on"] = due_on + timedelta(days=3 if letter == "l" else 0)
        an_instalment(loan, due_on, **facts)


@pytest.mark.parametrize(
    ("pattern", "in_a_row", "in_all"),
    [
        ("ppp", 0, 0),
        ("p--", 2, 2),
        ("---", 3, 3),
        ("--p", 0, 2),
        ("-p-", 1, 2),
        ("llp", 0, 2),
        ("l-l---", 3, 6),
        ("p?p", 0, None),
        ("?--", 2, None),
    ],
)
def test_missed_in_a_row_and_in_all(pattern, in_a_row, in_all):
    loan = a_loan()
    schedule(loan, pattern)
    close()
    state = state_of(loan)
    assert (state.missed_in_a_row, state.missed_in_all) == (in_a_row, in_all)


def test_without_a_schedule_there_is_no_figure():
    loan = a_loan()
    run = close()
    assert (state_of(loan).missed_in_a_row, state_of(loan).missed_in_all) == (None, None)
    assert counts(run)["missed"]["no_data"] == 1


def test_an_instalment_delivered_paid_before_it_fell_due_was_paid_in_time():
    loan = a_loan()
    instalment = an_instalment(loan, DAY + timedelta(10))
    pay(instalment, DAY, settled=False)
    close()
    open_date(DAY + timedelta(20))
    close()
    assert (state_of(loan).missed_in_a_row, state_of(loan).missed_in_all) == (0, 0)


def test_our_own_history_tells_where_core_banking_does_not():
    loan = a_loan()
    instalment = an_instalment(loan, DAY - timedelta(10))
    close()
    assert state_of(loan).missed_in_all == 1
    later = DAY + timedelta(20)
    open_date(later)
    pay(instalment, later, settled=False)
    deliver(loan, later)
    close()
    assert (state_of(loan).missed_in_a_row, state_of(loan).missed_in_all) == (0, 1)
    close(later)
    assert state_of(loan).missed_in_all == 1


def test_parts_settled_each_on_its_day():
    loan = a_loan()
    paid = {"principal_paid": Decimal("10000.00"), "interest_paid": Decimal("435.00")}
    due_on = DAY - timedelta(10)
    an_instalment(loan, due_on, principal_settled_on=due_on, interest_settled_on=due_on + timedelta(1), **paid)
    an_instalment(loan, due_on, principal_settled_on=due_on, interest_settled_on=due_on, **paid)
    an_instalment(
        loan, due_on, principal_settled_on=due_on, interest_due=Decimal(0), principal_paid=Decimal("10000.00")
    )
    close()
    assert state_of(loan).missed_in_all == 1


def test_a_paid_instalment_that_falls_due_ends_the_row():
    loan = a_loan()
    an_instalment(loan, DAY - timedelta(10))
    an_instalment(loan, DAY + timedelta(5), paid=True)
    close()
    assert state_of(loan).missed_in_a_row == 1
    open_date(DAY + timedelta(6))
    close()
    assert (state_of(loan).missed_in_a_row, state_of(loan).missed_in_all) == (0, 1)


def test_the_night_counts_those_on_the_list():
    for pattern in ("---", "--p", "l-l---"):
        schedule(a_loan(), pattern)
    assert counts(close())["missed"] == {"in_a_row": 2, "in_all": 1, "no_data": 0}
