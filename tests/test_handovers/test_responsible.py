"""Who answers for what: each number is a link to exactly its rows, and counts what the book counts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from tests.factories import (
    BranchFactory,
    BusinessDateFactory,
    CustomerFactory,
    LoanFactory,
    LoanStateFactory,
    ResponsibilityFactory,
    StaffFactory,
)
from tests.test_inspections.forms import logged_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def book() -> Any:
    """A is two customers, one on two lines; B is one; one loan overdue, one written off, one in another currency."""
    BusinessDateFactory()
    branch = BranchFactory(tier2=True)
    manager = StaffFactory(post="account_manager", branch=branch)
    first, second, third = (CustomerFactory(branch=branch) for _ in range(3))
    ResponsibilityFactory(customer=first, staff=manager)
    ResponsibilityFactory(customer=first, staff=manager, line="personal")
    ResponsibilityFactory(customer=second, staff=manager)
    ResponsibilityFactory(customer=third, staff=manager, assistant=True)
    ResponsibilityFactory(customer=third, staff=StaffFactory(post="account_manager", branch=branch))
    for columns in (
        {"principal_balance": Decimal("100.00")},
        {"principal_balance": Decimal("20.00"), "overdue": True},
        {"principal_balance": Decimal("3.00"), "status": "written_off", "overdue": True},
        {"principal_balance": Decimal("0.00"), "status": "settled"},
        {"principal_balance": Decimal("50.00"), "currency": "USD"},
    ):
        LoanStateFactory(loan=LoanFactory(customer=first), manager=manager, **columns)
    return {"branch": branch, "manager": manager}


def row_of(client: Client, manager: Any) -> Any:
    page = client.get("/responsibility")
    row = next(row for row in page.context["people"] if row.staff.pk == manager.pk)
    return row, page.content.decode()


def test_each_number_is_its_rows(book: Any) -> None:
    head = StaffFactory(post="branch_head", branch=book["branch"])
    client = logged_in(head)
    row, content = row_of(client, book["manager"])

    assert (row.as_a, row.as_b, row.loans, row.overdue) == (2, 1, 3, 1)
    assert row.balances == [("CNY", Decimal("120.00")), ("USD", Decimal("50.00"))]
    for name in ("as_a", "as_b", "loans", "overdue"):
        href = row.hrefs[name]
        assert client.get(href).context["page"].paginator.count == getattr(row, name), name
        assert f'href="{href.replace("&", "&amp;")}"' in content, name
    for currency, total, href in row.balances_with_hrefs:
        behind = client.get(href).context["rows"]
        assert sum(one["state"].principal_balance for one in behind) == total, currency
        assert f'href="{href.replace("&", "&amp;")}"' in content


def test_the_lists_say_whose_rows_they_are(book: Any) -> None:
    client = logged_in(StaffFactory(post="branch_head", branch=book["branch"]))
    row, _content = row_of(client, book["manager"])

    for href in (row.hrefs["as_b"], row.hrefs["loans"]):
        assert client.get(href).context["only_manager"] == book["manager"]
    elsewhere = logged_in(StaffFactory(post="branch_head", branch=BranchFactory(tier2=True)))
    for href in (row.hrefs["as_a"], row.hrefs["loans"]):
        answer = elsewhere.get(href)
        assert answer.context["page"].paginator.count == 0
        assert answer.context["only_manager"] is None
        assert book["manager"].name not in answer.content.decode()
