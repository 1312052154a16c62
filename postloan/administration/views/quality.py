"""Data quality: findings by kind and branch, the list behind every number, and that list as a file."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import FileResponse, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from postloan.administration import quality
from postloan.administration.forms import FindingFilterForm
from postloan.core import parameters
from postloan.core.access import http_methods, requires
from postloan.organization.requests import StaffRequest
from postloan.reporting import exports, limits, services
from postloan.reporting.columns import Column

VIEW = "core.view_findings"
PAGE_SIZE = 50


@requires(VIEW)
@http_methods()
def overview(request: StaffRequest) -> HttpResponse:
    kinds, branches = quality.by_kind(request.user), quality.by_branch(request.user)
    on = quality.day()
    context = {
        "day": on,
        "kinds": kinds,
        "branches": branches,
        "open": sum(line.open for line in kinds),
        "old": sum(line.old for line in kinds),
        "new": sum(line.new for line in kinds),
        "gone": sum(line.gone for line in kinds),
        "all_line": quality.Line("", quality.Asked(), 0, 0, 0, 0, None, on),
    }
    return render(request, "administration/data_quality.html", context)


def _found(data: Any, user: Any) -> tuple[FindingFilterForm, Any]:
    form = FindingFilterForm(data, user=user)
    found = form.asked().narrow(quality.visible_to(user), on=quality.day())
    return form, found.order_by("first_seen_on", "kind", "subject_key", "pk")


@requires(VIEW)
@http_methods()
def findings(request: StaffRequest) -> HttpResponse:
    form, found = _found(request.GET, request.user)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "rows": quality.rows_of(page.object_list, user=request.user, on=quality.day()),
        "is_filtered": any(request.GET.get(name) for name in form.fields),
        "query": request.GET.urlencode(),
    }
    return render(request, "administration/findings.html", context)


def columns() -> list[Column]:
    """The columns of the file; a row is {"row": quality.Row}."""
    return [
        Column("kind", _("Kind"), lambda row: row["row"].kind, is_fixed=True),
        Column("subject", _("Subject"), lambda row: row["row"].subject),
        Column("number", _("Number"), lambda row: row["row"].finding.subject_key, is_fixed=True),
        Column("text", _("What was found"), lambda row: row["row"].text),
        Column("branch", _("Branch"), lambda row: row["row"].branch),
        Column("first_seen_on", _("First seen"), lambda row: row["row"].finding.first_seen_on),
        Column("days", _("Age in days"), lambda row: row["row"].days),
        Column("gone_on", _("Gone on"), lambda row: row["row"].finding.gone_on),
        Column("corrects", _("Who corrects"), lambda row: row["row"].corrects),
    ]


@requires(VIEW)
@http_methods(reads=[], writes=["POST"])
def export(request: StaffRequest) -> HttpResponseBase:
    """The rows of the query that stands above the list, as Excel; who took them is recorded."""
    query = request.POST.get("query", "")[:2000]
    _form, found = _found(QueryDict(query), request.user)
    most, on = int(parameters.value(limits.MOST_IN_EXCEL)), quality.day()
    rows = quality.rows_of(found[: most + 1], user=request.user, on=on)
    shown = columns()
    services.record_export(
        list_name="findings",
        format=exports.EXCEL,
        rows=min(len(rows), most),
        query=query,
        columns=[column.key for column in shown],
        acting_user=request.user,
    )
    mark = exports.Mark.of(request.user, day=on)
    file = exports.excel_file(_("Findings"), shown, ({"row": row} for row in rows), mark=mark, most=most)
    name = f"findings-{on.isoformat()}.xlsx"
    return FileResponse(file, as_attachment=True, filename=name, content_type=exports.CONTENT_TYPES[exports.EXCEL])
