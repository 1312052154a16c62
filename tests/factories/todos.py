"""Todos."""

import factory
from factory.django import DjangoModelFactory

from postloan.todos.models import Todo
from tests.factories.days import DELIVERED_ON, MOMENT
from tests.factories.loans import LoanFactory
from tests.factories.organization import StaffFactory


class TodoFactory(DjangoModelFactory):
    """Open, of a person; `queued=True` waits in the queue of the branch head of the customer's branch."""

    class Meta:
        model = Todo

    class Params:
        queued = factory.Trait(
            assignee=None, post_code="branch_head", post_branch=factory.SelfAttribute("customer.branch")
        )
        done = factory.Trait(
            state="done",
            closed_on=DELIVERED_ON,
            closed_at=MOMENT,
            closed_by=factory.SubFactory(StaffFactory),
            close_reason="done",
        )
        withdrawn = factory.Trait(
            state="withdrawn", closed_on=DELIVERED_ON, closed_at=MOMENT, close_reason="current_again"
        )

    kind = "overdue_contact"
    loan = factory.SubFactory(LoanFactory)
    customer = factory.SelfAttribute("loan.customer")
    line = "corporate"
    subject_kind = "loan"
    subject_id = factory.SelfAttribute("loan.id")
    occurrence = factory.Sequence(lambda n: f"occurrence {n}")
    assignee = factory.SubFactory(StaffFactory, post="account_manager")
    reason_code = "data_incomplete"
    arguments = factory.LazyFunction(lambda: {"field": "phone", "purpose": "reminders"})
    due_on = DELIVERED_ON
    weight = 50
    opened_on = DELIVERED_ON
