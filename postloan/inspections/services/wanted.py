"""An inspection that is due, as the night works it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from postloan.inspections.models import Place


@dataclass
class Wanted:
    """An inspection that is due, before it is known whether it is there already."""

    customer_id: int
    line: str
    kind: str
    occurrence: str
    due_on: date
    reason_code: str
    rule_id: int | None
    place: str = Place.ON_SITE
    people: int = 2
    arguments: dict[str, Any] = field(default_factory=dict)
    loans: dict[int, date | None] = field(default_factory=dict)

    def cover(self, row: Mapping[str, Any], *, month: date | None = None) -> None:
        """One more loan, with what its rule says: on site where any asks for it, as many people as any asks for."""
        place, people = row["place"] or Place.ON_SITE, row["people"] or 2
        self.people = max(self.people if self.loans else 1, people)
        if not self.loans or place == Place.ON_SITE:
            self.place = place
        self.loans[row["loan_id"]] = month
