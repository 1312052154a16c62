"""The pages of hand-overs: dry run, signing in the browser, papers, and who answers for what."""

from __future__ import annotations

import io
from typing import Any

import docx
import pytest
from django.test import Client

from postloan.collections.letters import can_make_pdf
from postloan.handovers import queries, services, statements
from postloan.handovers.models import Handover
from tests.factories import PASSWORD, BranchFactory, CustomerFactory, ResponsibilityFactory, StaffFactory
from tests.test_handovers.test_handing_over import NEXT, Desk, sign

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return Desk()


def browser_of(person: Any) -> Client:
    browser = Client()
    browser.post("/login", {"username": person.staff_no, "password": PASSWORD})
    return browser


def filled(desk: Desk, **more: Any) -> dict[str, Any]:
    return {
        "giver": desk.giver.pk, "receiver": desk.receiver.pk, "witness": desk.head.pk, "effective_on": NEXT,
        "reason": "岗位调整", "step": "check", **more,
    }  # fmt: skip


def test_a_head_looks_first_and_prepares_then(desk: Desk) -> None:
    browser = browser_of(desk.head)
    looked = browser.post("/handovers/new", filled(desk))
    assert desk.first.name in looked.content.decode()
    assert not Handover.objects.exists()
    shown = [desk.first.pk, desk.other.pk]
    data = filled(desk, step="prepare", listed_for=desk.giver.pk, shown=shown, customer=[desk.first.pk])
    prepared = browser.post("/handovers/new", data)
    handover = Handover.objects.get()
    assert prepared["Location"] == f"/handovers/{handover.pk}"
    assert not handover.is_whole_book
    assert set(handover.items.filter(kind="customer").values_list("customer", flat=True)) == {desk.first.pk}


def test_a_list_made_for_somebody_else_narrows_nothing(desk: Desk) -> None:
    data = filled(desk, step="prepare", listed_for=desk.second.pk, shown=[desk.first.pk], customer=[])
    browser_of(desk.head).post("/handovers/new", data)
    assert Handover.objects.get().is_whole_book


def test_what_stands_against_it_is_said_on_the_form(desk: Desk) -> None:
    answer = browser_of(desk.head).post("/handovers/new", filled(desk, witness=desk.head.pk, receiver=desk.giver.pk))
    assert "三个不同的人" in answer.content.decode()


def test_the_three_sign_in_the_browser_and_others_find_no_button(desk: Desk) -> None:
    handover = desk.prepared()
    address = f"/handovers/{handover.pk}"
    for person in (desk.giver, desk.receiver, desk.head):
        browser = browser_of(person)
        assert f'action="{address}/sign"' in browser.get(address).content.decode()
        unread = browser.post(f"{address}/sign", {"seen": handover.content_hash})
        assert unread.status_code == 422
        assert browser.post(f"{address}/sign", {"seen": handover.content_hash, "has_read": "on"}).status_code == 302
    handover.refresh_from_db()
    assert handover.state == "signed"
    assert browser_of(desk.second).get(address).status_code == 404
    assert browser_of(desk.second).post(f"{address}/sign", {}).status_code == 404


def test_who_does_not_see_a_customer_reads_its_name_without_a_link(desk: Desk) -> None:
    handover = desk.prepared()
    link = f'href="/customers/{desk.first.pk}"'
    assert link in browser_of(desk.giver).get(f"/handovers/{handover.pk}").content.decode()
    page = browser_of(desk.receiver).get(f"/handovers/{handover.pk}").content.decode()
    assert link not in page
    assert desk.first.name in page


def test_a_hand_over_to_sign_stands_on_my_work(desk: Desk) -> None:
    handover = desk.prepared()
    assert f"/handovers/{handover.pk}" in browser_of(desk.receiver).get("/work").content.decode()
    sign(handover, desk.receiver)
    assert f"/handovers/{handover.pk}" not in browser_of(desk.receiver).get("/work").content.decode()
    assert queries.to_sign(desk.giver) == [handover]


def test_refused_and_withdrawn_on_the_page(desk: Desk) -> None:
    handover = desk.prepared()
    browser = browser_of(desk.receiver)
    assert browser.post(f"/handovers/{handover.pk}/refuse", {"reason": ""}).status_code == 422
    assert browser.post(f"/handovers/{handover.pk}/withdraw", {"reason": "不行"}).status_code == 403
    assert browser.post(f"/handovers/{handover.pk}/refuse", {"reason": "清单有误"}).status_code == 302
    page = browser_of(desk.head).get(f"/handovers/{handover.pk}").content.decode()
    assert "清单有误" in page


def test_the_word_document_names_people_rows_and_hash(desk: Desk) -> None:
    handover = desk.signed()
    answer = browser_of(desk.head).get(f"/handovers/{handover.pk}.docx")
    document = docx.Document(io.BytesIO(answer.content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    assert desk.first.name in cells
    assert desk.loan.loan_no in cells
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert handover.content_hash in text
    assert desk.receiver.name in text


@pytest.mark.skipif(not can_make_pdf(), reason="absent: pango")
def test_both_papers_are_pdf(desk: Desk) -> None:
    handover = desk.prepared()
    browser = browser_of(desk.head)
    for address in (f"/handovers/{handover.pk}.pdf", f"/responsibility/{desk.giver.pk}.pdf"):
        answer = browser.get(address)
        assert answer.content.startswith(b"%PDF-")
        assert answer["Content-Type"] == "application/pdf"


def test_the_statement_counts_what_the_reader_sees(desk: Desk) -> None:
    elsewhere = CustomerFactory(branch=BranchFactory())
    ResponsibilityFactory(customer=elsewhere, staff=desk.giver)
    for_head = statements.statement_of(desk.giver, user=desk.head)
    assert (for_head.as_a, for_head.beyond, len(for_head.content.loans)) == (2, 1, 1)
    for_oneself = statements.statement_of(desk.giver, user=desk.giver)
    assert (for_oneself.as_a, for_oneself.beyond) == (3, 0)
    assert for_head.hash != for_oneself.hash
    assert for_head.hash == statements.statement_of(desk.giver, user=desk.head).hash
    page = browser_of(desk.head).get(f"/responsibility/{desk.giver.pk}").content.decode()
    assert elsewhere.name not in page
    rows = {row.staff: row for row in statements.people_seen_by(desk.head)}
    assert (rows[desk.giver].as_a, rows[desk.giver].loans, rows[desk.second].as_b) == (2, 1, 1)


def test_papers_of_people_beyond_the_scope_are_not_there(desk: Desk) -> None:
    stranger = StaffFactory(post="account_manager")
    browser = browser_of(desk.head)
    assert browser.get(f"/responsibility/{stranger.pk}").status_code == 404
    assert browser.get(f"/responsibility/{stranger.pk}.docx").status_code == 404
    assert browser_of(desk.second).get(f"/responsibility/{desk.giver.pk}").status_code == 404


def test_the_lists_ask_no_more_for_more_rows(desk: Desk, django_assert_max_num_queries: Any) -> None:
    desk.prepared()
    for _ in range(10):
        person = StaffFactory(post="account_manager", branch=desk.branch)
        ResponsibilityFactory(staff=person, customer__branch=desk.branch)
    browser = browser_of(desk.head)
    for address in ("/handovers", "/responsibility"):
        with django_assert_max_num_queries(30):
            assert browser.get(address).status_code == 200
    assert services.take_effect(business_date=NEXT).took_effect == 0
