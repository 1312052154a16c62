"""Personal data in clear: a right, a reason, a record. The record is written before anything is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from postloan.core.identifiers import mask_address, mask_id_number, mask_phone
from postloan.core.models import PersonalDataAccess
from postloan.customers.models import Customer, RelatedParty
from postloan.organization.models import Staff

SHOW = "customers.show_personal_data"
SHORTEST_REASON = 5

FIELDS: dict[str, str | Promise] = {
    "id_number": _("ID number"),
    "phone": _("Phone"),
    "address": _("Registered address"),
    "service_address": _("Address for service"),
}
MASKS = {
    "id_number": mask_id_number,
    "phone": mask_phone,
    "address": mask_address,
    "service_address": mask_address,
}


class ReasonMissing(Exception):
    """Nothing is shown without saying why."""


@dataclass(frozen=True)
class Shown:
    """One value; `clear` is empty until it was asked for with a reason."""

    field: str
    label: str
    masked: str
    clear: str = ""


def masked_fields(subject: Customer | RelatedParty) -> list[Shown]:
    """What the subject has, masked. A field core banking did not deliver is left out."""
    found = []
    for field, label in FIELDS.items():
        value = getattr(subject, field, "")
        if value:
            found.append(Shown(field, str(label), MASKS[field](value)))
    return found


def customers_shown_to(user: Any) -> Any:
    """Customers in the scope of those posts that give the right: another post's reach does not widen it."""
    return Customer.objects.visible_to(user, by=SHOW).counted()


def parties_shown_to(user: Any) -> Any:
    """Parties of these customers; who is a customer beyond the scope shows number and masked name only."""
    visible = customers_shown_to(user)
    parties = RelatedParty.objects.counted().filter(customer__in=visible)
    return parties.filter(Q(party_customer=None) | Q(party_customer__in=visible))


@transaction.atomic
def show_personal_data(
    subject: Customer | RelatedParty, *, field: str, reason: str, acting_user: Staff, address: str | None
) -> Shown:
    """One field in clear, with its record in the same transaction (个人信息保护法 art. 51; JR/T 0171-2020).

    Raises PermissionDenied without the capability or out of scope, ReasonMissing, KeyError for an unknown field.
    """
    reason = " ".join(reason.split())
    if not acting_user.has_capability(SHOW) or not _in_scope(subject, acting_user):
        raise PermissionDenied(SHOW)
    if len(reason) < SHORTEST_REASON:
        raise ReasonMissing
    label, value = FIELDS[field], getattr(subject, field)
    is_party = isinstance(subject, RelatedParty)
    PersonalDataAccess.objects.create(
        shown_at=timezone.now(),
        staff=acting_user,
        subject_kind="related_party" if is_party else "customer",
        subject_key=subject.party_no if is_party else subject.customer_no,  # type: ignore[union-attr]
        customer_id=subject.customer_id if is_party else subject.pk,  # type: ignore[union-attr]
        what=field,
        reason=reason[:400],
        address=address,
    )
    return Shown(field, str(label), MASKS[field](value), value)


def _in_scope(subject: Customer | RelatedParty, user: Staff) -> bool:
    shown = parties_shown_to(user) if isinstance(subject, RelatedParty) else customers_shown_to(user)
    return shown.filter(pk=subject.pk).exists()
