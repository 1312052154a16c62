"""What people enter about maturities and overdue loans."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from postloan.collections import rules
from postloan.collections.models import (
    Ability,
    ActionResult,
    Cause,
    MaturityPlan,
    NoOpinion,
    PlanKind,
    Served,
    Way,
    Whom,
    Willingness,
)
from postloan.collections.services.actions import Done
from postloan.core.identifiers import is_phone, mask_phone
from postloan.organization.models import Line

EMPTY = [("", "—")]


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class MomentInput(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


def amount_field(label: Any, **options: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, max_digits=18, decimal_places=2, min_value=Decimal("0.00"), localize=False, **options
    )


class MaturityQueryForm(forms.Form):
    """Which maturities to show; every condition may be left out."""

    STATES = [
        ("", _("All notices")),
        ("not_received", _("Not received")),
        ("no_plan", _("Without a plan")),
        ("to_confirm", _("Plan to be confirmed")),
        ("confirmed", _("Plan confirmed")),
    ]
    state = forms.ChoiceField(label=_("State"), choices=STATES, required=False)
    within = forms.ChoiceField(
        label=_("Matures within"),
        choices=[("", _("90 days")), ("30", _("30 days")), ("7", _("7 days"))],
        required=False,
    )
    branch = forms.CharField(required=False, max_length=400, widget=forms.HiddenInput())
    line = forms.ChoiceField(required=False, choices=[("", ""), *Line.choices], widget=forms.HiddenInput())

    @property
    def main_fields(self) -> list[Any]:
        return [self["state"], self["within"]]


class PlanForm(forms.ModelForm):
    """The arrangement; amounts are of the item's currency and must add up."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    class Meta:
        model = MaturityPlan
        fields = ["kind", "repay_amount", "renew_amount", "extend_until", "source", "opinion"]
        widgets = {"extend_until": DayInput(), "opinion": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, matures_on: date, due_amount: Decimal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.matures_on, self.due_amount = matures_on, due_amount
        self.fields["kind"].choices = EMPTY + list(PlanKind.choices)
        for name in ("repay_amount", "renew_amount"):
            self.fields[name].min_value = Decimal("0.00")
            self.fields[name].widget.attrs["inputmode"] = "decimal"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        repay, renew = data.get("repay_amount"), data.get("renew_amount")
        if repay is not None and renew is not None:
            self._check_amounts(data.get("kind", ""), repay, renew)
        until = data.get("extend_until")
        if data.get("kind") == PlanKind.EXTEND:
            if until is None:
                self.add_error("extend_until", _("An extension needs the day until which it holds."))
            elif until <= self.matures_on:
                self.add_error("extend_until", _("It must lie after the maturity."))
        elif until is not None:
            self.add_error("extend_until", _("Only an extension has such a day."))
        return data

    def _check_amounts(self, kind: str, repay: Decimal, renew: Decimal) -> None:
        if repay < 0 or renew < 0:
            self.add_error(None, _("Amounts are not negative."))
        if kind != PlanKind.RECOVER and repay + renew != self.due_amount:
            self.add_error(None, _("What is repaid and what is renewed must add up to the amount due."))
        if kind == PlanKind.REPAY and renew:
            self.add_error("renew_amount", _("Nothing is renewed where all is repaid."))
        if kind == PlanKind.REPAY_PART and not (repay and renew):
            self.add_error("repay_amount", _("Both parts must be above zero."))


class SecondOpinionForm(forms.Form):
    opinion = forms.CharField(
        label=_("Opinion of the stand-in (B)"), widget=forms.Textarea(attrs={"rows": 3}), required=False
    )

    def clean(self) -> dict[str, Any]:
        """Agreeing is a press; anything else is said in words."""
        data = super().clean() or {}
        if not data.get("opinion", "").strip():
            if "agree" not in self.data:
                self.add_error("opinion", _("Say what you think of the plan, or agree."))
            data["opinion"] = gettext("I agree with the plan.")
        return data


class DecisionForm(forms.Form):
    """`seen` is the hash of what the page showed: content changed since is refused."""

    seen = forms.CharField(widget=forms.HiddenInput)
    no_opinion = forms.ChoiceField(
        label=_("Confirmed without the stand-in's opinion because"),
        choices=EMPTY + [choice for choice in NoOpinion.choices if choice[0] != NoOpinion.NOBODY],
        required=False,
    )
    comment = forms.CharField(
        label=_("Remark"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Needed when sending back."),
    )


class FollowUpForm(forms.Form):
    is_on_track = forms.ChoiceField(
        label=_("Will it be met?"), choices=[("1", _("As planned")), ("0", _("Not as planned"))]
    )
    funds_ready = amount_field(_("Funds seen"), required=False)
    remark = forms.CharField(label=_("What was found"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


class ActionForm(forms.Form):
    """One contact. Numbers are chosen from those that may be called, shown masked; another one may be entered."""

    way = forms.ChoiceField(label=_("Way"), choices=Way.choices, initial=Way.CALL)
    whom = forms.ChoiceField(label=_("Whom"), choices=Whom.choices, initial=Whom.BORROWER)
    guarantee: forms.ModelChoiceField = forms.ModelChoiceField(
        label=_("Guarantor"), queryset=None, required=False, empty_label="—"
    )
    known_number = forms.ChoiceField(label=_("Number called"), required=False)
    other_number = forms.CharField(label=_("Another number"), required=False, max_length=30)
    person_name = forms.CharField(label=_("Who was spoken to"), required=False, max_length=120)
    happened_at = forms.DateTimeField(
        label=_("When"), widget=MomentInput(), input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
    )
    result = forms.ChoiceField(label=_("Result"), choices=EMPTY + list(ActionResult.choices))
    cause = forms.ChoiceField(label=_("Cause of arrears"), choices=EMPTY + list(Cause.choices), required=False)
    willingness = forms.ChoiceField(label=_("Willingness"), choices=EMPTY + list(Willingness.choices), required=False)
    ability = forms.ChoiceField(label=_("Ability"), choices=EMPTY + list(Ability.choices), required=False)
    promised_amount = amount_field(_("Amount promised"), required=False)
    promised_on = forms.DateField(label=_("Promised for"), widget=DayInput(), required=False)
    remark = forms.CharField(
        label=_("What was said and seen"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    next_step = forms.CharField(label=_("Next step"), required=False, max_length=400)
    next_step_on = forms.DateField(label=_("Next step on"), widget=DayInput(), required=False)
    new_phone = forms.CharField(label=_("New phone"), required=False, max_length=30)
    new_address = forms.CharField(label=_("New address"), required=False, max_length=200)

    def __init__(self, *args: Any, loan: Any, guarantees: Any, day: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.loan, self.day = loan, day
        self.fields["guarantee"].queryset = guarantees
        self.fields["guarantee"].label_from_instance = lambda row: row.guarantor_name or row.guarantee_no
        phone = loan.customer.phone
        self.fields["known_number"].choices = EMPTY + ([("borrower", mask_phone(phone))] if phone else [])
        self.fields["happened_at"].initial = timezone.localtime()
        if phone:
            self.fields["known_number"].initial = "borrower"

    def clean_other_number(self) -> str:
        return self._phone("other_number")

    def clean_new_phone(self) -> str:
        return self._phone("new_phone")

    def _phone(self, name: str) -> str:
        number = "".join(self.cleaned_data.get(name, "").split())
        if number and not is_phone(number):
            raise forms.ValidationError(_("This is not a phone number."))
        return number

    def clean_happened_at(self) -> Any:
        moment = self.cleaned_data["happened_at"]
        if moment > timezone.now():
            raise forms.ValidationError(_("It has not happened yet."))
        return moment

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        self._check_person(data)
        self._check_promise(data)
        if bool(data.get("next_step")) != bool(data.get("next_step_on")):
            self.add_error("next_step_on", _("A next step and its day belong together."))
        if data.get("next_step_on") and data["next_step_on"] < self.day:
            self.add_error("next_step_on", _("This day has passed."))
        self._check_suit(data)
        if data.get("result") == ActionResult.REFUSED and not data.get("cause"):
            self.add_error("cause", _("Say why payment is refused."))
        return data

    def _check_suit(self, data: dict[str, Any]) -> None:
        decided = data.get("result") in {ActionResult.SUE, ActionResult.NO_SUIT}
        if decided != (data.get("way") == Way.SUIT):
            self.add_error("result", _("A decision on a suit is recorded as such, and as nothing else."))
        if data.get("result") == ActionResult.NO_SUIT and not data.get("remark"):
            self.add_error("remark", _("Say why there is no suit for now."))

    def _check_person(self, data: dict[str, Any]) -> None:
        if data.get("whom") == Whom.GUARANTOR and not data.get("guarantee"):
            self.add_error("guarantee", _("Choose the guarantee under which the person is spoken to."))
        if data.get("whom") != Whom.GUARANTOR:
            data["guarantee"] = None
        calls = data.get("way") in {Way.CALL, Way.MESSAGE}
        uses_borrowers = data.get("known_number") and data.get("whom") in rules.DEBTOR
        if calls and not data.get("other_number") and not uses_borrowers:
            self.add_error("other_number", _("Which number was it?"))

    def _check_promise(self, data: dict[str, Any]) -> None:
        amount, day = data.get("promised_amount"), data.get("promised_on")
        is_promise = data.get("result") == ActionResult.PROMISED
        if is_promise and not (amount and day):
            self.add_error("promised_amount", _("A promise has an amount and a day."))
        if not is_promise and (amount or day):
            self.add_error("result", _("An amount or a day was promised: then the result is a promise."))
        if day and day < self.day:
            self.add_error("promised_on", _("This day has passed."))
        if is_promise and data.get("whom") == Whom.CONTACT:
            self.add_error("whom", _("A contact person promises nothing."))

    def done(self) -> Done:
        data = self.cleaned_data
        number = data["other_number"]
        if not number and data["known_number"] and data["whom"] in rules.DEBTOR:
            number = self.loan.customer.phone
        names = (
            "way", "whom", "result", "happened_at", "person_name", "guarantee", "cause", "willingness", "ability",
            "remark", "next_step", "next_step_on", "promised_amount", "promised_on", "new_phone", "new_address",
        )  # fmt: skip
        is_spoken = data["way"] in {Way.CALL, Way.MESSAGE}
        return Done(number=number if is_spoken else "", **{name: data[name] for name in names})


class ReceiptForm(forms.Form):
    """回执: 诉讼时效规定 art. 8 says who may sign for a company and for a person."""

    CAPACITIES = [
        ("self", _("the debtor in person")),
        ("legal_representative", _("legal representative")),
        ("authorised", _("authorised person")),
        ("mail_room", _("department that receives mail")),
        ("family", _("adult family member in the household")),
    ]
    served_otherwise = forms.ChoiceField(
        label=_("How it was served"), choices=[("", _("signed receipt")), *Served.choices], required=False
    )
    received_on = forms.DateField(label=_("Receipt or service dated"), widget=DayInput())
    name = forms.CharField(label=_("Signed by"), max_length=120, required=False)
    capacity = forms.ChoiceField(label=_("In which capacity"), choices=CAPACITIES)
    proof = forms.CharField(
        label=_("Proof of service"),
        max_length=200,
        required=False,
        help_text=_("Where nobody signs: number of the notary's deed, waybill with its proof of delivery, newspaper."),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("served_otherwise") and not data.get("proof"):
            self.add_error("proof", _("Name the proof of service."))
        if not data.get("served_otherwise") and not data.get("name"):
            self.add_error("name", _("Say who signed."))
        return data


class CaseQueryForm(forms.Form):
    scale = forms.ChoiceField(
        label=_("Business line"),
        choices=[("", _("All lines")), ("band", _("Corporate lines")), ("bucket", _("Retail lines"))],
        required=False,
    )
    level = forms.ChoiceField(label=_("Days overdue"), required=False)
    promise = forms.ChoiceField(
        label=_("Promise"),
        choices=[("", _("With and without")), ("open", _("Open promise")), ("broken", _("Broken promise"))],
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        more = [(str(first), _("more than %(days)s days") % {"days": first}) for first in (30, 60, 90, 180, 360)]
        self.fields["level"].choices = [("", _("All")), *more]

    @property
    def main_fields(self) -> list[Any]:
        return [self["scale"], self["level"], self["promise"]]
