"""Why an inspection is owed, in words; the names that texts use."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from postloan.inspections.models import FundsFindingKind, InspectionKind
from postloan.loans.models.state import FiveLevelClass
from postloan.todos import reasons

CLASSES = dict(FiveLevelClass.choices)

WHY_FIRST = reasons.define(
    "inspection_first", _("Paid out on {paid_on} under {contract}: first inspection within {days} days")
)
WHY_PERIODIC = reasons.define(
    "inspection_periodic",
    _("Class {five_level_class}: every {days} days, counted from {since}"),
    words={"five_level_class": CLASSES},
)
WHY_NAMED = reasons.define(
    "inspection_named",
    _("The last report names {days} days, counted from {since}, class {five_level_class}"),
    words={"five_level_class": CLASSES},
)
WHY_CLASS = reasons.define(
    "inspection_class_worse",
    _("The class got worse, to {five_level_class}: special inspection"),
    words={"five_level_class": CLASSES},
)
WHY_INTEREST = reasons.define(
    "inspection_interest_arrears",
    _("Interest unpaid since {since}, for more than {days} days: special inspection"),
)
WHY_ORDERED = reasons.define("inspection_ordered", _("Ordered by {name}: {reason}"))
WHY_REQUEST = reasons.define("inspection_request", _("{name} asks about inspection {task_no}: {asked}"))
WHY_APPROVE = reasons.define(
    "inspection_to_approve",
    _("{name} handed in the {kind} {task_no} on {on}"),
    words={"kind": dict(InspectionKind.choices)},
)
WHY_RETURNED = reasons.define("inspection_returned", _("{name} sent {task_no} back: {remark}"))
WHY_TAKEN_BACK = reasons.define("inspection_taken_back", _("{name} took {task_no} back: it is to be handed in again"))
WHY_MEASURE = reasons.define("inspection_measure", _("{text} (inspection {task_no})"))
WHY_VOUCHER = reasons.define(
    "voucher_owed", _("{missing} of the payment to {payee} is missing (payment {payment}, inspection {task_no})")
)
WHY_MORE_TIME = reasons.define("voucher_more_time", _("{name} asks for time until {until} for {missing}: {reason}"))
WHY_DEMAND_DELIVER = reasons.define(
    "funds_demand_deliver", _("Demand {demand} after misuse of funds is to be delivered to the borrower")
)
WHY_DEMAND_FOLLOW = reasons.define(
    "funds_demand_follow", _("Demand {demand} after misuse of funds is to be met by {by}")
)
WHY_FINDING = reasons.define(
    "funds_finding",
    _("Found after inspection {task_no}: {kind}, {payees}, {amount} {currency}"),
    words={"kind": dict(FundsFindingKind.choices)},
)
WHY_FUNDS = reasons.define(
    "inspection_funds_finding",
    _("Found after the last inspection: {kind}, {payees}. Special inspection"),
    words={"kind": dict(FundsFindingKind.choices)},
)
