"""Who lives through which story: chosen before anything is lent, because the story decides what is lent and when."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from .dates import days
from .model import Bank, Customer, Story
from .names import DEVELOPER

FIRMS = ("corporate", "small_business")
OWNERS = ("small_business", "self_employed")
PEOPLE = ("individual",)
# Days between the first money missing and the last date, so that every band occurs on it.
AGES = (12, 48, 75, 130, 220, 310, 400, 25, 58, 105, 160, 20, 85, 250, 330, 450)
GROUPS_OF = {"guarantee_circle": 4, "double_mortgage": 2}
# What these do can be seen in accounts, links or events, whether or not anything else shows.
SEEN_FROM_THE_START = (
    "flood", "developer", "developer_batch", "double_mortgage", "guarantee_circle", "round_trip", "misused_funds",
    "over_expansion",
)  # fmt: skip
# Of these the first is always heard of: a story nobody can see is none.
HEARD_OF_ONCE = ("lost_key_customer", "price_shock", "gambling_controller")
SILENT_SHARE = 0.25
NOISY_SHARE = 0.26


def _anybody(bank: Bank, customer: Customer) -> bool:
    return True


def _builds_homes(bank: Bank, customer: Customer) -> bool:
    return customer.industry == DEVELOPER


def _has_a_season(bank: Bank, customer: Customer) -> bool:
    """One that falls within what is delivered of the accounts."""
    months = {day.month for day in days(bank.history_from, bank.until) if day.day == 1}
    return bool(months.intersection(customer.industry.peak_months))


def _has_no_season(bank: Bank, customer: Customer) -> bool:
    return not customer.industry.peak_months


@dataclass(frozen=True, slots=True)
class Part:
    """A story, who may live through it, its share of all customers and the least number of them."""

    kind: str
    kinds: tuple[str, ...]
    share: float
    least: int
    fails: bool
    suits: Callable[[Bank, Customer], bool] = _anybody


PARTS = (
    Part("developer", ("corporate",), 0.0007, 1, True, _builds_homes),
    Part("developer_batch", PEOPLE, 0.018, 6, True),
    Part("guarantee_circle", ("corporate", "small_business"), 0.008, 4, True),
    Part("double_mortgage", PEOPLE, 0.003, 2, True),
    Part("flood", ("farmer",), 0.022, 4, True),
    Part("lost_key_customer", FIRMS, 0.006, 2, True),
    Part("price_shock", FIRMS, 0.006, 2, True),
    Part("over_expansion", ("corporate",), 0.004, 1, True),
    Part("gambling_controller", OWNERS, 0.006, 2, True),
    Part("misused_funds", OWNERS, 0.01, 2, True),
    Part("round_trip", FIRMS, 0.005, 1, True),
    Part("transferred", ("individual", "self_employed", "small_business"), 0.005, 2, True),
    Part("income_lost", PEOPLE, 0.018, 5, True),
    Part("first_payment_default", PEOPLE, 0.002, 1, True),
    Part("written_off", ("individual", "self_employed", "small_business"), 0.008, 3, True),
    Part("restructuring", FIRMS, 0.006, 2, True),
    Part("round_trip", FIRMS, 0.012, 2, False),
    Part("seasonal", ("corporate", "small_business", "self_employed"), 0.03, 5, False, _has_a_season),
    Part("growth", FIRMS, 0.03, 4, False, _has_no_season),
    Part("split_payments", ("corporate",), 0.008, 2, False),
    Part("split_payments", ("self_employed",), 0.006, 1, False),
    Part("split_payments", PEOPLE, 0.006, 1, False),
    Part("honest_payments", ("corporate",), 0.016, 2, False),
    Part("honest_payments", ("self_employed",), 0.012, 2, False),
    Part("honest_payments", PEOPLE, 0.008, 1, False),
    Part("extension", ("corporate", "small_business", "farmer"), 0.012, 3, False),
    Part("renewal_without_repayment", OWNERS, 0.025, 4, False),
    Part("technical_overdue", ("individual", "self_employed", "small_business"), 0.025, 5, False),
    Part("cured", ("individual", "self_employed", "farmer"), 0.02, 4, False),
    Part("rolling", ("individual", "self_employed"), 0.015, 3, False),
)


def cast_stories(bank: Bank, rng: Random) -> None:
    free = [one for one in bank.customers if one.kind not in ("guarantee_company", "public_institution")]
    rng.shuffle(free)
    count, age = len(bank.customers), 0
    for part in PARTS:
        wanted = max(part.least, round(count * part.share))
        wanted -= wanted % GROUPS_OF.get(part.kind, 1)
        suited = [one for one in free if one.kind in part.kinds and part.suits(bank, one)]
        chosen = (_neighbours(suited) if part.kind == "flood" else suited)[:wanted]
        if part.kind == "guarantee_circle":
            # Each stands for the one before: whoever has to pay for a fallen member is the next to fall.
            chosen.sort(key=lambda one: one.customer_no)
        taken = {one.customer_no: True for one in chosen}
        free = [one for one in free if one.customer_no not in taken]
        for customer in chosen:
            customer.story = Story(part.kind, part.fails)
            if part.fails:
                customer.story.fails_on = _missing_from(bank.until, AGES[age % len(AGES)])
                age += 1
        _date_together(bank, part.kind, chosen)
    _choose_silent_and_noisy(bank, rng)


def _neighbours(farmers: list[Customer]) -> list[Customer]:
    """Those of the county with most of them: water knows no customers, only places."""
    counties = [one.county for one in farmers]
    flooded = min(counties, key=lambda county: (-counties.count(county), county), default="")
    return [one for one in farmers if one.county == flooded]


def _missing_from(until: date, age: int) -> date:
    """Never after the 27th, so that the due date on the day after exists in each month."""
    day = until - timedelta(days=age + 1)
    return day.replace(day=27) if day.day > 27 else day


# Days between the first money missing and the last date for those who fail together or at a set time.
SET_AGES: dict[str, tuple[int, ...]] = {
    "guarantee_circle": (190, 142, 94, 46),
    "developer_batch": (100, 97, 94),
    "developer": (66,),
    "flood": (70,),
    "written_off": (420, 455, 490, 525, 560, 595, 630),
    "transferred": (240, 280, 320),
    "misused_funds": (25, 130, 58, 95, 20),
    "restructuring": (110, 130, 150),
    "first_payment_default": (18, 58, 98),
    # Recent enough for accounts and statements to tell them.
    "lost_key_customer": (75, 130, 48, 105),
    "price_shock": (130, 75, 160, 100),
    "over_expansion": (58, 100, 140),
    "gambling_controller": (48, 85, 25, 120),
    "round_trip": (58, 25, 85),
}
# Between the beginning of a story and the first money missing, in days; building a plant takes its time.
LEADS = {"over_expansion": (200, 330), "price_shock": (90, 150), "lost_key_customer": (60, 120)}
LEAD = (45, 150)
FLOOD_AGE = 95


def _date_together(bank: Bank, kind: str, chosen: list[Customer]) -> None:
    """Stories that several customers share happen together, or one after the other."""
    ages = SET_AGES.get(kind)
    for place, customer in enumerate(chosen):
        if ages:
            customer.story.fails_on = _missing_from(bank.until, ages[place % len(ages)])
        size = GROUPS_OF.get(kind, 1)
        circle = chosen[place - place % size : place - place % size + size]
        customer.story.partners = [one.customer_no for one in circle if one is not customer]
        if kind == "guarantee_circle" and customer is not circle[0]:
            customer.story.starts_on = chosen[place - 1].story.fails_on
        if kind == "flood":
            customer.story.starts_on = bank.until - timedelta(days=FLOOD_AGE)


def _choose_silent_and_noisy(bank: Bank, rng: Random) -> None:
    """At least a fifth of those who fail give no sign before; at least a fifth of the healthy show something."""
    failing = [one for one in bank.customers if one.story.fails]
    healthy = [one for one in bank.customers if not one.story.fails]
    heard_of = {one.story.kind: one for one in reversed(failing) if one.story.kind in HEARD_OF_ONCE}
    hidden = [
        one for one in failing if one.story.kind not in SEEN_FROM_THE_START and heard_of.get(one.story.kind) is not one
    ]
    rng.shuffle(hidden)
    for customer in hidden[: -int(-len(failing) * SILENT_SHARE // 1)]:
        customer.story.signs = False
    for customer in rng.sample(healthy, -int(-len(healthy) * NOISY_SHARE // 1)):
        customer.story.noise = True
    for customer in failing:
        story = customer.story
        if story.starts_on is None and story.fails_on is not None:
            lead = timedelta(days=rng.randrange(*LEADS.get(story.kind, LEAD)))
            # What nobody could see coming begins on the day it shows.
            story.starts_on = story.fails_on - lead if story.signs else story.fails_on
