"""What the bank decides about maturities, overdue work and contacts. Values and a date in; no database, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from postloan.loans.rules import BAND_FROM, BUCKET_FROM

# ── maturities ────────────────────────────────────────────────────────────────────────────────────────────

AMORTISING = frozenset({"equal_instalments", "equal_principal"})
AS_A_WHOLE = frozenset({"bullet", "interest_monthly", "interest_quarterly"})


def comes_back_as_a_whole(method: str, *, instalments: int, with_principal: int) -> bool:
    """Whether a loan has a maturity: its last instalment is one only where the principal does not come in parts.

    Without instalments every loan has one. Where the method is not known, more than one instalment with principal
    tells an amortising loan.
    """
    if instalments == 0 or method in AS_A_WHOLE:
        return True
    if method in AMORTISING:
        return False
    return with_principal <= 1


def steps_reached(matures_on: date, on: date, *, begins_on: date, steps: Iterable[int]) -> list[int]:
    """The steps with 0 ≤ days to maturity ≤ step, tightest first; an item shorter than a step has no such step."""
    days = (matures_on - on).days
    term = (matures_on - begins_on).days
    return sorted(step for step in steps if 0 <= days <= step <= term)


def latest_extension(begins_on: date, original_maturity: date) -> date:
    """The last day to which all extensions together may reach.

    《贷款通则》art. 12: up to one year, at most the original term; up to five years, half of it; longer, three years.
    """
    term = (original_maturity - begins_on).days
    if original_maturity <= _years_later(begins_on, 1):
        return original_maturity + timedelta(days=term)
    if original_maturity <= _years_later(begins_on, 5):
        return original_maturity + timedelta(days=term // 2)
    return _years_later(original_maturity, 3)


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)


# ── overdue work ──────────────────────────────────────────────────────────────────────────────────────────

BAND_CODES = [str(code) for _first, code in BAND_FROM]
BUCKET_CODES = [str(code) for _first, code in BUCKET_FROM]
FIRST_DAY_OF_LAST_STEP = {"band": BAND_FROM[-1][0], "bucket": BUCKET_FROM[-1][0]}
LAST_LEVEL = len(BAND_CODES) - 1


def scale_of(line: str, *, retail_lines: Iterable[str]) -> str:
    """Retail speaks of buckets, corporate lending of supervisory bands."""
    return "bucket" if line in set(retail_lines) else "band"


def level_of(days: int, scale: str) -> int:
    """The step on a scale, 0 for a loan that is not overdue, 7 for the last one."""
    steps = BUCKET_FROM if scale == "bucket" else BAND_FROM
    return sum(days >= first for first, _code in steps) - 1


def tick_of(days: int, scale: str, *, every: int, rungs: Iterable[int] = ()) -> int:
    """Whole periods spent on the last step; on a lower one, the rungs of the ladder reached after its first day."""
    level = level_of(days, scale)
    if level == LAST_LEVEL:
        return (days - FIRST_DAY_OF_LAST_STEP[scale]) // every
    return sum(rung <= days for rung in _rungs_within(level, scale, rungs))


def _rungs_within(level: int, scale: str, rungs: Iterable[int]) -> list[int]:
    """The rungs of a ladder that lie within a step and do not begin with it."""
    steps = BUCKET_FROM if scale == "bucket" else BAND_FROM
    first = steps[level][0]
    last = steps[level + 1][0] if level < LAST_LEVEL else first
    return sorted(rung for rung in rungs if first < rung < last)


def rungs_of(ladder: Mapping[str, Any]) -> list[int]:
    """The days overdue from which a ladder asks for something else."""
    return sorted(int(key) for key in ladder if key.isdigit())


@dataclass(frozen=True)
class StageWanted:
    reason: str
    level: int
    tick: int


def stage_wanted(
    *,
    days: int,
    scale: str,
    level: int,
    tick: int,
    last_raised_on: date | None,
    on: date,
    every: int,
    rungs: Sequence[int] = (),
) -> StageWanted | None:
    """What a night asks of a case that stands at `level` and `tick`, last asked on `last_raised_on`; None for nothing.

    A jump asks only for the step reached. On the last step the periods count from its first day; below it the next
    stage comes with the next rung of the ladder, and `every` days after the last one at the latest.
    """
    reached, ticks = level_of(days, scale), tick_of(days, scale, every=every, rungs=rungs)
    if last_raised_on is None:
        return StageWanted("opened", reached, ticks)
    if reached > level:
        return StageWanted("worse", reached, ticks)
    if reached == LAST_LEVEL:
        return StageWanted("last_step", reached, ticks) if ticks > tick else None
    if reached == level and ticks > tick:
        return StageWanted("rung", reached, ticks)
    if (on - last_raised_on).days >= every:
        return StageWanted("repeat", reached, ticks)
    return None


def next_stage_on(
    *,
    overdue_since: date,
    scale: str,
    level: int,
    tick: int,
    last_raised_on: date,
    every: int,
    rungs: Sequence[int] = (),
) -> date:
    """The first day on which `stage_wanted` asks again while nothing is paid."""
    if level == LAST_LEVEL:
        return overdue_since + timedelta(days=FIRST_DAY_OF_LAST_STEP[scale] + (tick + 1) * every)
    steps = BUCKET_FROM if scale == "bucket" else BAND_FROM
    ahead = [*_rungs_within(level, scale, rungs)[tick:], steps[level + 1][0]]
    return min(overdue_since + timedelta(days=ahead[0]), last_raised_on + timedelta(days=every))


def expected_work(
    ladder: Mapping[str, Sequence[Mapping[str, Any]]], *, days: int, reason: str
) -> Sequence[Mapping[str, Any]]:
    """What the ladder of a line asks of so many days; a repeated stage has its own list where the ladder has one."""
    if reason in {"repeat", "last_step"} and "repeat" in ladder:
        return ladder["repeat"]
    known = [rung for rung in rungs_of(ladder) if rung <= days]
    return ladder[str(max(known))] if known else []


def ladder_problem(ladder: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """Which rule a ladder breaks: it begins with day 1, and asks for a work once a rung. Empty where it is whole."""
    if "1" not in ladder or "0" in ladder or any(key != str(int(key)) for key in ladder if key.isdigit()):
        return "begins"
    if any(len({work["work"] for work in works}) < len(works) for works in ladder.values()):
        return "twice"
    return ""


# ── promises ──────────────────────────────────────────────────────────────────────────────────────────────


def promise_outcome(
    *, amount: Decimal, paid: Decimal, promised_on: date, on: date, share_pct: Decimal, grace_days: int
) -> str:
    """`kept` as soon as the share is paid, `broken` once the day and its grace have passed, else `open`."""
    if paid * 100 >= amount * share_pct:
        return "kept"
    return "broken" if on > promised_on + timedelta(days=grace_days) else "open"


# ── contacts ──────────────────────────────────────────────────────────────────────────────────────────────

GUIDE = "GB/T 45251—2025"
ASSOCIATION = "中国银行业协会 2026-01-30"
SPOKEN = frozenset({"call", "message", "visit"})
DEBTOR = frozenset({"borrower", "representative"})


@dataclass(frozen=True)
class Refusal:
    """Why a contact may not be: a code whose text is made on the page, and where the rule stands."""

    code: str
    source: str


@dataclass(frozen=True)
class Contact:
    """A contact somebody wants to make or record. `at` is the local time; counts are those of its day, before it."""

    way: str
    whom: str
    at: datetime
    tries_on_number: int = 0
    reached_calls: int = 0
    has_guarantee: bool = False
    debtor_unreachable: bool = False
    declined_before: bool = False


@dataclass(frozen=True)
class ContactLimits:
    quiet_from: time
    quiet_until: time
    tries_a_number: int
    reached_calls: int


def is_quiet(at: time, *, start: time, end: time) -> bool:
    """22:00 belongs to the quiet hours, 08:00 no longer does."""
    return at >= start or at < end if start > end else start <= at < end


@dataclass(frozen=True)
class TellingHours:
    """When a borrower is told by message: from one hour until another, and not in the hours without contacts."""

    opens: time
    closes: time
    quiet_from: time
    quiet_until: time

    def allow(self, at: time) -> bool:
        return self.opens <= at < self.closes and not self.is_quiet(at)

    def is_quiet(self, at: time) -> bool:
        return is_quiet(at, start=self.quiet_from, end=self.quiet_until)


def first_telling(moment: datetime, hours: TellingHours) -> datetime:
    """The first moment from this one on, by the clock of the place, at which a borrower may be told.

    Hours that leave none of the day are a mistake of who set them: then only those without contacts are kept.
    """
    days = [moment.date() + timedelta(days=number) for number in (0, 1)]
    opening = sorted(
        datetime.combine(day, at, moment.tzinfo) for day in days for at in (hours.opens, hours.quiet_until)
    )
    candidates = [moment, *(at for at in opening if at > moment)]
    allowed = [at for at in candidates if hours.allow(at.time())]
    return next(iter(allowed or [at for at in candidates if not hours.is_quiet(at.time())]), moment)


def contact_refusals(contact: Contact, limits: ContactLimits) -> list[Refusal]:
    """Every rule a contact would break; empty where it may be made."""
    refusals = []
    if contact.way in SPOKEN and is_quiet(contact.at.time(), start=limits.quiet_from, end=limits.quiet_until):
        refusals.append(Refusal("quiet_hours", f"{GUIDE}; {ASSOCIATION}"))
    if contact.way == "call":
        if contact.tries_on_number >= limits.tries_a_number:
            refusals.append(Refusal("too_many_tries", ASSOCIATION))
        if contact.whom in DEBTOR and contact.reached_calls >= limits.reached_calls:
            refusals.append(Refusal("too_many_calls", GUIDE))
    refusals.extend(_person_refusals(contact))
    return refusals


def _person_refusals(contact: Contact) -> list[Refusal]:
    """The debtor may be spoken to; a guarantor within the contract; a contact only to find the debtor; nobody else."""
    if contact.whom in DEBTOR:
        return []
    if contact.whom == "guarantor":
        return [] if contact.has_guarantee else [Refusal("no_guarantee", GUIDE)]
    if contact.whom == "contact":
        if contact.declined_before:
            return [Refusal("contact_declined", GUIDE)]
        return [] if contact.debtor_unreachable and contact.way == "call" else [Refusal("contact_only_to_find", GUIDE)]
    return [Refusal("third_party", GUIDE)]
