"""What holds on every request of somebody logged in: idle and longest time, one session, a password to be changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from postloan.core.access import PUBLIC, declared
from postloan.organization import security_rules, sessions
from postloan.organization.models import LogIn, LogInEnd

PASSWORD_PAGE = "organization:change_password"  # noqa: S105
WHILE_PASSWORD_DUE = {PASSWORD_PAGE, "organization:logout"}


class SessionRulesMiddleware:
    """In this order:

    1. A session whose person is disabled or whose log-in was ended elsewhere ends here, and is told why.
    2. Idle or older than the bank allows: the same. `next` brings the person back to where they were.
    3. The log-in is marked as seen, at most once a minute.
    4. A first or expired password: only the password page and log-out answer.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        access = declared(view)
        is_public = access is not None and access.kind == PUBLIC
        if sessions.LOG_IN_KEY not in request.session:
            # A session without its log-in was not started by our log-in page.
            if request.user.is_authenticated:
                request.session.flush()
                return None if is_public else _to_log_in(request)
            return None
        return self._check(request, is_public)

    def _check(self, request: HttpRequest, is_public: bool) -> HttpResponse | None:
        user, now = request.user, timezone.now()
        log_in = LogIn.objects.filter(pk=request.session[sessions.LOG_IN_KEY]).first()
        rules = security_rules.current()
        if not user.is_authenticated or log_in is None or log_in.staff_id != user.pk:
            why: str = (log_in and log_in.ended_because) or LogInEnd.DISABLED
        else:
            why = security_rules.why_ended(log_in, rules, idle=rules.idle_for(user), now=now)
        if why:
            sessions.end_session(request, because=why)
            return None if is_public else _to_log_in(request)
        sessions.mark_seen(log_in, now=now)  # type: ignore[arg-type]
        request.log_in = log_in  # type: ignore[attr-defined]
        if is_public or request.resolver_match.view_name in WHILE_PASSWORD_DUE:  # type: ignore[union-attr]
            return None
        if security_rules.must_change_password(user, rules, now=now):  # type: ignore[arg-type]
            return _go(request, resolve_url(PASSWORD_PAGE))
        return None


def _to_log_in(request: HttpRequest) -> HttpResponse:
    """Back afterwards to the page that was read, or to the page whose form was sent."""
    if request.headers.get("HX-Request") or request.path.startswith("/api/"):
        return HttpResponse(status=401)
    page = request.get_full_path() if request.method in {"GET", "HEAD"} else _page_of_form(request)
    target = resolve_url(settings.LOGIN_URL)
    return redirect(f"{target}?{urlencode({'next': page})}" if page not in {"", "/"} else target)


def _page_of_form(request: HttpRequest) -> str:
    referer = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(referer, {request.get_host()}, require_https=request.is_secure()):
        return ""
    parts = urlsplit(referer)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _go(request: HttpRequest, target: str) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return HttpResponse(status=403) if request.path.startswith("/api/") else redirect(target)
