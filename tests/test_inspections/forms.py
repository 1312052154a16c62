"""A customer with everything the bank can know, and a report begun on it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.test import Client

from postloan.core.models import BusinessDate
from postloan.inspections.models import InspectionTask, Report
from postloan.inspections.services.reports import begin_report
from tests.factories import (
    PASSWORD,
    AccountEntryFactory,
    AccountFactory,
    BusinessDateFactory,
    CollateralLinkFactory,
    ContractFactory,
    CreditReportFactory,
    CustomerFactory,
    FacilityFactory,
    GuaranteeFactory,
    LoanFactory,
    LoanStateFactory,
    PaymentOutFactory,
    RepaymentFactory,
    ResponsibilityFactory,
    StaffFactory,
    StatementItemFactory,
)
from tests.factories.days import DELIVERED_ON

STATEMENTS = {
    "total_assets": "68000000.00",
    "total_liabilities": "31000000.00",
    "revenue": "52000000.00",
    "net_profit": "3100000.00",
    "operating_cash_flow": "2800000.00",
    "accounts_receivable": "4402000.00",
    "inventory": "9100000.00",
    "short_term_loans": "12000000.00",
    "employees": "309.00",
    "electricity_kwh": "198230.00",
    "water_m3": "1865.00",
    "orders_on_hand": "6480000.00",
    "capacity_utilisation_pct": "82.00",
}


def customer_with_everything(**more: Any) -> Any:
    """A manufacturer with a loan of 1,200,000 paid out in two payments, secured, with accounts and statements."""
    values = {"industry_code": "C3425", "rating": "A2", "rating_on": DELIVERED_ON, **more}
    customer = CustomerFactory(**values)
    facility = FacilityFactory(customer=customer)
    contract = ContractFactory(customer=customer, facility=facility, facility_no=facility.facility_no)
    loan = LoanFactory(
        customer=customer,
        contract=contract,
        contract_no=contract.contract_no,
        amount=Decimal("1200000.00"),
        principal_balance=Decimal("1200000.00"),
        purpose="采购钢材及零部件",
        payment_mode="own",
        repayment_method="interest_monthly",
        secured_by="mortgage;guarantee",
        five_level_class="normal",
        disbursed_on=date(2026, 6, 15),
    )
    LoanStateFactory(loan=loan, overdue_interest=Decimal(0), missed_in_all=0)
    RepaymentFactory(loan=loan)
    for day, payee, amount in ((16, "澜州鼎盛钢材有限公司", "700000.00"), (18, "江东海博机电有限公司", "500000.00")):
        PaymentOutFactory(
            loan=loan, paid_on=date(2026, 6, day), amount=Decimal(amount), payee_name=payee, purpose="货款", mode="own"
        )
    account = AccountFactory(customer=customer, frozen=False, daily_average=Decimal("88000.00"))
    AccountEntryFactory(account=account, direction="credit", amount=Decimal("900000.00"))
    AccountEntryFactory(account=account, direction="debit", amount=Decimal("700000.00"))
    CreditReportFactory(
        customer=customer,
        debt_elsewhere=Decimal("3000000.00"),
        lenders=2,
        guarantees_given=Decimal(0),
        debt_elsewhere_over_90_days=Decimal(0),
    )
    for item, value in STATEMENTS.items():
        StatementItemFactory(customer=customer, item=item, value=Decimal(value))
    CollateralLinkFactory(contract=contract, collateral__owner=customer)
    GuaranteeFactory(contract=contract, guarantor_name="澜州恒信担保有限公司", guaranteed_until=date(2028, 6, 30))
    return customer


def task_for(customer: Any, kind: str = "periodic", **more: Any) -> InspectionTask:
    values: dict[str, Any] = {
        "task_no": f"JC{InspectionTask.objects.count():05d}",
        "customer": customer,
        "line": customer.main_line,
        "kind": kind,
        "occurrence": str(InspectionTask.objects.count()),
        "reason_code": "inspection_first",
        "planned_on": DELIVERED_ON,
        "first_due_on": date(2026, 7, 15),
        "due_on": date(2026, 7, 15),
        **more,
    }
    return InspectionTask.objects.create(**values)


def inspectors(customer: Any) -> tuple[Any, Any]:
    """The two people responsible for a customer."""
    there = {row.role: row.staff for row in customer.responsibilities.all()}
    if there:
        return there["A"], there["B"]
    main = StaffFactory(post="account_manager", branch=customer.branch)
    second = StaffFactory(post="account_manager", branch=customer.branch)
    ResponsibilityFactory(customer=customer, staff=main)
    ResponsibilityFactory(customer=customer, staff=second, assistant=True)
    return main, second


def begun(kind: str = "periodic", customer: Any = None, **more: Any) -> tuple[Report, Any, Any]:
    """A report, its main and its second inspector."""
    if not BusinessDate.objects.exists():
        BusinessDateFactory()
    customer = customer or customer_with_everything()
    main, second = inspectors(customer)
    return begin_report(task_for(customer, kind, **more), acting_user=main), main, second


def logged_in(staff: Any) -> Client:
    client = Client()
    client.post("/login", {"username": staff.staff_no, "password": PASSWORD})
    return client
