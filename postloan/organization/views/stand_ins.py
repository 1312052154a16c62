"""Stand-ins: a head orders them for the own branches and takes them back."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from postloan.core import business_date
from postloan.core.access import http_methods, requires
from postloan.organization import queries, services
from postloan.organization.forms import ReasonForm, StandInForm
from postloan.organization.requests import StaffRequest

ORDER = "organization.order_stand_in"
PAGE_SIZE = 20


@requires(ORDER)
@http_methods(reads=["GET"], writes=["POST"])
def stand_ins(request: StaffRequest) -> HttpResponse:
    """Those in force, to come and gone; the form orders another one."""
    form = StandInForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            services.order_stand_in(**form.cleaned_data, acting_user=request.user)
        except services.Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The stand-in is ordered."))
            return redirect("organization:stand_ins")
    page = Paginator(queries.stand_ins_for_head(request.user), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "today": business_date.calendar_today()}
    return render(request, "organization/stand_ins.html", context)


@requires(ORDER)
@http_methods(reads=["GET"], writes=["POST"])
def withdraw_stand_in(request: StaffRequest, stand_in_id: int) -> HttpResponse:
    order = get_object_or_404(queries.stand_ins_for_head(request.user), pk=stand_in_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.withdraw_stand_in(order, acting_user=request.user, **form.cleaned_data)
        except services.Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The stand-in is withdrawn."))
            return redirect("organization:stand_ins")
    context = {
        "form": form,
        "staff": order.stand_in,
        "title": _("Withdraw the stand-in for %(name)s") % {"name": order.absent.name},
        "text": _("From now on %(name)s sees and does nothing by it.") % {"name": order.stand_in.name},
        "tone": "btn-danger-quiet",
        "back": "organization:stand_ins",
    }
    return render(request, "organization/confirm.html", context)
