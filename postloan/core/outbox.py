"""Messages leave through the outbox: written with their cause, delivered afterwards, at most once a key.

1. A service calls `put` inside its transaction. It names a borrower or a member of staff, never an address: the
   address is looked up by the app that knows the recipient, so nothing can be told to anybody else.
2. The message and its delivery row, each with a unique key, are written together: no cause without its message,
   no message without its cause, and a second `put` of the same key writes nothing.
3. The job `deliver_messages` takes a row by compare-and-set (waiting → sending), commits, sends, notes the result.
4. A certain failure is tried again with a growing delay, then it is dead and shown.
5. A worker that dies between sending and noting leaves the row in `sending`. Nobody knows then whether it arrived:
   whoever takes its run over marks it so and shows it; it is sent again by itself only through a channel that takes
   a key once.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone, translation
from django.utils.functional import Promise

from postloan.core import business_date, channels, checkpoints, jobs
from postloan.core.messages import Delivery, DeliveryState, OutboxMessage, RecipientKind

log = logging.getLogger(__name__)

JOB = "deliver_messages"
RETRY_DELAYS = [timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=3)]
ATTEMPTS = len(RETRY_DELAYS) + 1
# Longer than any channel's time-out: whoever holds the row after this is dead.
SENDING_AT_MOST = timedelta(minutes=5)
BATCH = 500


@dataclass(frozen=True)
class Template:
    code: str
    subject: str | Promise
    body: str | Promise


@dataclass(frozen=True)
class Draft:
    """A message to be written. `recipient_id` is a customer's or a staff member's id, as `to` says.

    `secrets` are arguments that only the recipient may know: they are kept encrypted.
    """

    key: str
    template: str
    to: str
    recipient_id: int
    arguments: Mapping[str, Any]
    loan_id: int | None = None
    customer_id: int | None = None
    language: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict)


_templates: dict[str, Template] = {}
_address_books: dict[str, Callable[[Iterable[int]], dict[int, str]]] = {}


def define(code: str, subject: str | Promise, body: str | Promise) -> str:
    """Makes a template known: a subject and a text with `{argument}` places, both in both languages."""
    if code in _templates:
        raise ValueError(f"message {code} is defined twice")
    _templates[code] = Template(code, subject, body)
    return code


def address_book(kind: str) -> Callable[[Callable], Callable]:
    """The function that knows the addresses of a kind of recipient: ids in, the known addresses out."""
    if kind not in RecipientKind.values:
        raise ValueError(f"nothing is ever sent to {kind}")

    def decorate(look_up: Callable[[Iterable[int]], dict[int, str]]) -> Callable:
        _address_books[kind] = look_up
        return look_up

    return decorate


@address_book(RecipientKind.STAFF)
def _staff_addresses(ids: Iterable[int]) -> dict[int, str]:
    """Staff are reached by their number, within the bank's mail domain where one is set; by mail only within one."""
    domain = settings.STAFF_MAIL_DOMAIN
    if not domain and channels.channel_for(RecipientKind.STAFF) == "mail":
        return {}
    found = get_user_model().objects.filter(pk__in=list(ids), is_active=True).values_list("pk", "staff_no")
    return {pk: f"{number}@{domain}" if domain else number for pk, number in found}


def put(draft: Draft, *, run_id: int | None = None) -> bool:
    """Writes one message; False where its key is there already."""
    return put_many([draft], run_id=run_id) == 1


def put_many(drafts: Iterable[Draft], *, run_id: int | None = None) -> int:
    """Writes messages and their deliveries inside the caller's transaction; returns how many were new."""
    wanted = {draft.key: draft for draft in drafts}
    if not wanted:
        return 0
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("a message is written in the transaction of its cause")
    written = 0
    keys = list(wanted)
    for start in range(0, len(keys), BATCH):
        written += _write([wanted[key] for key in keys[start : start + BATCH]], run_id)
    if written:
        transaction.on_commit(wake)
    return written


def _write(drafts: list[Draft], run_id: int | None) -> int:
    there = set(OutboxMessage.objects.filter(key__in=[d.key for d in drafts]).values_list("key", flat=True))
    drafts = [draft for draft in drafts if draft.key not in there]
    addresses = {
        kind: _address_books[kind]([d.recipient_id for d in drafts if d.to == kind]) for kind in {d.to for d in drafts}
    }
    messages = OutboxMessage.objects.bulk_create(
        [_message(draft, addresses[draft.to].get(draft.recipient_id, ""), run_id) for draft in drafts]
    )
    Delivery.objects.bulk_create([_delivery(message) for message in messages])
    return len(messages)


def _message(draft: Draft, address: str, run_id: int | None) -> OutboxMessage:
    if draft.template not in _templates:
        raise ValueError(f"no message is called {draft.template}")
    is_borrower = draft.to == RecipientKind.BORROWER
    return OutboxMessage(
        key=draft.key,
        template=draft.template,
        language=draft.language or settings.LANGUAGE_CODE,
        recipient_kind=draft.to,
        customer_id=draft.recipient_id if is_borrower else draft.customer_id,
        staff_id=None if is_borrower else draft.recipient_id,
        loan_id=draft.loan_id,
        address=address,
        arguments=dict(draft.arguments),
        secrets=json.dumps(dict(draft.secrets)) if draft.secrets else "",
        business_date=business_date.latest(),
        created_at=timezone.now(),
        run_id=run_id,
    )


def _delivery(message: OutboxMessage) -> Delivery:
    channel = channels.channel_for(message.recipient_kind)
    known = bool(message.address)
    return Delivery(
        key=f"{message.key}|{channel}",
        message=message,
        channel=channel,
        state=DeliveryState.WAITING if known else DeliveryState.DEAD,
        next_try_at=message.created_at if known else None,
        error="" if known else NO_ADDRESS,
    )


SENDER_DIED = "the sender died before it could note the outcome"
NO_ADDRESS = "no address is known"
NOT_THEIRS = "the address is no longer the recipient's"


def withdraw(keys: Iterable[str]) -> int:
    """Takes back messages that nobody has begun to send, because their cause has gone."""
    waiting = Delivery.objects.filter(
        message__key__in=list(keys), state__in=[DeliveryState.WAITING, DeliveryState.FAILED, DeliveryState.DEAD]
    )
    messages = list(waiting.values_list("message_id", flat=True))
    count = waiting.filter(outcome_unknown=False).update(state=DeliveryState.WITHDRAWN, next_try_at=None)
    OutboxMessage.objects.filter(pk__in=messages, withdrawn_at=None).update(withdrawn_at=timezone.now())
    return count


def text_of(message: OutboxMessage) -> tuple[str, str]:
    """Subject and text in the message's own language."""
    template = _templates[message.template]
    with translation.override(message.language):
        arguments = message.arguments | (json.loads(message.secrets) if message.secrets else {})
        return str(template.subject).format(**arguments), str(template.body).format(**arguments)


def subject_of(message: OutboxMessage) -> str:
    """The subject; of a message that no template can write any more, which is a dead letter, the template's code."""
    try:
        return text_of(message)[0]
    except (KeyError, IndexError, ValueError):
        return message.template


# ── delivering ────────────────────────────────────────────────────────────────────────────────────────────


def due() -> Any:
    return Delivery.objects.filter(
        state__in=[DeliveryState.WAITING, DeliveryState.FAILED], next_try_at__lte=timezone.now()
    ).order_by("next_try_at", "id")


def wake() -> None:
    """Asks for the job. While it runs the minute's look asks again, so nothing that came late is left lying."""
    jobs.request(JOB)


@jobs.before_each_round
def look() -> None:
    """Called by the minute's beat: asks for the job only when there is something to do."""
    stale = _stale().exists()
    if stale or due().exists():
        wake()


def _sending() -> Any:
    return Delivery.objects.filter(state=DeliveryState.SENDING, outcome_unknown=False)


def _stale() -> Any:
    return _sending().filter(claimed_at__lt=timezone.now() - SENDING_AT_MOST)


@jobs.register(JOB)
def deliver_messages(claim: jobs.Claim) -> dict[str, int]:
    """Sends what is due, batch by batch; each row is claimed for itself, so a former worker that wakes doubles none.

    The ledger holds one claim of this job at a time: what was being sent before this one belonged to a dead worker.
    """
    counts = {"sent": 0, "failed": 0, "dead": 0, "unknown": 0, **recover_stale(_sending())}
    while batch := list(due().select_related("message")[:BATCH]):
        for delivery in batch:
            outcome = deliver(delivery)
            if outcome:
                counts[outcome] += 1
        claim.progress("sending", sum(counts.values()))
    return counts


def recover_stale(left: Any = None) -> dict[str, int]:
    """Rows whose sender died: taken again where the channel takes a key once, otherwise shown as unknown."""
    left = _stale() if left is None else left
    again = [name for name, kind in channels.CHANNELS.items() if kind.takes_key_once]
    retaken = left.filter(channel__in=again).update(state=DeliveryState.FAILED, next_try_at=timezone.now())
    unknown = left.update(outcome_unknown=True, error=SENDER_DIED)
    return {"retaken": retaken, "left_unknown": unknown}


def deliver(delivery: Delivery) -> str:
    """One delivery from claim to result: sent, failed, dead, unknown; empty where another worker has it."""
    if not _claim(delivery):
        return ""
    message = delivery.message
    if not _is_still_theirs(message):
        return _note(delivery, DeliveryState.DEAD, error=NOT_THEIRS)
    checkpoints.reached(f"outbox:claimed:{delivery.channel}")
    try:
        subject, body = text_of(message)
        letter = channels.Letter(message.key, message.address, subject, body, message.language, message.recipient_kind)
        reference = channels.channel(delivery.channel).send(letter)
        checkpoints.reached(f"outbox:sent:{delivery.channel}")
    except channels.TemporaryError as error:
        return _failed(delivery, str(error))
    except channels.OutcomeUnknown as error:
        Delivery.objects.filter(pk=delivery.pk).update(outcome_unknown=True, error=str(error)[:400])
        return "unknown"
    except (channels.PermanentError, KeyError, IndexError, ValueError) as error:
        return _note(delivery, DeliveryState.DEAD, error=str(error) or type(error).__name__)
    return _note(delivery, DeliveryState.SENT, reference=reference)


def _claim(delivery: Delivery) -> bool:
    """Waiting → sending by compare-and-set, committed before anything leaves the house."""
    taken = Delivery.objects.filter(
        Q(state=DeliveryState.WAITING) | Q(state=DeliveryState.FAILED), pk=delivery.pk, attempts=delivery.attempts
    ).update(state=DeliveryState.SENDING, attempts=F("attempts") + 1, claimed_at=timezone.now(), next_try_at=None)
    delivery.attempts += taken
    return bool(taken)


def _is_still_theirs(message: OutboxMessage) -> bool:
    """Checked again at the door: a number that has passed to somebody else is not told of a debt."""
    recipient = message.customer_id if message.recipient_kind == RecipientKind.BORROWER else message.staff_id
    if recipient is None:
        return False
    return _address_books[message.recipient_kind]([recipient]).get(recipient) == message.address


def _failed(delivery: Delivery, error: str) -> str:
    if delivery.attempts >= ATTEMPTS:
        return _note(delivery, DeliveryState.DEAD, error=error)
    wait = RETRY_DELAYS[min(delivery.attempts - 1, len(RETRY_DELAYS) - 1)]
    return _note(delivery, DeliveryState.FAILED, error=error, next_try_at=timezone.now() + wait)


def _note(delivery: Delivery, state: str, *, error: str = "", reference: str = "", next_try_at: Any = None) -> str:
    Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.SENDING).update(
        state=state,
        error=error[:400],
        provider_reference=reference[:120],
        next_try_at=next_try_at,
        sent_at=timezone.now() if state == DeliveryState.SENT else None,
        outcome_unknown=False,
    )
    return state


# ── dead letters ──────────────────────────────────────────────────────────────────────────────────────────


def dead_letters() -> Any:
    """What did not arrive, or nobody knows: newest first."""
    return (
        Delivery.objects.filter(Q(state=DeliveryState.DEAD) | Q(outcome_unknown=True))
        .select_related("message", "message__staff")
        .order_by("-id")
    )


def send_again(delivery: Delivery) -> bool:
    """A person decides to try once more, with the address known today; False where it is no dead letter."""
    with transaction.atomic():
        row = Delivery.objects.select_for_update().select_related("message").get(pk=delivery.pk)
        if not row.is_dead_letter:
            return False
        message = row.message
        kind = message.recipient_kind
        recipient = message.customer_id if kind == RecipientKind.BORROWER else message.staff_id
        address = _address_books[kind]([recipient]).get(recipient, "") if recipient else ""
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
            channel=channels.channel_for(kind),
        )
        transaction.on_commit(wake)
    return True


def mark_arrived(delivery: Delivery) -> bool:
    """Somebody has found out that a message of unknown outcome did arrive."""
    return bool(
        Delivery.objects.filter(pk=delivery.pk, outcome_unknown=True).update(
            state=DeliveryState.SENT, sent_at=timezone.now(), outcome_unknown=False
        )
    )
