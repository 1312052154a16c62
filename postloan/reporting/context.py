"""What the frame of every page shows: the bank, its dates, the menu, who is logged in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version

from django.http import HttpRequest

from postloan.core.models import BusinessDate, Institution
from postloan.reporting import menu
from postloan.reporting.queries import delivery
from postloan.todos import queries as todos


@dataclass(frozen=True)
class Person:
    name: str
    number: str
    post: str
    branch: str


class Frame:
    """Read only where a template asks: a page without the frame costs no query."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def _user(self):
        user = getattr(self.request, "user", None)
        return user if user is not None and user.is_authenticated else None

    @cached_property
    def _view_name(self) -> str:
        match = getattr(self.request, "resolver_match", None)
        return match.view_name if match else ""

    @cached_property
    def _latest(self) -> BusinessDate | None:
        return BusinessDate.objects.order_by("-date").first()

    @cached_property
    def institution(self) -> str:
        institution = Institution.objects.first()
        return str(institution) if institution else ""

    @property
    def business_date(self) -> date | None:
        return self._latest.date if self._latest else None

    @property
    def is_closed(self) -> bool:
        """Whether the night of the business date has run."""
        return bool(self._latest and self._latest.closed_at)

    @cached_property
    def data_date(self) -> date | None:
        """How far the book itself reaches: the date of the last file of loans."""
        return delivery.data_date("loans.csv")

    @property
    def version(self) -> str:
        try:
            return version("postloan")
        except PackageNotFoundError:
            return ""

    @cached_property
    def menu(self) -> list[menu.ShownGroup]:
        if self._user is None:
            return []
        return menu.menu_for(has_capability=self._user.has_capability, view_name=self._view_name)

    @cached_property
    def place(self) -> str:
        return menu.place(self._view_name)

    @cached_property
    def can_search(self) -> bool:
        return self._user is not None and self._user.has_capability("customers.view_customers")

    @cached_property
    def sees_collecting(self) -> bool:
        """Whether plans, cases and letters may be opened: a link nobody may follow is not drawn."""
        return self._user is not None and self._user.has_capability("collections.view")

    @property
    def has_todos(self) -> bool:
        return self._user is not None and self._user.has_capability("todos.work")

    @property
    def todo_count(self) -> int:
        """How many todos wait for the reader."""
        return todos.open_count(self._user) if self._user is not None else 0

    @cached_property
    def person(self) -> Person | None:
        if self._user is None:
            return None
        posts = self._user.rights.posts
        return Person(
            name=self._user.name,
            number=self._user.staff_no,
            post=str(posts[0].get_code_display()) if posts else "",
            branch=posts[0].branch.name if posts else "",
        )


def frame(request: HttpRequest) -> dict[str, Frame]:
    return {"frame": Frame(request)}
