"""Why a todo exists, in the reader's language: the rule, with date, figure and threshold filled in when shown."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from postloan.core import formatting

_texts: dict[str, str | Promise] = {}
_words: dict[str, Mapping[str, str | Promise]] = {}


def define(code: str, text: str | Promise, *, words: Mapping[str, Mapping[str, Any]] | None = None) -> str:
    """Makes a reason known: a sentence with `{argument}` places. Codes are never renamed.

    An argument whose name ends in `amount` is shown with separators and two decimals, one in `pct` without
    trailing zeros. `words` gives for an argument the labels of its codes, for example those of a TextChoices.
    """
    if code in _texts:
        raise ValueError(f"the reason {code} is defined twice")
    _texts[code] = text
    for argument, labels in (words or {}).items():
        _words[f"{code}.{argument}"] = labels
    return code


def is_known(code: str) -> bool:
    return code in _texts


def describe(code: str, arguments: Mapping[str, Any]) -> str:
    """The sentence, or the code itself where nobody has defined it."""
    text = str(_texts.get(code, code))
    try:
        return text.format(**{name: _shown(code, name, value) for name, value in arguments.items()})
    except (KeyError, IndexError):
        return text


def _shown(code: str, name: str, value: Any) -> Any:
    labels = _words.get(f"{code}.{name}")
    if labels is not None:
        return str(labels.get(value, value))
    try:
        if name.endswith("amount"):
            return formatting.amount(Decimal(str(value)))
        if name.endswith("pct"):
            return formatting.plain(Decimal(str(value)))
    except InvalidOperation:
        return value
    return value


DATA_INCOMPLETE = define("data_incomplete", _("Core banking delivers no {field}; it is needed for {purpose}"))
