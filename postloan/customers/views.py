"""Personal data in clear for whoever has the right and a reason; the record of it for those who watch over it."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.cache import never_cache

from postloan.core.access import http_methods, requires
from postloan.core.models import PersonalDataAccess
from postloan.customers import personal_data
from postloan.customers.forms import RecordForm, ShowForm
from postloan.organization.requests import StaffRequest
from postloan.organization.sessions import address_of

PAGE_SIZE = 50


@requires(personal_data.SHOW)
@http_methods(reads=["GET"], writes=["POST"])
@never_cache
def show_personal_data(request: StaffRequest, customer_id: int) -> HttpResponse:
    customer = get_object_or_404(personal_data.customers_shown_to(request.user), pk=customer_id)
    return _ask_and_show(request, customer, name=customer.name, number=customer.customer_no, customer_id=customer.pk)


@requires(personal_data.SHOW)
@http_methods(reads=["GET"], writes=["POST"])
@never_cache
def show_party_data(request: StaffRequest, party_id: int) -> HttpResponse:
    party = get_object_or_404(personal_data.parties_shown_to(request.user), pk=party_id)
    return _ask_and_show(request, party, name=party.name, number=party.party_no, customer_id=party.customer_id)


def _ask_and_show(request: StaffRequest, subject: Any, *, name: str, number: str, customer_id: int) -> HttpResponse:
    """Asks for field and reason; answers with the page, or with its inner part for htmx."""
    masked = personal_data.masked_fields(subject)
    form, shown = ShowForm(request.POST or None, shown=masked), None
    if request.method == "POST" and form.is_valid():
        shown = personal_data.show_personal_data(
            subject, **form.cleaned_data, acting_user=request.user, address=address_of(request)
        )
    context = {
        "form": form,
        "masked": masked,
        "shown": shown,
        "name": name,
        "number": number,
        "back": _customer_page(customer_id),
    }
    is_part = bool(request.headers.get("HX-Request"))
    return render(request, "customers/_show.html" if is_part else "customers/show_personal_data.html", context)


def _customer_page(customer_id: int) -> str:
    """The customer's page belongs to a higher app, which may not be there."""
    try:
        return reverse("reporting:customer", args=[customer_id])
    except NoReverseMatch:
        return ""


@requires("customers.view_shown_data")
@http_methods()
def personal_data_log(request: StaffRequest) -> HttpResponse:
    """Who was shown whose data, why and from where. The data itself is not in it."""
    form = RecordForm(request.GET)
    rows = form.narrow(PersonalDataAccess.objects.select_related("staff__branch"))
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    for row in page:
        row.what_name = personal_data.FIELDS.get(row.what, row.what)
    context = {
        "form": form,
        "page": page,
        "may_see_records": request.user.has_capability("core.view_audit"),
        "is_filtered": any(request.GET.get(name) for name in form.fields),
    }
    return render(request, "customers/personal_data_log.html", context)
