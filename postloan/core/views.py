"""Language, health, and what is shown when something goes wrong."""

from __future__ import annotations

import logging
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import get_template
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from postloan.core import business_date, health, languages
from postloan.core.access import http_methods, public
from postloan.core.models import JobRun, JobState

log = logging.getLogger(__name__)

ONE_YEAR = 365 * 24 * 3600
# Work that is later than this was not picked up by anything: somebody should look.
LATE = timedelta(minutes=15)


@public
@http_methods(reads=[], writes=["POST"])
def set_language(request: HttpRequest) -> HttpResponse:
    """Keeps the chosen language in a cookie and with the person, and goes back to where the reader was."""
    response = redirect(_safe_next(request))
    language = request.POST.get("language", "")
    if languages.is_known(language):
        languages.remember(request.user, language)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=ONE_YEAR,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


def _safe_next(request: HttpRequest) -> str:
    target = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if is_ours else "/"


# ── health ────────────────────────────────────────────────────────────────────────────────────────────────


@public
@http_methods()
def livez(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok", content_type="text/plain")


@public
@http_methods()
def readyz(request: HttpRequest) -> HttpResponse:
    """The database answers, so this process may be given work."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return HttpResponse("database", status=503, content_type="text/plain")
    return HttpResponse("ok", content_type="text/plain")


@public
@http_methods()
def healthz(request: HttpRequest) -> HttpResponse:
    """For the watch over the work: 503 while a job has failed or lies about unattended, or an app sees trouble."""
    late_at = timezone.now() - LATE
    failed = JobRun.objects.filter(state=JobState.FAILED).count()
    late = JobRun.objects.filter(
        Q(state=JobState.WAITING, due_at__lt=late_at) | Q(state=JobState.RUNNING, lease_until__lt=late_at)
    ).count()
    day = business_date.latest()
    others = health.counts()
    has_trouble = bool(failed or late or any(others.values()))
    return JsonResponse(
        {
            "status": "attention" if has_trouble else "ok",
            "business_date": day and day.isoformat(),
            "is_open": business_date.open_date() is not None,
            "jobs_failed": failed,
            "jobs_late": late,
            **others,
        },
        status=503 if has_trouble else 200,
    )


# ── when something goes wrong ─────────────────────────────────────────────────────────────────────────────


def _error_page(request: HttpRequest, status: int, name: str = "") -> HttpResponse:
    user = getattr(request, "user", None)
    layout = "layout/base.html" if user is not None and user.is_authenticated else "layout/bare.html"
    template = f"errors/{name or status}.html"
    return render(request, template, {"layout": layout}, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error_page(request, 400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error_page(request, 403)


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error_page(request, 404)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _error_page(request, 403, "csrf")


def server_error(request: HttpRequest) -> HttpResponse:
    """Needs neither the database nor a context processor: one of them may be what failed."""
    reference = secrets.token_hex(4).upper()
    log.error("error page %s for %s %s", reference, request.method, request.path)
    return HttpResponse(get_template("errors/500.html").render({"reference": reference}), status=500)
