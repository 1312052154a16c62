"""Fields with the digits that decisions.md settles."""

from __future__ import annotations

from typing import Any

from django.db import models


class AmountField(models.DecimalField):
    """An amount in the row's currency, two decimals, DECIMAL(18,2)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 18)
        kwargs.setdefault("decimal_places", 2)
        super().__init__(*args, **kwargs)


class RateField(models.DecimalField):
    """A rate or share in percent, DECIMAL(9,6)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 9)
        kwargs.setdefault("decimal_places", 6)
        super().__init__(*args, **kwargs)
