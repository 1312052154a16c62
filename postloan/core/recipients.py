"""Where and when a recipient of messages can be told: asked of the app that knows them, never given by the caller."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from django.conf import settings
from django.contrib.auth import get_user_model

from postloan.core import channels
from postloan.core.messages import OutboxMessage, RecipientKind

LookUp = Callable[[Iterable[int]], dict[int, str]]
FirstMoment = Callable[[datetime], datetime]

_address_books: dict[str, LookUp] = {}
_hours: dict[str, FirstMoment] = {}


def address_book(kind: str) -> Callable[[LookUp], LookUp]:
    """The function that knows the addresses of a kind of recipient: ids in, the known addresses out."""
    if kind not in RecipientKind.values:
        raise ValueError(f"nothing is ever sent to {kind}")

    def decorate(look_up: LookUp) -> LookUp:
        _address_books[kind] = look_up
        return look_up

    return decorate


def hours(kind: str) -> Callable[[FirstMoment], FirstMoment]:
    """The function that knows when a kind of recipient may be told: a moment in, the first from it on that will do out.

    A kind without one is told at any hour.
    """

    def decorate(first: FirstMoment) -> FirstMoment:
        _hours[kind] = first
        return first

    return decorate


@address_book(RecipientKind.STAFF)
def _staff_addresses(ids: Iterable[int]) -> dict[int, str]:
    """Staff are reached by their number, within the bank's mail domain where one is set; by mail only within one."""
    domain = settings.STAFF_MAIL_DOMAIN
    if not domain and channels.channel_for(RecipientKind.STAFF) == "mail":
        return {}
    found = get_user_model().objects.filter(pk__in=list(ids), is_active=True).values_list("pk", "staff_no")
    return {pk: f"{number}@{domain}" if domain else number for pk, number in found}


def addresses(kind: str, ids: Iterable[int]) -> dict[int, str]:
    return _address_books[kind](ids)


def address_of(message: OutboxMessage) -> str:
    """The recipient's address of today; empty where none is known."""
    recipient = message.customer_id if message.recipient_kind == RecipientKind.BORROWER else message.staff_id
    return addresses(message.recipient_kind, [recipient]).get(recipient, "") if recipient else ""


def is_still_theirs(message: OutboxMessage) -> bool:
    """Checked again at the door: a number that has passed to somebody else is not told of a debt."""
    return bool(message.address) and address_of(message) == message.address


def first_moment(kind: str, moment: datetime) -> datetime:
    """The first moment from this one on at which such a recipient may be told."""
    return _hours[kind](moment) if kind in _hours else moment


def not_before(message: OutboxMessage, moment: datetime) -> datetime:
    """The same for a message; an urgent one keeps no hours."""
    return moment if message.is_urgent else first_moment(message.recipient_kind, moment)
