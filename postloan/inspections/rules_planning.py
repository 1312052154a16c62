"""The policy table as pure functions: which line of it fits a loan, and what follows for dates.

Source of the defaults: practice of banks (docs/mechanisms/inspections.md); all of it is the bank's to change.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_noop


class Security(StrEnum):
    """How a loan is secured, as far as the policy cares. Empty: core banking does not say."""

    LOW_RISK = "low_risk"  # fully covered by margin, deposits, treasury bonds or gold
    CREDIT = "credit"  # by nothing but the borrower's word
    SECURED = "secured"
    NOT_KNOWN = ""


@dataclass(frozen=True)
class LoanFacts:
    """What the table looks at. `exposure`: the customer's live balances on the line in the loan's currency."""

    line: str
    customer_kind: str
    product_family: str
    five_level_class: str
    security: str
    exposure: Decimal


@dataclass(frozen=True)
class Rule:
    """One line of the table; empty means any. Days are calendar days, None: not planned by this rule."""

    position: int
    line: str = ""
    customer_kinds: tuple[str, ...] = ()
    product_families: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()
    amount_over: Decimal | None = None
    amount_up_to: Decimal | None = None
    first_within_days: int | None = None
    periodic_every_days: int | None = None
    sample_percent: int | None = None
    place: str = "on_site"
    people: int = 2
    source: str = ""

    def fits(self, facts: LoanFacts) -> bool:
        """Amounts: over < exposure <= up to."""
        return (
            self.line in ("", facts.line)
            and (not self.customer_kinds or facts.customer_kind in self.customer_kinds)
            and (not self.product_families or facts.product_family in self.product_families)
            and (not self.classes or facts.five_level_class in self.classes)
            and (not self.exceptions or facts.security in self.exceptions)
            and (self.amount_over is None or facts.exposure > self.amount_over)
            and (self.amount_up_to is None or facts.exposure <= self.amount_up_to)
        )


def rule_for(facts: LoanFacts, rules: Iterable[Rule]) -> Rule | None:
    """The first line by position that fits."""
    return next((rule for rule in sorted(rules, key=lambda one: one.position) if rule.fits(facts)), None)


SAMPLE_MODULUS = 10007


def is_drawn(customer_id: int, year: int, percent: int | None) -> bool:
    """Whether a customer belongs to the sample of a calendar year: spread evenly, the same whenever it is asked."""
    if percent is None:
        return True
    return (customer_id * 7919 + year * 104729) % SAMPLE_MODULUS % 100 < percent


def first_due_on(payout_on: date, within_days: int) -> date:
    """Calendar days after the payout."""
    return payout_on + timedelta(days=within_days)


def periodic_due_on(base_on: date, every_days: int) -> date:
    return base_on + timedelta(days=every_days)


def shortened(due_on: date, wanted_on: date, *, day: date, notice_days: int) -> date:
    """A date given, after facts got worse: never later than given, never less than `notice_days` ahead."""
    return min(due_on, max(wanted_on, day + timedelta(days=notice_days)))


def minimum_visits_a_year(rule: Rule) -> int:
    """How often a year the rule asks for at least: 180 days are twice, 365 once."""
    return 365 // rule.periodic_every_days if rule.periodic_every_days else 0


def content_hash(rules: Sequence[Rule]) -> str:
    """SHA-256 over the whole table, in its order."""
    rows = [{name: _plain(value) for name, value in asdict(rule).items()} for rule in rules]
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _plain(value: Any) -> Any:
    return f"{value:.2f}" if isinstance(value, Decimal) else list(value) if isinstance(value, tuple) else value


COLUMNS = tuple(one.name for one in fields(Rule))

M = Decimal(1_000_000)
CENT = Decimal("0.01")
WATCHED = ("special_mention", "substandard")
BAD = ("doubtful", "loss")
BUSINESS_LINES = ("corporate", "inclusive")


def _business(position: int, **values: Any) -> list[Rule]:
    return [Rule(position + n, line=line, **values) for n, line in enumerate(BUSINESS_LINES)]


def _farmer(position: int, over: Decimal | None, up_to: Decimal | None, **values: Any) -> Rule:
    return Rule(position, line="rural", amount_over=over, amount_up_to=up_to, first_within_days=90, people=1, **values)


# Kept as they stand and shown in the reader's language.
SEEN = gettext_noop("practice of banks")
FARMERS = gettext_noop("a bank's rules for farmers' loans, 2020")

DEFAULT_RULES: tuple[Rule, ...] = (
    *_business(10, classes=WATCHED, first_within_days=15, periodic_every_days=30, source=SEEN),
    *_business(20, classes=BAD, first_within_days=15, periodic_every_days=90, source=SEEN),
    *_business(
        30,
        exceptions=(Security.LOW_RISK,),
        first_within_days=15,
        periodic_every_days=180,
        place="off_site",
        people=1,
        source=SEEN,
    ),
    *_business(
        40, product_families=("property_development",), first_within_days=15, periodic_every_days=30, source=SEEN
    ),
    *_business(
        50, product_families=("project", "fixed_asset"), first_within_days=15, periodic_every_days=30, source=SEEN
    ),
    *_business(60, first_within_days=15, periodic_every_days=90, source=SEEN),
    Rule(
        70,
        line="personal",
        product_families=("home_mortgage",),
        first_within_days=30,
        place="off_site",
        people=1,
        source=SEEN,
    ),
    Rule(
        72,
        line="personal",
        product_families=("personal_business", "small_business"),
        classes=(*WATCHED, *BAD),
        first_within_days=30,
        periodic_every_days=90,
        source=SEEN,
    ),
    Rule(
        74,
        line="personal",
        product_families=("personal_business", "small_business"),
        amount_over=M - CENT,
        first_within_days=30,
        periodic_every_days=180,
        source=SEEN,
    ),
    Rule(
        76,
        line="personal",
        product_families=("personal_business", "small_business"),
        first_within_days=30,
        periodic_every_days=365,
        sample_percent=10,
        people=1,
        source=SEEN,
    ),
    Rule(
        78,
        line="personal",
        first_within_days=30,
        periodic_every_days=365,
        sample_percent=10,
        place="off_site",
        people=1,
        source=SEEN,
    ),
    _farmer(80, None, None, exceptions=(Security.LOW_RISK,), periodic_every_days=365, source=FARMERS),
    _farmer(82, M, None, exceptions=(Security.CREDIT,), periodic_every_days=180, source=FARMERS),
    _farmer(84, M * 3 / 10, M, exceptions=(Security.CREDIT,), periodic_every_days=365, source=FARMERS),
    _farmer(
        86,
        None,
        M * 3 / 10,
        exceptions=(Security.CREDIT,),
        periodic_every_days=365,
        sample_percent=10,
        source=FARMERS,
    ),
    _farmer(88, 2 * M, None, exceptions=(Security.SECURED,), periodic_every_days=180, source=FARMERS),
    _farmer(90, M / 2, 2 * M, exceptions=(Security.SECURED,), periodic_every_days=365, source=FARMERS),
    _farmer(92, None, M / 2, exceptions=(Security.SECURED,), periodic_every_days=365, sample_percent=5, source=FARMERS),
    _farmer(94, None, None, periodic_every_days=365, source=FARMERS),
    Rule(200, first_within_days=30, periodic_every_days=90, source=SEEN),
)
