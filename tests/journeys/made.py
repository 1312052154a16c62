"""What a demonstration bank of two months has none of yet, made so that its pages can be opened by their addresses."""

from __future__ import annotations

from typing import Any

from postloan.customers.models import Responsibility
from postloan.organization.models import LogIn, Staff
from tests.access_table import about_a_customer, objects_of_imports
from tests.factories import StandInFactory
from tests.factories.api import TokenFactory
from tests.factories.core import JobRunFactory
from tests.factories.handovers import HandoverFactory
from tests.journeys.bank import DemoBank
from tests.test_customers.bank import Bank


def objects_in_the_bank(bank: DemoBank) -> dict[str, Any]:
    """What the addresses of the access table are about, of a customer of the demonstration's account manager."""
    people = {post: Staff.objects.get(staff_no=row["staff_no"]) for post, row in bank.people.items()}
    manager, head = people["account_manager"], people["branch_head"]
    held = Responsibility.objects.filter(staff=manager, valid_to=None, role="A").select_related("customer")
    customer = next(one.customer for one in held if one.customer.loans.filter(missing_since=None).exists())
    loan = customer.loans.filter(missing_since=None).order_by("pk").first()
    made = Bank(
        branches={"west": head.branch},
        customers={"steel": customer},
        loans={"steel": loan},
        people=people | {"manager": manager},
    )
    return {
        **about_a_customer(made),
        **objects_of_imports(),
        "west": head.branch_id,
        "token": TokenFactory(system="数据仓库", branch=head.branch, issued_by=people["security_administrator"]).pk,
        "log_in": LogIn.objects.filter(staff=manager).latest("pk").pk,
        "night_job": JobRunFactory(job="run_night", done=True).pk,
        "person": manager.pk,
        "stand_in": StandInFactory(absent=manager, stand_in=people["department_head"], ordered_by=head).pk,
        "handover": HandoverFactory(giver=manager, receiver=people["department_head"], witness=head).pk,
    }
