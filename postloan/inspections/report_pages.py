"""A form as its page shows it: sections of blocks, each question with its words. No writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _

from postloan.core import formatting
from postloan.inspections import prefill, rules_form
from postloan.inspections import questions as schema
from postloan.inspections.answer_values import is_empty
from postloan.inspections.answer_words import cell_words, number_text, option_text, unit_of, words
from postloan.inspections.models import Evidence, InspectionKind
from postloan.inspections.report_form import Form
from postloan.inspections.rules_form import Given, SectionState

FACTS, COMPARED, ASKED = "facts", "compared", "asked"
KINDS = dict(InspectionKind.choices)
# Choices longer than this are a list to pull down rather than a row of buttons.
MOST_BUTTONS = 4


@dataclass(frozen=True)
class Option:
    code: str
    text: str
    is_risky: bool
    is_chosen: bool


@dataclass(frozen=True)
class Cell:
    column: dict[str, Any]
    label: str
    value: str
    text: str
    is_number: bool


@dataclass
class Question:
    """One question with its answer. `shown` is the answer in words, `entry` what stands in the field."""

    code: str
    type: str
    number: str
    label: str
    hint: str
    unit: str
    is_required: bool
    is_shown: bool
    is_fixed: bool
    is_wide: bool
    is_short: bool
    entry: Any
    shown: str
    explanation: str
    remark: str
    is_explained: bool
    explain_min: int
    source: str
    source_icon: str
    problem: str
    version: int
    last: str = ""
    last_on: date | None = None
    last_kind: str = ""
    change: str = ""
    asks_remark: bool = False
    options: list[Option] = field(default_factory=list)
    columns: list[dict[str, Any]] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    blank: list[Cell] = field(default_factory=list)
    files: list[Evidence] = field(default_factory=list)
    least_files: int = 0

    @property
    def id(self) -> str:
        """For ids in the page: a dot there would be a class in a selector."""
        return self.code.replace(".", "-")

    @property
    def as_buttons(self) -> bool:
        return len(self.options) <= MOST_BUTTONS


@dataclass
class Block:
    kind: str
    questions: list[Question]


@dataclass
class Section:
    code: str
    number: int
    title: str
    hint: str
    state: SectionState
    because: str
    remark: str
    is_remark_answered: bool
    may_not_apply: bool
    has_condition: bool
    blocks: list[Block]

    @property
    def questions(self) -> Iterator[Question]:
        for block in self.blocks:
            yield from block.questions

    @property
    def filled(self) -> int:
        """How many of its questions were filled in beforehand."""
        return sum(1 for question in self.questions if question.is_shown and question.source)

    @property
    def first_problem(self) -> str:
        """The first wrong answer, in a line for the folded section."""
        for question in self.questions:
            if question.problem and question.is_shown:
                return f"{question.number} {question.label}: {question.problem}".strip()
        return ""


def sections(form: Form, states: Iterable[SectionState]) -> list[Section]:
    given, found = form.given, []
    by_code = {state.code: state for state in states}
    for number, section in enumerate(schema.sections(form.content), start=1):
        state = by_code[section["code"]]
        mark = form.marks.get(section["code"])
        made = _questions(form, section, number, state, given)
        found.append(
            Section(
                code=section["code"],
                number=number,
                title=schema.said(section, "title"),
                hint=schema.said(section, "hint"),
                state=state,
                because=form.because(section["code"]),
                remark=mark.remark if mark else "",
                is_remark_answered=bool(mark and mark.remark_answered_at),
                may_not_apply=bool(section.get("may_not_apply")),
                has_condition=bool(section.get("when")),
                blocks=[Block(kind, list(group)) for kind, group in groupby(made, key=_block)],
            )
        )
    return found


def opened(shown: Iterable[Section]) -> list[str]:
    """The sections that stand open at first: what is wrong, what is being written, and the first not begun."""
    shown = list(shown)
    found = [one.code for one in shown if one.state.state in {rules_form.WRONG, rules_form.DOING}]
    first = next((one.code for one in shown if one.state.state == rules_form.TODO), None)
    return found if first is None or found else [first]


def _block(question: Question) -> str:
    if question.is_fixed and question.type != "table":
        return FACTS
    return COMPARED if question.asks_remark else ASKED


def _questions(
    form: Form, section: dict[str, Any], number: int, state: SectionState, given: dict[str, Given]
) -> list[Question]:
    made, position = [], 0
    problems = {problem.question: problem.text for problem in state.wrong}
    for question in section["questions"]:
        if not question.get("fixed") or question["type"] == "table":
            position += 1
        is_shown = rules_form.holds(question.get("when"), given, form.known.facts)
        made.append(_question(form, question, f"{number}.{position}", is_shown, problems, given))
    return made


def _question(
    form: Form,
    question: dict[str, Any],
    number: str,
    is_shown: bool,
    problems: dict[str, str],
    given: dict[str, Given],
) -> Question:
    code, kind = question["code"], question["type"]
    one, row, last = given[code], form.rows.get(code), form.last.get(code)
    currency = form.known.facts.get("loan.currency", "CNY")
    made = Question(
        code=code,
        type=kind,
        number=number,
        label=schema.said(question),
        hint=schema.said(question, "hint"),
        unit=unit_of(question, currency),
        is_required=question.get("required") == "submission",
        is_shown=is_shown,
        is_fixed=bool(question.get("fixed")),
        is_wide=kind in {"text", "choices"},
        is_short=bool(question.get("short")),
        entry=number_text(question, one.value) if kind in schema.NUMERIC else one.value,
        shown=words(question, one.value, currency=currency),
        explanation=one.explanation,
        remark=one.remark,
        is_explained=rules_form.needs_explanation(question, one.value),
        explain_min=int(question.get("explain_min", schema.EXPLAIN_AT_LEAST)) if schema.risky_answers(question) else 0,
        source=_source(row),
        source_icon="link-45deg" if row and row.source else "pencil",
        problem=problems.get(code, ""),
        version=row.version if row else 0,
        asks_remark=bool(question.get("compare")),
        files=form.evidence.get(code, []),
        least_files=int(question.get("min_count", 0)),
    )
    if last is not None:
        # A compared figure carries its unit in its label.
        is_compared = made.asks_remark
        made.last = number_text(question, last.value) if is_compared else words(question, last.value, currency=currency)
        made.last = f"{made.last} {last.explanation}".strip()
        made.last_on, made.last_kind = last.on, str(KINDS.get(last.kind, ""))
        made.change = _percent(rules_form.change(one.value, last.value))
    _choices(made, question, one)
    _table(made, question, one)
    return made


def _source(row: Any) -> str:
    if row is None or not row.source:
        return ""
    on = f", {formatting.iso(row.source_on)}" if row.source_on else ""
    return prefill.shown_source(row.source) + on


def _percent(change: Decimal | None) -> str:
    if change is None:
        return ""
    if change.is_infinite():
        return _("from zero")
    rounded = change.quantize(Decimal("0.1"))
    text = formatting.plain(rounded) if rounded else "0"
    return f"+{text}%" if rounded > 0 else f"{text}%"


def _choices(made: Question, question: dict[str, Any], one: Given) -> None:
    if question["type"] not in {"choice", "choices", "yes_no"}:
        return
    chosen = one.value if isinstance(one.value, list) else [one.value]
    risky = schema.risky_answers(question)
    codes = [option["code"] for option in question.get("options", [])] or ["no", "yes"]
    made.options = [Option(code, option_text(question, code), code in risky, code in chosen) for code in codes]


def _table(made: Question, question: dict[str, Any], one: Given) -> None:
    if question["type"] != "table":
        return
    made.columns = [{**column, "label": schema.said(column, "")} for column in question["columns"]]
    rows = one.value if isinstance(one.value, list) else []
    made.rows = [
        {"key": row.get("key", ""), "cells": [_cell(column, row.get(column["code"], "")) for column in made.columns]}
        for row in rows
        if not is_empty(row)
    ]
    made.blank = [_cell(column, "") for column in made.columns]


def _cell(column: dict[str, Any], value: Any) -> Cell:
    is_number = column.get("type") in schema.NUMERIC
    text = cell_words(column, value)
    return Cell(column, column["label"], text if is_number else value, text, is_number)


def spec(form: Form) -> dict[str, Any]:
    """What the page's script needs of the template: types, conditions and what is risky."""
    return {
        "facts": dict(form.known.facts),
        "change_over": str(form.known.change_over),
        "from_zero": _("from zero"),
        "sections": [
            {"code": section["code"], "when": section.get("when")} for section in schema.sections(form.content)
        ],
        "questions": {
            question["code"]: {
                "type": question["type"],
                "section": section["code"],
                "when": question.get("when"),
                "risky": sorted(schema.risky_answers(question)),
                "version": form.rows[question["code"]].version if question["code"] in form.rows else 0,
                "fixed": bool(question.get("fixed")),
                "value": form.rows[question["code"]].value if question["code"] in form.rows else None,
                "last": str(form.last[question["code"]].value)
                if question.get("compare") and question["code"] in form.last
                else "",
            }
            for section in schema.sections(form.content)
            for question in section["questions"]
        },
    }
