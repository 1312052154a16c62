"""Days overdue and the two scales they are read on. Values and dates in, codes out; no database, no clock.

The scales are settled for every bank (docs/decisions): supervisory bands, and buckets of thirty days. The set-based
form of each rule stands in `sql/`; a property test keeps the two equal.
"""

from __future__ import annotations

from datetime import date

from postloan.loans.models.state import Band, Bucket

# First day of each step, in days overdue; a step holds until the next one begins.
BUCKET_FROM: tuple[tuple[int, str], ...] = (
    (0, Bucket.M0),
    (1, Bucket.M1),
    (31, Bucket.M2),
    (61, Bucket.M3),
    (91, Bucket.M4),
    (121, Bucket.M5),
    (151, Bucket.M6),
    (181, Bucket.M7),
)
BAND_FROM: tuple[tuple[int, str], ...] = (
    (0, Band.CURRENT),
    (1, Band.DAYS_1_30),
    (31, Band.DAYS_31_60),
    (61, Band.DAYS_61_90),
    (91, Band.DAYS_91_180),
    (181, Band.DAYS_181_270),
    (271, Band.DAYS_271_360),
    (361, Band.OVER_360),
)
SCALE_DAYS = sorted({days for days, _code in BUCKET_FROM + BAND_FROM if days > 0})


def days_overdue(overdue_since: date | None, business_date: date) -> int:
    """Whole days from the due date of the oldest unpaid instalment; the day after it is day 1, none is 0.

    Raises ValueError when the due date has not passed: what is due today is not overdue today.
    """
    if overdue_since is None:
        return 0
    days = (business_date - overdue_since).days
    if days < 1:
        raise ValueError(f"{overdue_since} is not overdue on {business_date}")
    return days


def bucket_of(days: int) -> str:
    """The thirty-day bucket of so many days overdue: M0 for 0, M7 for more than 180."""
    return _step(days, BUCKET_FROM)


def band_of(days: int) -> str:
    """The supervisory band of so many days overdue."""
    return _step(days, BAND_FROM)


def _step(days: int, steps: tuple[tuple[int, str], ...]) -> str:
    if days < 0:
        raise ValueError("days overdue are never negative")
    return str(next(code for first, code in reversed(steps) if days >= first))
