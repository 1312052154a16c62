"""The query area above the countdown."""

from __future__ import annotations

from dataclasses import fields as dataclass_fields
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from postloan.core.templatetags.postloan import class_label
from postloan.loans.models import FiveLevelClass
from postloan.organization.models import Line
from postloan.reporting.forms import ANY, DateInput, branch_choices
from postloan.reporting.queries import countdown
from postloan.reporting.queries.countdown import CountdownQuery

STARTS = (
    (countdown.OVERDUE, _("overdue now")),
    (countdown.COMING, _("not overdue yet")),
    (countdown.ANY, _("all loans")),
)


class CountdownForm(forms.Form):
    """Which loans count down."""

    q = forms.CharField(label=_("Loan number, customer number or name"), required=False, max_length=60)
    branch = forms.ChoiceField(label=_("Branch and below"), required=False)
    start = forms.ChoiceField(label=_("Loans"), required=False, choices=STARTS, initial=countdown.OVERDUE)
    line = forms.ChoiceField(label=_("Business line"), required=False, choices=[ANY, *Line.choices])
    by = forms.DateField(label=_("Gets worse by"), required=False, widget=DateInput())
    floor = forms.ChoiceField(label=_("Class floor today"), required=False)
    next = forms.ChoiceField(label=_("Next class floor"), required=False)
    on = forms.DateField(required=False, widget=forms.HiddenInput())
    becomes = forms.ChoiceField(required=False, widget=forms.HiddenInput())
    currency = forms.CharField(required=False, max_length=3, widget=forms.HiddenInput())
    customer = forms.IntegerField(required=False, widget=forms.HiddenInput())
    manager = forms.RegexField(r"^(\d+|nobody)$", required=False, widget=forms.HiddenInput())

    def __init__(self, data: Any, *, user: Any) -> None:
        super().__init__(data, auto_id="q-%s")
        self.fields["branch"].choices = [ANY, *branch_choices(user)]  # type: ignore[attr-defined]
        floors = [(code, class_label(code)) for code in FiveLevelClass.values]
        self.fields["floor"].choices = [ANY, (countdown.PERFORMING, _("Not non-performing")), *floors[:-1]]  # type: ignore[attr-defined]
        self.fields["next"].choices = [ANY, ("npl", _("Non-performing")), *floors[1:]]  # type: ignore[attr-defined]
        self.fields["becomes"].choices = [ANY, ("npl", _("Non-performing")), *floors]  # type: ignore[attr-defined]

    def query(self) -> CountdownQuery:
        """What was asked for, without what could not be read; loans overdue now where nothing was said."""
        self.is_valid()
        given = {item.name: self.cleaned_data.get(item.name) or "" for item in dataclass_fields(CountdownQuery)}
        texts = {
            name: value.isoformat() if hasattr(value, "isoformat") else str(value) for name, value in given.items()
        }
        return CountdownQuery(**{**texts, "start": texts["start"] or countdown.OVERDUE})

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("q", "branch", "start", "by")]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        return [self["floor"], self["next"], self["line"]]

    @property
    def asks_more(self) -> bool:
        return any(bound.value() for bound in self.more_fields)
