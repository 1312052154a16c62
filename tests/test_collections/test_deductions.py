"""Reminders with the exact amount, tomorrow's deductions, today's failures."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from postloan.collections.models import ExpectedDeduction, InstalmentReminder
from postloan.collections.services import list_deductions, raise_maturity_notices, remind_instalments
from postloan.core import outbox
from postloan.core.models import Delivery, Event, OutboxMessage
from postloan.todos.models import Todo
from tests.factories import DeductionFactory, InstalmentFactory, LoanFactory
from tests.test_collections.book import DAY, RUN, be_overdue, due_tomorrow, make_book, maturing

pytestmark = pytest.mark.django_db


@pytest.fixture
def book():
    return make_book()


def instalment(book, days, **fields):
    loan = LoanFactory(customer=book.customer, matures_on=DAY + timedelta(days=700))
    return InstalmentFactory(loan=loan, due_on=DAY + timedelta(days=days), **fields)


@pytest.mark.parametrize(("days", "steps"), [(0, []), (1, [1, 7]), (2, [7]), (7, [7]), (8, [])])
def test_reminders_by_days_before(book, days, steps):
    row = instalment(book, days)
    remind_instalments(DAY, RUN)
    assert sorted(InstalmentReminder.objects.filter(instalment=row).values_list("step_days", flat=True)) == steps
    assert OutboxMessage.objects.count() == (1 if steps else 0)


def test_the_message_says_the_exact_amount_and_a_masked_name(book):
    instalment(
        book, 1, principal_due=Decimal("10000.10"), principal_paid=Decimal("0.05"), interest_due=Decimal("435.00"),
        interest_paid=Decimal("500.00"),
    )  # fmt: skip
    remind_instalments(DAY, RUN)
    message = OutboxMessage.objects.get()
    subject, body = outbox.text_of(message)
    assert "10,000.05" in body
    assert "0.00" in body, "an overpaid interest does not offset the principal"
    assert book.customer.name not in body
    message.language = "en"
    assert "fall due" in outbox.text_of(message)[1]
    assert subject


@pytest.mark.parametrize(("cause", "reason"), [("paid", "paid"), ("moved", "moved"), ("day", "due_date")])
def test_reminders_end_and_unsent_messages_are_withdrawn(book, cause, reason):
    row = instalment(book, 5)
    remind_instalments(DAY, RUN)
    day = DAY + timedelta(days=1)
    if cause == "paid":
        row.principal_paid, row.interest_paid = row.principal_due, row.interest_due
    if cause == "moved":
        row.due_on += timedelta(days=60)
    if cause == "day":
        day = row.due_on
    row.save()
    remind_instalments(day, RUN + 1)
    assert set(InstalmentReminder.objects.values_list("end_reason", flat=True)) == {reason}
    assert Delivery.objects.get().state == "withdrawn"


def test_a_second_run_reminds_nobody(book):
    instalment(book, 1)
    remind_instalments(DAY, RUN)
    assert set(remind_instalments(DAY, RUN + 1).values()) == {0}


# ── deductions ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("balance", "shortfall", "todos"),
    [("100.00", "10335.00", 1), ("10434.99", "0.01", 1), ("10435.00", "0.00", 0), (None, None, 0)],
)
def test_the_shortfall_to_the_cent(book, balance, shortfall, todos):
    due_tomorrow(book, balance)
    list_deductions(DAY, RUN)
    row = ExpectedDeduction.objects.get()
    assert row.amount == Decimal("10435.00")
    assert row.shortfall == (None if shortfall is None else Decimal(shortfall))
    assert Todo.objects.open().count() == todos


def test_over_a_weekend_everything_until_the_next_working_day_is_listed(book):
    friday = date(2026, 7, 3)
    loan = LoanFactory(customer=book.customer, matures_on=date(2028, 1, 1))
    for number, due_on in enumerate([date(2026, 7, 4), date(2026, 7, 5), date(2026, 7, 6), date(2026, 7, 7)]):
        InstalmentFactory(loan=loan, number=number, due_on=due_on)
    list_deductions(friday, RUN)
    listed = list(ExpectedDeduction.objects.order_by("due_on").values_list("due_on", flat=True))
    assert listed == [date(2026, 7, 4), date(2026, 7, 5), date(2026, 7, 6)]


def test_a_loan_that_comes_back_as_a_whole_is_deducted_on_its_maturity(book):
    loan = maturing(book, 1, interest_receivable=Decimal("33.33"))
    raise_maturity_notices(DAY, RUN)
    list_deductions(DAY, RUN)
    row = ExpectedDeduction.objects.get(loan=loan)
    assert (row.principal, row.interest) == (Decimal("120000.00"), Decimal("33.33"))


def test_paid_in_time_or_filled_up_ends_the_call(book):
    loan = due_tomorrow(book)
    list_deductions(DAY, RUN)
    account = book.customer.accounts.get()
    account.balance = Decimal("20000.00")
    account.save()
    assert list_deductions(DAY, RUN)["changed"] == 1
    assert Todo.objects.get().close_reason == "no_longer_due"
    loan.instalments.update(principal_paid=Decimal("10000.00"), interest_paid=Decimal("435.00"))
    assert list_deductions(DAY, RUN)["ended"] == 1


def test_a_long_list_ends_in_as_many_queries_as_a_short_one(book):
    """What each todo became stands in its history all the same."""
    loans = [due_tomorrow(book) for _number in range(12)]
    list_deductions(DAY, RUN)
    paid = InstalmentFactory._meta.model.objects.filter(loan__in=loans[:5])
    paid.update(principal_paid=Decimal("10000.00"), interest_paid=Decimal("435.00"))
    with CaptureQueriesContext(connection) as few:
        assert list_deductions(DAY, RUN + 1)["ended"] == 5
    with CaptureQueriesContext(connection) as many:
        assert list_deductions(DAY + timedelta(days=1), RUN + 2)["ended"] == 7
    assert len(many) <= len(few)
    ends = Counter(Todo.objects.filter(kind="deduction_shortfall").values_list("state", "close_reason"))
    assert ends == {("withdrawn", "paid"): 5, ("withdrawn", "due_date_passed"): 7}
    assert Event.objects.filter(code="todo_withdrawn.deduction_shortfall").count() == 12


def test_a_second_run_lists_nothing_new(book):
    due_tomorrow(book)
    DeductionFactory(loan=LoanFactory(customer=book.customer))
    list_deductions(DAY, RUN)
    assert set(list_deductions(DAY, RUN + 1).values()) == {0}


def test_what_failed_today_becomes_a_call_and_ends_when_nothing_is_overdue(book):
    loan = LoanFactory(customer=book.customer)
    failed = DeductionFactory(loan=loan, taken=Decimal("35.00"), result="partly")
    DeductionFactory(loan=LoanFactory(customer=book.customer), result="taken")
    DeductionFactory(loan=LoanFactory(customer=book.customer, quarantined_since=DAY))
    assert list_deductions(DAY, RUN)["failures"] == 1
    todo = Todo.objects.get(kind="deduction_failed")
    assert (todo.subject_id, todo.arguments["deduction_id"], todo.due_on) == (loan.pk, failed.pk, date(2026, 7, 1))
    be_overdue(loan, 1, DAY + timedelta(days=1))
    list_deductions(DAY + timedelta(days=1), RUN)
    assert Todo.objects.open().filter(kind="deduction_failed").exists()
    be_overdue(loan, 0, DAY + timedelta(days=2))
    list_deductions(DAY + timedelta(days=2), RUN)
    assert not Todo.objects.open().filter(kind="deduction_failed").exists()


def test_the_next_failure_of_a_loan_takes_the_place_of_the_call_still_open(book):
    loan = LoanFactory(customer=book.customer)
    for day in (DAY, DAY + timedelta(days=1)):
        for hour in (1, 2):
            failed = DeductionFactory(loan=loan, tried_on=day, first_delivered_on=day, deduction_no=f"D{day}{hour}")
        be_overdue(loan, 1, day)
        assert list_deductions(day, RUN)["failures"] == 1
    todo = Todo.objects.open().get(kind="deduction_failed")
    assert todo.arguments["deduction_id"] == failed.pk
    assert Todo.objects.get(kind="deduction_failed", state="superseded").superseded_by == todo


def test_quarantined_loans_are_neither_reminded_nor_listed(book):
    row = instalment(book, 1)
    row.loan.quarantined_since = DAY
    row.loan.save()
    remind_instalments(DAY, RUN)
    list_deductions(DAY, RUN)
    assert not InstalmentReminder.objects.exists()
    assert not ExpectedDeduction.objects.exists()
