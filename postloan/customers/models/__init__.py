from postloan.customers.models.knowledge import (
    Account,
    AccountEntry,
    EventCoverage,
    ExternalEvent,
    FinancialStatementItem,
)
from postloan.customers.models.parties import CreditReport, Customer, CustomerGroup, RelatedParty
from postloan.customers.models.responsibility import Responsibility, Role

__all__ = [
    "Account",
    "AccountEntry",
    "CreditReport",
    "Customer",
    "CustomerGroup",
    "EventCoverage",
    "ExternalEvent",
    "FinancialStatementItem",
    "RelatedParty",
    "Responsibility",
    "Role",
]
