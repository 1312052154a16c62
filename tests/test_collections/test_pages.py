"""The pages: each opens with work on it and without, for whom it is, in both languages."""

from decimal import Decimal

import pytest
from django.urls import reverse

from postloan.collections import services
from postloan.collections.models import (
    DemandNotice,
    ExpectedDeduction,
    MaturityNotice,
    MaturityPlan,
    OverdueCase,
    PlanState,
)
from postloan.core.models import Delivery, Event, OutboxMessage
from postloan.todos.models import Todo
from tests.factories import BranchFactory, DeductionFactory, StaffFactory
from tests.factories.collecting import MaturityPlanFactory
from tests.factories.days import MOMENT
from tests.test_collections.book import DAY, RUN, due_tomorrow, log_in, make_book, maturing, overdue

pytestmark = pytest.mark.django_db


@pytest.fixture
def book():
    book = make_book()
    book.loan = maturing(book, 5)
    book.late = overdue(book, 40)
    book.short = due_tomorrow(book)
    DeductionFactory(loan=book.late, first_delivered_on=DAY, tried_on=DAY)
    for step in (
        services.raise_maturity_notices,
        services.follow_overdue,
        services.evaluate_promises,
        services.remind_instalments,
        services.list_deductions,
    ):
        step(DAY, RUN)
    return book


def text_of(response):
    assert response.status_code == 200, response.status_code
    return response.content.decode()


@pytest.mark.parametrize("name", ["maturities", "cases", "deductions", "monthly", "undelivered"])
def test_the_lists_open_empty_and_full(name, book):
    client = log_in(book.head)
    full = text_of(client.get(reverse(f"collections:{name}")))
    assert book.customer.name in full or name in {"undelivered", "monthly"}
    client = log_in(StaffFactory(post="branch_head", branch__parent=book.branch.parent))
    assert book.customer.name not in text_of(client.get(reverse(f"collections:{name}")))


def test_the_receipt_is_offered_only_to_whom_the_todo_belongs(book):
    notice = MaturityNotice.objects.filter(received_at=None).earliest("pk")
    address = reverse("collections:notice", args=[notice.pk])
    receive = reverse("collections:receive", args=[notice.pk])
    assert receive in text_of(log_in(book.manager).get(address))
    head = log_in(book.head)
    assert receive not in text_of(head.get(address))
    assert head.post(receive).status_code == 403


def test_a_manager_receives_makes_a_plan_and_the_head_confirms(book):
    loan = maturing(book, 60)
    services.raise_maturity_notices(DAY, RUN)
    notice = MaturityNotice.objects.get(loan=loan)
    client = log_in(book.manager)
    todo = Todo.objects.get(kind="maturity_notice", loan=loan)
    assert client.get(reverse("collections:receive_notice", args=[todo.pk])).url == f"/maturities/{notice.pk}"
    text_of(client.get(reverse("collections:notice", args=[notice.pk])))
    client.post(reverse("collections:receive", args=[notice.pk]))
    address = reverse("collections:edit_plan", args=[notice.pk])
    text_of(client.get(address))
    form = {"version": 0, "kind": "repay", "repay_amount": "120000.00", "renew_amount": "0.00", "source": "货款",
            "opinion": "按期归还", "extend_until": "", "submit": "1"}  # fmt: skip
    answer = client.post(address, form)
    plan = MaturityPlan.objects.get()
    assert answer.url == reverse("collections:plan", args=[plan.pk])
    client = log_in(book.head)
    page = client.get(answer.url)
    client.post(
        reverse("collections:decide", args=[plan.pk]),
        {"seen": page.context["seen"], "comment": "", "confirm": "1", "no_opinion": "absent"},
    )
    plan.refresh_from_db()
    assert plan.state == PlanState.CONFIRMED
    assert not Todo.objects.open().filter(loan=loan).exists()


def test_the_stand_in_agrees_with_a_press_and_without_it_the_head_says_why(book):
    loan = maturing(book, 60)
    services.raise_maturity_notices(DAY, RUN)
    notice = MaturityNotice.objects.get(loan=loan)
    content = {
        "kind": "repay",
        "repay_amount": "120000.00",
        "renew_amount": "0.00",
        "source": "货款",
        "opinion": "按期",
    }
    plan = services.save_plan(notice, content, expected_version=0, acting_user=book.manager)
    plan = services.submit_plan(plan, acting_user=book.manager)
    page, decide = (reverse(f"collections:{name}", args=[plan.pk]) for name in ("plan", "decide"))
    head = log_in(book.head)
    seen = head.get(page).context["seen"]
    assert "未出具意见" in text_of(head.post(decide, {"seen": seen, "confirm": "1"}, follow=True))
    plan.refresh_from_db()
    assert plan.state == PlanState.SUBMITTED
    todo = Todo.objects.open().get(kind="second_opinion")
    client = log_in(book.stand_in)
    assert client.get(reverse("collections:give_opinion", args=[todo.pk])).url == f"{page}#opinion"
    assert "agree" in text_of(client.get(page))
    client.post(reverse("collections:comment", args=[plan.pk]), {"opinion": ""})
    plan.refresh_from_db()
    assert plan.second_opinion == "", "nothing said is no opinion"
    client.post(reverse("collections:comment", args=[plan.pk]), {"opinion": "", "agree": "1"})
    plan.refresh_from_db()
    assert (plan.second_opinion, plan.second_by) == ("同意该安排。", book.stand_in)
    head.post(decide, {"seen": head.get(page).context["seen"], "confirm": "1"})
    plan.refresh_from_db()
    assert plan.state == PlanState.CONFIRMED


def test_a_confirmation_without_the_opinion_shows_its_reason(book):
    plan = MaturityPlanFactory(
        loan=book.loan, state="confirmed", no_opinion="absent", decided_by=book.head, decided_at=MOMENT,
        content_hash="0" * 64,
    )  # fmt: skip
    page = text_of(log_in(book.head).get(reverse("collections:plan", args=[plan.pk])))
    assert "未出具" in page
    assert "B 角不在岗" in page


def test_amounts_that_do_not_add_up_are_refused(book):
    notice = MaturityNotice.objects.filter(loan=book.loan).first()
    client = log_in(book.manager)
    form = {
        "version": 0,
        "kind": "repay",
        "repay_amount": "1.00",
        "renew_amount": "0.00",
        "source": "x",
        "opinion": "x",
    }
    page = client.post(reverse("collections:edit_plan", args=[notice.pk]), form)
    assert page.status_code == 200
    assert not MaturityPlan.objects.exists()


def test_a_call_is_recorded_from_the_phone(book, monkeypatch):
    monkeypatch.setattr("postloan.collections.rules.is_quiet", lambda *_args, **_kwargs: False)
    case = OverdueCase.objects.get()
    client = log_in(book.manager)
    text_of(client.get(reverse("collections:case", args=[case.pk])))
    address = reverse("collections:record", args=[case.loan_id])
    text_of(client.get(address))
    answer = client.post(
        address,
        {"way": "call", "whom": "borrower", "known_number": "borrower", "happened_at": "2026-06-30T10:00",
         "result": "promised", "promised_amount": "500.00", "promised_on": "2026-07-05", "cause": "sales_fell"},
    )  # fmt: skip
    assert answer.status_code == 302
    assert client.get(answer.url).status_code == 200
    kinds = set(Todo.objects.open().filter(subject_kind="overdue_case").values_list("kind", flat=True))
    assert kinds == {"overdue_visit", "overdue_notice"}


def test_a_call_at_night_is_refused_with_its_source(book):
    client = log_in(book.manager)
    page = client.post(
        reverse("collections:record", args=[book.late.pk]),
        {"way": "call", "whom": "borrower", "known_number": "borrower", "happened_at": "2026-06-30T22:00",
         "result": "reached"},
    )  # fmt: skip
    assert "GB/T 45251" in text_of(page)
    assert not book.late.collection_actions.exists()


def test_demands_are_printed_and_received(book):
    case = OverdueCase.objects.get()
    client = log_in(book.manager)
    client.post(reverse("collections:make_demands", args=[case.pk]))
    demand = DemandNotice.objects.get()
    assert "1,000.00" in text_of(client.get(reverse("collections:demand", args=[demand.pk])))
    client.post(
        reverse("collections:receipt", args=[demand.pk]),
        {"received_on": "2026-06-30", "name": "王建国", "capacity": "self"},
    )
    demand.refresh_from_db()
    assert demand.received_by_name == "王建国"
    text_of(client.get(reverse("collections:case", args=[case.pk])))


def test_a_short_account_is_called(book, monkeypatch):
    row = ExpectedDeduction.objects.get()
    todo = Todo.objects.get(kind="deduction_shortfall")
    client = log_in(book.manager)
    address = client.get(reverse("collections:record_call", args=[todo.pk])).url
    assert address.endswith(f"?deduction={row.pk}")
    assert "10,335.00" in text_of(client.get(address))
    answer = client.post(
        address,
        {"way": "call", "whom": "borrower", "known_number": "borrower", "happened_at": "2026-06-30T10:00",
         "result": "reached", "remark": "今日存入"},
    )  # fmt: skip
    assert answer.url == reverse("collections:deductions")
    assert "今日存入" in text_of(client.get(answer.url))
    assert not Todo.objects.open().filter(kind="deduction_shortfall").exists()


@pytest.mark.parametrize("kind", ["docx", "pdf"])
def test_the_letter_of_next_month(book, kind):
    client = log_in(book.head)
    name = "letter_word" if kind == "docx" else "letter_pdf"
    answer = client.get(reverse(f"collections:{name}", args=[book.branch.pk]))
    assert answer.status_code == 200
    assert answer.content[:2] == (b"PK" if kind == "docx" else b"%P")


def test_the_pdf_says_what_matures_when_and_how_much(book, monkeypatch):
    """What the sheet is printed from; that it becomes a PDF is the test above."""
    printed = []
    monkeypatch.setattr("postloan.collections.letters.as_pdf", lambda html: printed.append(html) or b"%PDF")
    book.customer.name = "R&D <b>公司"
    book.customer.save()
    branch = BranchFactory(parent=book.branch.parent)
    elsewhere = maturing(book, 20, branch=branch)
    here = [maturing(book, days, branch=book.branch, principal_balance=Decimal("1234.50")) for days in (10, 20)]
    later = maturing(book, 45, branch=book.branch)
    answer = log_in(book.head).get(reverse("collections:letter_pdf", args=[book.branch.pk]))
    assert answer["Content-Type"] == "application/pdf"
    (sheet,) = printed
    for loan in here:
        assert f"<td>{loan.loan_no}</td><td>{loan.matures_on}</td>" in sheet
    assert "2,469.00 CNY" in sheet
    assert "R&amp;D &lt;b&gt;公司" in sheet
    assert "2026-07-01" in sheet
    assert "2026-07-31" in sheet
    assert book.branch.name in sheet
    assert elsewhere.loan_no not in sheet
    assert later.loan_no not in sheet


def test_a_letter_takes_markup_in_a_name_for_text(book):
    import io
    import zipfile

    book.customer.name = "R&D <b>{{ 7*7 }}</b> 公司"
    book.customer.save()
    client = log_in(book.head)
    answer = client.get(reverse("collections:letter_word", args=[book.branch.pk]))
    inside = zipfile.ZipFile(io.BytesIO(answer.content)).read("word/document.xml").decode()
    assert "R&amp;D &lt;b&gt;{{ 7*7 }}&lt;/b&gt;" in inside


def test_dead_letters_are_shown_and_sent_again_by_those_who_may(book):
    Delivery.objects.filter(message__recipient_kind="borrower").update(state="dead", next_try_at=None, error="HTTP 400")
    row = Delivery.objects.filter(state="dead").first()
    client = log_in(book.manager)
    assert client.get(reverse("collections:undelivered")).status_code == 403
    client = log_in(book.head)
    page = text_of(client.get(reverse("collections:undelivered")))
    assert "138****1234" in page
    assert "13800001234" not in page
    client.post(reverse("collections:send_again", args=[row.pk]), {"again": "1"})
    row.refresh_from_db()
    assert row.state == "waiting"


def test_a_dead_letter_is_set_aside_and_the_timeline_says_by_whom(book):
    Delivery.objects.filter(message__recipient_kind="borrower").update(state="dead", next_try_at=None, error="HTTP 400")
    row = Delivery.objects.filter(state="dead").first()
    log_in(book.head).post(reverse("collections:send_again", args=[row.pk]), {"aside": "1"})
    row.refresh_from_db()
    assert (row.state, row.next_try_at) == ("withdrawn", None)
    event = Event.objects.get(code="message.set_aside")
    assert (event.actor, event.subject_key) == (book.head, row.message.key)


def test_a_dead_letter_that_no_template_can_write_is_still_shown(book):
    Delivery.objects.filter(message__recipient_kind="borrower").update(state="dead", next_try_at=None, error="KeyError")
    row = Delivery.objects.filter(state="dead").first()
    OutboxMessage.objects.filter(pk=row.message_id).update(template="one_that_went")
    page = log_in(book.head).get(reverse("collections:undelivered"))
    assert page.status_code == 200
    assert "one_that_went" in text_of(page)


def test_out_of_scope_is_not_found(book):
    client = log_in(StaffFactory(post="account_manager", branch__parent=book.branch.parent))
    case, notice = OverdueCase.objects.get(), MaturityNotice.objects.first()
    for name, pk in [("case", case.pk), ("record", case.loan_id), ("notice", notice.pk), ("edit_plan", notice.pk)]:
        assert client.get(reverse(f"collections:{name}", args=[pk])).status_code == 404
    for name, pk in [("receive", notice.pk), ("make_demands", case.pk), ("record_follow_up", notice.pk)]:
        assert client.post(reverse(f"collections:{name}", args=[pk])).status_code == 404


def test_english_too(book):
    client = log_in(book.head, "en")
    assert "Maturities and plans" in text_of(client.get(reverse("collections:maturities")))
    assert "Tomorrow's deductions" in text_of(client.get(reverse("collections:deductions")))


@pytest.mark.parametrize("name", ["maturities", "cases", "deductions"])
def test_a_list_takes_the_same_queries_whatever_its_length(name, book):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    browser = log_in(book.head)
    address = reverse(f"collections:{name}")
    browser.get(address)
    with CaptureQueriesContext(connection) as few:
        browser.get(address)
    for days in range(8):
        maturing(book, 10 + days)
        overdue(book, 5 + 10 * days)
        due_tomorrow(book, None)
    for step in (services.raise_maturity_notices, services.follow_overdue, services.list_deductions):
        step(DAY, RUN + 1)
    with CaptureQueriesContext(connection) as many:
        browser.get(address)
    assert len(many) <= len(few) + 1
