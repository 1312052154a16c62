"""The books: what a query finds, in which order, and at what cost."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import CustomerFactory
from tests.test_reporting.conftest import state_of


def shown(client, address: str) -> list[int]:
    return [row["state"].pk for row in client.get(address).context["rows"]]


def queries(client, address: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


@pytest.mark.parametrize(
    "address",
    [
        "/loans",
        "/loans?band=days_31_60&sort=-balance",
        "/loans?q=机械&sort=customer",
        "/customers",
        "/customers?overdue=yes&sort=-balance",
        "/overview",
        "/search?q=L000",
        "/search?q=机械",
    ],
)
def test_a_list_asks_the_same_number_of_questions_however_long_it_is(bank, reader, address):
    client = reader(bank.head)
    state_of(bank.here, overdue=True)
    queries(client, address)
    few, short = queries(client, address), len(client.get(address).content)
    for _ in range(12):
        state_of(bank.here, overdue=True)

    assert queries(client, address) == few
    assert address == "/overview" or len(client.get(address).content) > short + 12 * 100


def test_loans_are_found_by_number_customer_and_name(bank, reader):
    client = reader(bank.head)
    loan, customer = bank.current.loan, bank.current.customer

    for text in (loan.loan_no, customer.customer_no, customer.name):
        assert shown(client, f"/loans?q={text}") == [bank.current.pk]


def test_conditions_are_taken_together(bank, reader):
    client = reader(bank.head)

    assert shown(client, "/loans?band=overdue&floor=npl") == [bank.non_performing.pk]
    assert shown(client, "/loans?band=days_31_60") == [bank.overdue.pk]
    assert len(shown(client, f"/loans?branch={bank.here.path}")) == 3
    assert len(shown(client, "/loans?status=all")) == 5
    assert len(shown(client, "/loans?status=written_off")) == 1
    assert shown(client, "/loans?matures_by=2026-07-15") == [bank.current.pk]


def test_the_longest_overdue_comes_first_unless_asked_otherwise(bank, reader):
    client = reader(bank.head)
    by_days = [bank.non_performing.pk, bank.overdue.pk, bank.current.pk]

    assert shown(client, "/loans") == by_days
    assert shown(client, "/loans?sort=days") == by_days[::-1]
    assert shown(client, "/loans?sort=balance") == by_days
    assert shown(client, "/loans?sort=-balance") == by_days[::-1]
    assert shown(client, "/loans?sort=nonsense") == by_days


def test_a_condition_that_cannot_be_read_is_left_out_and_said(bank, reader):
    answer = reader(bank.head).get("/loans?matures_by=soon&page=99")

    assert len(answer.context["rows"]) == 3
    assert "could not be read" in answer.content.decode()


def test_customers_are_sorted_by_what_they_owe(bank, reader):
    client = reader(bank.head)

    rows = client.get("/customers?sort=-balance").context["rows"]
    assert [row["customer"].pk for row in rows][:3] == [
        bank.current.customer_id,
        bank.overdue.customer_id,
        bank.non_performing.customer_id,
    ]
    rows = client.get("/customers?sort=-days&overdue=yes").context["rows"]
    assert [row["customer"].pk for row in rows] == [bank.non_performing.customer_id, bank.overdue.customer_id]


def test_the_search_opens_the_only_hit_at_once(bank, reader):
    client = reader(bank.head)

    answer = client.get(f"/search?q={bank.current.loan.loan_no}")
    assert answer.headers["Location"] == f"/loans/{bank.current.loan_id}"
    answer = client.get(f"/search?q={bank.current.customer.customer_no}")
    assert answer.headers["Location"] == f"/customers/{bank.current.customer_id}"


def test_the_search_finds_by_the_last_six_of_an_id(bank, reader):
    found = reader(bank.head).get("/search?q=100Y43").context["found"]

    assert bank.current.customer in found.customers
    assert bank.elsewhere.customer not in found.customers


def test_the_search_finds_a_customer_by_a_part_of_its_chinese_name_in_scope(bank, reader):
    names = {bank.here: ["澜州恒通精密机械有限公司", "恒通贸易商行"], bank.there: ["江东恒通物流有限公司"]}
    made = {
        name: CustomerFactory(branch=branch, name=name) for branch, several in names.items() for name in several
    }  # fmt: skip
    client = reader(bank.head)

    found = client.get("/search?q=恒通").context["found"]
    assert {one.name for one in found.customers} == set(names[bank.here])
    for part in ("精密", " 通精 ", "机械有限公司"):
        answer = client.get("/search", {"q": part})
        assert answer.headers["Location"] == f"/customers/{made['澜州恒通精密机械有限公司'].pk}", part
    assert client.get("/search?q=物流").context["found"].total == 0
