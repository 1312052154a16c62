"""Messages leave through the outbox: written with their cause, delivered afterwards, at most once a key.

1. A service calls `put` inside its transaction. It names a borrower or a member of staff, never an address: the
   address is looked up by the app that knows the recipient, so nothing can be told to anybody else. So are the hours
   at which a recipient may be told (`core/recipients.py`).
2. The message and its delivery row, each with a unique key, are written together: no cause without its message,
   no message without its cause, and a second `put` of the same key writes nothing.
3. The job `deliver_messages` takes a row by compare-and-set (waiting → sending), commits, sends, notes the result.
4. A certain failure is tried again with a growing delay, then it is dead and shown: `core/dead_letters.py`.
5. A worker that dies between sending and noting leaves the row in `sending`. Nobody knows then whether it arrived:
   whoever takes its run over marks it so and shows it; it is sent again by itself only through a channel that takes
   a key once.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import F, Q
from django.utils import timezone, translation
from django.utils.functional import Promise

from postloan.core import business_date, channels, checkpoints, jobs, languages, recipients
from postloan.core.messages import Delivery, DeliveryState, OutboxMessage, RecipientKind

log = logging.getLogger(__name__)

JOB = "deliver_messages"
RETRY_DELAYS = [timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=3)]
ATTEMPTS = len(RETRY_DELAYS) + 1
# Longer than any channel's time-out: whoever holds the row after this is dead.
SENDING_AT_MOST = timedelta(minutes=5)
BATCH = 500
# So often the page of the job is told how far it is.
PAGE = 50


@dataclass(frozen=True)
class Template:
    code: str
    subject: str | Promise
    body: str | Promise


@dataclass(frozen=True)
class Draft:
    """A message to be written. `recipient_id` is a customer's or a staff member's id, as `to` says.

    `secrets` are arguments that only the recipient may know: they are kept encrypted. What `is_urgent` is waited for
    at this moment and keeps no hours.
    """

    key: str
    template: str
    to: str
    recipient_id: int
    arguments: Mapping[str, Any]
    loan_id: int | None = None
    customer_id: int | None = None
    secrets: Mapping[str, str] = field(default_factory=dict)
    is_urgent: bool = False


_templates: dict[str, Template] = {}


def define(code: str, subject: str | Promise, body: str | Promise) -> str:
    """Makes a template known: a subject and a text with `{argument}` places, both in both languages."""
    if code in _templates:
        raise ValueError(f"message {code} is defined twice")
    _templates[code] = Template(code, subject, body)
    return code


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
    if not drafts:
        return 0
    of_kind = {kind: [d.recipient_id for d in drafts if d.to == kind] for kind in {d.to for d in drafts}}
    writing = _Writing(
        run_id,
        business_date.latest(),
        now=(now := timezone.now()),
        addresses={kind: recipients.addresses(kind, ids) for kind, ids in of_kind.items()},
        languages=languages.of_staff(of_kind.get(RecipientKind.STAFF, [])),
        first_moments={kind: recipients.first_moment(kind, now) for kind in of_kind},
    )
    messages = OutboxMessage.objects.bulk_create([writing.message(draft) for draft in drafts])
    Delivery.objects.bulk_create([writing.delivery(message) for message in messages])
    return len(messages)


@dataclass(frozen=True)
class _Writing:
    """What the messages of one writing have in common, looked up once."""

    run_id: int | None
    business_date: date | None
    now: datetime
    addresses: Mapping[str, Mapping[int, str]]
    languages: Mapping[int, str]
    first_moments: Mapping[str, datetime]

    def message(self, draft: Draft) -> OutboxMessage:
        """Staff are told in the language they have chosen, borrowers in the bank's."""
        if draft.template not in _templates:
            raise ValueError(f"no message is called {draft.template}")
        is_borrower = draft.to == RecipientKind.BORROWER
        chosen = "" if is_borrower else self.languages.get(draft.recipient_id, "")
        return OutboxMessage(
            key=draft.key,
            template=draft.template,
            language=chosen or settings.LANGUAGE_CODE,
            recipient_kind=draft.to,
            customer_id=draft.recipient_id if is_borrower else draft.customer_id,
            staff_id=None if is_borrower else draft.recipient_id,
            loan_id=draft.loan_id,
            address=self.addresses[draft.to].get(draft.recipient_id, ""),
            arguments=dict(draft.arguments),
            secrets=json.dumps(dict(draft.secrets)) if draft.secrets else "",
            is_urgent=draft.is_urgent,
            business_date=self.business_date,
            created_at=self.now,
            run_id=self.run_id,
        )

    def delivery(self, message: OutboxMessage) -> Delivery:
        channel = channels.channel_for(message.recipient_kind)
        first = message.created_at if message.is_urgent else self.first_moments[message.recipient_kind]
        known = bool(message.address)
        return Delivery(
            key=f"{message.key}|{channel}",
            message=message,
            channel=channel,
            state=DeliveryState.WAITING if known else DeliveryState.DEAD,
            next_try_at=first if known else None,
            error="" if known else NO_ADDRESS,
        )


# A template that is gone, or one that does not know the facts of its message.
UNWRITABLE = (KeyError, IndexError, ValueError, TypeError, AttributeError)
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
    except UNWRITABLE:
        return message.template


# ── delivering ────────────────────────────────────────────────────────────────────────────────────────────


def due() -> Any:
    return Delivery.objects.filter(
        state__in=[DeliveryState.WAITING, DeliveryState.FAILED], next_try_at__lte=timezone.now()
    ).order_by("next_try_at", "id")


def wake() -> None:
    """Asks for the job. While it runs the minute's look asks again, so nothing that came late is left lying.

    A job that has failed waits for a person: it says why on the pages of messages and of the night.
    """
    jobs.request(JOB, by_itself=True)


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
    """Sends what is due, page by page; each row is claimed for itself, so a former worker that wakes doubles none.

    The ledger holds one claim of this job at a time: what was being sent before this one belonged to a dead worker.
    """
    counts = {"sent": 0, "failed": 0, "dead": 0, "unknown": 0, "held": 0, **recover_stale(_sending())}
    while ids := list(due().values_list("pk", flat=True)[:PAGE]):
        outcomes = [outcome for pk in ids if (outcome := _deliver_one(pk))]
        for outcome in outcomes:
            counts[outcome] += 1
        done = sum(counts[outcome] for outcome in ("sent", "failed", "dead", "unknown"))
        claim.progress("sending", done, done + due().count())
        if not outcomes:
            break
    return counts


def recover_stale(left: Any = None) -> dict[str, int]:
    """Rows whose sender died: taken again where the channel takes a key once, otherwise shown as unknown.

    A row that kills each sender is tried as often as any other, then it is dead.
    """
    left = _stale() if left is None else left
    again = left.filter(channel__in=[name for name, kind in channels.CHANNELS.items() if kind.takes_key_once])
    dead = again.filter(attempts__gte=ATTEMPTS).update(state=DeliveryState.DEAD, error=SENDER_DIED)
    retaken = again.update(state=DeliveryState.FAILED, next_try_at=timezone.now(), error=SENDER_DIED)
    unknown = left.update(outcome_unknown=True, error=SENDER_DIED)
    return {"retaken": retaken, "left_unknown": unknown, "dead": dead}


def _deliver_one(pk: int) -> str:
    """Whatever a row raises is its own: noted with it and tried a set number of times, while the others go on."""
    try:
        return deliver(Delivery.objects.select_related("message").get(pk=pk))
    except (DatabaseError, Delivery.DoesNotExist):
        raise
    except Exception as error:
        log.exception("delivery %s failed", pk)
        row = Delivery.objects.get(pk=pk)
        is_ours = row.state == DeliveryState.SENDING or _claim(row)
        return _failed(row, _words(error)) if is_ours else ""


def deliver(delivery: Delivery) -> str:
    """One delivery from claim to result: sent, failed, dead, unknown, held; empty where another worker has it."""
    is_held = _hold(delivery)
    if is_held or not _claim(delivery):
        return "held" if is_held else ""
    if not recipients.is_still_theirs(delivery.message):
        return _note(delivery, DeliveryState.DEAD, error=NOT_THEIRS)
    checkpoints.reached(f"outbox:claimed:{delivery.channel}")
    try:
        reference = _send(delivery)
    except channels.TemporaryError as error:
        return _failed(delivery, str(error))
    except channels.OutcomeUnknown as error:
        return _leave_unknown(delivery, str(error))
    except channels.PermanentError as error:
        return _note(delivery, DeliveryState.DEAD, error=str(error) or type(error).__name__)
    checkpoints.reached(f"outbox:sent:{delivery.channel}")
    return _note(delivery, DeliveryState.SENT, reference=reference)


def _send(delivery: Delivery) -> str:
    """Writes the text and sends it. Raises one of a channel's three errors, whatever it was that failed."""
    message = delivery.message
    try:
        subject, body = text_of(message)
        sender = channels.channel(delivery.channel)
    except UNWRITABLE as error:
        raise channels.PermanentError(_words(error)) from error
    letter = channels.Letter(message.key, message.address, subject, body, message.language, message.recipient_kind)
    try:
        return sender.send(letter)
    except (channels.TemporaryError, channels.OutcomeUnknown, channels.PermanentError):
        raise
    except Exception as error:
        # Nothing a channel promises: nobody knows how far it came.
        log.exception("channel %s failed", delivery.channel)
        kind = channels.TemporaryError if sender.takes_key_once else channels.OutcomeUnknown
        raise kind(_words(error)) from error


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _hold(delivery: Delivery) -> bool:
    """What came late, behind a dead worker or a gateway that was away, keeps the recipient's hours all the same."""
    now = timezone.now()
    first = recipients.not_before(delivery.message, now)
    if first > now:
        mine = Delivery.objects.filter(pk=delivery.pk, attempts=delivery.attempts)
        mine.filter(state__in=[DeliveryState.WAITING, DeliveryState.FAILED]).update(next_try_at=first)
    return first > now


def _claim(delivery: Delivery) -> bool:
    """Waiting → sending by compare-and-set, committed before anything leaves the house."""
    taken = Delivery.objects.filter(
        Q(state=DeliveryState.WAITING) | Q(state=DeliveryState.FAILED), pk=delivery.pk, attempts=delivery.attempts
    ).update(state=DeliveryState.SENDING, attempts=F("attempts") + 1, claimed_at=timezone.now(), next_try_at=None)
    delivery.attempts += taken
    return bool(taken)


def _leave_unknown(delivery: Delivery, error: str) -> str:
    Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.SENDING).update(outcome_unknown=True, error=error[:400])
    return "unknown"


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
