"""Identity numbers with right check digits, and wrong ones on purpose. Region 99xxxx belongs to nobody."""

from datetime import date
from random import Random

CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
RESIDENT_CHECKS = "10X98765432"
# The 154 numbers are not given to any operator, so nobody is called by accident.
MOBILE_PREFIX = "154"


def resident_check_digit(first_17: str) -> str:
    """GB 11643-1999: ISO 7064 MOD 11-2."""
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(first_17))
    return RESIDENT_CHECKS[total % 11]


def resident_id(rng: Random, region: str, born_on: date, sex: str) -> str:
    serial = rng.randrange(1, 500) * 2 - (1 if sex == "m" else 2)
    body = f"{region}{born_on:%Y%m%d}{serial:03d}"
    return body + resident_check_digit(body)


def organisation_check_digit(first_8: str) -> str:
    """GB 11714-1997; digits count as themselves, letters from A = 10."""
    total = sum(int(char, 36) * weight for char, weight in zip(first_8, ORGANISATION_WEIGHTS, strict=True))
    rest = 11 - total % 11
    return {10: "X", 11: "0"}.get(rest, str(rest))


def credit_check_digit(first_17: str) -> str:
    """GB 32100-2015: powers of three modulo 31."""
    total = sum(CREDIT_ALPHABET.index(char) * pow(3, place, 31) for place, char in enumerate(first_17))
    return CREDIT_ALPHABET[-total % 31]


def credit_code(rng: Random, region: str, registrar: str = "91") -> str:
    """`registrar`: 91 firm, 92 self-employed, 93 cooperative, 12 public institution."""
    organisation = "MA" + "".join(rng.choice(CREDIT_ALPHABET) for _ in range(6))
    body = registrar + region + organisation + organisation_check_digit(organisation)
    return body + credit_check_digit(body)


def with_wrong_check_digit(number: str) -> str:
    """The same number with a last character that cannot be right."""
    last = "1" if number[-1] != "1" else "2"
    return number[:-1] + last


def mobile(rng: Random) -> str:
    return f"{MOBILE_PREFIX}{rng.randrange(10**8):08d}"


def luhn_check_digit(body: str) -> str:
    total = 0
    for place, digit in enumerate(reversed(body)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def account_number(serial: int, kind_digit: str) -> str:
    """Sixteen digits with a leading zero, which must survive every step."""
    body = f"0991{kind_digit}{serial:010d}"
    return body + luhn_check_digit(body)
