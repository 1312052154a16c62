"""Photos and files: taken in pieces, shown as copies, handed out as they were, never run by a browser."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import FileResponse, Http404, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import content_disposition_header

from postloan.core.access import http_methods, requires
from postloan.inspections.file_checks import Refusal
from postloan.inspections.models import Evidence, Report, StoredFile, Upload
from postloan.inspections.services import evidence as services
from postloan.inspections.services import files
from postloan.inspections.views import json_bodies
from postloan.inspections.views.reports import report_of, standing
from postloan.organization.requests import StaffRequest

# Whatever the bytes are, a browser runs nothing of them and asks nobody for anything.
LOCKED = "default-src 'none'; sandbox"
AT_ONCE = 2 * 1024 * 1024


def evidence_of(request: StaffRequest, evidence_id: int) -> Evidence:
    found = Evidence.objects.select_related("report__task", "original", "shown", "met_before__report__task")
    visible = Report.objects.visible_to(request.user).values("pk")
    return get_object_or_404(found.filter(report__in=visible), pk=evidence_id)


@requires("inspections.write")
@http_methods(reads=(), writes=("POST",))
@json_bodies.answered
def start_upload(request: StaffRequest, report_id: int) -> HttpResponse:
    row = report_of(request, report_id)
    body = json_bodies.read(request)
    upload = services.start_upload(
        row,
        question=json_bodies.text(body, "question", 80),
        row_key=json_bodies.text(body, "row", 80),
        name=json_bodies.text(body, "name", 400),
        size=json_bodies.whole(body, "size"),
        acting_user=request.user,
    )
    address = reverse("inspections:upload", args=[upload.key])
    return JsonResponse({"address": address, "received": upload.received}, status=201)


@requires("inspections.write")
@http_methods(reads=("GET",), writes=("PATCH",))
@json_bodies.answered
def upload(request: StaffRequest, key: str) -> HttpResponse:
    """Reading says how much is there; PATCH with `Upload-Offset` brings the next piece."""
    visible = Report.objects.visible_to(request.user).values("pk")
    row = get_object_or_404(Upload.objects.filter(report__in=visible, started_by=request.user), key=key)
    if request.method != "PATCH":
        return JsonResponse({"received": row.received, "size": row.size, "ended": row.ended_at is not None})
    offset = request.headers.get("Upload-Offset", "")
    if not offset.isascii() or not offset.isdigit() or len(offset) > 15:
        raise json_bodies.Unreadable
    try:
        row = services.take_piece(
            row, offset=int(offset), piece=request.body, taken=_taken(request), acting_user=request.user
        )
    except services.OutOfStep as step:
        return JsonResponse({"received": step.received}, status=409)
    if row.refused_because:
        raise Refusal(row.refused_because)
    if row.evidence_id is None:
        return JsonResponse({"received": row.received})
    return _shown(request, row.evidence_id)


def _taken(request: StaffRequest) -> services.Taken:
    """The moment and place the phone sent along; what makes no sense is left out."""
    headers = request.headers
    where = json_bodies.place({"latitude": headers.get("X-Latitude"), "longitude": headers.get("X-Longitude")})
    moment: datetime | None = None
    try:
        moment = parse_datetime(headers.get("X-Taken-At", ""))
    except ValueError:
        moment = None
    if moment is not None and (moment.tzinfo is None or moment > timezone.now()):
        moment = None
    return services.Taken(moment, **where)


def _shown(request: StaffRequest, evidence_id: int) -> JsonResponse:
    one = evidence_of(request, evidence_id)
    html = render_to_string("inspections/report/_file.html", {"file": one, "can_write": True}, request)
    return JsonResponse({"id": one.pk, "html": html, **standing(one.report)})


@requires("inspections.view")
@http_methods()
def picture(request: StaffRequest, evidence_id: int) -> HttpResponseBase:
    """The copy of a photo, written anew by us."""
    one = evidence_of(request, evidence_id)
    if one.shown is None:
        raise Http404
    return answer_file(one.shown, content_type="image/jpeg")


@requires("inspections.view")
@http_methods()
def original(request: StaffRequest, evidence_id: int) -> HttpResponseBase:
    """The file as it was brought: always to be kept, never to be shown."""
    one = evidence_of(request, evidence_id)
    return answer_file(one.original, content_type="application/octet-stream", name=one.name)


def answer_file(row: StoredFile, *, content_type: str, name: str = "") -> HttpResponseBase:
    try:
        opened = files.open_file(row)
    except FileNotFoundError as error:
        raise Http404 from error
    response: HttpResponseBase
    if row.size <= AT_ONCE:
        with opened:
            response = HttpResponse(opened.read(), content_type=content_type)
        if name:
            response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    else:
        response = FileResponse(opened, as_attachment=bool(name), filename=name, content_type=content_type)
    response["Content-Security-Policy"] = LOCKED
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response


@requires("inspections.write")
@http_methods(reads=(), writes=("POST",))
@json_bodies.answered
def change(request: StaffRequest, evidence_id: int) -> HttpResponse:
    """Names it, says why it is used again, or takes it out."""
    one = evidence_of(request, evidence_id)
    body = json_bodies.read(request)
    _change(one, body, request.user)
    one.report.refresh_from_db()
    if body.get("remove"):
        return JsonResponse({"removed": True, **standing(one.report)})
    return _shown(request, one.pk)


def _change(one: Evidence, body: dict[str, Any], user: Any) -> None:
    if body.get("remove"):
        services.remove_evidence(one, acting_user=user)
    elif "explanation" in body:
        services.explain_again(one, json_bodies.text(body, "explanation"), acting_user=user)
    else:
        services.name_evidence(one, json_bodies.text(body, "caption", 200), acting_user=user)
