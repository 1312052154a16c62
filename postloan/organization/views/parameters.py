"""The bank's thresholds: what is in force, what was, what is proposed; one proposes, another approves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from postloan.core import parameters as core_parameters
from postloan.core.access import http_methods, requires
from postloan.core.models import Parameter
from postloan.core.parameters import Definition
from postloan.organization import parameter_pages, services
from postloan.organization.forms_parameters import DecideForm, ParameterFilterForm, ProposeForm
from postloan.organization.requests import StaffRequest
from postloan.organization.services import parameters as rules

VIEW = "core.view_parameters"
CHANGE = "core.change_parameters"


@requires(VIEW)
@http_methods()
def parameters(request: StaffRequest) -> HttpResponse:
    form = ParameterFilterForm(request.GET)
    lines = parameter_pages.lines(core_parameters.definitions())
    found = form.narrow(lines)
    context = {
        "form": form,
        "groups": parameter_pages.grouped(found),
        "count": len(found),
        "waiting": sum(line.waiting is not None for line in lines),
        "changed": sum(line.is_changed for line in lines),
        "to_come": sum(line.to_come is not None for line in lines),
        "all": len(lines),
        "is_filtered": any(request.GET.get(name) for name in form.fields),
    }
    return render(request, "organization/parameters.html", context)


def _definition(key: str) -> Definition:
    try:
        return core_parameters.definition(key)
    except KeyError:
        raise Http404 from None


@requires(VIEW)
@http_methods()
def parameter(request: StaffRequest, key: str) -> HttpResponse:
    return _page(request, _definition(key))


def _page(
    request: StaffRequest, definition: Definition, *, decide: DecideForm | None = None, status: int = 200
) -> HttpResponse:
    changes = parameter_pages.changes(definition)
    waiting = next((change for change in changes if change.row.is_waiting), None)
    may_change = rules.may_change(request.user, definition)
    is_proposer = waiting is not None and waiting.row.proposed_by_id == request.user.pk
    context = {
        "line": parameter_pages.lines([definition])[0],
        "definition": definition,
        "day": parameter_pages.day_of(definition),
        "changes": changes,
        "waiting": waiting,
        "is_proposer": is_proposer,
        "may_change": may_change,
        "may_decide": may_change and waiting is not None and not is_proposer,
        "decide_form": decide or DecideForm(),
        "group": parameter_pages.GROUPS.get(definition.group, definition.group),
    }
    return render(request, "organization/parameter.html", context, status=status)


@requires(CHANGE)
@http_methods(reads=["GET"], writes=["POST"])
def propose_parameter(request: StaffRequest, key: str) -> HttpResponse:
    definition = _definition(key)
    if not rules.may_change(request.user, definition):
        raise Http404
    line = parameter_pages.lines([definition])[0]
    first = rules.earliest_day(definition)
    form = ProposeForm(request.POST or None, definition=definition, value=line.value, first=first)
    if request.method == "POST" and form.is_valid():
        try:
            services.propose_parameter(key, **form.cleaned_data, acting_user=request.user)
        except services.Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The change is proposed. It waits for a second person."))
            return redirect("organization:parameter", key)
    context = {"form": form, "line": line, "definition": definition, "first": first}
    return render(request, "organization/propose_parameter.html", context)


DECISIONS: dict[str, tuple[Callable[..., Any], bool]] = {
    "approve": (services.approve_parameter, False),
    "refuse": (services.refuse_parameter, True),
    "withdraw": (services.withdraw_parameter, True),
}


@requires(CHANGE)
@http_methods(reads=[], writes=["POST"])
def decide_parameter(request: StaffRequest, proposal_id: int, decision: str) -> HttpResponse:
    """Approves, refuses or withdraws a proposal; what cannot be done is said on the parameter's page."""
    proposal = get_object_or_404(Parameter, pk=proposal_id)
    definition = _definition(proposal.key)
    if not rules.may_change(request.user, definition):
        raise PermissionDenied("this parameter is decided by others")
    service, needs_reason = DECISIONS[decision]
    form = DecideForm(request.POST, is_required=needs_reason)
    if form.is_valid():
        reason = {"reason": form.cleaned_data["reason"]} if needs_reason else {}
        try:
            service(proposal, **reason, acting_user=request.user)
        except services.Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            said = {
                "approve": _("The change is approved."),
                "refuse": _("The change is refused."),
                "withdraw": _("The proposal is withdrawn."),
            }
            messages.success(request, said[decision])
            return redirect("organization:parameter", proposal.key)
    return _page(request, definition, decide=form, status=422)
