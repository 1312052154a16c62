"""How each value is checked while a file is read. A value that passes is staged as it is; nothing is repaired.

Only blanks around a value are removed. A value that does not pass makes its row a reject with a reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from postloan.imports import reasons
from postloan.imports.format.columns import Column, FileSpec, Kind

Check = Callable[[str], "str | None"]

DATE = re.compile(r"(?:19|20|21)[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])")
DECIMAL = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?")
PLAIN_AMOUNT = re.compile(r"[0-9]{1,13}(?:\.[0-9]{1,2})?")
INTEGER = re.compile(r"-?[0-9]+")
CURRENCY = re.compile(r"[A-Z]{3}")
# Excel writes long numbers so; an identifier in this form has lost its digits.
SCIENTIFIC = re.compile(r"[+-]?[0-9](?:[.,][0-9]*)?[eE]\+[0-9]{1,3}")
ENGINE_DIGITS = 15
INTEGER_DIGITS = 9
AMOUNT_DIGITS, AMOUNT_DECIMALS = 16, 2
RATE_DIGITS, RATE_DECIMALS = 3, 6
DATES_REMEMBERED = 200_000


class Fault(Exception):
    """A value that does not pass: the reason's code and its facts."""

    def __init__(self, reason: str, **arguments: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.arguments = arguments


def checks_of(spec: FileSpec, columns: list[Column], *, is_exact: bool) -> list[Check]:
    """One check a column, in the file's order. `is_exact`: the database keeps all digits of a decimal."""
    return [_check_of(spec, column, is_exact) for column in columns]


def _check_of(spec: FileSpec, column: Column, is_exact: bool) -> Check:
    is_required = column.required or column.key
    if column.kind in (Kind.AMOUNT, Kind.SIGNED_AMOUNT):
        return _amount(is_required, column.kind is Kind.SIGNED_AMOUNT, is_exact)
    if column.kind is Kind.RATE:
        return _rate(is_required)
    simple = {Kind.DATE: _date, Kind.INTEGER: _integer, Kind.BOOLEAN: _boolean, Kind.CURRENCY: _currency}
    if column.kind in simple:
        return simple[column.kind](is_required)
    return _text(is_required, spec.longest(column), is_number=column.kind is Kind.NUMBER)


def _empty(is_required: bool) -> None:
    if is_required:
        raise Fault(reasons.REQUIRED)


def _date(is_required: bool) -> Check:
    known: dict[str, str | None] = {}

    def check(value: str) -> str | None:
        if value in known:
            return known[value]
        day = value.strip()
        if not day:
            return _empty(is_required)
        if not DATE.fullmatch(day):
            raise Fault(reasons.NOT_A_DATE)
        try:
            date.fromisoformat(day)
        except ValueError:
            raise Fault(reasons.NOT_A_DATE) from None
        if len(known) < DATES_REMEMBERED:
            known[value] = day
        return day

    return check


def _amount(is_required: bool, is_signed: bool, is_exact: bool) -> Check:
    def check(value: str) -> str | None:
        if PLAIN_AMOUNT.fullmatch(value):
            return value
        value = value.strip()
        if not value:
            return _empty(is_required)
        whole, decimals = _decimal(value, is_signed, AMOUNT_DIGITS, AMOUNT_DECIMALS, reasons.NOT_AN_AMOUNT)
        if not is_exact and len((whole + decimals).lstrip("0")) > ENGINE_DIGITS:
            raise Fault(reasons.BEYOND_ENGINE)
        return value

    return check


def _rate(is_required: bool) -> Check:
    def check(value: str) -> str | None:
        value = value.strip()
        if not value:
            return _empty(is_required)
        _decimal(value, False, RATE_DIGITS, RATE_DECIMALS, reasons.NOT_A_RATE)
        return value

    return check


def _decimal(value: str, is_signed: bool, digits: int, decimals: int, otherwise: str) -> tuple[str, str]:
    found = DECIMAL.fullmatch(value)
    if not found:
        raise Fault(reasons.SCIENTIFIC if SCIENTIFIC.fullmatch(value) else otherwise)
    sign, whole, fraction = found.group(1), found.group(2), found.group(3) or ""
    if sign and not is_signed:
        raise Fault(reasons.NEGATIVE)
    if len(whole) > digits:
        raise Fault(reasons.TOO_MANY_DIGITS)
    if len(fraction) > decimals:
        raise Fault(reasons.TOO_MANY_DECIMALS)
    return whole, fraction


def _integer(is_required: bool) -> Check:
    def check(value: str) -> str | None:
        value = value.strip()
        if not value:
            return _empty(is_required)
        if not INTEGER.fullmatch(value):
            raise Fault(reasons.NOT_AN_INTEGER)
        if value.startswith("-"):
            raise Fault(reasons.NEGATIVE)
        if len(value) > INTEGER_DIGITS:
            raise Fault(reasons.TOO_MANY_DIGITS)
        return value

    return check


def _boolean(is_required: bool) -> Check:
    def check(value: str) -> str | None:
        value = value.strip()
        if not value:
            return _empty(is_required)
        if value not in ("0", "1"):
            raise Fault(reasons.NOT_A_BOOLEAN)
        return value

    return check


def _currency(is_required: bool) -> Check:
    def check(value: str) -> str | None:
        value = value.strip()
        if not value:
            _empty(is_required)
            return ""
        if not CURRENCY.fullmatch(value):
            raise Fault(reasons.NOT_A_CURRENCY)
        return value

    return check


def _text(is_required: bool, longest: int | None, *, is_number: bool) -> Check:
    def check(value: str) -> str | None:
        value = value.strip()
        if not value:
            _empty(is_required)
            return ""
        if longest is not None and len(value) > longest:
            raise Fault(reasons.TOO_LONG, limit=longest)
        if is_number and "+" in value and SCIENTIFIC.fullmatch(value):
            raise Fault(reasons.SCIENTIFIC)
        return value

    return check
