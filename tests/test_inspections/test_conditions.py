"""Conditions of the approval and covenants: each answered with evidence before handing in, shown on every paper."""

from __future__ import annotations

import io
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from docx import Document

from postloan.core.models import Event
from postloan.inspections import conditions_form
from postloan.inspections.conditions_form import conditions_of, problem_of
from postloan.inspections.models import ConditionAnswer, Report
from postloan.inspections.services import evidence
from postloan.inspections.services.conditions import answer_condition
from postloan.inspections.services.refusals import Refused
from postloan.inspections.services.submitting import sign, submit
from postloan.inspections.services.writers import had_a_hand
from tests.factories import ApprovalConditionFactory, ContractFactory, FacilityFactory, LoanFactory, StaffFactory
from tests.factories.days import DELIVERED_ON
from tests.test_inspections.approval import decided, fill, make_bank, signed
from tests.test_inspections.forms import logged_in

TODAY = DELIVERED_ON
LONG = "抵押登记因权属争议未办妥，九月底前完成"


def said(state="", shown="", why="", text="资产负债率不高于70%", due_on=None):
    return SimpleNamespace(state=state, evidence=shown, explanation=why, text=text, condition_due_on=due_on)


def condition(due_on=None, text="资产负债率不高于70%"):
    return SimpleNamespace(text=text, due_on=due_on)


FILE = SimpleNamespace(met_before_id=None, met_before_explanation="")
REUSED = SimpleNamespace(met_before_id=1, met_before_explanation="")
PAST, AHEAD = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


@pytest.mark.parametrize(
    ("asked", "answer", "files", "is_right"),
    [
        (condition(), None, [], False),
        (condition(), said(), [FILE], False),
        (condition(), said("met"), [], False),
        (condition(), said("met", "报表"), [], False),
        (condition(), said("met", "六月报表，62%"), [], True),
        (condition(), said("met"), [FILE], True),
        (condition(), said("met"), [REUSED], False),
        (condition(), said("not_met", "六月报表，82%"), [FILE], False),
        (condition(), said("not_met", why="太忙"), [], False),
        (condition(), said("not_met", why=LONG), [], True),
        (condition(), said("not_due"), [], False),
        (condition(), said("not_due", why=LONG), [], True),
        (condition(AHEAD), said("not_due", due_on=AHEAD), [], True),
        (condition(TODAY), said("not_due", why=LONG, due_on=TODAY), [], False),
        (condition(PAST), said("not_due", why=LONG, due_on=PAST), [], False),
        (condition(PAST), said("met", "登记证明一份", due_on=PAST), [], True),
        (condition(text="变了"), said("met", "登记证明一份"), [], False),
        (condition(AHEAD), said("met", "登记证明一份", due_on=PAST), [], False),
    ],
)
def test_what_an_answer_needs(asked, answer, files, is_right):
    assert (problem_of(asked, answer, files, today=TODAY) == "") is is_right


# ── in a report ───────────────────────────────────────────────────────────────────────────────────────────


def bank_with(*conditions, **more):
    """A filled report on a customer whose facility carries conditions."""
    bank = make_bank()
    facility = FacilityFactory(customer=bank.report.task.customer)
    made = [ApprovalConditionFactory(facility=facility, **{"kind": "covenant", **one}) for one in conditions or [{}]]
    fill(bank)
    return bank, made


def answer(bank, one, state="met", shown="六月报表，62%", why="", base=None, by=None):
    there = ConditionAnswer.objects.filter(report=bank.report, condition=one).first()
    base = base if base is not None else (there.version if there else 0)
    return answer_condition(
        bank.report, one.pk, state=state, evidence=shown, explanation=why, base=base, acting_user=by or bank.main
    )


@pytest.mark.django_db
class TestAsked:
    def test_a_report_is_neither_signed_nor_handed_in_before_each_is_answered(self):
        bank, (first, second) = bank_with({}, {})
        answer(bank, first)
        with pytest.raises(Refused, match="conditions"):
            sign(bank.report, seen_hash=bank.seen, acting_user=bank.main)
        answer(bank, second, "not_met", why=LONG)
        signed(bank)
        assert submit(bank.report, seen_hash=bank.seen, acting_user=bank.main).state == "submitted"

    def test_a_condition_that_came_after_signing_is_asked_at_handing_in(self):
        bank, (first,) = bank_with({})
        answer(bank, first)
        signed(bank)
        ApprovalConditionFactory(facility=first.facility)
        with pytest.raises(Refused, match="conditions"):
            submit(bank.report, seen_hash=bank.seen, acting_user=bank.main)

    def test_those_of_the_loans_facility_are_asked_and_of_all_where_none_is_known(self):
        bank, (first,) = bank_with({})
        customer = bank.report.task.customer
        other = FacilityFactory(customer=customer)
        elsewhere = ApprovalConditionFactory(facility=other)
        ApprovalConditionFactory(facility=FacilityFactory())
        ApprovalConditionFactory(facility=first.facility, superseded=True)
        assert {row.condition for row in conditions_of(bank.report).rows} == {first, elsewhere}
        contract = ContractFactory(customer=customer, facility=other, facility_no=other.facility_no)
        loan = LoanFactory(customer=customer, contract=contract)
        bank.report.task.task_loans.create(loan=loan, kind=bank.report.task.kind)
        assert {row.condition for row in conditions_of(bank.report).rows} == {elsewhere}

    def test_what_core_banking_says_is_met_is_told_and_not_asked(self):
        bank, (first,) = bank_with({"fulfilled_on": DELIVERED_ON})
        found = conditions_of(bank.report)
        assert (found.rows, found.fulfilled, found.problems) == ([], [first], [])
        signed(bank)

    def test_an_answer_to_another_text_must_be_given_again(self):
        bank, (first,) = bank_with({})
        answer(bank, first)
        type(first).objects.filter(pk=first.pk).update(text="资产负债率不高于65%")
        assert conditions_of(bank.report).problems
        answer(bank, first, shown="六月报表，62%")
        assert not conditions_of(bank.report).problems


@pytest.mark.django_db
class TestAnswering:
    def test_an_answer_counts_as_content_voids_signatures_and_is_told(self):
        bank, (first,) = bank_with({})
        answer(bank, first)
        signed(bank)
        before, version = bank.seen, Report.objects.get(pk=bank.report.pk).version
        answer(bank, first, "not_met", why=LONG)
        assert bank.seen != before
        assert Report.objects.get(pk=bank.report.pk).version == version + 1
        assert not bank.report.signatures.filter(voided_at=None).exists()
        assert Event.objects.filter(code="inspections.condition_answered").count() == 2

    def test_the_same_answer_again_changes_nothing(self):
        bank, (first,) = bank_with({})
        before = answer(bank, first).version
        seen = Report.objects.get(pk=bank.report.pk).version
        assert answer(bank, first).version == before
        assert Report.objects.get(pk=bank.report.pk).version == seen

    def test_what_somebody_else_has_answered_meanwhile_is_not_overwritten(self):
        bank, (first,) = bank_with({})
        answer(bank, first, by=bank.second)
        with pytest.raises(Refused, match="meanwhile"):
            answer(bank, first, "not_met", why=LONG, base=0)
        assert ConditionAnswer.objects.get().state == "met"

    def test_whoever_answered_had_a_hand_in_the_report(self):
        bank, (first,) = bank_with({})
        somebody = StaffFactory()
        answer(bank, first)
        assert not had_a_hand(bank.report, somebody)
        ConditionAnswer.objects.update(edited_by=somebody)
        assert had_a_hand(bank.report, somebody)

    def test_only_inspectors_answer_and_only_before_it_is_handed_in(self):
        bank, (first,) = bank_with({})
        with pytest.raises(PermissionDenied):
            answer(bank, first, by=bank.head)
        answer(bank, first)
        signed(bank)
        submit(bank.report, seen_hash=bank.seen, acting_user=bank.main)
        with pytest.raises(Refused, match="state"):
            answer(bank, first, "not_met", why=LONG)

    def test_a_condition_of_somebody_else_and_an_unknown_state_are_refused(self):
        bank, (first,) = bank_with({})
        with pytest.raises(Refused, match="condition"):
            answer(bank, ApprovalConditionFactory())
        with pytest.raises(Refused, match="answer"):
            answer(bank, first, "perhaps")

    def test_the_database_keeps_one_answer_a_condition_and_known_states_only(self):
        bank, (first,) = bank_with({})
        answer(bank, first)
        with pytest.raises(IntegrityError), transaction.atomic():
            ConditionAnswer.objects.create(report=bank.report, condition=first)
        with pytest.raises(IntegrityError), transaction.atomic():
            ConditionAnswer.objects.update(state="perhaps")

    def test_a_file_is_brought_for_a_condition_of_the_report_and_for_no_other(self):
        bank, (first,) = bank_with({})
        values = {"name": "a.jpg", "size": 9, "acting_user": bank.main}
        begun = evidence.start_upload(bank.report, question=f"{conditions_form.FILES}{first.pk}", **values)
        assert begun.question == f"condition:{first.pk}"
        for question in (f"condition:{ApprovalConditionFactory().pk}", "condition:", "condition:x"):
            with pytest.raises(Refused, match="question"):
                evidence.start_upload(bank.report, question=question, **values)


@pytest.mark.django_db
class TestPages:
    def address(self, bank, one):
        return f"/inspections/reports/{bank.report.pk}/conditions/{one.pk}"

    def test_the_form_saves_an_answer_and_says_what_is_wrong_with_it(self):
        bank, (first,) = bank_with({"text": "资产负债率不高于70%"})
        client = logged_in(bank.main)
        page = client.get(f"/inspections/reports/{bank.report.pk}").content.decode()
        assert "资产负债率不高于70%" in page
        assert self.address(bank, first) in page
        body = {"state": "not_met", "evidence": "", "explanation": "", "base": 0}
        sent = client.post(self.address(bank, first), body, content_type="application/json")
        found = sent.json()
        assert (found["answer"], found["sections"]["conditions"]["missing"]) == (1, 1)
        assert found["conditions"][str(first.pk)]
        body |= {"explanation": LONG, "base": 1}
        found = client.post(self.address(bank, first), body, content_type="application/json").json()
        assert (found["answer"], found["conditions"][str(first.pk)]) == (2, "")
        assert found["sections"]["conditions"]["state"] == "done"

    def test_somebody_elses_answer_is_a_conflict_in_words(self):
        bank, (first,) = bank_with({})
        answer(bank, first, by=bank.second)
        body = {"state": "not_met", "base": 0}
        sent = logged_in(bank.main).post(self.address(bank, first), body, content_type="application/json")
        assert sent.status_code == 409
        assert sent.json()["error"] not in {"", "meanwhile"}

    def test_a_page_with_a_condition_left_cannot_be_signed_and_says_so(self):
        bank, _made = bank_with({})
        page = logged_in(bank.main).get(f"/inspections/reports/{bank.report.pk}/review")
        assert (page.context["can_sign"], page.context["problem_count"]) == (False, 1)
        sent = logged_in(bank.main).post(
            f"/inspections/reports/{bank.report.pk}/sign", {"seen": bank.seen, "role": "main"}, follow=True
        )
        assert sent.status_code == 200
        assert not bank.report.signatures.exists()

    def test_preview_print_and_word_show_each_with_its_answer(self):
        bank, (first, second) = bank_with({"text": "负债率不高于70%"}, {"text": "三十日内办妥登记"})
        answer(bank, first)
        answer(bank, second, "not_met", why=LONG)
        signed(bank)
        submit(bank.report, seen_hash=bank.seen, acting_user=bank.main)
        # What core banking says later changes no paper.
        type(first).objects.update(text="别的", fulfilled_on=DELIVERED_ON)
        client = logged_in(bank.head)
        pages = [
            client.get(f"/inspections/reports/{bank.report.pk}/{path}").content.decode() for path in ("review", "print")
        ]
        word = Document(io.BytesIO(client.get(f"/inspections/reports/{bank.report.pk}.docx").content))
        pages.append("\n".join(cell.text for table in word.tables for row in table.rows for cell in row.cells))
        for page in pages:
            for part in ("负债率不高于70%", "三十日内办妥登记", "六月报表，62%", LONG):
                assert part in page
            assert "别的" not in page

    def test_what_is_not_met_is_a_flag_and_the_next_report_shows_what_was_said(self):
        bank, (first,) = bank_with({})
        answer(bank, first, "not_met", why=LONG)
        signed(bank)
        bank.report = submit(bank.report, seen_hash=bank.seen, acting_user=bank.main)
        page = logged_in(bank.head).get(f"/inspections/reports/{bank.report.pk}/review")
        assert any(first.condition_no in flag.title for flag in page.context["flags"])
        decided(bank, "approve", bank.head)
        from tests.test_inspections.forms import begun

        following, _main, _second = begun(customer=bank.report.task.customer)
        (row,) = conditions_of(following).rows
        assert (row.earlier.explanation, row.answer) == (LONG, None)
