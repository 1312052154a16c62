"""How many loans a query finds and what they add up to, counted to a limit: a head office has the whole book."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Min, Q, QuerySet, Sum

from postloan.loans.models import LoanState

MOST_CURRENCIES = 40


@dataclass(frozen=True)
class Total:
    currency: str
    loans: int
    balance: Decimal
    overdue: Decimal


@dataclass(frozen=True)
class Totals:
    """`reach` counts all currencies; `rows` is empty where there is more than was counted: a part is no total."""

    reach: int
    is_cut: bool
    rows: tuple[Total, ...]


def currencies_of_the_book() -> list[str]:
    """The currencies of the bank's open loans, by as many steps along their index as there are currencies."""
    found: list[str] = []
    states = LoanState.objects.now().order_by()
    for _step in range(MOST_CURRENCIES):
        beyond = states.filter(currency__gt=found[-1]) if found else states
        following = beyond.aggregate(first=Min("currency"))["first"]
        if following is None:
            break
        found.append(following)
    return found


def totals_of(found: QuerySet[LoanState], *, currencies: list[str], most: int | None) -> Totals:
    """One question. Without `most` everything is counted, however long that takes."""
    # Under other names: a sum over the columns themselves would be one over the table, not over what was cut.
    rows = found.order_by().annotate(
        in_currency=F("currency"), owed=F("principal_balance"), late=F("overdue_principal")
    ).values("pk", "in_currency", "owed", "late")  # fmt: skip
    if most is not None:
        rows = rows[: most + 1]
    wanted: dict[str, Any] = {"reach": Count("pk")}
    for number, currency in enumerate(currencies):
        mine = Q(in_currency=currency)
        wanted[f"loans_{number}"] = Count("pk", filter=mine)
        wanted[f"balance_{number}"] = Sum("owed", filter=mine)
        wanted[f"overdue_{number}"] = Sum("late", filter=mine)
    row = rows.aggregate(**wanted)
    is_cut = most is not None and row["reach"] > most
    totals = [
        Total(currency, row[f"loans_{number}"], row[f"balance_{number}"], row[f"overdue_{number}"])
        for number, currency in enumerate(currencies)
        if row[f"loans_{number}"]
    ]
    totals.sort(key=lambda total: (-total.loans, total.currency))
    return Totals(row["reach"], is_cut, () if is_cut else tuple(totals))
