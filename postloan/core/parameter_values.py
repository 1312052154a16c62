"""Values of parameters as people write and read them; what is written must have the shape of the default in code.

A number is a number not below zero, a yes or no is one of the two, a list of plain values is separated by commas,
a table `key: value, …`; anything deeper is JSON with the same fields as the default.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from postloan.core import formatting
from postloan.core.parameters import Definition

YES, NO = "yes", "no"
CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
SEPARATOR = re.compile(r"\s*[,，、;；]\s*")
LONGEST = 4000
PLAIN = (bool, int, str, Decimal)


class NotAValue(Exception):
    """The text is no value of this parameter; the message is a sentence for whoever wrote it."""


def kind_of(default: Any) -> str:
    """bool, number, text, list, table or json: how a value is written."""
    if isinstance(default, bool):
        return "bool"
    if isinstance(default, int | Decimal):
        return "number"
    if isinstance(default, str):
        return "text"
    if isinstance(default, list) and all(isinstance(one, PLAIN) for one in default):
        return "list"
    if isinstance(default, dict) and all(isinstance(one, PLAIN) for one in default.values()):
        return "table"
    return "json"


def parse(definition: Definition, text: str) -> Any:
    """The value a text stands for, ready to be stored. Raises NotAValue."""
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise NotAValue(_("Write a value."))
    default = definition.default
    if kind_of(default) == "json":
        value = _parse_json(text, default, definition.words)
    else:
        value = _PARSERS[kind_of(default)](text, default)
    if str(definition.unit) == "%" and Decimal(str(value)) > 100:
        raise NotAValue(_("A share is at most 100 %."))
    problem = definition.check(value) if definition.check else ""
    if problem:
        raise NotAValue(problem)
    return value


def _parse_bool(text: str, _default: Any) -> bool:
    if text not in {YES, NO}:
        raise NotAValue(_("Choose yes or no."))
    return text == YES


def _parse_number(text: str, default: Any) -> Any:
    """Decimals are stored as text, so that nothing is rounded."""
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation:
        raise NotAValue(_("“%(text)s” is no number.") % {"text": text[:40]}) from None
    if not number.is_finite() or number < 0 or number > Decimal("1e12"):
        raise NotAValue(_("The number lies between 0 and 1,000,000,000,000."))
    if isinstance(default, Decimal):
        return format(number, "f")
    if number != number.to_integral_value():
        raise NotAValue(_("A whole number is needed."))
    return int(number)


def _parse_text(text: str, default: Any) -> str:
    if CLOCK.fullmatch(default) and not CLOCK.fullmatch(text):
        raise NotAValue(_("A time of day is written as 22:00."))
    if len(text) > 200:
        raise NotAValue(_("At most 200 characters."))
    return text


def _parse_list(text: str, default: list[Any]) -> list[Any]:
    parts = [part for part in SEPARATOR.split(text) if part]
    example = default[0] if default else ""
    values = [_plain_like(part, example) for part in parts]
    if len(set(map(str, values))) != len(values):
        raise NotAValue(_("A value stands in the list twice."))
    return values


def _parse_table(text: str, default: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    example = next(iter(default.values()), "")
    for part in filter(None, SEPARATOR.split(text)):
        key, colon, value = re.split(r"\s*([:：])\s*", part, maxsplit=1) if re.search("[:：]", part) else (part, "", "")
        if not colon or not key or not value:
            raise NotAValue(_("“%(text)s” is not written as key: value.") % {"text": part[:40]})
        if key in found:
            raise NotAValue(_("“%(text)s” stands there twice.") % {"text": key[:40]})
        if all(known.isdigit() for known in default) and not key.isdigit():
            raise NotAValue(_("“%(text)s” is no number.") % {"text": key[:40]})
        found[key] = _plain_like(value, example)
    return found


def _plain_like(text: str, example: Any) -> Any:
    if isinstance(example, int | Decimal) and not isinstance(example, bool):
        return _parse_number(text, example)
    if not re.fullmatch(r"[\w.-]{1,40}", text):
        raise NotAValue(_("“%(text)s” is no code.") % {"text": text[:40]})
    return text


def _parse_json(text: str, default: Any, more_words: Mapping[str, Iterable[str]]) -> Any:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise NotAValue(_("This is no JSON: %(error)s") % {"error": error}) from None
    if not _same_shape(value, default, more_words):
        raise NotAValue(_("It has not the same fields and words as the default."))
    return value


_PARSERS: dict[str, Callable[[str, Any], Any]] = {
    "bool": _parse_bool,
    "number": _parse_number,
    "text": _parse_text,
    "list": _parse_list,
    "table": _parse_table,
}


def _same_shape(value: Any, default: Any, more_words: Mapping[str, Iterable[str]]) -> bool:
    """Numbers for numbers, words the definition knows, records with its fields; lists and tables may be longer."""
    words = _words(default, {})
    for field, known in more_words.items():
        words.setdefault(field, set()).update(known)
    return _fits(value, default, words)


def _fits(value: Any, default: Any, words: dict[str, set[str]], name: str = "") -> bool:
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(value, bool) and isinstance(default, bool)
    if isinstance(default, int | Decimal):
        return isinstance(value, int) and value >= 0
    if isinstance(default, str):
        return isinstance(value, str) and value in words.get(name, {value})
    if isinstance(default, list):
        return isinstance(value, list) and _fits_list(value, default, words)
    return isinstance(value, dict) and _fits_dict(value, default, words)


def _fits_dict(value: dict[str, Any], default: dict[str, Any], words: dict[str, set[str]]) -> bool:
    if _is_record(default):
        same = value.keys() == default.keys()
        return same and all(_fits(one, default[field], words, field) for field, one in value.items())
    keys = all(key.isdigit() or key in default for key in value)
    return keys and all(any(_fits(one, known, words) for known in default.values()) for one in value.values())


def _fits_list(value: list[Any], default: list[Any], words: dict[str, set[str]]) -> bool:
    if default and all(isinstance(known, int) for known in default):
        # A row of a table of steps: as many numbers as the default's rows have.
        return len(value) == len(default) and all(_fits(one, 0, words) for one in value)
    return all(any(_fits(one, known, words) for known in default) for one in value)


def _words(default: Any, found: dict[str, set[str]]) -> dict[str, set[str]]:
    """The words that stand in each field of the default's records."""
    if isinstance(default, dict):
        for field, one in default.items():
            if isinstance(one, str):
                found.setdefault(field, set()).add(one)
            _words(one, found)
    elif isinstance(default, list):
        for one in default:
            _words(one, found)
    return found


def _is_record(value: dict[str, Any]) -> bool:
    return len({type(one) for one in value.values()}) > 1


def written(value: Any, default: Any) -> str:
    """The value as it would be written into the form."""
    kind = kind_of(default)
    if kind == "bool":
        return YES if value else NO
    if kind == "list":
        return ", ".join(map(str, value))
    if kind == "table":
        return ", ".join(f"{key}: {one}" for key, one in value.items())
    if kind == "json":
        return json.dumps(value, ensure_ascii=False, indent=1 if isinstance(value, dict) else None)
    return str(value)


def shown(value: Any, default: Any) -> str:
    """The value as a page shows it, in the reader's language."""
    kind = kind_of(default)
    if kind == "bool":
        return _("Yes") if value else _("No")
    if kind == "number":
        return formatting.plain(Decimal(str(value)))
    return written(value, default)
