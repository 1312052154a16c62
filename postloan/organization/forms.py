"""Forms about people. What a service refuses is shown by them as an error of the whole form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from postloan.organization import events
from postloan.organization.models import ADMINISTRATORS, Branch, Line, PostCode, Scope, Staff
from postloan.organization.rights import DEFAULT_SCOPE
from postloan.organization.services.stand_ins import branches_of_head

REASON_LENGTH = 100


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class BranchField(forms.ModelChoiceField):
    """Branches as a tree: indented by their depth."""

    def label_from_instance(self, branch: Branch) -> str:
        return "\u3000" * branch.depth + f"{branch.name} {branch.branch_code}"


class StaffField(forms.ModelChoiceField):
    def label_from_instance(self, staff: Staff) -> str:
        return f"{staff.name} {staff.staff_no} · {staff.branch.name}"


class LogInForm(forms.Form):
    username = forms.CharField(
        label=_("Staff number"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class ChangePasswordForm(forms.Form):
    old_password = forms.CharField(
        label=_("Present password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new_password = forms.CharField(
        label=_("New password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    repeated = forms.CharField(
        label=_("New password once more"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, staff: Staff, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.staff = staff

    def clean_old_password(self) -> str:
        old = self.cleaned_data["old_password"]
        if not self.staff.check_password(old):
            raise ValidationError(_("This is not your present password."), code="old_password")
        return old

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        new, repeated = data.get("new_password"), data.get("repeated")
        if new and repeated and new != repeated:
            self.add_error("repeated", ValidationError(_("The two differ."), code="repeated"))
        elif new and "old_password" in data:
            try:
                validate_password(new, self.staff)
            except ValidationError as error:
                self.add_error("new_password", error)
        return data


class ReasonForm(forms.Form):
    """For every change that needs nothing but its reason."""

    reason = forms.CharField(label=_("Reason"), max_length=REASON_LENGTH)


class PeopleFilterForm(forms.Form):
    STATES = (
        ("", _("Every state")),
        ("active", _("Active")),
        ("disabled", _("Disabled")),
        ("without_post", _("Without a post")),
        ("missing", _("No longer delivered")),
    )

    q = forms.CharField(label=_("Number or name"), max_length=60, required=False)
    branch = BranchField(Branch.objects.all(), label=_("Branch"), required=False, empty_label=_("Every branch"))
    post = forms.ChoiceField(label=_("Post"), required=False, choices=[("", _("Every post")), *PostCode.choices])
    state = forms.ChoiceField(label=_("State"), required=False, choices=STATES)

    # Exactly one branch: where a count in the tree leads to.
    only = forms.ModelChoiceField(Branch.objects.all(), required=False, widget=forms.HiddenInput)

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return self.visible_fields()

    def narrow(self, people: Any) -> Any:
        """What cannot be read is left out."""
        self.is_valid()
        data: dict[str, Any] = {name: self.cleaned_data.get(name) or "" for name in self.fields}
        if data["only"]:
            people = people.filter(branch=data["only"])
        if text := data["q"].strip():
            people = people.filter(Q(staff_no__icontains=text) | Q(name__icontains=text))
        if data["branch"]:
            people = people.filter(branch__path__startswith=data["branch"].path)
        if data["post"]:
            people = people.holding(data["post"])
        states = {
            "active": lambda: people.filter(is_active=True),
            "disabled": lambda: people.filter(is_active=False),
            "without_post": people.without_post,
            "missing": lambda: people.exclude(missing_since=None),
        }
        return states[data["state"]]() if data["state"] else people


class NewStaffForm(ReasonForm):
    staff_no = forms.RegexField(
        label=_("Staff number"),
        regex=r"^[A-Za-z0-9._-]+$",
        max_length=40,
        error_messages={"invalid": _("Letters, digits, dot, dash and underscore only.")},
    )
    name = forms.CharField(label=_("Name"), max_length=120)
    branch = BranchField(Branch.objects.all(), label=_("Branch"), empty_label=_("Please choose"))
    field_order = ("staff_no", "name", "branch", "reason")


class MoveForm(ReasonForm):
    branch = BranchField(Branch.objects.all(), label=_("New branch"), empty_label=_("Please choose"))
    field_order = ("branch", "reason")


class PostForm(ReasonForm):
    """Leaving the scope open takes the post's usual one."""

    code = forms.ChoiceField(label=_("Post"), choices=PostCode.choices)
    branch = BranchField(Branch.objects.all(), label=_("Branch"), empty_label=_("Please choose"))
    scope = forms.ChoiceField(
        label=_("Sees"), required=False, choices=[("", _("as usual for the post")), *Scope.choices]
    )
    lines = forms.MultipleChoiceField(
        label=_("Lines"),
        required=False,
        choices=Line.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: all lines"),
    )
    valid_from = forms.DateField(label=_("From"), widget=DayInput())
    valid_to = forms.DateField(
        label=_("Until"), required=False, widget=DayInput(), help_text=_("The first day without it; empty: open")
    )
    field_order = ("code", "branch", "scope", "lines", "valid_from", "valid_to", "reason")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        code = data.get("code")
        if code in ADMINISTRATORS:
            data["scope"] = Scope.NONE
        elif code and not data.get("scope"):
            data["scope"] = DEFAULT_SCOPE[code]
        return data


class StandInForm(ReasonForm):
    """A head chooses among the people of the own branches."""

    absent = StaffField(Staff.objects.none(), label=_("Absent"), empty_label=_("Please choose"))
    stand_in = StaffField(Staff.objects.none(), label=_("Stand-in"), empty_label=_("Please choose"))
    starts_on = forms.DateField(label=_("From"), widget=DayInput())
    ends_on = forms.DateField(label=_("Until"), widget=DayInput(), help_text=_("The last day, inclusive"))
    field_order = ("absent", "stand_in", "starts_on", "ends_on", "reason")

    def __init__(self, *args: Any, user: Staff, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = Staff.objects.filter(is_active=True, branch__in=branches_of_head(user)).select_related("branch")
        for name in ("absent", "stand_in"):
            self.fields[name].queryset = people.order_by("branch__path", "name")  # type: ignore[attr-defined]


class EventFilterForm(forms.Form):
    """Narrows the record of log-ins and accounts."""

    WHAT = (
        ("", _("All")),
        ("log_in", _("Log-ins")),
        ("log_in_failed", _("Failed log-ins")),
        ("locked_out", _("Lock-outs")),
        ("account", _("Accounts and passwords")),
        ("post", _("Posts and stand-ins")),
        ("parameter", _("Parameters")),
        ("branch", _("Branches")),
        ("calendar", _("Calendar")),
    )

    q = forms.CharField(label=_("Staff number"), max_length=60, required=False)
    what = forms.ChoiceField(label=_("What"), choices=WHAT, required=False)
    first = forms.DateField(label=_("From"), required=False, widget=DayInput())
    last = forms.DateField(label=_("Until"), required=False, widget=DayInput())

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return self.visible_fields()

    def narrow(self, found: Any) -> Any:
        """What cannot be read is left out."""
        self.is_valid()
        data: dict[str, Any] = {name: self.cleaned_data.get(name) or "" for name in self.fields}
        if text := str(data["q"]).strip():
            found = found.filter(Q(subject_key__icontains=text) | Q(actor__staff_no__icontains=text))
        if data["what"]:
            found = found.filter(code__in=events.GROUPS[data["what"]])
        if data["first"]:
            found = found.filter(happened_at__date__gte=data["first"])
        if data["last"]:
            found = found.filter(happened_at__date__lte=data["last"])
        return found


class SessionFilterForm(forms.Form):
    """Narrows the list of log-ins: whose, where from, whether they still run."""

    STATES = (("", _("Running")), ("ended", _("Ended")), ("all", _("All")))

    q = forms.CharField(label=_("Number or name"), max_length=60, required=False)
    branch = BranchField(Branch.objects.all(), label=_("Branch"), required=False, empty_label=_("Every branch"))
    state = forms.ChoiceField(label=_("State"), required=False, choices=STATES)
    first = forms.DateField(label=_("From"), required=False, widget=DayInput())
    last = forms.DateField(label=_("Until"), required=False, widget=DayInput())

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return self.visible_fields()

    def narrow(self, found: Any) -> Any:
        """What cannot be read is left out."""
        self.is_valid()
        data: dict[str, Any] = {name: self.cleaned_data.get(name) or "" for name in self.fields}
        if text := str(data["q"]).strip():
            found = found.filter(Q(staff__staff_no__icontains=text) | Q(staff__name__icontains=text))
        if data["branch"]:
            found = found.filter(staff__branch__path__startswith=data["branch"].path)
        if data["state"] != "all":
            found = found.filter(ended_at__isnull=data["state"] != "ended")
        if data["first"]:
            found = found.filter(started_at__date__gte=data["first"])
        if data["last"]:
            found = found.filter(started_at__date__lte=data["last"])
        return found
