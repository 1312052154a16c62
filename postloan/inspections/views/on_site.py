"""On the spot: the visit and the borrower's confirmation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.template.loader import render_to_string

from postloan.core.access import http_methods, requires
from postloan.inspections.models import Report
from postloan.inspections.services import on_site
from postloan.inspections.views import form_words, json_bodies
from postloan.inspections.views.reports import report_of, standing
from postloan.organization.requests import StaffRequest

Body = dict[str, Any]


def _signer(body: Body) -> on_site.Signer:
    return on_site.Signer(json_bodies.text(body, "name", 100), json_bodies.text(body, "post", 100))


def _spot(body: Body) -> on_site.Spot:
    return on_site.Spot(**json_bodies.place(body))


@json_bodies.answered
def _do(request: StaffRequest, report_id: int, act: Callable[[Report, Body], str]) -> HttpResponse:
    """Does one thing on a report; answers with the parts of the page that changed, or the refusal's sentence."""
    row = report_of(request, report_id)
    outcome = act(row, json_bodies.read(request))
    if outcome == "wrong_code":
        return JsonResponse({"error": form_words.refused(outcome), "code": outcome}, status=422)
    row = report_of(request, report_id)
    context = {"report": row, "visit": row.task.visit, "can_write": True, "task": row.task}
    confirmation = on_site.standing_confirmation(row)
    return JsonResponse(
        {
            "outcome": outcome,
            "visit": render_to_string("inspections/report/_visit.html", context, request),
            "confirmation": render_to_string(
                "inspections/report/_confirmation.html", {**context, "confirmation": confirmation}, request
            ),
            **standing(row),
        }
    )


@requires("inspections.write")
@http_methods(reads=(), writes=("POST",))
def start_visit(request: StaffRequest, report_id: int) -> HttpResponse:
    def act(row: Report, body: Body) -> str:
        place = json_bodies.text(body, "place", 200)
        on_site.start_visit(row, spot=_spot(body), place=place, acting_user=request.user)
        return "started"

    return _do(request, report_id, act)


@requires("inspections.write")
@http_methods(reads=(), writes=("POST",))
def end_visit(request: StaffRequest, report_id: int) -> HttpResponse:
    def act(row: Report, _body: Body) -> str:
        on_site.end_visit(row, acting_user=request.user)
        return "ended"

    return _do(request, report_id, act)


@requires("inspections.write")
@http_methods(reads=(), writes=("POST",))
def confirm_by_hand(request: StaffRequest, report_id: int) -> HttpResponse:
    def act(row: Report, body: Body) -> str:
        on_site.confirm_by_hand(
            row, body.get("strokes"), signer=_signer(body), spot=_spot(body), acting_user=request.user
        )
        return "confirmed"

    return _do(request, report_id, act)


@requires("inspections.write")
@http_methods(reads=(), writes=("POST",))
def send_code(request: StaffRequest, report_id: int) -> HttpResponse:
    def act(row: Report, body: Body) -> str:
        on_site.send_code(row, signer=_signer(body), spot=_spot(body), acting_user=request.user)
        return "sent"

    return _do(request, report_id, act)


@requires("inspections.write")
@http_methods(reads=(), writes=("POST",))
def confirm_by_code(request: StaffRequest, report_id: int) -> HttpResponse:
    def act(row: Report, body: Body) -> str:
        found = on_site.confirm_by_code(row, json_bodies.text(body, "code", 12), acting_user=request.user)
        return "confirmed" if found else "wrong_code"

    return _do(request, report_id, act)


@requires("inspections.write")
@http_methods(reads=(), writes=("POST",))
def borrower_refuses(request: StaffRequest, report_id: int) -> HttpResponse:
    def act(row: Report, body: Body) -> str:
        reason = json_bodies.text(body, "reason", 1000)
        on_site.borrower_refuses(row, reason, signer=_signer(body), spot=_spot(body), acting_user=request.user)
        return "refused"

    return _do(request, report_id, act)
