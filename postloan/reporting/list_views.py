"""The two lists of the book, what a person keeps about them, and what is taken out of them as a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from itertools import islice
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils.translation import get_language, gettext, override

from postloan.core import parameters
from postloan.core.access import http_methods, requires
from postloan.core.models import Event, Institution
from postloan.customers.models import Customer
from postloan.handovers.statements import staff_seen_by
from postloan.organization.models import Staff
from postloan.organization.requests import StaffRequest
from postloan.reporting import exports, limits, pages, paging, services
from postloan.reporting.columns import BY_NAME, CUSTOMERS, LOANS, Column, List
from postloan.reporting.forms import CustomerQueryForm, LoanQueryForm
from postloan.reporting.list_forms import ChangeFilterForm, ExportForm, LayoutForm, SaveFilterForm
from postloan.reporting.models import Density, ListLayout, ListName, SavedFilter
from postloan.reporting.queries import book, sorting, totals
from postloan.reporting.queries import customers as customer_queries
from postloan.reporting.queries import search as search_queries

ROWS_AT_ONCE = 1000


def tools(request: StaffRequest, of: List) -> dict[str, Any]:
    """What the tools above a list need: the chosen columns and density, one's filters, the present query."""
    layout = ListLayout.objects.visible_to(request.user).of(of.name).first()
    saved = list(SavedFilter.objects.visible_to(request.user).of(of.name))
    present = services.conditions_of(request.GET.urlencode())
    return {
        "of": of,
        "columns": of.shown(layout.columns if layout else None),
        "layout": layout,
        "density": layout.density if layout else "",
        "densities": Density.choices,
        "saved": saved,
        "used": next((one for one in saved if one.query == present), None),
        "present": present,
    }


def opened_plainly(request: StaffRequest, of: List) -> HttpResponse | None:
    """From the menu a list opens with the filter that was made the default; a link with conditions does not."""
    if request.GET:
        return None
    default = SavedFilter.objects.visible_to(request.user).of(of.name).filter(is_default=True).first()
    return redirect(f"{request.path}?{default.query}") if default else None


@requires(LOANS.capability)
@http_methods()
def loans(request: StaffRequest) -> HttpResponse:
    """The loans a query means, as they stood after the last night."""
    if plainly := opened_plainly(request, LOANS):
        return plainly
    day = book.as_of()
    currencies = totals.currencies_of_the_book()
    form = LoanQueryForm(request.GET, user=request.user, currencies=currencies)
    query = form.query()
    found = book.loans_of(query, user=request.user)
    most = None if request.GET.get("totals") else paging.MOST_COUNTED
    counted = totals.totals_of(found, currencies=currencies, most=most)
    sort = request.GET.get("sort", book.DEFAULT_SORT)
    page = paging.page_of(request, book.with_names(book.sorted_by(found, sort)), reach=counted.reach)
    seen = customer_queries.visible_ids((row.customer_id for row in page), user=request.user)
    rows = [pages.loan_row(row, day=day, seen=seen) for row in page]
    context = {
        "form": form,
        "page": page,
        "rows": rows,
        "totals": counted.rows,
        "day": day,
        "sort": sort,
        "is_filtered": any(asdict(query).values()),
        "only_customer": _named_customer(request, query.customer),
        "only_manager": _named_manager(request, query.manager),
        "currencies": currencies,
        "one_currency": currencies[0] if len(currencies) == 1 else "",
        **tools(request, LOANS),
    }
    return render(request, "reporting/loans.html", context)


def _named_customer(request: HttpRequest, customer_id: str) -> Customer | None:
    if not customer_id:
        return None
    found = Customer.objects.visible_to(request.user).defer(*customer_queries.PERSONAL)
    return found.filter(pk=customer_id).first()


def _named_manager(request: StaffRequest, manager: str) -> Staff | None:
    return staff_seen_by(request.user).filter(pk=manager).first() if manager.isdigit() else None


@requires(CUSTOMERS.capability)
@http_methods()
def customers(request: StaffRequest) -> HttpResponse:
    if plainly := opened_plainly(request, CUSTOMERS):
        return plainly
    currency = _currency()
    form = CustomerQueryForm(request.GET, user=request.user)
    values = form.values()
    found = customer_queries.customers_of(values, user=request.user)
    most = None if request.GET.get("totals") else paging.MOST_COUNTED
    reach = found.order_by()[: most + 1].count() if most else found.count()
    asked = request.GET.get("sort", customer_queries.DEFAULT_SORT)
    sort = _affordable(asked, reach)
    page = paging.page_of(request, customer_queries.sorted_by(found, sort, currency=currency), reach=reach)
    day = book.as_of()
    context = {
        "form": form,
        "page": page,
        "rows": _customer_rows(list(page), currency=currency),
        "day": day,
        "currency": currency,
        "sort": sort,
        "is_not_sorted": sort != asked,
        "only_manager": _named_manager(request, values["manager"]),
        "only_role": values["role"],
        "is_filtered": any(values.values()),
        **tools(request, CUSTOMERS),
    }
    return render(request, "reporting/customers.html", context)


def _currency() -> str:
    institution = Institution.objects.first()
    return institution.currency if institution else ""


def _affordable(sort: str, reach: int) -> str:
    """What is added up from loans sorts a branch's customers, not a whole bank's."""
    is_added_up = sort.removeprefix("-") in sorting.ADDED_UP
    return customer_queries.DEFAULT_SORT if is_added_up and reach > paging.MOST_COUNTED else sort


def _customer_rows(found: list[Customer], *, currency: str) -> list[dict[str, Any]]:
    exposures = customer_queries.exposures(row.pk for row in found)
    day = book.as_of()
    return [{**pages.customer_row(row, exposures[row.pk], day=day), "currency": currency} for row in found]


# ── a list as a file ──────────────────────────────────────────────────────────────────────────────────────


def _loans_found(query: QueryDict, user: Any) -> QuerySet:
    form = LoanQueryForm(query, user=user, currencies=totals.currencies_of_the_book())
    found = book.loans_of(form.query(), user=user)
    return book.with_names(book.sorted_by(found, query.get("sort", book.DEFAULT_SORT)))


def _customers_found(query: QueryDict, user: Any) -> QuerySet:
    found = customer_queries.customers_of(CustomerQueryForm(query, user=user).values(), user=user)
    reach = found.order_by()[: paging.MOST_COUNTED + 1].count()
    sort = _affordable(query.get("sort", customer_queries.DEFAULT_SORT), reach)
    return customer_queries.sorted_by(found, sort, currency=_currency())


def _pieces(found: QuerySet) -> Iterator[list[Any]]:
    rows = found.iterator(chunk_size=ROWS_AT_ONCE)
    while piece := list(islice(rows, ROWS_AT_ONCE)):
        yield piece


def _loan_lines(found: QuerySet, user: Any) -> Iterator[dict[str, Any]]:
    day = book.as_of()
    for piece in _pieces(found):
        seen = customer_queries.visible_ids((row.customer_id for row in piece), user=user)
        yield from (pages.loan_row(row, day=day, seen=seen) for row in piece)


def _customer_lines(found: QuerySet, user: Any) -> Iterator[dict[str, Any]]:
    currency = _currency()
    for piece in _pieces(found):
        yield from _customer_rows(piece, currency=currency)


FOUND: dict[str, Callable[[QueryDict, Any], QuerySet]] = {LOANS.name: _loans_found, CUSTOMERS.name: _customers_found}
LINES: dict[str, Callable[[QuerySet, Any], Iterator]] = {LOANS.name: _loan_lines, CUSTOMERS.name: _customer_lines}


def _export(request: StaffRequest, of: List) -> HttpResponseBase:
    """The rows of the query that stands above the list, with the columns that are shown, or all."""
    form = ExportForm(request.POST)
    if not form.is_valid():
        return _back(of, request.POST.get("query", ""))
    asked = form.cleaned_data
    kind = asked["format"]
    most = parameters.value(limits.MOST_IN_CSV if kind == exports.CSV else limits.MOST_IN_EXCEL)
    found = FOUND[of.name](QueryDict(asked["query"]), request.user)
    columns = list(of.columns) if asked["everything"] else tools(request, of)["columns"]
    count = min(found.order_by()[: most + 1].count(), most)
    services.record_export(
        list_name=of.name,
        format=kind,
        rows=count,
        query=asked["query"],
        columns=[column.key for column in columns],
        acting_user=request.user,
    )
    return _file(request, of, kind, columns, LINES[of.name](found[: most + 1], request.user), most)


def _file(
    request: StaffRequest, of: List, kind: str, columns: list[Column], rows: Iterator, most: int
) -> HttpResponseBase:
    day = book.as_of()
    mark = exports.Mark.of(request.user, day=day)
    name = f"{of.name}-{day.isoformat() if day else 'none'}.{kind}"
    if kind == exports.EXCEL:
        title = gettext("Loans") if of is LOANS else gettext("Customers")
        file = exports.excel_file(title, columns, rows, mark=mark, most=most)
        return FileResponse(file, as_attachment=True, filename=name, content_type=exports.CONTENT_TYPES[kind])
    lines = _in_language(lambda: exports.csv_lines(columns, rows, mark=mark, most=most), get_language() or "")
    response = StreamingHttpResponse(lines, content_type=exports.CONTENT_TYPES[kind])
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _in_language(lines: Callable[[], Iterator[str]], language: str) -> Iterator[str]:
    """Lines are written when the view has returned and its language is gone."""
    made = lines()
    while True:
        with override(language):
            line = next(made, None)
        if line is None:
            return
        yield line


@requires(LOANS.capability)
@http_methods(reads=[], writes=["POST"])
def export_loans(request: StaffRequest) -> HttpResponseBase:
    return _export(request, LOANS)


@requires(CUSTOMERS.capability)
@http_methods(reads=[], writes=["POST"])
def export_customers(request: StaffRequest) -> HttpResponseBase:
    return _export(request, CUSTOMERS)


@requires("core.view_audit")
@http_methods()
def export_record(request: StaffRequest) -> HttpResponse:
    """What was taken out of the lists as a file: who, when, which rows."""
    found = Event.objects.filter(code=services.EXPORTED).select_related("actor").order_by("-happened_at", "-id")
    page = Paginator(found, paging.PER_PAGE).get_page(request.GET.get("page"))
    names = dict(ListName.choices)
    rows = [(event, names.get(event.arguments["list"], event.arguments["list"])) for event in page]
    return render(request, "reporting/export_record.html", {"page": page, "rows": rows, "may_see_records": True})


# ── what a person keeps ───────────────────────────────────────────────────────────────────────────────────


def _back(of: List, query: str) -> HttpResponse:
    conditions = services.conditions_of(query)
    return redirect(f"{resolve_url(of.view)}?{conditions or 'all=1'}")


@requires("customers.view_customers")
@http_methods(reads=[], writes=["POST"])
def save_filter(request: StaffRequest, name: str) -> HttpResponse:
    """The present query under a name of one's own."""
    of = BY_NAME[name]
    form = SaveFilterForm(request.POST)
    if not form.is_valid():
        messages.error(request, gettext("Give the filter a name of at most 40 characters."))
        return _back(of, request.POST.get("query", ""))
    try:
        saved = services.save_filter(list_name=of.name, **form.cleaned_data, acting_user=request.user)
    except services.Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, gettext("The filter “%(name)s” is saved.") % {"name": saved.name})
    return _back(of, form.cleaned_data["query"])


@requires("customers.view_customers")
@http_methods(reads=[], writes=["POST"])
def change_filter(request: StaffRequest, filter_id: int) -> HttpResponse:
    """Deletes one's own filter, or makes it the one that is applied when the list is opened."""
    saved = get_object_or_404(SavedFilter.objects.visible_to(request.user), pk=filter_id)
    form = ChangeFilterForm(request.POST)
    if form.is_valid() and form.cleaned_data["change"] == "delete":
        services.delete_filter(saved, acting_user=request.user)
        messages.success(request, gettext("The filter “%(name)s” is deleted.") % {"name": saved.name})
    elif form.is_valid():
        services.choose_default(saved, acting_user=request.user)
    return _back(BY_NAME[saved.list_name], saved.query)


@requires("customers.view_customers")
@http_methods(reads=[], writes=["POST"])
def keep_layout(request: StaffRequest, name: str) -> HttpResponse:
    """Columns and density from now on; as the list comes where that is asked for."""
    of = BY_NAME[name]
    form = LayoutForm(request.POST, of=of)
    if "reset" in request.POST:
        services.forget_layout(list_name=of.name, acting_user=request.user)
    elif form.is_valid():
        services.keep_layout(
            list_name=of.name,
            columns=form.cleaned_data["columns"],
            density=form.cleaned_data["density"],
            acting_user=request.user,
        )
    return _back(of, request.POST.get("query", ""))


@requires(CUSTOMERS.capability)
@http_methods()
def search(request: StaffRequest) -> HttpResponse:
    """One hit opens at once; several are listed."""
    text = request.GET.get("q", "").strip()[:60]
    found = search_queries.search(text, user=request.user)
    if found.total == 1:
        if found.customers:
            return redirect("reporting:customer", customer_id=found.customers[0].pk)
        return redirect("reporting:loan", loan_id=found.loans[0].pk)
    context = {"search_text": text, "found": found, "most": search_queries.MOST}
    return render(request, "reporting/search.html", context)
