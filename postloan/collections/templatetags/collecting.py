"""Badges and words of the pages of collecting."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from postloan.collections.models import PlanState, PromiseState
from postloan.core import identifiers, outbox
from postloan.core.templatetags.postloan import state, tag
from postloan.organization.models import Line

register = template.Library()

PLAN_TONES = {PlanState.SUBMITTED: "warn", PlanState.CONFIRMED: "ok", PlanState.RETURNED: "bad"}
PROMISE_TONES = {PromiseState.KEPT: "ok", PromiseState.BROKEN: "bad", PromiseState.OPEN: "brand"}


@register.simple_tag
def plan_tag(code: str) -> SafeString:
    return tag(str(PlanState(code).label), PLAN_TONES.get(PlanState(code), ""))


@register.simple_tag
def promise_tag(code: str) -> SafeString:
    return tag(str(PromiseState(code).label), PROMISE_TONES[PromiseState(code)])


@register.simple_tag
def work_state(code: str) -> SafeString:
    """What a line of the ladder stands at: done, still to do, late, no longer asked."""
    words = {"done": _("Done"), "todo": _("To do"), "err": _("Late"), "na": _("No longer asked")}
    return state(code, words[code])


@register.filter
def masked_phone(number: str) -> str:
    return identifiers.mask_phone(number)


@register.filter
def masked_address(address: str) -> str:
    return identifiers.mask_address(address)


@register.filter
def line_name(code: str) -> str:
    return str(Line(code).label) if code in Line.values else code


@register.filter
def item_kind(code: str) -> str:
    names = {
        "acceptance": _("bank acceptance"),
        "guarantee_letter": _("guarantee letter"),
        "letter_of_credit": _("letter of credit"),
        "commitment": _("commitment"),
        "non_standard": _("non-standard asset"),
    }
    return names.get(code, code)


@register.filter
def channel_name(code: str) -> str:
    return {"file": _("file"), "mail": _("mail"), "gateway": _("message gateway")}.get(code, code)


@register.filter
def delivery_error(text: str) -> str:
    """Our own reasons in the reader's language; a provider's words as they came."""
    known = {
        outbox.NO_ADDRESS: _("no address is known"),
        outbox.NOT_THEIRS: _("the address is no longer the recipient's"),
        outbox.SENDER_DIED: _("the sender died before it could note the outcome"),
    }
    return known.get(text, text)
