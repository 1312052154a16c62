"""Answers as a reader sees them, in the reader's language: on the form, in the preview, on paper."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language, gettext

from postloan.core import formatting
from postloan.inspections import questions as schema
from postloan.inspections.answer_values import as_number, is_empty


def unit_of(question: Mapping[str, Any], currency: str = "CNY") -> str:
    """元, CNY, %, or the template's own unit."""
    if question["type"] == "amount":
        return formatting.unit(currency, formatting.UNITS, language=get_language() or "")
    if question["type"] == "percent":
        return "%"
    return schema.said(dict(question), "unit")


def number_text(question: Mapping[str, Any], value: Any) -> str:
    """With thousands separators; what is no number stays as it was typed."""
    number = as_number(value)
    if number is None:
        return "" if value is None else str(value)
    return formatting.amount(number) if question["type"] == "amount" else formatting.plain(number)


def option_text(thing: Mapping[str, Any], code: Any) -> str:
    """The words of one option of a question or column."""
    if thing.get("type") == "yes_no":
        return {"yes": gettext("Yes"), "no": gettext("No")}.get(str(code), str(code))
    for option in thing.get("options", []):
        if option["code"] == code:
            return schema.said(option, "")
    return str(code)


def words(question: Mapping[str, Any], value: Any, *, currency: str = "CNY") -> str:
    """An answer in one line; empty for none."""
    if is_empty(value):
        return ""
    kind = question["type"]
    if kind in schema.NUMERIC:
        gap = "" if kind == "percent" else " "
        return f"{number_text(question, value)}{gap}{unit_of(question, currency)}".strip()
    several = {"choices": _options, "table": _rows, "person_met": _person}.get(kind)
    if several:
        return several(question, value)
    return option_text(question, value) if kind in {"choice", "yes_no"} else str(value)


def _options(question: Mapping[str, Any], value: Any) -> str:
    return gettext(", ").join(option_text(question, one) for one in value)


def _rows(_question: Mapping[str, Any], value: Any) -> str:
    rows = [row for row in value if not is_empty(row)]
    return gettext("%(count)s rows") % {"count": len(rows)}


def _person(_question: Mapping[str, Any], value: Any) -> str:
    return " ".join(filter(None, [value.get("post", ""), value.get("name", "")]))


def cell_words(column: Mapping[str, Any], value: Any) -> str:
    """One cell of a table."""
    kind = column.get("type", "text")
    if kind in schema.NUMERIC:
        return number_text({"type": kind}, value)
    return option_text(column, value) if kind == "choice" else str(value or "")
