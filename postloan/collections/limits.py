"""The bank's parameters of collecting, each with its source."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from postloan.collections import rules
from postloan.core import parameters

BANKS_RULE = _("the bank's rule")
PRACTICE = _("practice of banks")

MATURITY_STEPS = parameters.define(
    "collections.maturity_steps",
    _("Maturity notices, days before"),
    [90, 30, 7, 1],
    unit=_("days"),
    source=PRACTICE,
)
PLAN_WITHIN = parameters.define(
    "collections.plan_within",
    _("Answer to a maturity notice: working days by step"),
    {"90": 10, "30": 3, "7": 2, "1": 0},
    unit=_("working days"),
    source=PRACTICE,
)
PLAN_STEPS = parameters.define(
    "collections.plan_steps", _("Maturity notices that ask for a plan"), [90, 30], unit=_("days"), source=PRACTICE
)
BORROWER_STEPS = parameters.define(
    "collections.borrower_steps",
    _("Maturity notices told to the borrower too"),
    [7, 1],
    unit=_("days"),
    source=PRACTICE,
)
MATURING_KINDS = parameters.define(
    "collections.maturing_kinds",
    _("Off-balance items whose maturity is watched"),
    ["acceptance", "guarantee_letter", "letter_of_credit", "non_standard"],
    source=PRACTICE,
)
LIST_FROM_DAY = parameters.define(
    "collections.maturity_list_day",
    _("Next month's maturities to the branches, from this day of the month"),
    20,
    unit=_("day of the month"),
    source=PRACTICE,
)
REMINDER_STEPS = parameters.define(
    "collections.reminder_steps", _("Reminders of instalments, days before"), [7, 1], unit=_("days"), source=PRACTICE
)
FAILED_WITHIN = parameters.define(
    "collections.failed_within",
    _("Failed deductions that are called, tried within"),
    7,
    unit=_("days"),
    source=BANKS_RULE,
)
RETAIL_LINES = parameters.define(
    "collections.retail_lines",
    _("Lines collected by buckets"),
    ["personal", "rural", "inclusive"],
    source=BANKS_RULE,
)
REPEAT_DAYS = parameters.define(
    "collections.repeat_days", _("Overdue work repeated after"), 30, unit=_("days"), source=PRACTICE
)
# What a ladder may ask for; `wording.WORKS` has the words for people.
WORKS = (
    "message",
    "contact",
    "cause",
    "letter",
    "visit",
    "notice",
    "lawyer_letter",
    "guarantor_claim",
    "suit",
)
LADDER_WORDS = {"work": WORKS, "unit": ("days", "working_days")}


def _ladder_problem(ladder: Any) -> str:
    texts = {
        "begins": _("A ladder begins with day 1; its other keys are whole numbers of days overdue."),
        "twice": _("A work stands twice at the same day."),
    }
    return str(texts.get(rules.ladder_problem(ladder), ""))


def _works(within: int, unit: str, *works: str) -> list[dict[str, Any]]:
    return [{"work": work, "within": within, "unit": unit} for work in works]


# By days overdue; `repeat` for stages that repeat.
CORPORATE_LADDER = parameters.define(
    "collections.ladder_corporate",
    _("What is expected on an overdue corporate loan, from so many days overdue"),
    {
        "1": [
            *_works(0, "working_days", "contact"),
            *_works(3, "working_days", "cause"),
            *_works(5, "working_days", "visit"),
            *_works(15, "days", "notice"),
        ],
        "repeat": [*_works(3, "working_days", "contact"), *_works(15, "days", "notice")],
    },
    source=PRACTICE,
    words=LADDER_WORDS,
    check=_ladder_problem,
)
# Each is due on the last day of its span; over 90 days the monthly demand goes on beside the decision on a suit.
RETAIL_LADDER = parameters.define(
    "collections.ladder_retail",
    _("What is expected on an overdue retail loan, from so many days overdue"),
    {
        "1": _works(2, "days", "message"),
        "4": _works(6, "days", "contact", "cause"),
        "11": _works(19, "days", "contact", "letter"),
        "31": _works(29, "days", "visit", "notice"),
        "61": _works(29, "days", "lawyer_letter", "guarantor_claim"),
        "91": _works(15, "days", "suit", "notice"),
    },
    source=PRACTICE,
    words=LADDER_WORDS,
    check=_ladder_problem,
)
PROMISE_SHARE = parameters.define(
    "collections.promise_share_pct",
    _("Share of a promise that must be paid"),
    Decimal("100"),
    unit="%",
    source=BANKS_RULE,
)
PROMISE_GRACE = parameters.define(
    "collections.promise_grace_days", _("Grace after the promised day"), 1, unit=_("days"), source=BANKS_RULE
)
QUIET_FROM = parameters.define(
    "collections.quiet_from", _("No contacts from"), "22:00", source="GB/T 45251—2025; 中国银行业协会 2026-01-30"
)
QUIET_UNTIL = parameters.define(
    "collections.quiet_until", _("No contacts until"), "08:00", source="GB/T 45251—2025; 中国银行业协会 2026-01-30"
)
MESSAGES_FROM = parameters.define(
    "collections.messages_from", _("Messages to borrowers from"), "09:00", source=PRACTICE
)
MESSAGES_UNTIL = parameters.define(
    "collections.messages_until", _("Messages to borrowers until"), "20:00", source=PRACTICE
)
TRIES_A_NUMBER = parameters.define(
    "collections.tries_a_number",
    _("Calls to one number a day"),
    6,
    unit=_("tries"),
    source="中国银行业协会 2026-01-30",
)
REACHED_CALLS = parameters.define(
    "collections.reached_calls",
    _("Calls that reached the debtor a day"),
    3,
    unit=_("calls"),
    source="GB/T 45251—2025",
)
