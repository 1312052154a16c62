"""Forms about the bank's thresholds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from postloan.core import parameter_values
from postloan.core.parameter_values import NO, YES, NotAValue
from postloan.core.parameters import Definition
from postloan.organization.forms import DayInput
from postloan.organization.parameter_pages import CHANGED, GROUPS, TO_COME, WAITING, Line

HINTS = {
    "number": "",
    "text": "",
    "list": _("Separated by commas."),
    "table": _("Written as key: value, separated by commas."),
    "json": _("JSON with the same fields as the default."),
}


class ParameterFilterForm(forms.Form):
    STATES = (
        ("", _("Every state")),
        (WAITING, _("Waits for a second person")),
        (TO_COME, _("Approved, to come")),
        (CHANGED, _("Other than the default")),
    )

    q = forms.CharField(label=_("Name or source"), max_length=60, required=False)
    group = forms.ChoiceField(label=_("Part"), required=False, choices=[("", _("Every part")), *GROUPS.items()])
    state = forms.ChoiceField(label=_("State"), required=False, choices=STATES)

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return self.visible_fields()

    def narrow(self, lines: Iterable[Line]) -> list[Line]:
        """What cannot be read is left out."""
        self.is_valid()
        data = {name: str(self.cleaned_data.get(name) or "").strip() for name in self.fields}
        text = data["q"].casefold()
        return [
            line
            for line in lines
            if text in f"{line.definition.key} {line.definition.name} {line.source}".casefold()
            and data["group"] in {"", line.definition.group}
            and line.is_in(data["state"])
        ]


class ProposeForm(forms.Form):
    """The new value as text in the shape of the default, the first day, what it comes from, and why."""

    value = forms.CharField(label=_("New value"), max_length=parameter_values.LONGEST)
    valid_from = forms.DateField(label=_("Valid from"), widget=DayInput())
    source = forms.CharField(
        label=_("Source"), max_length=200, help_text=_("The document with its number, or the act with its article.")
    )
    reason = forms.CharField(label=_("Reason"), max_length=400, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, definition: Definition, value: Any, first: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.definition = definition
        kind = parameter_values.kind_of(definition.default)
        field = self.fields["value"]
        field.initial = parameter_values.written(value, definition.default)
        if kind == "bool":
            self.fields["value"] = forms.ChoiceField(
                label=_("New value"), choices=[(YES, _("Yes")), (NO, _("No"))], initial=field.initial
            )
        elif kind == "json":
            rows = min(24, str(field.initial).count("\n") + 2)
            field.widget = forms.Textarea(attrs={"rows": rows, "spellcheck": "false", "translate": "no"})
        elif kind == "number":
            field.widget.attrs["inputmode"] = "decimal"
        unit = str(definition.unit)
        hints = [str(HINTS.get(kind, "")), unit and f"{_('Unit')}: {unit}"]
        self.fields["value"].help_text = " ".join(filter(None, hints))
        self.fields["valid_from"].initial = first
        self.fields["valid_from"].widget.attrs["min"] = first.isoformat()
        self.fields["valid_from"].help_text = _("%(day)s at the earliest: days before are closed.") % {
            "day": first.isoformat()
        }

    def clean_value(self) -> Any:
        try:
            return parameter_values.parse(self.definition, self.cleaned_data["value"])
        except NotAValue as error:
            raise ValidationError(str(error), code="value") from error


class DecideForm(forms.Form):
    """The reason of a refusal or of taking a proposal back; an approval needs none."""

    reason = forms.CharField(label=_("Reason"), max_length=400, required=False)

    def __init__(self, *args: Any, is_required: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = is_required
