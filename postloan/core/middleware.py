"""Language and access, before any view runs."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import translation

from postloan.core.access import PUBLIC, declared

log = logging.getLogger(__name__)


class LanguageMiddleware:
    """The cookie decides, else Chinese. The browser's own wish does not count: two people at one desk see one page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.known = {code for code, _name in settings.LANGUAGES}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        code = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = code if code in self.known else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", language)
        return response


class AccessMiddleware:
    """Denied unless the view declares what it requires; anonymous people are sent to log in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        access = declared(view)
        if access is None:
            log.error("view %s declares no access and is refused", getattr(view, "__name__", view))
            raise PermissionDenied("not declared")
        if access.kind == PUBLIC or request.user.is_authenticated:
            return None
        return self._ask_to_log_in(request)

    def _ask_to_log_in(self, request: HttpRequest) -> HttpResponse:
        if request.headers.get("HX-Request") or request.path.startswith("/api/"):
            return HttpResponse(status=401)
        target = f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': request.get_full_path()})}"
        return redirect(target if request.method == "GET" and request.path != "/" else settings.LOGIN_URL)
