"""A hand-over is prepared by a head, signed by giver, receiver and witness, or refused or withdrawn before its date."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from postloan.core import business_date, timeline
from postloan.handovers import events, listing, rules
from postloan.handovers.listing import Parties
from postloan.handovers.models import Handover, HandoverItem, HandoverState, ItemKind
from postloan.handovers.rules import Verdict
from postloan.organization.models import Line, Post, PostCode, Staff
from postloan.organization.services.refusals import Refused, demand, demand_reason, save_with_reason
from postloan.organization.services.stand_ins import branches_of_head

PREPARE = "handovers.prepare"
GIVER, RECEIVER, WITNESS = "giver", "receiver", "witness"
# Who may watch over a hand-over: those who lead or supervise, never another account manager.
WITNESS_POSTS = (
    PostCode.DEPARTMENT_HEAD,
    PostCode.BRANCH_HEAD,
    PostCode.VICE_PRESIDENT,
    PostCode.RISK_OFFICER,
    PostCode.SUPERVISOR,
)


@dataclass(frozen=True)
class Plan:
    """What a head fills in. `customers` narrows the list; None hands over the whole book."""

    giver: Staff
    receiver: Staff
    witness: Staff
    effective_on: date
    reason: str
    is_giver_absent: bool = False
    customers: Collection[int] | None = None

    @property
    def parties(self) -> Parties:
        return Parties(self.giver, self.receiver, self.witness)


def look_at(plan: Plan) -> tuple[list[HandoverItem], Verdict]:
    """The dry run: the list and what stands against it, without writing anything."""
    items = listing.collect(plan.giver, customers=plan.customers)
    return items, listing.judged(plan.parties, items, effective_on=plan.effective_on)


@transaction.atomic
def prepare_handover(plan: Plan, *, acting_user: Staff) -> Handover:
    """Fixes the list for signing. Raises PermissionDenied, and Refused with the first thing that stands against it."""
    demand(acting_user, PREPARE)
    reason = demand_reason(plan.reason)
    check_people(plan, acting_user)
    check_day(plan.effective_on)
    # Two heads who prepare the same book wait for each other here.
    Staff.objects.select_for_update().get(pk=plan.giver.pk)
    items, verdict = look_at(plan)
    if not verdict.is_clear:
        raise Refused(rules.sentence(verdict.problems[0], words=dict(Line.choices)))
    day = business_date.current()
    handover = Handover(
        handover_no=_next_number(day),
        giver=plan.giver,
        receiver=plan.receiver,
        witness=plan.witness,
        is_giver_absent=plan.is_giver_absent,
        is_whole_book=plan.customers is None,
        effective_on=plan.effective_on,
        reason=reason,
        prepared_by=acting_user,
        prepared_on=day,
        prepared_at=timezone.now(),
    )
    handover.content_hash = listing.content_hash(handover, items)
    save_with_reason(handover, acting_user=acting_user, reason=reason)
    for item in items:
        item.handover = handover
    HandoverItem.objects.bulk_create(items, batch_size=200)
    customers = len({item.customer_id for item in items if item.kind == ItemKind.CUSTOMER})
    _tell(events.PREPARED, handover, acting_user, customers=customers)
    return handover


def check_people(plan: Plan, acting_user: Staff) -> None:
    """Raises Refused: two parts by one person, beyond the head's branches, a witness who leads nothing."""
    people = {plan.giver.pk, plan.receiver.pk, plan.witness.pk}
    if len(people) < 3:
        raise Refused(_("Giver, receiver and witness are three different people."))
    reached = branches_of_head(acting_user)
    if plan.giver.branch_id not in reached:
        raise Refused(_("%(name)s works beyond your branch.") % {"name": plan.giver.name})
    if plan.is_giver_absent and acting_user.pk in {plan.receiver.pk, plan.witness.pk}:
        raise Refused(_("You sign for the giver, so somebody else receives and watches."))
    if not plan.giver.is_active and not plan.is_giver_absent:
        raise Refused(_("The giver's account is disabled: a head signs in their place."))
    today = business_date.calendar_today()
    if not Post.objects.on(today).filter(staff=plan.witness, code__in=WITNESS_POSTS).exists():
        raise Refused(_("The witness leads or supervises; %(name)s holds no such post.") % {"name": plan.witness.name})


def check_day(effective_on: date) -> None:
    closed = business_date.last_closed()
    if closed is not None and effective_on <= closed:
        raise Refused(_("%(day)s is closed: a hand-over takes effect on a later day.") % {"day": closed.isoformat()})


def _next_number(day: date) -> str:
    stem = f"HO{day:%Y%m%d}-"
    last = Handover.objects.filter(handover_no__startswith=stem).order_by("-handover_no").first()
    count = int(last.handover_no.removeprefix(stem)) + 1 if last else 1
    return f"{stem}{count:03d}"


def part_of(handover: Handover, user: Staff) -> str:
    """Which signature of this hand-over is this person's and still missing; empty where none is."""
    if handover.state != HandoverState.SIGNING:
        return ""
    if user.pk == handover.receiver_id:
        return RECEIVER if handover.receiver_signed_at is None else ""
    if user.pk == handover.witness_id:
        return WITNESS if handover.witness_signed_at is None else ""
    if handover.giver_signed_at is not None:
        return ""
    if handover.is_giver_absent:
        is_head = user.has_capability(PREPARE) and handover.giver.branch_id in branches_of_head(user)
        return GIVER if is_head and user.pk != handover.giver_id else ""
    return GIVER if user.pk == handover.giver_id else ""


@transaction.atomic
def sign_handover(handover: Handover, *, seen_hash: str, acting_user: Staff) -> Handover:
    """One of the three signs what was seen; the third signature makes it ready for its date.

    Raises Refused: not one's to sign, another content than was seen, a list that is no longer true.
    """
    handover = _locked(handover)
    part = part_of(handover, acting_user)
    if not part:
        raise Refused(_("There is nothing here for you to sign."))
    items = list(handover.items.select_related("customer", "loan"))
    if seen_hash != handover.content_hash or listing.content_hash(handover, items) != seen_hash:
        raise Refused(_("The content is no longer what you saw: look at it again."))
    check_day(handover.effective_on)
    parties = Parties(handover.giver, handover.receiver, handover.witness)
    verdict = listing.judged(parties, items, effective_on=handover.effective_on, but=handover.pk)
    if not verdict.is_clear:
        first = rules.sentence(verdict.problems[0], words=dict(Line.choices))
        raise Refused(_("The list is no longer true: %(why)s It is withdrawn and prepared anew.") % {"why": first})
    now = timezone.now()
    setattr(handover, f"{part}_signed_at", now)
    if part == GIVER:
        handover.giver_signed_by = acting_user
    if handover.giver_signed_at and handover.receiver_signed_at and handover.witness_signed_at:
        handover.state = HandoverState.SIGNED
    save_with_reason(handover, acting_user=acting_user, reason=f"signed as {part}")
    _tell(events.SIGNED[part], handover, acting_user, name=acting_user.name)
    return handover


@transaction.atomic
def refuse_handover(handover: Handover, *, reason: str, acting_user: Staff) -> Handover:
    """One of the three says no, until it has taken effect. Raises Refused."""
    handover = _locked(handover)
    if acting_user.pk not in {handover.giver_id, handover.receiver_id, handover.witness_id}:
        raise Refused(_("Only giver, receiver and witness refuse a hand-over."))
    return _end(handover, HandoverState.REFUSED, events.REFUSED, reason, acting_user)


@transaction.atomic
def withdraw_handover(handover: Handover, *, reason: str, acting_user: Staff) -> Handover:
    """A head takes it back before it has taken effect. Raises PermissionDenied, Refused."""
    demand(acting_user, PREPARE)
    handover = _locked(handover)
    if not may_withdraw(handover, acting_user):
        raise Refused(_("%(name)s works beyond your branch.") % {"name": handover.giver.name})
    return _end(handover, HandoverState.WITHDRAWN, events.WITHDRAWN, reason, acting_user)


def may_withdraw(handover: Handover, user: Staff) -> bool:
    if not handover.is_open or not user.has_capability(PREPARE):
        return False
    return user.pk == handover.prepared_by_id or handover.giver.branch_id in branches_of_head(user)


def _end(handover: Handover, state: str, code: str, reason: str, acting_user: Staff) -> Handover:
    reason = demand_reason(reason)
    if not handover.is_open:
        raise Refused(_("The hand-over is in effect or ended already."))
    handover.state, handover.ended_by, handover.ended_at = state, acting_user, timezone.now()
    handover.end_reason, handover.problems = reason, []
    save_with_reason(handover, acting_user=acting_user, reason=reason)
    _tell(code, handover, acting_user, reason=reason)
    return handover


def _locked(handover: Handover) -> Handover:
    rows = Handover.objects.select_for_update(of=("self",)).select_related("giver", "receiver", "witness")
    return rows.get(pk=handover.pk)


def _tell(code: str, handover: Handover, acting_user: Staff | None, **arguments: Any) -> None:
    timeline.record(
        code,
        acting_user=acting_user,
        subject_kind="handover",
        subject_key=handover.handover_no,
        giver=handover.giver.name,
        receiver=handover.receiver.name,
        **arguments,
    )
