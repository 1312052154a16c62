"""Answers to conditions of the approval, saved one by one as they are typed."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse

from postloan.core.access import http_methods, requires
from postloan.inspections import conditions_form
from postloan.inspections.services import conditions as services
from postloan.inspections.views import json_bodies
from postloan.inspections.views.reports import report_of, standing
from postloan.organization.requests import StaffRequest


@requires("inspections.write")
@http_methods(reads=(), writes=("POST",))
@json_bodies.answered
def answer(request: StaffRequest, report_id: int, condition_id: int) -> HttpResponse:
    """Tells the new version of the answer, what is wrong with each, and how the report stands."""
    row = report_of(request, report_id)
    body = json_bodies.read(request)
    kept = services.answer_condition(
        row,
        condition_id,
        state=json_bodies.text(body, "state", 10),
        evidence=json_bodies.text(body, "evidence"),
        explanation=json_bodies.text(body, "explanation"),
        base=json_bodies.whole(body, "base"),
        acting_user=request.user,
    )
    row.refresh_from_db()
    found = conditions_form.conditions_of(row)
    return JsonResponse(
        {
            "answer": kept.version,
            "conditions": {str(one.condition.pk): one.problem for one in found.rows if one.state},
            **standing(row),
        }
    )
