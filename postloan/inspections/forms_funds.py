"""What people enter about missing vouchers and demands: conditions of a list, a file, more time, delivery, result."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from postloan.inspections.forms_planning import DayInput


class FundsQueryForm(forms.Form):
    """Which vouchers or demands to show."""

    STATES = [("", _("Still open")), ("late", _("Late")), ("over", _("Settled")), ("all", _("All"))]
    what = forms.CharField(required=False, max_length=10, widget=forms.HiddenInput)
    state = forms.ChoiceField(label=_("State"), choices=STATES, required=False)
    q = forms.CharField(
        label=_("Customer or loan"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("name or number")}),
    )

    @property
    def main_fields(self) -> list[Any]:
        return [self["q"], self["state"]]

    @property
    def more_fields(self) -> list[Any]:
        return []

    @property
    def asks_more(self) -> bool:
        return False


class BringForm(forms.Form):
    file = forms.FileField(
        label=_("File of the voucher"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/*,.pdf,.docx,.xlsx"}),
        help_text=_("A photo, PDF, .docx or .xlsx."),
    )


class MoreTimeForm(forms.Form):
    until = forms.DateField(label=_("New date"), required=False, widget=DayInput())
    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )


class DecideMoreTimeForm(forms.Form):
    comment = forms.CharField(
        label=_("Remark"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )


class DeliveryForm(forms.Form):
    delivered_on = forms.DateField(label=_("Delivered on"), required=False, widget=DayInput())
    to = forms.CharField(label=_("To whom, and as what"), required=False, max_length=100)


class OutcomeForm(forms.Form):
    result = forms.CharField(
        label=_("What was done"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
