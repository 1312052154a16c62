"""The bank's parameters of reports and evidence, each with its source."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from postloan.core import parameters

BANKS_RULE = _("the bank's rule")
PRACTICE = _("practice of banks")

CHANGE_OVER = parameters.define(
    "inspections.change_over_percent",
    _("A change against the last report that asks for a remark, more than"),
    Decimal(20),
    unit=_("percent"),
    source=PRACTICE,
)
PHOTO_MB = parameters.define(
    "inspections.photo_megabytes", _("Largest photo"), 25, unit=_("megabytes"), source=BANKS_RULE
)
FILE_MB = parameters.define("inspections.file_megabytes", _("Largest file"), 40, unit=_("megabytes"), source=BANKS_RULE)
PHOTO_MEGAPIXELS = parameters.define(
    "inspections.photo_megapixels", _("Largest photo in pixels, JPEG"), 64, unit=_("million"), source=BANKS_RULE
)
PICTURE_MEGAPIXELS = parameters.define(
    "inspections.picture_megapixels",
    _("Largest picture in pixels, PNG and WebP"),
    24,
    unit=_("million"),
    source=BANKS_RULE,
)
UNPACKED_MB = parameters.define(
    "inspections.unpacked_megabytes",
    _("What a Word or Excel file may unpack to"),
    120,
    unit=_("megabytes"),
    source=BANKS_RULE,
)
SHOWN_EDGE = parameters.define(
    "inspections.shown_edge_pixels",
    _("Longer edge of the copy of a photo that is shown"),
    1600,
    unit=_("pixels"),
    source=BANKS_RULE,
)
LIKENESS_BITS = parameters.define(
    "inspections.likeness_bits",
    _("Photos count as the same when their 64 signs differ in at most (not over 3)"),
    3,
    unit=_("signs"),
    source=BANKS_RULE,
)
CODE_MINUTES = parameters.define(
    "inspections.code_minutes", _("A borrower's code is valid for"), 10, unit=_("minutes"), source=BANKS_RULE
)
CODE_TRIES = parameters.define(
    "inspections.code_tries", _("Wrong codes before a new one is needed"), 5, unit=_("times"), source=BANKS_RULE
)
