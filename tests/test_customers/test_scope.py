"""Who sees what, on a small bank in which every rule can be told apart.

own / branch / below / all × lines × stand-in × former manager × disabled × administrators.
"""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext

from postloan.collateral.models import Collateral, CollateralLink, Guarantee
from postloan.core.models import Event, Finding
from postloan.customers.models import Customer
from postloan.loans.models import Contract, Facility, Instalment, Loan, LoanState
from postloan.loans.scope import events_visible_to, findings_visible_to
from postloan.organization.models import Staff
from tests.test_customers.bank import build

pytestmark = pytest.mark.django_db

ALL_CUSTOMERS = {"steel", "bakery", "mill", "port"}
ALL_LOANS = ALL_CUSTOMERS | {"booked", "named"}
OF_STEEL = {"steel", "booked", "named"}

# person: (customers, loans beyond those of the customers)
EXPECTED = {
    "manager": ({"steel", "mill"}, set()),
    "assistant": ({"steel"}, set()),
    "former": (set(), set()),
    "named": (set(), {"named"}),
    "formerly_named": (set(), set()),
    "stand_in": ({"steel", "mill"}, set()),
    "stand_in_of_stand_in": (set(), set()),
    "inclusive_only": ({"port"}, set()),
    "department_head": ({"steel", "bakery"}, set()),
    "inclusive_head": ({"bakery"}, set()),
    "branch_head": ({"steel", "bakery", "mill"}, set()),
    "sub_head": ({"mill"}, set()),
    "east_head": ({"port"}, {"booked"}),
    "east_manager": (set(), set()),
    "auditor": (ALL_CUSTOMERS, set()),
    "risk_officer": (ALL_CUSTOMERS, set()),
    "inclusive_risk": ({"bakery", "port"}, set()),
    "data_officer": (ALL_CUSTOMERS, set()),
    "without_post": (set(), set()),
    "post_ended": (set(), set()),
    "disabled": (set(), set()),
    "system": (set(), set()),
    "security": (set(), set()),
    "audit": (set(), set()),
}


@pytest.fixture
def bank():
    return build()


def loans_of(bank, customers, more):
    return {name for name, loan in bank.loans.items() if name in more or loan.customer in customers}


def test_everybody_of_the_bank_stands_in_the_table(bank):
    assert set(bank.people) == set(EXPECTED)


def test_each_person_sees_exactly_what_the_table_says(bank):
    wrong = []
    for who, (customer_names, more) in EXPECTED.items():
        user = Staff.objects.get(pk=bank.people[who].pk)
        customers = {bank.customers[name] for name in customer_names}
        loans = {bank.loans[name] for name in loans_of(bank, customers, more)}
        wrong += [f"{who}: {what}" for what in differences(user, customers, loans)]
    assert wrong == []


def differences(user, customers, loans):
    """The kinds of rows of which a person does not see exactly those of these customers and loans."""
    contracts = {loan.contract_id for loan in loans if loan.contract_id}
    contracts |= set(Contract.objects.filter(customer__in=customers).values_list("pk", flat=True))
    links = CollateralLink.objects.filter(contract__in=contracts)
    pairs = {
        "customers": (Customer.objects.visible_to(user), Customer.objects.filter(pk__in=[c.pk for c in customers])),
        "loans": (Loan.objects.visible_to(user), Loan.objects.filter(pk__in=[one.pk for one in loans])),
        "instalments": (Instalment.objects.visible_to(user), Instalment.objects.filter(loan__in=loans)),
        "states": (LoanState.objects.visible_to(user), LoanState.objects.filter(loan__in=loans)),
        "facilities": (Facility.objects.visible_to(user), Facility.objects.filter(customer__in=customers)),
        "contracts": (Contract.objects.visible_to(user), Contract.objects.filter(pk__in=contracts)),
        "links": (CollateralLink.objects.visible_to(user), links),
        "collateral": (Collateral.objects.visible_to(user), Collateral.objects.filter(links__in=links)),
        "guarantees": (Guarantee.objects.visible_to(user), Guarantee.objects.filter(contract__in=contracts)),
        "events": (events_visible_to(user), Event.objects.filter(customer_id__in=[c.pk for c in customers])),
    }
    return [name for name, (seen, due) in pairs.items() if ids(seen) != ids(due)]


def ids(rows):
    found = [row.pk for row in rows]
    assert len(found) == len(set(found)), "a row is seen twice"
    return set(found)


def test_findings_follow_loan_customer_branch_or_the_whole_bank(bank):
    def seen(who):
        return findings_visible_to(Staff.objects.get(pk=bank.people[who].pk))

    assert seen("risk_officer").count() == Finding.objects.count()
    east = seen("east_head")
    booked, port = bank.loans["booked"], bank.customers["port"]
    assert set(east.exclude(loan_id=None).values_list("loan_id", flat=True)) == {booked.pk, bank.loans["port"].pk}
    assert set(east.filter(loan_id=None).exclude(customer_id=None).values_list("customer_id", flat=True)) == {port.pk}
    assert set(east.filter(subject_kind="branch").values_list("branch_id", flat=True)) == {bank.branches["east"].pk}
    assert not seen("manager").filter(subject_kind__in=["branch", "extract"]).exists()
    for nobody in ("former", "disabled", "system", "security", "audit", "without_post"):
        assert not seen(nobody).exists()


def test_nobody_logged_in_sees_nothing(bank):
    anonymous = AnonymousUser()
    assert differences(anonymous, set(), set()) == []
    assert not findings_visible_to(anonymous).exists()


def test_a_day_ends_and_the_former_manager_sees_the_customer_no_more(bank):
    manager, steel = bank.people["manager"], bank.customers["steel"]
    assert steel in Customer.objects.visible_to(Staff.objects.get(pk=manager.pk))
    steel.responsibilities.filter(staff=manager).update(valid_to="2026-06-30")
    assert steel not in Customer.objects.visible_to(Staff.objects.get(pk=manager.pk))


def test_somebody_responsible_from_a_later_day_sees_nothing_yet(bank):
    manager, steel = bank.people["manager"], bank.customers["steel"]
    steel.responsibilities.filter(staff=manager).update(valid_from="2099-01-01")
    assert steel not in Customer.objects.visible_to(Staff.objects.get(pk=manager.pk))


def test_scope_costs_the_same_number_of_queries_for_everybody(bank):
    counts = {}
    for who, person in bank.people.items():
        user = Staff.objects.get(pk=person.pk)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            list(Customer.objects.visible_to(user))
            list(Loan.objects.visible_to(user))
            list(Collateral.objects.visible_to(user))
        counts[who] = len(queries)
    assert max(counts.values()) <= 4 + 3, counts


# What the bank has no owner for, and what is only ever reached through the row it belongs to.
OF_THE_BANK = {
    "EventCoverage",
    "Product",
    "BookChange",
    "MonthEndBook",
    "Policy",
    "PolicyRule",
    "ReportTemplate",
    "TemplateVersion",
    "StoredFile",
}
PARTS = {
    "LoanWatch": "loan",
    "PlanFollowUp": "plan",
    "TaskLoan": "task",
    "TaskRequest": "task",
    "Answer": "report",
    "SectionMark": "report",
    "Evidence": "report",
    "Upload": "report",
    "Measure": "report",
    "ConditionAnswer": "report",
    "FundsFinding": "loan",
    "FundsAnswer": "report",
    "FundsProof": "report",
    "VoucherExtension": "debt",
    "Signature": "report",
    "BorrowerConfirmation": "report",
    "Decision": "report",
}
OWNING_APPS = (
    "customers",
    "loans",
    "collateral",
    "classification",
    "todos",
    "collections",
    "inspections",
    "handovers",
    "warnings",
)


def test_every_model_says_who_sees_it():
    """Whoever adds a model gives it a queryset with visible_to, or says through what it is reached."""
    from django.apps import apps

    def is_scoped(model):
        if hasattr(model._default_manager, "visible_to"):
            return True
        field = PARTS.get(model.__name__)
        return field is not None and is_scoped(model._meta.get_field(field).related_model)

    models = [
        model
        for app in OWNING_APPS
        for model in apps.get_app_config(app).get_models()
        if not model.__name__.startswith("Historical")
    ]
    assert [m.__name__ for m in models if m.__name__ not in OF_THE_BANK and not is_scoped(m)] == []
    owners = {"customer", "loan", "contract", "facility", "task", "report"}
    owned = [m.__name__ for m in models if owners & {field.name for field in m._meta.fields}]
    assert set(owned) & OF_THE_BANK == set()
    assert {*OF_THE_BANK, *PARTS} <= {model.__name__ for model in models}
