"""Products, contracts, loans with what is due and paid, and their states."""

from datetime import date
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from postloan.loans.models import (
    ApprovalCondition,
    Contract,
    Deduction,
    Facility,
    Instalment,
    LedgerBalance,
    Loan,
    LoanManager,
    LoanState,
    LoanWatch,
    OffBalanceItem,
    PaymentOut,
    Product,
    Repayment,
)
from tests.factories.customers import CustomerFactory, DeliveredFactory
from tests.factories.days import DELIVERED_ON, LONG_AGO
from tests.factories.organization import BranchFactory, StaffFactory


class ProductFactory(DeliveredFactory):
    class Meta:
        model = Product
        django_get_or_create = ("product_code",)

    class Params:
        credit_card = factory.Trait(product_code="CARD", class_method="credit_card", line="personal")
        personal = factory.Trait(
            product_code="CONSUMER", family="personal_consumption", line="personal", class_method="days_past_due"
        )
        inclusive = factory.Trait(product_code="SMALL", family="small_business", line="inclusive")

    product_code = "WORKING"
    name = factory.LazyAttribute(lambda product: f"产品{product.product_code}")
    family = "working_capital"
    line = "corporate"
    class_method = "debtor"


class FacilityFactory(DeliveredFactory):
    class Meta:
        model = Facility

    facility_no = factory.Sequence(lambda n: f"FA{n:06d}")
    customer = factory.SubFactory(CustomerFactory)
    customer_no = factory.SelfAttribute("customer.customer_no")
    total = Decimal("1000000.00")
    used = Decimal("500000.00")
    available = Decimal("500000.00")
    expires_on = date(2027, 6, 30)


class ApprovalConditionFactory(DeliveredFactory):
    class Meta:
        model = ApprovalCondition

    condition_no = factory.Sequence(lambda n: f"AC{n:06d}")
    facility = factory.SubFactory(FacilityFactory)
    facility_no = factory.SelfAttribute("facility.facility_no")
    kind = "covenant"
    text = "资产负债率不高于 70%"


class ContractFactory(DeliveredFactory):
    class Meta:
        model = Contract

    contract_no = factory.Sequence(lambda n: f"HT{n:06d}")
    customer = factory.SubFactory(CustomerFactory)
    customer_no = factory.SelfAttribute("customer.customer_no")
    kind = "single"
    signed_on = date(2025, 6, 30)
    amount = Decimal("1000000.00")
    currency = "CNY"


class LoanFactory(DeliveredFactory):
    """An active loan of 120,000 under the customer's branch, without instalments."""

    class Meta:
        model = Loan

    class Params:
        settled = factory.Trait(status="settled", principal_balance=Decimal(0), settled_on=DELIVERED_ON)
        written_off = factory.Trait(status="written_off")
        transferred = factory.Trait(status="transferred")
        with_contract = factory.Trait(
            contract=factory.SubFactory(ContractFactory, customer=factory.SelfAttribute("..customer")),
            contract_no=factory.SelfAttribute("contract.contract_no"),
        )
        # Kept by the customer's branch, on the books of another one.
        booked_elsewhere = factory.Trait(
            booking_branch=factory.SubFactory(BranchFactory),
            booking_branch_code=factory.SelfAttribute("booking_branch.branch_code"),
        )

    loan_no = factory.Sequence(lambda n: f"L{n:08d}")
    customer = factory.SubFactory(CustomerFactory)
    branch = factory.SelfAttribute("customer.branch")
    product = factory.SubFactory(ProductFactory)
    product_code = factory.SelfAttribute("product.product_code")
    product_name = factory.SelfAttribute("product.name")
    currency = "CNY"
    amount = Decimal("120000.00")
    disbursed_on = date(2025, 12, 31)
    matures_on = date(2026, 12, 31)
    annual_rate = Decimal("4.350000")
    principal_balance = Decimal("120000.00")
    status = "active"


class InstalmentFactory(DeliveredFactory):
    """Unpaid, due on the day the facts were delivered; `paid=True` was paid in full on its day."""

    class Meta:
        model = Instalment

    class Params:
        paid = factory.Trait(
            principal_paid=factory.SelfAttribute("principal_due"),
            interest_paid=factory.SelfAttribute("interest_due"),
            settled_on=factory.SelfAttribute("due_on"),
        )

    loan = factory.SubFactory(LoanFactory)
    number = factory.Sequence(lambda n: n + 1)
    due_on = DELIVERED_ON
    principal_due = Decimal("10000.00")
    interest_due = Decimal("435.00")
    principal_paid = Decimal(0)
    interest_paid = Decimal(0)


class RepaymentFactory(DeliveredFactory):
    class Meta:
        model = Repayment

    receipt_no = factory.Sequence(lambda n: f"RC{n:08d}")
    loan = factory.SubFactory(LoanFactory)
    paid_on = DELIVERED_ON
    principal = Decimal("10000.00")
    interest = Decimal("435.00")


class PaymentOutFactory(DeliveredFactory):
    class Meta:
        model = PaymentOut

    payment_no = factory.Sequence(lambda n: f"PO{n:08d}")
    loan = factory.SubFactory(LoanFactory)
    paid_on = date(2025, 12, 31)
    amount = Decimal("120000.00")
    mode = "entrusted"


class DeductionFactory(DeliveredFactory):
    class Meta:
        model = Deduction

    deduction_no = factory.Sequence(lambda n: f"DE{n:08d}")
    loan = factory.SubFactory(LoanFactory)
    loan_no = factory.SelfAttribute("loan.loan_no")
    account_no = "6222000000000001"
    tried_on = DELIVERED_ON
    amount = Decimal("10435.00")
    taken = Decimal("0.00")
    result = "failed"


class OffBalanceItemFactory(DeliveredFactory):
    class Meta:
        model = OffBalanceItem

    item_no = factory.Sequence(lambda n: f"OB{n:06d}")
    kind = "acceptance"
    customer = factory.SubFactory(CustomerFactory)
    customer_no = factory.SelfAttribute("customer.customer_no")
    branch = factory.SelfAttribute("customer.branch")
    branch_code = factory.SelfAttribute("branch.branch_code")
    currency = "CNY"
    amount = Decimal("50000.00")
    exposure = Decimal("25000.00")
    issued_on = date(2026, 3, 31)
    matures_on = date(2026, 9, 30)
    status = "active"


class LedgerBalanceFactory(DeliveredFactory):
    class Meta:
        model = LedgerBalance

    subject_code = factory.Sequence(lambda n: f"1303{n:02d}")
    branch = factory.SubFactory(BranchFactory)
    branch_code = factory.SelfAttribute("branch.branch_code")
    currency = "CNY"
    balance = Decimal("120000.00")


class LoanStateFactory(DjangoModelFactory):
    """Not overdue, from the delivery on; `overdue=True` since 2026-05-15, which is 46 days."""

    class Meta:
        model = LoanState

    class Params:
        overdue = factory.Trait(
            overdue_since=date(2026, 5, 15),
            principal_overdue_since=date(2026, 5, 15),
            overdue_principal=Decimal("10000.00"),
            bucket="M2",
            band="days_31_60",
            class_floor="special_mention",
        )

    loan = factory.SubFactory(LoanFactory)
    valid_from = DELIVERED_ON
    run_id = 1
    customer = factory.SelfAttribute("loan.customer")
    branch = factory.SelfAttribute("loan.branch")
    status = factory.SelfAttribute("loan.status")
    currency = factory.SelfAttribute("loan.currency")
    principal_balance = factory.SelfAttribute("loan.principal_balance")
    matures_on = factory.SelfAttribute("loan.matures_on")
    overdue_principal = Decimal(0)
    bucket = "M0"
    band = "current"
    class_floor = "normal"


class LoanWatchFactory(DjangoModelFactory):
    class Meta:
        model = LoanWatch

    loan = factory.SubFactory(LoanFactory)
    next_change_on = DELIVERED_ON


class LoanManagerFactory(DjangoModelFactory):
    """A manager the loan names itself; `former=True` ended before the facts were delivered."""

    class Meta:
        model = LoanManager

    class Params:
        former = factory.Trait(valid_to=date(2026, 1, 1))

    loan = factory.SubFactory(LoanFactory)
    role = "A"
    staff = factory.SubFactory(StaffFactory)
    valid_from = LONG_AGO
