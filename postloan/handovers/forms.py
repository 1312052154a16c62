"""Forms about hand-overs."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from postloan.core import business_date
from postloan.handovers.models import HandoverState
from postloan.handovers.services.signing import WITNESS_POSTS, Plan
from postloan.organization.forms import DayInput, StaffField
from postloan.organization.models import Branch, Post, PostCode, Staff
from postloan.organization.services.stand_ins import branches_of_head


class HandoverFilterForm(forms.Form):
    STATES = (("", _("Every state")), ("open", _("Not in effect yet")), *HandoverState.choices)

    q = forms.CharField(label=_("Number or person"), max_length=60, required=False)
    state = forms.ChoiceField(label=_("State"), required=False, choices=STATES)
    first = forms.DateField(label=_("Takes effect from"), required=False, widget=DayInput())
    last = forms.DateField(label=_("Takes effect by"), required=False, widget=DayInput())

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return self.visible_fields()

    def narrow(self, found: Any) -> Any:
        """What cannot be read is left out."""
        self.is_valid()
        data: dict[str, Any] = {name: self.cleaned_data.get(name) or "" for name in self.fields}
        if text := str(data["q"]).strip():
            people = [
                Q(**{f"{who}__{name}__icontains": text})
                for who in ("giver", "receiver", "witness")
                for name in ("name", "staff_no")
            ]
            wanted = Q(handover_no__icontains=text)
            for one in people:
                wanted |= one
            found = found.filter(wanted)
        if data["state"] == "open":
            found = found.open()
        elif data["state"]:
            found = found.filter(state=data["state"])
        if data["first"]:
            found = found.filter(effective_on__gte=data["first"])
        if data["last"]:
            found = found.filter(effective_on__lte=data["last"])
        return found


class PrepareForm(forms.Form):
    """Who gives, who receives, who watches, from when and why."""

    giver = StaffField(Staff.objects.none(), label=_("Giver"), empty_label=_("Please choose"))
    receiver = StaffField(Staff.objects.none(), label=_("Receiver"), empty_label=_("Please choose"))
    witness = StaffField(
        Staff.objects.none(),
        label=_("Witness"),
        empty_label=_("Please choose"),
        help_text=_("Somebody who leads or supervises; you may be it yourself."),
    )
    effective_on = forms.DateField(label=_("Takes effect on"), widget=DayInput())
    is_giver_absent = forms.BooleanField(
        label=_("The giver has left or cannot sign: a head signs in their place"), required=False
    )
    reason = forms.CharField(label=_("Reason"), max_length=400, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, user: Staff, first: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = business_date.calendar_today()
        reached = branches_of_head(user)
        here = Staff.objects.filter(branch__in=reached).select_related("branch").order_by("branch__path", "name")
        working = Post.objects.on(today).filter(
            code__in=[PostCode.ACCOUNT_MANAGER, PostCode.DEPARTMENT_HEAD, PostCode.ASSET_PRESERVATION]
        )
        givers = here.filter(
            Q(responsibilities__valid_to=None, responsibilities__isnull=False) | Q(todos__state="open")
        )
        self._choices("giver", givers.distinct())
        self._choices("receiver", here.filter(is_active=True, pk__in=working.values("staff")))
        self._choices("witness", _witnesses(reached, today))
        self.fields["effective_on"].initial = first
        self.fields["effective_on"].widget.attrs["min"] = first.isoformat()
        self.fields["effective_on"].help_text = _("By the first night from this day on.")

    def _choices(self, name: str, people: Any) -> None:
        self.fields[name].queryset = people  # type: ignore[attr-defined]

    def plan(self, customers: list[int] | None) -> Plan:
        return Plan(**self.cleaned_data, customers=customers)


def _witnesses(reached: frozenset[int], today: date) -> Any:
    """Who leads or supervises at these branches or above them."""
    paths = list(Branch.objects.filter(pk__in=reached).values_list("path", flat=True))
    above = {part for path in paths for part in _prefixes(path)}
    posts = Post.objects.on(today).filter(code__in=WITNESS_POSTS, branch__path__in=above | set(paths))
    people = Staff.objects.filter(is_active=True, pk__in=posts.values("staff"))
    return people.select_related("branch").order_by("branch__path", "name")


def _prefixes(path: str) -> list[str]:
    """The paths of the branches above, as they are written: codes, each followed by a slash."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[:n]) + "/" for n in range(1, len(parts))]


class SignForm(forms.Form):
    """What was seen, and that one has read it."""

    seen = forms.CharField(max_length=64, widget=forms.HiddenInput())
    has_read = forms.BooleanField(label=_("I have read the list and it is right."))


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=400)
