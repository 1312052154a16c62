"""The overview of the book: figures, what moved since a date, the book cut by branch, product, line and industry.

Each number is made from the query behind its link. Cells are grouped in the database; here they are only added up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, Sum

from postloan.core.models import BusinessDate
from postloan.loans.models import NON_PERFORMING, Product
from postloan.organization.models import Branch, Line
from postloan.reporting.labels_industries import SECTIONS
from postloan.reporting.queries import cuts
from postloan.reporting.queries.book import LoanQuery, Tally, loans_of

BRANCH, PRODUCT, LINE, INDUSTRY = "branch", "product", "line", "industry"


def default_since(day: date) -> date | None:
    """The last night of an earlier month, which is what a month is compared with; else the first night there was."""
    closed = BusinessDate.objects.exclude(closed_at=None).filter(date__lt=day).order_by("-date")
    earlier = closed.filter(date__lt=day.replace(day=1)).values_list("date", flat=True).first()
    return earlier or closed.order_by("date").values_list("date", flat=True).first()


@dataclass(frozen=True)
class Moved:
    """What became overdue and what is no longer, since the night of a day, in one currency."""

    since: date
    new: Tally
    cured: Tally


def moved(base: LoanQuery, *, user: Any, since: date) -> Moved:
    """Loans settled since count as no longer overdue; so the list behind them shows those that are over, too."""
    new = base.also(moved=cuts.NEW, since=since)
    cured = base.also(moved=cuts.CURED, since=since, status="all")
    return Moved(since, tally(new, user=user), tally(cured, user=user))


def tally(query: LoanQuery, *, user: Any) -> Tally:
    row = loans_of(query, user=user).aggregate(
        loans=Count("pk"), balance=Sum("principal_balance"), customers=Count("customer", distinct=True)
    )
    return Tally(query, row["loans"], row["balance"] or Decimal(0), row["customers"])


@dataclass(frozen=True)
class Cut:
    """One part of the book: a branch with what lies below, a product, a line, an industry."""

    name: str
    whole: Tally
    overdue: Tally
    npl: Tally
    indent: int = 0

    def is_below(self, other: Cut) -> bool:
        mine, its = self.whole.query.branch, other.whole.query.branch
        return mine != its and bool(its) and mine.startswith(its)


OVERDUE = Q(overdue_since__isnull=False)
NPL = Q(class_floor__in=NON_PERFORMING)
SUMS = {
    "loans": Count("pk"),
    "balance": Sum("principal_balance"),
    "overdue_loans": Count("pk", filter=OVERDUE),
    "overdue_balance": Sum("principal_balance", filter=OVERDUE),
    "npl_loans": Count("pk", filter=NPL),
    "npl_balance": Sum("principal_balance", filter=NPL),
}


def _cut(name: str, query: LoanQuery, rows: Iterable[dict[str, Any]], *, indent: int = 0) -> Cut:
    chosen = list(rows)

    def part(prefix: str, part_query: LoanQuery) -> Tally:
        balance = sum((row[f"{prefix}balance"] or Decimal(0) for row in chosen), Decimal(0))
        return Tally(part_query, sum(row[f"{prefix}loans"] for row in chosen), balance)

    return Cut(
        name,
        part("", query),
        part("overdue_", query.also(band="overdue")),
        part("npl_", query.also(floor="npl")),
        indent,
    )


def cut(way: str, base: LoanQuery, *, user: Any) -> list[Cut]:
    """The book of one currency in parts, the largest first; branches as their tree stands, with what lies below."""
    column, names_of, code_of_none = WAYS[way]
    found = loans_of(base, user=user).order_by().annotate(part=column)
    rows = list(found.values("part").annotate(**SUMS))
    if way == BRANCH:
        return _branches(rows, base, user=user)
    names = names_of([row["part"] or "" for row in rows])
    made = [
        _cut(names[row["part"] or ""], base.also(**{way: row["part"] or code_of_none}), [row])
        for row in rows
        if row["part"] or code_of_none
    ]
    return sorted(made, key=lambda one: (-one.whole.balance, one.name))


def _branches(rows: list[dict[str, Any]], base: LoanQuery, *, user: Any) -> list[Cut]:
    """The branches that hold loans, and those above them as far as the reader's posts reach."""
    paths = {row["part"] for row in rows}
    reached = {pk for reach in user.rights.reaches for pk in reach.branch_ids}
    shown = [
        one
        for one in Branch.objects.order_by("path")
        if one.path.startswith(base.branch)
        and (
            one.path in paths
            or ((user.rights.sees_everything or one.pk in reached) and any(path.startswith(one.path) for path in paths))
        )
    ]
    return [
        _cut(
            one.name,
            base.also(branch=one.path),
            (row for row in rows if row["part"].startswith(one.path)),
            indent=sum(1 for other in shown if one.path != other.path and one.path.startswith(other.path)),
        )
        for one in shown
    ]


def _products(codes: list[str]) -> dict[str, str]:
    named = dict(Product.objects.filter(product_code__in=codes).values_list("product_code", "name"))
    return {code: named.get(code) or code for code in codes}


def _lines(codes: list[str]) -> dict[str, str]:
    names = {str(code): str(label) for code, label in Line.choices}
    return {code: names.get(code) or code for code in codes}


def _sections(codes: list[str]) -> dict[str, str]:
    return {code: str(SECTIONS.get(code or cuts.NO_INDUSTRY, code)) for code in codes}


# By what it is grouped, what its parts are called, and the code of loans that have none.
WAYS: dict[str, tuple[Any, Any, str]] = {
    BRANCH: (F("branch__path"), None, ""),
    PRODUCT: (F("loan__product_code"), _products, ""),
    LINE: (cuts.LINE, _lines, ""),
    INDUSTRY: (cuts.SECTION, _sections, cuts.NO_INDUSTRY),
}
