"""Customers in scope and what a customer's page shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Min, Q, QuerySet, Sum

from postloan.core.identifiers import mask_name
from postloan.customers.models import Customer, Responsibility
from postloan.loans.models import CLASS_ORDER, OFF_BOOK, LoanState
from postloan.reporting.queries import finding, sorting
from postloan.reporting.queries.book import states

PERSONAL = ("id_number", "phone", "address", "service_address")


def customers_of(values: dict[str, str], *, user: Any) -> QuerySet[Customer]:
    """The customers a query means. What they owe is read for those of a page only."""
    found = Customer.objects.visible_to(user).counted().select_related("branch", "group").defer(*PERSONAL)
    if values.get("q"):
        found = found.filter(finding.customers_named(values["q"]))
    if values.get("branch"):
        found = found.filter(branch__path__startswith=values["branch"])
    if values.get("kind"):
        found = found.filter(kind=values["kind"])
    if values.get("overdue"):
        found = found.filter(pk__in=_in_books().filter(overdue_since__isnull=False).values("customer"))
    if values.get("manager"):
        found = found.filter(pk__in=_held_by(int(values["manager"]), values.get("role", "")).values("customer"))
    return found


def _held_by(manager: int, role: str) -> QuerySet[Responsibility]:
    """What somebody answers for now, on whatever line, as A or B or either."""
    held = Responsibility.objects.filter(staff=manager, valid_to=None)
    return held.filter(role=role) if role else held


def _in_books() -> QuerySet[LoanState]:
    return LoanState.objects.now().exclude(status__in=OFF_BOOK)


DEFAULT_SORT = sorting.CUSTOMER_DEFAULT


def sorted_by(found: QuerySet[Customer], sort: str, *, currency: str) -> QuerySet[Customer]:
    """In the order a column head asks for; amounts in the bank's currency."""
    return sorting.customers_by(found, sort, in_books=_in_books(), currency=currency)


@dataclass
class Exposure:
    """What a customer owes by its open states, per currency."""

    loans: int = 0
    balances: dict[str, Decimal] = field(default_factory=dict)
    overdue_since: date | None = None
    floor: str = ""


def exposures(ids: Iterable[int]) -> dict[int, Exposure]:
    """For the customers of one page; whoever sees a customer sees all its loans."""
    found: dict[int, Exposure] = defaultdict(Exposure)
    rows = (
        _in_books()
        .filter(customer__in=list(ids))
        .order_by()
        .values("customer_id", "currency", "class_floor")
        .annotate(loans=Count("pk"), balance=Sum("principal_balance"), oldest=Min("overdue_since"))
    )
    for row in rows:
        one = found[row["customer_id"]]
        one.loans += row["loans"]
        one.balances[row["currency"]] = one.balances.get(row["currency"], Decimal(0)) + row["balance"]
        one.overdue_since = min(filter(None, [one.overdue_since, row["oldest"]]), default=None)
        one.floor = worse(one.floor, row["class_floor"])
    return found


def worse(one: str, other: str) -> str:
    """The worse of two of the five classes; an empty one is no class."""
    return max(filter(None, [one, other]), key=CLASS_ORDER.index, default="")


@dataclass(frozen=True)
class Arrears:
    """What a customer owes in one currency."""

    currency: str
    loans: int
    balance: Decimal
    overdue_principal: Decimal
    overdue_interest: Decimal | None
    unknown_interest: int

    @property
    def overdue(self) -> Decimal:
        return self.overdue_principal + (self.overdue_interest or Decimal(0))


def arrears_of(customer: Customer, *, user: Any) -> list[Arrears]:
    """Balances and arrears per currency. Loans whose interest is not known are counted, not taken for zero."""
    rows = (
        states(user)
        .filter(customer=customer)
        .exclude(status__in=OFF_BOOK)
        .order_by()
        .values("currency")
        .annotate(
            loans=Count("pk"),
            balance=Sum("principal_balance"),
            principal=Sum("overdue_principal"),
            interest=Sum("overdue_interest"),
            unknown=Count("pk", filter=Q(overdue_interest=None)),
        )
        .order_by("-loans", "currency")
    )
    return [
        Arrears(row["currency"], row["loans"], row["balance"], row["principal"], row["interest"], row["unknown"])
        for row in rows
    ]


def responsibilities_of(customer: Customer) -> QuerySet[Responsibility]:
    """Who is and was responsible, the present first."""
    return customer.responsibilities.select_related("staff").order_by(
        F("valid_to").desc(nulls_first=True), "-valid_from", "line", "role"
    )


def visible_ids(ids: Iterable[int | None], *, user: Any) -> frozenset[int]:
    """Which of these customers a person may open."""
    wanted = {pk for pk in ids if pk is not None}
    if not wanted:
        return frozenset()
    return frozenset(Customer.objects.visible_to(user).filter(pk__in=wanted).values_list("pk", flat=True))


@dataclass(frozen=True)
class Party:
    """Somebody named on another's page. Out of scope: the number and a masked name only."""

    number: str
    name: str
    customer_id: int | None


def party(*, customer_id: int | None, number: str, name: str, seen: frozenset[int]) -> Party:
    if customer_id is None:
        return Party(number, name, None)
    if customer_id in seen:
        return Party(number, name, customer_id)
    return Party(number, mask_name(name), None)
