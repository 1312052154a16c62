"""What a refusal of signing, handing in or deciding is called on a page."""

from __future__ import annotations

from django.utils.translation import gettext as _

from postloan.inspections.views import form_words


def refused(code: str) -> str:
    texts = {
        "state": _("Somebody else has moved the report meanwhile. Look at how it stands now."),
        "changed": _("The report was changed after you opened it. Look at it again before you sign or decide."),
        "not_yours": _("This is for somebody else to do from the own log-in."),
        "incomplete": _("Answers are missing or wrong: see the list, then sign again."),
        "approval_incomplete": _("Answers that the approval asks for are missing: send it back to have them added."),
        "second": _("A second inspector is needed: name one in the report first."),
        "signed": _("You have signed this content already."),
        "unsigned": _("Both inspectors sign first, each from the own log-in, on the content as it is now."),
        "request_open": _("A request about this inspection still waits: take it back or wait for its decision."),
        "decided": _("You have decided on it already, or somebody has: it cannot be done twice."),
        "hand": _("You had a hand in this report: somebody else decides on it."),
        "post": _("It waits for another post: see the way of approval."),
        "comment": _("Please say why in a few words."),
        "return_reason": _("Choose the reason of the return: it is counted by branch and person."),
        "conditions": _(
            "A condition of the approval is not answered: open “Conditions and covenants” in the report and say how it "
            "stands."
        ),
        "exceptions": _("It is not plain enough to be approved together with others: open it and decide by itself."),
        "many_rows": _("Too many at once: choose at most 50."),
        "none_picked": _("Nothing was chosen. Tick the reports that are to be approved."),
        "top": _("Nobody stands above this step."),
        "kind": _("Choose what you decide."),
        "result": _("What was done? A few words are needed."),
    }
    return texts.get(code) or form_words.refused(code)
