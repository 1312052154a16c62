"""Reports: begun, filled in, proved with pictures, confirmed by the borrower, signed by two, handed in, decided on."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from random import Random

from postloan.inspections.conditions_form import conditions_of
from postloan.inspections.funds_form import funds_of
from postloan.inspections.models import InspectionTask, Measure, Report, ReportState
from postloan.inspections.report_form import form_of
from postloan.inspections.services import approving, conditions, evidence, funds_answers, on_site, submitting
from postloan.inspections.services.reports import begin_report, name_second
from postloan.inspections.services.writers import hands_in
from postloan.inspections.workflow import WRITABLE, content_hash
from postloan.loans.models import LoanState
from postloan.nightly.demonstration import answers, pictures
from postloan.nightly.demonstration import report_phrases as phrases
from postloan.nightly.demonstration.pace import Day
from postloan.nightly.demonstration.people import People
from postloan.organization.models import Staff
from postloan.todos.models import Todo

SENT_BACK = 0.07
REFUSES_TO_CONFIRM = 0.03
MISUSE = 0.2
HALF = 0.5


def begin(task: InspectionTask, day: Day, main: Staff, people: People) -> Report:
    report = begin_report(task, acting_user=main)
    if task.people == 2 and report.second_inspector_id is None and report.main_inspector_id == main.pk:
        second = people.beside(main)
        if second is not None:
            report = name_second(report, second, acting_user=main)
    return report


def draft(todo: Todo, day: Day, people: People) -> bool:
    """Begun and half filled in. True where it was begun now."""
    task, main = InspectionTask.objects.get(pk=todo.subject_id), people.for_todo(todo)
    if main is None or task.reports.exclude(state=ReportState.WITHDRAWN).exists():
        return False
    report = begin(task, day, main, people)
    answers.fill(_case(report, day, main), share=HALF)
    return True


def write(todo: Todo, day: Day, people: People) -> bool:
    """From the begin to the hands of whoever decides; what cannot be completed stays a draft."""
    task, person = InspectionTask.objects.select_related("customer").get(pk=todo.subject_id), people.for_todo(todo)
    if person is None:
        return False
    report = begin(task, day, person, people)
    if report.state not in WRITABLE or person.pk != report.main_inspector_id:
        return False
    case = _case(report, day, person)
    answers.begin(case)
    if task.place == "on_site":
        _visit(case)
    _answer_conditions(case)
    is_complete = answers.fill(case)
    if not is_complete:
        _photograph(case)
        _confirm(case)
        is_complete = answers.fill(case)
    _answer_funds(case)
    return is_complete and _hand_in(report, person, people)


def mend(todo: Todo, day: Day, people: People) -> bool:
    """What was sent back: the findings say more, and both sign again."""
    report = _standing(todo)
    if report is None or report.state != ReportState.RETURNED:
        return False
    main = people.get(report.main_inspector_id)
    row = report.answers.get(question="conclusion.summary")
    change = answers.Change(row.question, row.version, value=f"{row.value}{phrases.MENDED}")
    answers.save_answers(report, [change], acting_user=main)
    return _hand_in(report, main, people)


def decide(todo: Todo, day: Day, people: People, *, sends_back: bool = False) -> bool:
    report = _standing(todo)
    if report is None or report.state != ReportState.SUBMITTED:
        return False
    decided = report.decisions.values_list("decided_by_id", flat=True)
    decider = people.for_todo(todo, without={*hands_in(report), *decided})
    if decider is None:
        return False
    dice = day.dice_of(todo)
    is_first = submitting.submission_of(report) == 1 and report.step == 1
    if sends_back and not is_first:
        return False
    is_sent_back = sends_back or (is_first and dice.random() < SENT_BACK)
    approving.decide(
        report,
        "send_back" if is_sent_back else "approve",
        seen_hash=content_hash(report),
        seen_step=report.step,
        comment=dice.choice(phrases.SENT_BACK) if is_sent_back else dice.choice(phrases.APPROVED),
        section_remarks={"conclusion": dice.choice(phrases.SECTION_REMARKS)} if is_sent_back else None,
        return_reason="unsupported" if is_sent_back else "",
        acting_user=decider,
    )
    return True


def record_result(todo: Todo, day: Day, people: People) -> bool:
    measure, owner = Measure.objects.get(pk=todo.subject_id), people.for_todo(todo)
    if owner is None:
        return False
    approving.record_result(measure, day.dice_of(todo).choice(phrases.RESULTS), acting_user=owner)
    return True


# ── the parts of a report ─────────────────────────────────────────────────────────────────────────────────


def _standing(todo: Todo) -> Report | None:
    found = Report.objects.filter(task=todo.subject_id).exclude(state=ReportState.WITHDRAWN)
    return found.select_related("task", "template_version").first()


def _case(report: Report, day: Day, main: Staff) -> answers.Case:
    dice = day.dice("report", report.task.customer.customer_no, report.task.kind, report.task.due_on)
    states = LoanState.objects.now().filter(loan__in=report.task.loans.all())
    days = [(day.on - state.overdue_since).days for state in states if state.overdue_since]
    has_findings = bool(funds_of(report).findings)
    is_misuse = has_findings and dice.random() < MISUSE
    return answers.Case(report, main, day.on, dice, max(days, default=0), is_misuse)


def _visit(case: answers.Case) -> None:
    dice = case.dice
    spot = _spot(dice)
    on_site.start_visit(case.report, spot=spot, place=dice.choice(phrases.PLACES), acting_user=case.main)
    case.report.refresh_from_db()
    answers.begin(case)
    on_site.end_visit(case.report, acting_user=case.main)


def _spot(dice: Random) -> on_site.Spot:
    return on_site.Spot(
        Decimal(dice.randint(30_200_000, 30_400_000)) / 1_000_000,
        Decimal(dice.randint(120_000_000, 120_300_000)) / 1_000_000,
    )


def _confirm(case: answers.Case) -> None:
    if case.report.task.visit is None:
        return
    person = answers.person_met(case)
    signer, spot = on_site.Signer(person["name"], person["post"]), _spot(case.dice)
    if case.dice.random() < REFUSES_TO_CONFIRM:
        reason = phrases.BORROWER_REFUSES
        on_site.borrower_refuses(case.report, reason, signer=signer, spot=spot, acting_user=case.main)
        return
    drawn = pictures.strokes(case.dice)
    on_site.confirm_by_hand(case.report, drawn, signer=signer, spot=spot, acting_user=case.main)


def _photograph(case: answers.Case) -> None:
    """The pictures that are asked for and not there yet."""
    form = form_of(case.report)
    asked = {one.question for one in form.problems(stage="approval")}
    for question in answers.evidence_asked(form.content):
        if question["code"] in asked:
            for _number in range(max(1, int(question.get("min_count", 1)))):
                _bring(case, question["code"], is_photo=question["type"] == "photo")


def _bring(case: answers.Case, question: str, *, is_photo: bool) -> None:
    dice = case.dice
    content = pictures.site(dice) if is_photo else pictures.paper(dice)
    caption = dice.choice(phrases.CAPTIONS) if is_photo else phrases.VOUCHER_NAME
    upload = evidence.start_upload(
        case.report, question=question, name=f"{caption}.jpg", size=len(content), acting_user=case.main
    )
    upload = evidence.take_piece(upload, offset=0, piece=content, taken=evidence.Taken(), acting_user=case.main)
    one = upload.evidence
    if one is not None and is_photo:
        evidence.name_evidence(one, caption, acting_user=case.main)
    if one is not None and one.met_before_id:
        evidence.explain_again(one, phrases.USED_AGAIN, acting_user=case.main)


def _answer_conditions(case: answers.Case) -> None:
    for row in conditions_of(case.report).problems:
        conditions.answer_condition(
            case.report,
            row.condition.pk,
            state="met",
            evidence=phrases.CONDITION_MET,
            base=row.version,
            acting_user=case.main,
        )


def _answer_funds(case: answers.Case) -> None:
    """Payments tied to the papers, what the payments show explained with them or called misuse."""
    found = funds_of(case.report)
    if not found.problems:
        return
    papers = [one.pk for one in found.files if one.question == found.upload_question]
    if not papers:
        _bring(case, found.upload_question, is_photo=False)
        found = funds_of(case.report)
        papers = [one.pk for one in found.files if one.question == found.upload_question]
    for finding in found.unanswered:
        funds_answers.answer_finding(
            case.report,
            finding.row.pk,
            is_misuse=case.is_misuse,
            explanation=phrases.FUNDS_MISUSED if case.is_misuse else case.dice.choice(phrases.FUNDS_EXPLAINED),
            evidence=papers,
            demanded="mend" if case.is_misuse else "",
            respond_by=case.day + timedelta(days=30) if case.is_misuse else None,
            acting_user=case.main,
        )
    if found.asks_vouchers and found.open_payments:
        payments = [one.row.pk for one in found.open_payments]
        funds_answers.tie_vouchers(case.report, payments, papers, acting_user=case.main)


def _hand_in(report: Report, main: Staff, people: People) -> bool:
    """Signed by each inspector and handed in by the main one."""
    signers = [main]
    if report.second_inspector_id is not None:
        signers.append(people.get(report.second_inspector_id))
    for signer in signers:
        submitting.sign(report, seen_hash=_seen(report), acting_user=signer)
    submitting.submit(report, seen_hash=_seen(report), acting_user=main)
    return True


def _seen(report: Report) -> str:
    return content_hash(Report.objects.select_related("task", "template_version").get(pk=report.pk))
