"""The bank's parameters of the sales return, each with its source."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from postloan.core import parameters

BANKS_RULE = _("the bank's rule")
PRACTICE = _("practice of banks")

SALES_ITEM = parameters.define(
    "inspections.sales_item",
    _("Figure of the statements that sales are read from: revenue or vat_sales"),
    "revenue",
    source=PRACTICE,
)
SINCE_JANUARY = parameters.define(
    "inspections.statements_since_january",
    _("Statements of a quarter or a half-year count from 1 January"),
    True,
    source=PRACTICE,
)
ALARM_PERCENT = parameters.define(
    "inspections.sales_return_alarm_percent",
    _("The sales return is far below where it is less than this part of the bank's share of the debt"),
    80,
    unit=_("percent"),
    source=PRACTICE,
)
