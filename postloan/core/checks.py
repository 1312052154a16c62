"""What a chosen way of sending messages lacks is said before anything starts, not by the first message."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import Error, Tags, register
from django.core.exceptions import ImproperlyConfigured

from postloan.core import channels
from postloan.core.messages import RecipientKind

MAIL_SECURITY = ("starttls", "tls", "none")


@register(Tags.security, deploy=True)
def channels_are_set(app_configs: Any = None, **_ignored: Any) -> list[Error]:
    chosen = {str(kind): channels.channel_for(str(kind)) for kind in RecipientKind}
    found = [*_unknown(chosen)]
    if "mail" in chosen.values():
        found += _of_mail(chosen)
    if "gateway" in chosen.values():
        found += _of_gateway()
    return found


def refuse_unset_channels() -> None:
    """For every way the sending of messages starts. Raises ImproperlyConfigured with all that is missing."""
    if found := channels_are_set():
        raise ImproperlyConfigured(" ".join(f"{error.id}: {error.msg} {error.hint}" for error in found))


def _unknown(chosen: dict[str, str]) -> Iterator[Error]:
    for kind, name in chosen.items():
        if name not in channels.CHANNELS:
            yield Error(
                f"Messages to {kind} are to go through the channel {name!r}, which does not exist.",
                hint=f"POSTLOAN_{kind.upper()}_CHANNEL is one of {', '.join(sorted(channels.CHANNELS))}.",
                id="core.E001",
            )


def _of_mail(chosen: dict[str, str]) -> Iterator[Error]:
    if chosen[RecipientKind.BORROWER] == "mail":
        yield Error(
            "Messages to borrowers are to go by mail, but core banking delivers their phones.",
            hint="Set POSTLOAN_BORROWER_CHANNEL to gateway.",
            id="core.E002",
        )
    needed = {
        "POSTLOAN_MAIL_HOST": (settings.EMAIL_HOST, "the mail server"),
        "POSTLOAN_MAIL_SENDER": (settings.DEFAULT_FROM_EMAIL, "the address that mails come from"),
        "POSTLOAN_STAFF_MAIL_DOMAIN": (settings.STAFF_MAIL_DOMAIN, "the domain of the addresses of staff"),
    }
    for name, (value, what) in needed.items():
        if not value:
            yield _missing("mail", name, what, "core.E003")
    if settings.MAIL_SECURITY not in MAIL_SECURITY:
        yield Error(
            f"POSTLOAN_MAIL_SECURITY is {settings.MAIL_SECURITY!r}.",
            hint=f"It is one of {', '.join(MAIL_SECURITY)}.",
            id="core.E005",
        )


def _of_gateway() -> Iterator[Error]:
    needed = {
        "POSTLOAN_GATEWAY_URL": "the address of the bank's message gateway",
        "POSTLOAN_GATEWAY_SECRET": "the secret that requests to it are signed with",
    }
    for name, what in needed.items():
        if not os.environ.get(name):
            yield _missing("the gateway", name, what, "core.E004")
    if (url := os.environ.get("POSTLOAN_GATEWAY_URL")) and not channels.is_safe(url):
        yield Error("The gateway's address is not https.", hint="Set POSTLOAN_GATEWAY_URL to it.", id="core.E006")


def _missing(way: str, name: str, what: str, code: str) -> Error:
    return Error(f"Messages are to go by {way}, and {name} is not set: {what}.", hint="Set it.", id=code)
