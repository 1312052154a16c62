"""A report's answers: what the form asks and nobody has answered yet, by question and by what the facts say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from postloan.core import business_date
from postloan.inspections import questions as schema
from postloan.inspections.answer_values import as_number
from postloan.inspections.models import Report
from postloan.inspections.report_form import Form, form_of
from postloan.inspections.services.reports import Change, save_answers
from postloan.nightly.demonstration import report_phrases as phrases
from postloan.organization.models import Staff

# An answer may ask for another question; what is still open after so many rounds stays open.
ROUNDS = 6


@dataclass(frozen=True)
class Case:
    """A report in the hands of its main inspector, and what it comes to."""

    report: Report
    main: Staff
    day: date
    dice: Random
    days_overdue: int
    is_misuse: bool = False

    @property
    def risk(self) -> str:
        if self.days_overdue > 90 or self.is_misuse:
            return "risk"
        return "attention" if self.days_overdue > 0 or self.report.task.kind == "special" else "normal"

    @property
    def next_on(self) -> date:
        return self.day + timedelta(days=90)

    @property
    def proposed_class(self) -> str:
        """By days overdue as the rules on classification count them."""
        if self.days_overdue > 360:
            return "loss"
        if self.days_overdue > 270:
            return "doubtful"
        if self.days_overdue > 90:
            return "substandard"
        return "normal" if self.risk == "normal" else "special_mention"


def fill(case: Case, *, share: float = 1.0) -> bool:
    """Answers what is asked; with a share, only so much of it. True where nothing is left to answer."""
    former: list[str] = []
    for _round in range(ROUNDS):
        form = form_of(case.report)
        asked = schema.by_code(form.content)
        open_ones = [one for one in form.problems(stage="approval") if _is_written(asked[one.question])]
        codes = [one.question for one in open_ones]
        if not codes or codes == former:
            return not form.problems(stage="approval")
        former = codes
        wanted = open_ones[: max(1, int(len(open_ones) * share))]
        changes = [_change(asked[one.question], form, case) for one in wanted]
        save_answers(case.report, changes, acting_user=case.main)
        if share < 1:
            return False
    return not form_of(case.report).problems(stage="approval")


def begin(case: Case) -> None:
    """The day and what the visit told, which no one else fills in."""
    form = form_of(case.report)
    asked = schema.by_code(form.content)
    codes = ["overview.inspected_on"]
    # A form asks for a day ahead of the calendar, which has gone on since the dates of the demonstration.
    if case.next_on >= business_date.calendar_today():
        codes.append("conclusion.next_on")
    codes = [code for code in codes if code in asked]
    save_answers(case.report, [_change(asked[code], form, case) for code in codes], acting_user=case.main)


def _is_written(question: Mapping[str, Any]) -> bool:
    return question["type"] not in schema.EVIDENCE | {"signature"} and not question.get("fixed")


def _change(question: Mapping[str, Any], form: Form, case: Case) -> Change:
    code = question["code"]
    row, given = form.rows.get(code), form.given[code]
    version = row.version if row else 0
    if row is not None and row.value not in (None, "", []) and code != "overview.inspected_on":
        # Answered, but not accepted: a figure as last time or far from it wants a remark, a risk its explanation.
        return Change(
            code,
            version,
            value=row.value,
            explanation=given.explanation or case.dice.choice(phrases.EXPLANATIONS),
            remark=given.remark or case.dice.choice(phrases.REMARKS),
        )
    return Change(code, version, value=value_of(question, case))


def value_of(question: Mapping[str, Any], case: Case) -> Any:
    code, kind = question["code"], question["type"]
    if code in KNOWN:
        return KNOWN[code](case)
    if kind in schema.NUMERIC:
        return _number(code, question, case)
    if kind in BY_KIND:
        return BY_KIND[kind](question, case)
    return case.dice.choice(phrases.TEXTS.get(code, phrases.ANY_TEXT))


def _first_plain(question: Mapping[str, Any]) -> str:
    return next(one["code"] for one in question["options"] if not one.get("risky"))


def _number(code: str, question: Mapping[str, Any], case: Case) -> str:
    low, high, step = phrases.NUMBERS.get(code, (1, 9, 1))
    value = case.dice.randint(low, high) * step
    most = as_number(question.get("max"))
    return str(min(Decimal(value), most) if most is not None else value)


def _cell(column: Mapping[str, Any], case: Case) -> str:
    kind = column.get("type", "text")
    if kind == "date":
        return case.day.isoformat()
    if kind in schema.NUMERIC:
        return str(case.dice.randint(5, 60) * 10_000)
    return case.dice.choice(phrases.PAYEES)


def person_met(case: Case) -> dict[str, str]:
    """The same person whenever it is asked of a report."""
    customer = case.report.task.customer
    if customer.kind in phrases.PERSONS:
        return {"name": customer.name, "post": "本人"}
    dice = Random(customer.customer_no)
    return {"name": dice.choice(phrases.NAMES), "post": dice.choice(phrases.POSTS)}


def evidence_asked(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [one for one in schema.questions(dict(content)) if one["type"] in schema.EVIDENCE]


def _measures(case: Case) -> list[dict[str, str]]:
    texts = case.dice.sample(phrases.MEASURES, 2 if case.risk == "risk" else 1)
    return [
        {
            "text": text,
            "owner": case.main.staff_no,
            "due_on": (case.day + timedelta(days=case.dice.randint(10, 40))).isoformat(),
        }
        for text in texts
    ]


def _causes(case: Case) -> list[str]:
    return ["overdue", "class"] if case.days_overdue > 0 else ["class"]


BY_KIND: dict[str, Callable[[Mapping[str, Any], Case], Any]] = {
    "yes_no": lambda question, case: "no" if question.get("risky") == "yes" else "yes",
    "choice": lambda question, case: _first_plain(question),
    "choices": lambda question, case: [_first_plain(question)],
    "date": lambda question, case: (case.day + timedelta(days=20 if question.get("not_past") else 0)).isoformat(),
    "person_met": lambda question, case: person_met(case),
    "table": lambda question, case: [{column["code"]: _cell(column, case) for column in question["columns"]}],
}
KNOWN: dict[str, Callable[[Case], Any]] = {
    "overview.inspected_on": lambda case: case.day.isoformat(),
    "conclusion.next_on": lambda case: case.next_on.isoformat(),
    "conclusion.summary": lambda case: case.dice.choice(phrases.SUMMARIES[case.risk]),
    "conclusion.risk": lambda case: case.risk,
    "conclusion.advice": lambda case: "reduce" if case.risk == "risk" else "maintain",
    "conclusion.class": lambda case: case.proposed_class,
    "conclusion.measures": _measures,
    "cause.kinds": _causes,
    "cause.since": lambda case: (case.day - timedelta(days=max(case.days_overdue, 7))).isoformat(),
    "conduct.why_overdue": lambda case: case.dice.choice(["turnover", "weaker", "forgotten"]),
    "limits_of_time.demand_on": lambda case: (case.day - timedelta(days=case.dice.randint(3, 25))).isoformat(),
}
