"""What a refusal is called on a page."""

from __future__ import annotations

from django.utils.translation import gettext as _

from postloan.collections.rules import Refusal


def refused(code: str) -> str:
    """Why a service would not do it."""
    texts = {
        "withdrawn": _("The notice was withdrawn meanwhile."),
        "state": _("Somebody else was faster: it is no longer in this state."),
        "version": _("Somebody has saved another version meanwhile. Look at it, then enter your changes again."),
        "maker": _("Who made, submitted or commented a plan does not decide on it."),
        "comment": _("Say why it is sent back."),
        "opinion": _("The stand-in's opinion is missing: say why you confirm without it."),
        "changed": _("The plan was changed after you opened it. Look at it again."),
        "closed": _("The case is closed."),
        "received": _("The receipt is recorded already."),
        "proof": _("A receipt names who signed; service without one names its proof."),
        "date": _("A receipt cannot be dated before the letter or in the future."),
    }
    return texts.get(code, code)


def contact_refused(refusal: Refusal) -> str:
    texts = {
        "quiet_hours": _("No calls, messages or visits at this hour."),
        "too_many_tries": _("This number has been called as often today as is allowed."),
        "too_many_calls": _("The debtor has been reached as often today as is allowed."),
        "no_guarantee": _("A guarantor is spoken to only under a guarantee of this contract."),
        "contact_declined": _("This person has asked not to be called again."),
        "contact_only_to_find": _(
            "A contact person is called only to find a debtor who could not be reached three times in a row."
        ),
        "third_party": _("Third parties are never told of a debt."),
    }
    return f"{texts.get(refusal.code, refusal.code)} ({refusal.source})"
