"""Intervals: written where something changed, readable for any past date, replaced by a correction."""

import hashlib
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from postloan.collections.models import BucketMove
from postloan.core.models import Finding
from postloan.loans.models import LoanState, LoanWatch
from postloan.nightly.models import NightRun
from tests.factories.customers import CustomerFactory, ResponsibilityFactory
from tests.factories.loans import LoanManagerFactory
from tests.test_nightly.book import (
    DAY,
    a_loan,
    a_loan_overdue,
    an_instalment,
    close,
    counts,
    deliver,
    open_date,
    pay,
    state_of,
)

pytestmark = pytest.mark.django_db
BUSINESS_TABLES = [LoanState, LoanWatch, BucketMove, Finding]


@pytest.fixture(autouse=True)
def _open():
    open_date(DAY)


def digest() -> str:
    """Every row and column of what a night writes, except its own trace."""
    found = hashlib.sha256()
    for model in BUSINESS_TABLES:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {model._meta.db_table} ORDER BY id")
            found.update(repr(cursor.fetchall()).encode())
    return found.hexdigest()


def night_of(day: date) -> NightRun:
    open_date(day)
    return close()


def moves_of(loan, scale="bucket"):
    rows = BucketMove.objects.counted().on_scale(scale).filter(loan=loan).order_by("business_date")
    return [(row.business_date, row.from_code, row.to_code, row.days_overdue) for row in rows]


def test_a_loan_that_stays_as_it_was_writes_nothing():
    loan = a_loan_overdue(40)
    run = close()
    assert counts(run)["intervals"] == {"opened": 1, "closed": 0, "superseded": 0, "watched": 1}
    later = night_of(DAY + timedelta(1))
    assert counts(later)["intervals"] == {"opened": 0, "closed": 0, "superseded": 0, "watched": 0}
    assert LoanState.objects.filter(loan=loan).count() == 1


def test_only_loans_touched_or_due_are_looked_at():
    a_loan(DAY)
    close()
    night_of(DAY + timedelta(1))
    assert counts(night_of(DAY + timedelta(2)))["overdue"]["looked_at"] == 0


def test_nights_that_come_late_find_what_fell_due_between():
    loan = a_loan()
    an_instalment(loan, DAY + timedelta(3))
    close()
    assert LoanWatch.objects.get(loan=loan).next_change_on == DAY + timedelta(4)
    for day, bucket in [(3, "M0"), (10, "M1"), (33, "M1"), (34, "M2"), (200, "M7"), (364, "M7")]:
        night_of(DAY + timedelta(day))
        assert state_of(loan).bucket == bucket
    assert state_of(loan).class_floor == "loss"
    assert moves_of(loan) == [
        (DAY + timedelta(10), "M0", "M1", 7),
        (DAY + timedelta(34), "M1", "M2", 31),
        (DAY + timedelta(200), "M2", "M7", 197),
    ]
    assert [row[2] for row in moves_of(loan, "band")] == ["days_1_30", "days_31_60", "days_181_270", "over_360"]


def test_the_book_of_a_past_date_is_what_it_was():
    loan = a_loan()
    first = an_instalment(loan, DAY - timedelta(1))
    close()
    night_of(DAY + timedelta(31))
    open_date(DAY + timedelta(40))
    pay(first, DAY + timedelta(40))
    deliver(loan, DAY + timedelta(40), principal_balance=Decimal("110000.00"))
    close()
    read = {
        days: (state.bucket, state.principal_balance)
        for days in (0, 30, 31, 39, 40)
        for state in LoanState.objects.as_of(DAY + timedelta(days)).filter(loan=loan)
    }
    before = Decimal("120000.00")
    assert read == {
        0: ("M1", before),
        30: ("M1", before),
        31: ("M2", before),
        39: ("M2", before),
        40: ("M0", Decimal("110000.00")),
    }
    assert moves_of(loan)[-1] == (DAY + timedelta(40), "M2", "M0", 0)


def test_a_second_run_of_a_closed_date_changes_no_row():
    a_loan_overdue(95, five_level_class="normal")
    a_loan()
    first = close()
    before = digest()
    second = close(DAY)
    assert digest() == before
    assert (first.attempt, second.attempt) == (1, 2)
    made = counts(second)
    assert made["overdue"]["looked_at"] == 2
    assert made["intervals"] == {"opened": 0, "closed": 0, "superseded": 0, "watched": 0}
    assert made["moves"] == {"moved": 0, "superseded": 0}
    assert made["class_findings"]["found"] == 0


def test_a_second_run_replaces_what_it_finds_otherwise():
    loan = a_loan_overdue(10)
    close()
    manager = ResponsibilityFactory(customer=loan.customer, line="corporate", valid_from=DAY)
    LoanWatch.objects.filter(loan=loan).update(touched_on=DAY)
    run = close(DAY)
    assert counts(run)["intervals"]["superseded"] == 1
    assert state_of(loan).manager == manager.staff
    assert LoanState.objects.filter(loan=loan).count() == 2


def test_a_correction_replaces_what_its_date_opened_and_leaves_what_it_closed():
    steady, changed, fresh_on = a_loan_overdue(10), a_loan_overdue(10), DAY + timedelta(31)
    close()
    open_date(fresh_on)
    new = a_loan_overdue(5, fresh_on)
    first = close()
    assert {len(moves_of(loan)) for loan in (steady, changed)} == {2}
    open_date(fresh_on, revision=2)
    deliver(new, fresh_on, superseded_on=fresh_on)
    new.watch.delete()
    new_balance = Decimal("99.00")
    deliver(changed, fresh_on, principal_balance=new_balance)
    pay(changed.instalments.get(), fresh_on)
    second = close()
    assert (second.revision, counts(second)["withdraw"]["superseded"]) == (2, 3)
    assert set(LoanState.objects.filter(run_id=first.pk).values_list("superseded_by_run", flat=True)) == {second.pk}
    assert not LoanState.objects.now().filter(loan=new).exists()
    for loan, bucket in ((steady, "M2"), (changed, "M0")):
        old, now = LoanState.objects.filter(loan=loan, superseded_by_run=None).order_by("valid_from")
        assert (old.valid_from, old.valid_to, now.valid_from, now.bucket) == (DAY, fresh_on, fresh_on, bucket)
    assert state_of(changed).principal_balance == new_balance
    assert moves_of(steady)[-1] == (fresh_on, "M1", "M2", 41)
    assert moves_of(changed)[-1] == (fresh_on, "M1", "M0", 0)
    assert not moves_of(new)
    superseded = BucketMove.objects.filter(run_id=first.pk)
    assert set(superseded.values_list("superseded_by_run", flat=True)) == {second.pk}


def test_a_correction_with_nothing_changed_says_the_same_as_before():
    a_loan_overdue(10)
    close()
    night_of(DAY + timedelta(31))
    columns = [field.attname for field in LoanState._meta.fields if field.attname not in ("id", "run_id")]
    before = list(LoanState.objects.as_of(DAY + timedelta(31)).values_list(*columns))
    open_date(DAY + timedelta(31), revision=2)
    close()
    assert list(LoanState.objects.as_of(DAY + timedelta(31)).values_list(*columns)) == before


def test_the_interval_of_a_withdrawn_loan_ends():
    loan = a_loan()
    close()
    open_date(DAY + timedelta(1))
    deliver(loan, DAY + timedelta(1), superseded_on=DAY + timedelta(1))
    close()
    assert LoanState.objects.get(loan=loan).valid_to == DAY + timedelta(1)


def test_the_manager_is_the_loans_own_else_the_customers_for_the_line():
    customer = CustomerFactory()
    corporate = ResponsibilityFactory(customer=customer, line="corporate")
    personal = ResponsibilityFactory(customer=customer, line="personal")
    ResponsibilityFactory(customer=customer, line="corporate", role="B")
    by_line, by_product = a_loan(customer=customer), a_loan(customer=customer, product__personal=True)
    of_main_line = a_loan(customer=customer, product=None, product_code="?", product_name="")
    own = LoanManagerFactory(loan=a_loan(customer=customer))
    nobody = a_loan()
    close()
    assert state_of(by_line).manager == state_of(of_main_line).manager == corporate.staff
    assert state_of(by_product).manager == personal.staff
    assert state_of(own.loan).manager == own.staff
    assert state_of(nobody).manager is None


def test_a_manager_who_begins_later_takes_effect_on_that_day_without_a_delivery():
    loan = a_loan()
    later = DAY + timedelta(10)
    former = ResponsibilityFactory(customer=loan.customer, line="corporate", valid_to=later)
    coming = ResponsibilityFactory(customer=loan.customer, line="corporate", valid_from=later)
    close()
    assert state_of(loan).manager == former.staff
    night_of(later - timedelta(1))
    assert state_of(loan).manager == former.staff
    night_of(later + timedelta(2))
    assert state_of(loan).manager == coming.staff


@pytest.mark.parametrize("day", [date(2028, 2, 29), date(2027, 2, 28), date(2026, 12, 31)])
def test_days_count_over_leap_days_and_month_ends(day):
    loan = a_loan(matures_on=date(2040, 1, 1))
    an_instalment(loan, day)
    close()
    for days, bucket in [(1, "M1"), (30, "M1"), (31, "M2"), (366, "M7")]:
        night_of(day + timedelta(days))
        assert state_of(loan).bucket == bucket
    assert state_of(loan).class_floor == "loss"


def test_another_threshold_makes_the_night_look_at_every_loan():
    from tests.factories.core import ParameterFactory

    loan = a_loan_overdue(40)
    close()
    ParameterFactory(key="classification.substandard_from", valid_from=DAY + timedelta(1), value=31)
    assert counts(night_of(DAY + timedelta(1)))["overdue"]["looked_at"] == 1
    assert state_of(loan).class_floor == "substandard"
