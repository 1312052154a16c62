"""What is due and not yet there is opened once, and goes to the right person."""

from datetime import date
from decimal import Decimal

import pytest

from postloan.core.models import Event
from postloan.todos import services
from postloan.todos.models import Todo
from postloan.todos.services import Due
from tests.factories import (
    BranchFactory,
    CustomerFactory,
    LoanFactory,
    LoanManagerFactory,
    ProductFactory,
    ResponsibilityFactory,
    StaffFactory,
)

pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 30)

OVERDUE = """
    SELECT l.customer_id, l.id AS loan_id, 'loan' AS subject_kind, l.id AS subject_id, 'day 1' AS occurrence,
           'data_incomplete' AS reason_code, '{"field": "phone", "purpose": "calls"}' AS arguments,
           add_days(%(on)s, 1) AS due_on, l.principal_balance AS amount, 40 AS days_overdue,
           NULL AS assignee_id
    FROM loans_loan l"""


def push(kind: str = "overdue_contact", select: str = OVERDUE, **options):
    return services.push(kind, select, business_date=DAY, run_id=7, **options)


def managed_loan(**fields):
    loan = LoanFactory(**fields)
    manager = StaffFactory(post="account_manager", branch=loan.branch)
    ResponsibilityFactory(customer=loan.customer, staff=manager, line="corporate", role="A")
    return loan, manager


def test_a_todo_is_opened_with_all_that_was_said_of_it() -> None:
    loan, manager = managed_loan(principal_balance=Decimal("6000000.00"))

    pushed = push()

    todo = Todo.objects.get()
    assert (pushed.opened, pushed.ids) == (1, (todo.pk,))
    assert (todo.customer, todo.loan, todo.assignee, todo.line) == (loan.customer, loan, manager, "corporate")
    assert (todo.due_on, todo.opened_on, todo.run_id) == (date(2026, 7, 1), DAY, 7)
    assert todo.arguments == {"field": "phone", "purpose": "calls"}
    assert todo.weight == 55 + 18 + 9
    event = Event.objects.get(code="todo_opened.overdue_contact")
    assert (event.customer_id, event.loan_id, event.run_id) == (loan.customer_id, loan.pk, 7)
    assert event.subject_key == str(todo.pk)
    assert event.arguments == {}


def test_a_second_push_writes_nothing() -> None:
    managed_loan()
    push()
    events = Event.objects.count()

    assert push().opened == 0

    assert (Todo.objects.count(), Event.objects.count()) == (1, events)


def test_the_same_thing_twice_in_one_select_is_one_todo() -> None:
    managed_loan()
    assert push(select=f"{OVERDUE} UNION ALL {OVERDUE}").opened == 1


def test_what_was_done_is_never_opened_again() -> None:
    managed_loan()
    push()
    Todo.objects.update(
        state="done", closed_on=DAY, closed_at="2026-06-30T10:00Z", closed_by=StaffFactory(), close_reason="done"
    )

    assert push().opened == 0


def test_what_was_withdrawn_is_opened_again_when_there_is_cause_again() -> None:
    managed_loan()
    push()
    services.withdraw("SELECT id FROM todos_todo", reason="corrected", business_date=DAY)

    assert push().opened == 1
    assert Todo.objects.open().count() == 1


def test_rows_do_as_well_as_a_select() -> None:
    loan, manager = managed_loan()
    due = Due(
        loan.customer_id,
        "loan",
        loan.pk,
        "data_incomplete",
        DAY,
        loan_id=loan.pk,
        arguments={"field": "phone", "amount": Decimal("1.50")},
        amount=Decimal("50000"),
    )
    assert services.push("data_correction", [due], business_date=DAY).opened == 1
    todo = Todo.objects.get()
    assert (todo.assignee, todo.weight, todo.arguments["amount"]) == (manager, 29, "1.50")
    assert services.push("data_correction", [], business_date=DAY).opened == 0


def test_an_unknown_kind_or_column_is_refused() -> None:
    with pytest.raises(ValueError, match="no kind"):
        push("overdue_prayer")
    with pytest.raises(ValueError, match="due_on"):
        push(select="SELECT 1 AS customer_id, 'loan' AS subject_kind, 1 AS subject_id, 'x' AS reason_code")
    with pytest.raises(ValueError, match="prayer"):
        push(select=f"SELECT due.*, 1 AS prayer FROM ({OVERDUE}) AS due")


# --- who gets it ---------------------------------------------------------------------------------


def test_the_loan_s_own_manager_comes_first() -> None:
    loan, _manager = managed_loan()
    own = StaffFactory(post="account_manager")
    LoanManagerFactory(loan=loan, staff=own, role="A")
    push()
    assert Todo.objects.get().assignee == own


def test_the_manager_of_another_line_or_the_b_manager_does_not_get_it() -> None:
    loan = LoanFactory()
    for line, role in (("corporate", "B"), ("personal", "A")):
        ResponsibilityFactory(customer=loan.customer, staff=StaffFactory(), line=line, role=role)
    push()
    todo = Todo.objects.get()
    assert (todo.assignee, todo.post_code, todo.post_branch) == (None, "branch_head", loan.branch)


def test_who_is_responsible_on_that_date_gets_it() -> None:
    loan = LoanFactory()
    former, present = StaffFactory(), StaffFactory()
    ResponsibilityFactory(customer=loan.customer, staff=former, role="A", valid_from=date(2020, 1, 1), valid_to=DAY)
    ResponsibilityFactory(customer=loan.customer, staff=present, role="A", valid_from=DAY)
    push()
    assert Todo.objects.get().assignee == present


def test_somebody_disabled_gets_nothing() -> None:
    loan, manager = managed_loan()
    manager.is_active = False
    manager.save()
    push(select=OVERDUE.replace("NULL AS assignee_id", f"{manager.pk} AS assignee_id"))
    todo = Todo.objects.get()
    assert (todo.assignee, todo.post_branch) == (None, loan.branch)


def test_what_is_run_from_a_retail_centre_waits_there() -> None:
    centre = BranchFactory(retail_centre=True)
    loan = LoanFactory(customer__person=True, customer__branch=centre, product=ProductFactory(personal=True))
    push()
    assert Todo.objects.get().post_branch == centre == loan.branch


def test_the_nearest_centre_takes_the_lines_it_runs() -> None:
    root = BranchFactory()
    tier1 = BranchFactory(parent=root, tier1=True)
    BranchFactory(parent=root, retail_centre=True)
    near = BranchFactory(parent=tier1, retail_centre=True)
    sub = BranchFactory(parent=tier1, sub_branch=True)
    customer = CustomerFactory(person=True, branch=sub)
    personal = LoanFactory(customer=customer, product=ProductFactory(personal=True))
    corporate = LoanFactory(customer=CustomerFactory(branch=sub), product=ProductFactory())
    push()
    assert Todo.objects.get(loan=personal).post_branch == near
    assert Todo.objects.get(loan=corporate).post_branch == sub


def test_what_goes_to_a_post_goes_to_nobody_else() -> None:
    loan, _manager = managed_loan()
    due = Due(loan.customer_id, "plan", 1, "data_incomplete", DAY)
    services.push("plan_to_confirm", [due], business_date=DAY)
    todo = Todo.objects.get()
    assert (todo.assignee, todo.post_code, todo.post_branch) == (None, "branch_head", loan.branch)


def test_what_goes_to_a_person_cannot_name_a_post() -> None:
    loan, _manager = managed_loan()
    due = Due(loan.customer_id, "loan", 1, "data_incomplete", DAY, post_code="branch_head")
    with pytest.raises(ValueError, match="not to a post"):
        services.push("overdue_visit", [due], business_date=DAY)


# --- a worse stage -------------------------------------------------------------------------------


def test_a_worse_stage_takes_the_place_of_the_open_one() -> None:
    loan, _manager = managed_loan()
    other, _other_manager = managed_loan()
    push()
    first = Todo.objects.get(loan=loan)

    pushed = push("overdue_visit", OVERDUE + f" WHERE l.id = {loan.pk}", supersedes=["overdue_contact"])

    first.refresh_from_db()
    worse = Todo.objects.get(kind="overdue_visit")
    assert (pushed.opened, pushed.superseded) == (1, 1)
    assert (first.state, first.superseded_by, first.closed_on) == ("superseded", worse, DAY)
    assert Todo.objects.get(loan=other).is_open
    assert Event.objects.filter(code="todo_superseded.overdue_contact", subject_key=str(first.pk)).exists()


def test_what_was_superseded_comes_back_only_when_the_worse_one_was_withdrawn() -> None:
    managed_loan()
    push()
    push("overdue_visit", supersedes=["overdue_contact"])
    assert push().opened == 0

    services.withdraw("SELECT id FROM todos_todo WHERE kind = 'overdue_visit'", reason="corrected", business_date=DAY)

    assert push().opened == 1


def test_nothing_is_written_where_the_worse_stage_cannot_be() -> None:
    managed_loan()
    push()
    with pytest.raises(ValueError, match="due_on"):
        push("overdue_visit", "SELECT 1 AS customer_id", supersedes=["overdue_contact"])
    assert Todo.objects.get().is_open
