"""What a refusal is called on a page."""

from __future__ import annotations

from django.utils.translation import gettext as _


def refused_planning(code: str) -> str:
    texts = {
        "state": _("Somebody else was faster: it is no longer in this state."),
        "open": _("Something about it is waiting for a decision already."),
        "reason": _("Say why."),
        "date": _("The date must lie after the one that holds and after the last closed business date."),
        "maker": _("Somebody else decides than whoever asked, proposed or inspects."),
        "comment": _("Say why it is not granted."),
        "not_yours": _("Only whoever asked takes it back."),
        "customer": _("A visit is to one customer."),
        "visit": _("The visit has begun, or the inspections belong to two visits."),
        "nobody": _("No customer of the list has a loan that you see."),
        "too_many": _("At most 500 customers at once."),
        "empty": _("The table has no line."),
        "positions": _("Two lines have the same position."),
        "changed": _("It was changed after you opened it. Look at it again."),
    }
    return texts.get(code, code)
