"""What the fictional bank knows: plain records, filled by the builders and moved on by the ledger."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from .money import ZERO
from .names import Industry


@dataclass(slots=True)
class Branch:
    code: str
    name: str
    parent: str
    level: str
    kind: str
    county: str = ""
    region: str = ""


@dataclass(slots=True)
class Employee:
    staff_no: str
    name: str
    branch_code: str
    posts: str
    lines: str = ""
    certificate_until: date | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class Product:
    code: str
    name: str
    family: str
    line: str
    class_method: str
    grace_days: int = 0


@dataclass(slots=True)
class Phase:
    """From `start` on the customer pays like `mode`: good, late, half, interest_only, stopped."""

    start: date
    mode: str
    days: int = 0


@dataclass(slots=True)
class Instalment:
    number: int
    due_on: date
    principal_due: Decimal
    interest_due: Decimal
    accrues_from: date
    principal_paid: Decimal = ZERO
    interest_paid: Decimal = ZERO
    penalty_due: Decimal = ZERO
    penalty_paid: Decimal = ZERO
    penalty_to: date | None = None
    principal_settled_on: date | None = None
    interest_settled_on: date | None = None
    settled_on: date | None = None
    dropped: bool = False

    @property
    def unpaid_principal(self) -> Decimal:
        return self.principal_due - self.principal_paid

    @property
    def unpaid_interest(self) -> Decimal:
        return self.interest_due - self.interest_paid


@dataclass(slots=True)
class Repayment:
    receipt_no: str
    loan_no: str
    paid_on: date
    principal: Decimal
    interest: Decimal
    penalty: Decimal
    source: str
    account_no: str
    reverses: str = ""

    @property
    def amount(self) -> Decimal:
        return self.principal + self.interest + self.penalty


@dataclass(slots=True)
class Deduction:
    loan_no: str
    account_no: str
    tried_on: date
    amount: Decimal
    taken: Decimal
    result: str
    reason: str


@dataclass(slots=True)
class Payout:
    payment_no: str
    loan_no: str
    paid_on: date
    amount: Decimal
    mode: str
    payee_name: str
    payee_account: str
    payee_bank: str
    purpose: str


@dataclass(slots=True)
class Loan:
    loan_no: str
    contract_no: str
    customer: Customer
    product: Product
    amount: Decimal
    disbursed_on: date
    matures_on: date
    rate: Decimal
    method: str
    account_no: str
    purpose: str
    secured_by: str = "credit"
    payment_mode: str = "own"
    rows: list[Instalment] = field(default_factory=list)
    has_rows: bool = True
    says_overdue: bool = True
    phases: list[Phase] | None = None
    plan: list[tuple[date, str, object]] = field(default_factory=list)
    payouts: list[Payout] = field(default_factory=list)
    originator_no: str = ""
    approver_no: str = ""
    renewal_kind: str = ""
    refinances: str = ""
    class_shift: int = 0
    planted: str = ""
    status: str = "active"
    balance: Decimal = ZERO
    written_off: Decimal = ZERO
    transferred: Decimal = ZERO
    closed_on: date | None = None
    original_matures_on: date | None = None
    extension_count: int = 0
    restructured_on: date | None = None
    core_class: str = "normal"
    classified_on: date | None = None


@dataclass(slots=True)
class Contract:
    contract_no: str
    customer_no: str
    facility_no: str
    kind: str
    signed_on: date
    ends_on: date
    amount: Decimal
    account_no: str
    dispute: str = "litigation"
    notarised: bool = False


@dataclass(slots=True)
class Condition:
    condition_no: str
    kind: str
    text: str
    due_on: date | None = None
    fulfilled_on: date | None = None


@dataclass(slots=True)
class Facility:
    facility_no: str
    customer: Customer
    approved_on: date
    total: Decimal
    expires_on: date
    conditions: list[Condition] = field(default_factory=list)
    frozen_from: date | None = None


@dataclass(slots=True)
class Collateral:
    collateral_no: str
    kind: str
    owner_no: str
    owner_name: str
    description: str
    register_no: str
    location: str
    value: Decimal
    appraised_on: date
    insured_until: date | None
    known_from: date
    pre_registration: bool = False
    revaluations: list[tuple[date, Decimal]] = field(default_factory=list)
    seized_from: date | None = None
    links: list[tuple[str, Decimal, int, date]] = field(default_factory=list)


@dataclass(slots=True)
class Guarantee:
    guarantee_no: str
    contract_no: str
    guarantor_no: str
    guarantor_name: str
    signed_on: date
    amount: Decimal
    until: date
    maximum: bool = False


@dataclass(slots=True)
class RelatedParty:
    relation: str
    party_no: str
    name: str
    id_type: str = ""
    id_number: str = ""
    share_pct: str = ""
    customer_no: str = ""


@dataclass(slots=True)
class ExternalEvent:
    occurred_on: date
    kind: str
    summary: str
    amount: Decimal | None = None
    known_on: date | None = None


@dataclass(slots=True)
class Flow:
    """Money through the customer's account, apart from what the loans themselves move."""

    on: date
    direction: str
    amount: Decimal
    name: str
    summary: str
    account: str = ""
    bank: str = ""
    tag: str = ""


@dataclass(slots=True)
class Account:
    account_no: str
    kind: str
    balance: Decimal = ZERO
    average: Decimal = ZERO
    frozen_from: date | None = None


@dataclass(slots=True)
class Story:
    """What happens to a customer; `signs` tells whether anything shows before money is missing."""

    kind: str
    fails: bool = False
    starts_on: date | None = None
    fails_on: date | None = None
    signs: bool = True
    noise: bool = False
    partners: list[str] = field(default_factory=list)
    note: str = ""


@dataclass(slots=True)
class Customer:
    customer_no: str
    name: str
    kind: str
    branch_code: str
    county: str
    region: str
    industry: Industry
    size: str
    id_type: str
    id_number: str
    phone: str
    address: str
    since: date
    monthly_turnover: Decimal
    # Of all its sales so many percent come through the account here.
    sales_pct: int = 70
    manager_no: str = ""
    assistant_no: str = ""
    later_manager: tuple[date, str] | None = None
    birth_date: date | None = None
    sex: str = ""
    id_valid_until: date | None = None
    rating: str = ""
    rating_on: date | None = None
    group_no: str = ""
    key: bool = False
    blacklisted_from: date | None = None
    story: Story = field(default_factory=lambda: Story("plain"))
    phases: list[Phase] = field(default_factory=list)
    flow_phases: list[tuple[date, float]] = field(default_factory=list)
    report_steps: list[tuple[date, str]] = field(default_factory=list)
    parties: list[RelatedParty] = field(default_factory=list)
    events: list[ExternalEvent] = field(default_factory=list)
    extra_flows: list[Flow] = field(default_factory=list)
    counterparties: list[str] = field(default_factory=list)
    account: Account | None = None
    facility: Facility | None = None
    loans: list[Loan] = field(default_factory=list)

    @property
    def buyers(self) -> list[str]:
        """Who pays the customer; nobody of them sells to it."""
        return self.counterparties[: 1 if self.kind == "individual" else len(self.counterparties) // 2]

    @property
    def suppliers(self) -> list[str]:
        return self.counterparties[len(self.buyers) :]

    @property
    def is_person(self) -> bool:
        return self.kind in ("individual", "farmer", "self_employed")


@dataclass(slots=True)
class OffBalanceItem:
    item_no: str
    kind: str
    customer: Customer
    contract_no: str
    amount: Decimal
    margin_account: Account | None
    margin_pct: int
    issued_on: date
    matures_on: date
    advance: Loan | None = None


@dataclass(slots=True)
class Bank:
    """Everything that exists, whether or not it has happened yet on a given date."""

    seed: int
    dates: list[date]
    history_from: date
    branches: list[Branch] = field(default_factory=list)
    staff: list[Employee] = field(default_factory=list)
    customers: list[Customer] = field(default_factory=list)
    groups: list[tuple[str, str, str]] = field(default_factory=list)
    contracts: list[Contract] = field(default_factory=list)
    collateral: list[Collateral] = field(default_factory=list)
    guarantees: list[Guarantee] = field(default_factory=list)
    off_balance: list[OffBalanceItem] = field(default_factory=list)
    planted: list[dict[str, str]] = field(default_factory=list)
    # What was arranged with borrowed money and what only looks so, by kind; entries are found again by their tag.
    told: dict[str, list[dict[str, object]]] = field(default_factory=dict)
    tagged: dict[str, list[dict[str, object]]] = field(default_factory=dict)
    payees: dict[str, int] = field(default_factory=dict)
    serials: dict[str, int] = field(default_factory=dict)

    @property
    def until(self) -> date:
        return self.dates[-1]

    @property
    def first(self) -> date:
        return self.dates[0]

    def next(self, kind: str) -> int:
        self.serials[kind] = self.serials.get(kind, 0) + 1
        return self.serials[kind]

    @property
    def loans(self) -> list[Loan]:
        return [loan for customer in self.customers for loan in customer.loans]
