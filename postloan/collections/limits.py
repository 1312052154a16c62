"""The bank's parameters of collecting, each with its source."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

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
CORPORATE_LADDER = parameters.define(
    "collections.ladder_corporate",
    _("What is expected on an overdue corporate loan"),
    {
        "1": [
            {"work": "contact", "within": 0, "unit": "working_days"},
            {"work": "cause", "within": 3, "unit": "working_days"},
            {"work": "visit", "within": 5, "unit": "working_days"},
            {"work": "notice", "within": 15, "unit": "days"},
        ],
        "repeat": [
            {"work": "contact", "within": 3, "unit": "working_days"},
            {"work": "notice", "within": 15, "unit": "days"},
        ],
    },
    source=PRACTICE,
)
RETAIL_LADDER = parameters.define(
    "collections.ladder_retail",
    _("What is expected on an overdue retail loan"),
    {
        "1": [
            {"work": "contact", "within": 3, "unit": "days"},
            {"work": "cause", "within": 10, "unit": "days"},
            {"work": "notice", "within": 29, "unit": "days"},
        ],
        "2": [
            {"work": "contact", "within": 3, "unit": "working_days"},
            {"work": "visit", "within": 15, "unit": "days"},
            {"work": "notice", "within": 15, "unit": "days"},
        ],
        "4": [
            {"work": "contact", "within": 3, "unit": "working_days"},
            {"work": "notice", "within": 15, "unit": "days"},
        ],
    },
    source=PRACTICE,
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
