"""Branches: the tree, one branch with what was changed, and changes by two people."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from postloan.core.access import http_methods, requires
from postloan.core.changes import ChangeEnd
from postloan.organization import queries, services
from postloan.organization.forms_branches import BranchForm
from postloan.organization.forms_parameters import DecideForm
from postloan.organization.models import Branch, BranchChange, BranchKind, BranchLevel
from postloan.organization.requests import StaffRequest
from postloan.organization.rights import VIEW_PEOPLE
from postloan.organization.services.branches import CHANGE


@requires(VIEW_PEOPLE)
@http_methods()
def branches(request: StaffRequest) -> HttpResponse:
    return render(request, "organization/branches.html", {"rows": queries.branch_tree()})


@requires(VIEW_PEOPLE)
@http_methods()
def branch(request: StaffRequest, branch_id: int) -> HttpResponse:
    return _page(request, get_object_or_404(Branch.objects.select_related("parent"), pk=branch_id))


def _page(request: StaffRequest, row: Branch, *, decide: DecideForm | None = None, status: int = 200) -> HttpResponse:
    found = row.changes.select_related("parent", "proposed_by", "approved_by", "ended_by")
    changes = [queries.branch_change(one) for one in found.order_by("-proposed_at", "-pk")]
    waiting = next((one for one in changes if one.row.is_waiting), None)
    may_change = request.user.has_capability(CHANGE)
    is_proposer = waiting is not None and waiting.row.proposed_by_id == request.user.pk
    context = {
        "branch": row,
        "level": dict(BranchLevel.choices).get(row.level, row.level),
        "kind": dict(BranchKind.choices).get(row.kind, row.kind),
        "below": Branch.objects.below(row).exclude(pk=row.pk).count(),
        "changes": changes,
        "waiting": waiting,
        "is_proposer": is_proposer,
        "may_change": may_change,
        "may_decide": may_change and waiting is not None and not is_proposer,
        "decide_form": decide or DecideForm(),
    }
    return render(request, "organization/branch.html", context, status=status)


@requires(CHANGE)
@http_methods(reads=["GET"], writes=["POST"])
def propose_branch(request: StaffRequest, branch_id: int) -> HttpResponse:
    row = get_object_or_404(Branch.objects.select_related("parent"), pk=branch_id)
    form = BranchForm(request.POST or None, branch=row)
    if request.method == "POST" and form.is_valid():
        try:
            services.propose_branch(row, form.wanted(), reason=form.cleaned_data["reason"], acting_user=request.user)
        except services.Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The change is proposed. It waits for a second person."))
            return redirect("organization:branch", row.pk)
    return render(request, "organization/propose_branch.html", {"form": form, "branch": row})


@requires(CHANGE)
@http_methods(reads=[], writes=["POST"])
def decide_branch(request: StaffRequest, change_id: int, decision: str) -> HttpResponse:
    """Approves, refuses or withdraws a proposal; what cannot be done is said on the branch's page."""
    proposal = get_object_or_404(BranchChange.objects.select_related("branch__parent"), pk=change_id)
    form = DecideForm(request.POST, is_required=decision != "approve")
    if form.is_valid():
        try:
            _decide(proposal, decision, form.cleaned_data["reason"], request.user)
        except services.Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            said = {
                "approve": _("The change is approved."),
                "refuse": _("The change is refused."),
                "withdraw": _("The proposal is withdrawn."),
            }
            messages.success(request, said[decision])
            return redirect("organization:branch", proposal.branch_id)
    return _page(request, proposal.branch, decide=form, status=422)


def _decide(proposal: BranchChange, decision: str, reason: str, user: Any) -> None:
    if decision == "approve":
        services.approve_branch(proposal, acting_user=user)
        return
    because = ChangeEnd.REFUSED if decision == "refuse" else ChangeEnd.WITHDRAWN
    services.end_branch_change(proposal, because, reason=reason, acting_user=user)
