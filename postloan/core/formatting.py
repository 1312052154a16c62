"""How values are written on pages and in files. Pure functions, without the database.

A value that is not known is None here and stays None: the template tags draw it as "no data", never as zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

MINUS = "−"
CENT = Decimal("0.01")

# The last day of each overdue band; 0 is a loan that is not overdue, beyond the last one is the eighth band.
BAND_LAST_DAYS = (0, 30, 60, 90, 180, 270, 360)


@dataclass(frozen=True)
class Scale:
    """What the amounts of one card are divided by, so that they can be read; the unit stands in its head."""

    divisor: int
    zh: str
    en: str


UNITS = Scale(1, "", "")
TEN_THOUSANDS = Scale(10_000, "万", "×10,000")
THOUSANDS = Scale(1_000, "千", "thousand")


def amount(value: Decimal | int | float) -> str:
    """Thousands separators, two decimals, the true minus sign."""
    rounded = Decimal(value).quantize(CENT, rounding=ROUND_HALF_UP)
    text = f"{abs(rounded):,.2f}"
    return MINUS + text if rounded < 0 else text


def integer(value: int) -> str:
    return f"{value:,}".replace("-", MINUS)


def plain(value: Decimal) -> str:
    """A rate or a share as it was delivered, without zeros that say nothing."""
    text = f"{value:,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace("-", MINUS)


def percent(part: Decimal | int, whole: Decimal | int) -> str | None:
    """The share of a whole, to two decimals; None where there is no whole."""
    if not whole:
        return None
    return amount(Decimal(part) * 100 / Decimal(whole)) + "%"


def scale_for(largest: Decimal | None, *, language: str) -> Scale:
    """One scale for a whole card: in units while the largest figure stays readable, else 万 or thousands."""
    if largest is None or abs(largest) < 1_000_000:
        return UNITS
    return TEN_THOUSANDS if is_chinese(language) else THOUSANDS


def is_chinese(language: str) -> bool:
    return language.lower().startswith("zh")


def unit(currency: str, scale: Scale, *, language: str) -> str:
    """元, 万元, CZK, 万 CZK; in English CNY, CNY thousand."""
    if is_chinese(language):
        return scale.zh + "元" if currency == "CNY" else f"{scale.zh} {currency}".strip()
    return f"{currency} {scale.en}".strip()


def iso(value: date | datetime) -> str:
    return value.date().isoformat() if isinstance(value, datetime) else value.isoformat()


def band_of(days: int) -> int:
    """Which of the eight steps of the overdue ramp, 0 for a loan that is not overdue."""
    return next((step for step, last in enumerate(BAND_LAST_DAYS) if days <= last), len(BAND_LAST_DAYS))
