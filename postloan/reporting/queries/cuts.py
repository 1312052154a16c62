"""Ways to cut the book: product, line, industry, manager, what moved since a date, what missed instalments."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Coalesce, NullIf, Substr

from postloan.core import business_date, parameters
from postloan.loans.models import LoanState
from postloan.loans.querysets import LoanStateQuerySet

# What a section is called where core banking names no industry, as with most people.
NO_INDUSTRY = "none"
NOBODY = "nobody"
NEW, CURED = "new", "cured"
IN_A_ROW, IN_ALL, EITHER, UNKNOWN = "in_a_row", "in_all", "either", "unknown"
MISSED = {IN_A_ROW: "loans.missed_in_a_row", IN_ALL: "loans.missed_in_all"}

# The line somebody is responsible for: the product's, else the customer's main line; as the night has it.
LINE = Coalesce(NullIf(F("loan__product__line"), Value("")), F("customer__main_line"))
SECTION = Substr("customer__industry_code", 1, 1)


def conditions(query: Any) -> Iterable[Q]:
    """The conditions of a `LoanQuery` that cut the book; each one is also what a figure is grouped by."""
    if query.product:
        yield Q(loan__product_code=query.product)
    if query.line:
        yield of_line(query.line)
    if query.industry:
        is_none = query.industry == NO_INDUSTRY
        yield Q(customer__industry_code="") if is_none else Q(customer__industry_code__startswith=query.industry)
    if query.manager:
        yield Q(manager=None) if query.manager == NOBODY else Q(manager_id=query.manager)
    if query.moved and query.since:
        yield _moved(query.moved, date.fromisoformat(query.since))
    if query.missed:
        yield missed(query.missed)


def of_line(line: str) -> Q:
    return Q(loan__product__line=line) | Q(_WITHOUT_LINE, customer__main_line=line)


_WITHOUT_LINE = Q(loan__product=None) | Q(loan__product__line="")


def _moved(way: str, since: date) -> Q:
    before = overdue_then(since).filter(loan=OuterRef("loan"))
    if way == CURED:
        # Who was overdue and is not has an interval that ended since.
        return Q(Exists(before.filter(valid_to__isnull=False)), overdue_since=None)
    return Q(~Exists(before), overdue_since__isnull=False)


def overdue_then(day: date) -> LoanStateQuerySet:
    """The states overdue after the night of a day, or after the last one before it."""
    return LoanState.objects.as_of(day).overdue()


def missed(way: str) -> Q:
    """Three in a row, six in all, as the bank's parameters have it."""
    if way == UNKNOWN:
        return Q(missed_in_all=None)
    limits = parameters.values(*MISSED.values(), on=business_date.last_closed())
    in_a_row = Q(missed_in_a_row__gte=limits[MISSED[IN_A_ROW]])
    in_all = Q(missed_in_all__gte=limits[MISSED[IN_ALL]])
    return {IN_A_ROW: in_a_row, IN_ALL: in_all}.get(way, in_a_row | in_all)
