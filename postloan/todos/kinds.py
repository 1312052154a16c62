"""The kinds of work there are. Codes are written into rows and addresses: they are never renamed."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class TodoKind(models.TextChoices):
    MATURITY_NOTICE = "maturity_notice", _("Maturity notice")
    MATURITY_PLAN = "maturity_plan", _("Maturity plan")
    PLAN_TO_CONFIRM = "plan_to_confirm", _("Plan to confirm")
    SECOND_OPINION = "second_opinion", _("Opinion on a maturity plan")
    MATURITY_FOLLOW_UP = "maturity_follow_up", _("Maturity follow-up")
    OVERDUE_CONTACT = "overdue_contact", _("Collection call")
    OVERDUE_CAUSE = "overdue_cause", _("Cause of arrears")
    OVERDUE_VISIT = "overdue_visit", _("Collection visit")
    OVERDUE_NOTICE = "overdue_notice", _("Written collection notice")
    OVERDUE_LETTER = "overdue_letter", _("Collection letter")
    OVERDUE_LAWYER_LETTER = "overdue_lawyer_letter", _("Lawyer's letter")
    OVERDUE_GUARANTOR_CLAIM = "overdue_guarantor_claim", _("Claim on the guarantor")
    OVERDUE_SUIT = "overdue_suit", _("Decision on a suit")
    DEDUCTION_SHORTFALL = "deduction_shortfall", _("Deduction shortfall")
    DEDUCTION_FAILED = "deduction_failed", _("Deduction failed")
    PROMISE_DUE = "promise_due", _("Promise to pay due")
    NEXT_STEP = "next_step", _("Next step agreed")
    INSPECTION = "inspection", _("Inspection")
    INSPECTION_REQUEST = "inspection_request", _("Request about an inspection")
    INSPECTION_TO_APPROVE = "inspection_to_approve", _("Inspection report to decide on")
    INSPECTION_RETURNED = "inspection_returned", _("Inspection report sent back")
    INSPECTION_MEASURE = "inspection_measure", _("Measure of an inspection")
    VOUCHER_DEBT = "voucher_debt", _("Missing voucher")
    VOUCHER_EXTENSION = "voucher_extension", _("Request for more time for a voucher")
    FUNDS_DEMAND = "funds_demand", _("Demand after misuse of funds")
    FUNDS_FINDING = "funds_finding", _("Finding on the use of funds")
    DATA_CORRECTION = "data_correction", _("Data correction")


class Tab(models.TextChoices):
    INSPECTIONS = "inspections", _("Inspections")
    WARNINGS = "warnings", _("Warnings")
    COLLECTIONS = "collections", _("Collection and deductions")
    MATURITIES = "maturities", _("Maturities")
    OTHER = "other", _("Other")


class TodoState(models.TextChoices):
    OPEN = "open", _("open")
    DONE = "done", _("done")
    WITHDRAWN = "withdrawn", _("withdrawn")
    SUPERSEDED = "superseded", _("superseded")


class CloseReason(models.TextChoices):
    """Why a todo is no longer open, as far as the state does not say it."""

    DONE = "done", _("done")
    WORSE_STAGE = "worse_stage", _("a worse stage took its place")
    CURRENT_AGAIN = "current_again", _("nothing is overdue any more")
    PAID = "paid", _("paid")
    SETTLED = "settled", _("the loan is settled")
    DUE_DATE_PASSED = "due_date_passed", _("its day has passed")
    CORRECTED = "corrected", _("the corrected data no longer give cause for it")
    NO_LONGER_DUE = "no_longer_due", _("there is no longer cause for it")
    DATE_MOVED = "date_moved", _("its date was moved")


@dataclass(frozen=True)
class Kind:
    """What a kind is on a page.

    `view` is the address that does it, reversed with the todo's id. `weight` is what the kind alone weighs, 0 to 60.
    `to_post` says that it goes to a post by its nature, whoever is responsible for the customer.
    """

    code: str
    tab: str
    verb: str | Promise
    view: str
    weight: int
    to_post: bool = False

    @property
    def label(self) -> str:
        return str(TodoKind(self.code).label)


KINDS: dict[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind(TodoKind.MATURITY_NOTICE, Tab.MATURITIES, _("Confirm receipt"), "collections:receive_notice", 30),
        Kind(TodoKind.MATURITY_PLAN, Tab.MATURITIES, _("Make the plan"), "collections:make_plan", 45),
        Kind(TodoKind.PLAN_TO_CONFIRM, Tab.MATURITIES, _("Look at the plan"), "collections:confirm_plan", 45, True),
        Kind(TodoKind.SECOND_OPINION, Tab.MATURITIES, _("Give an opinion"), "collections:give_opinion", 42),
        Kind(TodoKind.MATURITY_FOLLOW_UP, Tab.MATURITIES, _("Follow up"), "collections:follow_up", 50),
        Kind(TodoKind.OVERDUE_CONTACT, Tab.COLLECTIONS, _("Record the call"), "collections:record_action", 55),
        Kind(TodoKind.OVERDUE_CAUSE, Tab.COLLECTIONS, _("Record the cause"), "collections:record_action", 50),
        Kind(TodoKind.OVERDUE_VISIT, Tab.COLLECTIONS, _("Record the visit"), "collections:record_action", 52),
        Kind(TodoKind.OVERDUE_LETTER, Tab.COLLECTIONS, _("Write the letter"), "collections:record_action", 51),
        Kind(TodoKind.OVERDUE_NOTICE, Tab.COLLECTIONS, _("Make the demands"), "collections:record_action", 52),
        Kind(TodoKind.OVERDUE_LAWYER_LETTER, Tab.COLLECTIONS, _("Record the letter"), "collections:record_action", 54),
        Kind(TodoKind.OVERDUE_GUARANTOR_CLAIM, Tab.COLLECTIONS, _("Make the claim"), "collections:record_action", 54),
        Kind(TodoKind.OVERDUE_SUIT, Tab.COLLECTIONS, _("Record the decision"), "collections:record_action", 56),
        Kind(TodoKind.DEDUCTION_SHORTFALL, Tab.COLLECTIONS, _("Record the call"), "collections:record_call", 48),
        Kind(TodoKind.DEDUCTION_FAILED, Tab.COLLECTIONS, _("Record the call"), "collections:record_call", 52),
        Kind(TodoKind.PROMISE_DUE, Tab.COLLECTIONS, _("Record the call"), "collections:record_action", 50),
        Kind(TodoKind.NEXT_STEP, Tab.COLLECTIONS, _("Record the step"), "collections:record_action", 46),
        Kind(TodoKind.INSPECTION, Tab.INSPECTIONS, _("Inspect"), "inspections:do_task", 48),
        Kind(TodoKind.INSPECTION_REQUEST, Tab.INSPECTIONS, _("Decide"), "inspections:decide_task_request", 40, True),
        Kind(TodoKind.INSPECTION_TO_APPROVE, Tab.INSPECTIONS, _("Decide"), "inspections:decide_report_todo", 46, True),
        Kind(TodoKind.INSPECTION_RETURNED, Tab.INSPECTIONS, _("Correct"), "inspections:mend_report_todo", 52),
        Kind(TodoKind.INSPECTION_MEASURE, Tab.INSPECTIONS, _("Record the result"), "inspections:do_measure", 44),
        Kind(TodoKind.VOUCHER_DEBT, Tab.INSPECTIONS, _("Bring the voucher"), "inspections:do_voucher", 42),
        Kind(TodoKind.VOUCHER_EXTENSION, Tab.INSPECTIONS, _("Decide"), "inspections:decide_more_time_todo", 38, True),
        Kind(TodoKind.FUNDS_DEMAND, Tab.INSPECTIONS, _("Follow the demand"), "inspections:do_funds_demand", 56),
        Kind(TodoKind.FUNDS_FINDING, Tab.INSPECTIONS, _("Answer the finding"), "inspections:do_funds_finding", 47),
        Kind(TodoKind.DATA_CORRECTION, Tab.OTHER, _("Correct"), "collections:correct_data", 25),
    )
}


def kind_of(code: str) -> Kind:
    """The registered kind; an unknown code is a mistake of the caller."""
    try:
        return KINDS[code]
    except KeyError:
        raise ValueError(f"no kind of todo is called {code}") from None


def kinds_of(tab: str) -> list[str]:
    return [kind.code for kind in KINDS.values() if kind.tab == tab]
