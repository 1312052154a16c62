"""What came in and went out on a customer's accounts, by month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncMonth

from postloan.customers.models import AccountEntry, Customer

MONTHS = 12
CREDIT, DEBIT = "credit", "debit"


@dataclass(frozen=True)
class Month:
    """A calendar month; its first day stands for it."""

    first: date
    inflow: Decimal
    outflow: Decimal
    entries: int

    @property
    def net(self) -> Decimal:
        return self.inflow - self.outflow


def flow_of(customer: Customer, *, until: date) -> list[Month]:
    """The last twelve months with entries from the first one delivered on; a month between without any is zero."""
    firsts = [until.replace(day=1)]
    while len(firsts) < MONTHS:
        firsts.append((firsts[-1] - timedelta(days=1)).replace(day=1))
    entries = AccountEntry.objects.filter(
        customer=customer, superseded_on=None, booked_on__gte=firsts[-1], booked_on__lte=until
    )
    rows = (
        entries.order_by()
        .annotate(month=TruncMonth("booked_on"))
        .values("month")
        .annotate(
            inflow=Sum("amount", filter=Q(direction=CREDIT)),
            outflow=Sum("amount", filter=Q(direction=DEBIT)),
            n=Count("pk"),
        )
    )
    found = {row["month"]: row for row in rows}
    if not found:
        return []
    first = min(found)
    return [_month(day, found.get(day, {})) for day in reversed(firsts) if day >= first]


def _month(first: date, row: dict) -> Month:
    return Month(first, row.get("inflow") or Decimal(0), row.get("outflow") or Decimal(0), row.get("n", 0))
