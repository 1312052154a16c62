"""Issuing a token."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from postloan.api.models import REACHES, Resource, Token
from postloan.organization.models import Branch, Scope


class BranchField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return "\u3000" * obj.depth + obj.name


class TokenForm(forms.Form):
    system = forms.CharField(label=_("System"), max_length=Token._meta.get_field("system").max_length)
    branch = BranchField(label=_("Branch"), queryset=Branch.objects.order_by("path"))
    scope = forms.ChoiceField(
        label=_("Sees"), choices=[(code, label) for code, label in Scope.choices if code in REACHES]
    )
    resources = forms.MultipleChoiceField(
        label=_("May read"), choices=Resource.choices, widget=forms.CheckboxSelectMultiple
    )
    expires_on = forms.DateField(
        label=_("Valid until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    reason = forms.CharField(label=_("Reason"), max_length=200)


class RevokeForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200)
