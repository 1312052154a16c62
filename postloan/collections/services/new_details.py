"""New contact details a debtor gave: shown in clear to who enters them in core banking, then noted as passed on."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from postloan.collections.models import ActionRecord
from postloan.core.models import PersonalDataAccess
from postloan.customers import personal_data
from postloan.organization.models import Staff
from postloan.todos.kinds import TodoKind
from postloan.todos.services import close_by_doing

SUBJECT = "action_record"


@dataclass(frozen=True)
class NewDetails:
    phone: str
    address: str


@transaction.atomic
def show_new_details(record: ActionRecord, *, acting_user: Staff, address: str | None) -> NewDetails:
    """The new phone and address in clear, with a record of each (个人信息保护法 art. 51).

    The reason needs no question: it is the correction itself. Raises PermissionDenied without the right.
    """
    shown_to = personal_data.customers_shown_to(acting_user)
    if not acting_user.has_capability(personal_data.SHOW) or not shown_to.filter(pk=record.customer_id).exists():
        raise PermissionDenied(personal_data.SHOW)
    details = NewDetails(record.new_phone, record.new_address)
    reason = _("New details of %(day)s, to be entered in core banking") % {"day": record.business_date.isoformat()}
    PersonalDataAccess.objects.bulk_create(
        PersonalDataAccess(
            shown_at=timezone.now(),
            staff=acting_user,
            subject_kind="customer",
            subject_key=record.customer.customer_no,
            customer_id=record.customer_id,
            what=what,
            reason=reason,
            address=address,
        )
        for what, value in (("phone", details.phone), ("address", details.address))
        if value
    )
    return details


@transaction.atomic
def correct_data(record: ActionRecord, *, acting_user: Staff) -> int:
    """The manager says that core banking has been told of the new details."""
    return close_by_doing(TodoKind.DATA_CORRECTION, SUBJECT, record.pk, acting_user=acting_user)
