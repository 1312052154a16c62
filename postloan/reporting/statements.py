"""Statements as people read them: items down, periods across, the change on the year, and ratios below."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from postloan.customers.models import FinancialStatementItem
from postloan.reporting.labels import label
from postloan.reporting.labels_statements import STATEMENT_ITEMS

PERIODS_SHOWN = 6
Items = dict[str, Decimal]


@dataclass(frozen=True)
class Row:
    """A figure over the periods; `change` is that of the newest on the same period of the year before."""

    name: str
    values: list[Decimal | None]
    change: Decimal | None


@dataclass
class Table:
    """The statements of one kind and scope, the newest period first. Changes of items are in percent, of ratios in
    points of their own unit.
    """

    kind: str
    scope: str
    periods: list[date] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    ratios: list[Row] = field(default_factory=list)


def tables(items: list[FinancialStatementItem]) -> list[Table]:
    found: dict[tuple[str, str], dict[date, Items]] = {}
    for item in items:
        periods = found.setdefault((item.period_kind, item.scope), {})
        periods.setdefault(item.period_end, {})[item.item] = item.value
    return [_table(kind, scope, periods) for (kind, scope), periods in found.items()]


def _table(kind: str, scope: str, periods: dict[date, Items]) -> Table:
    shown = sorted(periods, reverse=True)[:PERIODS_SHOWN]
    present = {item for period in shown for item in periods[period]}
    order = [item for item in STATEMENT_ITEMS if item in present]
    order += sorted(present.difference(STATEMENT_ITEMS))
    latest, before = periods[shown[0]], periods.get(year_before(shown[0]), {})
    rows = [
        Row(
            label(STATEMENT_ITEMS, item),
            [periods[period].get(item) for period in shown],
            growth(latest.get(item), before.get(item)),
        )
        for item in order
    ]
    ratios = [ratio.row([periods[period] for period in shown], before) for ratio in RATIOS]
    known = [row for row in ratios if any(value is not None for value in row.values)]
    return Table(kind, scope, shown, rows, known)


def year_before(day: date) -> date:
    """The same period a year earlier; the end of February stays the end of February."""
    is_leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 1, day=28 if is_leap_day else day.day)


def growth(now: Decimal | None, before: Decimal | None) -> Decimal | None:
    """In percent of the former value; None where there is none or it is zero or negative."""
    if now is None or before is None or before <= 0:
        return None
    return ((now - before) * 100 / before).quantize(Decimal("0.1"))


def difference(now: Decimal | None, before: Decimal | None) -> Decimal | None:
    return None if now is None or before is None else now - before


def _share(part: str, whole: str) -> Callable[[Items], Decimal | None]:
    return lambda items: _divided(items.get(part), items.get(whole), Decimal(100))


def _times(part: str, whole: str) -> Callable[[Items], Decimal | None]:
    return lambda items: _divided(items.get(part), items.get(whole), Decimal(1))


def _divided(part: Decimal | None, whole: Decimal | None, factor: Decimal) -> Decimal | None:
    """No ratio where the denominator is not known, zero or negative: it would say something else."""
    if part is None or whole is None or whole <= 0:
        return None
    return (part * factor / whole).quantize(Decimal("0.01"))


def _quick(items: Items) -> Decimal | None:
    current, stock = items.get("current_assets"), items.get("inventory")
    if current is None or stock is None:
        return None
    return _divided(current - stock, items.get("current_liabilities"), Decimal(1))


def _gross(items: Items) -> Decimal | None:
    revenue, cost = items.get("revenue"), items.get("cost_of_sales")
    return None if revenue is None or cost is None else _divided(revenue - cost, revenue, Decimal(100))


def _cover(items: Items) -> Decimal | None:
    profit, interest = items.get("total_profit"), items.get("interest_expense")
    return None if profit is None or interest is None else _divided(profit + interest, interest, Decimal(1))


@dataclass(frozen=True)
class Ratio:
    name: str | Promise
    of: Callable[[Items], Decimal | None]

    def row(self, periods: list[Items], before: Items) -> Row:
        values = [self.of(items) for items in periods]
        return Row(str(self.name), values, difference(values[0], self.of(before)))


DEBT_RATIO = Ratio(_("Debt to assets, %"), _share("total_liabilities", "total_assets"))
CURRENT_RATIO = Ratio(_("Current ratio"), _times("current_assets", "current_liabilities"))
RATIOS = (
    DEBT_RATIO,
    CURRENT_RATIO,
    Ratio(_("Quick ratio"), _quick),
    Ratio(_("Gross margin, %"), _gross),
    Ratio(_("Net margin, %"), _share("net_profit", "revenue")),
    Ratio(_("Interest cover"), _cover),
    Ratio(
        _("Operating cash flow to current liabilities, %"),
        _share("operating_cash_flow", "current_liabilities"),
    ),
)


@dataclass(frozen=True)
class Points:
    """What stands first in a customer's statements: the newest ones, single before consolidated."""

    period: date
    debt_ratio: Row
    current_ratio: Row
    revenue: Row
    net_profit: Row
    inventory: Row


def points(items: list[FinancialStatementItem]) -> Points | None:
    """The newest statement of a customer in five figures with their change on the year; None without statements."""
    periods: dict[tuple[date, str, str], Items] = {}
    for row in items:
        periods.setdefault((row.period_end, row.scope, row.period_kind), {})[row.item] = row.value
    if not periods:
        return None
    day = max(period for period, _scope, _kind in periods)
    _same_day, scope, kind = min((key for key in periods if key[0] == day), key=lambda key: (key[1] != "single", key))
    now, before = periods[day, scope, kind], periods.get((year_before(day), scope, kind), {})

    def item(code: str) -> Row:
        return Row(label(STATEMENT_ITEMS, code), [now.get(code)], growth(now.get(code), before.get(code)))

    debt, current = (ratio.row([now], before) for ratio in (DEBT_RATIO, CURRENT_RATIO))
    return Points(day, debt, current, item("revenue"), item("net_profit"), item("inventory"))
