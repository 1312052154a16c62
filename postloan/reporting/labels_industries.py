"""The sections of GB/T 4754-2017, by their letter; the names are the standard's, shortened."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SECTIONS: dict[str, str | Promise] = {
    "A": _("Agriculture, forestry, fishery"),
    "B": _("Mining"),
    "C": _("Manufacturing"),
    "D": _("Electricity, heat, gas, water"),
    "E": _("Construction"),
    "F": _("Wholesale and retail"),
    "G": _("Transport, storage, post"),
    "H": _("Hotels and catering"),
    "I": _("Information and software"),
    "J": _("Finance"),
    "K": _("Real estate"),
    "L": _("Leasing and business services"),
    "M": _("Research and technical services"),
    "N": _("Water, environment, public facilities"),
    "O": _("Household services, repairs"),
    "P": _("Education"),
    "Q": _("Health and social work"),
    "R": _("Culture, sport, entertainment"),
    "S": _("Public administration"),
    "T": _("International organisations"),
    "none": _("No industry (persons)"),
}
