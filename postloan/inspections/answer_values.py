"""Answers as they are typed and as they are stored. Values in, no database.

One that cannot be read is kept as it was typed and called wrong later: nothing anybody typed is thrown away.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from postloan.inspections import questions as schema

LONGEST_TEXT = 20_000
MOST_ROWS = 500
MOST_COLUMNS = 40
MOST_DIGITS = 24


def as_number(value: Any) -> Decimal | None:
    """A number as people type it: with thousands separators, spaces or full-width digits; None where it is none."""
    if value is None or isinstance(value, bool | list | dict):
        return None
    text = unicodedata.normalize("NFKC", str(value)).replace(",", "").replace(" ", "").replace("−", "-")
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number.adjusted()) > MOST_DIGITS or len(text) > 2 * MOST_DIGITS:
        return None
    return number


def as_date(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def is_empty(value: Any) -> bool:
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, list):
        return not any(not is_empty(cell) for cell in value)
    if isinstance(value, dict):
        return all(is_empty(part) for name, part in value.items() if name != "key")
    return value is None


def kept(question: Mapping[str, Any], value: Any) -> Any:
    """A value in the shape in which it is stored. Raises ValueError for one that no form of ours sends."""
    kind = question["type"]
    if value is None:
        return None
    if kind == "choices":
        return _texts(value)
    if kind == "table":
        return _rows(question, value)
    if kind == "person_met":
        if not isinstance(value, dict):
            raise ValueError("an object is needed")
        return {name: _text(value.get(name, ""))[:100] for name in ("name", "post")}
    text = _text(value)
    if kind in schema.NUMERIC:
        number = as_number(text)
        return format(number, "f") if number is not None else text
    return text


def _text(value: Any) -> str:
    if not isinstance(value, str | int | float):
        raise ValueError("a text is needed")
    text = str(value).replace("\x00", "")
    if len(text) > LONGEST_TEXT:
        raise ValueError("too long")
    return text


def _texts(value: Any) -> list[str]:
    if not isinstance(value, list) or len(value) > MOST_ROWS:
        raise ValueError("a list is needed")
    return [_text(one) for one in value]


def _rows(question: Mapping[str, Any], value: Any) -> list[dict[str, str]]:
    if not isinstance(value, list) or len(value) > MOST_ROWS:
        raise ValueError("rows are needed")
    codes = [column["code"] for column in question["columns"]]
    rows = []
    for position, row in enumerate(value):
        if not isinstance(row, dict) or len(row) > MOST_COLUMNS:
            raise ValueError("a row is needed")
        key = _text(row.get("key") or f"r{position + 1}")[:60]
        rows.append({"key": key, **{code: _text(row.get(code) or "") for code in codes}})
    return rows
