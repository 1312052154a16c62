"""A report is begun with what the bank knows and saved bit by bit; nobody's answer is overwritten unseen."""

from __future__ import annotations

import json

import pytest
from django.core.exceptions import PermissionDenied

from postloan.core.models import Event
from postloan.inspections.models import Answer, Signature
from postloan.inspections.report_form import form_of, problems_of, totals
from postloan.inspections.services.refusals import Refused
from postloan.inspections.services.reports import Change, begin_report, mark_section, name_second, save_answers
from tests.factories import StaffFactory
from tests.factories.days import MOMENT
from tests.test_inspections.forms import begun, customer_with_everything, logged_in

pytestmark = pytest.mark.django_db


def change(question, value, base=0, **more):
    return Change(question=question, base=base, value=value, **more)


def answer(report, question):
    return report.answers.get(question=question)


# ── beginning ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_report_begins_with_the_facts_their_source_and_date():
    report, main, second = begun()
    assert (report.main_inspector, report.second_inspector) == (main, second)
    assert report.task.state == "drafting"
    balance = answer(report, "credit.balance")
    assert (balance.value, balance.source, balance.is_prefilled) == ("1200000.00", "core", True)
    power = answer(report, "site.power")
    assert (power.value, power.source, str(power.source_on)) == ("198230.00", "statement", "2026-03-31")
    assert report.facts["customer.is_manufacturer"] is True
    assert Event.objects.filter(code="inspections.report_begun", actor=main).exists()


def test_no_opinion_is_ever_filled_in():
    report, _main, _second = begun()
    opinions = {
        q["code"] for s in report.template_version.content["sections"] for q in s["questions"] if q.get("opinion")
    }
    assert opinions
    assert not report.answers.filter(question__in=opinions).exists()


def test_beginning_twice_gives_the_same_report():
    report, _main, second = begun()
    assert begin_report(report.task, acting_user=second) == report


def test_a_task_that_is_over_is_not_begun():
    report, main, _second = begun()
    task = report.task
    report.state = "withdrawn"
    report.save()
    task.state, task.done_on, task.submitted_on = "approved", task.due_on, task.due_on
    task.save()
    with pytest.raises(Refused, match="state"):
        begin_report(task, acting_user=main)


# ── saving ────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_answer_is_saved_with_its_version_and_author():
    report, main, _second = begun()
    saved = save_answers(report, [change("site.wages", "no")], acting_user=main)
    assert saved.answers == {"site.wages": 1}
    assert saved.version == 2
    row = answer(report, "site.wages")
    assert (row.value, row.edited_by, row.version) == ("no", main, 1)
    assert row.history.count() == 1


def test_a_changed_fact_loses_its_source():
    report, main, _second = begun()
    save_answers(report, [change("site.power", "201,000", base=1)], acting_user=main)
    row = answer(report, "site.power")
    assert (row.value, row.source, row.source_on, row.is_prefilled) == ("201000", "", None, False)
    assert row.history.filter(value="198230.00").exists()


def test_a_fact_of_core_banking_is_closed_to_changes():
    report, main, _second = begun()
    saved = save_answers(report, [change("credit.balance", "1.00", base=1)], acting_user=main)
    assert saved.refused == {"credit.balance": "closed"}
    assert answer(report, "credit.balance").value == "1200000.00"


def test_two_windows_never_overwrite_each_other_silently():
    report, main, second = begun()
    save_answers(report, [change("site.wages", "no", tab="one")], acting_user=main)
    saved = save_answers(
        report, [change("site.wages", "yes", tab="two"), change("events.law", "no", tab="two")], acting_user=second
    )
    assert saved.answers == {"events.law": 1}
    [conflict] = saved.conflicts
    assert (conflict.question, conflict.row.value, conflict.row.edited_by) == ("site.wages", "no", main)
    assert answer(report, "site.wages").value == "no"
    settled = save_answers(report, [change("site.wages", "yes", base=1, tab="two")], acting_user=second)
    assert settled.answers == {"site.wages": 2}


def test_a_lost_answer_to_a_save_is_no_conflict_with_oneself():
    report, main, _second = begun()
    save_answers(report, [change("conclusion.summary", "现场看了", tab="a")], acting_user=main)
    again = save_answers(report, [change("conclusion.summary", "现场看了", tab="a")], acting_user=main)
    assert (again.answers, again.conflicts) == ({"conclusion.summary": 1}, [])
    more = save_answers(report, [change("conclusion.summary", "现场看了两条线", tab="a")], acting_user=main)
    assert (more.answers, more.conflicts) == ({"conclusion.summary": 2}, [])


def test_the_same_answer_from_both_is_no_conflict():
    report, main, second = begun()
    save_answers(report, [change("site.wages", "no", tab="a")], acting_user=main)
    assert not save_answers(report, [change("site.wages", "no", tab="b")], acting_user=second).conflicts


def test_only_the_inspectors_write():
    report, _main, _second = begun()
    stranger = StaffFactory(post="account_manager", branch=report.task.customer.branch)
    with pytest.raises(PermissionDenied):
        save_answers(report, [change("site.wages", "no")], acting_user=stranger)
    assert not report.answers.filter(question="site.wages").exists()


@pytest.mark.parametrize("state", ["submitted", "approved", "withdrawn"])
def test_a_report_handed_in_is_not_changed(state):
    report, main, _second = begun()
    report.state, report.content_hash, report.submitted_by = state, "h", main
    report.submitted_on = report.approved_on = report.begun_on
    report.save()
    with pytest.raises(Refused, match="state"):
        save_answers(report, [change("site.wages", "no")], acting_user=main)


def test_a_change_voids_the_signatures():
    report, main, second = begun()
    for role, person in (("main", main), ("second", second)):
        Signature.objects.create(
            report=report, role=role, signed_by=person, signed_at=MOMENT, signed_on=report.begun_on, content_hash="x"
        )
    save_answers(report, [change("site.wages", "no")], acting_user=second)
    assert report.signatures.filter(voided_at=None).count() == 0
    assert Event.objects.filter(code="inspections.signatures_voided").exists()


def test_the_conclusion_stands_in_columns_and_measures_in_rows():
    report, main, second = begun()
    rows = [
        {"key": "a", "text": "补齐发票", "owner": second.staff_no, "due_on": "2026-08-01"},
        {"key": "b", "text": "还没有责任人", "owner": "", "due_on": "2026-08-01"},
    ]
    changes = [
        change("conclusion.risk", "attention"),
        change("conclusion.advice", "maintain"),
        change("conclusion.class", "normal"),
        change("conclusion.summary", "两条线开工，库存与报表相符"),
        change("conclusion.next_on", "2026-09-30"),
        change("conclusion.measures", rows),
    ]
    save_answers(report, changes, acting_user=main)
    report.refresh_from_db()
    assert (report.risk_conclusion, report.advice, report.proposed_class) == ("attention", "maintain", "normal")
    assert str(report.next_on) == "2026-09-30"
    [measure] = report.measures.all()
    assert (measure.text, measure.owner, str(measure.due_on)) == ("补齐发票", second, "2026-08-01")
    save_answers(report, [change("conclusion.measures", [], base=1)], acting_user=main)
    assert not report.measures.exists()


def test_an_answer_that_cannot_be_read_is_kept_and_called_wrong():
    report, main, _second = begun()
    save_answers(report, [change("site.power", "约二十万", base=1)], acting_user=main)
    assert answer(report, "site.power").value == "约二十万"
    problem = next(p for p in problems_of(report) if p.question == "site.power")
    assert "数字" in problem.text


# ── the form ──────────────────────────────────────────────────────────────────────────────────────────────


def test_the_last_approved_answer_stands_beside_the_question():
    former, main, _second = begun()
    save_answers(
        former, [change("site.wages", "yes", explanation="欠电费一个月，已补"), change("site.power", "286400", base=1)],
        acting_user=main,
    )  # fmt: skip
    former.refresh_from_db()
    former.state, former.approved_on, former.submitted_on = "approved", former.begun_on, former.begun_on
    former.submitted_by, former.content_hash = main, "h"
    former.save()
    report, _m, _s = begun(customer=former.task.customer, occurrence="later")
    last = form_of(report).last
    assert (last["site.wages"].value, last["site.wages"].explanation) == ("yes", "欠电费一个月，已补")
    problem = next(p for p in problems_of(report) if p.question == "site.power")
    assert "20%" in problem.text


def test_a_section_that_may_not_apply_needs_a_reason():
    report, main, _second = begun()
    before = {state.code: state.state for state in form_of(report).states()}
    assert before["collateral"] == "todo"
    with pytest.raises(Refused, match="reason"):
        mark_section(report, "collateral", "无", acting_user=main)
    with pytest.raises(Refused, match="section"):
        mark_section(report, "conclusion", "本次不写结论", acting_user=main)
    mark_section(report, "collateral", "押品已解除，无须检查", acting_user=main)
    assert {s.code: s.state for s in form_of(report).states()}["collateral"] == "na"
    mark_section(report, "collateral", "", acting_user=main)
    assert {s.code: s.state for s in form_of(report).states()}["collateral"] == "todo"


def test_the_second_inspector_is_somebody_else_who_inspects():
    report, main, second = begun()
    auditor = StaffFactory(post="auditor", branch=report.task.customer.branch)
    with pytest.raises(Refused, match="same"):
        name_second(report, main, acting_user=main)
    with pytest.raises(Refused, match="capability"):
        name_second(report, auditor, acting_user=main)
    with pytest.raises(PermissionDenied):
        name_second(report, main, acting_user=second)


def test_nobody_chosen_as_second_inspector_is_said_and_changes_nothing():
    report, main, second = begun()
    page, before = f"/inspections/reports/{report.pk}/second", report.second_inspector_id
    assert "请从名单中选择" in logged_in(main).post(page, {"staff": ""}, follow=True).content.decode()
    assert logged_in(second).post(page, {"staff": ""}).status_code == 403
    report.refresh_from_db()
    assert report.second_inspector_id == before


def test_a_page_reads_its_report_in_few_queries(django_assert_max_num_queries):
    report, main, _second = begun()
    client = logged_in(main)
    with django_assert_max_num_queries(60):
        assert client.get(f"/inspections/reports/{report.pk}").status_code == 200


def test_the_page_shows_facts_sources_and_progress():
    report, main, _second = begun("first")
    text = logged_in(main).get(f"/inspections/reports/{report.pk}").content.decode()
    assert "1,200,000.00" in text
    assert "澜州鼎盛钢材有限公司" in text
    sums = totals(form_of(report), form_of(report).states())
    assert f"{sums.items}" in text
    assert sums.prefilled > 20


# ── the interface of the script ───────────────────────────────────────────────────────────────────────────


def post(client, report, part, body, **headers):
    return client.post(
        f"/inspections/reports/{report.pk}/{part}", json.dumps(body), content_type="application/json", headers=headers
    )


def test_saving_answers_with_how_the_report_stands():
    report, main, _second = begun()
    body = {"changes": [{"question": "site.wages", "base": 0, "tab": "t", "value": "yes"}]}
    data = post(logged_in(main), report, "save", body).json()
    assert data["saved"] == {"site.wages": 1}
    assert data["sections"]["site"]["state"] == "err"
    assert "site.wages" in data["problems"]
    assert data["version"] == 2


def test_a_conflict_is_told_with_both_answers():
    report, main, second = begun()
    save_answers(report, [change("site.wages", "no", tab="a")], acting_user=main)
    body = {"changes": [{"question": "site.wages", "base": 0, "tab": "b", "value": "yes"}]}
    [conflict] = post(logged_in(second), report, "save", body).json()["conflicts"]
    assert (conflict["value"], conflict["who"], conflict["version"]) == ("no", main.name, 1)


@pytest.mark.parametrize(
    "body", ["[]", "{", '{"changes": 1}', '{"changes": [1]}', '{"changes": [{"question": 5}]}', "\x00"]
)
def test_what_no_page_sends_is_refused(body):
    report, main, _second = begun()
    response = logged_in(main).post(f"/inspections/reports/{report.pk}/save", body, content_type="application/json")
    assert response.status_code == 400


def test_a_value_of_the_wrong_shape_is_refused_and_the_rest_saved():
    report, main, _second = begun()
    changes = [
        {"question": "conclusion.measures", "base": 0, "value": {"no": "rows"}},
        {"question": "nobody.asked", "base": 0, "value": "x"},
        {"question": "site.wages", "base": 0, "value": "no"},
    ]
    data = post(logged_in(main), report, "save", {"changes": changes}).json()
    assert data["saved"] == {"site.wages": 1}
    assert set(data["refused"]) == {"conclusion.measures", "nobody.asked"}


def test_an_expired_session_is_told_to_the_script_as_401():
    report, _main, _second = begun()
    from django.test import Client

    response = post(Client(), report, "save", {"changes": []}, HX_Request="true")
    assert response.status_code == 401


def test_another_branchs_report_is_not_there():
    report, _main, _second = begun()
    elsewhere = StaffFactory(post="account_manager")
    client = logged_in(elsewhere)
    assert client.get(f"/inspections/reports/{report.pk}").status_code == 404
    assert post(client, report, "save", {"changes": []}).status_code == 404
    assert Answer.objects.filter(edited_by=elsewhere).count() == 0


def test_begin_leads_to_the_report_and_forgery_is_refused():
    customer = customer_with_everything()
    report, main, _second = begun(customer=customer)
    client = logged_in(main)
    response = client.post(f"/inspections/tasks/{report.task_id}/begin")
    assert response.headers["Location"] == f"/inspections/reports/{report.pk}"
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    assert post(strict, report, "save", {"changes": []}).status_code == 403
