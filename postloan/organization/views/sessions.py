"""Who is logged in, from where and since when; the system administrator ends a session."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from postloan.core.access import http_methods, requires
from postloan.organization import services
from postloan.organization.forms import ReasonForm, SessionFilterForm
from postloan.organization.models import LogIn
from postloan.organization.requests import StaffRequest

PAGE_SIZE = 50


@requires("organization.view_people")
@http_methods()
def sessions(request: StaffRequest) -> HttpResponse:
    form = SessionFilterForm(request.GET)
    found = form.narrow(LogIn.objects.select_related("staff__branch"))
    context = {
        "form": form,
        "page": Paginator(found, PAGE_SIZE).get_page(request.GET.get("page")),
        "running": LogIn.objects.running().count(),
        "current": request.log_in,
        "may_end": request.user.has_capability("organization.end_sessions"),
        "is_filtered": any(request.GET.get(name) for name in form.fields),
    }
    return render(request, "organization/sessions.html", context)


@requires("organization.end_sessions")
@http_methods(reads=["GET"], writes=["POST"])
def end_session(request: StaffRequest, log_in_id: int) -> HttpResponse:
    """Asks once more, with the reason; then the session's next request is led to the log-in page."""
    log_in = get_object_or_404(LogIn.objects.select_related("staff__branch"), pk=log_in_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.end_session_of(log_in, acting_user=request.user, **form.cleaned_data)
        except services.Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The session of %(name)s is ended.") % {"name": log_in.staff.name})
            return redirect("organization:sessions")
    context = {
        "form": form,
        "staff": log_in.staff,
        "title": _("End the session"),
        "text": _("What is not saved in it is lost. The person can log in again."),
        "tone": "btn-danger-quiet",
        "back": "organization:sessions",
    }
    return render(request, "organization/confirm.html", context)
