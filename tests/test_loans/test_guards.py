"""What the database refuses of states and managers, whoever asks."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from postloan.core import guards
from postloan.loans.models import LoanState
from tests.factories.customers import CustomerFactory, ResponsibilityFactory
from tests.factories.days import DELIVERED_ON
from tests.factories.loans import LoanFactory, LoanManagerFactory, LoanStateFactory
from tests.factories.organization import BranchFactory, StaffFactory

pytestmark = pytest.mark.django_db
LATER = DELIVERED_ON + timedelta(10)


def refused(**changes) -> bool:
    try:
        with transaction.atomic():
            LoanState.objects.update(**changes)
    except IntegrityError:
        return True
    return False


def overlaps(make) -> bool:
    try:
        with transaction.atomic():
            make()
    except IntegrityError:
        return True
    return False


# --- states -------------------------------------------------------------------------------------


def test_an_interval_ends_once():
    LoanStateFactory()
    assert not refused(valid_to=LATER)
    assert refused(valid_to=LATER + timedelta(1))
    assert refused(valid_to=None)


def test_a_state_is_superseded_once():
    LoanStateFactory()
    assert not refused(superseded_by_run=7)
    assert refused(superseded_by_run=8)
    assert refused(superseded_by_run=None)


@pytest.mark.parametrize(
    "changes",
    [
        {"valid_from": DELIVERED_ON - timedelta(1)},
        {"run_id": 2},
        {"status": "settled"},
        {"currency": "USD"},
        {"principal_balance": Decimal(1)},
        {"matures_on": LATER},
        {"overdue_since": date(2026, 5, 14)},
        {"principal_overdue_since": date(2026, 5, 14)},
        {"interest_overdue_since": date(2026, 5, 14)},
        {"overdue_principal": Decimal(1)},
        {"overdue_interest": Decimal(1)},
        {"bucket": "M3"},
        {"band": "days_61_90"},
        {"class_floor": "loss"},
        {"five_level_class": "loss"},
        {"missed_in_a_row": 1},
        {"missed_in_all": 1},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_no_other_column_of_a_state_ever_changes(changes):
    LoanStateFactory(overdue=True)
    assert refused(**changes)
    assert refused(valid_to=LATER, **changes), "nor together with the end of the interval"


@pytest.mark.parametrize(
    ("column", "factory"), [("loan_id", LoanFactory), ("customer_id", CustomerFactory), ("branch_id", BranchFactory)]
)
def test_no_reference_of_a_state_ever_changes(column, factory):
    LoanStateFactory()
    assert refused(**{column: factory().pk})


def test_the_manager_of_a_state_never_changes():
    LoanStateFactory()
    assert refused(manager_id=StaffFactory().pk)


def test_a_state_is_never_deleted():
    LoanStateFactory()
    assert overlaps(LoanState.objects.all().delete)
    assert overlaps(lambda: LoanState.objects.all()._raw_delete("default"))
    with guards.lifted():
        LoanState.objects.all()._raw_delete("default")
    assert not LoanState.objects.exists()


def test_states_of_a_loan_never_overlap():
    loan = LoanFactory()
    day = DELIVERED_ON
    LoanStateFactory(loan=loan, valid_from=day, valid_to=day + timedelta(10))
    assert overlaps(lambda: LoanStateFactory(loan=loan, valid_from=day + timedelta(9)))
    assert overlaps(lambda: LoanStateFactory(loan=loan, valid_from=day - timedelta(5), valid_to=day + timedelta(1)))
    assert overlaps(lambda: LoanStateFactory(loan=loan, valid_from=day - timedelta(5), valid_to=day + timedelta(50)))
    assert overlaps(lambda: LoanStateFactory(loan=loan, valid_from=day + timedelta(2), valid_to=day + timedelta(3)))
    LoanStateFactory(loan=loan, valid_from=day + timedelta(2), superseded_by_run=3)
    LoanStateFactory(loan=loan, valid_from=day + timedelta(10))
    assert LoanState.objects.count() == 3


def test_states_written_together_are_looked_at_too():
    loan = LoanFactory()
    pair = [LoanStateFactory.build(loan=loan, valid_from=DELIVERED_ON, valid_to=LATER) for _number in range(2)]
    pair[1].valid_from += timedelta(1)
    for state in pair:
        state.customer, state.branch = loan.customer, loan.branch
    assert overlaps(lambda: LoanState.objects.bulk_create(pair))


@pytest.mark.parametrize(
    "facts",
    [
        {"valid_to": DELIVERED_ON},
        {"bucket": "M9"},
        {"band": "late"},
        {"class_floor": "fine"},
        {"overdue_principal": Decimal("-0.01")},
        {"overdue_interest": Decimal("-0.01")},
        {"bucket": "M1"},
        {"band": "days_1_30"},
        {"overdue_since": date(2026, 6, 1)},
    ],
)
def test_a_state_that_cannot_be_is_refused(facts):
    assert overlaps(lambda: LoanStateFactory(**facts))


def test_one_open_state_a_loan_and_one_a_date():
    loan = LoanFactory()
    LoanStateFactory(loan=loan)
    assert overlaps(lambda: LoanStateFactory(loan=loan))
    assert overlaps(lambda: LoanStateFactory(loan=loan, valid_from=LATER))


# --- managers -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["loan", "customer"])
def test_no_two_managers_in_a_role_on_one_day(kind):
    factory, whose = (
        (LoanManagerFactory, {"loan": LoanFactory()})
        if kind == "loan"
        else (ResponsibilityFactory, {"customer": CustomerFactory(), "line": "corporate"})
    )
    factory(**whose, valid_from=DELIVERED_ON, valid_to=LATER)
    assert overlaps(lambda: factory(**whose, valid_from=LATER - timedelta(1)))
    assert overlaps(lambda: factory(**whose, valid_from=date(2020, 1, 1), valid_to=None))
    factory(**whose, valid_from=LATER)
    factory(**whose, role="B", valid_from=DELIVERED_ON)
    assert overlaps(lambda: factory(**whose, valid_from=date(2019, 1, 1), valid_to=LATER))


@pytest.mark.parametrize("kind", ["loan", "customer"])
def test_nobody_is_a_and_b_on_one_day(kind):
    factory, whose = (
        (LoanManagerFactory, {"loan": LoanFactory()})
        if kind == "loan"
        else (ResponsibilityFactory, {"customer": CustomerFactory(), "line": "corporate"})
    )
    staff = StaffFactory()
    first = factory(**whose, staff=staff, role="A", valid_from=DELIVERED_ON, valid_to=LATER)
    assert overlaps(lambda: factory(**whose, staff=staff, role="B", valid_from=LATER - timedelta(1)))
    second = factory(**whose, staff=staff, role="B", valid_from=LATER)
    second.valid_from = LATER - timedelta(1)
    assert overlaps(second.save)
    first.refresh_from_db()
    assert first.valid_to == LATER


def test_another_line_is_another_responsibility():
    customer, staff = CustomerFactory(), StaffFactory()
    ResponsibilityFactory(customer=customer, line="corporate", staff=staff)
    ResponsibilityFactory(customer=customer, line="personal", staff=staff)
    ResponsibilityFactory(customer=customer, line="inclusive", staff=staff, role="B")
