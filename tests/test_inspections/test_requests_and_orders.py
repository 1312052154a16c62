"""Later dates and ends are asked for by one and decided by another; special ones are ordered; visits bundle."""

from datetime import date, timedelta

import pytest

from postloan.core.models import Event
from postloan.inspections.models import InspectionTask, TaskRequest
from postloan.inspections.services import orders, requests, visits
from postloan.inspections.services.refusals import Refused
from postloan.todos.models import Todo
from tests.factories import (
    BranchFactory,
    BusinessDateFactory,
    CustomerFactory,
    InspectionTaskFactory,
    LoanFactory,
    ResponsibilityFactory,
    StaffFactory,
)
from tests.factories.todos import TodoFactory

pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 30)


@pytest.fixture
def people():
    BusinessDateFactory(date=DAY)
    branch = BranchFactory(tier2=True)
    manager = StaffFactory(post="account_manager", branch=branch)
    customer = CustomerFactory(branch=branch)
    ResponsibilityFactory(customer=customer, staff=manager)
    return {
        "manager": manager,
        "head": StaffFactory(post="branch_head", branch=branch),
        "customer": customer,
        "branch": branch,
    }


@pytest.fixture
def task(people):
    from postloan.inspections.services.task_todos import push_of

    task = InspectionTaskFactory(customer=people["customer"], due_on=DAY + timedelta(days=5))
    push_of([task.pk], business_date=DAY)
    return task


def ask(task, people, kind="delay", days=20, reason="客户负责人外出"):
    new = task.due_on + timedelta(days=days) if kind == "delay" else None
    return requests.ask(task, kind, reason=reason, new_due_on=new, acting_user=people["manager"])


def due_dates(task):
    return list(Todo.objects.open().filter(kind="inspection", subject_id=task.pk).values_list("due_on", flat=True))


def test_a_later_date_that_is_granted_moves_the_todo_and_what_was_first_given_stays(people, task):
    request = ask(task, people)
    waiting = Todo.objects.open().get(kind="inspection_request")
    assert (waiting.post_code, waiting.post_branch) == ("branch_head", people["branch"])
    requests.decide(request, grant=True, comment="", acting_user=people["head"])
    task.refresh_from_db()
    assert task.due_on == DAY + timedelta(days=25)
    assert task.first_due_on == DAY + timedelta(days=5)
    assert due_dates(task) == [task.due_on]
    assert not Todo.objects.open().filter(kind="inspection_request").exists()
    assert Event.objects.filter(code="inspections.request_granted", customer_id=task.customer_id).count() == 1


def test_one_that_is_not_granted_changes_nothing_and_needs_a_remark(people, task):
    request = ask(task, people)
    with pytest.raises(Refused, match="comment"):
        requests.decide(request, grant=False, comment=" ", acting_user=people["head"])
    requests.decide(request, grant=False, comment="可由协查人前往", acting_user=people["head"])
    task.refresh_from_db()
    assert due_dates(task) == [task.due_on] == [DAY + timedelta(days=5)]


def test_nobody_decides_what_they_asked_for(people, task):
    request = requests.ask(task, "end", reason="已结清", acting_user=people["head"])
    with pytest.raises(Refused, match="maker"):
        requests.decide(request, grant=True, comment="", acting_user=people["head"])
    request.refresh_from_db()
    assert request.state == "submitted"


def test_an_end_that_is_granted_ends_the_task_and_its_todo(people, task):
    requests.decide(ask(task, people, "end"), grant=True, comment="", acting_user=people["head"])
    task.refresh_from_db()
    assert (task.state, task.done_on) == ("ended", DAY)
    assert due_dates(task) == []


def test_a_request_is_taken_back_by_whoever_asked(people, task):
    request = ask(task, people)
    with pytest.raises(Refused, match="not_yours"):
        requests.take_back(request, acting_user=people["head"])
    requests.take_back(request, acting_user=people["manager"])
    assert not Todo.objects.open().filter(kind="inspection_request").exists()
    assert ask(task, people).state == "submitted"


@pytest.mark.parametrize(
    ("kind", "days", "reason", "why"),
    [("delay", 0, "x", "date"), ("delay", -3, "x", "date"), ("delay", 5, "  ", "reason"), ("end", 0, "", "reason")],
)
def test_requests_that_make_no_sense_are_refused(people, task, kind, days, reason, why):
    with pytest.raises(Refused, match=why):
        ask(task, people, kind, days, reason)
    assert TaskRequest.objects.count() == 0


def test_one_request_at_a_time_and_none_about_a_task_handed_in(people, task):
    ask(task, people)
    with pytest.raises(Refused, match="open"):
        ask(task, people)
    InspectionTask.objects.filter(pk=task.pk).update(state="submitted", submitted_on=DAY)
    with pytest.raises(Refused, match="state"):
        ask(task, people)


# ── orders ────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_order_shows_row_by_row_what_it_does_and_then_does_it(people):
    LoanFactory(customer=people["customer"])
    settled = CustomerFactory(branch=people["branch"])
    foreign = CustomerFactory()
    LoanFactory(customer=foreign)
    numbers = [people["customer"].customer_no, settled.customer_no, foreign.customer_no, people["customer"].customer_no]
    rows = orders.look_at_order(numbers, acting_user=people["head"])
    assert [row.state for row in rows] == ["ok", "no_loans", "unknown", "twice"]
    tasks = orders.order_inspections(
        numbers,
        reason="钢材价格大跌",
        due_on=DAY + timedelta(days=7),
        place="on_site",
        people=2,
        acting_user=people["head"],
    )
    assert [(task.customer, task.kind, task.due_on) for task in tasks] == [
        (people["customer"], "special", DAY + timedelta(days=7))
    ]
    assert Todo.objects.get(kind="inspection").assignee == people["manager"]
    again = orders.look_at_order(numbers[:1], acting_user=people["head"])
    assert again[0].open_special == 1


@pytest.mark.parametrize(("reason", "days", "why"), [(" ", 7, "reason"), ("x", -1, "date")])
def test_an_order_needs_a_reason_and_a_day_ahead(people, reason, days, why):
    with pytest.raises(Refused, match=why):
        orders.order_inspections(
            [people["customer"].customer_no],
            reason=reason,
            due_on=DAY + timedelta(days=days),
            place="on_site",
            people=1,
            acting_user=people["head"],
        )


# ── visits ────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_falls_due_within_the_window_is_offered_together(people, task):
    near = InspectionTaskFactory(customer=people["customer"], kind="special", due_on=task.due_on + timedelta(days=15))
    InspectionTaskFactory(customer=people["customer"], kind="special", due_on=task.due_on + timedelta(days=16))
    InspectionTaskFactory(kind="special", due_on=task.due_on)
    plan = TodoFactory(kind="maturity_plan", customer=people["customer"], due_on=task.due_on)
    together = visits.due_together(task, user=people["manager"])
    assert (together.tasks, together.plans) == ((near,), (plan,))
    visit = visits.open_visit([task, near], acting_user=people["manager"])
    assert set(visit.tasks.all()) == {task, near}
    assert visits.open_visit([task, near], acting_user=people["manager"]) == visit
    visits.leave_visit(near, acting_user=people["manager"])
    assert set(visit.tasks.all()) == {task}


def test_a_visit_is_to_one_customer_and_only_for_what_is_still_to_do(people, task):
    with pytest.raises(Refused, match="customer"):
        visits.open_visit([task, InspectionTaskFactory()], acting_user=people["manager"])
    task.state, task.submitted_on = "submitted", DAY
    task.save()
    with pytest.raises(Refused, match="state"):
        visits.open_visit([task], acting_user=people["manager"])
