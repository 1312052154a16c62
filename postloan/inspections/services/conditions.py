"""What an inspector says to a condition of the approval or a covenant."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from postloan.core import timeline
from postloan.inspections import conditions_form
from postloan.inspections.models import ConditionAnswer, ConditionState, Report
from postloan.inspections.services.changes import bump
from postloan.inspections.services.refusals import Refused
from postloan.inspections.services.reports import locked
from postloan.inspections.services.submitting import tell

ANSWERED = timeline.define("inspections.condition_answered", _("Inspection {task}: condition {condition}, {state}"))
MOST_TEXT = 4000


@transaction.atomic
def answer_condition(
    report: Report,
    condition_id: int,
    *,
    state: str,
    evidence: str = "",
    explanation: str = "",
    base: int,
    acting_user: Any,
) -> ConditionAnswer:
    """Keeps an answer; what was signed before is void. `base` is the version it was typed over.

    Raises PermissionDenied for others than the inspectors; Refused: `state` for a report handed in, `condition` for
    one that is not asked in it, `answer` for an unknown state, `meanwhile` where somebody else has answered since.
    """
    report = locked(report, acting_user)
    condition = next((one for one in conditions_form.asked_of(report) if one.pk == condition_id), None)
    if condition is None:
        raise Refused("condition")
    if state not in {"", *ConditionState.values}:
        raise Refused("answer")
    row = ConditionAnswer.objects.filter(report=report, condition=condition).first()
    if row is None:
        row = ConditionAnswer(report=report, condition=condition, version=0)
    said = (state, evidence.strip()[:MOST_TEXT], explanation.strip()[:MOST_TEXT], condition.text, condition.due_on)
    if said == (row.state, row.evidence, row.explanation, row.text, row.condition_due_on):
        return row
    if row.version != base and row.edited_by_id != acting_user.pk:
        raise Refused("meanwhile")
    changes = row.state != state
    row.state, row.evidence, row.explanation, row.text, row.condition_due_on = said
    row.version, row.edited_by, row.edited_at = row.version + 1, acting_user, timezone.now()
    row._history_user = acting_user  # type: ignore[attr-defined]
    row.save()
    bump(report, "condition answered", acting_user)
    if changes and state:
        tell(
            ANSWERED,
            report,
            acting_user,
            condition=condition.condition_no,
            state=str(row.get_state_display()),
        )
    return row
