"""The bank's choices about extracts, besides those that core already knows."""

from django.utils.translation import gettext_lazy as _

from postloan.core.parameters import define

LEDGER_SUBJECTS = define(
    "imports.ledger_subjects",
    _("General ledger subjects that hold the loans (beginnings, separated by ;, - leaves out)"),
    "13;-1304",
    source=_("chart of accounts: 1301 to 1305 are loans, 1304 the provision against them"),
)
