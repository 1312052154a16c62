"""What the card of the use of funds needs besides its content; what its refusals are called."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from postloan.core import business_date, parameters
from postloan.inspections import limits
from postloan.inspections.funds_form import Funds
from postloan.inspections.models import Demanded
from postloan.inspections.services.funds_answers import LEAST_EXPLANATION, latest_for_vouchers


def in_form(funds: Funds) -> dict[str, Any]:
    """The days that are offered and the furthest that are taken."""
    day = business_date.latest() or business_date.calendar_today()
    return {
        "funds": funds,
        "demands": Demanded.choices,
        "least_explanation": LEAST_EXPLANATION,
        "tomorrow": day + timedelta(days=1),
        "demand_day": day + timedelta(days=int(parameters.value(limits.DEMAND_DAYS, on=day))),
        "voucher_day": latest_for_vouchers(day),
        "papers": papers(),
        "funds_day": day,
    }


def papers() -> list[str]:
    """Papers that are often missing; others can be typed."""
    return [_("contract"), _("invoice"), _("receipt of goods"), _("bill of carriage"), _("receipt of payment")]


def refused(code: str) -> str:
    texts = {
        "funds_findings": _(
            "A finding on the use of funds is not answered: open “Use of funds” in the report, explain it with "
            "evidence or confirm misuse."
        ),
        "funds_vouchers": _(
            "A payment has no voucher: open “Use of funds” in the report, tie a file to it or say which paper is "
            "missing and by when."
        ),
        "funds_files": _("A voucher was used before: open “Use of funds” in the report and say why it is used again."),
        "funds_class": _(
            "Misuse is confirmed, but the proposed class is too good for it: see “Use of funds” and the conclusion."
        ),
        "said": _("Choose whether it is explained or misuse."),
        "finding": _("This finding is of another report. Reload the page."),
        "explanation": _("Please explain in at least %(n)d characters.") % {"n": LEAST_EXPLANATION},
        "proof": _("An explanation needs evidence: tick at least one file."),
        "demand": _("Choose what is demanded of the borrower."),
        "demand_date": _("Choose a day after today by which the demand is to be met."),
        "payments": _("Tick the payments first."),
        "files": _("Tick at least one file."),
        "missing": _("Say which paper is missing, in at most 40 characters."),
        "voucher_date": _("The day is after today and within what the bank gives for vouchers."),
        "settled": _("This voucher has been brought, or is not owed yet."),
        "no_file": _("Choose the file of the voucher."),
        "later": _("The new day lies after the present one and after today."),
        "extension_decided": _("This request no longer waits for a decision."),
        "extension_open": _("A request for more time waits already."),
        "demand_over": _("The result of this demand has been recorded already."),
        "delivered": _("The delivery has been recorded already."),
        "delivery": _("Say on which day, from the letter's day to today, and to whom it was delivered."),
        "not_delivered": _("Record the delivery first."),
        "too_early": _("Its day has not passed yet: it can still be met."),
        "act": _("Choose what is to be recorded."),
    }
    return texts.get(code, code)
