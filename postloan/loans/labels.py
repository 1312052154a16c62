"""The words for codes that several apps show: kinds of customer, product families, how a loan is secured."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Labels = dict[str, str | Promise]

CUSTOMER_KINDS: Labels = {
    "corporate": _("company"),
    "small_business": _("small business"),
    "self_employed": _("self-employed person"),
    "individual": _("individual"),
    "farmer": _("farmer"),
    "public_institution": _("public institution"),
    "platform": _("government platform"),
    "guarantee_company": _("guarantee company"),
    "cooperative": _("cooperative"),
}
PRODUCT_FAMILIES: Labels = {
    "working_capital": _("working capital loan"),
    "fixed_asset": _("fixed asset loan"),
    "project": _("project loan"),
    "property_development": _("property development loan"),
    "trade_finance": _("trade finance"),
    "acceptance": pgettext_lazy("product", "acceptance"),
    "guarantee_letter": pgettext_lazy("product", "guarantee letter"),
    "letter_of_credit": pgettext_lazy("product", "letter of credit"),
    "small_business": _("small business loan"),
    "personal_business": _("personal business loan"),
    "personal_consumption": _("personal consumption loan"),
    "home_mortgage": _("home mortgage"),
    "car": _("car loan"),
    "farmer": _("farmer loan"),
    "student": _("student loan"),
}
POLICY_SECURITIES: Labels = {
    "low_risk": _("low-risk, fully covered"),
    "credit": pgettext_lazy("security", "credit"),
    "secured": _("secured otherwise"),
}
CONDITION_KINDS: Labels = {
    "before_payout": _("before payout"),
    "covenant": _("covenant"),
    "post_loan": _("post-loan condition"),
}
