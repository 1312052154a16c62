"""What a retail centre runs, and that its people see the retail lines of the branches around it and nothing else."""

import pytest

from postloan.customers.models import Customer
from postloan.loans.models import Loan
from postloan.organization import retail_centres
from postloan.organization.models import Staff
from postloan.todos.models import Todo
from postloan.todos.services import Due, push
from tests.factories import (
    BranchFactory,
    CustomerFactory,
    LoanFactory,
    ParameterFactory,
    ProductFactory,
    ResponsibilityFactory,
    StaffFactory,
)
from tests.factories.days import DELIVERED_ON

pytestmark = pytest.mark.django_db


@pytest.fixture
def tree():
    """root ─ west ─ west_sub, west_centre; root ─ east, root_centre, gone_centre."""
    root = BranchFactory()
    west = BranchFactory(parent=root, tier2=True)
    return {
        "root": root,
        "gone_centre": BranchFactory(parent=root, retail_centre=True, missing_since=DELIVERED_ON),
        "root_centre": BranchFactory(parent=root, retail_centre=True),
        "second_centre": BranchFactory(parent=root, retail_centre=True),
        "west": west,
        "west_sub": BranchFactory(parent=west, sub_branch=True),
        "west_centre": BranchFactory(parent=west, retail_centre=True),
        "east": BranchFactory(parent=root, tier2=True),
    }


def seen(staff, model=Customer):
    return set(model.objects.visible_to(Staff.objects.get(pk=staff.pk)))


@pytest.mark.parametrize(
    ("name", "branches"),
    [
        ("west_centre", {"west", "west_sub", "west_centre"}),
        ("root_centre", {"root", "east", "gone_centre", "root_centre", "second_centre"}),
        ("second_centre", set()),
        ("gone_centre", set()),
    ],
)
def test_a_centre_runs_the_branches_that_have_no_nearer_one(tree, name, branches):
    run = retail_centres.run_from(tree[name].pk, retail_centres.places())
    assert run == {tree[branch].pk for branch in branches}


def test_the_queue_of_a_customer_is_the_queue_of_the_centre_that_runs_its_branch(tree):
    """The statement that fills the queues and the rule of scope say the same of every branch."""
    places = retail_centres.places()
    for number, branch in enumerate(tree.values()):
        customer = CustomerFactory(branch=branch, main_line="personal")
        due = Due(customer.pk, "customer", number, "data_incomplete", DELIVERED_ON)
        todo = Todo.objects.get(pk__in=push("overdue_contact", [due], business_date=DELIVERED_ON).ids)
        if branch.kind == "retail_centre":
            assert todo.post_branch == branch, "a centre's own customers are its own"
        else:
            assert branch.pk in retail_centres.run_from(todo.post_branch_id, places)


@pytest.mark.parametrize("post", ["branch_head", "department_head", "risk_officer"])
def test_its_people_see_the_retail_customers_around_it_and_no_others(tree, post):
    personal = CustomerFactory(branch=tree["west_sub"], main_line="personal")
    also_personal = CustomerFactory(branch=tree["west"])
    ResponsibilityFactory(customer=also_personal, staff=StaffFactory(), line="personal")
    CustomerFactory(branch=tree["west_sub"])
    CustomerFactory(branch=tree["east"], main_line="personal")
    own = CustomerFactory(branch=tree["west_centre"])
    person = StaffFactory(branch=tree["west_centre"], post=post)
    assert seen(person) == {personal, also_personal, own}


def test_of_other_customers_the_loans_of_its_lines_are_seen(tree):
    customer = CustomerFactory(branch=tree["west_sub"])
    loan = LoanFactory(customer=customer, branch=tree["west_sub"], product=ProductFactory(personal=True))
    LoanFactory(customer=customer, branch=tree["west_sub"], product=ProductFactory())
    head = StaffFactory(branch=tree["west_centre"], post="branch_head")
    assert seen(head, Loan) == {loan}
    assert seen(head) == set()


def test_a_post_for_other_lines_and_an_account_manager_see_nothing_more(tree):
    CustomerFactory(branch=tree["west_sub"], main_line="personal")
    assert seen(StaffFactory(branch=tree["west_centre"], post="branch_head", post__lines="inclusive")) == set()
    assert seen(StaffFactory(branch=tree["west_centre"], post="account_manager")) == set()


def test_the_lines_are_the_banks_to_choose(tree):
    customer = CustomerFactory(branch=tree["west_sub"], inclusive=True)
    head = StaffFactory(branch=tree["west_centre"], post="branch_head")
    assert seen(head) == set()
    ParameterFactory(key="todos.retail_centre_lines", value=["personal", "inclusive"])
    assert seen(head) == {customer}


def test_it_costs_three_queries_more(tree, django_assert_max_num_queries):
    person = StaffFactory(branch=tree["west_centre"], post="branch_head")
    fresh = Staff.objects.get(pk=person.pk)
    with django_assert_max_num_queries(7):
        assert len(fresh.rights.reaches) == 2
