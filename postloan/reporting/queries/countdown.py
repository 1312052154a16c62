"""The countdown: which floors get worse when, if nobody pays; what stops it; the coming month-end against today.

Each figure and the list behind it are made from the same `CountdownQuery`, so they cannot count different rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import Case, CharField, Count, F, Min, Q, QuerySet, Sum, Value, When, Window
from django.db.models.functions import RowNumber
from django.urls import reverse

from postloan.classification.forecast import forecast_date
from postloan.classification.rules import CREDIT_CARD, Thresholds, thresholds_on
from postloan.core.models import Parameter
from postloan.loans.models import CLASS_ORDER, NON_PERFORMING, FiveLevelClass, LoanState
from postloan.reporting.queries import book
from postloan.reporting.queries.book import LoanQuery

OVERDUE, COMING, ANY = "overdue", "coming", "any"
PERFORMING = "performing"
SOON_DAYS = (10, 30)
C = "loan__countdown__"


@dataclass(frozen=True)
class CountdownQuery:
    """A set of loans as the countdown, an address and a figure all mean it. Empty means: does not matter.

    `start` is `overdue` for loans overdue now, `coming` for those that fall due, `any` for both. `by` is the last day
    on which the next floor begins. `floor` is the one today, `performing` for the two best; `next` is the next one.
    `becomes` is the floor on the day `on` if loans overdue now stay unpaid, with `start=any` if nobody pays at all.
    """

    start: str = OVERDUE
    q: str = ""
    branch: str = ""
    line: str = ""
    floor: str = ""
    next: str = ""
    by: str = ""
    on: str = ""
    becomes: str = ""
    currency: str = ""
    customer: str = ""
    manager: str = ""

    def href(self, name: str = "reporting:countdown") -> str:
        given = {item.name: getattr(self, item.name) for item in fields(self) if getattr(self, item.name)}
        return f"{reverse(name)}?{urlencode(given)}"

    def of_loans(self) -> LoanQuery:
        """The part of it that the list of loans knows, too."""
        shared = ("q", "branch", "line", "currency", "customer", "manager")
        return LoanQuery(**{name: getattr(self, name) for name in shared})

    def also(self, **changes: Any) -> CountdownQuery:
        return replace(self, **{name: str(value) for name, value in changes.items()})


def loans_of(query: CountdownQuery, *, user: Any) -> QuerySet[LoanState]:
    """The states of exactly the loans a query means: those with a next floor, or all that stand in one on a day."""
    found = book.loans_of(query.of_loans(), user=user)
    for condition in _conditions(query):
        found = found.filter(condition)
    if query.on and query.becomes:
        return _becoming(found, query)
    return found.filter(**{f"{C}next_floor_on__isnull": False})


def _conditions(query: CountdownQuery) -> Iterable[Q]:
    if query.floor:
        yield ~Q(class_floor__in=NON_PERFORMING) if query.floor == PERFORMING else Q(class_floor=query.floor)
    if query.start in (OVERDUE, COMING) and not query.becomes:
        yield Q(overdue_since__isnull=query.start == COMING)
    if query.next:
        yield Q(**{f"{C}next_floor__in": NON_PERFORMING if query.next == "npl" else [FiveLevelClass(query.next)]})
    if query.by:
        yield Q(**{f"{C}next_floor_on__lte": query.by})


def _becoming(found: QuerySet[LoanState], query: CountdownQuery) -> QuerySet[LoanState]:
    codes = NON_PERFORMING if query.becomes == "npl" else [FiveLevelClass(query.becomes)]
    day = book.as_of()
    found = found.alias(then=floor_then(date.fromisoformat(query.on), thresholds_on(day) if day else Thresholds()))
    if query.start == ANY:
        return found.filter(then__in=codes)
    late = Q(overdue_since__isnull=False)
    return found.filter((late & Q(then__in=codes)) | (~late & Q(class_floor__in=codes)))


def floor_then(day: date, thresholds: Thresholds) -> Case:
    """The floor on a day if nobody pays, as `classification.forecast.floor_on` has it."""
    whens = []
    for prefix, is_card in (("card_", True), ("", False)):
        method = Q(**{f"{C}class_method": CREDIT_CARD}) if is_card else Q()
        for code in reversed(CLASS_ORDER[1:]):
            since = day - timedelta(days=getattr(thresholds, prefix + code))
            whens.append(When(method & Q(**{f"{C}overdue_from__lte": since}), then=Value(code)))
        if is_card:
            whens.append(When(method, then=Value(CLASS_ORDER[0])))
    return Case(*whens, default=Value(CLASS_ORDER[0]), output_field=CharField())


def sorted_by_date(found: QuerySet[LoanState]) -> QuerySet[LoanState]:
    return found.order_by(F(f"{C}next_floor_on").asc(nulls_last=True), "-principal_balance", "loan_id")


# ── figures ───────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Tally:
    query: CountdownQuery | LoanQuery
    loans: int = 0
    balance: Decimal = Decimal(0)

    @property
    def href(self) -> str:
        return self.query.href()


@dataclass(frozen=True)
class Change:
    """One floor today, and at the month-end if nobody pays; `everybody` is None where it was not asked."""

    code: str
    today: Tally
    late: Tally
    everybody: Tally | None

    @property
    def moved(self) -> Decimal:
        return self.late.balance - self.today.balance


@dataclass(frozen=True)
class Outlook:
    """The coming month-end against today in one currency: if loans overdue stay unpaid, and if nobody pays at all."""

    currency: str
    month_end: date
    rows: list[Change]
    soon: list[tuple[int, Tally]]
    into_npl: Tally
    coming: Tally | None


def outlooks(*, user: Any, day: date, base: CountdownQuery | None = None, everybody: bool = True) -> list[Outlook]:
    """An outlook a currency, the one with most loans first.

    Without `everybody` only loans overdue are forecast, which are few: what they become is all that differs from
    today then, and the countdown of the others is not read.
    """
    base = base or CountdownQuery()
    end = forecast_date(day)
    found = book.loans_of(base.of_loans(), user=user).order_by()
    rows = _forecast(found if everybody else found.filter(overdue_since__isnull=False), day, end)
    if not everybody:
        rows += _as_they_are(found.filter(overdue_since=None))
    by_currency: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_currency.setdefault(row["currency"], []).append(row)
    ordered = sorted(by_currency.items(), key=lambda item: (-sum(row["loans"] for row in item[1]), item[0]))
    return [_outlook(base.also(currency=currency), some, day, end, everybody) for currency, some in ordered]


def _forecast(found: QuerySet[LoanState], day: date, end: date) -> list[dict[str, Any]]:
    """Cells of the book by floor today and at the month-end, and what of each gets worse soon."""
    soon: dict[str, Any] = {}
    for n in SOON_DAYS:
        begins = _begins_by(day + timedelta(days=n))
        soon[f"soon_{n}"] = Count("pk", filter=begins)
        soon[f"soon_{n}_sum"] = Sum("principal_balance", filter=begins)
    late = Case(When(overdue_since=None, then=Value(0)), default=Value(1))
    annotated = found.annotate(then=floor_then(end, thresholds_on(day)), late=late)
    cells = annotated.values("currency", "class_floor", "then", "late")
    return list(cells.annotate(loans=Count("pk"), balance=Sum("principal_balance"), **soon))


def _as_they_are(found: QuerySet[LoanState]) -> list[dict[str, Any]]:
    """The same cells for loans that are not forecast: they stay where they are."""
    cells = found.values("currency", "class_floor").annotate(loans=Count("pk"), balance=Sum("principal_balance"))
    return [cell | {"then": cell["class_floor"], "late": 0} for cell in cells]


def _begins_by(day: date) -> Q:
    return Q(**{f"{C}next_floor_on__lte": day})


def _outlook(base: CountdownQuery, rows: list[dict[str, Any]], day: date, end: date, everybody: bool) -> Outlook:
    def tally(
        query: CountdownQuery | LoanQuery, some: Iterable[dict], loans: str = "loans", balance: str = "balance"
    ) -> Tally:
        chosen = list(some)
        total = sum((row[balance] or Decimal(0) for row in chosen), Decimal(0))
        return Tally(query, sum(row[loans] for row in chosen), total)

    late = [row for row in rows if row["late"]]
    loans = base.of_loans()
    now = base.also(start=OVERDUE, on=end)
    changes = [
        Change(
            code,
            today=tally(loans.also(floor=code), (row for row in rows if row["class_floor"] == code)),
            late=tally(
                now.also(becomes=code), (row for row in rows if row["then" if row["late"] else "class_floor"] == code)
            ),
            everybody=tally(now.also(becomes=code, start=ANY), (row for row in rows if row["then"] == code))
            if everybody
            else None,
        )
        for code in CLASS_ORDER
    ]
    begins = [
        (n, tally(base.also(start=OVERDUE, by=day + timedelta(days=n)), late, f"soon_{n}", f"soon_{n}_sum"))
        for n in SOON_DAYS
    ]
    falling = (row for row in late if row["class_floor"] not in NON_PERFORMING and row["then"] in NON_PERFORMING)
    first = SOON_DAYS[0]
    due = base.also(start=COMING, by=day + timedelta(days=first))
    others = (row for row in rows if not row["late"])
    coming = tally(due, others, f"soon_{first}", f"soon_{first}_sum") if everybody else None
    into = now.also(becomes="npl", floor=PERFORMING)
    return Outlook(base.currency, end, changes, begins, tally(into, falling), coming)


# ── rows ──────────────────────────────────────────────────────────────────────────────────────────────────


# Summed each for itself: what is not known of the interest takes nothing from the principal.
STOPS = {"stop_principal": Sum(f"{C}stop_principal"), "stop_interest": Sum(f"{C}stop_interest")}


def stop_of(row: dict[str, Any]) -> Decimal:
    return (row["stop_principal"] or Decimal(0)) + (row["stop_interest"] or Decimal(0))


def by_customer(found: QuerySet[LoanState]) -> QuerySet:
    """A customer and currency a row, the nearest first."""
    return (
        found.order_by()
        .values("customer_id", "currency")
        .annotate(
            first_on=Min(f"{C}next_floor_on"),
            loans=Count("pk"),
            balance=Sum("principal_balance"),
            **STOPS,
            unknown=Count("pk", filter=Q(**{f"{C}stop_interest": None})),
        )
        .order_by("first_on", "-balance", "customer_id", "currency")
    )


def by_branch(found: QuerySet[LoanState], *, day: date) -> list[dict[str, Any]]:
    """A branch and currency a row: what moves in ten and thirty days, and what stops all of it."""
    wanted: dict[str, Any] = {}
    for days in SOON_DAYS:
        moves = _begins_by(day + timedelta(days=days))
        wanted[f"loans_{days}"] = Count("pk", filter=moves)
        wanted[f"balance_{days}"] = Sum("principal_balance", filter=moves)
    return list(
        found.order_by()
        .values("branch__path", "currency")
        .annotate(
            first_on=Min(f"{C}next_floor_on"),
            loans=Count("pk"),
            balance=Sum("principal_balance"),
            **STOPS,
            unknown=Count("pk", filter=Q(**{f"{C}stop_interest": None})),
            nobody=Count("pk", filter=Q(manager=None)),
            **wanted,
        )
    )


def nearest_by_branch(found: QuerySet[LoanState]) -> list[LoanState]:
    """Of each branch and currency the loan whose floor gets worse first."""
    order = [F(f"{C}next_floor_on").asc(nulls_last=True), F("principal_balance").desc(), F("loan_id").asc()]
    place = Window(RowNumber(), partition_by=[F("branch"), F("currency")], order_by=order)
    first = found.order_by().annotate(place=place).filter(place=1)
    return sorted(first.select_related("loan__countdown", "manager", "branch"), key=_nearness)


def _nearness(state: LoanState) -> tuple[date, Decimal, int]:
    one = getattr(state.loan, "countdown", None)
    begins = one.next_floor_on if one else None
    return begins or date.max, -state.principal_balance, state.loan_id


def changes_ahead(day: date) -> date | None:
    """The first day after a night from which other thresholds are approved; forecasts beyond it use today's."""
    found = Parameter.objects.filter(
        key__startswith="classification.", valid_from__gt=day, approved_by__isnull=False
    ).order_by("valid_from")
    return found.values_list("valid_from", flat=True).first()
