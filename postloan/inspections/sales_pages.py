"""The sales return of a report as it is drawn: the same figures and the same chart on every page and paper."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from PIL import Image, ImageDraw

from postloan.core import formatting
from postloan.inspections import rules_sales
from postloan.inspections.models import Report
from postloan.inspections.services.sales_return import FACT

# The chart's field in its own units; a rate above the top is cut off there and keeps its figure.
WIDTH, HEIGHT, TOP, FOOT, LEFT = 640, 190, 12, 24, 40
FINEST = Decimal(50)
SCALE = 3
# As in the page's drawing.
BAR, LINE, GRID, INK = "#0c5a61", "#b42318", "#d3dae0", "#42515a"


@dataclass(frozen=True)
class Mark:
    """A month in the chart: its bar, the middle of the bar, its name below."""

    name: str
    x: float
    width: float
    middle: float
    y: float | None
    height: float | None
    share_y: float | None
    is_whole: bool


@dataclass(frozen=True)
class Chart:
    marks: list[Mark]
    levels: list[tuple[float, str]]
    line: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    foot: int = HEIGHT - FOOT


@dataclass(frozen=True)
class Line:
    """A month in the table, in words."""

    month: str
    is_whole: bool
    figures: list[str]


@dataclass(frozen=True)
class Sales:
    """`verdict` ok, below, far_below or empty."""

    name: str
    day: date
    currency: str
    rate: str
    share: str
    verdict: str
    said: str
    heads: list[str]
    lines: list[Line]
    chart: Chart
    deposits: str
    facility: str
    deposits_share: str
    sources: str

    @property
    def tone(self) -> str:
        return {rules_sales.OK: "ok", rules_sales.BELOW: "warn", rules_sales.FAR_BELOW: "bad"}.get(self.verdict, "")

    @property
    def described(self) -> str:
        """The chart in a sentence, for who does not see it."""
        values = {"name": self.name, "rate": self.rate, "share": self.share}
        return _("%(name)s by month: %(rate)s in all, the bank's share of the debt is %(share)s") % values


def of_report(report: Report) -> Sales | None:
    """None where the report was begun without: another kind of inspection, or nothing known."""
    kept = report.facts.get(FACT)
    if not kept:
        return None
    verdict = kept["verdict"]
    deposits, facility = _number(kept["deposits"]), _number(kept["facility"])
    return Sales(
        name=name_of(kept["formula"]),
        day=date.fromisoformat(kept["day"]),
        currency=kept["currency"],
        rate=_percent(kept["rate"]),
        share=_percent(kept["share"]),
        verdict=verdict,
        said=said_of(verdict),
        heads=_heads(kept["formula"]),
        lines=[_line(month, kept["formula"]) for month in kept["months"]],
        chart=chart_of(kept["months"]),
        deposits=_amount(kept["deposits"]),
        facility=_amount(kept["facility"]),
        deposits_share=formatting.percent(deposits, facility or 0) or no_data() if deposits is not None else no_data(),
        sources=_sources(kept),
    )


def no_data() -> str:
    return _("no data")


def name_of(formula: str) -> str:
    names = {
        rules_sales.SALES: _("Sales booked in here, of all sales"),
        rules_sales.DEPOSITS: _("Average deposits, of average loans"),
        rules_sales.SHARE: _("Deposits here, of all cash"),
    }
    return names[formula]


def said_of(verdict: str) -> str:
    texts = {
        rules_sales.OK: _("at least the bank's share of the debt"),
        rules_sales.BELOW: _("below the bank's share of the debt"),
        rules_sales.FAR_BELOW: _("far below the bank's share of the debt"),
    }
    return texts.get(verdict, _("cannot be judged: figures are missing"))


def _heads(formula: str) -> list[str]:
    parts = {
        rules_sales.SALES: [_("Booked in"), _("of it sales"), _("Sales by statements")],
        rules_sales.DEPOSITS: [_("Average deposits"), _("Average loans")],
        rules_sales.SHARE: [_("Cash by statements")],
    }
    return [_("Month"), *parts[formula], _("Rate"), _("Share of the debt"), _("Deposits at its end")]


def _line(month: dict[str, Any], formula: str) -> Line:
    names = {
        rules_sales.SALES: ["all_credits", "credits", "sales"],
        rules_sales.DEPOSITS: ["average_deposits", "average_loans"],
        rules_sales.SHARE: ["cash"],
    }
    amounts = [_amount(month[name]) for name in names[formula]]
    figures = [*amounts, _percent(month["rate"]), _percent(month["share"]), _amount(month["deposits"])]
    return Line(month["month"][:7], month["is_whole"] or month["rate"] is None, figures)


def _sources(kept: dict[str, Any]) -> str:
    """Which statements and which credit report the figures rest on."""
    none = no_data()
    values = {"statements": kept["statements_until"] or none, "debt": kept["debt_elsewhere_on"] or none}
    return _("Statements of %(statements)s, credit report of %(debt)s, account entries") % values


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _amount(text: str | None) -> str:
    return no_data() if text is None else formatting.amount(Decimal(text))


def _percent(text: str | None) -> str:
    return no_data() if text is None else formatting.percent(Decimal(text), 1) or no_data()


# ── the chart ─────────────────────────────────────────────────────────────────────────────────────────────


def chart_of(months: list[dict[str, Any]]) -> Chart:
    """Bars of the months' rates, a line of the bank's share of the debt, in percent from nought up."""
    rates = [_number(month["rate"]) for month in months]
    shares = [_number(month["share"]) for month in months]
    largest = max((value * 100 for value in [*rates, *shares] if value is not None), default=Decimal(100))
    top = min(max(-(-largest // FINEST) * FINEST, Decimal(100)), Decimal(200))
    step = (WIDTH - LEFT) / len(months)

    def height(value: Decimal) -> float:
        return round(float(min(max(value * 100, Decimal(0)), top) / top) * (HEIGHT - TOP - FOOT), 1)

    def level(value: Decimal) -> float:
        return round(HEIGHT - FOOT - height(value), 1)

    marks = [
        Mark(
            name=month["month"][2:7],
            x=round(LEFT + step * n + step * 0.2, 1),
            width=round(step * 0.6, 1),
            middle=round(LEFT + step * (n + 0.5), 1),
            y=None if rate is None else level(rate),
            height=None if rate is None else height(rate),
            share_y=None if share is None else level(share),
            is_whole=month["is_whole"],
        )
        for n, (month, rate, share) in enumerate(zip(months, rates, shares, strict=True))
    ]
    levels = [(level(Decimal(n) / 100), f"{n}%") for n in range(0, int(top) + 1, 50)]
    line = " ".join(f"{mark.middle},{mark.share_y}" for mark in marks if mark.share_y is not None)
    return Chart(marks, levels, line)


def picture(chart: Chart) -> bytes:
    """The chart as a PNG for Word, which draws no SVG."""
    image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), "white")
    pen = ImageDraw.Draw(image)

    def at(*places: float) -> list[float]:
        return [place * SCALE for place in places]

    for y, text in chart.levels:
        pen.line(at(LEFT, y, WIDTH, y), fill=GRID, width=SCALE)
        pen.text((0, (y - 6) * SCALE), text, fill=INK, font_size=11 * SCALE)
    for mark in chart.marks:
        if mark.y is not None:
            pen.rectangle(at(mark.x, mark.y, mark.x + mark.width, HEIGHT - FOOT), fill=BAR)
        pen.text(
            (mark.middle * SCALE, (HEIGHT - FOOT + 6) * SCALE), mark.name, fill=INK, font_size=10 * SCALE, anchor="mt"
        )
    points = [(mark.middle * SCALE, mark.share_y * SCALE) for mark in chart.marks if mark.share_y is not None]
    if len(points) > 1:
        pen.line(points, fill=LINE, width=2 * SCALE)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
