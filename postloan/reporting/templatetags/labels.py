"""{% load labels %} {{ loan.rate_type|word:"RATE_TYPES" }}: the word for a code, or the code itself."""

from __future__ import annotations

from django import template
from django.utils.translation import pgettext

from postloan.core.templatetags.postloan import band_label, no_data
from postloan.loans.models import Band, LoanStatus
from postloan.organization.models import Line
from postloan.reporting import labels, labels_statements

register = template.Library()

STATUS_TONES = {"active": "", "settled": "ok", "written_off": "bad", "transferred": "", "advance": "warn"}


@register.filter
def word(code: str | None, name: str) -> str:
    if not code:
        return no_data()
    known = getattr(labels, name, None) or getattr(labels_statements, name)
    return labels.label(known, code)


@register.filter
def words(codes: str | None, name: str) -> str:
    """A list that the extract separates by semicolons."""
    if not codes:
        return no_data()
    return labels.several(getattr(labels, name), codes, separator=pgettext("list", ", "))


@register.filter
def loan_status(code: str) -> str:
    return str(dict(LoanStatus.choices).get(code, code))


@register.filter
def band_index(code: str) -> int:
    """Which step of the overdue ramp a band of a loan's state is."""
    return Band.values.index(code)


@register.filter
def band_name(step: int) -> str:
    return band_label(step)


@register.filter
def step_name(code: str) -> str:
    """A step of either scale: buckets by their code, bands by their days."""
    return band_label(Band.values.index(code)) if code in Band.values else code


@register.filter
def status_tone(code: str) -> str:
    return STATUS_TONES.get(code, "")


@register.filter
def line_name(code: str) -> str:
    return str(dict(Line.choices).get(code, code)) if code else no_data()
