"""The page of a report: preview before it is handed in, the approver's page, print, PDF and Word with one content."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from docx import Document

from postloan.core.models import Event
from postloan.inspections import documents_pdf
from postloan.inspections.models import Evidence, FundsFinding, Measure, Report
from postloan.inspections.services import files, on_site
from postloan.inspections.services.on_site import Signer, Spot
from postloan.todos.models import Todo
from tests.factories import LoanFactory
from tests.factories.days import DELIVERED_ON, MOMENT
from tests.test_inspections.approval import CONTENT, decided, fill, handed_in, make_bank
from tests.test_inspections.forms import logged_in
from tests.test_inspections.hostile import picture

pytestmark = pytest.mark.django_db


def at(report, path="review"):
    return f"/inspections/reports/{report.pk}/{path}"


def test_the_whole_way_over_the_pages():
    bank = fill(make_bank())
    main, second, head = (logged_in(one) for one in (bank.main, bank.second, bank.head))
    page = main.get(at(bank.report))
    assert page.context["can_sign"]
    assert not page.context["can_submit"]
    for client, role in ((main, "main"), (second, "second")):
        sent = client.post(at(bank.report, "sign"), {"seen": bank.seen, "role": role})
        assert sent.status_code == 302
    assert main.get(at(bank.report)).context["can_submit"]
    main.post(at(bank.report, "submit"), {"seen": bank.seen})
    page = head.get(at(bank.report))
    assert page.context["can_decide"]
    assert "设备运转正常" in page.content.decode()
    fields = {"seen": bank.seen, "step": "1", "decision": "send_back", "comment": "请补充", "remark:site": "写明产量"}
    assert head.post(at(bank.report, "decide"), fields).status_code == 422  # why it goes back is counted
    fields["return_reason"] = "incomplete"
    head.post(at(bank.report, "decide"), fields)
    bank.report.refresh_from_db()
    assert bank.report.state == "returned"
    assert bank.report.section_marks.get(section="site").remark == "写明产量"
    todo = Todo.objects.open().get(kind="inspection_returned")
    assert main.get(f"/inspections/work/todos/{todo.pk}/mend-report").url == f"/inspections/reports/{bank.report.pk}"


def test_sending_back_without_a_word_is_asked_for_one():
    bank = handed_in()
    sent = logged_in(bank.head).post(
        at(bank.report, "decide"), {"seen": bank.seen, "step": "1", "decision": "send_back"}
    )
    assert sent.status_code == 422
    bank.report.refresh_from_db()
    assert bank.report.state == "submitted"


def test_the_page_tells_who_may_not_decide_and_what_is_to_be_looked_at():
    bank = make_bank()
    task = bank.report.task
    loan = LoanFactory(customer=task.customer)
    task.task_loans.create(loan=loan, kind=task.kind)
    FundsFinding.objects.create(loan=loan, kind="split", fingerprint="a", facts={}, found_on=DELIVERED_ON)
    page = logged_in(bank.head).get(at(fill(bank).report))
    assert [person.pk for person, _words in page.context["hands"]] == sorted([bank.main.pk, bank.second.pk])
    assert any(loan.loan_no in flag.title for flag in page.context["flags"])
    assert not page.context["can_decide"]


def test_paper_pdf_and_word_hold_the_same_content():
    bank = handed_in()
    head = logged_in(bank.head)
    printed = head.get(at(bank.report, "print")).content.decode()
    word = Document(io.BytesIO(head.get(f"/inspections/reports/{bank.report.pk}.docx").content))
    text = "\n".join(paragraph.text for paragraph in word.paragraphs)
    for part in ("设备运转正常", bank.main.name, bank.second.name, bank.report.task.task_no, bank.seen):
        assert part in printed
        assert part in text
    if documents_pdf.can_make_pdf():
        answer = head.get(f"/inspections/reports/{bank.report.pk}.pdf")
        assert answer.content.startswith(b"%PDF")


def test_a_measure_is_done_by_its_owner():
    bank = handed_in(measure=True)
    decided(bank, "approve", bank.head)
    measure = Measure.objects.get()
    todo = Todo.objects.open().get(kind="inspection_measure")
    assert todo.assignee == bank.main
    client = logged_in(bank.main)
    assert client.get(f"/inspections/work/todos/{todo.pk}/measure").url == f"/inspections/measures/{measure.pk}"
    assert client.post(f"/inspections/measures/{measure.pk}", {"result": ""}).status_code == 422
    assert client.post(f"/inspections/measures/{measure.pk}", {"result": "发票已补齐"}).status_code == 302
    measure.refresh_from_db()
    assert (measure.result, measure.done_on is not None) == ("发票已补齐", True)
    assert not Todo.objects.open().filter(kind="inspection_measure").exists()
    assert logged_in(bank.head).post(f"/inspections/measures/{measure.pk}", {"result": "又一次"}).status_code == 422


def test_another_branch_finds_nothing_and_the_attempt_is_told():
    bank, other = handed_in(), make_bank()
    client = logged_in(other.head)
    for path in ("review", "print"):
        assert client.get(at(bank.report, path)).status_code == 404
    assert client.get(f"/inspections/reports/{bank.report.pk}.docx").status_code == 404
    sent = client.post(at(bank.report, "decide"), {"seen": bank.seen, "step": "1", "decision": "approve"})
    assert sent.status_code == 404
    assert Event.objects.filter(code="inspections.second_person_refused", arguments__because="scope").count() == 1


def test_the_approver_sees_the_photos_and_why_and_where_the_borrower_did_not_confirm():
    bank = fill(make_bank())
    stored = files.keep_bytes(picture(), content_type="image/jpeg", width=320, height=240)
    photo = Evidence.objects.create(
        report=bank.report, question="site.photos", original=stored, shown=stored, name="a.jpg", added_by=bank.main,
        added_at=MOMENT,
    )  # fmt: skip
    version = bank.report.template_version
    asked = {"code": "site.photos", "type": "photo", "label_zh": "照片", "label_en": "Photos"}
    section = {**CONTENT["sections"][0], "questions": [*CONTENT["sections"][0]["questions"], asked]}
    type(version).objects.filter(pk=version.pk).update(content={"sections": [section, *CONTENT["sections"][1:]]})
    on_site.start_visit(bank.report, spot=Spot(), acting_user=bank.main)
    where = Spot(Decimal("26.075"), Decimal("119.3"))
    on_site.borrower_refuses(
        Report.objects.get(pk=bank.report.pk), "对检查结论有异议", signer=Signer("吴建平"), spot=where,
        acting_user=bank.main,
    )  # fmt: skip
    page = logged_in(bank.head).get(at(bank.report)).content.decode()
    assert f'<img src="/inspections/evidence/{photo.pk}"' in page
    assert "对检查结论有异议" in page
    assert "26.075000, 119.300000" in page
