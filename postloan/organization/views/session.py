"""Log-in, log-out, one's own password and sessions."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from postloan.core import languages
from postloan.core.access import http_methods, public, signed_in
from postloan.organization import lockout, passwords, queries, security_rules, services, sessions
from postloan.organization.forms import ChangePasswordForm, LogInForm
from postloan.organization.models import LogInEnd
from postloan.organization.requests import StaffRequest
from postloan.organization.security_rules import SecurityRules

LOCKED_STATUS = 429


@public
@http_methods(reads=["GET"], writes=["POST"])
@sensitive_post_parameters("password")
@never_cache
def login(request: HttpRequest) -> HttpResponse:
    target = _safe_next(request)
    if request.method != "POST":
        if request.user.is_authenticated:
            return redirect(target)
        why = request.session.pop(sessions.ENDED_KEY, "")
        return _log_in_page(request, LogInForm(), notice=_why_ended(why, security_rules.current()))
    form = LogInForm(request.POST)
    if form.is_valid():
        number = form.cleaned_data["username"]
        was_locked = lockout.locked_until(number) is not None
        staff = authenticate(request, username=number, password=form.cleaned_data["password"])
        if staff is not None:
            sessions.start_session(request, staff)
            languages.remember(staff, languages.of_cookie(request))
            return redirect(target)
        sessions.record_failure(request, number, was_locked=was_locked)
        form.add_error("password", _tries_left(lockout.tries_left(number)))
    return _log_in_page(request, form)


def _safe_next(request: HttpRequest) -> str:
    target = request.POST.get("next") or request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if is_ours and target.startswith("/") else resolve_url(settings.LOGIN_REDIRECT_URL)


def _log_in_page(request: HttpRequest, form: LogInForm, *, status: int = 200, **shown: Any) -> HttpResponse:
    target = request.POST.get("next") or request.GET.get("next", "")
    context = {"form": form, "next": target if _safe_next(request) == target else "", **shown}
    return render(request, "organization/login.html", context, status=status)


def _tries_left(left: int) -> str:
    return ngettext(
        "Staff number or password is wrong; %(left)s try left.",
        "Staff number or password is wrong; %(left)s tries left.",
        left,
    ) % {"left": left}


def _why_ended(why: str, rules: SecurityRules) -> str:
    """The sentence for somebody whose session ended without their doing."""
    if why == LogInEnd.IDLE:
        minutes = int(rules.idle.total_seconds() // 60)
        text = ngettext(
            "Logged out after %(minutes)s minute without activity.",
            "Logged out after %(minutes)s minutes without activity.",
            minutes,
        )
        return text % {"minutes": minutes}
    hours = int(rules.longest.total_seconds() // 3600)
    sentences = {
        LogInEnd.TOO_LONG: ngettext(
            "A session lasts %(hours)s hour at most. Please log in again.",
            "A session lasts %(hours)s hours at most. Please log in again.",
            hours,
        )
        % {"hours": hours},
        LogInEnd.NEWER: _(
            "Your account was logged in elsewhere, so this session ended. Was it not you, tell the system "
            "administrator at once."
        ),
        LogInEnd.ENDED_BY_OWNER: _("You ended this session from another one."),
        LogInEnd.ENDED_BY_ADMINISTRATOR: _("The system administrator ended your session. Please log in again."),
        LogInEnd.DISABLED: _("The account is disabled. Ask the system administrator of your bank."),
        LogInEnd.PASSWORD_RESET: _("Your password was reset. Log in with the new one."),
    }
    return str(sentences.get(LogInEnd(why), "")) if why in LogInEnd.values else ""


def locked_out(request: HttpRequest, response: HttpResponse | None = None, credentials: Any = None) -> HttpResponse:
    """What axes answers instead of the log-in: until when the number is locked."""
    number = str((credentials or {}).get("username") or request.POST.get("username", ""))
    until = lockout.locked_until(number) or timezone.now()
    failures = lockout.failure_limit()
    text = ngettext(
        "Locked after %(failures)s failed try. You can try again at %(time)s.",
        "Locked after %(failures)s failed tries. You can try again at %(time)s.",
        failures,
    ) % {"failures": failures, "time": timezone.localtime(until).strftime("%H:%M")}
    return _log_in_page(request, LogInForm(initial={"username": number[:40]}), status=LOCKED_STATUS, locked=text)


@signed_in
@http_methods(reads=[], writes=["POST"])
def logout(request: StaffRequest) -> HttpResponse:
    sessions.end_session(request, because=LogInEnd.LOGGED_OUT)
    messages.success(request, _("You are logged out."))
    return redirect(settings.LOGOUT_REDIRECT_URL)


@signed_in
@http_methods(reads=["GET"], writes=["POST"])
@sensitive_post_parameters()
@never_cache
def change_password(request: StaffRequest) -> HttpResponse:
    staff, rules = request.user, security_rules.current()
    form = ChangePasswordForm(request.POST or None, staff=staff)
    if request.method == "POST" and form.is_valid():
        services.change_password(staff, form.cleaned_data["new_password"])
        services.end_other_sessions(staff, but=request.log_in)
        # The session's key changes, and it stays this person's.
        update_session_auth_hash(request, staff)
        messages.success(request, _("Your password is changed."))
        return redirect(settings.LOGIN_REDIRECT_URL)
    is_due = security_rules.must_change_password(staff, rules, now=timezone.now())
    context = {
        "form": form,
        "is_due": is_due,
        "is_first": staff.must_change_password,
        "hint": passwords.help_text(rules, staff),
        "layout": "layout/bare.html" if is_due else "layout/base.html",
    }
    return render(request, "organization/change_password.html", context)


@signed_in
@http_methods(reads=["GET"], writes=["POST"])
def my_sessions(request: StaffRequest) -> HttpResponse:
    """The own log-ins; a POST ends those elsewhere."""
    if request.method == "POST":
        ended = services.end_other_sessions(request.user, but=request.log_in)
        text = ngettext("%(count)s session ended.", "%(count)s sessions ended.", ended) % {"count": ended}
        messages.success(request, text)
        return redirect("organization:my_sessions")
    log_ins = queries.log_ins_of(request.user)
    context = {
        "log_ins": log_ins,
        "current": request.log_in,
        "has_others": any(log_in.ended_at is None and log_in != request.log_in for log_in in log_ins),
    }
    return render(request, "organization/my_sessions.html", context)
