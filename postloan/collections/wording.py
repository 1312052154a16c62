"""Texts of messages, of todos' reasons and of the timeline; all made when they are shown or sent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from postloan.collections import limits, rules
from postloan.collections.models import PlanKind, StageReason
from postloan.core import outbox, parameters, recipients, timeline
from postloan.core.messages import RecipientKind
from postloan.todos import reasons

# ── who a borrower is: the one place that knows the address ────────────────────────────────────────────────


@recipients.address_book(RecipientKind.BORROWER)
def borrower_phones(ids: Iterable[int]) -> dict[int, str]:
    """The phones core banking has of these customers; a customer without one is told nothing."""
    from postloan.customers.models import Customer

    found = Customer.objects.counted().filter(pk__in=list(ids)).only("pk", "phone")
    return {customer.pk: customer.phone for customer in found if customer.phone}


@recipients.hours(RecipientKind.BORROWER)
def hours_of_borrowers(moment: datetime) -> datetime:
    """By the clock of the place: within the hours for messages, never in those without contacts."""
    local = timezone.localtime(moment)
    known = parameters.values(
        limits.MESSAGES_FROM, limits.MESSAGES_UNTIL, limits.QUIET_FROM, limits.QUIET_UNTIL, on=local.date()
    )
    messages_from, messages_until, quiet_from, quiet_until = (time.fromisoformat(text) for text in known.values())
    return rules.first_telling(
        local,
        rules.TellingHours(messages_from, messages_until, quiet_from, quiet_until),
    )


# ── messages ──────────────────────────────────────────────────────────────────────────────────────────────

INSTALMENT_DUE = outbox.define(
    "instalment_due",
    _("Instalment due on {due_on}"),
    _(
        "{name}: on {due_on} {amount} {currency} fall due on your loan {loan}, of which principal {principal} and"
        " interest {interest}. Please see that account {account} holds the amount before it is deducted that day."
    ),
)
MATURITY_BORROWER = outbox.define(
    "maturity_borrower",
    _("Your loan matures on {matures_on}"),
    _(
        "{name}: your loan {loan} matures on {matures_on}. Due are {principal} {currency} of principal and the"
        " interest accrued, as known today {interest}. Please provide the amount in time."
    ),
)
MATURITY_BORROWER_PRINCIPAL = outbox.define(
    "maturity_borrower_principal",
    _("Your loan matures on {matures_on}"),
    _(
        "{name}: your loan {loan} matures on {matures_on}. Due are {principal} {currency} of principal and the"
        " interest as stated by the bank. Please provide the amount in time."
    ),
)
MATURITY_ITEM_BORROWER = outbox.define(
    "maturity_item_borrower",
    _("Your item {loan} matures on {matures_on}"),
    _(
        "{name}: your item {loan} over {principal} {currency} matures on {matures_on}. Please provide the amount not"
        " covered by the margin, {uncovered} {currency}, in time."
    ),
)
MATURITY_STAFF = outbox.define(
    "maturity_staff",
    _("Maturity notice: {loan}"),
    _("{loan} of {name} matures on {matures_on}, in {days} days. Please confirm receipt and say how it will be met."),
)
MATURITY_LIST_STAFF = outbox.define(
    "maturity_list_staff",
    _("Maturities at {branch}: {count}"),
    _(
        "{count} loans and items of {branch} mature from {first} to {last}. The list and the letter are under "
        "“Next month's maturities”; please confirm receipt."
    ),
)
PROMISE_BROKEN_STAFF = outbox.define(
    "promise_broken_staff",
    _("Promise broken: {loan}"),
    _("{name} promised {amount} {currency} by {promised_on} on {loan}; {paid} came in."),
)

OVERDUE_BORROWER = outbox.define(
    "overdue_borrower",
    _("Your loan is overdue"),
    _(
        "{name}: on your loan {loan} {amount} {currency} are overdue since {since}, of which principal {principal} and"
        " interest {interest}, as of {on}. Please pay without delay; if you have paid meanwhile, thank you."
    ),
)
OVERDUE_BORROWER_PRINCIPAL = outbox.define(
    "overdue_borrower_principal",
    _("Your loan is overdue"),
    _(
        "{name}: on your loan {loan} {principal} {currency} of principal are overdue since {since}, as of {on}, and the"
        " interest as stated by the bank. Please pay without delay; if you have paid meanwhile, thank you."
    ),
)

WORKS = {
    "message": _("message to the borrower"),
    "contact": _("call"),
    "cause": _("cause of arrears"),
    "letter": _("collection letter"),
    "visit": _("visit"),
    "notice": _("demand with receipt, to the borrower and each guarantor"),
    "lawyer_letter": _("lawyer's letter"),
    "guarantor_claim": _("claim on each guarantor, with receipt"),
    "suit": _("decision on a suit or asset preservation"),
}

# ── why a todo exists ─────────────────────────────────────────────────────────────────────────────────────

WHY_NOTICE = reasons.define(
    "maturity_notice", _("Matures on {matures_on}; the notice is issued {step} days before, amount {amount}")
)
WHY_PLAN = reasons.define(
    "maturity_plan", _("Matures on {matures_on}; {step} days before, the arrangement for repayment must be submitted")
)
WHY_PLAN_RETURNED = reasons.define("maturity_plan_returned", _("The plan for {matures_on} was sent back: {remark}"))
WHY_CONFIRM = reasons.define(
    "maturity_plan_to_confirm",
    _("Plan submitted for the maturity on {matures_on}: {kind}, amount {amount}"),
    words={"kind": dict(PlanKind.choices)},
)
WHY_OPINION = reasons.define(
    "maturity_plan_opinion",
    _("Plan handed in for the maturity on {matures_on}: {kind}, amount {amount}; your opinion as stand-in (B)"),
    words={"kind": dict(PlanKind.choices)},
)
WHY_FOLLOW = reasons.define(
    "maturity_follow_up", _("Matures on {matures_on}, in {step} days or fewer: is the money there?")
)
WHY_OVERDUE = reasons.define(
    "overdue_stage",
    _("Overdue since {since}, {days} days; {why}, {work} due by {by}"),
    words={"why": dict(StageReason.choices), "work": WORKS},
)
WHY_NEXT_STEP = reasons.define(
    "next_step",
    _("Agreed on {agreed_on} by {who}: {step}"),
)
WHY_PROMISE_DUE = reasons.define(
    "promise_due", _("Promised {amount} by {promised_on}; {paid_amount} had come in by the end of that day")
)
WHY_PROMISE = reasons.define(
    "promise_broken", _("Promised {amount} by {promised_on}; {paid_amount} came in: ask again and decide the next step")
)
WHY_SHORTFALL = reasons.define(
    "deduction_shortfall",
    _("On {due_on} {due_amount} will be deducted; the account holds {balance_amount}, short by {short_amount}"),
)
WHY_FAILED = reasons.define(
    "deduction_failed", _("On {tried_on} {taken_amount} of {due_amount} could be deducted: call and learn the cause")
)
WHY_CORRECTION = reasons.define(
    "contact_details_changed", _("New contact details were given on {on}: have them corrected in core banking")
)

# ── the timeline ──────────────────────────────────────────────────────────────────────────────────────────

NOTICE_RECEIVED = timeline.define("maturity.notice_received", _("Maturity notice of {step} days received"))
LIST_RECEIVED = timeline.define("maturity.list_received", _("List of maturities of {month} received at {branch}"))
PLAN_SAVED = timeline.define("maturity.plan_saved", _("Maturity plan saved, version {version}"))
PLAN_SUBMITTED = timeline.define("maturity.plan_submitted", _("Maturity plan submitted"))
PLAN_CONFIRMED = timeline.define("maturity.plan_confirmed", _("Maturity plan confirmed"))
PLAN_RETURNED = timeline.define("maturity.plan_returned", _("Maturity plan sent back: {remark}"))
PLAN_COMMENTED = timeline.define("maturity.plan_commented", _("The stand-in gave an opinion on the maturity plan"))
PLAN_FOLLOWED = timeline.define("maturity.plan_followed", _("Maturity followed up {step} days before"))
ACTION_RECORDED = timeline.define("overdue.action_recorded", _("A contact to collect was recorded"))
PROMISE_MADE = timeline.define("overdue.promise_made", _("Promised to pay {amount} by {promised_on}"))
PROMISE_EVALUATED = {
    "kept": timeline.define("overdue.promise_kept", _("Promise of {amount} for {promised_on} kept")),
    "broken": timeline.define("overdue.promise_broken", _("Promise of {amount} for {promised_on} broken")),
    "open": timeline.define(
        "overdue.promise_open_again", _("Promise of {amount} for {promised_on} open again after a correction")
    ),
}
DEMAND_MADE = timeline.define("overdue.demand_made", _("Written demand {number} made for {addressee}"))
DEMAND_SERVED = {
    "": timeline.define("overdue.demand_received", _("Receipt of demand {number} recorded, {received_on}")),
    "notarised": timeline.define(
        "overdue.demand_notarised", _("Demand {number} served before a notary on {received_on}")
    ),
    "ems": timeline.define("overdue.demand_by_ems", _("Demand {number} served by EMS on {received_on}")),
    "announcement": timeline.define(
        "overdue.demand_announced", _("Demand {number} announced publicly on {received_on}")
    ),
}
MESSAGE_AGAIN = timeline.define("message.sent_again", _("Message ordered to be sent again"))
MESSAGE_ASIDE = timeline.define("message.set_aside", _("Message set aside: it is not sent any more"))
MESSAGE_ARRIVED = timeline.define("message.marked_arrived", _("Message found to have arrived"))
