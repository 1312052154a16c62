"""What parameters and calendars share: proposed by one, decided by another, never by the proposer."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from postloan.core.changes import ChangeEnd, SecondPerson
from postloan.organization.models import Staff
from postloan.organization.services.refusals import Refused, save_with_reason


def approve(row: Any, *, acting_user: Staff) -> None:
    """Marks a locked row as approved. Raises Refused for its proposer and where it no longer waits."""
    still_waiting(row)
    if row.proposed_by_id == acting_user.pk:
        raise Refused(_("Who proposed it does not approve it: a second person does."))
    row.approved_by, row.approved_at = acting_user, timezone.now()
    save_with_reason(row, acting_user=acting_user, reason="approved")


def end(row: Any, because: str, *, acting_user: Staff, reason: str = "") -> None:
    """Marks a locked row as refused, withdrawn or replaced. Only its proposer withdraws, only others refuse."""
    if because != ChangeEnd.REPLACED:
        still_waiting(row)
    is_proposer = row.proposed_by_id == acting_user.pk
    if because == ChangeEnd.WITHDRAWN and not is_proposer:
        raise Refused(_("Only who proposed it withdraws it; others refuse it."))
    if because == ChangeEnd.REFUSED and is_proposer:
        raise Refused(_("Who proposed it withdraws it; others refuse it."))
    row.ended_by, row.ended_at, row.ended_because, row.end_reason = acting_user, timezone.now(), because, reason
    save_with_reason(row, acting_user=acting_user, reason=reason or because)


def still_waiting(row: SecondPerson) -> None:
    if not row.is_waiting:
        raise Refused(_("It is decided or withdrawn already."))
