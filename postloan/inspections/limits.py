"""The bank's parameters of inspecting, each with its source."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from postloan.core import parameters

PRACTICE = _("practice of banks")
BANKS_RULE = _("the bank's rule")

PLAN_AHEAD = parameters.define(
    "inspections.plan_ahead_days",
    _("Periodic inspections are planned, days before they are due"),
    30,
    unit=_("days"),
    source=BANKS_RULE,
)
SHORTEN_NOTICE = parameters.define(
    "inspections.shorten_notice_days",
    _("An inspection brought forward leaves at least"),
    5,
    unit=_("days"),
    source=BANKS_RULE,
)
SPECIAL_WITHIN = parameters.define(
    "inspections.special_within_days",
    _("Special inspections are due within"),
    10,
    unit=_("working days"),
    source=PRACTICE,
)
INTEREST_ARREARS = parameters.define(
    "inspections.interest_arrears_days",
    _("Arrears of interest that order a special inspection, more than"),
    60,
    unit=_("days"),
    source=PRACTICE,
)
VISIT_WINDOW = parameters.define(
    "inspections.visit_window_days",
    _("What falls due for one customer within this time is offered as one visit"),
    15,
    unit=_("days"),
    source=BANKS_RULE,
)
LOW_RISK_KINDS = parameters.define(
    "inspections.low_risk_collateral",
    _("Security that makes a loan low-risk: collateral that covers the whole contract, margin that covers all loans"),
    ["deposit", "bond", "gold", "margin"],
    source=PRACTICE,
)
RULES_2024 = _("loan rules of 2024 on fixed-asset, working-capital and personal loans")
ENTRUSTED_LIMITS = parameters.define(
    "inspections.entrusted_limits",
    _("Single payment above which the bank pays the counterparty itself, by product family"),
    {
        "fixed_asset": "10000000",
        "project": "10000000",
        "working_capital": "10000000",
        "small_business": "10000000",
        "personal_business": "500000",
        "personal_consumption": "300000",
        "car": "300000",
    },
    unit=_("currency units"),
    source=RULES_2024,
)
SPLIT_WINDOW = parameters.define(
    "inspections.split_window_days",
    _("Payments to one payee or group count together within"),
    10,
    unit=_("days"),
    source=BANKS_RULE,
)
RETURN_WINDOW = parameters.define(
    "inspections.round_trip_days", _("Money that comes back counts within"), 30, unit=_("days"), source=BANKS_RULE
)
LATE_ENTRIES = parameters.define(
    "inspections.late_entries_days",
    _("Money that comes back is looked for after its window, for entries delivered late, another"),
    10,
    unit=_("days"),
    source=BANKS_RULE,
)
LEAST_SHARE = parameters.define(
    "inspections.round_trip_least_percent",
    _("Money that comes back or goes on counts from this share of what was paid"),
    10,
    unit=_("percent"),
    source=BANKS_RULE,
)
EXCLUDED_WORDS = parameters.define(
    "inspections.excluded_payee_words",
    _("Words in the names of payees that loans may not reach, by kind"),
    {
        "securities": ["证券", "期货", "基金管理"],
        "real_estate": ["房地产", "置业"],
        "lender": ["小额贷款", "典当", "融资租赁", "财富管理", "投资咨询"],
    },
    source=RULES_2024,
)
VOUCHER_DAYS = parameters.define(
    "inspections.voucher_days", _("Missing vouchers are owed within"), 15, unit=_("days"), source=PRACTICE
)
DEMAND_DAYS = parameters.define(
    "inspections.misuse_demand_days",
    _("A demand after misuse of funds gives the borrower"),
    10,
    unit=_("days"),
    source=PRACTICE,
)
NO_SALE_WORDS = parameters.define(
    "inspections.no_sale_words",
    _("Words in summaries of entries that are no sales"),
    ["退款", "退货", "赎回", "放款", "贷款发放", "利息", "转存"],
    source=BANKS_RULE,
)
RETURN_FORMULA = parameters.define(
    "inspections.sales_return_formula",
    _("Formula of the sales return: credits_to_sales, deposits_to_loans or deposits_share"),
    "credits_to_sales",
    source=BANKS_RULE,
)
