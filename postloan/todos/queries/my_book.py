"""A person's book in figures, and what matures of it in the coming weeks; each a link to exactly these loans."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import Case, Count, Q, QuerySet, Sum, When
from django.urls import NoReverseMatch, reverse

from postloan.customers.models import Responsibility, Role
from postloan.loans.models import NON_PERFORMING, OFF_BOOK, LoanState

# The same rows as the list of loans shows for these addresses; a test holds the two together.
MATURING_DAYS = 90
WEEKS = 13


@dataclass(frozen=True)
class Tally:
    href: str
    loans: int
    customers: int
    balance: Decimal


@dataclass(frozen=True)
class Book:
    """The figures of one currency."""

    currency: str
    all: Tally
    overdue: Tally
    non_performing: Tally
    maturing: Tally
    plans_owed: int


def _states(user: Any) -> QuerySet[LoanState]:
    return LoanState.objects.now().visible_to(user).exclude(status__in=OFF_BOOK).order_by()


def _href(**given: Any) -> str:
    try:
        return f"{reverse('reporting:loans')}?{urlencode(given)}"
    except NoReverseMatch:
        return ""


# Whether the loan of a state owes a plan for its maturity: the app that keeps the plans says so.
_owes_plan: list[Callable[[date], Q]] = []


def plans_are_known_by(owes_plan: Callable[[date], Q]) -> None:
    """Names the condition, on states of loans and for a business date, under which a plan is owed."""
    _owes_plan[:] = [owes_plan]


def _owing(day: date) -> Q:
    return _owes_plan[0](day) if _owes_plan else Q(pk__in=[])


def books(user: Any, day: date) -> list[Book]:
    """One set of figures a currency, the one with most loans first. `day` is the last night's."""
    until = day + timedelta(days=MATURING_DAYS)
    maturing = Q(matures_on__range=(day, until))
    conditions = {
        "all": Q(),
        "overdue": Q(overdue_since__isnull=False),
        "npl": Q(class_floor__in=NON_PERFORMING),
        "maturing": maturing,
    }
    wanted: dict[str, Any] = {"owed": Count("pk", filter=maturing & _owing(day))}
    for name, condition in conditions.items():
        wanted[f"{name}_loans"] = Count("pk", filter=condition)
        wanted[f"{name}_customers"] = Count("customer", filter=condition, distinct=True)
        wanted[f"{name}_balance"] = Sum("principal_balance", filter=condition)
    rows = _states(user).values("currency").annotate(**wanted).order_by("-all_loans", "currency")
    return [_book(row, day, until) for row in rows]


def _book(row: dict[str, Any], day: date, until: date) -> Book:
    currency = row["currency"]

    def tally(name: str, **query: Any) -> Tally:
        balance = row[f"{name}_balance"] or Decimal(0)
        return Tally(_href(currency=currency, **query), row[f"{name}_loans"], row[f"{name}_customers"], balance)

    return Book(
        currency=currency,
        all=tally("all"),
        overdue=tally("overdue", band="overdue"),
        non_performing=tally("npl", floor="npl"),
        maturing=tally("maturing", matures_from=day.isoformat(), matures_by=until.isoformat()),
        plans_owed=row["owed"],
    )


@dataclass(frozen=True)
class Week:
    """What matures in seven days from `start`, and how much of it still lacks a plan that is owed."""

    start: date
    href: str
    loans: int = 0
    balance: Decimal = Decimal(0)
    without_plan: Decimal = Decimal(0)

    @property
    def rest(self) -> Decimal:
        return self.balance - self.without_plan


def weeks_ahead(user: Any, day: date, currency: str) -> list[Week]:
    """Thirteen weeks, the first beginning on `day`."""
    last = day + timedelta(weeks=WEEKS) - timedelta(days=1)
    rows = (
        _states(user)
        .filter(currency=currency, matures_on__range=(day, last))
        .annotate(owes=Case(When(_owing(day), then=True), default=False))
        .values_list("matures_on", "owes")
        .annotate(loans=Count("pk"), balance=Sum("principal_balance"))
    )
    loans, balance, without = [0] * WEEKS, [Decimal(0)] * WEEKS, [Decimal(0)] * WEEKS
    for matures_on, owes, count, amount in rows:
        week = (matures_on - day).days // 7
        loans[week] += count
        balance[week] += amount
        without[week] += amount if owes else 0
    weeks = []
    for n in range(WEEKS):
        start = day + timedelta(weeks=n)
        end = start + timedelta(days=6)
        href = _href(currency=currency, matures_from=start.isoformat(), matures_by=end.isoformat())
        weeks.append(Week(start, href, loans[n], balance[n], without[n]))
    return weeks


def customers_of(user: Any, day: date) -> dict[str, int]:
    """How many customers a person is responsible for (A), and for how many the stand-in manager (B)."""
    rows = (
        Responsibility.objects.on(day)
        .filter(staff=user)
        .order_by()
        .values_list("role")
        .annotate(n=Count("customer", distinct=True))
    )
    return {Role(role).value: n for role, n in rows}
