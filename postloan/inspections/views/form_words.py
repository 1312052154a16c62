"""What a refusal of the form, its evidence or its templates is called on a page."""

from __future__ import annotations

from typing import Any

from django.http import JsonResponse
from django.utils.translation import gettext as _

from postloan.inspections.services.refusals import Refused
from postloan.inspections.views import funds_pages


def refused(code: str) -> str:
    """Why a service would not do it."""
    texts = {
        "state": _("The report has been handed in or taken back meanwhile: it cannot be changed now."),
        "no_template": _("No template is in force for this kind of inspection. Ask head office."),
        "too_many": _("Too many answers at once. Reload the page."),
        "section": _("This section must be answered."),
        "reason": _("Please give the reason in a few words."),
        "same": _("The second inspector is another person than the main one."),
        "capability": _("This person's post does not inspect."),
        "question": _("This question takes no files."),
        "many": _("No more files are taken here."),
        "ended": _("This upload has ended. Choose the file again."),
        "piece": _("The upload did not fit. Choose the file again."),
        "not_started": _("The visit has not begun: begin it first, then the borrower can confirm."),
        "name": _("Who confirms? Please enter the name."),
        "strokes": _("Please sign in the field."),
        "short": _("That is too little for a signature. Please sign again."),
        "no_phone": _("The bank has no phone number of this borrower: let them sign by hand."),
        "soon": _("A code was sent less than a minute ago."),
        "no_code": _("No code was sent."),
        "expired": _("The code has expired. Send a new one."),
        "tries": _("Too many wrong codes. Send a new one."),
        "wrong_code": _("This is not the code that was sent."),
        "open": _("A version of this template is being worked on already."),
        "edit": _("Somebody has saved this version meanwhile. Look at it, then enter your change again."),
        "faults": _("The template has faults: see the list."),
        "past": _("It can be valid only from a day after the last business date."),
        "maker": _("Who wrote any of it does not decide on it."),
        "comment": _("Say why it is refused."),
        "changed": _("It was changed after you opened it. Look at it again."),
    }
    texts |= {
        "condition": _("This condition is not asked in this report. Reload the page."),
        "answer": _("Choose met, not met or not due yet."),
        "meanwhile": _("Somebody else has answered it meanwhile. Reload the page to see it."),
    }
    return texts.get(code) or funds_pages.refused(code)


def answered(refusal: Refused, **more: Any) -> JsonResponse:
    """A refusal for a script: 409 with its code and sentence."""
    code = str(refusal)
    return JsonResponse({"error": refused(code), "code": code, **more}, status=409)
