"""The bank's parameters of approving reports, each with its source."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from postloan.core import parameters

BANKS_RULE = _("the bank's rule")

RISK_OVER = parameters.define(
    "inspections.approve_risk_over",
    _("Debt of the customer above which the risk officer decides after the head, by line"),
    {"corporate": "50000000", "inclusive": "10000000", "personal": "5000000", "rural": "5000000"},
    unit=_("currency units"),
    source=BANKS_RULE,
)
TIER1_OVER = parameters.define(
    "inspections.approve_tier1_over",
    _("Debt of the customer above which the tier-1 head decides last, by line"),
    {"corporate": "200000000", "inclusive": "50000000", "personal": "20000000", "rural": "20000000"},
    unit=_("currency units"),
    source=BANKS_RULE,
)
RISK_CLASSES = parameters.define(
    "inspections.approve_risk_classes",
    _("Classes, present or proposed, that the risk officer decides on"),
    ["substandard", "doubtful", "loss"],
    source=BANKS_RULE,
)
TIER1_CLASSES = parameters.define(
    "inspections.approve_tier1_classes",
    _("Classes, present or proposed, that the tier-1 head decides on"),
    ["loss"],
    source=BANKS_RULE,
)
APPROVE_WITHIN = parameters.define(
    "inspections.approve_within_days", _("A report is decided on within"), 3, unit=_("working days"), source=BANKS_RULE
)
MEND_WITHIN = parameters.define(
    "inspections.mend_within_days",
    _("A report sent back is handed in again within"),
    3,
    unit=_("working days"),
    source=BANKS_RULE,
)
BULK_KINDS = parameters.define(
    "inspections.bulk_kinds",
    _("Kinds of inspection that are low-risk and can be approved together, by line"),
    {"personal": ["periodic"], "rural": ["periodic"], "inclusive": ["periodic"]},
    source=BANKS_RULE,
)
UNCHANGED_OVER = parameters.define(
    "inspections.unchanged_over_percent",
    _("Share of answers like last time that is worth a look, more than"),
    85,
    unit=_("percent"),
    source=BANKS_RULE,
)
