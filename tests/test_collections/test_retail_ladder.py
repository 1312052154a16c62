"""Retail goes by its own ladder: message, call, letter, visit, lawyer, guarantor, suit; each asked once, on its day."""

from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from postloan.collections import limits
from postloan.collections.models import OverdueStage
from postloan.collections.queries import works_of
from postloan.collections.services import follow_overdue
from postloan.core import outbox, parameter_values, parameters
from postloan.core.models import Delivery, OutboxMessage
from postloan.todos.models import Todo
from tests.factories import ContractFactory, GuaranteeFactory, LoanFactory, ParameterFactory, ProductFactory
from tests.test_collections.book import DAY, RUN, be_overdue, make_book

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def book():
    return make_book()


def retail(book, days, *, owed=None, **fields):
    product = ProductFactory(personal=True)
    loan = LoanFactory(customer=book.customer, product=product, matures_on=DAY + timedelta(days=900), **fields)
    be_overdue(loan, days, **(owed or {}))
    return loan


def asked(loan, day):
    """What the todos opened on a night ask, and until when, in days overdue."""
    since = OverdueStage.objects.filter(case__loan=loan).latest("pk").overdue_since
    opened = Todo.objects.filter(loan=loan, opened_on=day).order_by("pk")
    return [(todo.kind.removeprefix("overdue_"), (todo.due_on - since).days) for todo in opened]


STRATEGY = [
    (1, []),
    (4, [("contact", 10), ("cause", 10)]),
    (11, [("contact", 30), ("letter", 30)]),
    (31, [("visit", 60), ("notice", 60)]),
    (61, [("lawyer_letter", 90), ("guarantor_claim", 90)]),
    (91, [("suit", 106), ("notice", 106)]),
]


def test_every_rung_asks_on_its_first_day_and_for_nothing_between(book):
    contract = ContractFactory(customer=book.customer)
    GuaranteeFactory(contract_no=contract.contract_no, contract=contract)
    loan = retail(book, 1, contract_no=contract.contract_no)
    found = {}
    for days in range(1, 100):
        day = DAY + timedelta(days=days - 1)
        follow_overdue(day, RUN + days)
        if OverdueStage.objects.filter(case__loan=loan, raised_on=day).exists():
            found[days] = asked(loan, day)
    assert found == dict(STRATEGY)
    reasons = list(OverdueStage.objects.order_by("pk").values_list("reason", flat=True))
    assert reasons == ["opened", "rung", "rung", "worse", "worse", "worse"]


@pytest.mark.parametrize(("days", "expected"), STRATEGY)
def test_a_jump_asks_only_for_the_rung_reached(book, days, expected):
    loan = retail(book, days + 1)
    follow_overdue(DAY, RUN)
    assert asked(loan, DAY) == [(work, due + 1) for work, due in expected if work != "guarantor_claim"]


def test_without_a_guarantee_no_claim_is_asked_and_the_stage_does_not_expect_it(book):
    loan = retail(book, 61)
    follow_overdue(DAY, RUN)
    stage = OverdueStage.objects.get(case__loan=loan)
    assert [work["work"] for work in stage.expected] == ["lawyer_letter"]


def test_a_payment_that_lowers_the_rung_asks_for_nothing_and_the_next_rise_does(book):
    loan = retail(book, 12)
    follow_overdue(DAY, RUN)
    day = DAY + timedelta(days=1)
    be_overdue(loan, 5, day)
    assert follow_overdue(day, RUN + 1)["stages"] == 0
    day += timedelta(days=6)
    assert follow_overdue(day, RUN + 2)["stages"] == 1
    assert asked(loan, day) == [("contact", 30), ("letter", 30)]


def test_a_correction_of_a_rung_puts_the_former_one_back(book):
    loan = retail(book, 10)
    follow_overdue(DAY, RUN)
    day = DAY + timedelta(days=1)
    be_overdue(loan, 11, day)
    follow_overdue(day, RUN + 1)
    be_overdue(loan, 8, day)
    follow_overdue(day, RUN + 2)
    assert list(OverdueStage.objects.standing().values_list("reason", flat=True)) == ["opened"]
    assert set(Todo.objects.open().values_list("kind", flat=True)) == {"overdue_contact", "overdue_cause"}
    assert set(follow_overdue(day, RUN + 3).values()) == {0}


# ── the message to the borrower ───────────────────────────────────────────────────────────────────────────


def test_the_borrower_is_told_the_exact_arrears_once_and_nobody_else(book):
    loan = retail(book, 1, owed={"overdue_principal": Decimal("1234.56"), "overdue_interest": Decimal("7.80")})
    assert follow_overdue(DAY, RUN)["borrowers_told"] == 1
    assert follow_overdue(DAY, RUN + 1)["borrowers_told"] == 0
    message = OutboxMessage.objects.get()
    assert (message.recipient_kind, message.customer_id, message.address) == (
        "borrower",
        book.customer.pk,
        "13800001234",
    )
    for language, words in (("zh-hans", "逾期"), ("en", "overdue")):
        message.language = language
        body = outbox.text_of(message)[1]
        assert words in body
        for amount in ("1,242.36", "1,234.56", "7.80", loan.loan_no):
            assert amount in body
        assert book.customer.name not in body


def test_interest_nobody_knows_is_not_told_as_nothing(book):
    retail(book, 1, owed={"overdue_interest": None})
    follow_overdue(DAY, RUN)
    message = OutboxMessage.objects.get()
    assert message.template == "overdue_borrower_principal"
    assert "0.00" not in outbox.text_of(message)[1].replace("1,000.00", "")


def test_corporate_borrowers_are_called_and_not_messaged(book):
    loan = LoanFactory(customer=book.customer, matures_on=DAY + timedelta(days=900))
    be_overdue(loan, 1)
    assert follow_overdue(DAY, RUN)["borrowers_told"] == 0


def test_what_is_paid_before_it_is_sent_is_taken_back(book):
    loan = retail(book, 1)
    follow_overdue(DAY, RUN)
    stage = OverdueStage.objects.get()
    assert [work.state for work in works_of(stage, day=DAY)] == ["todo"]
    day = DAY + timedelta(days=1)
    be_overdue(loan, 0, day)
    follow_overdue(day, RUN + 1)
    assert Delivery.objects.get().state == "withdrawn"


def test_a_night_in_the_quiet_hours_lets_it_lie_until_the_morning(book):
    """Quiet hours that are always: whenever this test runs, the message waits for their end."""
    ParameterFactory(key="collections.quiet_from", value="00:00")
    ParameterFactory(key="collections.quiet_until", value="23:59")
    retail(book, 1)
    follow_overdue(DAY, RUN)
    morning = Delivery.objects.get().next_try_at.astimezone(SHANGHAI).time()
    assert (morning.hour, morning.minute) == (23, 59)


# ── a ladder of the bank's own ────────────────────────────────────────────────────────────────────────────


def test_a_bank_sets_its_own_ladder_with_every_word(book):
    own = {
        "1": [{"work": "contact", "within": 1, "unit": "working_days"}],
        "8": [{"work": "guarantor_claim", "within": 5, "unit": "days"}, {"work": "suit", "within": 5, "unit": "days"}],
    }
    definition = parameters.definition(limits.RETAIL_LADDER)
    text = parameter_values.written(own, definition.default)
    assert parameter_values.parse(definition, text) == own
    assert parameter_values.parse(parameters.definition(limits.CORPORATE_LADDER), text) == own
    ParameterFactory(key=limits.RETAIL_LADDER, value=own)
    loan = retail(book, 8)
    follow_overdue(DAY, RUN)
    assert asked(loan, DAY) == [("suit", 13)]


@pytest.mark.parametrize(
    ("ladder", "problem"),
    [
        ('{"1": [{"work": "shout", "within": 1, "unit": "days"}]}', "字段"),
        ('{"4": [{"work": "contact", "within": 1, "unit": "days"}]}', "第 1 天"),
        ('{"1": [], "04": []}', "第 1 天"),
        (
            '{"1": [{"work": "suit", "within": 1, "unit": "days"}, {"work": "suit", "within": 2, "unit": "days"}]}',
            "两次",
        ),
    ],
)
def test_a_ladder_that_makes_no_sense_is_refused(ladder, problem):
    with pytest.raises(parameter_values.NotAValue, match=problem):
        parameter_values.parse(parameters.definition(limits.RETAIL_LADDER), ladder)
