"""Numbers with check digits, looked at while they are still plain. What is wrong is a finding, never a rejection."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from postloan.core import identifiers

Row = Mapping[str, str | None]
Flag = Callable[[Row, date], str]


def id_flag(row: Row, day: date) -> str:
    """What is wrong with an ID number of a known kind: a reason code of `core.identifiers`, or nothing."""
    number, kind = row.get("id_number"), row.get("id_type")
    if not number:
        return ""
    if kind == "resident_id":
        return identifiers.check_resident_id(number, today=day).reason
    if kind == "credit_code":
        if len(number.replace("-", "")) == 9:
            return identifiers.check_organisation_code(number).reason
        return identifiers.check_credit_code(number).reason
    return ""


def phone_flag(row: Row, day: date) -> str:
    number = row.get("phone")
    return "" if not number or identifiers.is_phone(number) else "format"


def card_flag(row: Row, day: date) -> str:
    """Only numbers that look like bank cards: internal account numbers follow no check digit."""
    number = row.get("account_no") or ""
    if not (number.isdigit() and number.startswith("62") and 16 <= len(number) <= 19):
        return ""
    return identifiers.check_card_number(number).reason


FLAGS: dict[str, dict[str, Flag]] = {
    "customers": {"id_flag": id_flag, "phone_flag": phone_flag},
    "related_parties": {"id_flag": id_flag},
    "accounts": {"card_flag": card_flag},
}
