"""What an administrator says about a branch."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from postloan.organization.forms import BranchField, ReasonForm
from postloan.organization.models import Branch, BranchKind, BranchLevel
from postloan.organization.services.branches import Wanted


class BranchForm(ReasonForm):
    """Offered as parent is what does not lie below the branch; the head office has none."""

    name = forms.CharField(label=_("Branch name"), max_length=200)
    level = forms.ChoiceField(label=_("Level"), choices=BranchLevel.choices)
    kind = forms.ChoiceField(label=_("Kind"), choices=BranchKind.choices)
    parent = BranchField(
        Branch.objects.none(),
        label=_("Hangs under"),
        empty_label=None,
        help_text=_("All below it move along; posts that see “own branch and below” see it so at once."),
    )
    field_order = ("name", "level", "kind", "parent", "reason")

    def __init__(self, *args: Any, branch: Branch, **kwargs: Any) -> None:
        now = {name: getattr(branch, name) for name in ("name", "level", "kind", "parent")}
        super().__init__(*args, **{"initial": now, **kwargs})
        if branch.is_head_office:
            del self.fields["parent"]
            return
        field: Any = self.fields["parent"]
        field.queryset = Branch.objects.exclude(path__startswith=branch.path).order_by("path")

    def wanted(self) -> Wanted:
        given = self.cleaned_data
        return Wanted(given["name"].strip(), given["level"], given["kind"], given.get("parent"))
