"""The book as it stood after the last night that ended: figures, and the loans behind each of them.

Each figure and the list behind it are made from the same `LoanQuery`, so they cannot count different rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet, Sum
from django.urls import reverse

from postloan.core import business_date
from postloan.loans.models import NON_PERFORMING, OFF_BOOK, Band, FiveLevelClass, LoanState
from postloan.reporting.queries import cuts, finding, sorting

MATURING_DAYS = 90
WEEKS_AHEAD = 13


@dataclass(frozen=True)
class LoanQuery:
    """A set of loans as a page, an address and a figure all mean it. Empty means: does not matter.

    `industry` is a section of GB/T 4754, `none` where none is known. `moved` is `new` for loans overdue now and not
    at the end of `since`, `cured` the other way round. `missed` is `in_a_row`, `in_all` or `either`, by the bank's
    parameters, `unknown` where it cannot be said. `manager` is a staff id, `nobody` where nobody is responsible.
    """

    q: str = ""
    branch: str = ""
    band: str = ""
    floor: str = ""
    status: str = ""
    currency: str = ""
    customer: str = ""
    matures_from: str = ""
    matures_by: str = ""
    product: str = ""
    line: str = ""
    industry: str = ""
    manager: str = ""
    moved: str = ""
    since: str = ""
    missed: str = ""

    def href(self) -> str:
        given = {item.name: getattr(self, item.name) for item in fields(self) if getattr(self, item.name)}
        # Without any condition it says so: a list that is opened plainly applies the reader's own default.
        return f"{reverse('reporting:loans')}?{urlencode(given) or 'all=1'}"

    def also(self, **changes: Any) -> LoanQuery:
        return replace(self, **{name: str(value) for name, value in changes.items()})


def as_of() -> date | None:
    """The last night that ended; what the states say, they say of this date."""
    return business_date.last_closed()


def states(user: Any) -> QuerySet[LoanState]:
    return LoanState.objects.now().visible_to(user)


def loans_of(query: LoanQuery, *, user: Any) -> QuerySet[LoanState]:
    """The open states of exactly the loans a query means."""
    found = states(user).filter(_by_status(query.status))
    for condition in _conditions(query):
        found = found.filter(condition)
    return found


def _by_status(status: str) -> Q:
    if status == "all":
        return Q()
    return Q(status=status) if status else ~Q(status__in=OFF_BOOK)


def _conditions(query: LoanQuery) -> Iterable[Q]:
    if query.q:
        yield finding.loans_meant(query.q)
    if query.branch:
        yield Q(branch__path__startswith=query.branch)
    if query.band:
        yield _by_band(query.band)
    if query.floor:
        yield Q(class_floor__in=NON_PERFORMING) if query.floor == "npl" else Q(class_floor=query.floor)
    if query.currency:
        yield Q(currency=query.currency)
    if query.customer:
        yield Q(customer_id=query.customer)
    if query.matures_from:
        yield Q(matures_on__gte=query.matures_from)
    if query.matures_by:
        yield Q(matures_on__lte=query.matures_by)
    yield from cuts.conditions(query)


def _by_band(band: str) -> Q:
    if band == Band.CURRENT:
        return Q(band=band)
    # Said twice for a band: few loans are overdue, and an index knows which.
    overdue = Q(overdue_since__isnull=False)
    return overdue if band == "overdue" else overdue & Q(band=band)


@dataclass(frozen=True)
class Tally:
    """How many loans, and their balance, with the query that means exactly these."""

    query: LoanQuery
    loans: int
    balance: Decimal
    customers: int = 0

    @property
    def href(self) -> str:
        return self.query.href()


@dataclass(frozen=True)
class Figures:
    """The first figures of the book, in one currency."""

    currency: str
    book: Tally
    overdue: Tally
    non_performing: Tally
    maturing: Tally
    bands: list[tuple[int, Tally]] = field(default_factory=list)
    floors: list[tuple[str, Tally]] = field(default_factory=list)

    @property
    def overdue_bands(self) -> list[tuple[int, Tally]]:
        return [(step, tally) for step, tally in self.bands if step]


def figures(*, user: Any, day: date, base: LoanQuery | None = None) -> list[Figures]:
    """One set of figures a currency, the one with most loans first: bands and floors from one look at the book."""
    base = base or LoanQuery()
    found = loans_of(base, user=user).order_by()
    cells = found.values("currency", "band", "class_floor").annotate(
        loans=Count("pk"), balance=Sum("principal_balance")
    )
    by_currency: dict[str, list[dict[str, Any]]] = {}
    for cell in cells:
        by_currency.setdefault(cell["currency"], []).append(cell)
    customers = {row["currency"]: row for row in found.values("currency").annotate(**_CUSTOMERS)}
    until = day + timedelta(days=MATURING_DAYS)
    maturing = base.also(matures_from=day.isoformat(), matures_by=until.isoformat())
    ahead = loans_of(maturing, user=user).order_by().values("currency")
    soon = {row.pop("currency"): row for row in ahead.annotate(**_TALLY)}
    ordered = sorted(by_currency.items(), key=lambda item: (-sum(cell["loans"] for cell in item[1]), item[0]))
    return [
        _figures(currency, some, customers[currency], soon.get(currency), base, maturing) for currency, some in ordered
    ]


_CUSTOMERS = {
    "book": Count("customer", distinct=True),
    "overdue": Count("customer", filter=Q(overdue_since__isnull=False), distinct=True),
    "npl": Count("customer", filter=Q(class_floor__in=NON_PERFORMING), distinct=True),
}
_TALLY = {
    "loans": Count("pk"),
    "balance": Sum("principal_balance"),
    "customers": Count("customer", distinct=True),
}


def _figures(
    currency: str, cells: list[dict], customers: dict[str, int], soon: dict | None, base: LoanQuery, maturing: LoanQuery
) -> Figures:
    base, maturing = base.also(currency=currency), maturing.also(currency=currency)

    def of(query: LoanQuery, some: Iterable[dict], people: int = 0) -> Tally:
        chosen = list(some)
        balance = sum((cell["balance"] for cell in chosen), Decimal(0))
        return Tally(query, sum(cell["loans"] for cell in chosen), balance, people)

    late = [cell for cell in cells if cell["band"] != Band.CURRENT]
    npl = [cell for cell in cells if cell["class_floor"] in NON_PERFORMING]
    ahead = (
        Tally(maturing, soon["loans"], soon["balance"], soon["customers"]) if soon else Tally(maturing, 0, Decimal(0))
    )
    return Figures(
        currency=currency,
        book=of(base, cells, customers["book"]),
        overdue=of(base.also(band="overdue"), late, customers["overdue"]),
        non_performing=of(base.also(floor="npl"), npl, customers["npl"]),
        maturing=ahead,
        bands=[
            (step, of(base.also(band=code), (cell for cell in cells if cell["band"] == code)))
            for step, code in enumerate(Band.values)
        ],
        floors=[
            (code, of(base.also(floor=code), (cell for cell in cells if cell["class_floor"] == code)))
            for code in FiveLevelClass.values
        ],
    )


def maturities_ahead(*, user: Any, day: date, currency: str, base: LoanQuery | None = None) -> list[tuple[date, Tally]]:
    """What matures in each of the coming weeks, the first beginning today."""
    base = (base or LoanQuery()).also(currency=currency)
    last = day + timedelta(weeks=WEEKS_AHEAD) - timedelta(days=1)
    found = loans_of(base.also(matures_from=day.isoformat(), matures_by=last.isoformat()), user=user)
    by_day = found.order_by().values("matures_on").annotate(loans=Count("pk"), balance=Sum("principal_balance"))
    loans, balance = [0] * WEEKS_AHEAD, [Decimal(0)] * WEEKS_AHEAD
    for row in by_day:
        week = (row["matures_on"] - day).days // 7
        loans[week] += row["loans"]
        balance[week] += row["balance"]
    starts = [day + timedelta(weeks=week) for week in range(WEEKS_AHEAD)]
    return [(start, Tally(_week(base, start), loans[week], balance[week])) for week, start in enumerate(starts)]


def _week(base: LoanQuery, start: date) -> LoanQuery:
    end = start + timedelta(days=6)
    return base.also(matures_from=start.isoformat(), matures_by=end.isoformat())


DEFAULT_SORT = sorting.LOAN_DEFAULT


def sorted_by(found: QuerySet[LoanState], sort: str) -> QuerySet[LoanState]:
    """In the order a column head asks for."""
    return sorting.loans_by(found, sort)


def with_names(found: QuerySet[LoanState]) -> QuerySet[LoanState]:
    """What a list shows of each loan, without reading personal data."""
    return found.select_related("loan__product", "customer", "branch", "manager").defer(
        "customer__id_number", "customer__phone", "customer__address", "customer__service_address"
    )
