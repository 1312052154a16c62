"""What the bank asks of a password, and passwords made for others."""

from __future__ import annotations

import secrets
import string
from typing import Any

from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from postloan.organization import security_rules
from postloan.organization.models import Staff
from postloan.organization.security_rules import SecurityRules

# Without characters that are mistaken for one another when read from a screen.
READABLE = ("ABCDEFGHJKMNPQRSTUVWXYZ", "abcdefghjkmnpqrstuvwxyz", "23456789", "-+=?")
SHORTEST_NAME = 2


def kinds_in(password: str) -> int:
    """How many of upper case, lower case, digits and others a password has; Chinese characters count as others."""
    upper = any(char in string.ascii_uppercase for char in password)
    lower = any(char in string.ascii_lowercase for char in password)
    digit = any(char in string.digits for char in password)
    other = any(char not in string.ascii_letters + string.digits for char in password)
    return sum((upper, lower, digit, other))


class BankPasswordValidator:
    """Length, kinds of characters, neither number nor name in it, none of the last ones again."""

    def validate(self, password: str, user: Any = None) -> None:
        rules = security_rules.current()
        staff = user if isinstance(user, Staff) else None
        found = _too_simple(password, rules, rules.length_for(staff) if staff else rules.length)
        if staff:
            found += _too_personal(password, staff)
        if not found and staff and _was_used(password, staff, rules.former_passwords):
            found.append(ValidationError(_again(rules.former_passwords), code="password_again"))
        if found:
            raise ValidationError(found)

    def get_help_text(self) -> str:
        return help_text(security_rules.current(), None)


def _too_simple(password: str, rules: SecurityRules, length: int) -> list[ValidationError]:
    found = []
    if len(password) < length:
        text = ngettext(
            "The password must have at least %(length)s character.",
            "The password must have at least %(length)s characters.",
            length,
        )
        found.append(ValidationError(text % {"length": length}, code="password_short"))
    if kinds_in(password) < rules.kinds:
        text = _("The password needs %(kinds)s of these: capital letters, small letters, digits, other characters.")
        found.append(ValidationError(text % {"kinds": rules.kinds}, code="password_kinds"))
    return found


def _too_personal(password: str, staff: Staff) -> list[ValidationError]:
    found, lower = [], password.lower()
    if staff.staff_no and staff.staff_no.lower() in lower:
        found.append(ValidationError(_("The password must not contain the staff number."), code="password_number"))
    if len(staff.name) >= SHORTEST_NAME and staff.name.lower() in lower:
        found.append(ValidationError(_("The password must not contain the name."), code="password_name"))
    return found


def _was_used(password: str, staff: Staff, how_many: int) -> bool:
    if not how_many or not staff.pk:
        return False
    former = [staff.password, *staff.former_passwords.values_list("password", flat=True)[: how_many - 1]]
    return any(check_password(password, encoded) for encoded in former if encoded)


def _again(how_many: int) -> str:
    return ngettext(
        "This is the present password: take another one.",
        "This is one of the last %(count)s passwords: take another one.",
        how_many,
    ) % {"count": how_many}


def help_text(rules: SecurityRules, staff: Staff | None) -> str:
    return _(
        "At least %(length)s characters, %(kinds)s of: capital letters, small letters, digits, other characters; "
        "without staff number and name; none of the last %(former)s passwords."
    ) % {
        "length": rules.length_for(staff) if staff else rules.length,
        "kinds": rules.kinds,
        "former": rules.former_passwords,
    }


def one_time_password(length: int = 14) -> str:
    """A random password of all four kinds that can be read out and typed."""
    chars = [secrets.choice(kind) for kind in READABLE]
    everything = "".join(READABLE[:3])
    chars += [secrets.choice(everything) for _place in range(length - len(chars))]
    secrets.SystemRandom().shuffle(chars)
    return "".join(chars)
