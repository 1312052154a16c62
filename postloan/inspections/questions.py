"""What a template may say: sections of questions, conditions and checks, as one JSON document.

    {"schema": 1,
     "sections": [{"code": "site", "title_zh": …, "title_en": …, "may_not_apply": true, "when": …, "questions": [
        {"code": "site.power", "type": "number", "label_zh": …, "label_en": …, "unit_zh": …, "unit_en": …,
         "required": "submission", "compare": true, "prefill": "statement.electricity_kwh"}, …]}],
     "score": {"levels": [{"from": 0, "zh": …, "en": …, "tone": "ok"}, …]}}

A condition is one of {"question": code, "is": v | "in": […] | "over": n | "answered": true}, {"fact": name, "is" |
"in" | "starts": […]}, {"all": […]}, {"any": […]}, {"not": …}. It looks only at questions that stand
before it, so nothing goes round in a circle. Nothing here touches the database.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

SCHEMA = 1
CODE = re.compile(r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$")
NUMERIC = frozenset({"number", "amount", "percent"})
EVIDENCE = frozenset({"photo", "file"})
TYPES = {
    "text": _("text"),
    "number": _("number with a unit"),
    "amount": _("amount"),
    "percent": _("percent"),
    "date": _("date"),
    "choice": _("one of several"),
    "choices": _("several of several"),
    "yes_no": _("yes or no"),
    "table": _("table"),
    "photo": _("photos"),
    "file": _("files"),
    "person_met": _("person met"),
    "signature": _("confirmation of the borrower"),
}
REQUIRED = {"": _("no"), "submission": _("to hand in"), "approval": _("to approve")}
# Answers that lists, signals and classification read: the report keeps them in columns too.
KEEPS = {
    "inspected_on": "date",
    "risk_conclusion": "choice",
    "advice": "choice",
    "proposed_class": "choice",
    "summary": "text",
    "next_on": "date",
    "measures": "table",
}
COLUMN_TYPES = ("text", "number", "amount", "percent", "date", "choice", "staff")
COMMON = {
    "code",
    "type",
    "label_zh",
    "label_en",
    "hint_zh",
    "hint_en",
    "required",
    "when",
    "prefill",
    "fixed",
    "opinion",
    "keeps",
}
RANGE = {"min", "max"}
OWN = {
    "text": {"min_length", "max_length", "short"},
    "number": RANGE | {"unit_zh", "unit_en", "decimals", "compare", "change_over"},
    "amount": RANGE | {"compare", "change_over"},
    "percent": RANGE | {"compare", "change_over"},
    "date": {"not_future", "not_past"},
    "choice": {"options", "explain_min"},
    "choices": {"options", "explain_min"},
    "yes_no": {"risky", "explain_min", "points"},
    "table": {"columns", "min_rows", "max_rows", "sum"},
    "photo": {"min_count", "max_count"},
    "file": {"min_count", "max_count"},
    "person_met": set(),
    "signature": set(),
}
OPERATORS = {"is", "in", "over", "answered", "starts"}
TONES = ("ok", "warn", "bad")
EXPLAIN_AT_LEAST = 10


@dataclass(frozen=True)
class Fault:
    """What is wrong with a template and where: the section or question's code."""

    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text}" if self.where else self.text


# ── reading a document ────────────────────────────────────────────────────────────────────────────────────


def sections(content: dict[str, Any]) -> list[dict[str, Any]]:
    return list(content.get("sections", []))


def questions(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for section in sections(content):
        yield from section["questions"]


def by_code(content: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {question["code"]: question for question in questions(content)}


def keeping(content: dict[str, Any], name: str) -> dict[str, Any] | None:
    """The question whose answer the report keeps in this column."""
    return next((question for question in questions(content) if question.get("keeps") == name), None)


def said(thing: dict[str, Any], name: str = "label") -> str:
    """A text of the document in the reader's language."""
    end = "zh" if (get_language() or "zh").startswith("zh") else "en"
    return str(thing.get(f"{name}_{end}" if name else end, ""))


def risky_answers(question: dict[str, Any]) -> set[str]:
    if question["type"] == "yes_no":
        return {question["risky"]} if question.get("risky") else set()
    return {option["code"] for option in question.get("options", []) if option.get("risky")}


def is_fact(question: dict[str, Any]) -> bool:
    """Something that is so or not, whoever looks: no judgement and no evidence."""
    return not question.get("opinion") and question["type"] not in EVIDENCE | {"signature", "person_met"}


def conditions_of(condition: dict[str, Any] | None) -> Iterator[dict[str, Any]]:
    """The single conditions inside one."""
    if not condition:
        return
    for name in ("all", "any"):
        for part in condition.get(name, []):
            yield from conditions_of(part)
    if "not" in condition:
        yield from conditions_of(condition["not"])
    if "question" in condition or "fact" in condition:
        yield condition


# ── checking one ──────────────────────────────────────────────────────────────────────────────────────────


class Checker:
    """Reads a document once from the top and notes every fault; `facts` and `prefills` are what the bank knows."""

    def __init__(self, facts: Container[str], prefills: Container[str]) -> None:
        self.facts, self.prefills = facts, prefills
        self.faults: list[Fault] = []
        self.codes: set[str] = set()
        self.kept: set[str] = set()
        self.types: dict[str, str] = {}

    def note(self, where: str, text: str) -> None:
        self.faults.append(Fault(where, text))

    def check(self, content: Any) -> list[Fault]:
        if not isinstance(content, dict) or content.get("schema") != SCHEMA:
            return [Fault("", gettext("This is not a template of the known kind."))]
        if unknown := set(content) - {"schema", "sections", "score"}:
            self.note("", gettext("Not known: %(names)s.") % {"names": ", ".join(sorted(unknown))})
        if not content.get("sections"):
            self.note("", gettext("A template needs at least one section."))
        for section in content.get("sections", []):
            self.section(section)
        self.score(content.get("score"))
        return self.faults

    def code(self, where: str, code: Any) -> None:
        if not isinstance(code, str) or not CODE.match(code) or len(code) > 80:
            self.note(where, gettext("A code has small letters, digits, _ and dots, and begins with a letter."))
        elif code in self.codes:
            self.note(where, gettext("The code %(code)s stands here twice.") % {"code": code})
        self.codes.add(str(code))

    def texts(self, where: str, thing: dict[str, Any], *names: str) -> None:
        for name in names:
            if not isinstance(thing.get(name), str) or not thing[name].strip():
                self.note(where, gettext("The text %(name)s is missing.") % {"name": name})

    def section(self, section: Any) -> None:
        if not isinstance(section, dict):
            return self.note("", gettext("A section is missing its content."))
        where = str(section.get("code", ""))
        self.code(where, section.get("code"))
        self.texts(where, section, "title_zh", "title_en")
        known = {"code", "title_zh", "title_en", "hint_zh", "hint_en", "may_not_apply", "when", "questions"}
        self.unknown(where, section, known)
        self.condition(where, section.get("when"))
        if not section.get("questions"):
            self.note(where, gettext("A section needs at least one question."))
        for question in section.get("questions") or []:
            self.question(question)

    def unknown(self, where: str, thing: dict[str, Any], known: set[str]) -> None:
        if names := set(thing) - known:
            self.note(where, gettext("Not known here: %(names)s.") % {"names": ", ".join(sorted(names))})

    def question(self, question: Any) -> None:
        if not isinstance(question, dict):
            return self.note("", gettext("A question is missing its content."))
        where = str(question.get("code", ""))
        self.code(where, question.get("code"))
        self.texts(where, question, "label_zh", "label_en")
        kind = question.get("type")
        if kind not in TYPES:
            return self.note(where, gettext("The type %(type)s is not known.") % {"type": kind})
        self.unknown(where, question, COMMON | OWN[kind])
        if question.get("required", "") not in REQUIRED:
            self.note(where, gettext("Required is empty, submission or approval."))
        self.condition(where, question.get("when"))
        self.source(where, question)
        self.keeping(where, question)
        own: Callable[[str, dict[str, Any]], None] | None = getattr(self, f"_{kind}", None)
        if own:
            own(where, question)
        if kind in NUMERIC:
            self.range(where, question)
        # A condition looks back: a question is known to those after it.
        self.types[where] = kind

    def source(self, where: str, question: dict[str, Any]) -> None:
        fact = question.get("prefill")
        if fact and fact not in self.prefills:
            self.note(where, gettext("The fact %(fact)s to fill in is not known.") % {"fact": fact})
        if fact and question.get("opinion"):
            self.note(where, gettext("An opinion is never filled in beforehand."))
        if question.get("fixed") and not fact:
            self.note(where, gettext("Only a fact that is filled in can be closed to changes."))

    def keeping(self, where: str, question: dict[str, Any]) -> None:
        name = question.get("keeps")
        if not name:
            return
        if KEEPS.get(name) != question["type"]:
            self.note(where, gettext("%(name)s cannot be kept from this type.") % {"name": name})
        if name in self.kept:
            self.note(where, gettext("%(name)s is kept from two questions.") % {"name": name})
        self.kept.add(name)

    def condition(self, where: str, condition: Any) -> None:
        if condition is None:
            return
        if not isinstance(condition, dict):
            return self.note(where, gettext("The condition cannot be read."))
        groups = {"all", "any", "not"} & set(condition)
        if groups:
            if set(condition) != groups or len(groups) != 1:
                self.note(where, gettext("A condition is one of all, any, not."))
            parts = [condition["not"]] if "not" in condition else condition.get("all", condition.get("any"))
            for part in parts if isinstance(parts, list) and parts else [None]:
                if part is None:
                    self.note(where, gettext("The condition cannot be read."))
                else:
                    self.condition(where, part)
            return
        self.single(where, condition)

    def single(self, where: str, condition: dict[str, Any]) -> None:
        operators = set(condition) - {"question", "fact"}
        if len(operators) != 1 or not operators <= OPERATORS or ("question" in condition) == ("fact" in condition):
            return self.note(where, gettext("The condition cannot be read."))
        if "fact" in condition:
            if condition["fact"] not in self.facts:
                self.note(where, gettext("The fact %(fact)s is not known.") % {"fact": condition["fact"]})
        elif condition["question"] not in self.types:
            text = gettext("The condition asks for %(code)s, which does not stand before it.")
            self.note(where, text % {"code": condition["question"]})
        return None

    def range(self, where: str, question: dict[str, Any]) -> None:
        try:
            low, high = (Decimal(str(question[name])) if name in question else None for name in ("min", "max"))
        except InvalidOperation:
            return self.note(where, gettext("The smallest and the largest value must be numbers."))
        if low is not None and high is not None and low > high:
            self.note(where, gettext("The smallest value is larger than the largest."))
        return None

    def options(self, where: str, options: Any) -> None:
        if not isinstance(options, list) or len(options) < 2:
            return self.note(where, gettext("A choice needs at least two options."))
        codes = [option.get("code") for option in options]
        if len(set(codes)) != len(codes) or not all(isinstance(code, str) and code for code in codes):
            self.note(where, gettext("Each option needs a code of its own."))
        for option in options:
            self.texts(where, option, "zh", "en")
        return None

    def _choice(self, where: str, question: dict[str, Any]) -> None:
        self.options(where, question.get("options"))

    _choices = _choice

    def _yes_no(self, where: str, question: dict[str, Any]) -> None:
        if question.get("risky", "") not in {"", "yes", "no"}:
            self.note(where, gettext("The risky answer is yes, no or none."))
        if question.get("points") and not question.get("risky"):
            self.note(where, gettext("Points belong to a risky answer."))

    def _table(self, where: str, question: dict[str, Any]) -> None:
        columns = question.get("columns")
        if not isinstance(columns, list) or not columns:
            return self.note(where, gettext("A table needs at least one column."))
        codes = [column.get("code") for column in columns]
        if len(set(codes)) != len(codes) or not all(isinstance(code, str) and CODE.match(code) for code in codes):
            self.note(where, gettext("Each column needs a code of its own."))
        for column in columns:
            self.texts(where, column, "zh", "en")
            if column.get("type", "text") not in COLUMN_TYPES:
                self.note(where, gettext("The type %(type)s is not known.") % {"type": column.get("type")})
            if column.get("type") == "choice":
                self.options(where, column.get("options"))
        total = question.get("sum")
        if total and (total.get("column") not in codes or total.get("equals") not in self.types):
            self.note(where, gettext("The sum needs a column and a question before it."))
        return None

    def _photo(self, where: str, question: dict[str, Any]) -> None:
        low, high = question.get("min_count", 0), question.get("max_count", 50)
        if not (isinstance(low, int) and isinstance(high, int) and 0 <= low <= high):
            self.note(where, gettext("The smallest and the largest number of files do not fit."))

    _file = _photo

    def score(self, score: Any) -> None:
        if score is None:
            return
        levels = score.get("levels") if isinstance(score, dict) else None
        if not levels or levels[0].get("from") != 0:
            return self.note("", gettext("The levels of the score begin at 0."))
        starts = [level.get("from") for level in levels]
        if starts != sorted(set(starts)):
            self.note("", gettext("The levels of the score rise."))
        for level in levels:
            self.texts("", level, "zh", "en")
            if level.get("tone") not in TONES:
                self.note("", gettext("The tone of a level is ok, warn or bad."))
        return None


def faults(content: Any, *, facts: Container[str], prefills: Container[str]) -> list[Fault]:
    """Everything that is wrong with a document, in sentences; empty where it can be used."""
    return Checker(facts, prefills).check(content)
