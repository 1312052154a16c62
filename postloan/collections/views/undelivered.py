"""Messages that did not arrive, or of which nobody knows: shown, and sent again by a person's decision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from postloan.collections import wording
from postloan.core import dead_letters, outbox, timeline
from postloan.core.access import http_methods, requires
from postloan.core.identifiers import mask_phone
from postloan.core.models import Delivery
from postloan.customers.models import Customer
from postloan.organization.requests import StaffRequest

PER_PAGE = 50


def _visible(request: StaffRequest):
    """Those of customers this person sees, and those to this person."""
    rows = dead_letters.dead_letters()
    if request.user.rights.sees_everything:
        return rows
    customers = Customer.objects.visible_to(request.user).values("pk")
    return rows.filter(Q(message__customer_id__in=customers) | Q(message__staff=request.user))


@requires("core.view_messages")
@http_methods()
def undelivered(request: StaffRequest) -> HttpResponse:
    page = Paginator(_visible(request), PER_PAGE).get_page(request.GET.get("page"))
    names = dict(Customer.objects.filter(pk__in=[row.message.customer_id for row in page]).values_list("pk", "name"))
    rows = [
        {
            "delivery": row,
            "subject": outbox.subject_of(row.message),
            "to": row.message.staff.name if row.message.staff_id else names.get(row.message.customer_id, ""),
            "address": mask_phone(row.message.address),
        }
        for row in page
    ]
    context = {
        "page": page,
        "rows": rows,
        "can_resend": request.user.has_capability("core.resend_messages"),
        "stopped": dead_letters.why_nothing_is_sent(),
        "sees_jobs": request.user.has_capability("nightly.view_night"),
    }
    return render(request, "collections/undelivered.html", context)


@dataclass(frozen=True)
class Settling:
    """What a person may decide about a dead letter: how it is done, what the timeline and the page say of it."""

    settle: Callable[[Delivery], bool]
    code: str
    said: Promise


SETTLINGS = {
    "again": Settling(
        dead_letters.send_again,
        wording.MESSAGE_AGAIN,
        gettext_lazy("It will be sent again within a minute, to a borrower within the hours for messages."),
    ),
    "arrived": Settling(dead_letters.mark_arrived, wording.MESSAGE_ARRIVED, gettext_lazy("Noted as arrived.")),
    "aside": Settling(dead_letters.set_aside, wording.MESSAGE_ASIDE, gettext_lazy("It will not be sent any more.")),
}


@requires("core.resend_messages")
@http_methods(reads=[], writes=["POST"])
def send_again(request: StaffRequest, delivery_id: int) -> HttpResponse:
    """Once more, with the address known today; or noted as arrived after all; or not any more."""
    row = get_object_or_404(_visible(request), pk=delivery_id)
    settling = next((SETTLINGS[name] for name in ("arrived", "aside") if name in request.POST), SETTLINGS["again"])
    with transaction.atomic():
        done = settling.settle(row)
        if done:
            _tell(request, row, settling.code)
    if done:
        messages.success(request, str(settling.said))
    else:
        messages.error(request, _("There is no address to send it to, or it is no dead letter any more."))
    return redirect("collections:undelivered")


def _tell(request: StaffRequest, row: Delivery, code: str) -> None:
    timeline.record(
        code,
        acting_user=request.user,
        customer_id=row.message.customer_id,
        loan_id=row.message.loan_id,
        subject_kind="message",
        subject_key=row.message.key[:120],
        template=row.message.template,
    )
