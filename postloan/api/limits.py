"""The bank's limits of reading by other systems."""

from django.utils.translation import gettext_lazy as _

from postloan.core.parameters import define

TOKEN_DAYS = define(
    "api.token_days",
    _("Longest validity of a token"),
    365,
    unit=_("days"),
    source=_("the bank's rule"),
)
REQUESTS_A_MINUTE = define(
    "api.requests_a_minute",
    _("Requests a minute of one system"),
    600,
    unit=_("requests"),
    source=_("the bank's rule"),
)
