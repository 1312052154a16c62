"""Each factory makes a row that the database's constraints accept."""

import pytest

from tests import factories

FACTORIES = [name for name in factories.__all__ if name.endswith("Factory")]


@pytest.mark.django_db
@pytest.mark.parametrize("name", FACTORIES)
def test_makes_two_rows(name):
    factory = getattr(factories, name)
    once = name in {"InstitutionFactory", "BusinessDateFactory", "ParameterFactory", "JobRunFactory", "ProductFactory"}
    rows = [factory() for _ in range(1 if once else 2)]
    assert all(row.pk for row in rows)
    for row in rows:
        row.validate_constraints()


@pytest.mark.django_db
def test_traits_hold():
    assert factories.InstalmentFactory(paid=True).principal_paid == 10000
    assert factories.LoanFactory(with_contract=True).contract_no
    assert factories.LoanStateFactory(overdue=True).bucket == "M2"
    assert factories.StaffFactory(post="branch_head").posts.get().scope == "below"
    assert factories.StaffFactory(post="account_manager", post__lines="corporate").posts.get().lines == "corporate"
