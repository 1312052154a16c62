"""What a filled form amounts to: what is shown, what is missing, what is wrong, the score. Values in, no database.

How answers are read and stored: `answer_values.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext, ngettext

from postloan.inspections import questions as schema
from postloan.inspections.answer_values import as_date, as_number, is_empty

# The fact and the answer that say how it was inspected.
WAY, ON_SITE = "task.way", "on_site"
DONE, DOING, TODO, WRONG, NOT_APPLICABLE = "done", "doing", "todo", "err", "na"


@dataclass(frozen=True)
class Given:
    """An answer with what belongs to it. `files` counts photos and files, `owed` papers promised by a date."""

    value: Any = None
    explanation: str = ""
    remark: str = ""
    is_prefilled: bool = False
    last: Any = None
    files: int = 0
    owed: int = 0
    unexplained_files: int = 0


@dataclass(frozen=True)
class Problem:
    """What keeps a report from being handed in: a wrong answer, or one that is missing."""

    section: str
    question: str
    text: str
    is_missing: bool = False


@dataclass
class SectionState:
    code: str
    state: str
    shown: list[str] = field(default_factory=list)
    missing: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def wrong(self) -> list[Problem]:
        return [problem for problem in self.problems if not problem.is_missing]


@dataclass(frozen=True)
class Known:
    """What the checks need besides the answers: facts of the report, the day, when a change asks for a remark."""

    facts: Mapping[str, Any]
    today: date | None = None
    change_over: Decimal = Decimal(20)


Answers = Mapping[str, Given]
NOTHING = Given()


# ── what is shown ─────────────────────────────────────────────────────────────────────────────────────────


def holds(condition: Mapping[str, Any] | None, answers: Answers, facts: Mapping[str, Any]) -> bool:
    """Whether a condition is true. An answer that is not there makes its condition false."""
    if not condition:
        return True
    if "all" in condition:
        return all(holds(part, answers, facts) for part in condition["all"])
    if "any" in condition:
        return any(holds(part, answers, facts) for part in condition["any"])
    if "not" in condition:
        return not holds(condition["not"], answers, facts)
    if "question" in condition:
        return _fits(condition, answers.get(condition["question"], NOTHING).value)
    return _fits(condition, facts.get(condition["fact"]))


def _fits(condition: Mapping[str, Any], value: Any) -> bool:
    found = value if isinstance(value, list) else [value]
    if "is" in condition:
        return condition["is"] in found
    if "in" in condition:
        return any(one in condition["in"] for one in found)
    if "starts" in condition:
        return any(str(one or "").startswith(tuple(condition["starts"])) for one in found)
    if "over" in condition:
        number = as_number(value)
        return number is not None and number > Decimal(str(condition["over"]))
    return is_empty(value) != condition["answered"]


def shown(section: Mapping[str, Any], answers: Answers, facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The questions of a section that are to be answered, given the other answers."""
    if not holds(section.get("when"), answers, facts):
        return []
    return [question for question in section["questions"] if holds(question.get("when"), answers, facts)]


# ── what is wrong ─────────────────────────────────────────────────────────────────────────────────────────


def needs_explanation(question: Mapping[str, Any], value: Any) -> bool:
    """A risky answer is explained."""
    found = value if isinstance(value, list) else [value]
    return bool(schema.risky_answers(dict(question)) & {str(one) for one in found})


def change(value: Any, last: Any) -> Decimal | None:
    """The change against last time in percent of last time; None where there is nothing to compare.

    From zero to anything else it is infinite, from zero to zero it is none.
    """
    new, old = as_number(value), as_number(last)
    if new is None or old is None:
        return None
    if old == 0:
        return Decimal("Infinity").copy_sign(new) if new else Decimal(0)
    return (new - old) / abs(old) * 100


def change_asks(question: Mapping[str, Any], given: Given, known: Known) -> str:
    """Why a compared figure asks for a remark: it changed much, or not at all; else nothing."""
    if not question.get("compare") or given.remark.strip():
        return ""
    moved = change(given.value, given.last)
    if moved is None:
        return ""
    limit = Decimal(str(question.get("change_over", known.change_over)))
    if moved == 0:
        return gettext("Exactly as last time: please remark on it")
    if moved.is_infinite():
        return gettext("It was zero last time: please remark on it")
    if abs(moved) > limit:
        return gettext("Changed by more than %(limit)s%%: please remark on it") % {"limit": f"{limit.normalize():f}"}
    return ""


def wrong_way(question: Mapping[str, Any], value: Any, facts: Mapping[str, Any]) -> str:
    """What was ordered on site is not done from the desk: photos, place and the borrower's hand hang on the answer."""
    if question.get("prefill") != WAY or facts.get("task.place") != ON_SITE:
        return ""
    found = value if isinstance(value, list) else [value]
    return "" if ON_SITE in found else gettext("This inspection is ordered on site: it cannot be done otherwise only")


def wrong(question: Mapping[str, Any], given: Given, answers: Answers, known: Known) -> str:
    """What is wrong with an answer that was given, in a sentence; empty where nothing is."""
    kind = question["type"]
    if kind in schema.EVIDENCE:
        return _wrong_files(question, given)
    if is_empty(given.value):
        return ""
    if needs_explanation(question, given.value):
        least = int(question.get("explain_min", schema.EXPLAIN_AT_LEAST))
        written = len("".join(given.explanation.split()))
        if written < least:
            text = gettext("%(written)s characters written, %(left)s still needed to explain this answer")
            return text % {"written": written, "left": least - written}
    if kind in schema.NUMERIC:
        return _wrong_number(question, given.value) or change_asks(question, given, known)
    if kind == "table":
        return _wrong_table(question, given.value, answers, known)
    check = CHECKS.get(kind)
    text = check(question, given.value, known.today) if check else ""
    return text or wrong_way(question, given.value, known.facts)


def _wrong_files(question: Mapping[str, Any], given: Given) -> str:
    if given.unexplained_files:
        return ngettext(
            "A file was used before: take a new one or explain it",
            "%(count)s files were used before: take new ones or explain them",
            given.unexplained_files,
        ) % {"count": given.unexplained_files}
    least = int(question.get("min_count", 0))
    if given.files and given.files < least:
        return gettext("%(there)s of at least %(least)s are there") % {"there": given.files, "least": least}
    return ""


def _wrong_number(question: Mapping[str, Any], value: Any) -> str:
    number = as_number(value)
    if number is None:
        return gettext("This is not a number")
    if "min" in question and number < Decimal(str(question["min"])):
        return gettext("Not less than %(limit)s") % {"limit": question["min"]}
    if "max" in question and number > Decimal(str(question["max"])):
        return gettext("Not more than %(limit)s") % {"limit": question["max"]}
    digits = 2 if question["type"] == "amount" else int(question.get("decimals", 6))
    exponent = number.normalize().as_tuple().exponent
    if isinstance(exponent, int) and -exponent > digits:
        return gettext("Not more than %(digits)s decimals") % {"digits": digits}
    return ""


def _wrong_text(question: Mapping[str, Any], value: Any, _today: date | None = None) -> str:
    length, least, most = len(str(value).strip()), question.get("min_length", 0), question.get("max_length", 4000)
    if length < least:
        text = gettext("%(written)s characters written, at least %(least)s are needed")
        return text % {"written": length, "least": least}
    return gettext("Not more than %(most)s characters") % {"most": most} if length > most else ""


def _wrong_choice(question: Mapping[str, Any], value: Any, _today: date | None = None) -> str:
    codes = {option["code"] for option in question.get("options", [])} or {"yes", "no"}
    found = set(value) if isinstance(value, list) else {value}
    return "" if found <= codes else gettext("This is none of the options")


def _wrong_date(question: Mapping[str, Any], value: Any, today: date | None) -> str:
    day = as_date(value)
    if day is None:
        return gettext("This is not a date")
    if today and question.get("not_future") and day > today:
        return gettext("This day is still to come")
    if today and question.get("not_past") and day < today:
        return gettext("This day is past")
    return ""


def _wrong_table(question: Mapping[str, Any], rows: list[dict[str, str]], answers: Answers, known: Known) -> str:
    for number, row in enumerate(rows, start=1):
        if is_empty(row):
            continue
        for column in question["columns"]:
            text = _wrong_cell(column, row.get(column["code"], ""))
            if text:
                return gettext("Row %(row)s, %(column)s: %(text)s") % {
                    "row": number,
                    "column": schema.said(column, ""),
                    "text": text,
                }
    return _wrong_sum(question, rows, answers)


def _wrong_cell(column: Mapping[str, Any], value: str) -> str:
    if is_empty(value):
        return gettext("is missing") if column.get("required") else ""
    kind = column.get("type", "text")
    if kind in schema.NUMERIC:
        return _wrong_number(column, value)
    if kind == "date":
        return _wrong_date(column, value, None)
    return _wrong_choice(column, value) if kind == "choice" else ""


def _wrong_sum(question: Mapping[str, Any], rows: list[dict[str, str]], answers: Answers) -> str:
    rule = question.get("sum")
    if not rule:
        return ""
    wanted = as_number(answers.get(rule["equals"], NOTHING).value)
    numbers = [as_number(row.get(rule["column"])) for row in rows]
    total = sum((number for number in numbers if number is not None), Decimal(0))
    if wanted is None or total == wanted:
        return ""
    text = gettext("The rows add up to %(total)s, but %(wanted)s were expected")
    return text % {"total": f"{total:,.2f}", "wanted": f"{wanted:,.2f}"}


CHECKS: dict[str, Callable[[Mapping[str, Any], Any, date | None], str]] = {
    "text": _wrong_text,
    "choice": _wrong_choice,
    "choices": _wrong_choice,
    "yes_no": _wrong_choice,
    "date": _wrong_date,
}


# ── the whole ─────────────────────────────────────────────────────────────────────────────────────────────


def is_missing(question: Mapping[str, Any], given: Given) -> bool:
    if question["type"] in schema.EVIDENCE:
        return not given.owed and given.files < max(1, int(question.get("min_count", 0)))
    if question["type"] == "table":
        rows = [row for row in given.value or [] if not is_empty(row)]
        return len(rows) < max(1, int(question.get("min_rows", 1)))
    if question["type"] == "person_met":
        return is_empty((given.value or {}).get("name") if isinstance(given.value, dict) else None)
    return is_empty(given.value)


def demanded(question: Mapping[str, Any], stage: str) -> bool:
    """Whether an answer is required at a stage: approval demands what submission does, and more."""
    required = question.get("required", "")
    return required == "submission" or (required == "approval" and stage == "approval")


def section_state(
    section: Mapping[str, Any],
    answers: Answers,
    known: Known,
    *,
    not_applicable_because: str = "",
    stage: str = "submission",
) -> SectionState:
    """A section that its condition hides does not apply; one marked so needs its reason."""
    code = str(section["code"])
    asked = shown(section, answers, known.facts)
    if not_applicable_because or not asked:
        return SectionState(code, NOT_APPLICABLE)
    result = SectionState(code, TODO, [question["code"] for question in asked])
    touched = 0
    for question in asked:
        given = answers.get(question["code"], NOTHING)
        text = wrong(question, given, answers, known)
        if text:
            result.problems.append(Problem(code, question["code"], text))
        elif demanded(question, stage) and is_missing(question, given):
            result.missing += 1
            result.problems.append(Problem(code, question["code"], gettext("Not answered yet"), is_missing=True))
        if given.files or not (is_empty(given.value) or given.is_prefilled):
            touched += 1
    if result.wrong:
        result.state = WRONG
    elif not result.missing:
        result.state = DONE
    elif touched:
        result.state = DOING
    return result


def score(content: Mapping[str, Any], answers: Answers, facts: Mapping[str, Any]) -> tuple[int, dict[str, Any]] | None:
    """Points of the risky answers and the level they reach; None for a template without a score."""
    levels: Iterable[dict[str, Any]] = (content.get("score") or {}).get("levels", [])
    if not levels:
        return None
    points = 0
    for section in content["sections"]:
        for question in shown(section, answers, facts):
            if question.get("points") and answers.get(question["code"], NOTHING).value == question.get("risky"):
                points += int(question["points"])
    reached = [level for level in levels if level["from"] <= points]
    return points, reached[-1]
