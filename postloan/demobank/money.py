"""Money is Decimal, to the cent, half up."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from random import Random

CENT = Decimal("0.01")
ZERO = Decimal("0.00")


def cents(value: Decimal | int) -> Decimal:
    return Decimal(value).quantize(CENT, ROUND_HALF_UP)


def total(values: Iterable[Decimal]) -> Decimal:
    return sum(values, ZERO)


def between(rng: Random, low: int, high: int, step: int = 1) -> Decimal:
    """A round amount between two bounds, both included."""
    return Decimal(rng.randrange(low, high + 1, step)).quantize(CENT)


def share(amount: Decimal, percent: float | int) -> Decimal:
    """`percent` of an amount; the float is only ever a drawn share and is cut to four digits first."""
    return cents(amount * Decimal(round(percent * 10_000)) / 1_000_000)
