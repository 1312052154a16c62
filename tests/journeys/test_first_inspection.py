"""A first inspection from its begin on a phone to its approval: photos, a split payment, signatures, one return.

The night has planned it; its loan's payments were split by the generator of the bank. The manager fills it in at
390 px, the second inspector signs, the head sends one section back, and PDF and Word say what was approved.
"""

from __future__ import annotations

import io
from collections import Counter
from typing import Any

import pytest
from docx import Document

from postloan.core import business_date
from postloan.customers.models import Responsibility
from postloan.inspections import documents_pdf
from postloan.inspections.models import FundsFinding, InspectionTask, Report
from postloan.inspections.services.funds import look_at_funds
from postloan.loans.models import PaymentOut
from postloan.organization.models import Post, Staff
from postloan.todos.models import Todo
from tests.journeys.checks import severe, wrong_on
from tests.journeys.person import PHONE
from tests.test_inspections.hostile import pdf, picture
from tests.test_inspections.test_paper import Texts, texts_of

WHY_SPLIT = "两笔均付给同一供应商，按到货批次分别结算，合同、发票与入库单齐全，未规避受托支付"
GOODS = "已核对入库单两份，与发票、合同数量一致"
CORRECTED = "已核对入库单两份，共 420 吨，与发票、合同数量一致，第二批于十月二十日入库"
CAPTIONS = ("原料库房入库现场", "二号反应釜运行情况")
PLAIN = "现场看了两条产线和仓库，数量与报表、合同和发票逐项核对，均相符，没有发现差异"


@pytest.fixture
def task(bank: Any) -> InspectionTask:
    """The planned first inspection, by two people on site, of a loan with several own payments to one payee."""
    for one in InspectionTask.objects.filter(kind="first", state="planned", place="on_site", people=2).order_by("pk"):
        payments = PaymentOut.objects.filter(loan__in=one.loans.all(), mode="own", superseded_on=None)
        payees = {payment.payee_name for payment in payments}
        if len(payments) < 2 or len(payees) > 1 or one.line != "corporate":
            continue
        look_at_funds(one.loans.all(), day=business_date.current())
        if FundsFinding.objects.filter(loan__in=one.loans.all()).count() == 1:
            return one
    raise AssertionError("the bank has no split payment under a planned first inspection")


@pytest.fixture
def inspectors(bank: Any, task: InspectionTask) -> dict[str, Staff]:
    """The two people responsible, with the password everybody of the demonstration has."""
    rows = Responsibility.objects.on(business_date.current()).filter(customer=task.customer, line=task.line)
    found = {row.role: row.staff for row in rows.select_related("staff")}
    for staff in found.values():
        give_log_in(bank, staff)
    return found


def give_log_in(bank: Any, staff: Staff) -> None:
    known = Staff.objects.get(staff_no=bank.people["account_manager"]["staff_no"])
    Staff.objects.filter(pk=staff.pk).update(
        password=known.password,
        is_active=True,
        must_change_password=False,
        password_changed_at=known.password_changed_at,
    )


def decider(bank: Any, report: Report) -> Staff:
    """Who holds the post that the report waits for."""
    step = report.chain[report.step - 1]
    hands = {report.main_inspector_id, report.second_inspector_id}
    posts = Post.objects.on(business_date.calendar_today()).filter(code=step["post"], branch=step["branch"])
    staff = posts.filter(staff__is_active=True).exclude(staff__in=hands).order_by("pk").first().staff
    give_log_in(bank, staff)
    return staff


# ── what a person presses ───────────────────────────────────────────────────────────────────────────────────


def wait_saved(page: Any) -> None:
    page.locator('[data-status="saved"]').wait_for()


def open_all(page: Any) -> None:
    page.evaluate("document.querySelectorAll('[data-section]').forEach(one => { one.open = true })")


UNANSWERED = """
() => [...document.querySelectorAll('.q[data-q]')].filter(q => {
  if (!q.checkVisibility() || !q.querySelector('.req')) return false;
  const part = q.querySelector('[data-part=value], [data-person]');
  if (!part) return false;
  if (part.type === 'radio' || part.type === 'checkbox') return !q.querySelector('[data-part=value]:checked');
  return !part.value;
}).map(q => [q.dataset.q, q.dataset.type])
"""


def answer(page: Any, code: str, kind: str) -> None:
    question = page.locator(f'.q[data-q="{code}"]')
    if kind == "person_met":
        question.locator('[data-person="name"]').fill("吴建平")
        question.locator('[data-person="post"]').fill("财务总监")
    elif kind == "date":
        question.locator("input").fill(business_date.current().isoformat())
    elif question.locator("select").count():
        question.locator("select").select_option(index=1)
    elif kind in {"yes_no", "choice", "choices"}:
        question.locator("label:not(.risk):has(input)").first.click()
    else:
        question.locator('[data-part="value"]').fill(PLAIN)
        question.locator('[data-part="value"]').blur()


def answer_the_rest(page: Any) -> None:
    """Whatever is asked and open; an answer may ask for another."""
    for _round in range(4):
        left = page.evaluate(UNANSWERED)
        if not left:
            return
        for code, kind in left:
            answer(page, code, kind)
            wait_saved(page)
    raise AssertionError(f"still open: {page.evaluate(UNANSWERED)}")


def add_files(page: Any, question: str, files: list[dict[str, Any]]) -> None:
    place = page.locator(f'[data-files="{question}"]')
    place.locator("input[type=file]").set_input_files(files)
    place.locator("[data-file]").nth(len(files) - 1).wait_for()


def draw_signature(page: Any) -> None:
    page.fill('[data-signer="name"]', "吴建平")
    pad = page.locator("[data-pad]")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 60)
    page.mouse.down()
    for step in range(1, 25):
        page.mouse.move(box["x"] + 20 + step * 8, box["y"] + 60 + (step % 5) * 6)
    page.mouse.up()
    page.locator('[data-how="hand"]').click()
    page.locator(".rep-confirm .sign svg").wait_for()


def answer_conditions(page: Any) -> None:
    """What the approval asked for, where the customer's facility has conditions: met, and what shows it."""
    for condition in page.locator("[data-condition]").all():
        condition.locator("label", has=page.locator("[value=met]")).click()
        condition.locator('[data-part-condition="evidence"]').fill("检查时查验了原件，编号与档案一致")
        condition.locator('[data-part-condition="evidence"]').blur()
        condition.locator("[data-condition-problem]").wait_for(state="hidden")


def answer_finding(page: Any) -> None:
    """The split is explained with the invoice as evidence, and the invoice tied to both payments."""
    card = page.locator("[data-funds]")
    finding = card.locator('[data-funds-part^="finding-"]')
    assert finding.count() == 1
    finding.locator("label", has=page.locator("[value=explained]")).click()
    finding.locator("textarea[name=explanation]").fill(WHY_SPLIT)
    finding.locator("input[name=file]").first.check()
    finding.locator("button[type=submit]").click()
    finding.locator(".tag-ok").wait_for()
    card.locator("[data-funds-pick]").click()
    payments = card.locator('[data-funds-part="payments"]')
    payments.locator("#funds-vouchers input[name=file]").first.check()
    payments.locator("button[value=tie]").click()
    payments.locator(".funds-paper a").nth(1).wait_for()
    assert payments.locator("input[data-open]").count() == 0


def sign(person: Any, report: Report) -> None:
    person.open(f"/inspections/reports/{report.pk}/review")
    person.submit(person.page.locator("form[action$='/sign'] button"))


def sign_and_hand_in(main: Any, second: Any, report: Report) -> None:
    sign(main, report)
    assert main.count("form[action$='/submit']") == 0, "the second signature is missing"
    sign(second, report)
    main.open(f"/inspections/reports/{report.pk}/review")
    main.submit(main.page.locator("form[action$='/submit'] button"))
    report.refresh_from_db()
    assert report.state == "submitted"


# ── the journey ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_first_inspection_is_done_on_a_phone_returned_once_and_approved(enter, bank, task, inspectors):
    main = enter(inspectors["A"].staff_no, f"/inspections/tasks/{task.pk}", width=PHONE)
    page = main.page
    main.submit(page.locator("form[action$='/begin'] button"))
    report = Report.objects.get(task=task)
    assert report.second_inspector == inspectors["B"]
    assert wrong_on(page, language="zh") == []
    assert severe(page) == []

    fill_in(main, report)
    page.locator("a[data-submit]").click()
    page.wait_for_url("**/review")
    assert wrong_on(page, language="zh") == []

    second = enter(inspectors["B"].staff_no, "/", width=PHONE)
    sign_and_hand_in(main, second, report)
    head_staff = decider(bank, report)
    assert Todo.objects.open().filter(kind="inspection_to_approve", subject_id=task.pk).exists()
    head = enter(head_staff.staff_no, f"/inspections/reports/{report.pk}/review")
    assert head.count(f"text={WHY_SPLIT}") >= 1
    send_back(head, report)

    correct(main, report)
    sign_and_hand_in(main, second, report)
    while report.state == "submitted":
        staff = decider(bank, report)
        deciding = head if staff == head_staff else enter(staff.staff_no, "/")
        deciding.open(f"/inspections/reports/{report.pk}/review")
        deciding.submit(deciding.page.locator("button[value=approve]"))
        report.refresh_from_db()
    assert report.state == "approved"
    task.refresh_from_db()
    assert task.state == "approved"
    assert not Todo.objects.open().filter(subject_kind="inspection_task", subject_id=task.pk).exists()
    papers_agree(main, report)


def fill_in(person: Any, report: Report) -> None:
    page = person.page
    open_all(page)
    with page.expect_navigation():
        page.locator("[data-visit-url]").click()
    open_all(page)
    add_files(page, "funds.vouchers", [{"name": "发票.pdf", "mimeType": "application/pdf", "buffer": pdf()}])
    photos = [
        {"name": f"IMG_{n}.jpg", "mimeType": "image/jpeg", "buffer": picture(shade=40 + n * 90, size=(900, 700))}
        for n in range(2)
    ]
    add_files(page, "photos.site", photos)
    for place, caption in enumerate(CAPTIONS):
        field = page.locator('[data-files="photos.site"] [data-caption]').nth(place)
        field.fill(caption)
        field.blur()
    splitting = page.locator('[data-q="funds.splitting"]')
    splitting.locator("label", has=page.locator("input[value=yes]")).click()
    splitting.locator("textarea").fill(WHY_SPLIT)
    page.locator('[data-q="funds.goods"] [data-part="value"]').fill(GOODS)
    page.locator('[data-q="funds.goods"] [data-part="value"]').blur()
    wait_saved(page)
    answer_the_rest(page)
    answer_conditions(page)
    answer_finding(page)
    draw_signature(page)
    wait_saved(page)
    answer_the_rest(page)
    assert set(report.evidence.filter(question="photos.site").values_list("caption", flat=True)) == set(CAPTIONS)


def send_back(head: Any, report: Report) -> None:
    page = head.page
    page.fill("#opinion", "到货情况没有写数量")
    page.select_option("#return-reason", index=1)
    page.locator("form.pl-bar details summary").click()
    page.fill("[name='remark:funds']", "写明到货吨数和第二批入库日期")
    head.submit(page.locator("button[value=send_back]"))
    report.refresh_from_db()
    assert report.state == "returned"


def correct(main: Any, report: Report) -> None:
    """The remark stands at its section; changing it voids nothing else, but both sign anew."""
    page = main.page
    main.open(f"/inspections/reports/{report.pk}")
    open_all(page)
    assert "写明到货吨数" in page.locator('[data-section="funds"]').inner_text()
    assert page.locator(".sec-body .note-warn", has_text="写明到货吨数").count() == 1
    goods = page.locator('[data-q="funds.goods"] [data-part="value"]')
    goods.fill(CORRECTED)
    goods.blur()
    wait_saved(page)
    assert page.locator(".rep-confirm .sign svg").count() == 1, "the borrower's signature stands"


def papers_agree(person: Any, report: Report) -> None:
    person.open(f"/inspections/reports/{report.pk}/print")
    assert wrong_on(person.page, language="zh") == []
    assert person.count("figure img") == 2
    at = f"{person.base}/inspections/reports/{report.pk}"
    word = person.page.request.get(f"{at}.docx")
    assert word.ok, word.text()[:2000]
    said = texts_of(document := Document(io.BytesIO(word.body())))
    page = Texts(person.page.request.get(f"{at}/print").text()).found
    assert [text for text in page if text not in said] == []
    for words in (CORRECTED, WHY_SPLIT, *CAPTIONS, "吴建平", report.task.task_no):
        assert words in said
    assert GOODS not in said
    kinds = Counter(part.content_type for part in document.part.related_parts.values())
    assert kinds["image/jpeg"] == 2
    assert kinds["image/png"] >= 1, "the signature"
    if documents_pdf.can_make_pdf():
        made = person.page.request.get(f"{at}.pdf")
        assert made.headers["content-type"] == "application/pdf"
        assert made.body().count(b"/Subtype /Image") == 2
