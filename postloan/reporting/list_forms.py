"""Forms of the tools above a list: a filter to be saved, the columns and the density, a file."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from postloan.reporting.columns import List
from postloan.reporting.exports import CSV, EXCEL
from postloan.reporting.models import Density, SavedFilter


class SaveFilterForm(forms.Form):
    name = forms.CharField(label=_("Name of the filter"), max_length=SavedFilter._meta.get_field("name").max_length)
    query = forms.CharField(required=False, max_length=4000, widget=forms.HiddenInput())
    is_default = forms.BooleanField(label=_("Apply it when the list is opened"), required=False)


class ChangeFilterForm(forms.Form):
    change = forms.ChoiceField(choices=[("default", "default"), ("delete", "delete")])


class LayoutForm(forms.Form):
    columns = forms.MultipleChoiceField(required=False)
    density = forms.ChoiceField(required=False, choices=Density.choices)
    query = forms.CharField(required=False, max_length=4000, widget=forms.HiddenInput())

    def __init__(self, data: Any, *, of: List) -> None:
        super().__init__(data)
        self.fields["columns"].choices = [(column.key, column.label) for column in of.columns if not column.is_fixed]  # type: ignore[attr-defined]


class ExportForm(forms.Form):
    format = forms.ChoiceField(choices=[(EXCEL, EXCEL), (CSV, CSV)])
    query = forms.CharField(required=False, max_length=4000)
    everything = forms.BooleanField(required=False)
