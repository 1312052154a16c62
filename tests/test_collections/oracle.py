"""The episodes and stages of one overdue loan, counted by hand; for made-up nights with any gaps between them.

Nothing here is shared with the product: thresholds are written out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

BUCKET_STARTS = [1, 31, 61, 91, 121, 151, 181]
BAND_STARTS = [1, 31, 61, 91, 181, 271, 361]
# Retail strategy: message, call, call and letter, visit and notice, lawyer and guarantor, suit.
RETAIL_SPANS = [1, 4, 11, 31, 61, 91]


@dataclass
class Episode:
    opened_on: date
    level: int
    tick: int
    last: date
    span: int = 0
    closed_on: date | None = None


@dataclass
class Oracle:
    """Fed one night after the other. `retail` says on which scale the loans go."""

    retail: bool = True
    episodes: dict[str, list[Episode]] = field(default_factory=dict)
    stages: set[tuple[str, date, str, int]] = field(default_factory=set)

    def follow(self, loan_no: str, day: date, since: date | None) -> None:
        known = self.episodes.setdefault(loan_no, [])
        current = known[-1] if known and known[-1].closed_on is None else None
        if since is None:
            if current is not None:
                current.closed_on = day
            return
        days = (day - since).days
        starts = BUCKET_STARTS if self.retail else BAND_STARTS
        level = len([start for start in starts if days >= start])
        tick = (days - starts[-1]) // 30 if level == 7 else 0
        span = len([start for start in RETAIL_SPANS if days >= start]) if self.retail else 0
        if current is None:
            known.append(Episode(day, level, tick, day, span))
            self.stages.add((loan_no, day, "opened", level))
            return
        reason = ""
        if level > current.level:
            reason = "worse"
        elif level == 7:
            reason = "last_step" if tick > current.tick else ""
        elif level == current.level and span > current.span:
            reason = "rung"
        elif (day - current.last).days >= 30:
            reason = "repeat"
        current.level, current.tick, current.span = level, tick, span
        if reason:
            current.last = day
            self.stages.add((loan_no, day, reason, level))
