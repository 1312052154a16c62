"""Statements: ratios and the change on the year, from the smallest figures that tell them apart."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation

from postloan.reporting import statements
from tests.factories import StatementItemFactory

pytestmark = pytest.mark.usefixtures("english")
NOW, BEFORE = date(2026, 3, 31), date(2025, 3, 31)


@pytest.fixture
def english():
    with translation.override("en"):
        yield


def items(figures: dict[str, str], *, period: date = NOW, scope: str = "single") -> list:
    return [
        StatementItemFactory.build(customer=None, period_end=period, scope=scope, item=item, value=Decimal(value))
        for item, value in figures.items()
    ]


FIGURES = {
    "total_assets": "1000.00",
    "total_liabilities": "648.00",
    "current_assets": "530.00",
    "inventory": "130.00",
    "current_liabilities": "500.00",
    "revenue": "400.00",
    "cost_of_sales": "300.00",
    "net_profit": "20.00",
    "total_profit": "30.00",
    "interest_expense": "15.00",
    "operating_cash_flow": "-50.00",
}


def ratios_of(rows: list) -> dict[str, Decimal]:
    [table] = statements.tables(rows)
    return {row.name: row.values[0] for row in table.ratios}


def test_each_ratio_by_its_formula():
    assert ratios_of(items(FIGURES)) == {
        "Debt to assets, %": Decimal("64.80"),
        "Current ratio": Decimal("1.06"),
        "Quick ratio": Decimal("0.80"),
        "Gross margin, %": Decimal("25.00"),
        "Net margin, %": Decimal("5.00"),
        "Interest cover": Decimal("3.00"),
        "Operating cash flow to current liabilities, %": Decimal("-10.00"),
    }


@pytest.mark.parametrize("whole", ["0.00", "-1.00"])
def test_no_ratio_where_the_denominator_says_nothing(whole):
    found = ratios_of(items({**FIGURES, "total_assets": whole, "revenue": whole}))
    assert not {"Debt to assets, %", "Gross margin, %", "Net margin, %"} & found.keys()


def test_a_ratio_without_its_items_is_not_shown():
    assert ratios_of(items({"revenue": "400.00", "net_profit": "20.00"})).keys() == {"Net margin, %"}


def test_the_change_is_on_the_same_period_of_the_year_before():
    rows = items(FIGURES) + items({**FIGURES, "revenue": "500.00", "total_liabilities": "600.00"}, period=BEFORE)
    rows += items({**FIGURES, "revenue": "1.00"}, period=date(2025, 12, 31))
    [table] = statements.tables(rows)
    changes = {row.name: row.change for row in [*table.rows, *table.ratios]}

    assert table.periods == [NOW, date(2025, 12, 31), BEFORE]
    assert changes["revenue"] == Decimal("-20.0")
    assert changes["Debt to assets, %"] == Decimal("4.80")


def test_without_the_year_before_there_is_no_change():
    [table] = statements.tables(items(FIGURES))
    assert {row.change for row in [*table.rows, *table.ratios]} == {None}


@pytest.mark.parametrize(("now", "before"), [("5", None), (None, "5"), ("5", "0"), ("5", "-3")])
def test_growth_from_nothing_or_less_is_not_said(now, before):
    assert statements.growth(now and Decimal(now), before and Decimal(before)) is None


def test_the_end_of_february_has_a_year_before():
    assert statements.year_before(date(2024, 2, 29)) == date(2023, 2, 28)


def test_the_key_points_are_of_the_newest_single_statement():
    rows = items(FIGURES) + items({**FIGURES, "revenue": "9.00"}, scope="consolidated")
    rows += items({**FIGURES, "revenue": "320.00", "inventory": "100.00"}, period=BEFORE)
    found = statements.points(rows)

    assert (found.period, found.revenue.values, found.revenue.change) == (NOW, [Decimal("400.00")], Decimal("25.0"))
    assert found.inventory.change == Decimal("30.0")
    assert found.debt_ratio.values == [Decimal("64.80")]


def test_without_statements_there_are_no_key_points():
    assert statements.points([]) is None
