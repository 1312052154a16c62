"""One factory a model, with traits for what tests speak about. Dates are passed in or fixed, never "today".

branch = BranchFactory(tier2=True)
head = StaffFactory(post="branch_head", branch=branch)
loan = LoanFactory(customer__branch=branch, written_off=True)
ResponsibilityFactory(customer=loan.customer, staff=StaffFactory(post="account_manager", branch=branch))
"""

from tests.factories.collateral import CollateralFactory, CollateralLinkFactory, GuaranteeFactory
from tests.factories.core import (
    BusinessDateFactory,
    EventFactory,
    FindingFactory,
    InstitutionFactory,
    JobRunFactory,
    ParameterFactory,
)
from tests.factories.customers import (
    AccountEntryFactory,
    AccountFactory,
    CreditReportFactory,
    CustomerFactory,
    CustomerGroupFactory,
    ExternalEventFactory,
    RelatedPartyFactory,
    ResponsibilityFactory,
    StatementItemFactory,
)
from tests.factories.inspections import InspectionTaskFactory
from tests.factories.loans import (
    ApprovalConditionFactory,
    ContractFactory,
    DeductionFactory,
    FacilityFactory,
    InstalmentFactory,
    LedgerBalanceFactory,
    LoanFactory,
    LoanManagerFactory,
    LoanStateFactory,
    LoanWatchFactory,
    OffBalanceItemFactory,
    PaymentOutFactory,
    ProductFactory,
    RepaymentFactory,
)
from tests.factories.organization import (
    PASSWORD,
    BranchFactory,
    PostFactory,
    StaffFactory,
    StandInFactory,
)

__all__ = [
    "PASSWORD",
    "AccountEntryFactory",
    "AccountFactory",
    "ApprovalConditionFactory",
    "BranchFactory",
    "BusinessDateFactory",
    "CollateralFactory",
    "CollateralLinkFactory",
    "ContractFactory",
    "CreditReportFactory",
    "CustomerFactory",
    "CustomerGroupFactory",
    "DeductionFactory",
    "EventFactory",
    "ExternalEventFactory",
    "FacilityFactory",
    "FindingFactory",
    "GuaranteeFactory",
    "InspectionTaskFactory",
    "InstalmentFactory",
    "InstitutionFactory",
    "JobRunFactory",
    "LedgerBalanceFactory",
    "LoanFactory",
    "LoanManagerFactory",
    "LoanStateFactory",
    "LoanWatchFactory",
    "OffBalanceItemFactory",
    "ParameterFactory",
    "PaymentOutFactory",
    "PostFactory",
    "ProductFactory",
    "RelatedPartyFactory",
    "RepaymentFactory",
    "ResponsibilityFactory",
    "StaffFactory",
    "StandInFactory",
    "StatementItemFactory",
]
