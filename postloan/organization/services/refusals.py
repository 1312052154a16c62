"""What the services refuse with, and what they all ask first."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from postloan.organization.models import Staff

# The column of django-simple-history holds this much; the whole reason stands in the event.
HISTORY_REASON_LENGTH = 100


class Refused(Exception):
    """The change is not allowed; the text is a sentence for the person who asked."""


def demand(acting_user: Staff | None, capability: str) -> None:
    """None stands for the system itself: set-up commands. Raises PermissionDenied."""
    if acting_user is not None and not acting_user.has_capability(capability):
        raise PermissionDenied(capability)


def demand_reason(reason: str) -> str:
    reason = " ".join(reason.split())
    if not reason:
        raise Refused(_("Say why."))
    return reason


def not_oneself(staff: Staff, acting_user: Staff | None, sentence: str) -> None:
    if acting_user is not None and staff.pk == acting_user.pk:
        raise Refused(sentence)


def save_with_reason(row: Any, *, acting_user: Staff | None, reason: str, fields: list[str] | None = None) -> None:
    """Saves one row; its history says who and why."""
    row._history_user = acting_user
    row._change_reason = reason[:HISTORY_REASON_LENGTH]
    row.save(update_fields=fields)
