"""Contacts are kept within the rules, close what they answer, and promises are compared with what came in."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from postloan.collections import rules
from postloan.collections.models import ActionRecord, Promise
from postloan.collections.services import ContactRefused, Done, evaluate_promises, follow_overdue, record_action
from postloan.collections.services.actions import works_answered
from postloan.core.models import OutboxMessage
from postloan.todos.models import Todo
from postloan.todos.services import NotYours
from tests.factories import ContractFactory, GuaranteeFactory, RepaymentFactory, StaffFactory
from tests.factories.collecting import PromiseFactory
from tests.test_collections.book import DAY, RUN, make_book, overdue

SHANGHAI = ZoneInfo("Asia/Shanghai")
LIMITS = rules.ContactLimits(time(22), time(8), tries_a_number=6, reached_calls=3)


def contact(at="10:00", **fields):
    moment = datetime.combine(DAY, time.fromisoformat(at), SHANGHAI)
    return rules.Contact(**{"way": "call", "whom": "borrower", "at": moment, **fields})


def codes(found):
    return [refusal.code for refusal in rules.contact_refusals(found, LIMITS)]


@pytest.mark.parametrize(
    ("at", "is_refused"),
    [("07:59:59", True), ("08:00:00", False), ("21:59:59", False), ("22:00:00", True), ("00:00:00", True)],
)
@pytest.mark.parametrize("way", ["call", "message", "visit"])
def test_quiet_hours_to_the_second(way, at, is_refused):
    assert ("quiet_hours" in codes(contact(at, way=way))) is is_refused


def test_a_letter_may_be_written_at_night():
    assert codes(contact("23:00", way="letter")) == []


@pytest.mark.parametrize(("tries", "found"), [(5, []), (6, ["too_many_tries"])])
def test_tries_a_number(tries, found):
    assert codes(contact(tries_on_number=tries)) == found


@pytest.mark.parametrize(("reached", "found"), [(2, []), (3, ["too_many_calls"])])
def test_calls_that_reached(reached, found):
    assert codes(contact(reached_calls=reached)) == found


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"whom": "third_party"}, ["third_party"]),
        ({"whom": "guarantor"}, ["no_guarantee"]),
        ({"whom": "guarantor", "has_guarantee": True}, []),
        ({"whom": "contact"}, ["contact_only_to_find"]),
        ({"whom": "contact", "debtor_unreachable": True}, []),
        ({"whom": "contact", "debtor_unreachable": True, "way": "visit"}, ["contact_only_to_find"]),
        ({"whom": "contact", "debtor_unreachable": True, "declined_before": True}, ["contact_declined"]),
    ],
)
def test_who_may_be_spoken_to(fields, found):
    assert codes(contact(**fields)) == found


def test_every_refusal_names_its_source():
    refused = rules.contact_refusals(contact("23:00", whom="third_party", tries_on_number=9), LIMITS)
    assert len(refused) == 3
    assert all(refusal.source for refusal in refused)


# ── recording ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def book(db):
    book = make_book()
    book.loan = overdue(book, 1)
    follow_overdue(DAY, RUN)
    return book


def done(hour=10, minute=0, **fields):
    moment = datetime.combine(DAY, time(hour, minute), SHANGHAI)
    base = {"way": "call", "whom": "borrower", "result": "reached", "happened_at": moment, "number": "13800001234"}
    return Done(**{**base, **fields})


def open_kinds():
    return set(Todo.objects.open().values_list("kind", flat=True))


def test_each_work_is_closed_by_what_answers_it(book):
    record_action(book.loan, done(), acting_user=book.manager)
    assert open_kinds() == {"overdue_cause", "overdue_visit", "overdue_notice"}
    record_action(book.loan, done(11, cause="sales_fell"), acting_user=book.manager)
    assert open_kinds() == {"overdue_visit", "overdue_notice"}
    record_action(book.loan, done(14, way="visit", number=""), acting_user=book.manager)
    record_action(book.loan, done(15, way="letter", number="", result="delivered"), acting_user=book.manager)
    assert open_kinds() == {"overdue_notice"}, "a demand is answered by its letters and their receipts alone"


@pytest.mark.parametrize(
    ("fields", "answered"),
    [
        ({"way": "call", "result": "not_reached"}, {"contact"}),
        ({"way": "talk"}, {"contact"}),
        ({"way": "message"}, set()),
        ({"way": "visit", "cause": "illness"}, {"contact", "visit", "cause"}),
        ({"way": "letter", "result": "delivered"}, {"letter"}),
        ({"way": "lawyer_letter", "result": "delivered"}, {"letter", "lawyer_letter"}),
        ({"way": "lawyer_letter", "result": "cannot_be_found"}, {"letter"}),
        ({"way": "suit", "result": "sue"}, {"suit"}),
        ({"way": "suit", "result": "no_suit"}, {"suit"}),
        ({"way": "suit", "result": "reached"}, set()),
    ],
)
def test_which_works_a_record_answers(fields, answered):
    assert works_answered(done(**fields)) == answered


def test_counts_are_those_of_the_shanghai_day(book):
    for minute in range(6):
        record_action(book.loan, done(9, minute, result="not_reached"), acting_user=book.manager)
    with pytest.raises(ContactRefused) as refused:
        record_action(book.loan, done(20), acting_user=book.manager)
    assert [one.code for one in refused.value.refusals] == ["too_many_tries"]
    record_action(book.loan, done(20, number="13900001234"), acting_user=book.manager)
    before = datetime.combine(DAY - timedelta(days=1), time(21), SHANGHAI)
    record_action(book.loan, done(happened_at=before), acting_user=book.manager)
    assert ActionRecord.objects.count() == 8


def test_the_number_is_encrypted_and_found_by_its_index(book):
    record = record_action(book.loan, done(new_phone="13911112222"), acting_user=book.manager)
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT number, new_phone FROM collections_actionrecord WHERE id = %s", [record.pk])
        stored = cursor.fetchone()
    assert all(text.startswith("pl1:") for text in stored)
    todo = Todo.objects.get(kind="data_correction")
    assert "13911112222" not in str(todo.arguments)
    book.customer.refresh_from_db()
    assert book.customer.phone == "13800001234"


def test_somebody_elses_todo_is_not_closed(book):
    stranger = StaffFactory(post="account_manager", branch=book.branch)
    with pytest.raises(NotYours):
        record_action(book.loan, done(), acting_user=stranger)
    assert not ActionRecord.objects.exists()
    record_action(book.loan, done(), acting_user=book.head)


def test_a_guarantor_only_under_a_guarantee_of_this_contract(book):
    contract = ContractFactory(customer=book.customer)
    book.loan.contract_no = contract.contract_no
    book.loan.save()
    ours = GuaranteeFactory(contract_no=contract.contract_no, contract=contract)
    other = GuaranteeFactory()
    record_action(book.loan, done(whom="guarantor", guarantee=ours), acting_user=book.manager)
    with pytest.raises(ContactRefused):
        record_action(book.loan, done(whom="guarantor", guarantee=other), acting_user=book.manager)


def test_the_database_refuses_third_parties_and_unnamed_guarantors(book):
    record = record_action(book.loan, done(), acting_user=book.manager)
    for whom in ("third_party", "guarantor"):
        with pytest.raises(IntegrityError), transaction.atomic():
            ActionRecord.objects.filter(pk=record.pk).update(whom=whom)


# ── promises ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("paid", "on", "state"),
    [("999.99", 6, "open"), ("1000.00", 1, "kept"), ("999.99", 7, "broken"), ("0", 5, "open"), ("1000.01", 9, "kept")],
)
def test_what_a_promise_comes_to(paid, on, state):
    """Promised for the fifth with one day of grace."""
    found = rules.promise_outcome(
        amount=Decimal("1000.00"), paid=Decimal(paid), promised_on=date(2026, 7, 5), on=date(2026, 7, on),
        share_pct=Decimal("100"), grace_days=1,
    )  # fmt: skip
    assert found == state


def test_a_promise_is_compared_with_the_receipts_of_its_time(book):
    record = record_action(
        book.loan,
        done(result="promised", promised_amount=Decimal("1000.00"), promised_on=date(2026, 7, 5)),
        acting_user=book.manager,
    )
    RepaymentFactory(loan=book.loan, paid_on=DAY - timedelta(days=1), principal=Decimal("5000"), interest=Decimal(0))
    RepaymentFactory(loan=book.loan, paid_on=date(2026, 7, 6), principal=Decimal("600"), interest=Decimal("399.99"))
    reversed_one = RepaymentFactory(loan=book.loan, paid_on=date(2026, 7, 2), principal=Decimal("900"))
    RepaymentFactory(loan=book.loan, paid_on=date(2026, 7, 2), reverses_receipt_no=reversed_one.receipt_no)
    assert evaluate_promises(date(2026, 7, 6), RUN)["broken"] == 0
    assert evaluate_promises(date(2026, 7, 7), RUN)["broken"] == 1
    promise = Promise.objects.get(action=record)
    assert (promise.state, promise.paid) == ("broken", Decimal("999.99"))
    assert Todo.objects.open().filter(kind="promise_due").count() == 1
    assert OutboxMessage.objects.filter(template="promise_broken_staff").count() == 1
    assert set(evaluate_promises(date(2026, 7, 7), RUN + 1).values()) == {0}


def test_a_correction_of_the_same_date_reopens_the_question(book):
    promise = PromiseFactory(loan=book.loan, action__loan=book.loan, made_on=DAY, promised_on=date(2026, 7, 1))
    evaluate_promises(date(2026, 7, 10), RUN)
    RepaymentFactory(loan=book.loan, paid_on=date(2026, 7, 1), principal=Decimal("1000"), interest=Decimal(0))
    assert evaluate_promises(date(2026, 7, 10), RUN + 1)["kept"] == 1
    promise.refresh_from_db()
    assert promise.state == "kept"
    assert not Todo.objects.open().filter(kind="promise_due").exists()


def test_moments_are_kept_with_their_zone(book):
    record = record_action(book.loan, done(), acting_user=book.manager)
    assert record.happened_at.astimezone(UTC).hour == 2
