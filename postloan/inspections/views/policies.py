"""The policy table: what is in force, a new version by one person, its approval by another."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from postloan.core import business_date
from postloan.core.access import http_methods, requires
from postloan.inspections.forms_planning import PolicyDecisionForm, PolicyForm, PolicyRuleFormSet
from postloan.inspections.models import ApprovalState, Policy
from postloan.inspections.rules_planning import COLUMNS, Rule
from postloan.inspections.services import policies
from postloan.inspections.services.refusals import Refused
from postloan.inspections.views.words import refused_planning
from postloan.organization.requests import StaffRequest


def _whole_bank(request: StaffRequest) -> None:
    """The policy holds for the whole bank: who changes it sees the whole bank."""
    if not request.user.rights.sees_everything:
        raise PermissionDenied("a post that sees the whole bank")


@requires("inspections.view")
@http_methods()
def policy(request: StaffRequest) -> HttpResponse:
    """The table in force and the versions there are."""
    day = business_date.latest() or business_date.calendar_today()
    now = policies.policy_on(day)
    context = {
        "policy": now,
        "in_force": True,
        "rules": now.rules.all(),
        "versions": Policy.objects.select_related("made_by", "decided_by"),
        "waiting": Policy.objects.filter(state=ApprovalState.SUBMITTED).first(),
        "may_edit": request.user.has_capability("inspections.edit_policy") and request.user.rights.sees_everything,
    }
    return render(request, "inspections/policy.html", context)


@requires("inspections.view")
@http_methods()
def one(request: StaffRequest, policy_id: int) -> HttpResponse:
    """One version, with what it changes against the one before it in force."""
    row = get_object_or_404(Policy.objects.select_related("made_by", "decided_by"), pk=policy_id)
    return render(request, "inspections/policy.html", _one_context(request, row))


def _one_context(request: StaffRequest, row: Policy) -> dict[str, Any]:
    day = business_date.latest() or business_date.calendar_today()
    former = policies.policy_on(day)
    user = request.user
    may_decide = (
        row.state == ApprovalState.SUBMITTED
        and user.has_capability("inspections.approve_policy")
        and user.rights.sees_everything
        and row.made_by_id != user.pk
    )
    return {
        "policy": row,
        "in_force": row.pk == former.pk,
        "rules": row.rules.all(),
        "changes": changes(policies.rules_of(former), policies.rules_of(row)) if row.pk != former.pk else [],
        "former": former,
        "may_decide": may_decide,
        "decision_form": PolicyDecisionForm(initial={"seen": row.content_hash}),
    }


def changes(before: list[Rule], after: list[Rule]) -> list[dict[str, Any]]:
    """By position: what is new, gone or different."""
    old, new = {rule.position: rule for rule in before}, {rule.position: rule for rule in after}
    found = []
    for position in sorted({*old, *new}):
        was, now = old.get(position), new.get(position)
        if was == now:
            continue
        columns = [name for name in COLUMNS if was and now and getattr(was, name) != getattr(now, name)]
        found.append({"position": position, "was": was, "now": now, "columns": columns})
    return found


@requires("inspections.edit_policy")
@http_methods(reads=["GET"], writes=["POST"])
def edit(request: StaffRequest) -> HttpResponse:
    """A new version, begun from the table in force."""
    _whole_bank(request)
    day = business_date.latest() or business_date.calendar_today()
    now = policies.policy_on(day)
    if request.method == "POST":
        form, rows = PolicyForm(request.POST), PolicyRuleFormSet(request.POST, prefix="r")
        if form.is_valid() and rows.is_valid():
            kept = [one.rule() for one in rows.forms if one.cleaned_data and not one.cleaned_data.get("DELETE")]
            try:
                made = policies.propose_policy(
                    kept,
                    valid_from=form.cleaned_data["valid_from"],
                    reason=form.cleaned_data["reason"],
                    acting_user=request.user,
                )
            except Refused as refusal:
                field = "valid_from" if str(refusal) == "date" else None
                form.add_error(field, refused_planning(str(refusal)))
            else:
                messages.success(request, _("Proposed. Somebody else approves it."))
                return redirect("inspections:policy_version", made.pk)
    else:
        form = PolicyForm()
        rows = PolicyRuleFormSet(initial=[_initial(rule) for rule in policies.rules_of(now)], prefix="r")
    context = {"form": form, "rows": rows, "policy": now}
    has_errors = bool(form.errors) or any(rows.errors)
    return render(request, "inspections/policy_edit.html", context, status=422 if has_errors else 200)


def _initial(rule: Rule) -> dict[str, Any]:
    values = {name: getattr(rule, name) for name in COLUMNS}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


@requires("inspections.approve_policy")
@http_methods(reads=[], writes=["POST"])
def decide(request: StaffRequest, policy_id: int) -> HttpResponse:
    """The second person approves or refuses what was seen."""
    _whole_bank(request)
    row = get_object_or_404(Policy, pk=policy_id)
    form = PolicyDecisionForm(request.POST)
    if not form.is_valid():
        messages.error(request, refused_planning("changed"))
        return redirect("inspections:policy_version", row.pk)
    approve = "approve" in request.POST
    try:
        policies.decide_policy(
            row,
            approve=approve,
            comment=form.cleaned_data["comment"],
            seen_hash=form.cleaned_data["seen"],
            acting_user=request.user,
        )
    except Refused as refusal:
        messages.error(request, refused_planning(str(refusal)))
    else:
        messages.success(request, _("Approved.") if approve else _("Refused."))
    return redirect("inspections:policy_version", row.pk)
