"""Forms about personal data and the record of it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from postloan.customers.personal_data import FIELDS, SHORTEST_REASON, Shown


class ShowForm(forms.Form):
    """Which field, and why."""

    field = forms.ChoiceField(label=_("What"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reason"),
        min_length=SHORTEST_REASON,
        max_length=400,
        help_text=_("At least five characters: what you need it for. It is kept with your name."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, shown: list[Shown], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["field"].choices = [(one.field, f"{one.label}: {one.masked}") for one in shown]  # type: ignore
        if len(shown) == 1:
            self.fields["field"].initial = shown[0].field


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class RecordForm(forms.Form):
    """Narrows the record: who was shown whose data, and when."""

    staff = forms.CharField(label=_("Shown to: number or name"), required=False, max_length=60)
    subject = forms.CharField(label=_("Customer or party number"), required=False, max_length=60)
    what = forms.ChoiceField(label=_("What"), required=False, choices=[("", _("All")), *FIELDS.items()])
    first = forms.DateField(label=_("From"), required=False, widget=DayInput())
    last = forms.DateField(label=_("Until"), required=False, widget=DayInput())

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return self.visible_fields()

    def narrow(self, rows: Any) -> Any:
        """What cannot be read is left out."""
        self.is_valid()
        data = {name: self.cleaned_data.get(name) or "" for name in self.fields}
        if text := str(data["staff"]).strip():
            rows = rows.filter(Q(staff__staff_no__icontains=text) | Q(staff__name__icontains=text))
        if text := str(data["subject"]).strip():
            rows = rows.filter(subject_key__icontains=text)
        if data["what"]:
            rows = rows.filter(what=data["what"])
        if data["first"]:
            rows = rows.filter(shown_at__date__gte=data["first"])
        if data["last"]:
            rows = rows.filter(shown_at__date__lte=data["last"])
        return rows
