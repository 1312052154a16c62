"""The pages about the interface: its guide, and the tokens with which systems come in."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from postloan.api import limits, services
from postloan.api.forms import RevokeForm, TokenForm
from postloan.api.models import Token
from postloan.api.schema import chapters, described
from postloan.core import business_date, parameters
from postloan.core.access import http_methods, requires, signed_in
from postloan.organization.requests import StaffRequest
from postloan.organization.services.refusals import Refused

FIRST_VALIDITY_DAYS = 90


@signed_in
@http_methods()
def schema(request: StaffRequest) -> JsonResponse:
    """OpenAPI 3, for programs that write programs."""
    # Labels are in the reader's language and become text here.
    return JsonResponse(described(), content_type="application/vnd.oai.openapi+json")


@signed_in
@http_methods()
def guide(request: StaffRequest) -> HttpResponse:
    """The same description for people, with what holds for every address."""
    context = {
        "chapters": chapters(described()),
        "requests_a_minute": parameters.value(limits.REQUESTS_A_MINUTE),
        "host": request.build_absolute_uri("/").rstrip("/"),
        "sees_tokens": request.user.has_capability("api.view_tokens"),
    }
    return render(request, "api/guide.html", context)


@requires("api.view_tokens")
@http_methods()
def tokens(request: StaffRequest) -> HttpResponse:
    """Every token ever issued, those in use first."""
    today = business_date.calendar_today()
    found = list(Token.objects.select_related("branch", "issued_by", "revoked_by").order_by("-issued_at"))
    found.sort(key=lambda token: not token.is_valid_on(today))
    context = {
        "tokens": [(token, token.is_valid_on(today)) for token in found],
        "may_manage": request.user.has_capability(services.MANAGE_TOKENS),
    }
    return render(request, "api/tokens.html", context)


@requires(services.MANAGE_TOKENS)
@http_methods(reads=["GET"], writes=["POST"])
@never_cache
def new_token(request: StaffRequest) -> HttpResponse:
    """The secret is shown once, on the page that follows."""
    today = business_date.calendar_today()
    form = TokenForm(request.POST or None, initial={"expires_on": today + timedelta(days=FIRST_VALIDITY_DAYS)})
    if request.method == "POST" and form.is_valid():
        try:
            token, secret = services.issue_token(**form.cleaned_data, acting_user=request.user)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return render(request, "api/token_shown.html", {"token": token, "secret": secret})
    days = parameters.value(limits.TOKEN_DAYS)
    return render(request, "api/new_token.html", {"form": form, "days": days})


@requires(services.MANAGE_TOKENS)
@http_methods(reads=["GET"], writes=["POST"])
def revoke_token(request: StaffRequest, token_id: int) -> HttpResponse:
    token = get_object_or_404(Token.objects.select_related("branch"), pk=token_id)
    form = RevokeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.revoke_token(token, reason=form.cleaned_data["reason"], acting_user=request.user)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The token for %(system)s is revoked.") % {"system": token.system})
            return redirect("api:tokens")
    return render(request, "api/revoke_token.html", {"form": form, "token": token})
