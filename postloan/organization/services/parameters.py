"""The bank's thresholds: proposed by one person, approved by a second, in force from a date that is not closed yet."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from postloan.core import business_date, parameter_values, parameters, timeline
from postloan.core.changes import STANDING, WAITING, ChangeEnd
from postloan.core.models import Parameter
from postloan.core.parameters import Definition
from postloan.organization import events
from postloan.organization.models import Staff
from postloan.organization.services import second_person
from postloan.organization.services.refusals import Refused, demand, demand_reason, save_with_reason

CHANGE = "core.change_parameters"
# What counts by the calendar of Shanghai and not by the business date, and is the administrators' to change.
OF_ADMINISTRATORS = frozenset({"security"})
BY_CALENDAR = OF_ADMINISTRATORS | {"nightly"}


def may_change(user: Staff, definition: Definition) -> bool:
    """Administrators change what guards the log-in, and nothing else; the rest is for those who see the whole bank."""
    if not user.has_capability(CHANGE):
        return False
    if definition.group in OF_ADMINISTRATORS:
        return user.rights.is_administrator
    return not user.rights.is_administrator and user.rights.with_capability(CHANGE).sees_everything


def earliest_day(definition: Definition) -> date:
    """The first day a change may be valid from: no night that has been closed ever used it."""
    closed = business_date.last_closed()
    first = closed + timedelta(days=1) if closed else date.min
    if definition.group in BY_CALENDAR or closed is None:
        return max(first, business_date.calendar_today())
    return first


@transaction.atomic
def propose_parameter(
    key: str, *, value: Any, valid_from: date, source: str, reason: str, acting_user: Staff, scope: str = ""
) -> Parameter:
    """Writes a proposal; nothing changes before somebody else approves it. `value` has the shape of the default.

    `source` is what the new value comes from: a document with its number, an article. Raises KeyError for an unknown
    parameter, PermissionDenied, Refused: no source, closed days, no change, one that waits.
    """
    definition = parameters.definition(key)
    _demand(acting_user, definition)
    reason, source = demand_reason(reason), _demand_source(source)
    _check_day(definition, valid_from)
    if Parameter.objects.filter(WAITING, key=key, scope=scope).exists():
        raise Refused(_("A proposal for this parameter waits already: it is decided first."))
    before = value_before(definition, valid_from, scope=scope)
    if parameter_values.written(value, definition.default) == parameter_values.written(before, definition.default):
        raise Refused(_("This is the value that holds then already."))
    row = Parameter(key=key, scope=scope, valid_from=valid_from, value=value, source=source, reason=reason)
    row.proposed_by = acting_user
    save_with_reason(row, acting_user=acting_user, reason=reason)
    _tell(events.PARAMETER_PROPOSED, row, acting_user, reason=reason, source=source)
    return row


@transaction.atomic
def approve_parameter(proposal: Parameter, *, acting_user: Staff) -> Parameter:
    """The second person's yes; what stood for the same day before is replaced. Raises Refused, PermissionDenied."""
    row, definition = _locked(proposal, acting_user)
    second_person.still_waiting(row)
    _check_day(definition, row.valid_from)
    _tell(events.PARAMETER_APPROVED, row, acting_user)
    former = Parameter.objects.select_for_update().filter(
        STANDING, key=row.key, scope=row.scope, valid_from=row.valid_from
    )
    for one in former:
        second_person.end(one, ChangeEnd.REPLACED, acting_user=acting_user)
    second_person.approve(row, acting_user=acting_user)
    return row


@transaction.atomic
def refuse_parameter(proposal: Parameter, *, reason: str, acting_user: Staff) -> Parameter:
    """The second person's no, with its reason. Raises Refused, PermissionDenied."""
    row, _definition = _locked(proposal, acting_user)
    reason = demand_reason(reason)
    second_person.end(row, ChangeEnd.REFUSED, acting_user=acting_user, reason=reason)
    _tell(events.PARAMETER_REFUSED, row, acting_user, reason=reason)
    return row


@transaction.atomic
def withdraw_parameter(proposal: Parameter, *, reason: str, acting_user: Staff) -> Parameter:
    """The proposer takes it back before it is decided. Raises Refused, PermissionDenied."""
    row, _definition = _locked(proposal, acting_user)
    reason = demand_reason(reason)
    second_person.end(row, ChangeEnd.WITHDRAWN, acting_user=acting_user, reason=reason)
    _tell(events.PARAMETER_WITHDRAWN, row, acting_user, reason=reason)
    return row


def value_before(definition: Definition, day: date, *, scope: str = "") -> Any:
    """What holds on a day without the proposal."""
    return parameters.value(definition.key, on=day, scope=scope)


def _locked(proposal: Parameter, acting_user: Staff) -> tuple[Parameter, Definition]:
    row = Parameter.objects.select_for_update().get(pk=proposal.pk)
    definition = parameters.definition(row.key)
    _demand(acting_user, definition)
    return row, definition


def _demand(acting_user: Staff, definition: Definition) -> None:
    demand(acting_user, CHANGE)
    if not may_change(acting_user, definition):
        raise PermissionDenied(CHANGE)


def _demand_source(source: str) -> str:
    """A value without a source could not be examined later."""
    if not source.strip():
        raise Refused(_("Say where the value comes from: the document with its number, or the article."))
    return source.strip()


def _check_day(definition: Definition, valid_from: date) -> None:
    first = earliest_day(definition)
    if valid_from < first:
        raise Refused(
            _("Days that are closed keep the value they were closed with: valid from %(day)s at the earliest.")
            % {"day": first.isoformat()}
        )


def _tell(code: str, row: Parameter, acting_user: Staff, **arguments: Any) -> None:
    definition = parameters.definition(row.key)
    timeline.record(
        code,
        acting_user=acting_user,
        subject_kind="parameter",
        subject_key=row.key,
        before=parameter_values.written(value_before(definition, row.valid_from, scope=row.scope), definition.default),
        after=parameter_values.written(row.value, definition.default),
        valid_from=row.valid_from.isoformat(),
        **arguments,
    )
