"""Pages of a list that may be the whole book: it counts to a limit and turns pages to there, never beyond.

Who wants a row behind the limit narrows the query; who wants a number of all of them asks for it.
"""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest
from django.utils.functional import cached_property

MOST_COUNTED = 10_000
PER_PAGE = 50


class BoundedPaginator(Paginator):
    """`reach` is how many rows there are as far as was counted; more than `most` of them are not paged through."""

    def __init__(self, rows: Any, per_page: int, *, reach: int, most: int) -> None:
        super().__init__(rows, per_page)
        self.reach, self.most = reach, most

    @cached_property
    def count(self) -> int:
        return min(self.reach, self.most)

    @property
    def is_cut(self) -> bool:
        return self.reach > self.most


def page_of(request: HttpRequest, rows: Any, *, reach: int) -> Page:
    return BoundedPaginator(rows, PER_PAGE, reach=reach, most=MOST_COUNTED).get_page(request.GET.get("page"))
