"""The timeline: each service writes its event in its own transaction; the text is made when it is shown."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.functional import Promise

from postloan.core import business_date
from postloan.core.models import Event

_texts: dict[str, str | Promise] = {}


def define(code: str, text: str | Promise) -> str:
    """Makes an event's code known with its text, a template with `{argument}` places. Codes are never renamed."""
    if code in _texts:
        raise ValueError(f"event {code} is defined twice")
    _texts[code] = text
    return code


def record(
    code: str,
    *,
    acting_user: Any = None,
    customer_id: int | None = None,
    loan_id: int | None = None,
    subject_kind: str = "",
    subject_key: str = "",
    run_id: int | None = None,
    **arguments: Any,
) -> Event:
    """Appends an event. Call it inside the transaction whose change it tells."""
    if code not in _texts:
        raise ValueError(f"no event is called {code}")
    return Event.objects.create(
        business_date=business_date.latest(),
        happened_at=timezone.now(),
        actor=acting_user if getattr(acting_user, "pk", None) else None,
        customer_id=customer_id,
        loan_id=loan_id,
        subject_kind=subject_kind,
        subject_key=subject_key,
        run_id=run_id,
        code=code,
        arguments=arguments,
    )


def describe(event: Event) -> str:
    """The event in the reader's language."""
    text = str(_texts.get(event.code, event.code))
    try:
        return text.format(**event.arguments, key=event.subject_key)
    except (KeyError, IndexError):
        return text
