"""The events an import writes into the timeline."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from postloan.core import timeline

EXTRACT_APPLIED = timeline.define(
    "imports.extract_applied",
    _("Extract for {business_date_applied} applied: {new} rows new, {changed} changed"),
)
EXTRACT_CORRECTED = timeline.define(
    "imports.extract_corrected",
    _("Extract for {business_date_applied} corrected by revision {revision}: {new} rows new, {changed} changed"),
)
REJECTS_DOWNLOADED = timeline.define(
    "imports.rejects_downloaded",
    _("Rejected rows of {file} of the extract for {business_date_of} downloaded: {reason}"),
)
