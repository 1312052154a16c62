"""Maturity notices: which are raised on which night, what they make, and when they are taken back."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from postloan.collections.models import MaturityNotice, WithdrawReason
from postloan.collections.services import raise_maturity_notices, receive_notice
from postloan.collections.services.receipts import Refused
from postloan.core.models import Delivery, OutboxMessage
from postloan.todos.kinds import TodoKind, TodoState
from postloan.todos.models import Todo
from tests.factories import (
    BusinessDateFactory,
    CustomerFactory,
    InstalmentFactory,
    LoanFactory,
    OffBalanceItemFactory,
    ResponsibilityFactory,
    StaffFactory,
)

pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 30)


@pytest.fixture
def customer():
    BusinessDateFactory(date=DAY)
    customer = CustomerFactory()
    ResponsibilityFactory(customer=customer, staff=StaffFactory(post="account_manager", branch=customer.branch))
    return customer


def loan_maturing(customer, days, *, term=400, **fields):
    matures_on = DAY + timedelta(days=days)
    return LoanFactory(
        customer=customer,
        matures_on=matures_on,
        disbursed_on=matures_on - timedelta(days=term),
        repayment_method=fields.pop("method", "bullet"),
        **fields,
    )


def steps_of(loan):
    return sorted(MaturityNotice.objects.standing().filter(loan=loan).values_list("step_days", flat=True))


@pytest.mark.parametrize(
    ("days", "steps"),
    [(-1, []), (0, [1, 7, 30, 90]), (1, [1, 7, 30, 90]), (2, [7, 30, 90]), (7, [7, 30, 90]), (8, [30, 90]),
     (30, [30, 90]), (31, [90]), (90, [90]), (91, [])],
)  # fmt: skip
def test_a_row_for_each_step_reached(customer, days, steps):
    loan = loan_maturing(customer, days)
    raise_maturity_notices(DAY, 1)
    assert steps_of(loan) == steps


def test_only_the_tightest_makes_a_todo_and_messages(customer):
    loan = loan_maturing(customer, 5, interest_receivable=Decimal("12.30"))
    counts = raise_maturity_notices(DAY, 1)
    assert (counts["raised"], counts["todos"], counts["messages"]) == (3, 1, 2)
    todo = Todo.objects.get(kind=TodoKind.MATURITY_NOTICE)
    assert todo.occurrence == f"{loan.matures_on}:7"
    borrower = OutboxMessage.objects.get(recipient_kind="borrower")
    assert borrower.arguments["principal"] == "120,000.00"
    assert borrower.arguments["interest"] == "12.30"
    assert customer.name not in str(borrower.arguments)


def test_a_second_run_writes_nothing(customer, django_assert_num_queries):
    loan_maturing(customer, 5)
    raise_maturity_notices(DAY, 1)
    before = [model.objects.count() for model in (MaturityNotice, Todo, OutboxMessage, Delivery)]
    counts = raise_maturity_notices(DAY, 2)
    assert set(counts.values()) == {0}
    assert [model.objects.count() for model in (MaturityNotice, Todo, OutboxMessage, Delivery)] == before


def test_a_loan_shorter_than_a_step_has_no_such_step(customer):
    short = loan_maturing(customer, 20, term=60)
    exact = loan_maturing(customer, 90, term=90)
    below = loan_maturing(customer, 89, term=89)
    raise_maturity_notices(DAY, 1)
    assert (steps_of(short), steps_of(exact), steps_of(below)) == ([30], [90], [])


@pytest.mark.parametrize(
    ("method", "instalments", "matures"),
    [("equal_instalments", 2, False), ("equal_principal", 1, False), ("bullet", 1, True), ("interest_monthly", 3, True),
     ("", 2, False), ("other", 1, True), ("", 0, True), ("equal_instalments", 0, True)],
)  # fmt: skip
def test_the_last_instalment_of_an_amortising_loan_is_no_maturity(customer, method, instalments, matures):
    loan = loan_maturing(customer, 5, method=method)
    for number in range(instalments):
        InstalmentFactory(loan=loan, number=number + 1, due_on=loan.matures_on - timedelta(days=30 * number))
    raise_maturity_notices(DAY, 1)
    assert bool(steps_of(loan)) is matures


@pytest.mark.parametrize("trait", ["settled", "written_off", "transferred", "superseded"])
def test_what_is_not_worked_on_has_no_notice(customer, trait):
    loan = loan_maturing(customer, 5, **{trait: True})
    quarantined = loan_maturing(customer, 5, quarantined_since=DAY)
    raise_maturity_notices(DAY, 1)
    assert not steps_of(loan)
    assert not steps_of(quarantined)


def test_off_balance_items_of_the_watched_kinds_mature(customer):
    for kind in ("acceptance", "guarantee_letter", "letter_of_credit", "non_standard", "commitment"):
        OffBalanceItemFactory(customer=customer, kind=kind, matures_on=DAY + timedelta(days=5))
    raise_maturity_notices(DAY, 1)
    kinds = set(MaturityNotice.objects.values_list("item__kind", flat=True))
    assert kinds == {"acceptance", "guarantee_letter", "letter_of_credit", "non_standard"}
    uncovered = OutboxMessage.objects.filter(recipient_kind="borrower").first()
    assert uncovered.arguments["uncovered"] == "50,000.00"


def test_a_tighter_step_takes_the_place_of_the_former_todo(customer):
    loan = loan_maturing(customer, 60)
    raise_maturity_notices(DAY, 1)
    raise_maturity_notices(DAY + timedelta(days=31), 2)
    assert steps_of(loan) == [30, 90]
    notices = Todo.objects.filter(kind=TodoKind.MATURITY_NOTICE).order_by("pk")
    assert list(notices.values_list("state", flat=True)) == [TodoState.SUPERSEDED, TodoState.OPEN]
    assert Todo.objects.get(kind=TodoKind.MATURITY_PLAN).is_open


def test_an_extension_withdraws_the_old_cycle_and_begins_a_new_one(customer):
    loan = loan_maturing(customer, 5)
    raise_maturity_notices(DAY, 1)
    loan.matures_on += timedelta(days=60)
    loan.save()
    raise_maturity_notices(DAY + timedelta(days=1), 2)
    old = MaturityNotice.objects.exclude(withdrawn_on=None)
    assert {notice.withdraw_reason for notice in old} == {WithdrawReason.MATURITY_MOVED}
    assert old.count() == 3
    assert steps_of(loan) == [90]
    assert Todo.objects.open().get().occurrence == f"{loan.matures_on}:90"
    assert not Delivery.objects.filter(state="waiting", message__key__contains=f"{DAY + timedelta(days=5)}").exists()


def test_settled_means_withdrawn(customer):
    loan = loan_maturing(customer, 5)
    raise_maturity_notices(DAY, 1)
    loan.status, loan.principal_balance = "settled", 0
    loan.save()
    raise_maturity_notices(DAY + timedelta(days=1), 2)
    assert set(MaturityNotice.objects.values_list("withdraw_reason", flat=True)) == {"settled"}
    assert set(Todo.objects.values_list("close_reason", flat=True)) == {"settled"}


def test_a_correction_takes_back_what_its_date_raised_and_what_its_date_withdrew(customer):
    loan, other = loan_maturing(customer, 5), loan_maturing(customer, 5)
    raise_maturity_notices(DAY, 1)
    raised_before = DAY + timedelta(days=1)
    other.status = "settled"
    other.save()
    wrong = loan_maturing(customer, 6)
    raise_maturity_notices(raised_before, 2)
    wrong.superseded_on = raised_before
    wrong.save()
    other.status = "active"
    other.save()
    raise_maturity_notices(raised_before, 3)
    assert set(MaturityNotice.objects.filter(loan=wrong).values_list("withdraw_reason", flat=True)) == {"corrected"}
    assert steps_of(other) == steps_of(loan) == [7, 30, 90]
    assert MaturityNotice.objects.filter(loan=other).count() == 3
    assert sorted(Todo.objects.open().filter(loan=other).values_list("kind", flat=True)) == [
        "maturity_notice",
        "maturity_plan",
    ]
    assert set(raise_maturity_notices(raised_before, 4).values()) == {0}


def test_a_receipt_is_kept_once_and_asks_for_the_plan(customer):
    loan = loan_maturing(customer, 60)
    raise_maturity_notices(DAY, 1)
    notice = MaturityNotice.objects.get(loan=loan)
    manager = Todo.objects.get().assignee
    receive_notice(notice, acting_user=manager)
    moment = MaturityNotice.objects.get().received_at
    receive_notice(notice, acting_user=manager)
    assert MaturityNotice.objects.get().received_at == moment
    todo = Todo.objects.open().get()
    assert (todo.kind, todo.due_on) == (TodoKind.MATURITY_PLAN, notice.due_on)
    assert notice.due_on == date(2026, 7, 14), "ten working days after 30 June 2026"


def test_a_withdrawn_notice_cannot_be_received(customer):
    loan = loan_maturing(customer, 60)
    raise_maturity_notices(DAY, 1)
    MaturityNotice.objects.update(withdrawn_on=DAY, withdraw_reason="settled")
    with pytest.raises(Refused):
        receive_notice(MaturityNotice.objects.get(loan=loan), acting_user=StaffFactory(post="account_manager"))


def test_once_the_day_has_passed_the_todo_ends(customer):
    loan_maturing(customer, 5)
    raise_maturity_notices(DAY, 1)
    raise_maturity_notices(DAY + timedelta(days=5), 2)
    assert Todo.objects.open().exists()
    raise_maturity_notices(DAY + timedelta(days=6), 3)
    assert not Todo.objects.open().exists()
