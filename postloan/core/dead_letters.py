"""What did not arrive, or of which nobody knows: shown, counted for the watch, and settled by a person's decision."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from postloan.core import channels, health, outbox, recipients
from postloan.core.messages import Delivery, DeliveryState, OutboxMessage
from postloan.core.models import JobRun, JobState

IS_DEAD = Q(state=DeliveryState.DEAD) | Q(outcome_unknown=True)


def dead_letters() -> Any:
    """Newest first."""
    return Delivery.objects.filter(IS_DEAD).select_related("message", "message__staff").order_by("-id")


@health.check("messages_undelivered")
def count() -> int:
    """What was tried in vain. A recipient without an address is a matter of the data and no trouble of the channel."""
    return Delivery.objects.filter(IS_DEAD, attempts__gt=0).count()


def why_nothing_is_sent() -> str:
    """Why the job that sends has failed; empty while it has not."""
    failed = JobRun.objects.filter(job=outbox.JOB, state=JobState.FAILED)
    return failed.values_list("error", flat=True).first() or ""


def send_again(delivery: Delivery) -> bool:
    """Tried once more, with the address known today; False where it is no dead letter or has no address."""
    with transaction.atomic():
        row = Delivery.objects.select_for_update().select_related("message").get(pk=delivery.pk)
        message = row.message
        address = recipients.address_of(message) if row.is_dead_letter else ""
        if not address:
            return False
        if address != message.address:
            message.address = address
            message.save(update_fields=["address"])
        Delivery.objects.filter(pk=row.pk).update(
            state=DeliveryState.WAITING,
            next_try_at=timezone.now(),
            outcome_unknown=False,
            attempts=0,
            error="",
            channel=channels.channel_for(message.recipient_kind),
        )
        transaction.on_commit(outbox.wake)
    return True


def mark_arrived(delivery: Delivery) -> bool:
    """Somebody has found out that a message of unknown outcome did arrive."""
    return bool(
        Delivery.objects.filter(pk=delivery.pk, outcome_unknown=True).update(
            state=DeliveryState.SENT, sent_at=timezone.now(), outcome_unknown=False
        )
    )


def set_aside(delivery: Delivery) -> bool:
    """It will not be sent any more: the recipient was told otherwise, or it has become pointless."""
    with transaction.atomic():
        done = Delivery.objects.filter(IS_DEAD, pk=delivery.pk).update(
            state=DeliveryState.WITHDRAWN, next_try_at=None, outcome_unknown=False
        )
        if done:
            OutboxMessage.objects.filter(pk=delivery.message_id).update(withdrawn_at=timezone.now())
    return bool(done)
