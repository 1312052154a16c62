"""A todo is closed by the thing being done, by whoever may do it; or withdrawn when its cause is gone."""

from datetime import timedelta

import pytest

from postloan.core import business_date
from postloan.core.models import Event
from postloan.todos import services
from postloan.todos.models import Todo
from tests.factories import BranchFactory, BusinessDateFactory, PostFactory, StaffFactory, StandInFactory
from tests.factories.days import DELIVERED_ON
from tests.factories.todos import TodoFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _day() -> None:
    BusinessDateFactory()


def do(todo: Todo, user, **options) -> int:
    return services.close_by_doing(todo.kind, todo.subject_kind, todo.subject_id, acting_user=user, **options)


def test_doing_it_closes_it() -> None:
    todo, other = TodoFactory(), TodoFactory()

    assert do(todo, todo.assignee) == 1

    todo.refresh_from_db()
    other.refresh_from_db()
    assert (todo.state, todo.closed_by, todo.closed_on) == ("done", todo.assignee, DELIVERED_ON)
    assert other.is_open
    event = Event.objects.get(code="todo_done.overdue_contact")
    assert (event.actor, event.subject_key) == (todo.assignee, str(todo.pk))
    assert do(todo, todo.assignee) == 0


def test_only_the_occurrence_named_is_closed() -> None:
    first = TodoFactory(occurrence="step 90")
    second = TodoFactory(loan=first.loan, assignee=first.assignee, occurrence="step 30")
    assert do(first, first.assignee, occurrence="step 30") == 1
    second.refresh_from_db()
    assert second.state == "done"


def test_somebody_else_is_refused_and_nothing_is_closed() -> None:
    todo = TodoFactory()
    with pytest.raises(services.NotYours):
        do(todo, StaffFactory(post="account_manager"))
    todo.refresh_from_db()
    assert todo.is_open


def test_somebody_else_may_where_anyone_may() -> None:
    todo = TodoFactory()
    assert do(todo, StaffFactory(post="department_head"), anyone=True) == 1


def test_an_auditor_does_no_todos() -> None:
    todo = TodoFactory(assignee=StaffFactory(post="auditor"))
    with pytest.raises(services.NotYours):
        do(todo, todo.assignee)


# --- stand-ins -----------------------------------------------------------------------------------


def test_a_stand_in_does_the_absent_one_s_todos_during_the_absence() -> None:
    todo = TodoFactory()
    stand_in = StaffFactory(post="account_manager")
    today = business_date.calendar_today()
    StandInFactory(absent=todo.assignee, stand_in=stand_in, starts_on=today, ends_on=today)
    assert list(Todo.objects.actionable_by(stand_in)) == [todo]
    assert do(todo, stand_in) == 1


@pytest.mark.parametrize(("first", "last"), [(-9, -1), (1, 9)])
def test_and_neither_before_nor_after(first: int, last: int) -> None:
    todo = TodoFactory()
    stand_in = StaffFactory(post="account_manager")
    today = business_date.calendar_today()
    StandInFactory(
        absent=todo.assignee,
        stand_in=stand_in,
        starts_on=today + timedelta(days=first),
        ends_on=today + timedelta(days=last),
    )
    assert not Todo.objects.actionable_by(stand_in).exists()
    with pytest.raises(services.NotYours):
        do(todo, stand_in)


def test_a_stand_in_works_off_the_queue_of_the_absent_head() -> None:
    todo = TodoFactory(queued=True)
    head = StaffFactory(branch=todo.customer.branch, post="branch_head")
    stand_in = StaffFactory(post="account_manager")
    StandInFactory(absent=head, stand_in=stand_in)
    assert do(todo, stand_in) == 1


# --- the queue of a post -------------------------------------------------------------------------


def test_anybody_holding_the_post_there_does_what_waits_in_its_queue() -> None:
    todo = TodoFactory(queued=True)
    here, elsewhere = StaffFactory(branch=todo.customer.branch, post="branch_head"), StaffFactory(post="branch_head")
    other_post = StaffFactory(branch=todo.customer.branch, post="department_head")
    assert [Todo.objects.actionable_by(user).count() for user in (here, elsewhere, other_post)] == [1, 0, 0]


def test_a_post_for_some_lines_does_those_only() -> None:
    branch = BranchFactory()
    TodoFactory(queued=True, loan__customer__branch=branch, line="corporate")
    TodoFactory(queued=True, loan__customer__branch=branch, line="")
    personal = StaffFactory(branch=branch)
    PostFactory(staff=personal, code="branch_head", lines="personal")
    assert [todo.line for todo in Todo.objects.actionable_by(personal)] == [""]


# --- withdrawing ---------------------------------------------------------------------------------


def test_what_has_no_cause_any_more_is_withdrawn_and_the_rest_stays() -> None:
    gone, kept, done = TodoFactory(), TodoFactory(), TodoFactory(done=True)
    select = "SELECT id FROM todos_todo WHERE loan_id IN (%(gone)s, %(done)s)"

    count = services.withdraw(
        select, {"gone": gone.loan_id, "done": done.loan_id}, reason="current_again", business_date=DELIVERED_ON
    )

    gone.refresh_from_db()
    kept.refresh_from_db()
    done.refresh_from_db()
    assert (count, gone.state, gone.close_reason) == (1, "withdrawn", "current_again")
    assert (kept.state, done.state) == ("open", "done")
    assert Event.objects.filter(code="todo_withdrawn.overdue_contact").count() == 1


def test_withdrawing_nothing_writes_nothing() -> None:
    assert services.withdraw([], reason="paid", business_date=DELIVERED_ON) == 0
    assert not Event.objects.exists()


def test_a_correction_withdraws_what_it_no_longer_supports() -> None:
    supported, unsupported = TodoFactory(), TodoFactory()
    earlier = TodoFactory(opened_on=DELIVERED_ON - timedelta(days=1))
    select = "SELECT 'loan' AS subject_kind, l.id AS subject_id, %(what)s AS occurrence FROM loans_loan l"

    count = services.withdraw_unsupported(
        "overdue_contact",
        select,
        {"what": supported.occurrence},
        business_date=DELIVERED_ON,
        run_id=8,
        opened_on=DELIVERED_ON,
    )

    assert count == 1
    unsupported.refresh_from_db()
    assert (unsupported.state, unsupported.close_reason) == ("withdrawn", "corrected")
    assert set(Todo.objects.open()) == {supported, earlier}
