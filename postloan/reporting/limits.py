"""The bank's limits of what is taken out of the system as a file."""

from django.utils.translation import gettext_lazy as _

from postloan.core.parameters import define

MOST_IN_CSV = define(
    "reporting.most_exported_csv",
    _("Most rows in an exported CSV file"),
    200_000,
    unit=_("rows"),
    source=_("the bank's rule"),
)
MOST_IN_EXCEL = define(
    "reporting.most_exported_excel",
    _("Most rows in an exported Excel file"),
    20_000,
    unit=_("rows"),
    source=_("the bank's rule"),
)
