"""Todos change hands when somebody responsible is found, or when a head decides it."""

import pytest
from django.core.exceptions import PermissionDenied

from postloan.core.models import Event
from postloan.todos import services
from postloan.todos.models import Todo
from tests.factories import BranchFactory, BusinessDateFactory, ResponsibilityFactory, StaffFactory
from tests.factories.days import DELIVERED_ON
from tests.factories.todos import TodoFactory

pytestmark = pytest.mark.django_db


def move() -> int:
    return services.move_waiting(business_date=DELIVERED_ON, run_id=3)


# --- by themselves -------------------------------------------------------------------------------


def test_what_waits_goes_to_whoever_is_responsible_now() -> None:
    todo = TodoFactory(queued=True)
    manager = StaffFactory(post="account_manager")
    ResponsibilityFactory(customer=todo.customer, staff=manager, line="corporate", role="A")
    assert (move(), move()) == (1, 0)
    todo.refresh_from_db()
    assert (todo.assignee, todo.post_code, todo.post_branch) == (manager, "", None)
    assert Event.objects.filter(code="todo_moved.overdue_contact", run_id=3).count() == 1


def test_what_somebody_disabled_left_behind_goes_to_the_post() -> None:
    todo = TodoFactory(assignee=StaffFactory(disabled=True))
    plan = TodoFactory(kind="plan_to_confirm", assignee=StaffFactory(disabled=True))
    ResponsibilityFactory(customer=plan.customer, staff=StaffFactory(), line="corporate", role="A")
    assert (move(), move()) == (2, 0)
    for row in (todo, plan):
        row.refresh_from_db()
        assert (row.assignee, row.post_code, row.post_branch) == (None, "branch_head", row.customer.branch)


def test_what_somebody_active_has_stays_with_them_whoever_is_responsible() -> None:
    todo = TodoFactory()
    ResponsibilityFactory(customer=todo.customer, staff=StaffFactory(), line="corporate", role="A")
    TodoFactory(queued=True)
    assert move() == 0
    assert Todo.objects.get(pk=todo.pk).assignee == todo.assignee


# --- by a head -----------------------------------------------------------------------------------


@pytest.fixture
def team():
    BusinessDateFactory()
    root = BranchFactory()
    branch = BranchFactory(parent=root, sub_branch=True)
    head = StaffFactory(branch=branch, post="branch_head")
    manager = StaffFactory(branch=branch, post="account_manager")
    new = StaffFactory(branch=branch, post="account_manager", post__scope="branch")
    return branch, head, manager, new


def test_the_dry_run_answers_as_the_move_does(team) -> None:
    branch, head, manager, new = team
    good = TodoFactory(loan__customer__branch=branch, assignee=manager)
    queued = TodoFactory(loan__customer__branch=branch, queued=True)
    closed = TodoFactory(loan__customer__branch=branch, assignee=manager, done=True)
    theirs = TodoFactory(loan__customer__branch=branch, assignee=new)
    elsewhere = TodoFactory(assignee=manager)
    ids = [good.pk, queued.pk, closed.pk, theirs.pk, elsewhere.pk, 987654]

    dry = services.reassign(ids, new, reason="hand-over", acting_user=head, dry_run=True)

    assert Todo.objects.get(pk=good.pk).assignee == manager
    assert not Event.objects.exists()
    done = services.reassign(ids, new, reason="hand-over", acting_user=head)
    assert [(row.todo_id, row.is_moved, row.problem) for row in dry] == [
        (row.todo_id, row.is_moved, row.problem) for row in done
    ]
    assert [row.is_moved for row in done] == [True, True, False, False, False, False]
    assert set(Todo.objects.filter(assignee=new)) == {good, queued, theirs}
    event = Event.objects.get(subject_key=str(good.pk))
    assert (event.actor, event.arguments["from_name"], event.arguments["to_name"], event.arguments["reason"]) == (
        head,
        manager.name,
        new.name,
        "hand-over",
    )


def test_rows_outside_what_a_head_leads_look_like_none_at_all(team) -> None:
    _branch, head, manager, new = team
    elsewhere = TodoFactory(assignee=manager)
    absent, foreign = services.reassign([987654, elsewhere.pk], new, reason="x", acting_user=head, dry_run=True)
    assert absent.problem == foreign.problem


def test_who_does_not_see_the_customer_gets_nothing(team) -> None:
    branch, head, manager, _new = team
    stranger = StaffFactory(post="account_manager")
    todo = TodoFactory(loan__customer__branch=branch, assignee=manager)
    (answer,) = services.reassign([todo.pk], stranger, reason="x", acting_user=head)
    assert not answer.is_moved
    assert Todo.objects.get(pk=todo.pk).assignee == manager


def test_only_a_head_reassigns_and_only_with_a_reason_to_somebody_who_works(team) -> None:
    branch, head, manager, new = team
    todo = TodoFactory(loan__customer__branch=branch, assignee=manager)
    with pytest.raises(PermissionDenied):
        services.reassign([todo.pk], new, reason="x", acting_user=manager)
    with pytest.raises(ValueError, match="reason"):
        services.reassign([todo.pk], new, reason=" ", acting_user=head)
    for nobody in (StaffFactory(branch=branch), StaffFactory(branch=branch, post="branch_head", disabled=True)):
        with pytest.raises(ValueError, match="todos"):
            services.reassign([todo.pk], nobody, reason="x", acting_user=head)
