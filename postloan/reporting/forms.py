"""The query areas above the lists. What cannot be read is left out and said, never an exception."""

from __future__ import annotations

from dataclasses import fields as dataclass_fields
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from postloan.core.templatetags.postloan import band_label, class_label
from postloan.customers.models import Role
from postloan.loans.models import Band, FiveLevelClass, LoanStatus
from postloan.organization.models import Branch, Line
from postloan.reporting.labels_industries import SECTIONS
from postloan.reporting.queries import cuts
from postloan.reporting.queries.book import LoanQuery

ANY = ("", _("All"))
MOVES = ((cuts.NEW, _("newly overdue")), (cuts.CURED, _("no longer overdue")))
MISSED = (
    (cuts.EITHER, _("on the list: in a row or in all")),
    (cuts.IN_A_ROW, _("in a row")),
    (cuts.IN_ALL, _("in all")),
    (cuts.UNKNOWN, _("in all not known")),
)


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def branch_choices(user: Any) -> list[tuple[str, str]]:
    """The branches a person's posts reach, indented as the tree is; by path, so that those below are meant too."""
    branches = Branch.objects.order_by("path")
    if not user.rights.sees_everything:
        reached = {pk for reach in user.rights.reaches for pk in reach.branch_ids}
        branches = branches.filter(pk__in=reached)
    rows = [(branch.path, branch.name, branch.depth) for branch in branches]
    top = min((depth for _path, _name, depth in rows), default=0)
    return [(path, "\u3000" * (depth - top) + name) for path, name, depth in rows]


class LoanQueryForm(forms.Form):
    """The query area of the list of loans."""

    q = forms.CharField(label=_("Loan number, customer number or name"), required=False, max_length=60)
    branch = forms.ChoiceField(label=_("Branch and below"), required=False)
    band = forms.ChoiceField(label=_("Overdue"), required=False)
    floor = forms.ChoiceField(label=_("Class floor"), required=False)
    status = forms.ChoiceField(label=_("Status"), required=False)
    currency = forms.CharField(label=_("Currency"), required=False, max_length=3)
    matures_from = forms.DateField(label=_("Matures from"), required=False, widget=DateInput())
    matures_by = forms.DateField(label=_("Matures by"), required=False, widget=DateInput())
    customer = forms.IntegerField(required=False, widget=forms.HiddenInput())
    product = forms.CharField(label=_("Product"), required=False, max_length=60, widget=forms.HiddenInput())
    line = forms.ChoiceField(label=_("Business line"), required=False, choices=[ANY, *Line.choices])
    industry = forms.ChoiceField(label=_("Industry"), required=False, choices=[ANY, *SECTIONS.items()])
    manager = forms.RegexField(r"^(\d+|nobody)$", required=False, max_length=20, widget=forms.HiddenInput())
    moved = forms.ChoiceField(label=_("Moved"), required=False, choices=[ANY, *MOVES])
    since = forms.DateField(label=_("since the end of"), required=False, widget=DateInput())
    missed = forms.ChoiceField(label=_("Instalments missed"), required=False, choices=[ANY, *MISSED])

    def __init__(self, data: Any, *, user: Any, currencies: list[str]) -> None:
        super().__init__(data, auto_id="q-%s")
        self.fields["branch"].choices = [ANY, *branch_choices(user)]
        bands = [(code, band_label(step)) for step, code in enumerate(Band.values)]
        self.fields["band"].choices = [ANY, ("overdue", _("Overdue, all")), *bands]
        floors = [(code, class_label(code)) for code in FiveLevelClass.values]
        self.fields["floor"].choices = [ANY, ("npl", _("Non-performing")), *floors]
        self.fields["status"].choices = [
            ("", _("In the books")),
            *LoanStatus.choices,
            ("all", _("All, also settled")),
        ]
        if len(currencies) > 1:
            self.fields["currency"] = forms.ChoiceField(
                label=_("Currency"), required=False, choices=[ANY, *((code, code) for code in currencies)]
            )
        else:
            self.fields["currency"].widget = forms.HiddenInput()

    def query(self) -> LoanQuery:
        """What was asked for, without what could not be read."""
        self.is_valid()
        given = {item.name: self.cleaned_data.get(item.name) for item in dataclass_fields(LoanQuery)}
        return LoanQuery(**{name: _text(value) for name, value in given.items()})

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("q", "branch", "band", "floor")]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        names = ("status", "matures_from", "matures_by", "currency", "line", "industry", "moved", "since", "missed")
        return [self[name] for name in names if not self[name].is_hidden]

    @property
    def asks_more(self) -> bool:
        return any(bound.value() for bound in self.more_fields)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


class CustomerQueryForm(forms.Form):
    """The query area of the list of customers."""

    q = forms.CharField(label=_("Customer number or name"), required=False, max_length=60)
    branch = forms.ChoiceField(label=_("Branch and below"), required=False)
    kind = forms.ChoiceField(label=_("Kind of customer"), required=False)
    overdue = forms.ChoiceField(label=_("Overdue"), required=False, choices=[ANY, ("yes", _("With an overdue loan"))])
    manager = forms.RegexField(r"^\d{1,18}$", required=False, widget=forms.HiddenInput())
    role = forms.ChoiceField(required=False, choices=[ANY, *Role.choices], widget=forms.HiddenInput())

    def __init__(self, data: Any, *, user: Any) -> None:
        from postloan.reporting.labels import CUSTOMER_KINDS

        super().__init__(data, auto_id="q-%s")
        self.fields["branch"].choices = [ANY, *branch_choices(user)]
        self.fields["kind"].choices = [ANY, *CUSTOMER_KINDS.items()]

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return self.visible_fields()

    def values(self) -> dict[str, str]:
        self.is_valid()
        return {name: self.cleaned_data.get(name) or "" for name in self.fields}
