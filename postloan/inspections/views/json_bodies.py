"""What scripts send and get: bodies are read, every refusal is answered with a sentence.

400 cannot be read · 409 refused as things stand (`code`) · 422 a file or code that is not taken
"""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from postloan.inspections.file_checks import Refusal
from postloan.inspections.services.refusals import Refused
from postloan.inspections.views import form_words


class Unreadable(Exception):
    """A body that no page of ours sends."""


def read(request: HttpRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.body or b"{}")
    except (ValueError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable from error
    if not isinstance(body, dict):
        raise Unreadable
    return body


def text(body: dict[str, Any], name: str, most: int = 4000) -> str:
    value = body.get(name, "")
    if not isinstance(value, str) or len(value) > most:
        raise Unreadable
    return value.replace("\x00", "")


def whole(body: dict[str, Any], name: str) -> int:
    value = body.get(name, 0)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > 2**53:
        raise Unreadable
    return value


def place(body: dict[str, Any]) -> dict[str, Decimal | None]:
    """Latitude and longitude as a phone says them; both or neither."""
    found: dict[str, Decimal | None] = {"latitude": None, "longitude": None}
    try:
        for name, most in (("latitude", 90), ("longitude", 180)):
            value = Decimal(str(body[name])).quantize(Decimal("0.000001"))
            if abs(value) > most:
                raise Unreadable
            found[name] = value
    except (KeyError, InvalidOperation):
        return {"latitude": None, "longitude": None}
    return found


def answered(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Turns what a view raises into its answer."""

    @wraps(view)
    def inner(*args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(*args, **kwargs)
        except Unreadable:
            return unreadable()
        except Refused as refusal:
            return form_words.answered(refusal)
        except Refusal as refusal:
            return JsonResponse({"error": str(refusal)}, status=422)

    return inner


def unreadable() -> JsonResponse:
    return JsonResponse({"error": _("The page sent something that cannot be read. Reload it.")}, status=400)
