"""The shipped templates: complete, in both languages, and quick to fill for a customer about whom nothing is special."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from postloan.inspections import questions as schema
from postloan.inspections import rules_form, shipped
from postloan.inspections.models import ReportTemplate, TemplateVersion
from postloan.inspections.report_form import form_of, totals
from postloan.inspections.rules_form import Given
from postloan.inspections.services import templates as services
from postloan.inspections.services.refusals import Refused
from postloan.inspections.services.reports import begin_report
from tests.factories import BusinessDateFactory
from tests.test_inspections.forms import customer_with_everything, inspectors, task_for

CODES = ["corporate_regular", "personal_consumption", "small_business_scored", "special", "use_of_funds"]
DOCUMENTS = {document["code"]: document for document in shipped.documents()}


def test_five_templates_are_shipped():
    assert sorted(DOCUMENTS) == CODES


@pytest.mark.parametrize("code", CODES)
def test_a_shipped_template_is_complete_and_without_faults(code):
    content = DOCUMENTS[code]["content"]
    assert services.faults(content) == []
    asked = list(schema.questions(content))
    assert len(asked) >= 25
    assert sum(1 for question in asked if question.get("when")) >= 5
    assert sum(1 for question in asked if question.get("prefill")) >= 5
    kept = {question.get("keeps") for question in asked} - {None}
    assert {"risk_conclusion", "advice", "proposed_class", "summary", "measures", "next_on", "inspected_on"} <= kept


@pytest.mark.parametrize("code", CODES)
def test_texts_are_chinese_and_english(code):
    def texts(thing: Any):
        if isinstance(thing, dict):
            for name, value in thing.items():
                if name.endswith("_zh") or name == "zh":
                    yield value, thing[name[:-2] + "en"]
                yield from texts(value)
        elif isinstance(thing, list):
            for one in thing:
                yield from texts(one)

    pairs = list(texts(DOCUMENTS[code]["content"]))
    assert len(pairs) > 50
    assert [zh for zh, _en in pairs if zh != "%" and not any("\u4e00" <= c <= "\u9fff" for c in zh)] == []
    assert [en for _zh, en in pairs if any("\u4e00" <= c <= "\u9fff" for c in en)] == []


@pytest.mark.django_db
def test_shipping_twice_changes_nothing_and_a_banks_own_version_stays():
    services.ship_templates()
    before = TemplateVersion.objects.count()
    assert services.ship_templates() == 0
    assert (ReportTemplate.objects.count(), TemplateVersion.objects.count()) == (5, before)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "line", "code"),
    [
        ("first", "corporate", "use_of_funds"),
        ("first", "personal", "use_of_funds"),
        ("periodic", "corporate", "corporate_regular"),
        ("periodic", "inclusive", "small_business_scored"),
        ("periodic", "personal", "personal_consumption"),
        ("periodic", "rural", "personal_consumption"),
        ("special", "corporate", "special"),
    ],
)
def test_the_template_follows_from_the_task(kind, line, code):
    day = BusinessDateFactory().date
    task = task_for(customer_with_everything(), kind, line=line)
    assert services.version_for(task, day).template.code == code


@pytest.mark.django_db
def test_without_a_template_in_force_no_report_is_begun():
    BusinessDateFactory()
    task = task_for(customer_with_everything())
    task.kind = "nothing_known"
    with pytest.raises(Refused, match="no_template"):
        services.version_for(task, task.due_on)


# ── what an unremarkable customer costs ───────────────────────────────────────────────────────────────────

KINDS = {
    "use_of_funds": ("first", "corporate"),
    "corporate_regular": ("periodic", "corporate"),
    "small_business_scored": ("periodic", "inclusive"),
    "personal_consumption": ("periodic", "personal"),
    "special": ("special", "corporate"),
}


def plain_answer(question: dict[str, Any]) -> Any:
    """What somebody answers about whom there is nothing to say."""
    kind = question["type"]
    if kind == "yes_no":
        return "no" if question.get("risky", "yes") == "yes" else "yes"
    if kind in {"choice", "choices"}:
        option = next(option for option in question["options"] if not option.get("risky"))["code"]
        return [option] if kind == "choices" else option
    return {"date": "2026-06-30", "person_met": {"name": "吴建平", "post": "财务总监"}}.get(
        kind, "现场看了两条产线和仓库，数量与报表、合同和发票逐项核对，均相符，没有发现差异"
    )


def fill(report: Any) -> tuple[int, int, Any]:
    """Clicks and typed fields until nothing is missing that a report must have."""
    form = form_of(report)
    given, clicks, typed = dict(form.given), 0, 0
    for section in schema.sections(form.content):
        for question in section["questions"]:
            code = question["code"]
            asked = rules_form.holds(section.get("when"), given, form.known.facts) and rules_form.holds(
                question.get("when"), given, form.known.facts
            )
            if not asked or not rules_form.demanded(question, "submission"):
                continue
            if not rules_form.is_missing(question, given[code]):
                continue
            if question["type"] in schema.EVIDENCE:
                clicks += 1
                given[code] = Given(files=question.get("min_count", 1))
            elif question["type"] == "signature":
                clicks += 1
                given[code] = Given(value="confirmed")
            elif question["type"] in {"yes_no", "choice", "choices", "date"}:
                clicks += 1
                given[code] = Given(value=plain_answer(question))
            elif question["type"] == "person_met":
                typed += 2
                given[code] = Given(value=plain_answer(question))
            else:
                typed += 1
                given[code] = Given(value="1000" if question["type"] in schema.NUMERIC else plain_answer(question))
    left = [
        problem
        for section in schema.sections(form.content)
        for problem in rules_form.section_state(section, given, form.known).problems
    ]
    return clicks, typed, left


@pytest.mark.django_db
def test_how_much_an_unremarkable_customer_asks_of_an_inspector(capsys):
    """Printed, and kept in docs/mechanisms/inspections.md."""
    BusinessDateFactory()
    lines = []
    for code, (kind, line) in KINDS.items():
        customer = customer_with_everything(main_line=line)
        main, _second = inspectors(customer)
        report = begin_report(task_for(customer, kind), acting_user=main)
        assert report.template_version.template.code == code
        form = form_of(report)
        sums = totals(form, form.states())
        clicks, typed, left = fill(report)
        assert left == []
        share = 100 * sums.prefilled_facts / sums.facts
        lines.append(
            f"{code:24} {sums.items:3} items {sums.prefilled:3} filled in,"
            f" {sums.prefilled_facts}/{sums.facts} facts ({share:.0f} %), {clicks} clicks, {typed} typed fields"
        )
        assert share >= 60, lines[-1]
        assert clicks <= 40
        assert typed <= 12
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(lines) + "\n")
