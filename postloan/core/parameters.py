"""The bank's thresholds: a default in code with its source, overridden by approved rows valid from a date."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from postloan.core import business_date


@dataclass(frozen=True)
class Definition:
    """A threshold. `check` says in a sentence what is wrong with a value of the right shape, or nothing.

    `words` are the words a field of its records may take beyond those of the default.
    """

    key: str
    name: str | Promise
    default: Any
    source: str | Promise
    unit: str | Promise = ""
    check: Callable[[Any], str] | None = None
    words: Mapping[str, Iterable[str]] = field(default_factory=dict)

    @property
    def group(self) -> str:
        """The part of the system it belongs to."""
        return self.key.partition(".")[0]


_definitions: dict[str, Definition] = {}


def define(
    key: str,
    name: str | Promise,
    default: Any,
    *,
    source: str | Promise,
    unit: str | Promise = "",
    check: Callable[[Any], str] | None = None,
    words: Mapping[str, Iterable[str]] | None = None,
) -> str:
    """Makes a parameter known and returns its key. Defining it twice is a mistake."""
    if key in _definitions:
        raise ValueError(f"parameter {key} is defined twice")
    _definitions[key] = Definition(key, name, default, source, unit, check, words or {})
    return key


def definition(key: str) -> Definition:
    """Raises KeyError for a key nobody has defined."""
    return _definitions[key]


def definitions() -> list[Definition]:
    return sorted(_definitions.values(), key=lambda definition: definition.key)


def value(key: str, *, on: date | None = None, scope: str = "") -> Any:
    """The value valid on a date: the approved row of the scope, else of no scope, else the default in code."""
    from postloan.core.changes import STANDING
    from postloan.core.models import Parameter

    definition = _definitions[key]
    day = on or business_date.calendar_today()
    found = (
        Parameter.objects.filter(STANDING, key=key, scope__in={scope, ""}, valid_from__lte=day)
        .order_by("-scope", "-valid_from")
        .values_list("value", flat=True)
        .first()
    )
    return _typed(definition, found)


def values(*keys: str, on: date | None = None) -> dict[str, Any]:
    """Several parameters of no scope at once, in one query."""
    from postloan.core.changes import STANDING
    from postloan.core.models import Parameter

    day = on or business_date.calendar_today()
    rows = Parameter.objects.filter(STANDING, key__in=keys, scope="", valid_from__lte=day)
    # The latest comes last and stays.
    found = dict(rows.order_by("valid_from").values_list("key", "value"))
    return {key: _typed(_definitions[key], found.get(key)) for key in keys}


def _typed(definition: Definition, found: Any) -> Any:
    raw = definition.default if found is None else found
    return Decimal(str(raw)) if isinstance(definition.default, Decimal) else raw


LOGIN_FAILURES = define(
    "security.login_failures",
    _("Failed log-ins before lock-out"),
    5,
    unit=_("times"),
    source="GB/T 22239-2019 8.1.4",
)
LOCKOUT_MINUTES = define(
    "security.lockout_minutes",
    _("Lock-out after failed log-ins"),
    30,
    unit=_("minutes"),
    source="GB/T 22239-2019 8.1.4",
)
IDLE_MINUTES = define(
    "security.idle_minutes",
    _("Idle time before log-out"),
    15,
    unit=_("minutes"),
    source="GB/T 22239-2019 8.1.4",
)
IDLE_MINUTES_ADMIN = define(
    "security.idle_minutes_administrator",
    _("Idle time before log-out, administrators"),
    10,
    unit=_("minutes"),
    source="GB/T 22239-2019 8.1.5",
)
SESSION_HOURS = define(
    "security.session_hours", _("Longest session"), 8, unit=_("hours"), source="GB/T 22239-2019 8.1.4"
)
ONE_SESSION = define("security.one_session", _("One session a user"), True, source="GB/T 22239-2019 8.1.4")
PASSWORD_LENGTH = define(
    "security.password_length",
    _("Shortest password"),
    8,
    unit=_("characters"),
    source="GB/T 22239-2019 8.1.4",
)
PASSWORD_LENGTH_ADMIN = define(
    "security.password_length_administrator",
    _("Shortest password, administrators"),
    12,
    unit=_("characters"),
    source="GB/T 22239-2019 8.1.5",
)
PASSWORD_KINDS = define(
    "security.password_kinds",
    _("Kinds of characters in a password"),
    3,
    unit=_("of 4"),
    source="GB/T 22239-2019 8.1.4",
)
PASSWORD_DAYS = define(
    "security.password_days",
    _("Password to be changed after"),
    90,
    unit=_("days"),
    source="GB/T 22239-2019 8.1.4",
)
PASSWORD_HISTORY = define(
    "security.password_history",
    _("Former passwords that may not return"),
    5,
    unit=_("passwords"),
    source="GB/T 22239-2019 8.1.4",
)
FIRST_CHANGE = define(
    "security.first_change", _("First password must be changed"), True, source="GB/T 22239-2019 8.1.4"
)
QUARANTINE_PCT = define(
    "imports.quarantine_pct",
    _("Largest share of the balance in quarantine"),
    Decimal("1"),
    unit="%",
    source=_("extract contract, rule 2"),
)
MOVEMENT_TOLERANCE = define(
    "imports.movement_tolerance",
    _("Difference allowed between a loan's movements and its balance"),
    Decimal("0.00"),
    unit=_("currency units"),
    source=_("the bank's rule"),
)
