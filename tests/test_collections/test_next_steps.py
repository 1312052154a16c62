"""The next step agreed with a debtor waits for its day, is answered by the next contact, and goes with the arrears."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from postloan.collections.services import (
    correct_data,
    evaluate_promises,
    follow_overdue,
    record_action,
    show_new_details,
)
from postloan.core.models import Event, OutboxMessage, PersonalDataAccess
from postloan.todos.models import Todo
from tests.factories import StaffFactory
from tests.factories.collecting import ActionRecordFactory, PromiseFactory
from tests.test_collections.book import DAY, RUN, be_overdue, log_in, make_book, overdue
from tests.test_collections.test_actions import done

pytestmark = pytest.mark.django_db

FRIDAY = DAY + timedelta(days=3)


@pytest.fixture
def book():
    book = make_book()
    book.loan = overdue(book, 5)
    follow_overdue(DAY, RUN)
    return book


def agree(book, step="上门核实回款", on=FRIDAY, **fields):
    return record_action(book.loan, done(next_step=step, next_step_on=on, **fields), acting_user=book.manager)


def steps(state="open"):
    return Todo.objects.filter(kind="next_step", state=state)


def on_date(book, day):
    from tests.factories import BusinessDateFactory

    BusinessDateFactory(date=day)


def test_a_step_with_a_day_becomes_a_todo_of_the_manager_for_that_day(book):
    record = agree(book)
    todo = steps().get()
    assert (todo.assignee, todo.due_on, todo.loan, todo.opened_on) == (book.manager, FRIDAY, book.loan, DAY)
    assert todo.arguments["action"] == record.pk
    assert todo.reason == f"{DAY} 由{book.manager.name}约定：上门核实回款"


def test_the_next_contact_on_its_day_answers_it(book):
    agree(book)
    on_date(book, FRIDAY)
    record_action(book.loan, done(15), acting_user=book.manager)
    assert steps("done").get().closed_by == book.manager


def test_a_contact_before_its_day_leaves_it(book):
    agree(book)
    record_action(book.loan, done(15), acting_user=book.manager)
    assert steps().count() == 1


def test_another_step_takes_its_place(book):
    agree(book)
    agree(book, "联系担保人", FRIDAY + timedelta(days=4))
    assert steps().get().arguments["step"] == "联系担保人"
    assert steps("superseded").get().superseded_by == steps().get()


def test_it_goes_when_nothing_is_overdue_any_more_and_comes_back_with_a_correction(book):
    agree(book)
    on_date(book, DAY + timedelta(days=1))
    be_overdue(book.loan, 0, DAY + timedelta(days=1))
    follow_overdue(DAY + timedelta(days=1), RUN + 1)
    assert steps("withdrawn").get().close_reason == "current_again"
    be_overdue(book.loan, 6, DAY + timedelta(days=1))
    follow_overdue(DAY + timedelta(days=1), RUN + 2)
    assert steps().count() == 1
    assert Event.objects.filter(code="todo_reopened.next_step").count() == 1
    assert not steps("withdrawn").exists()


def test_it_stays_when_a_correction_only_changes_the_stage(book):
    agree(book)
    be_overdue(book.loan, 4, DAY)
    follow_overdue(DAY, RUN + 1)
    assert steps().count() == 1


def test_it_goes_when_a_correction_finds_nothing_overdue(book):
    agree(book)
    be_overdue(book.loan, 0, DAY)
    follow_overdue(DAY, RUN + 1)
    assert steps("withdrawn").get().close_reason == "corrected"


def test_it_goes_when_the_loan_is_settled(book):
    agree(book)
    Todo.objects.exclude(kind="next_step").delete()
    book.loan.overdue_cases.update(closed_on=DAY, close_reason="current")
    book.loan.status = "settled"
    book.loan.save()
    assert follow_overdue(DAY + timedelta(days=1), RUN + 1)["steps_withdrawn"] == 1
    assert steps("withdrawn").get().close_reason == "settled"


# ── promises on their day, new details ──────────────────────────────────────────────────────────────────────


def promise_todos():
    return list(Todo.objects.filter(kind="promise_due").order_by("pk").values_list("occurrence", "state", "due_on"))


def test_a_promise_asks_the_day_after_and_again_when_it_is_broken(book):
    PromiseFactory(loan=book.loan, action__loan=book.loan, made_on=DAY, promised_on=DAY + timedelta(days=1))
    day = DAY + timedelta(days=2)
    assert evaluate_promises(DAY + timedelta(days=1), RUN)["due"] == 0
    assert evaluate_promises(day, RUN + 1) == {"kept": 0, "broken": 0, "opened_again": 0, "due": 1}
    assert promise_todos() == [("2026-07-01:due", "open", day)]
    assert set(evaluate_promises(day, RUN + 2).values()) == {0}
    after = day + timedelta(days=1)
    assert evaluate_promises(after, RUN + 3)["broken"] == 1
    assert promise_todos() == [
        ("2026-07-01:due", "superseded", day),
        ("2026-07-01:broken", "open", after + timedelta(days=3)),
    ]
    assert OutboxMessage.objects.filter(template="promise_broken_staff").count() == 1


def test_a_night_that_comes_late_finds_it_broken_at_once(book):
    PromiseFactory(loan=book.loan, action__loan=book.loan, made_on=DAY, promised_on=DAY + timedelta(days=1))
    assert evaluate_promises(DAY + timedelta(days=9), RUN)["broken"] == 1
    assert [row[0] for row in promise_todos()] == ["2026-07-01:broken"]


def test_new_details_are_kept_and_asked_of_core_banking(book):
    record = record_action(
        book.loan, done(new_phone="13900001111", new_address="澜州市新港路 8 号"), acting_user=book.manager
    )
    todo = Todo.objects.get(kind="data_correction")
    assert (todo.assignee, todo.subject_id) == (book.manager, record.pk)
    record.refresh_from_db()
    assert (record.new_phone, record.new_address) == ("13900001111", "澜州市新港路 8 号")
    book.customer.refresh_from_db()
    assert book.customer.phone != "13900001111"
    correct_data(record, acting_user=book.manager)
    todo.refresh_from_db()
    assert todo.state == "done"


def test_who_corrects_the_data_sees_them_in_clear_and_that_is_kept(book):
    record = record_action(book.loan, done(new_phone="13900001111"), acting_user=book.manager)
    todo = Todo.objects.get(kind="data_correction")
    address = reverse("collections:correct_data", args=[todo.pk])
    client = log_in(book.manager)
    assert "13900001111" not in client.get(address).content.decode()
    assert not PersonalDataAccess.objects.exists()
    answer = client.post(address, {"show": "1"})
    assert "13900001111" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    kept = PersonalDataAccess.objects.get()
    assert (kept.staff, kept.what, kept.customer_id) == (book.manager, "phone", book.customer.pk)
    assert DAY.isoformat() in kept.reason
    client.post(address)
    todo.refresh_from_db()
    assert (todo.state, todo.closed_by) == ("done", book.manager)
    supervisor = StaffFactory(post="supervisor", branch=book.branch)
    with pytest.raises(PermissionDenied):
        show_new_details(record, acting_user=supervisor, address=None)
    assert PersonalDataAccess.objects.count() == 1


def test_the_form_says_how_often_the_debtor_was_called_today(book, monkeypatch):
    monkeypatch.setattr("postloan.collections.rules.is_quiet", lambda *_args, **_kwargs: False)
    address = reverse("collections:record", args=[book.loan.pk])
    client = log_in(book.manager)
    assert "今日已致电" not in client.get(address).content.decode()
    now = timezone.now()
    for result in ("reached", "not_reached"):
        ActionRecordFactory(loan=book.loan, happened_at=now, recorded_at=now, result=result)
    assert "今日已致电债务人 2 次，接通 1 次" in client.get(address).content.decode()
    ActionRecordFactory(loan=book.loan, happened_at=now, recorded_at=now)
    ActionRecordFactory(loan=book.loan, happened_at=now, recorded_at=now)
    assert "今日已接通债务人 3 次" in client.get(address).content.decode()
