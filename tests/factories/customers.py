"""Customers, who is responsible for them, and what hangs on them."""

from datetime import date
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from postloan.core.encryption import blind_index, tail_index
from postloan.customers.models import (
    Account,
    AccountEntry,
    CreditReport,
    Customer,
    CustomerGroup,
    ExternalEvent,
    FinancialStatementItem,
    RelatedParty,
    Responsibility,
)
from tests.factories.days import DELIVERED_ON, LONG_AGO
from tests.factories.organization import BranchFactory, StaffFactory


class DeliveredFactory(DjangoModelFactory):
    """What every fact of core banking carries."""

    class Meta:
        abstract = True

    class Params:
        missing = factory.Trait(missing_since=DELIVERED_ON)
        superseded = factory.Trait(superseded_on=DELIVERED_ON)

    first_delivered_on = DELIVERED_ON
    changed_on = DELIVERED_ON


class CustomerGroupFactory(DeliveredFactory):
    class Meta:
        model = CustomerGroup

    group_no = factory.Sequence(lambda n: f"G{n:05d}")
    name = factory.Sequence(lambda n: f"澜州第{n}集团")


class CustomerFactory(DeliveredFactory):
    """A firm on the corporate line; `person=True` is a consumer, `inclusive=True` a small firm."""

    class Meta:
        model = Customer

    class Params:
        person = factory.Trait(
            kind="individual",
            main_line="personal",
            name="周敏",
            id_type="resident_id",
            id_number="990101199003071237",
            birth_date=date(1990, 3, 7),
            sex="m",
        )
        inclusive = factory.Trait(kind="small_business", main_line="inclusive", enterprise_size="small")

    customer_no = factory.Sequence(lambda n: f"C{n:08d}")
    name = factory.Sequence(lambda n: f"澜州第{n}机械制造有限公司")
    kind = "corporate"
    main_line = "corporate"
    branch = factory.SubFactory(BranchFactory)
    id_type = "credit_code"
    id_number = "91350100M000100Y43"
    id_number_index = factory.LazyAttribute(lambda customer: blind_index(customer.id_number))
    id_number_tail = factory.LazyAttribute(lambda customer: tail_index(customer.id_number))
    phone = "13800001234"
    phone_index = factory.LazyAttribute(lambda customer: blind_index(customer.phone))
    address = "澜州市东湖区解放路18号3栋502室"
    address_index = factory.LazyAttribute(lambda customer: blind_index(customer.address))
    service_address = "澜州市西湖区人民路7号"
    service_address_index = factory.LazyAttribute(lambda customer: blind_index(customer.service_address))


class RelatedPartyFactory(DeliveredFactory):
    class Meta:
        model = RelatedParty

    customer = factory.SubFactory(CustomerFactory)
    customer_no = factory.SelfAttribute("customer.customer_no")
    relation = "controller"
    party_no = factory.Sequence(lambda n: f"P{n:06d}")
    name = "王建国"
    id_type = "resident_id"
    id_number = "11010519491231002X"
    id_number_index = factory.LazyAttribute(lambda party: blind_index(party.id_number))


class ResponsibilityFactory(DjangoModelFactory):
    """A of the customer's main line since long ago; `former=True` ended before the facts were delivered."""

    class Meta:
        model = Responsibility

    class Params:
        former = factory.Trait(valid_to=date(2026, 1, 1))
        assistant = factory.Trait(role="B")

    customer = factory.SubFactory(CustomerFactory)
    line = factory.SelfAttribute("customer.main_line")
    role = "A"
    staff = factory.SubFactory(StaffFactory)
    valid_from = LONG_AGO


class AccountFactory(DeliveredFactory):
    class Meta:
        model = Account

    account_no = factory.Sequence(lambda n: f"62220000{n:08d}")
    customer = factory.SubFactory(CustomerFactory)
    customer_no = factory.SelfAttribute("customer.customer_no")
    kind = "settlement"
    balance = Decimal("10000.00")


class AccountEntryFactory(DeliveredFactory):
    class Meta:
        model = AccountEntry

    entry_no = factory.Sequence(lambda n: f"E{n:08d}")
    account = factory.SubFactory(AccountFactory)
    account_no = factory.SelfAttribute("account.account_no")
    customer = factory.SelfAttribute("account.customer")
    customer_no = factory.SelfAttribute("customer.customer_no")
    booked_on = DELIVERED_ON
    direction = "in"
    amount = Decimal("500.00")


class StatementItemFactory(DeliveredFactory):
    class Meta:
        model = FinancialStatementItem

    customer = factory.SubFactory(CustomerFactory)
    period_end = date(2026, 3, 31)
    period_kind = "quarter"
    scope = "single"
    item = "total_assets"
    value = Decimal("1000000.00")


class CreditReportFactory(DeliveredFactory):
    class Meta:
        model = CreditReport

    report_no = factory.Sequence(lambda n: f"R{n:06d}")
    customer = factory.SubFactory(CustomerFactory)
    customer_no = factory.SelfAttribute("customer.customer_no")
    reported_on = DELIVERED_ON


class ExternalEventFactory(DeliveredFactory):
    class Meta:
        model = ExternalEvent

    event_no = factory.Sequence(lambda n: f"X{n:06d}")
    customer = factory.SubFactory(CustomerFactory)
    customer_no = factory.SelfAttribute("customer.customer_no")
    subject_name = factory.SelfAttribute("customer.name")
    occurred_on = DELIVERED_ON
    kind = "lawsuit_defendant"
