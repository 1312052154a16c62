"""What a timeline is made of: a thing that happened, and a source of such things that is read page by page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise

from postloan.core.models import Delivered

# Where several things happened on a day: what people did, then nights, then what core banking told.
DONE, NIGHT, TOLD = 3, 2, 1


@dataclass(frozen=True)
class Item:
    """One thing that happened. `place` orders what happened on the same day; `tone` is ok, warn, bad or none."""

    day: date
    title: str | Promise
    text: str = ""
    who: str = ""
    tone: str = ""
    loan_id: int | None = None
    place: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Source:
    """Rows with the column that dates them, and what each becomes. `last` tells rows of one day apart."""

    rows: QuerySet
    dated: str
    item_of: Callable[[Any], Item]
    last: str = "pk"

    def read(self, *, before: date | None = None, on: date | None = None, most: int | None = None) -> list[Item]:
        rows = self.rows
        if issubclass(rows.model, Delivered):
            rows = rows.filter(superseded_on=None)
        if before is not None:
            rows = rows.filter(**{f"{self.dated}__lt": before})
        if on is not None:
            rows = rows.filter(**{self.dated: on})
        return [self.item_of(row) for row in rows.order_by(f"-{self.dated}", f"-{self.last}")[:most]]
