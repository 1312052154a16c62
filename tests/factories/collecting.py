"""Notices, plans, overdue cases and what hangs on them; messages on their way."""

from datetime import date
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from postloan.collections.models import (
    ActionRecord,
    DemandNotice,
    MaturityList,
    MaturityNotice,
    MaturityPlan,
    OverdueCase,
    OverdueStage,
    Promise,
)
from postloan.core.models import Delivery, OutboxMessage
from tests.factories.customers import CustomerFactory
from tests.factories.days import DELIVERED_ON, MOMENT
from tests.factories.loans import LoanFactory
from tests.factories.organization import BranchFactory, StaffFactory


class MaturityNoticeFactory(DjangoModelFactory):
    """Thirty days before the maturity of a loan; not received."""

    class Meta:
        model = MaturityNotice

    loan = factory.SubFactory(LoanFactory, matures_on=date(2026, 7, 20))
    customer = factory.SelfAttribute("loan.customer")
    matures_on = factory.SelfAttribute("loan.matures_on")
    step_days = 30
    raised_on = DELIVERED_ON
    run_id = 1
    is_tightest = True
    due_on = date(2026, 7, 3)


class MaturityListFactory(DjangoModelFactory):
    """July's list of a branch; not received."""

    class Meta:
        model = MaturityList

    branch = factory.SubFactory(BranchFactory)
    month_from = date(2026, 7, 1)
    item_count = 3
    raised_on = DELIVERED_ON
    run_id = 1


class MaturityPlanFactory(DjangoModelFactory):
    class Meta:
        model = MaturityPlan

    class Params:
        submitted = factory.Trait(state="submitted", submitted_at=MOMENT, submitted_by=factory.SelfAttribute("made_by"))

    loan = factory.SubFactory(LoanFactory, matures_on=date(2026, 7, 20))
    customer = factory.SelfAttribute("loan.customer")
    matures_on = factory.SelfAttribute("loan.matures_on")
    kind = "repay"
    currency = "CNY"
    due_amount = Decimal("120000.00")
    repay_amount = Decimal("120000.00")
    renew_amount = Decimal("0.00")
    source = "货款回笼"
    opinion = "经营正常，可按期归还"
    made_by = factory.SubFactory(StaffFactory, post="account_manager")
    made_on = DELIVERED_ON


class OverdueCaseFactory(DjangoModelFactory):
    """A corporate loan overdue for 46 days, on the second band."""

    class Meta:
        model = OverdueCase

    loan = factory.SubFactory(LoanFactory)
    customer = factory.SelfAttribute("loan.customer")
    line = "corporate"
    scale = "band"
    opened_on = DELIVERED_ON
    overdue_since = date(2026, 5, 15)
    level = 2
    next_stage_on = date(2026, 7, 15)
    run_id = 1


class OverdueStageFactory(DjangoModelFactory):
    class Meta:
        model = OverdueStage

    case = factory.SubFactory(OverdueCaseFactory)
    raised_on = DELIVERED_ON
    reason = "opened"
    level = 2
    overdue_since = factory.SelfAttribute("case.overdue_since")
    days_overdue = 46
    expected = factory.LazyFunction(lambda: [{"work": "contact", "due_on": "2026-06-30"}])
    due_on = DELIVERED_ON
    run_id = 1


class ActionRecordFactory(DjangoModelFactory):
    class Meta:
        model = ActionRecord

    loan = factory.SubFactory(LoanFactory)
    customer = factory.SelfAttribute("loan.customer")
    business_date = DELIVERED_ON
    happened_at = MOMENT
    way = "call"
    whom = "borrower"
    result = "reached"
    recorded_by = factory.SubFactory(StaffFactory, post="account_manager")
    recorded_at = MOMENT


class PromiseFactory(DjangoModelFactory):
    class Meta:
        model = Promise

    action = factory.SubFactory(ActionRecordFactory, result="promised")
    loan = factory.SelfAttribute("action.loan")
    customer = factory.SelfAttribute("loan.customer")
    amount = Decimal("1000.00")
    currency = "CNY"
    made_on = DELIVERED_ON
    promised_on = date(2026, 7, 5)


class DemandNoticeFactory(DjangoModelFactory):
    class Meta:
        model = DemandNotice

    case = factory.SubFactory(OverdueCaseFactory)
    number = factory.Sequence(lambda n: f"CS20260630-{n}-0")
    addressee = factory.SelfAttribute("case.customer.name")
    issued_on = DELIVERED_ON
    pay_until = date(2026, 7, 7)
    currency = "CNY"
    principal = Decimal("1000.00")
    made_by = factory.SubFactory(StaffFactory, post="account_manager")
    made_at = MOMENT


class OutboxMessageFactory(DjangoModelFactory):
    """To a borrower; `to_staff=True` to a member of staff."""

    class Meta:
        model = OutboxMessage

    class Params:
        to_staff = factory.Trait(recipient_kind="staff", staff=factory.SubFactory(StaffFactory))
        borrower = factory.SubFactory(CustomerFactory)

    key = factory.Sequence(lambda n: f"test|{n}")
    template = "maturity_staff"
    language = "zh-hans"
    recipient_kind = "borrower"
    customer_id = factory.SelfAttribute("borrower.pk")
    address = "13800001234"
    arguments = factory.LazyFunction(lambda: {"name": "**公司", "loan": "L1", "matures_on": "2026-07-20", "days": 20})
    created_at = MOMENT


class DeliveryFactory(DjangoModelFactory):
    class Meta:
        model = Delivery

    class Params:
        dead = factory.Trait(state="dead", next_try_at=None, error="HTTP 400")

    key = factory.SelfAttribute("message.key")
    message = factory.SubFactory(OutboxMessageFactory)
    channel = "file"
    next_try_at = MOMENT
