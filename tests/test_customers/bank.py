"""A small bank in which every rule of scope can be told apart."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tests.factories import (
    BranchFactory,
    CollateralLinkFactory,
    ContractFactory,
    CustomerFactory,
    EventFactory,
    FacilityFactory,
    FindingFactory,
    GuaranteeFactory,
    InstalmentFactory,
    LoanFactory,
    LoanManagerFactory,
    LoanStateFactory,
    PostFactory,
    ProductFactory,
    ResponsibilityFactory,
    StaffFactory,
    StandInFactory,
)


@dataclass
class Bank:
    """root ─ west ─ west_sub (customers), east; lines corporate and inclusive."""

    branches: dict[str, Any] = field(default_factory=dict)
    customers: dict[str, Any] = field(default_factory=dict)
    loans: dict[str, Any] = field(default_factory=dict)
    people: dict[str, Any] = field(default_factory=dict)


def build() -> Bank:
    bank = Bank()
    root = BranchFactory()
    west = BranchFactory(parent=root, tier2=True)
    bank.branches = {
        "root": root,
        "west": west,
        "west_sub": BranchFactory(parent=west, sub_branch=True),
        "east": BranchFactory(parent=root, tier2=True),
    }
    _customers(bank)
    _people(bank)
    _rows(bank)
    return bank


def _customers(bank: Bank) -> None:
    """Four customers with one loan each; `steel` has a second loan that the east books."""
    b = bank.branches
    bank.customers = {
        "steel": CustomerFactory(branch=b["west"]),
        "bakery": CustomerFactory(branch=b["west"], inclusive=True),
        "mill": CustomerFactory(branch=b["west_sub"]),
        "port": CustomerFactory(branch=b["east"]),
    }
    for name, customer in bank.customers.items():
        product = ProductFactory(inclusive=name == "bakery")
        bank.loans[name] = LoanFactory(customer=customer, product=product, with_contract=True)
    east = b["east"]
    bank.loans["booked"] = LoanFactory(
        customer=bank.customers["steel"], booking_branch=east, booking_branch_code=east.branch_code
    )
    bank.loans["named"] = LoanFactory(customer=bank.customers["steel"], with_contract=True)


def _people(bank: Bank) -> None:
    b, c = bank.branches, bank.customers
    staff = {
        "manager": StaffFactory(post="account_manager", branch=b["west"]),
        "assistant": StaffFactory(post="account_manager", branch=b["west"]),
        "former": StaffFactory(post="account_manager", branch=b["west"]),
        "named": StaffFactory(post="account_manager", branch=b["west"]),
        "formerly_named": StaffFactory(post="account_manager", branch=b["west"]),
        "stand_in": StaffFactory(post="account_manager", branch=b["west"]),
        "stand_in_of_stand_in": StaffFactory(post="account_manager", branch=b["west"]),
        "inclusive_only": StaffFactory(post="account_manager", post__lines="inclusive", branch=b["west"]),
        "department_head": StaffFactory(post="department_head", branch=b["west"]),
        "inclusive_head": StaffFactory(post="department_head", post__lines="inclusive", branch=b["west"]),
        "branch_head": StaffFactory(post="branch_head", branch=b["west"]),
        "sub_head": StaffFactory(post="branch_head", branch=b["west_sub"]),
        "east_head": StaffFactory(post="branch_head", branch=b["east"]),
        "east_manager": StaffFactory(post="account_manager", branch=b["east"]),
        "auditor": StaffFactory(post="auditor", branch=b["root"]),
        "risk_officer": StaffFactory(post="risk_officer", branch=b["root"]),
        "inclusive_risk": StaffFactory(post="risk_officer", post__lines="inclusive", branch=b["root"]),
        "data_officer": StaffFactory(post="data_officer", branch=b["root"]),
        "without_post": StaffFactory(branch=b["west"]),
        "post_ended": StaffFactory(branch=b["west"]),
        "disabled": StaffFactory(post="branch_head", branch=b["west"], disabled=True),
        "system": StaffFactory(post="system_administrator", branch=b["root"]),
        "security": StaffFactory(post="security_administrator", branch=b["root"]),
        "audit": StaffFactory(post="audit_administrator", branch=b["root"]),
    }
    PostFactory(staff=staff["post_ended"], code="branch_head", valid_to=date(2026, 1, 1))
    ResponsibilityFactory(customer=c["steel"], staff=staff["manager"], valid_from=date(2026, 1, 1))
    ResponsibilityFactory(customer=c["mill"], staff=staff["manager"])
    ResponsibilityFactory(customer=c["steel"], staff=staff["assistant"], assistant=True)
    ResponsibilityFactory(customer=c["steel"], staff=staff["former"], former=True)
    ResponsibilityFactory(customer=c["bakery"], staff=staff["without_post"])
    ResponsibilityFactory(customer=c["port"], staff=staff["inclusive_only"])
    ResponsibilityFactory(customer=c["port"], line="inclusive", role="B", staff=staff["inclusive_only"])
    StandInFactory(absent=staff["manager"], stand_in=staff["stand_in"])
    StandInFactory(absent=staff["stand_in"], stand_in=staff["stand_in_of_stand_in"])
    StandInFactory(absent=staff["branch_head"], stand_in=staff["audit"])
    LoanManagerFactory(loan=bank.loans["named"], staff=staff["named"])
    LoanManagerFactory(loan=bank.loans["port"], staff=staff["formerly_named"], former=True)
    bank.people = staff


def _rows(bank: Bank) -> None:
    """What hangs on the customers and loans, one of each."""
    for name, customer in bank.customers.items():
        FacilityFactory(customer=customer)
        FindingFactory(customer_id=customer.pk)
        EventFactory(customer_id=customer.pk, subject_key=name)
    for loan in bank.loans.values():
        InstalmentFactory(loan=loan)
        LoanStateFactory(loan=loan)
        FindingFactory(loan_id=loan.pk, customer_id=loan.customer_id)
        if loan.contract:
            CollateralLinkFactory(contract=loan.contract, collateral__owner=None)
            GuaranteeFactory(contract=loan.contract, guarantor=None)
    for branch in bank.branches.values():
        FindingFactory(branch_id=branch.pk, subject_kind="branch")
    FindingFactory(subject_kind="extract")
    ContractFactory(customer=bank.customers["port"])
