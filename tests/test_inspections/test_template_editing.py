"""Templates are written by one person at head office and approved by another; a report keeps its version."""

from __future__ import annotations

import copy
from datetime import date

import pytest
from django.db import IntegrityError, transaction

from postloan.core.models import Event
from postloan.inspections import template_diff
from postloan.inspections.models import ReportTemplate, TemplateVersion
from postloan.inspections.services import templates as services
from postloan.inspections.services.refusals import Refused
from postloan.inspections.services.reports import begin_report
from tests.factories import BranchFactory, BusinessDateFactory, StaffFactory
from tests.test_inspections.forms import begun, customer_with_everything, inspectors, logged_in, task_for

pytestmark = pytest.mark.django_db
NEXT = date(2026, 7, 10)


@pytest.fixture
def template():
    BusinessDateFactory()
    return ReportTemplate.objects.get(code="corporate_regular")


def officer(branch=None):
    return StaffFactory(post="risk_officer", branch=branch or BranchFactory())


def submitted(template, writer, change=None):
    version = services.start_version(template, acting_user=writer)
    content = copy.deepcopy(version.content)
    content["sections"][0]["questions"][0]["label_zh"] = "借款企业"
    if change:
        change(content)
    version = services.edit_version(version, content, seen_edit=version.edit_no, acting_user=writer)
    return services.submit_version(version, valid_from=NEXT, acting_user=writer)


def test_a_draft_begins_as_the_version_in_force_and_there_is_one_at_a_time(template):
    writer = officer()
    draft = services.start_version(template, acting_user=writer)
    assert draft.content == services.version_in_force(template, NEXT).content
    with pytest.raises(Refused, match="open"):
        services.start_version(template, acting_user=writer)
    with pytest.raises(IntegrityError), transaction.atomic():
        TemplateVersion.objects.create(template=template, version=99, content={})


def test_two_editors_do_not_overwrite_each_other(template):
    draft = services.start_version(template, acting_user=officer())
    services.edit_version(draft, draft.content, seen_edit=1, acting_user=officer())
    with pytest.raises(Refused, match="edit"):
        services.edit_version(draft, draft.content, seen_edit=1, acting_user=officer())


def test_an_approved_version_is_in_force_from_its_day_and_older_reports_keep_theirs(template):
    report, _main, _second = begun()
    version = submitted(template, officer())
    services.decide_version(version, approve=True, comment="", seen_hash=version.content_hash, acting_user=officer())
    assert services.version_in_force(template, date(2026, 7, 9)).version == 1
    assert services.version_in_force(template, NEXT).version == 2
    report.refresh_from_db()
    assert report.template_version.version == 1
    BusinessDateFactory(date=NEXT)
    customer = customer_with_everything()
    main, _other = inspectors(customer)
    later = begin_report(task_for(customer), acting_user=main)
    assert later.template_version.version == 2
    assert Event.objects.filter(code="inspections.template_approved").count() == 1


def test_whoever_wrote_any_of_it_does_not_decide(template):
    first, second, third = officer(), officer(), officer()
    draft = services.start_version(template, acting_user=first)
    draft = services.edit_version(draft, draft.content, seen_edit=1, acting_user=second)
    version = services.submit_version(draft, valid_from=NEXT, acting_user=first)
    for writer in (first, second):
        with pytest.raises(Refused, match="maker"):
            services.decide_version(
                version, approve=True, comment="", seen_hash=version.content_hash, acting_user=writer
            )
    services.decide_version(version, approve=True, comment="", seen_hash=version.content_hash, acting_user=third)


def test_the_database_refuses_a_maker_who_decides(template):
    version = submitted(template, officer())
    with pytest.raises(IntegrityError), transaction.atomic():
        TemplateVersion.objects.filter(pk=version.pk).update(decided_by=version.made_by)


def test_a_decision_is_on_what_was_seen_and_a_refusal_says_why(template):
    version, judge = submitted(template, officer()), officer()
    with pytest.raises(Refused, match="changed"):
        services.decide_version(version, approve=True, comment="", seen_hash="other", acting_user=judge)
    with pytest.raises(Refused, match="comment"):
        services.decide_version(version, approve=False, comment=" ", seen_hash=version.content_hash, acting_user=judge)
    done = services.decide_version(
        version, approve=False, comment="题目过多", seen_hash=version.content_hash, acting_user=judge
    )
    assert done.state == "refused"
    with pytest.raises(Refused, match="state"):
        services.decide_version(version, approve=True, comment="", seen_hash=version.content_hash, acting_user=judge)


def test_a_faulty_template_or_a_past_day_is_not_handed_in(template):
    writer = officer()
    draft = services.start_version(template, acting_user=writer)
    with pytest.raises(Refused, match="past"):
        services.submit_version(draft, valid_from=date(2026, 6, 30), acting_user=writer)
    content = copy.deepcopy(draft.content)
    content["sections"][0]["questions"][0]["type"] = "poem"
    draft = services.edit_version(draft, content, seen_edit=1, acting_user=writer)
    with pytest.raises(Refused, match="faults"):
        services.submit_version(draft, valid_from=NEXT, acting_user=writer)


def test_what_differs_is_told_by_section_and_question(template):
    before = services.version_in_force(template, NEXT).content
    after = copy.deepcopy(before)
    moved = after["sections"][0]["questions"].pop(0)
    after["sections"][1]["questions"].append(moved)
    after["sections"][1]["questions"][0]["label_zh"] = "放款日期"
    gone = after["sections"].pop()
    found = {(one.kind, one.code) for one in template_diff.differences(before, after)}
    assert ("moved", moved["code"]) in found
    assert ("changed", after["sections"][1]["questions"][0]["code"]) in found
    assert ("removed", gone["code"]) in found
    assert template_diff.differences(before, before) == []


# ── pages ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_editor_changes_adds_moves_and_removes(template):
    writer = officer()
    client = logged_in(writer)
    client.post(f"/inspections/templates/{template.code}/draft")
    version = template.versions.get(state="draft")
    page = f"/inspections/template-versions/{version.pk}"
    for path in ("", "/preview", "/differences", "/questions/site.power", "/sections/site"):
        assert client.get(page + path).status_code == 200, path
    question = {
        "code": "site.gas",
        "type": "number",
        "label_zh": "月用气量",
        "label_en": "Gas a month",
        "unit_zh": "立方米",
    }
    client.post(
        f"{page}/questions/new?section=site", {**question, "edit_no": 1, "compare": "on", "required": "submission"}
    )
    version.refresh_from_db()
    site = next(s for s in version.content["sections"] if s["code"] == "site")
    assert site["questions"][-1] == {**question, "compare": True, "required": "submission"}
    client.post(f"{page}/order", {"act": "up", "code": "site.gas", "edit_no": version.edit_no})
    version.refresh_from_db()
    site = next(s for s in version.content["sections"] if s["code"] == "site")
    assert site["questions"][-2]["code"] == "site.gas"
    client.post(f"{page}/order", {"act": "remove", "code": "site.gas", "edit_no": version.edit_no})
    version.refresh_from_db()
    assert "site.gas" not in str(version.content)
    assert version.edit_no == 4
    gone = client.post(f"{page}/order", {"act": "up", "code": "site.gas", "edit_no": version.edit_no}, follow=True)
    assert "已不存在" in gone.content.decode()
    version.refresh_from_db()
    assert version.edit_no == 4


def test_changing_a_question_keeps_what_the_form_does_not_show(template):
    writer = officer()
    client = logged_in(writer)
    version = services.start_version(template, acting_user=writer)
    from postloan.inspections.forms_templates import QuestionForm
    from postloan.inspections.questions import by_code

    for code, question in by_code(version.content).items():
        data = {
            k: v
            for k, v in {**QuestionForm.initial_of(question), "edit_no": 1}.items()
            if v is not None and v is not False
        }
        form = QuestionForm(data)
        assert form.is_valid(), (code, form.errors)
        assert form.made(question) == question
    address = f"/inspections/template-versions/{version.pk}/questions/site.power"
    wrong = client.post(
        address, {"code": "site.power", "type": "number", "label_zh": "x", "label_en": "x", "when": "{", "edit_no": 1}
    )
    assert wrong.status_code == 200
    version.refresh_from_db()
    assert version.edit_no == 1


def test_approval_by_the_page_and_only_by_who_may(template):
    writer, judge = officer(), officer()
    version = submitted(template, writer)
    body = {"seen": version.content_hash, "comment": "", "approve": "1"}
    address = f"/inspections/template-versions/{version.pk}/decide"
    branch = BranchFactory(parent=BranchFactory(), tier2=True)
    assert logged_in(officer(branch)).post(address, body).status_code == 403
    assert logged_in(StaffFactory(post="account_manager")).post(address, body).status_code == 403
    logged_in(writer).post(address, body)
    version.refresh_from_db()
    assert version.state == "submitted"
    logged_in(judge).post(address, body)
    version.refresh_from_db()
    assert (version.state, version.decided_by) == ("approved", judge)
    assert logged_in(writer).get("/inspections/templates").status_code == 200
    assert logged_in(writer).get(f"/inspections/templates/{template.code}").status_code == 200
