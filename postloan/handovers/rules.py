"""What stands against a hand-over, from values alone. Codes are stored; their sentences are made when shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TEXTS: dict[str, str | Promise] = {
    "nothing": _("There is nothing to hand over."),
    "receiver_disabled": _("The account of the receiver is disabled."),
    "receiver_without_post": _("The receiver holds no post that does this work."),
    "witness_disabled": _("The account of the witness is disabled."),
    "not_theirs": _("{customer}, line {line}, role {role}: it is no longer the giver's."),
    "loan_not_theirs": _("Loan {loan}: it is no longer the giver's."),
    "receiver_is_a": _("{customer}, line {line}: the receiver is manager A there and cannot become B."),
    "loan_receiver_is_a": _("Loan {loan}: the receiver is its manager A and cannot become B."),
    "begins_later": _("{customer}, line {line}: it is the giver's only since {since}; it moves a night later."),
    "elsewhere": _("{customer}, line {line}: it stands in the hand-over {other} already."),
    "conflict": _("Somebody else is entered for the same customer and days."),
}
# Said, but no obstacle.
NOTES: dict[str, str | Promise] = {
    "receiver_is_b": _("{customer}, line {line}: the receiver is B there and becomes A; the place of B is free then."),
}


@dataclass(frozen=True)
class Held:
    """A responsibility on the list: A or B for a customer and line, or for a loan of its own."""

    customer: str
    line: str
    role: str
    is_givers: bool
    since: date | None
    receivers_role: str = ""
    loan: str = ""
    other: str = ""


@dataclass(frozen=True)
class People:
    is_receiver_active: bool
    receiver_does_work: bool
    is_witness_active: bool


@dataclass
class Verdict:
    """`problems` keep it from taking effect; `notes` only tell what happens besides."""

    problems: list[dict[str, Any]] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_clear(self) -> bool:
        return not self.problems


def judge(people: People, held: Iterable[Held], *, effective_on: date) -> Verdict:
    """Looks at a list as it would take effect on a day."""
    verdict = Verdict()
    if not people.is_receiver_active:
        verdict.problems.append({"code": "receiver_disabled"})
    elif not people.receiver_does_work:
        verdict.problems.append({"code": "receiver_without_post"})
    if not people.is_witness_active:
        verdict.problems.append({"code": "witness_disabled"})
    listed = list(held)
    for one in listed:
        _judge_one(one, effective_on, verdict)
    if not listed:
        verdict.problems.append({"code": "nothing"})
    return verdict


def _judge_one(one: Held, effective_on: date, verdict: Verdict) -> None:
    about: dict[str, Any] = {"customer": one.customer, "line": one.line, "role": one.role}
    if one.loan:
        about["loan"] = one.loan
    if not one.is_givers:
        verdict.problems.append({"code": "loan_not_theirs" if one.loan else "not_theirs", **about})
        return
    if one.other:
        verdict.problems.append({"code": "elsewhere", **about, "other": one.other})
    if one.since is not None and one.since >= effective_on:
        verdict.problems.append({"code": "begins_later", **about, "since": one.since.isoformat()})
    if one.role == "B" and one.receivers_role == "A":
        verdict.problems.append({"code": "loan_receiver_is_a" if one.loan else "receiver_is_a", **about})
    if one.role == "A" and one.receivers_role == "B":
        verdict.notes.append({"code": "receiver_is_b", **about})


def sentence(problem: Mapping[str, Any], *, words: Mapping[str, Any]) -> str:
    """A problem or note in the reader's language; `words` are the names of the lines."""
    text = str(TEXTS.get(problem["code"]) or NOTES.get(problem["code"]) or problem["code"])
    told = {name: words.get(value, value) if name == "line" else value for name, value in problem.items()}
    try:
        return text.format(**told)
    except KeyError:
        return text
