"""Findings on the use of funds in a report: answered or not signed; payments tied to vouchers; part of what is signed."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from postloan.inspections import report_paper
from postloan.inspections.funds_form import funds_of
from postloan.inspections.models import (
    FundsAnswer,
    FundsFinding,
    FundsProof,
    Report,
    ReportState,
    VoucherDebt,
)
from postloan.inspections.services import funds_answers
from postloan.inspections.services.evidence import remove_evidence, start_upload
from postloan.inspections.services.refusals import Refused
from postloan.inspections.services.reports import Change, save_answers
from postloan.inspections.services.submitting import sign, submit
from postloan.inspections.services.writers import hands_in
from tests.factories import AccountEntryFactory, CustomerFactory, PaymentOutFactory, RelatedPartyFactory
from tests.test_inspections.forms import logged_in
from tests.test_inspections.funds import DAY, LATER, WHY, WITH_CLASS, file_of, make_case

pytestmark = pytest.mark.django_db


def explained(case, files=None, **more):
    files = files if files is not None else [file_of(case.report).pk]
    values = {"is_misuse": False, "explanation": WHY, "evidence": files, "acting_user": case.main, **more}
    return funds_answers.answer_finding(case.report, case.finding.pk, **values)


def misuse(case, **more):
    values = {"is_misuse": True, "explanation": "货款转付他人，与合同不符", "demanded": "repay", "respond_by": LATER}
    return funds_answers.answer_finding(
        case.report, case.finding.pk, **{**values, **more}, acting_user=more.get("acting_user", case.main)
    )


def filled(case, proposed=""):
    codes = {"site.note": "现场情况正常", "conclusion.text": "用款与合同核对"}
    if proposed:
        codes["class.proposed"] = proposed
    versions = {row.question: row.version for row in case.report.answers.all()}
    changes = [Change(code, versions.get(code, 0), value=text) for code, text in codes.items()]
    save_answers(case.report, changes, acting_user=case.main)


def tied(case):
    funds_answers.tie_vouchers(case.report, case.keys, [file_of(case.report).pk], acting_user=case.main)


def refusal(call, *args, **kwargs):
    with pytest.raises(Refused) as raised:
        call(*args, **kwargs)
    return str(raised.value)


def test_an_unanswered_finding_keeps_a_report_from_being_signed():
    case = make_case()
    filled(case)
    tied(case)
    assert refusal(sign, case.report, seen_hash=case.seen, acting_user=case.main) == "funds_findings"
    explained(case)
    sign(case.report, seen_hash=case.seen, acting_user=case.main)


def test_a_payment_without_voucher_keeps_a_first_report_from_being_signed_and_no_other():
    case = make_case()
    filled(case)
    explained(case)
    assert refusal(sign, case.report, seen_hash=case.seen, acting_user=case.main) == "funds_vouchers"
    file = file_of(case.report).pk
    funds_answers.tie_vouchers(case.report, case.keys[:2], [file], acting_user=case.main)
    funds_answers.owe_vouchers(case.report, case.keys[2:], missing="发票", due_on=LATER, acting_user=case.main)
    sign(case.report, seen_hash=case.seen, acting_user=case.main)
    periodic = make_case("periodic")
    filled(periodic)
    explained(periodic)
    sign(periodic.report, seen_hash=periodic.seen, acting_user=periodic.main)
    assert not funds_of(periodic.report).payments


def test_what_appears_between_signing_and_handing_in_is_seen_and_must_be_answered():
    case = make_case()
    filled(case)
    tied(case)
    explained(case)
    for who in (case.main, case.second):
        sign(case.report, seen_hash=case.seen, acting_user=who)
    AccountEntryFactory(
        customer=case.loan.customer,
        direction="credit",
        amount=Decimal(900_000),
        booked_on=DAY - timedelta(days=10),
        counterparty_name="海博机电",
    )
    assert refusal(submit, case.report, seen_hash=case.seen, acting_user=case.main) == "funds_findings"
    (new,) = funds_of(case.report).unanswered
    assert new.row.kind == "round_trip"
    assert Report.objects.get(pk=case.report.pk).state == ReportState.DRAFT
    funds_answers.answer_finding(
        case.report, new.row.pk, is_misuse=False, explanation="退货退款，有红字发票", evidence=[file_of(case.report).pk],
        acting_user=case.main,
    )  # fmt: skip
    assert refusal(submit, case.report, seen_hash=case.seen, acting_user=case.main) == "unsigned"
    for who in (case.main, case.second):
        sign(case.report, seen_hash=case.seen, acting_user=who)
    assert submit(case.report, seen_hash=case.seen, acting_user=case.main).state == ReportState.SUBMITTED


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"explanation": "有合同"}, "explanation"),
        ({"evidence": ()}, "proof"),
        ({"is_misuse": True, "demanded": "", "respond_by": LATER}, "demand"),
        ({"is_misuse": True, "demanded": "mend", "respond_by": None}, "demand_date"),
        ({"is_misuse": True, "demanded": "mend", "respond_by": DAY}, "demand_date"),
    ],
)
def test_an_answer_needs_text_evidence_and_for_misuse_a_demand_with_a_day_ahead(values, code):
    case = make_case()
    given = {"is_misuse": False, "explanation": WHY, "evidence": [file_of(case.report).pk], **values}
    assert refusal(funds_answers.answer_finding, case.report, case.finding.pk, **given, acting_user=case.main) == code
    assert not FundsAnswer.objects.exists()


def test_evidence_of_another_report_or_taken_out_proves_nothing():
    case, other = make_case(), make_case()
    assert refusal(explained, case, files=[file_of(other.report).pk]) == "proof"
    file = file_of(case.report)
    explained(case, files=[file.pk])
    before = case.seen
    remove_evidence(file, acting_user=case.main)
    assert funds_of(case.report).findings[0].files == []
    assert case.seen != before


def test_a_finding_or_payment_of_another_report_is_refused():
    case, other = make_case(), make_case()
    file = [file_of(case.report).pk]
    values = {"is_misuse": False, "explanation": WHY, "evidence": file, "acting_user": case.main}
    assert refusal(funds_answers.answer_finding, case.report, other.finding.pk, **values) == "finding"
    assert refusal(funds_answers.tie_vouchers, case.report, other.keys, file, acting_user=case.main) == "payments"


def test_only_the_inspectors_answer_and_whoever_does_never_decides():
    case = make_case()
    with pytest.raises(PermissionDenied):
        explained(case, acting_user=case.head)
    explained(case, acting_user=case.second)
    assert "edited" in hands_in(case.report)[case.second.pk]


def test_answers_vouchers_and_debts_are_part_of_what_is_signed():
    case = make_case()
    seen = [case.seen]
    answer = explained(case)
    seen.append(case.seen)
    tied(case)
    seen.append(case.seen)
    funds_answers.owe_vouchers(case.report, case.keys, missing="运单", due_on=LATER, acting_user=case.main)
    seen.append(case.seen)
    misuse(case)
    seen.append(case.seen)
    answer.refresh_from_db()
    FundsAnswer.objects.filter(pk=answer.pk).update(respond_by=LATER + timedelta(days=1))
    seen.append(case.seen)
    assert len(set(seen)) == len(seen)


def test_a_change_voids_the_signatures():
    case = make_case()
    filled(case)
    tied(case)
    explained(case)
    sign(case.report, seen_hash=case.seen, acting_user=case.main)
    misuse(case)
    assert not case.report.signatures.filter(voided_at=None).exists()


def test_misuse_asks_for_a_class_that_fits_where_the_template_proposes_one():
    case = make_case(content=WITH_CLASS)
    tied(case)
    misuse(case)
    filled(case, "normal")
    assert refusal(sign, case.report, seen_hash=case.seen, acting_user=case.main) == "funds_class"
    filled(case, "special_mention")
    sign(case.report, seen_hash=case.seen, acting_user=case.main)


def test_the_date_of_a_missing_voucher_lies_within_what_the_bank_gives():
    case = make_case()
    for day in (None, DAY, DAY + timedelta(days=16)):
        values = {"missing": "发票", "due_on": day, "acting_user": case.main}
        assert refusal(funds_answers.owe_vouchers, case.report, case.keys, **values) == "voucher_date"
    funds_answers.owe_vouchers(
        case.report, case.keys, missing="发票", due_on=DAY + timedelta(days=15), acting_user=case.main
    )
    assert VoucherDebt.objects.count() == 3


def test_a_voucher_is_taken_off_and_a_debt_forgotten_while_the_report_is_written():
    case = make_case()
    file = file_of(case.report).pk
    funds_answers.tie_vouchers(case.report, case.keys, [file], acting_user=case.main)
    funds_answers.tie_vouchers(case.report, case.keys, [file], acting_user=case.main)
    assert FundsProof.objects.count() == 3
    funds_answers.untie_voucher(case.report, case.keys[0], file, acting_user=case.main)
    assert [one.row.pk for one in funds_of(case.report).open_payments] == case.keys[:1]
    funds_answers.owe_vouchers(case.report, case.keys[:1], missing="发票", due_on=LATER, acting_user=case.main)
    funds_answers.forget_debt(case.report, VoucherDebt.objects.get().pk, acting_user=case.main)
    assert len(funds_of(case.report).open_payments) == 1


def test_what_an_approved_report_answered_is_not_asked_again():
    case = make_case()
    answer = explained(case)
    tied(case)
    Report.objects.filter(pk=case.report.pk).update(
        state="approved", approved_on=DAY, submitted_by=case.main, submitted_on=DAY, content_hash="x"
    )
    other = make_case("periodic")
    other.report.task.task_loans.all().delete()
    other.report.task.customer = case.loan.customer
    other.report.task.save()
    other.report.task.task_loans.create(loan=case.loan, kind="periodic")
    (finding,) = funds_of(other.report).findings
    assert finding.earlier == answer
    assert not funds_of(other.report).problems
    page = logged_in(case.main).get(f"/inspections/reports/{other.report.pk}/review").content.decode()
    assert WHY in page
    assert "报告中未作答复" not in page


def test_whose_account_money_came_back_to_is_told_by_the_tie_only():
    case = make_case()
    close = CustomerFactory(name="不得外泄的关联公司")
    RelatedPartyFactory(customer=case.loan.customer, party_customer=close)
    AccountEntryFactory(
        customer=close,
        direction="credit",
        amount=Decimal(900_000),
        booked_on=DAY - timedelta(days=10),
        counterparty_name="海博机电",
    )
    funds_answers.look_again(case.report, case.main)
    page = logged_in(case.main).get(f"/inspections/reports/{case.report.pk}").content.decode()
    assert "关联方" in page
    assert close.name not in page


def test_the_number_of_queries_does_not_grow_with_payments_and_findings(django_assert_max_num_queries):
    case = make_case()
    for n in range(30):
        PaymentOutFactory(
            loan=case.loan, paid_on=DAY - timedelta(days=n), amount=6_000_000, mode="own", payee_name=f"供应商{n // 2}"
        )
    funds_answers.look_again(case.report, case.main)
    with django_assert_max_num_queries(18):
        funds = funds_of(Report.objects.select_related("task", "template_version").get(pk=case.report.pk))
        _said = [(one.rule, one.movements) for one in funds.findings], funds.problems
    assert len(funds.findings) > 10


# ── pages and paper ───────────────────────────────────────────────────────────────────────────────────────


def post(case, path, body, user=None):
    client = logged_in(user or case.main)
    address = f"/inspections/reports/{case.report.pk}/funds/{path}"
    return client.post(address, body, content_type="application/json")


def test_the_form_shows_findings_with_payments_and_rule_and_takes_answers():
    case = make_case()
    file = file_of(case.report)
    client = logged_in(case.main)
    page = client.get(f"/inspections/reports/{case.report.pk}").content.decode()
    for text in ("拆分支付", "12,000,000.00", "10,000,000.00", "鼎盛钢材", "待回应", "海博机电"):
        assert text in page, text
    body = {"said": ["explained"], "explanation": [WHY], "file": [str(file.pk)]}
    answer = post(case, f"findings/{case.finding.pk}", body)
    assert answer.status_code == 200
    assert WHY in answer.json()["html"]
    assert answer.json()["sections"]["use_of_funds"]["missing"] == 1
    refused = post(case, f"findings/{case.finding.pk}", {**body, "explanation": ["短"]})
    assert refused.status_code == 409
    assert "10" in refused.json()["error"]
    done = post(case, "vouchers", {"act": ["tie"], "payment": [str(pk) for pk in case.keys], "file": [str(file.pk)]})
    assert done.json()["sections"]["use_of_funds"]["state"] == "done"


def test_an_answer_of_the_other_inspector_is_not_overwritten_unseen():
    case = make_case()
    file = file_of(case.report)
    body = {"said": ["explained"], "explanation": [WHY], "file": [str(file.pk)], "seen": [""]}
    assert post(case, f"findings/{case.finding.pk}", body).status_code == 200
    other = {**body, "said": ["misuse"], "demanded": ["mend"], "respond_by": [LATER.isoformat()]}
    late = post(case, f"findings/{case.finding.pk}", other, case.second)
    assert (late.status_code, late.json()["code"]) == (409, "meanwhile")
    seen = FundsAnswer.objects.get().stamp
    assert post(case, f"findings/{case.finding.pk}", {**other, "seen": [seen]}, case.second).status_code == 200
    assert FundsAnswer.objects.get().is_misuse


@pytest.mark.parametrize("body", [{"act": "tie"}, {"act": ["x"]}, {"act": ["tie"], "payment": ["-1"]}, {"act": [1]}])
def test_what_no_page_of_ours_sends_is_refused_as_unreadable(body):
    assert post(make_case(), "vouchers", body).status_code == 400


def test_handing_in_says_in_a_clear_sentence_what_is_open():
    case = make_case()
    filled(case)
    tied(case)
    client = logged_in(case.main)
    preview = f"/inspections/reports/{case.report.pk}"
    answer = client.post(f"{preview}/sign", {"seen": case.seen, "role": "main"}, follow=True).content.decode()
    assert "资金用途疑点尚未回应" in answer


def test_review_print_and_word_carry_findings_answers_and_vouchers(tmp_path):
    import io

    from docx import Document

    case = make_case()
    misuse(case)
    file = file_of(case.report)
    funds_answers.tie_vouchers(case.report, case.keys[:2], [file.pk], acting_user=case.main)
    funds_answers.owe_vouchers(case.report, case.keys[2:], missing="运单", due_on=LATER, acting_user=case.main)
    client = logged_in(case.main)
    address = f"/inspections/reports/{case.report.pk}"
    word = client.get(f"{address}.docx").content
    document = Document(io.BytesIO(word))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    said = "\n".join([*(one.text for one in document.paragraphs), *cells])
    for text in (
        client.get(f"{address}/review").content.decode(),
        client.get(f"{address}/print").content.decode(),
        said,
    ):
        for part in ("拆分支付", "货款转付他人，与合同不符", "鼎盛钢材", "运单", "发票.jpg", "2026-07-10"):
            assert part in text, part
    assert report_paper.context(case.report)["funds"].misuse


def test_files_for_the_use_of_funds_are_taken_where_the_template_has_no_question_for_them():
    case = make_case()
    upload = start_upload(case.report, question="use_of_funds", name="合同.pdf", size=10, acting_user=case.main)
    assert upload.question == "use_of_funds"


# ── constraints ───────────────────────────────────────────────────────────────────────────────────────────


def broken(row):
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


def test_no_misuse_without_a_demand_and_no_demand_without_misuse():
    case = make_case()
    base = {"report": case.report, "finding": case.finding}
    broken(FundsAnswer(**base, is_misuse=True, explanation=WHY))
    broken(FundsAnswer(**base, is_misuse=True, explanation=WHY, demanded="mend"))
    broken(FundsAnswer(**base, is_misuse=False, explanation=WHY, respond_by=LATER))
    broken(FundsAnswer(**base, is_misuse=None, demanded="mend"))


def test_a_proof_is_of_one_payment_or_one_finding():
    case = make_case()
    file, finding = file_of(case.report), FundsFinding.objects.get()
    broken(FundsProof(report=case.report, evidence=file))
    broken(FundsProof(report=case.report, evidence=file, payment=case.payments[0], finding=finding))
    FundsProof.objects.create(report=case.report, evidence=file, payment=case.payments[0])
    broken(FundsProof(report=case.report, evidence=file, payment=case.payments[0]))
    FundsProof.objects.create(report=case.report, evidence=file, finding=finding)
    broken(FundsProof(report=case.report, evidence=file, finding=finding))
