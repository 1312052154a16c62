"""What people enter about inspection tasks: conditions of a list, requests, orders, the policy."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from postloan.inspections.models import InspectionKind, Place, RequestKind
from postloan.inspections.rules_planning import COLUMNS, Rule
from postloan.loans.labels import CUSTOMER_KINDS, POLICY_SECURITIES, PRODUCT_FAMILIES
from postloan.loans.models.state import FiveLevelClass
from postloan.organization.models import Line

ANY = ("", _("All"))


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class RouteForm(forms.Form):
    on = forms.DateField(label=_("Day"), required=False, widget=DayInput())

    @property
    def main_fields(self) -> list[Any]:
        return [self["on"]]


class ProposalQueryForm(forms.Form):
    """Which proposed classes to show."""

    proposed = forms.ChoiceField(label=_("Proposed class"), choices=[ANY, *FiveLevelClass.choices], required=False)
    q = forms.CharField(
        label=_("Customer"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("name or number")}),
    )

    @property
    def main_fields(self) -> list[Any]:
        return [self["q"], self["proposed"]]

    @property
    def more_fields(self) -> list[Any]:
        return []

    @property
    def asks_more(self) -> bool:
        return False


class TaskQueryForm(forms.Form):
    """Which inspections to show; every condition may be left out."""

    STATES = [
        ("", _("Still owed")),
        ("to_do", _("To do")),
        ("late", _("Late")),
        ("drafting", _("Being written")),
        ("returned", _("Sent back")),
        ("submitted", _("To approve")),
        ("approved", _("Approved")),
        ("ended", _("Ended or withdrawn")),
        ("all", _("All")),
    ]
    state = forms.ChoiceField(label=_("State"), choices=STATES, required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=[ANY, *InspectionKind.choices], required=False)
    line = forms.ChoiceField(label=_("line"), choices=[ANY, *Line.choices], required=False)
    q = forms.CharField(
        label=_("Customer or inspection"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("name or number")}),
    )
    mine = forms.ChoiceField(label=_("Whose"), choices=[("", _("All I see")), ("1", _("Mine"))], required=False)
    person = forms.IntegerField(required=False, widget=forms.HiddenInput)
    branch = forms.IntegerField(required=False, widget=forms.HiddenInput)
    due_from = forms.DateField(label=_("Due from"), required=False, widget=DayInput())
    due_to = forms.DateField(label=_("Due until"), required=False, widget=DayInput())

    @property
    def main_fields(self) -> list[Any]:
        return [self["q"], self["state"], self["mine"]]

    @property
    def more_fields(self) -> list[Any]:
        return [self["kind"], self["line"], self["due_from"], self["due_to"]]

    @property
    def asks_more(self) -> bool:
        return any(self.data.get(name) for name in ("kind", "line", "due_from", "due_to"))


class RequestForm(forms.Form):
    """A later date, or an end without inspection."""

    kind = forms.ChoiceField(label=_("Asked for"), choices=RequestKind.choices, widget=forms.RadioSelect)
    new_due_on = forms.DateField(label=_("New date"), required=False, widget=DayInput())
    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("kind") == RequestKind.DELAY and not data.get("new_due_on"):
            self.add_error("new_due_on", _("Say until when."))
        return data


class RequestDecisionForm(forms.Form):
    comment = forms.CharField(
        label=_("Remark"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Needed when it is not granted."),
    )


class OrderForm(forms.Form):
    """Special inspections for a list of customers."""

    numbers = forms.CharField(
        label=_("Customer numbers"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 8, "class": "num"}),
        help_text=_("One to a line, or separated by blanks or commas; at most 500."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=400, widget=forms.Textarea(attrs={"rows": 3}))
    due_on = forms.DateField(label=_("Due on"), widget=DayInput())
    place = forms.ChoiceField(label=_("On site or off site"), choices=Place.choices, initial=Place.ON_SITE)
    people = forms.TypedChoiceField(label=_("People"), choices=[(2, _("two")), (1, _("one"))], coerce=int, initial=2)

    def number_list(self) -> list[str]:
        text = self.cleaned_data["numbers"]
        for separator in (",", ";", "，", "；", "、", "\t"):
            text = text.replace(separator, " ")
        return text.split()


class PolicyForm(forms.Form):
    valid_from = forms.DateField(label=_("Valid from"), widget=DayInput())
    reason = forms.CharField(label=_("Reason of the change"), max_length=400, widget=forms.Textarea(attrs={"rows": 2}))


class PolicyDecisionForm(forms.Form):
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
    comment = forms.CharField(
        label=_("Remark"), required=False, max_length=400, widget=forms.Textarea(attrs={"rows": 2})
    )


def some_of(label: Any, choices: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=list(choices), required=False, widget=forms.SelectMultiple(attrs={"size": 3})
    )


class PolicyRuleForm(forms.Form):
    """One line of the table; of the lists several may be chosen, none means any."""

    position = forms.IntegerField(label=_("Position"), min_value=1, max_value=9999)
    line = forms.ChoiceField(label=_("line"), choices=[("", _("any")), *Line.choices], required=False)
    customer_kinds = some_of(_("Kinds of customer"), CUSTOMER_KINDS.items())
    product_families = some_of(_("Product families"), PRODUCT_FAMILIES.items())
    classes = some_of(_("Classes"), FiveLevelClass.choices)
    exceptions = some_of(_("Security"), POLICY_SECURITIES.items())
    amount_over = forms.DecimalField(label=_("Amount over"), required=False, max_digits=18, decimal_places=2)
    amount_up_to = forms.DecimalField(label=_("Amount up to"), required=False, max_digits=18, decimal_places=2)
    first_within_days = forms.IntegerField(label=_("First within days"), required=False, min_value=1, max_value=3660)
    periodic_every_days = forms.IntegerField(label=_("Every days"), required=False, min_value=1, max_value=3660)
    sample_percent = forms.IntegerField(label=_("Sample, percent"), required=False, min_value=1, max_value=100)
    place = forms.ChoiceField(label=_("On site or off site"), choices=Place.choices, initial=Place.ON_SITE)
    people = forms.TypedChoiceField(label=_("People"), choices=[(2, "2"), (1, "1")], coerce=int, initial=2)
    source = forms.CharField(label=_("Source"), required=False, max_length=200)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in ("customer_kinds", "product_families", "classes", "exceptions"):
            data[name] = tuple(data.get(name) or ())
        over, up_to = data.get("amount_over"), data.get("amount_up_to")
        if over is not None and up_to is not None and up_to <= over:
            self.add_error("amount_up_to", _("It must be more than the lower amount."))
        return data

    def rule(self) -> Rule:
        values: dict[str, Any] = {name: self.cleaned_data.get(name) for name in COLUMNS}
        return Rule(**values)


PolicyRuleFormSet = forms.formset_factory(PolicyRuleForm, extra=2, can_delete=True, max_num=200, validate_max=True)
