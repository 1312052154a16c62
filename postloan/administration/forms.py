"""Forms of the data quality pages and of the calendar."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from postloan.administration.quality import NO_BRANCH, OLD_DAYS, Asked
from postloan.core import findings
from postloan.core.models import Finding
from postloan.organization.calendar_files import LARGEST
from postloan.organization.forms import DayInput
from postloan.organization.models import Branch
from postloan.reporting.forms import branch_choices


class FindingFilterForm(forms.Form):
    """The query area of the list of findings. What cannot be read is left out."""

    STATES = (("", _("Open")), ("gone", _("Gone")), ("all", _("All")))
    AGES = (
        ("", _("Every age")),
        ("7", _("Older than a week")),
        (str(OLD_DAYS), _("Older than 30 days")),
        ("90", _("Older than 90 days")),
    )

    q = forms.CharField(label=_("Number of the subject"), required=False, max_length=60)
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    branch = forms.ChoiceField(label=_("Branch and below"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False, choices=STATES)
    older = forms.ChoiceField(label=_("Age"), required=False, choices=AGES)
    since = forms.DateField(label=_("Since"), required=False, widget=DayInput())

    def __init__(self, data: Any, *, user: Any) -> None:
        super().__init__(data, auto_id="q-%s")
        kinds = sorted(((kind.code, str(kind.name)) for kind in findings.kinds()), key=lambda pair: pair[1])
        kind = str(self.data.get("kind", ""))
        if kind not in dict(kinds) and Finding.objects.filter(kind=kind).exists():
            # Found by an earlier version: its rows stay.
            kinds.append((kind, findings.name_of(kind)))
        self.fields["kind"].choices = [("", _("Every kind")), *kinds]  # type: ignore[attr-defined]
        choices = [("", _("Every branch")), *branch_choices(user), (NO_BRANCH, _("no branch"))]
        asked = str(self.data.get("branch", ""))
        if asked.startswith("=") and asked[1:].isdigit():
            # A count by branch leads here: that branch alone.
            name = Branch.objects.filter(pk=int(asked[1:])).values_list("name", flat=True).first()
            if name is not None:
                choices.append((asked, _("%(name)s alone") % {"name": name}))
        self.fields["branch"].choices = choices  # type: ignore[attr-defined]

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("q", "kind", "branch", "state")]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("older", "since")]

    @property
    def asks_more(self) -> bool:
        return any(bound.value() for bound in self.more_fields)

    def asked(self) -> Asked:
        self.is_valid()
        given = {name: self.cleaned_data.get(name) or "" for name in self.fields}
        return Asked(
            **{name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in given.items()}
        )


class UploadForm(forms.Form):
    """A calendar's file, and the notice it is taken from where the file does not name it."""

    file = forms.FileField(
        label=_("File"),
        required=False,
        help_text=_("JSON or CSV, as described below."),
        widget=forms.ClearableFileInput(attrs={"accept": ".json,.csv"}),
    )
    source = forms.CharField(
        label=_("Source"),
        max_length=200,
        required=False,
        help_text=_("The notice of the State Council; empty where the file names it."),
    )
    kept = forms.CharField(required=False, max_length=2 * LARGEST, widget=forms.HiddenInput())
    kept_name = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput())

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("file") and not data.get("kept"):
            self.add_error("file", ValidationError(_("Choose a file."), code="required"))
        return data

    def content(self) -> tuple[bytes, str]:
        """A file chosen now goes before the one the page has kept since the dry run."""
        chosen = self.cleaned_data["file"]
        if chosen:
            return chosen.read(), chosen.name
        try:
            return b64decode(self.cleaned_data["kept"], validate=True), self.cleaned_data["kept_name"]
        except ValueError:
            return b"", self.cleaned_data["kept_name"]


class DecideForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=400, required=False)

    def __init__(self, *args: Any, is_required: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = is_required
