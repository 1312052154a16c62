"""Conditions, checks and the schema: values in, sentences out, without a database."""

from __future__ import annotations

import copy
from datetime import date
from decimal import Decimal

import pytest

from postloan.inspections import answer_values, questions, rules_form
from postloan.inspections.rules_form import Given, Known, holds, section_state, wrong

KNOWN = Known({"customer.is_manufacturer": True, "loan.secured_by": ["mortgage"]}, date(2026, 6, 30))


def content(*asked, **section):
    return {
        "schema": 1,
        "sections": [{"code": "s", "title_zh": "节", "title_en": "S", **section, "questions": list(asked)}],
    }


def q(code="s.a", kind="text", **more):
    return {"code": code, "type": kind, "label_zh": "问", "label_en": "Q", **more}


def faults(document):
    return [fault.text for fault in questions.faults(document, facts={"customer.kind"}, prefills={"loan.amount"})]


# ── schema ────────────────────────────────────────────────────────────────────────────────────────────────

OPTIONS = [{"code": "a", "zh": "甲", "en": "A"}, {"code": "b", "zh": "乙", "en": "B"}]
COLUMN = {"code": "amount", "type": "amount", "zh": "金额", "en": "Amount"}


@pytest.mark.parametrize(
    "good",
    [
        q(),
        q(kind="number", unit_zh="吨", unit_en="t", min=0, max=5, compare=True),
        q(kind="choice", options=OPTIONS),
        q(kind="yes_no", risky="yes", points=5, explain_min=20),
        q(kind="table", columns=[COLUMN], max_rows=5),
        q(kind="photo", min_count=2, max_count=4),
        q(kind="amount", prefill="loan.amount", fixed=True),
        q(when={"fact": "customer.kind", "in": ["corporate"]}),
        q(kind="text", keeps="summary"),
    ],
)
def test_what_a_template_may_say(good):
    assert faults(content(good)) == []


@pytest.mark.parametrize(
    "bad",
    [
        q(code="Bad Code"),
        q(kind="poem"),
        q(label_zh=""),
        q(colour="red"),
        q(required="always"),
        q(kind="choice", options=OPTIONS[:1]),
        q(kind="choice", options=[OPTIONS[0], OPTIONS[0]]),
        q(kind="yes_no", risky="maybe"),
        q(kind="yes_no", points=5),
        q(kind="table", columns=[]),
        q(kind="table", columns=[{**COLUMN, "type": "poem"}]),
        q(kind="table", columns=[COLUMN], sum={"column": "amount", "equals": "s.nobody"}),
        q(kind="photo", min_count=5, max_count=4),
        q(kind="number", min=5, max=1),
        q(kind="number", min="x"),
        q(kind="amount", prefill="nobody.knows"),
        q(kind="amount", fixed=True),
        q(kind="amount", prefill="loan.amount", opinion=True),
        q(kind="number", keeps="summary"),
        q(when={"question": "s.later", "is": "x"}),
        q(when={"question": "s.a", "is": "x"}),
        q(when={"fact": "nobody.knows", "is": 1}),
        q(when={"fact": "customer.kind"}),
        q(when={"all": []}),
        q(when={"all": [{"fact": "customer.kind", "is": 1}], "any": []}),
        q(when="x"),
    ],
)
def test_what_it_may_not_say_is_told_in_a_sentence(bad):
    found = faults(content(bad))
    assert found
    assert all(text.endswith(("。", ".")) for text in found)


def test_the_document_itself_is_checked():
    for document in (None, [], {}, {"schema": 2}, {"schema": 1, "sections": []}, {"schema": 1, "sections": [5]}):
        assert faults(document)
    twice = content(q(), q())
    assert any("s.a" in text for text in faults(twice))
    score = {**content(q()), "score": {"levels": [{"from": 5, "zh": "x", "en": "x", "tone": "ok"}]}}
    assert faults(score)


# ── conditions ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (None, True),
        ({"question": "a", "is": "yes"}, True),
        ({"question": "a", "is": "no"}, False),
        ({"question": "nobody", "is": "yes"}, False),
        ({"question": "many", "is": "x"}, True),
        ({"question": "many", "in": ["z", "y"]}, True),
        ({"question": "n", "over": 10}, True),
        ({"question": "n", "over": 12.5}, False),
        ({"question": "a", "answered": True}, True),
        ({"question": "empty", "answered": True}, False),
        ({"question": "empty", "answered": False}, True),
        ({"fact": "customer.is_manufacturer", "is": True}, True),
        ({"fact": "loan.secured_by", "is": "mortgage"}, True),
        ({"fact": "loan.secured_by", "starts": ["mort"]}, True),
        ({"all": [{"question": "a", "is": "yes"}, {"question": "n", "over": 99}]}, False),
        ({"any": [{"question": "a", "is": "no"}, {"question": "n", "over": 9}]}, True),
        ({"not": {"question": "a", "is": "yes"}}, False),
    ],
)
def test_a_condition_reads_answers_and_facts(condition, expected):
    answers = {"a": Given("yes"), "many": Given(["x", "y"]), "n": Given("12.5"), "empty": Given(" ")}
    assert holds(condition, answers, KNOWN.facts) is expected


# ── checks ────────────────────────────────────────────────────────────────────────────────────────────────

FLOW = q("s.t", "table", columns=[{**COLUMN, "required": True}], sum={"column": "amount", "equals": "s.total"})


@pytest.mark.parametrize(
    ("question", "given", "part"),
    [
        (q(kind="number"), Given("12,000.5"), ""),
        (q(kind="number"), Given("１２"), ""),
        (q(kind="number"), Given("许多"), "数字"),
        (q(kind="number", min=0), Given("-1"), "小于"),
        (q(kind="percent", max=100), Given("101"), "大于"),
        (q(kind="amount"), Given("1.234"), "小数"),
        (q(kind="number", decimals=0), Given("3.5"), "小数"),
        (q(min_length=5), Given("太短"), "至少"),
        (q(kind="choice", options=OPTIONS), Given("c"), "选项"),
        (q(kind="date"), Given("昨天"), "日期"),
        (q(kind="date", not_future=True), Given("2026-07-01"), "还没到"),
        (q(kind="date", not_past=True), Given("2026-06-01"), "已过"),
        (q(kind="yes_no", risky="yes", explain_min=20), Given("yes", "分三次采购热轧卷板，"), "还差 10 字"),
        (q(kind="yes_no", risky="yes", explain_min=5), Given("yes", "分三次采购热轧卷板"), ""),
        (q(kind="yes_no", risky="yes"), Given("no"), ""),
        (q(kind="number", compare=True), Given("130", last="100"), "20%"),
        (q(kind="number", compare=True), Given("100", last="100.0"), "完全相同"),
        (q(kind="number", compare=True), Given("130", remark="大修", last="100"), ""),
        (q(kind="number", compare=True), Given("120", last="100"), ""),
        (q(kind="number", compare=True, change_over=5), Given("110", last="100"), "5%"),
        (q(kind="number", compare=True), Given("500", last="0"), "上次为零"),
        (q(kind="number", compare=True), Given("-500", last="0.00"), "上次为零"),
        (q(kind="number", compare=True), Given("0", last="0.00"), "完全相同"),
        (q(kind="number", compare=True), Given("0", last="500"), "20%"),
        (q(kind="number", compare=True), Given("500", remark="新增订单", last="0"), ""),
        (q(kind="number", compare=True), Given("130"), ""),
        (q(kind="photo", min_count=3), Given(files=2), "至少 3"),
        (q(kind="photo"), Given(files=2, unexplained_files=1), "以前用过"),
        (FLOW, Given([{"key": "1", "amount": "60"}, {"key": "2", "amount": "40"}]), ""),
        (FLOW, Given([{"key": "1", "amount": "60"}]), "60.00"),
        (FLOW, Given([{"key": "1", "amount": "x"}]), "第 1 行"),
    ],
)
def test_a_wrong_answer_is_told_in_a_sentence(question, given, part):
    text = wrong(question, given, {"s.total": Given("100")}, KNOWN)
    assert (part in text) if part else text == ""


def test_an_answer_of_nothing_is_missing_not_wrong():
    asked = q(required="submission")
    state = section_state(content(asked)["sections"][0], {}, KNOWN)
    assert (state.state, state.missing, state.wrong) == ("todo", 1, [])
    later = section_state(content(q(required="approval"))["sections"][0], {}, KNOWN)
    assert (later.state, later.missing) == ("done", 0)
    assert section_state(content(q(required="approval"))["sections"][0], {}, KNOWN, stage="approval").missing == 1


def test_a_section_tells_its_state():
    section = content(q("s.a", required="submission"), q("s.b", required="submission"))["sections"][0]
    states = [
        section_state(section, answers, KNOWN).state
        for answers in (
            {},
            {"s.a": Given("x", is_prefilled=True)},
            {"s.a": Given("x")},
            {"s.a": Given("x"), "s.b": Given("y")},
        )
    ]
    assert states == ["todo", "todo", "doing", "done"]
    assert section_state(section, {}, KNOWN, not_applicable_because="无此项").state == "na"
    hidden = {**section, "when": {"fact": "customer.is_manufacturer", "is": False}}
    assert section_state(hidden, {}, KNOWN).state == "na"
    bad = content(q("s.a", "number"))["sections"][0]
    assert section_state(bad, {"s.a": Given("x")}, KNOWN).state == "err"


def test_points_are_added_for_shown_risky_answers():
    levels = [{"from": 0, "tone": "ok", "zh": "低", "en": "low"}, {"from": 10, "tone": "bad", "zh": "高", "en": "high"}]
    document = content(
        q("s.a", "yes_no", risky="yes", points=7),
        q("s.b", "yes_no", risky="no", points=5),
        q("s.c", "yes_no", risky="yes", points=50, when={"question": "s.a", "is": "no"}),
    )
    document["score"] = {"levels": levels}
    answers = {"s.a": Given("yes"), "s.b": Given("no"), "s.c": Given("yes")}
    points, level = rules_form.score(document, answers, {})
    assert (points, level["tone"]) == (12, "bad")
    assert rules_form.score(content(q()), answers, {}) is None


# ── values ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("question", "value", "stored"),
    [
        (q(kind="amount"), "1,200.50", "1200.50"),
        (q(kind="amount"), "约 5 万", "约 5 万"),
        (q(kind="choices"), ["a", "b"], ["a", "b"]),
        (q(kind="person_met"), {"name": "吴", "post": "总监", "x": "y"}, {"name": "吴", "post": "总监"}),
        (q(kind="table", columns=[COLUMN]), [{"amount": "5", "evil": "x"}], [{"key": "r1", "amount": "5"}]),
        (q(), "a\x00b", "ab"),
        (q(), None, None),
    ],
)
def test_answers_are_stored_in_the_shape_of_their_question(question, value, stored):
    assert answer_values.kept(copy.deepcopy(question), value) == stored


@pytest.mark.parametrize(
    ("question", "value"),
    [
        (q(), {"a": 1}),
        (q(), "x" * 20_001),
        (q(kind="choices"), "a"),
        (q(kind="table", columns=[COLUMN]), ["x"]),
        (q(kind="person_met"), "x"),
    ],
)
def test_what_no_form_sends_is_refused(question, value):
    with pytest.raises(ValueError, match=r"needed|too long"):
        answer_values.kept(question, value)


@pytest.mark.parametrize(
    ("text", "number"),
    [("1,000", "1000"), ("−5", "-5"), ("１０", "10"), ("", None), ("NaN", None), ("1e999999", None), ("x", None)],
)
def test_numbers_are_read_as_people_type_them(text, number):
    found = answer_values.as_number(text)
    assert found == (Decimal(number) if number else None)


# ── on site ───────────────────────────────────────────────────────────────────────────────────────────────

WAY = q(
    kind="choices",
    prefill="task.way",
    options=[{"code": "on_site", "zh": "现场", "en": "on site"}, {"code": "accounts", "zh": "账户", "en": "accounts"}],
)


@pytest.mark.parametrize(
    ("place", "value", "is_wrong"),
    [
        ("on_site", ["on_site"], False),
        ("on_site", ["on_site", "accounts"], False),
        ("on_site", ["accounts"], True),
        ("off_site", ["accounts"], False),
        ("off_site", ["on_site"], False),
    ],
)
def test_what_is_ordered_on_site_is_not_inspected_from_the_desk_only(place, value, is_wrong):
    known = Known({"task.place": place}, date(2026, 6, 30))
    assert bool(wrong(WAY, Given(value), {}, known)) is is_wrong
