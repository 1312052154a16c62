"""The queue of a post at a branch: who sees it, who takes from it, and that two do not take the same."""

from typing import Any

import pytest
from django.urls import reverse

from postloan.core.models import Event
from postloan.todos import services
from postloan.todos.models import Todo
from tests.factories import (
    BranchFactory,
    BusinessDateFactory,
    CustomerFactory,
    InstitutionFactory,
    LoanFactory,
    ProductFactory,
    ResponsibilityFactory,
    StaffFactory,
    StandInFactory,
)
from tests.factories.todos import TodoFactory
from tests.test_todos.test_pages import reader

pytestmark = pytest.mark.django_db


@pytest.fixture
def branch() -> Any:
    InstitutionFactory()
    BusinessDateFactory()
    return BranchFactory(parent=BranchFactory(), sub_branch=True)


@pytest.fixture
def head(branch: Any) -> Any:
    return StaffFactory(branch=branch, post="branch_head")


def waiting(branch: Any, **fields: Any) -> Todo:
    fields = {"loan__customer__branch": branch} | fields
    return TodoFactory(assignee=None, post_code="branch_head", post_branch=branch, **fields)


def address(branch: Any) -> str:
    return reverse("todos:queue", args=["branch_head", branch.pk])


def listed(client: Any, branch: Any) -> set[int]:
    return {row.todo.pk for row in client.get(address(branch)).context["rows"]}


def test_a_head_sees_the_queue_and_takes_one_of_it(branch: Any, head: Any) -> None:
    first, second = waiting(branch), waiting(branch)
    client = reader(head)
    (queue,) = client.get(reverse("todos:queues")).context["queues"]
    assert (queue.open, queue.all_href) == (2, address(branch))
    assert listed(client, branch) == {first.pk, second.pk}
    answer = client.post(address(branch), {"ids": [first.pk]}, follow=True)
    assert "1 项待办已由您承办" in answer.content.decode()
    first.refresh_from_db()
    assert (first.assignee, first.post_code, first.post_branch) == (head, "", None)
    assert listed(client, branch) == {second.pk}
    event = Event.objects.get(code="todo_taken.overdue_contact")
    assert (event.subject_key, event.actor, event.arguments) == (str(first.pk), head, {"branch_name": branch.name})


def test_what_another_has_taken_meanwhile_is_answered_and_stays_with_them(branch: Any, head: Any) -> None:
    todo = waiting(branch)
    second = StaffFactory(branch=branch, post="branch_head")
    assert services.take([todo.pk], acting_user=second) == [todo.pk]
    answer = reader(head).post(address(branch), {"ids": [todo.pk]}, follow=True)
    assert "已被他人领取" in answer.content.decode()
    todo.refresh_from_db()
    assert todo.assignee == second


def test_the_queue_is_not_there_for_who_does_not_hold_its_post(branch: Any, head: Any) -> None:
    todo = waiting(branch)
    elsewhere = StaffFactory(branch=BranchFactory(parent=branch.parent), post="branch_head")
    above = StaffFactory(branch=branch.parent, post="branch_head")
    for person in (elsewhere, above, StaffFactory(branch=branch, post="account_manager")):
        client = reader(person)
        assert client.get(address(branch)).status_code == 404
        assert client.post(address(branch), {"ids": [todo.pk]}).status_code == 404
        assert services.take([todo.pk], acting_user=person) == []
    todo.refresh_from_db()
    assert todo.assignee is None


def test_a_head_for_one_line_sees_and_takes_that_line_only(branch: Any, head: Any) -> None:
    head.posts.update(lines="inclusive")
    other, own = waiting(branch), waiting(branch, line="inclusive")
    client = reader(head)
    assert listed(client, branch) == {own.pk}
    client.post(address(branch), {"ids": [other.pk, own.pk]})
    assert list(Todo.objects.filter(assignee=head)) == [own]


def test_a_stand_in_of_the_head_takes_for_the_head(branch: Any, head: Any) -> None:
    todo = waiting(branch)
    stand_in = StaffFactory(branch=branch, post="account_manager")
    StandInFactory(absent=head, stand_in=stand_in, ordered_by=head)
    assert services.take([todo.pk], acting_user=stand_in) == [todo.pk]


def test_closed_todos_are_not_taken(branch: Any, head: Any) -> None:
    todo = waiting(branch, withdrawn=True)
    assert services.take([todo.pk], acting_user=head) == []


def test_what_was_taken_stays_with_who_took_it_in_the_night(branch: Any, head: Any) -> None:
    todo = waiting(branch)
    services.take([todo.pk], acting_user=head)
    ResponsibilityFactory(customer=todo.customer, staff=StaffFactory(), line="corporate", role="A")
    assert services.move_waiting(business_date=todo.due_on, run_id=1) == 0


def test_my_work_says_how_much_waits_in_the_queues(branch: Any, head: Any) -> None:
    client = reader(head)
    assert reverse("todos:queues") not in client.get(reverse("todos:my_work")).content.decode()
    waiting(branch)
    page = client.get(reverse("todos:my_work"))
    assert reverse("todos:queues") in page.content.decode()
    assert page.context["waiting_in_queues"] == 1


def test_an_empty_queue_says_so(branch: Any, head: Any) -> None:
    assert "队列为空" in reader(head).get(address(branch)).content.decode()
    assert "您的岗位队列中没有待办" in reader(head).get(reverse("todos:queues")).content.decode()


# --- the retail centre ---------------------------------------------------------------------------


@pytest.fixture
def centre_head(branch: Any) -> Any:
    return StaffFactory(branch=BranchFactory(parent=branch.parent, retail_centre=True), post="branch_head")


def personal_todo(branch: Any, main_line: str = "personal") -> Todo:
    """Pushed by the night: nobody is responsible, so the ladder gives it to the centre's queue."""
    customer = CustomerFactory(branch=branch, main_line=main_line)
    loan = LoanFactory(customer=customer, product=ProductFactory(personal=True))
    due = services.Due(
        customer_id=customer.pk,
        loan_id=loan.pk,
        subject_kind="loan",
        subject_id=loan.pk,
        reason_code="data_incomplete",
        due_on=loan.matures_on,
        arguments={"field": "phone", "purpose": "reminders"},
    )
    pushed = services.push("overdue_contact", [due], business_date=loan.disbursed_on)
    return Todo.objects.get(pk__in=pushed.ids)


def test_the_head_of_a_retail_centre_opens_the_customers_of_its_queue(branch: Any, centre_head: Any) -> None:
    todo = personal_todo(branch)
    assert todo.post_branch == centre_head.branch
    client = reader(centre_head)
    assert listed(client, centre_head.branch) == {todo.pk}
    assert client.get(reverse("todos:todo", args=[todo.pk])).status_code == 200
    assert client.get(reverse("reporting:customer", args=[todo.customer_id])).status_code == 200
    assert client.get(reverse("reporting:loan", args=[todo.loan_id])).status_code == 200


def test_of_a_corporate_customer_the_centre_sees_the_personal_loan_and_no_dead_link(
    branch: Any, centre_head: Any
) -> None:
    todo = personal_todo(branch, main_line="corporate")
    client = reader(centre_head)
    page = client.get(reverse("todos:todo", args=[todo.pk])).content.decode()
    assert todo.customer.name in page
    assert reverse("reporting:customer", args=[todo.customer_id]) not in page
    assert client.get(reverse("reporting:customer", args=[todo.customer_id])).status_code == 404
    assert client.get(reverse("reporting:loan", args=[todo.loan_id])).status_code == 200


def test_the_centre_gives_its_todos_to_others(branch: Any, centre_head: Any, head: Any) -> None:
    todo = personal_todo(branch)
    corporate = TodoFactory(loan__customer__branch=branch)
    assert set(Todo.objects.led_by(centre_head)) == {todo}
    assert set(Todo.objects.led_by(head)) == {todo, corporate}
