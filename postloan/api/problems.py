"""What went wrong, as RFC 9457 has it: application/problem+json with type, title, status, detail, instance."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

CONTENT_TYPE = "application/problem+json"
TITLES = {
    400: _("The request cannot be read"),
    401: _("Not logged in"),
    403: _("Not permitted"),
    404: _("Not found"),
    405: _("This method is not answered here"),
    406: _("This format is not offered"),
    429: _("Too many requests"),
    500: _("Something went wrong"),
}
DETAILS = {
    401: _("Send the token of your system: Authorization: Bearer …"),
    403: _("The token or the person does not have the right to read this."),
    404: _("There is nothing with this number in your scope."),
    405: _("This interface only reads."),
    500: _("It was written down. Try again later, and tell the system administrator if it stays."),
}


def body(status: int, path: str, *, detail: str = "", **more: Any) -> dict[str, Any]:
    title = TITLES.get(status) or HTTPStatus(status).phrase
    said = {"type": "about:blank", "title": str(title), "status": status}
    if detail or status in DETAILS:
        said["detail"] = detail or str(DETAILS[status])
    return {**said, "instance": path, **more}


def answer(request: HttpRequest, status: int, *, detail: str = "") -> HttpResponse:
    text = json.dumps(body(status, request.path, detail=detail), ensure_ascii=False)
    response = HttpResponse(text, status=status, content_type=CONTENT_TYPE)
    if status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = 'Bearer realm="postloan"'
    return response


def handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """For the errors that come up inside an action of the interface."""
    response = exception_handler(error, context)
    if response is None:
        return None
    path = context["request"].path
    if isinstance(error, exceptions.ValidationError):
        response.data = body(400, path, detail=str(_("See errors.")), errors=response.data)
    else:
        detail = response.data.get("detail", "") if isinstance(response.data, dict) else ""
        is_ours = response.status_code in {403, 404}
        response.data = body(response.status_code, path, detail="" if is_ours else str(detail))
    response.content_type = CONTENT_TYPE
    return response
