"""Month-ends are frozen by the first night of a later month and never again."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from postloan.classification.models import MonthEndBook, MonthEndLoan
from tests.test_nightly.book import a_loan, a_loan_overdue, close, deliver, open_date

pytestmark = pytest.mark.django_db


def night_of(day: date) -> None:
    open_date(day)
    close()


def test_the_last_night_of_a_month_is_frozen_when_the_next_month_opens():
    day = date(2026, 6, 29)
    open_date(day)
    loan = a_loan_overdue(30, day)
    close()
    night_of(date(2026, 6, 30))
    assert not MonthEndBook.objects.exists()
    open_date(date(2026, 7, 31))
    new = a_loan(date(2026, 7, 31))
    deliver(loan, date(2026, 7, 31), principal_balance=Decimal("1.00"))
    close()
    book = MonthEndBook.objects.get()
    assert (book.business_date, book.frozen_on, book.loan_count) == (date(2026, 6, 30), date(2026, 7, 31), 1)
    frozen = MonthEndLoan.objects.get()
    assert (frozen.loan, frozen.days_overdue, frozen.bucket, frozen.class_floor) == (loan, 31, "M2", "special_mention")
    assert frozen.principal_balance == Decimal("120000.00")
    assert new not in [row.loan for row in book.loans.all()]


def test_a_second_run_and_a_correction_leave_the_frozen_month_alone():
    open_date(date(2026, 6, 30))
    a_loan_overdue(30)
    close()
    night_of(date(2026, 7, 31))
    frozen = list(MonthEndLoan.objects.values())
    close(date(2026, 7, 31))
    open_date(date(2026, 7, 31), revision=2)
    close()
    assert list(MonthEndLoan.objects.values()) == frozen
    assert MonthEndBook.objects.count() == 1


def test_a_correction_of_a_months_last_date_is_in_the_frozen_month():
    day = date(2026, 6, 30)
    open_date(day)
    loan = a_loan(day)
    close()
    open_date(day, revision=2)
    deliver(loan, day, principal_balance=Decimal("5.00"))
    close()
    night_of(date(2026, 8, 1))
    assert MonthEndLoan.objects.get().principal_balance == Decimal("5.00")


def test_three_in_a_row_and_six_in_all_as_a_monthly_list():
    open_date(date(2026, 6, 30))
    loan = a_loan_overdue(10)
    close()
    night_of(date(2026, 7, 31))
    assert [row.loan for row in MonthEndLoan.objects.all().missed(in_a_row=1, in_all=6)] == [loan]
    assert not MonthEndLoan.objects.all().missed(in_a_row=3, in_all=6).exists()


@pytest.mark.parametrize("facts", [{"days_overdue": -1}, {"bucket": "M9"}, {"band": "late"}, {"class_floor": "fine"}])
def test_what_cannot_be_is_refused(facts):
    open_date(date(2026, 6, 30))
    a_loan()
    close()
    night_of(date(2026, 7, 31))
    with pytest.raises(IntegrityError), transaction.atomic():
        MonthEndLoan.objects.update(**facts)


def test_a_month_is_frozen_after_its_date_and_once():
    day = date(2026, 6, 30)
    for facts in ({"frozen_on": day, "loan_count": 0}, {"frozen_on": date(2026, 7, 1), "loan_count": -1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            MonthEndBook.objects.create(business_date=day, run_id=1, **facts)
    open_date(day)
    loan = a_loan()
    close()
    night_of(date(2026, 7, 31))
    row = MonthEndLoan.objects.get(loan=loan)
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()
