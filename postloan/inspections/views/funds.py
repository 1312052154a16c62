"""The use of funds in the report form: findings answered, payments tied to vouchers. Scripts send and get JSON."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, JsonResponse
from django.template.loader import render_to_string

from postloan.core.access import http_methods, requires
from postloan.inspections import funds_form
from postloan.inspections.models import Report
from postloan.inspections.services import funds_answers, reports
from postloan.inspections.services.refusals import Refused
from postloan.inspections.views import funds_pages, json_bodies
from postloan.inspections.views.reports import report_of, standing
from postloan.organization.requests import StaffRequest

Body = dict[str, Any]
MOST_VALUES = 1000


@requires("inspections.view")
@http_methods()
def card(request: StaffRequest, report_id: int) -> HttpResponse:
    """The card as it stands: asked for when files of the report have changed."""
    return JsonResponse({"html": _html(request, report_of(request, report_id))})


def _html(request: StaffRequest, row: Report) -> str:
    can_write = reports.may_write(row, request.user) and row.state in reports.WRITABLE
    context = {"report": row, "can_write": can_write, **funds_pages.in_form(funds_form.funds_of(row))}
    return render_to_string("inspections/funds/_card.html", context, request)


@json_bodies.answered
def _do(request: StaffRequest, report_id: int, act: Callable[[Report, Body], Any]) -> HttpResponse:
    row = report_of(request, report_id)
    if not reports.may_write(row, request.user):
        raise PermissionDenied("only the inspectors of a report write in it")
    act(row, json_bodies.read(request))
    row = report_of(request, report_id)
    return JsonResponse({"html": _html(request, row), **standing(row)})


@requires("inspections.write")
@http_methods(reads=(), writes=("POST",))
def answer_finding(request: StaffRequest, report_id: int, finding_id: int) -> HttpResponse:
    def act(row: Report, body: Body) -> None:
        said = _one(body, "said")
        if said not in {"explained", "misuse"}:
            raise Refused("said")
        funds_answers.answer_finding(
            row,
            finding_id,
            is_misuse=said == "misuse",
            explanation=_one(body, "explanation"),
            evidence=_numbers(body, "file"),
            demanded=_one(body, "demanded"),
            respond_by=_day(body, "respond_by"),
            seen=_one(body, "seen"),
            acting_user=request.user,
        )

    return _do(request, report_id, act)


@requires("inspections.write")
@http_methods(reads=(), writes=("POST",))
def vouchers(request: StaffRequest, report_id: int) -> HttpResponse:
    """Ties files to payments, says what is missing, takes either back; `act` says which."""

    def act(row: Report, body: Body) -> None:
        acts = {"tie": _tie, "owe": _owe, "untie": _untie, "forget": _forget}
        wanted = acts.get(_one(body, "act"))
        if wanted is None:
            raise json_bodies.Unreadable
        wanted(row, body, request.user)

    return _do(request, report_id, act)


def _tie(row: Report, body: Body, user: Any) -> None:
    funds_answers.tie_vouchers(row, _numbers(body, "payment"), _numbers(body, "file"), acting_user=user)


def _owe(row: Report, body: Body, user: Any) -> None:
    chosen = _numbers(body, "payment")
    funds_answers.owe_vouchers(
        row, chosen, missing=_one(body, "missing"), due_on=_day(body, "due_on"), acting_user=user
    )


def _untie(row: Report, body: Body, user: Any) -> None:
    payments, files = _numbers(body, "payment"), _numbers(body, "file")
    if len(payments) != 1 or len(files) != 1:
        raise json_bodies.Unreadable
    funds_answers.untie_voucher(row, payments[0], files[0], acting_user=user)


def _forget(row: Report, body: Body, user: Any) -> None:
    debts = _numbers(body, "debt")
    if len(debts) != 1:
        raise json_bodies.Unreadable
    funds_answers.forget_debt(row, debts[0], acting_user=user)


# ── values of a form as the script sends them: each name with a list of texts ──────────────────────────────


def _values(body: Body, name: str) -> list[str]:
    found = body.get(name, [])
    if not isinstance(found, list) or len(found) > MOST_VALUES or not all(isinstance(one, str) for one in found):
        raise json_bodies.Unreadable
    return [one.replace("\x00", "")[:4000] for one in found]


def _one(body: Body, name: str) -> str:
    found = _values(body, name)
    return found[0] if found else ""


def _numbers(body: Body, name: str) -> list[int]:
    found = _values(body, name)
    if not all(one.isascii() and one.isdigit() and len(one) < 16 for one in found):
        raise json_bodies.Unreadable
    return [int(one) for one in found]


def _day(body: Body, name: str) -> date | None:
    try:
        return date.fromisoformat(_one(body, name))
    except ValueError:
        return None
