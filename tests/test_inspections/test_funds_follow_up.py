"""After the report: missing vouchers owed with a date, brought or given more time by others; demands after misuse."""

import io
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.utils.translation import override

from postloan.core.models import BusinessDate
from postloan.inspections.models import FundsDemand, VoucherDebt, VoucherExtension
from postloan.inspections.questions import by_code
from postloan.inspections.report_form import form_of
from postloan.inspections.services import funds_answers, funds_debts, funds_demands
from postloan.inspections.services.approving import decide
from postloan.inspections.services.refusals import Refused
from postloan.inspections.services.reports import Change, save_answers
from postloan.inspections.services.submitting import sign, submit
from postloan.inspections.shipped import documents
from postloan.inspections.workflow import content_hash
from postloan.organization.models import Staff
from postloan.todos.models import Todo
from postloan.todos.services.escalating import escalate
from tests.factories import StaffFactory
from tests.test_inspections.approval import CONTENT
from tests.test_inspections.forms import logged_in
from tests.test_inspections.funds import DAY, LATER, file_of, make_case
from tests.test_inspections.hostile import picture

pytestmark = pytest.mark.django_db
UNTIL = LATER + timedelta(days=10)


def approved_case(demanded="repay", by=LATER):
    """A report approved by the head: one invoice missing, misuse confirmed where something is demanded."""
    case = make_case()
    changes = [Change(code, 0, value="用款与合同核对") for code in ("site.note", "conclusion.text")]
    save_answers(case.report, changes, acting_user=case.main)
    file = file_of(case.report).pk
    values = {"is_misuse": False, "evidence": [file]}
    if demanded:
        values = {"is_misuse": True, "demanded": demanded, "respond_by": by}
    funds_answers.answer_finding(
        case.report, case.finding.pk, explanation="两笔款项系同一合同拆分支付", acting_user=case.main, **values
    )
    funds_answers.tie_vouchers(case.report, case.keys[:2], [file], acting_user=case.main)
    funds_answers.owe_vouchers(case.report, case.keys[2:], missing="发票", due_on=LATER, acting_user=case.main)
    for who in (case.main, case.second):
        sign(case.report, seen_hash=case.seen, acting_user=who)
    row = submit(case.report, seen_hash=case.seen, acting_user=case.main)
    assert not VoucherDebt.objects.exclude(owed_since=None).exists()
    head = Staff.objects.get(pk=case.head.pk)
    decide(row, "approve", seen_hash=case.seen, seen_step=row.step, acting_user=head)
    case.report.refresh_from_db()
    assert case.report.state == "approved"
    return case


def with_vouchers_asked():
    """The question of the shipped template that takes vouchers, in a short report."""
    shipped = next(one for one in documents() if one["code"] == "use_of_funds")
    asked = by_code(shipped["content"])["funds.vouchers"]
    assert asked["required"] == "approval"
    section = {"code": "funds", "title_zh": "资金划付去向", "title_en": "Where the money went", "questions": [asked]}
    return {"sections": [*CONTENT["sections"], section]}


def test_a_report_whose_every_voucher_is_owed_with_a_date_is_signed_and_approved():
    case = make_case(content=with_vouchers_asked())
    assert [one.question for one in form_of(case.report).needed_for_approval()] == ["funds.vouchers"]
    changes = [Change(code, 0, value="用款与合同核对") for code in ("site.note", "conclusion.text")]
    save_answers(case.report, changes, acting_user=case.main)
    values = {"is_misuse": True, "demanded": "mend", "respond_by": LATER, "explanation": "两笔款项系同一合同拆分支付"}
    funds_answers.answer_finding(case.report, case.finding.pk, acting_user=case.main, **values)
    funds_answers.owe_vouchers(case.report, case.keys, missing="发票", due_on=LATER, acting_user=case.main)
    assert form_of(case.report).needed_for_approval() == []
    for who in (case.main, case.second):
        sign(case.report, seen_hash=case.seen, acting_user=who)
    row = submit(case.report, seen_hash=case.seen, acting_user=case.main)
    decide(row, "approve", seen_hash=case.seen, seen_step=row.step, acting_user=Staff.objects.get(pk=case.head.pk))
    case.report.refresh_from_db()
    assert case.report.state == "approved"
    assert VoucherDebt.objects.filter(owed_since=DAY).count() == len(case.keys)


def upload(name="发票.jpg", content=None):
    return SimpleUploadedFile(name, content if content is not None else picture(shade=9))


def refusal(call, *args, **kwargs):
    with pytest.raises(Refused) as raised:
        call(*args, **kwargs)
    return str(raised.value)


def todos(kind, state="open"):
    return Todo.objects.filter(kind=kind, state=state)


def on_the(day):
    row = BusinessDate.objects.latest("date")
    BusinessDate.objects.filter(pk=row.pk).update(date=day)


# ── vouchers ──────────────────────────────────────────────────────────────────────────────────────────────


def test_from_the_approval_on_a_voucher_is_owed_by_the_manager():
    case = approved_case()
    debt = VoucherDebt.objects.get()
    assert (debt.owed_since, debt.due_on) == (DAY, LATER)
    todo = todos("voucher_debt").get()
    assert (todo.subject_id, todo.due_on, todo.assignee, todo.loan) == (debt.pk, LATER, case.main, case.loan)
    assert "发票" in todo.reason


def test_a_voucher_is_brought_as_a_file_that_is_checked():
    case = approved_case()
    debt = VoucherDebt.objects.get()
    seen = content_hash(case.report)
    client = logged_in(case.main)
    address = f"/inspections/vouchers/{debt.pk}"
    assert client.post(address, {"act": "bring"}).status_code == 422
    refused = client.post(address, {"act": "bring", "file": upload("a.exe", b"MZ\x00\x01nothing")})
    assert refused.status_code == 422
    assert todos("voucher_debt").exists()
    assert client.post(address, {"act": "bring", "file": upload()}).status_code == 302
    debt.refresh_from_db()
    assert (debt.settled_on, debt.settled_by, debt.file_name) == (DAY, case.main, "发票.jpg")
    assert not todos("voucher_debt").exists()
    got = client.get(f"{address}/file")
    assert got["Content-Disposition"].startswith("attachment")
    assert b"".join(got) == picture(shade=9)
    assert content_hash(case.report) == seen
    assert refusal(funds_debts.bring_voucher, debt, upload(), acting_user=case.main) == "settled"


def test_only_who_inspects_brings_vouchers():
    approved_case()
    reader = StaffFactory(post="auditor")
    with pytest.raises(PermissionDenied):
        funds_debts.bring_voucher(VoucherDebt.objects.get(), upload(), acting_user=reader)


def test_a_voucher_and_a_demand_that_are_late_are_told_to_the_head():
    approved_case()
    late = LATER + timedelta(days=10)
    escalate(business_date=late)
    told = Todo.objects.exclude(head_told_on=None).values_list("kind", flat=True)
    assert sorted(told) == ["funds_demand", "voucher_debt"]


def test_more_time_is_granted_by_somebody_else_only():
    case = approved_case()
    debt = VoucherDebt.objects.get()
    asked = funds_debts.ask_more_time(debt, until=UNTIL, reason="供应商下月开票", acting_user=case.main)
    again = {"until": UNTIL, "reason": "再次", "acting_user": case.main}
    assert refusal(funds_debts.ask_more_time, debt, **again) == "extension_open"
    todo = todos("voucher_extension").get()
    assert (todo.post_code, todo.post_branch) == ("branch_head", case.loan.customer.branch)
    with pytest.raises(PermissionDenied):
        funds_debts.decide_more_time(asked, grant=True, comment="", acting_user=case.main)
    head = Staff.objects.get(pk=case.head.pk)
    assert refusal(funds_debts.decide_more_time, asked, grant=False, comment="", acting_user=head) == "comment"
    funds_debts.decide_more_time(asked, grant=True, comment="", acting_user=head)
    debt.refresh_from_db()
    assert (debt.due_on, debt.first_due_on) == (UNTIL, LATER)
    assert todos("voucher_debt").get().due_on == UNTIL
    assert not todos("voucher_extension").exists()
    assert refusal(funds_debts.decide_more_time, asked, grant=True, comment="", acting_user=head) == "extension_decided"


def test_a_head_does_not_grant_the_own_request_for_more_time():
    case = approved_case()
    head = Staff.objects.get(pk=case.head.pk)
    asked = funds_debts.ask_more_time(VoucherDebt.objects.get(), until=UNTIL, reason="供应商下月开票", acting_user=head)
    assert refusal(funds_debts.decide_more_time, asked, grant=True, comment="", acting_user=head) == "maker"


@pytest.mark.parametrize(
    ("until", "reason", "code"),
    [(LATER, "供应商下月开票", "later"), (None, "供应商下月开票", "later"), (UNTIL, " ", "reason")],
)
def test_more_time_is_asked_with_a_reason_and_a_later_day(until, reason, code):
    case = approved_case()
    debt = VoucherDebt.objects.get()
    assert refusal(funds_debts.ask_more_time, debt, until=until, reason=reason, acting_user=case.main) == code


def test_a_voucher_that_is_brought_ends_the_request_for_more_time():
    case = approved_case()
    debt = VoucherDebt.objects.get()
    funds_debts.ask_more_time(debt, until=UNTIL, reason="供应商下月开票", acting_user=case.main)
    funds_debts.bring_voucher(debt, upload(), acting_user=case.main)
    assert VoucherExtension.objects.get().state == "withdrawn"
    assert todos("voucher_extension", "withdrawn").exists()


def test_the_page_of_a_voucher_lets_the_manager_ask_and_the_head_decide():
    case = approved_case()
    debt = VoucherDebt.objects.get()
    address = f"/inspections/vouchers/{debt.pk}"
    client = logged_in(case.main)
    page = client.get(address).content.decode()
    assert "补交凭证" in page
    assert "海博机电" in page
    client.post(address, {"act": "ask", "until": UNTIL.isoformat(), "reason": "供应商下月开票"})
    page = client.get(address).content.decode()
    assert 'value="grant"' not in page
    head = logged_in(case.head)
    assert 'value="grant"' in head.get(address).content.decode()
    assert head.post(address, {"act": "refuse", "comment": "期限已宽"}).status_code == 302
    assert VoucherExtension.objects.get().state == "refused"


def test_what_is_late_stands_out_and_nobody_sees_what_is_out_of_scope():
    case = approved_case()
    debt, demand = VoucherDebt.objects.get(), FundsDemand.objects.get()
    on_the(LATER + timedelta(days=1))
    client = logged_in(case.main)
    for address in ("/inspections/funds?state=late", "/inspections/funds?what=demands&state=late"):
        assert case.loan.customer.name in client.get(address).content.decode()
    stranger = logged_in(StaffFactory(post="account_manager"))
    for address in ("/inspections/funds?state=all", "/inspections/funds?what=demands&state=all"):
        assert case.loan.customer.name not in stranger.get(address).content.decode()
    for address in (f"vouchers/{debt.pk}", f"vouchers/{debt.pk}/file", f"demands/{demand.pk}.docx"):
        assert stranger.get(f"/inspections/{address}").status_code == 404


def test_a_draft_owes_nothing_on_the_list():
    case = make_case()
    funds_answers.owe_vouchers(case.report, case.keys, missing="发票", due_on=LATER, acting_user=case.main)
    client = logged_in(case.main)
    assert case.loan.customer.name not in client.get("/inspections/funds?state=all").content.decode()
    assert client.get(f"/inspections/vouchers/{VoucherDebt.objects.first().pk}").status_code == 404


def test_the_list_asks_the_same_number_of_queries_for_many_rows(django_assert_max_num_queries):
    case = approved_case()
    debt = VoucherDebt.objects.get()
    for n in range(30):
        values = {"missing": f"凭证{n}", "first_due_on": LATER, "due_on": LATER, "owed_since": DAY}
        VoucherDebt.objects.create(report=case.report, payment=debt.payment, **values)
    client = logged_in(case.main)
    with django_assert_max_num_queries(30):
        client.get("/inspections/funds")


def test_the_payments_of_a_loan_show_their_vouchers():
    case = approved_case()
    page = logged_in(case.main).get(f"/loans/{case.loan.pk}/payments").content.decode()
    assert "发票.jpg" in page
    assert "缺发票" in page


# ── demands ───────────────────────────────────────────────────────────────────────────────────────────────


def test_misuse_becomes_a_demand_with_a_date_and_a_todo():
    case = approved_case()
    demand = FundsDemand.objects.get()
    assert (demand.loan, demand.demanded, demand.amount) == (case.loan, "repay", Decimal(12_000_000))
    assert (demand.respond_by, demand.issued_on, demand.issued_by) == (LATER, DAY, case.head)
    for part in ("提前归还贷款", "12,000,000.00", LATER.isoformat(), "鼎盛钢材", "采购钢材"):
        assert part in demand.text
    todo = todos("funds_demand").get()
    assert (todo.occurrence, todo.assignee) == ("deliver", case.main)
    assert todo.due_on <= LATER


def test_without_misuse_nothing_is_demanded():
    approved_case(demanded="")
    assert not FundsDemand.objects.exists()


def test_where_the_named_day_is_over_at_the_approval_the_borrower_gets_the_banks_days():
    case = make_case()
    answer = funds_answers.answer_finding(
        case.report, case.finding.pk, is_misuse=True, explanation="货款转付他人，与合同不符", demanded="mend",
        respond_by=LATER, acting_user=case.main,
    )  # fmt: skip
    day = LATER + timedelta(days=3)
    on_the(day)
    (demand,) = funds_demands.issue_demands(case.report, acting_user=case.head)
    assert demand.respond_by == day + timedelta(days=10)
    assert funds_demands.issue_demands(case.report, acting_user=case.head) == []
    assert funds_demands.misused([answer], case.loan) == Decimal(12_000_000)


def test_the_letter_is_the_same_as_word_and_pdf_and_speaks_the_banks_language():
    from docx import Document

    case = approved_case("mend")
    demand = FundsDemand.objects.get()
    client = logged_in(case.main)
    with override("en"):
        client.post("/language", {"language": "en"})
        word = client.get(f"/inspections/demands/{demand.pk}.docx").content
    said = "\n".join(one.text for one in Document(io.BytesIO(word)).paragraphs)
    for part in ("资金用途整改通知书", demand.demand_no, case.loan.customer.name, "整改", "本通知书已收到"):
        assert part in said
    assert client.get(f"/inspections/demands/{demand.pk}.pdf").content.startswith(b"%PDF-")


def test_a_demand_is_delivered_then_followed_to_its_day():
    case = approved_case()
    demand = FundsDemand.objects.get()
    act = {"acting_user": case.main}
    outcome = funds_demands.record_outcome
    assert refusal(outcome, demand, is_met=True, result="已归还", **act) == "not_delivered"
    for day, to in ((None, "王经理"), (DAY - timedelta(days=1), "王经理"), (DAY, " "), (date(2030, 1, 1), "王经理")):
        assert refusal(funds_demands.record_delivery, demand, delivered_on=day, to=to, **act) == "delivery"
    funds_demands.record_delivery(demand, delivered_on=DAY, to="王经理（法定代表人）", **act)
    assert refusal(funds_demands.record_delivery, demand, delivered_on=DAY, to="王经理", **act) == "delivered"
    todo = todos("funds_demand").get()
    assert (todo.occurrence, todo.due_on) == ("follow", LATER)
    assert refusal(outcome, demand, is_met=False, result="借款人拒绝", **act) == "too_early"
    assert refusal(outcome, demand, is_met=True, result="已", **act) == "result"
    outcome(demand, is_met=True, result="已提前归还全部本金", **act)
    demand.refresh_from_db()
    assert demand.met_on == DAY
    assert not todos("funds_demand").exists()
    assert refusal(outcome, demand, is_met=True, result="已提前归还全部本金", **act) == "demand_over"


def test_after_its_day_a_demand_can_be_recorded_as_not_met():
    case = approved_case()
    demand = FundsDemand.objects.get()
    funds_demands.record_delivery(demand, delivered_on=DAY, to="王经理", acting_user=case.main)
    on_the(LATER + timedelta(days=1))
    client = logged_in(case.main)
    address = f"/inspections/demands/{demand.pk}"
    assert 'value="not_met"' in client.get(address).content.decode()
    assert client.post(address, {"act": "not_met", "result": "未归还，移交保全"}).status_code == 302
    demand.refresh_from_db()
    assert (demand.met_on, demand.not_met_on) == (None, LATER + timedelta(days=1))


def test_the_todos_lead_to_the_voucher_and_the_demand():
    case = approved_case()
    client = logged_in(case.main)
    voucher, demand = todos("voucher_debt").get(), todos("funds_demand").get()
    at = client.get(f"/inspections/work/todos/{voucher.pk}/voucher")
    assert at["Location"] == f"/inspections/vouchers/{voucher.subject_id}"
    at = client.get(f"/inspections/work/todos/{demand.pk}/demand")
    assert at["Location"] == f"/inspections/demands/{demand.subject_id}"
    assert client.get(f"/inspections/work/todos/{demand.pk}/voucher").status_code == 404


# ── constraints ───────────────────────────────────────────────────────────────────────────────────────────


def broken(model, row, **values):
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.filter(pk=row.pk).update(**values)


def test_what_the_database_never_holds():
    case = approved_case()
    debt, demand = VoucherDebt.objects.get(), FundsDemand.objects.get()
    broken(VoucherDebt, debt, settled_on=DAY)
    broken(VoucherDebt, debt, settled_on=DAY, settled_by=case.main)
    broken(VoucherDebt, debt, missing="")
    broken(VoucherDebt, debt, due_on=LATER - timedelta(days=1))
    broken(FundsDemand, demand, met_on=DAY)
    broken(FundsDemand, demand, met_on=DAY, not_met_on=DAY, result="x")
    broken(FundsDemand, demand, amount=0)
    broken(FundsDemand, demand, respond_by=DAY - timedelta(days=1))
    asked = funds_debts.ask_more_time(debt, until=UNTIL, reason="供应商下月开票", acting_user=case.main)
    broken(VoucherExtension, asked, decided_by=case.main)
    broken(VoucherExtension, asked, reason="")
    with pytest.raises(IntegrityError), transaction.atomic():
        VoucherExtension.objects.create(debt=debt, new_due_on=UNTIL, reason="x", asked_by=case.main, asked_on=DAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        FundsDemand.objects.create(
            report=case.report, demand_no="x", loan=case.loan, demanded="mend", amount=1, currency="CNY", text="x",
            respond_by=DAY, issued_on=DAY, issued_by=case.head,
        )  # fmt: skip
