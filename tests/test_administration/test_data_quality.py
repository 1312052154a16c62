"""Findings by kind and branch: every number leads to its rows, and nobody sees what lies beyond the scope."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from django.test import Client

from postloan.administration import quality
from postloan.core.models import Event, Finding
from tests.factories import PASSWORD, BusinessDateFactory, FindingFactory
from tests.factories.days import DELIVERED_ON
from tests.test_customers.bank import Bank, build

pytestmark = pytest.mark.django_db


@pytest.fixture
def bank(db: Any) -> Bank:
    BusinessDateFactory()
    made = build()
    west = made.branches["west"].pk
    old = DELIVERED_ON - timedelta(days=60)
    FindingFactory(
        kind="customers.without_manager", branch_id=west, customer_id=made.customers["steel"].pk, first_seen_on=old
    )
    FindingFactory(
        kind="customers.without_manager", branch_id=west, customer_id=made.customers["bakery"].pk, gone_on=DELIVERED_ON
    )
    FindingFactory(
        kind="imports.missing", subject_key="=1+1", branch_id=west, subject_kind="loan", loan_id=made.loans["steel"].pk
    )
    return made  # fmt: skip


def browser_of(person: Any) -> Client:
    browser = Client()
    browser.post("/login", {"username": person.staff_no, "password": PASSWORD})
    return browser


def rows_at(browser: Client, address: str) -> int:
    answer = browser.get(address)
    assert answer.status_code == 200
    return answer.context["page"].paginator.count


@pytest.mark.parametrize("who", ["branch_head", "risk_officer", "east_head"])
def test_every_number_equals_the_rows_behind_it(bank: Bank, who: str) -> None:
    person = bank.people[who]
    browser = browser_of(person)
    looked = 0
    for line in [*quality.by_kind(person), *quality.by_branch(person)]:
        for count, address in (
            (line.open, line.open_href),
            (line.old, line.old_href),
            (line.new, line.new_href),
            (line.gone, line.gone_href),
        ):
            assert rows_at(browser, address) == count, address
            looked += 1
    assert looked >= 8
    page = browser.get("/data-quality").content.decode()
    figures = re.findall(r'<a class="pl-fig[^"]*" href="([^"]+)">.*?<span class="k">([\d,]+)</span>', page, re.DOTALL)
    assert len(figures) == 4
    for address, shown in figures:
        assert rows_at(browser, address.replace("&amp;", "&")) == int(shown.replace(",", ""))


def test_nobody_sees_findings_beyond_the_scope(bank: Bank) -> None:
    assert quality.visible_to(bank.people["risk_officer"]).count() == Finding.objects.count()
    east = set(quality.visible_to(bank.people["east_head"]).values_list("customer_id", flat=True))
    assert bank.customers["port"].pk in east
    assert bank.customers["bakery"].pk not in east
    assert not quality.visible_to(bank.people["system"]).exists()
    # A post of one line sees no finding about a branch as a whole.
    of_line = quality.visible_to(bank.people["inclusive_head"])
    assert not of_line.filter(subject_kind="branch").exists()
    assert of_line.filter(customer_id=bank.customers["bakery"].pk).exists()


def test_a_subject_is_a_link_for_whoever_may_open_it(bank: Bank) -> None:
    person = bank.people["branch_head"]
    page = browser_of(person).get("/data-quality/findings?kind=customers.without_manager").content.decode()
    assert f'href="/customers/{bank.customers["steel"].pk}"' in page


def test_the_file_holds_the_rows_of_the_query_as_text_and_is_recorded(bank: Bank) -> None:
    browser = browser_of(bank.people["branch_head"])
    answer = browser.post("/data-quality/findings/export", {"query": "kind=imports.missing"})
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert cells[1][2] == "=1+1"
    assert sheet.cell(2, 3).data_type == "s"
    event = Event.objects.get(code="reporting.exported")
    assert (event.arguments["rows"], event.arguments["query"]) == (1, "kind=imports.missing")


def test_what_cannot_be_read_is_left_out(bank: Bank) -> None:
    browser = browser_of(bank.people["branch_head"])
    everything = rows_at(browser, "/data-quality/findings")
    for nonsense in ("kind=nothing", "branch=zzz", "branch==9x", "older=x", "since=yesterday", "state=x"):
        assert rows_at(browser, f"/data-quality/findings?{nonsense}") == everything


def test_the_list_asks_no_more_for_more_rows(bank: Bank, django_assert_max_num_queries: Any) -> None:
    person = bank.people["branch_head"]
    browser = browser_of(person)
    for number in range(30):
        FindingFactory(kind="imports.missing", subject_key=f"L{number}", loan_id=bank.loans["steel"].pk)
    with django_assert_max_num_queries(32):
        browser.get("/data-quality/findings")
    assert all(row.corrects for row in quality.rows_of(Finding.objects.all(), user=person, on=DELIVERED_ON))
