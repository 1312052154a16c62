"""Numbers with check digits, and how they are masked. Pure functions: findings are made elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
RESIDENT_CHECKS = "10X98765432"
CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
MOBILE = re.compile(r"^(?:\+?86)?1[3-9]\d{9}$")
LANDLINE = re.compile(r"^0\d{2,3}-?\d{7,8}$")
LONGEST_LIFE_YEARS = 120


@dataclass(frozen=True)
class Check:
    """The outcome of looking at a number. `reason` is a code, empty when the number is right."""

    is_valid: bool
    reason: str = ""
    normalised: str = ""


def check_resident_id(number: str, *, today: date | None = None) -> Check:
    """GB 11643-1999, ISO 7064 MOD 11-2. First-generation numbers of 15 digits ended on 2013-01-01."""
    value = number.strip().upper()
    if re.fullmatch(r"\d{15}", value):
        return Check(False, "first_generation", value)
    if not re.fullmatch(r"\d{17}[\dX]", value):
        return Check(False, "length", value)
    born = _birth_date(value)
    if born is None:
        return Check(False, "birth_date", value)
    if today is not None and (born > today or today.year - born.year > LONGEST_LIFE_YEARS):
        return Check(False, "birth_date", value)
    total = sum(int(digit) * weight for digit, weight in zip(value[:17], RESIDENT_WEIGHTS, strict=True))
    if RESIDENT_CHECKS[total % 11] != value[17]:
        return Check(False, "check_digit", value)
    return Check(True, "", value)


def _birth_date(value: str) -> date | None:
    try:
        return date(int(value[6:10]), int(value[10:12]), int(value[12:14]))
    except ValueError:
        return None


def parse_resident_id(number: str) -> tuple[date, str]:
    """Birth date and sex (`m`, `f`) told by a resident ID. Raises ValueError where the number is not right."""
    checked = check_resident_id(number)
    born = _birth_date(checked.normalised) if checked.reason in {"", "check_digit"} else None
    if born is None:
        raise ValueError("not a resident ID")
    return born, "m" if int(checked.normalised[16]) % 2 else "f"


def check_organisation_code(code: str) -> Check:
    """GB 11714-1997: eight characters and a check character."""
    value = code.strip().upper().replace("-", "")
    if not re.fullmatch(r"[0-9A-Z]{8}[0-9X]", value):
        return Check(False, "length", value)
    total = sum(int(char, 36) * weight for char, weight in zip(value[:8], ORGANISATION_WEIGHTS, strict=True))
    expected = "0123456789X0"[11 - total % 11]
    return Check(expected == value[8], "" if expected == value[8] else "check_digit", value)


def check_credit_code(code: str) -> Check:
    """GB 32100-2015, modulus 31, 18 characters without I O S V Z."""
    value = code.strip().upper()
    if len(value) != len(CREDIT_WEIGHTS) + 1:
        return Check(False, "length", value)
    if any(char not in CREDIT_ALPHABET for char in value):
        return Check(False, "alphabet", value)
    total = sum(CREDIT_ALPHABET.index(char) * weight for char, weight in zip(value[:17], CREDIT_WEIGHTS, strict=True))
    if CREDIT_ALPHABET[(31 - total % 31) % 31] != value[17]:
        return Check(False, "check_digit", value)
    return Check(True, "", value)


def check_card_number(number: str) -> Check:
    """Luhn, ISO/IEC 7812-1. Old internal account numbers need not follow it: a remark, never a refusal."""
    value = "".join(number.split())
    if not re.fullmatch(r"\d{13,19}", value):
        return Check(False, "length", value)
    total = 0
    for place, char in enumerate(reversed(value)):
        digit = int(char) * (2 if place % 2 else 1)
        total += digit - 9 if digit > 9 else digit
    return Check(total % 10 == 0, "" if total % 10 == 0 else "check_digit", value)


def is_mobile(number: str) -> bool:
    return bool(MOBILE.fullmatch(number.replace(" ", "")))


def is_phone(number: str) -> bool:
    return is_mobile(number) or bool(LANDLINE.fullmatch(number.replace(" ", "")))


def mask_phone(number: str) -> str:
    """First three and last four (JR/T 0171-2020, appendix A)."""
    if not number:
        return ""
    return f"{number[:3]}****{number[-4:]}" if len(number) > 7 else "*" * len(number)


def mask_id_number(number: str) -> str:
    """Six, stars, four for 18 characters; first and last for anything else."""
    if not number:
        return ""
    if len(number) == 18:
        return f"{number[:6]}********{number[-4:]}"
    return f"{number[0]}{'*' * max(len(number) - 2, 1)}{number[-1]}" if len(number) > 2 else "**"


def mask_address(address: str) -> str:
    """Only the place down to the district or county is left."""
    if not address:
        return ""
    found = re.match(r"^.{0,12}?(?:区|县|旗)", address) or re.match(r"^.{0,8}?(?:市|州)", address)
    return (found.group(0) if found else address[:3]) + "****"


def mask_name(name: str) -> str:
    """Up to three characters: the first is hidden; longer names show their last two."""
    if not name:
        return ""
    return "*" + name[1:] if len(name) <= 3 else "*" * (len(name) - 2) + name[-2:]
