"""Why a row is rejected: codes that are never renamed, and their texts."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from postloan.imports.format.names import FILE_NAMES

ENCODING = "encoding"
NUL = "nul_character"
QUOTING = "quoting"
TOO_FEW_FIELDS = "too_few_fields"
TOO_MANY_FIELDS = "too_many_fields"
REQUIRED = "required"
NOT_A_DATE = "not_a_date"
NOT_AN_AMOUNT = "not_an_amount"
NOT_A_RATE = "not_a_rate"
NOT_AN_INTEGER = "not_an_integer"
NOT_A_BOOLEAN = "not_a_boolean"
NOT_A_CURRENCY = "not_a_currency"
NEGATIVE = "negative"
TOO_MANY_DECIMALS = "too_many_decimals"
TOO_MANY_DIGITS = "too_many_digits"
BEYOND_ENGINE = "beyond_15_digits"
SCIENTIFIC = "scientific_notation"
TOO_LONG = "too_long"
DUPLICATE = "duplicate_key"
UNKNOWN_PARENT = "unknown_parent"
PARENT_IN_QUARANTINE = "parent_in_quarantine"

TEXTS: dict[str, str | Promise] = {
    ENCODING: _("bytes that are no character in the file's encoding"),
    NUL: _("a NUL character"),
    QUOTING: _("quotation marks are not as in RFC 4180"),
    TOO_FEW_FIELDS: _("fewer fields than column names"),
    TOO_MANY_FIELDS: _("more fields than column names"),
    REQUIRED: _("required, but empty"),
    NOT_A_DATE: _("not a date YYYY-MM-DD"),
    NOT_AN_AMOUNT: _("not a plain decimal"),
    NOT_A_RATE: _("not a plain rate in percent"),
    NOT_AN_INTEGER: _("not a whole number"),
    NOT_A_BOOLEAN: _("not 1 or 0"),
    NOT_A_CURRENCY: _("not a currency of three capital letters"),
    NEGATIVE: _("negative, which this column may not be"),
    TOO_MANY_DECIMALS: _("more decimals than are kept"),
    TOO_MANY_DIGITS: _("more digits than are kept"),
    BEYOND_ENGINE: _("more than 15 significant digits, which this database (SQLite) cannot keep exactly"),
    SCIENTIFIC: _("a number in scientific notation"),
    TOO_LONG: _("longer than {limit} characters"),
    DUPLICATE: _("the same key as in line {first}"),
    UNKNOWN_PARENT: _("not among the known {parent}"),
    PARENT_IN_QUARANTINE: _("its loan is in quarantine"),
}


def text(reason: str, arguments: dict[str, Any] | None = None) -> str:
    """The reason in the active language."""
    template = str(TEXTS.get(reason, reason))
    values = dict(arguments or {})
    if "parent" in values:
        values["parent"] = str(FILE_NAMES.get(str(values["parent"]).removesuffix(".csv"), values["parent"]))
    try:
        return template.format(**values)
    except (KeyError, IndexError):
        return template
