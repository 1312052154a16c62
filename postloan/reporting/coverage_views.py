"""Coverage and timeliness of inspections, and why reports went back: every number opens its rows, also as Excel."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from postloan.core import business_date, formatting, parameters
from postloan.core.access import http_methods, requires
from postloan.inspections.models import InspectionKind, InspectionTask, ReturnReason, TaskState
from postloan.inspections.queries import coverage
from postloan.inspections.queries.coverage import CoverageQuery, Part
from postloan.organization.models import Branch, Line, Staff
from postloan.organization.requests import StaffRequest
from postloan.reporting import exports, limits, services
from postloan.reporting.columns import Column
from postloan.reporting.forms import ANY, DateInput, branch_choices

VIEW = "inspections.view_coverage"
PER_PAGE = 50
CUTS = {coverage.BRANCH: _("Branch"), coverage.PERSON: _("Person"), coverage.KIND: _("Kind")}
COUNT_NAMES = {
    coverage.PLANNED: _("Planned"),
    coverage.IN_TIME: _("In time"),
    coverage.LATE: _("Handed in late"),
    coverage.OVERDUE: _("Late and open"),
    coverage.TO_COME: _("Open, still in time"),
    coverage.ENDED: _("Ended"),
}


class CoverageForm(forms.Form):
    """Which days and which part of the work; the quarter of the business date where nothing was said."""

    begin = forms.DateField(label=_("First due from"), required=False, widget=DateInput())
    end = forms.DateField(label=_("First due until"), required=False, widget=DateInput())
    within = forms.ChoiceField(label=_("Branch and below"), required=False)
    line = forms.ChoiceField(label=_("Business line"), required=False, choices=[ANY, *Line.choices])
    branch = forms.RegexField(r"^\d{1,18}$", required=False, widget=forms.HiddenInput())
    person = forms.RegexField(r"^(\d{1,18}|nobody)$", required=False, widget=forms.HiddenInput())
    kind = forms.ChoiceField(required=False, choices=[ANY, *InspectionKind.choices], widget=forms.HiddenInput())
    count = forms.ChoiceField(required=False, choices=COUNT_NAMES.items(), widget=forms.HiddenInput())
    reason = forms.ChoiceField(
        required=False,
        choices=[ANY, *ReturnReason.choices, (coverage.RETURNED_WITHOUT_REASON, "")],
        widget=forms.HiddenInput(),
    )

    def __init__(self, data: Any, *, user: Any, day: date) -> None:
        first = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
        quarter = {"begin": first.isoformat(), "end": _end_of_quarter(day).isoformat()}
        given = {name: value for name, value in data.items() if value}
        super().__init__({**quarter, **given}, auto_id="q-%s")
        self.quarter = (first, _end_of_quarter(day))
        self.fields["within"].choices = [ANY, *branch_choices(user)]  # type: ignore[attr-defined]

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("begin", "end", "within", "line")]

    def query(self) -> CoverageQuery:
        """What was asked for, without what could not be read."""
        self.is_valid()
        given = {name: value for name, value in self.cleaned_data.items() if value}
        begin, end = given.pop("begin", self.quarter[0]), given.pop("end", self.quarter[1])
        return CoverageQuery(begin, max(begin, end), **given)


def _end_of_quarter(day: date) -> date:
    month = (day.month - 1) // 3 * 3 + 3
    following = date(day.year + month // 12, month % 12 + 1, 1)
    return following - timedelta(days=1)


def _asked(data: QueryDict, user: Any) -> tuple[date, CoverageForm, CoverageQuery]:
    day = business_date.latest() or business_date.calendar_today()
    form = CoverageForm(data, user=user, day=day)
    return day, form, form.query()


# ── the tables ────────────────────────────────────────────────────────────────────────────────────────────


@requires(VIEW)
@http_methods()
def tables(request: StaffRequest) -> HttpResponse:
    """One table each by branch, person and kind, and the reasons of returns."""
    day, form, query = _asked(request.GET, request.user)
    query = query.also(count=coverage.PLANNED, reason="")
    found = coverage.tasks_of(query, user=request.user, day=day)
    total = Part("", gettext("All"), coverage.total_of(found, day=day))
    context = {
        "day": business_date.latest(),
        "form": form,
        "query": query,
        "is_filtered": any(request.GET.get(name) for name in form.fields),
        "named": _named(query),
        "total": _row(total, query),
        "cuts": [
            {"code": cut, "name": name, "rows": [_row(part, query.also(**{cut: part.key})) for part in parts]}
            for cut, name, parts in ((cut, name, parts_of(found, cut, day=day)) for cut, name in CUTS.items())
        ],
        "count_names": COUNT_NAMES,
        "reasons": _reasons(query, request.user, day),
    }
    return render(request, "reporting/coverage/tables.html", context)


def parts_of(found: QuerySet[InspectionTask], cut: str, *, day: date) -> list[Part]:
    """The rows of a table with their names, what is planned most on top."""
    rows = coverage.parts_of(found, cut, day=day)
    names = _names(cut, {row["key"] for row in rows if row["key"] is not None})
    parts = [
        Part(
            coverage.NOBODY if row["key"] is None else str(row["key"]),
            gettext("nobody") if row["key"] is None else names.get(row["key"], str(row["key"])),
            {count: row[count] for count in coverage.COUNTS},
        )
        for row in rows
    ]
    return sorted(parts, key=lambda part: (-part.counts[coverage.PLANNED], part.name))


def _names(cut: str, keys: set[Any]) -> dict[Any, str]:
    if cut == coverage.KIND:
        return {code: str(name) for code, name in InspectionKind.choices}
    if cut == coverage.BRANCH:
        return dict(Branch.objects.filter(pk__in=keys).values_list("pk", "name"))
    rows = Staff.objects.filter(pk__in=keys).values_list("pk", "name", "staff_no")
    return {pk: f"{name} {number}" for pk, name, number in rows}


def _row(part: Part, query: CoverageQuery) -> dict[str, Any]:
    """A row as it is drawn: its counts with the rows behind them, and both rates."""
    rows = reverse("reporting:coverage_rows")
    return {
        "part": part,
        "href": f"{reverse('reporting:coverage')}?{query.also(count='').address}",
        "cells": [
            {
                "count": count,
                "name": COUNT_NAMES[count],
                "n": part.counts[count],
                "href": f"{rows}?{query.also(count=count).address}",
            }
            for count in coverage.COUNTS
        ],
        "covered": formatting.percent(part.handed_in, part.owed),
        "timely": formatting.percent(part.counts[coverage.IN_TIME], part.fallen_due),
    }


def _named(query: CoverageQuery) -> list[tuple[str, str, str]]:
    """What the page is narrowed to by a press on a name: what, whose, and the way back to all."""
    found = []
    for cut, name in CUTS.items():
        key = getattr(query, cut)
        if key:
            known = _names(cut, {int(key) if key.isdecimal() else key} if key != coverage.NOBODY else set())
            shown = gettext("nobody") if key == coverage.NOBODY else known.get(int(key) if key.isdecimal() else key, "")
            found.append((str(name), shown, f"?{query.also(**{cut: ''}).address}"))
    return found


def _reasons(query: CoverageQuery, user: Any, day: date) -> dict[str, Any]:
    """Why reports went back, most often on top."""
    counted = coverage.reasons_of(coverage.returns_of(query, user=user, day=day))
    names = {code: str(name) for code, name in ReturnReason.choices} | {"": gettext("no reason was asked for then")}
    rows, n = reverse("reporting:coverage_returns"), sum(counted.values())
    return {
        "n": n,
        "href": f"{rows}?{query.address}",
        "rows": [
            {
                "name": names[code],
                "n": count,
                "share": formatting.percent(count, n),
                "href": f"{rows}?{query.also(reason=code or coverage.RETURNED_WITHOUT_REASON).address}",
            }
            for code, count in sorted(counted.items(), key=lambda item: (-item[1], item[0]))
        ],
    }


# ── the rows behind a number ──────────────────────────────────────────────────────────────────────────────


@requires(VIEW)
@http_methods()
def rows(request: StaffRequest) -> HttpResponse:
    """The inspections a number counts."""
    day, _form, query = _asked(request.GET, request.user)
    found = _with_names(coverage.tasks_of(query, user=request.user, day=day))
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "query": query,
        "title": COUNT_NAMES[query.count],
        "named": _named(query),
        "page": page,
        "rows": _lines(list(page.object_list), day),
    }
    return render(request, "reporting/coverage/rows.html", context)


def _with_names(found: QuerySet[InspectionTask]) -> QuerySet[InspectionTask]:
    return found.select_related("customer__branch").order_by("first_due_on", "pk")


def _lines(tasks: list[Any], day: date) -> list[dict[str, Any]]:
    people = _names(coverage.PERSON, {task.person_id for task in tasks if task.person_id})
    return [
        {"task": task, "person": people.get(task.person_id, gettext("nobody")), "days": _days(task, day)}
        for task in tasks
    ]


def _days(task: InspectionTask, day: date) -> int:
    """Days after the day first given: of handing it in, or today while it is open. Not above 0 is in time."""
    if task.state == TaskState.ENDED:
        return 0
    return ((task.submitted_on or day) - task.first_due_on).days


@requires(VIEW)
@http_methods()
def returns(request: StaffRequest) -> HttpResponse:
    """The reports that were sent back, with who sent them back and why."""
    day, _form, query = _asked(request.GET, request.user)
    found = coverage.returns_of(query, user=request.user, day=day)
    found = found.select_related("decided_by", "report__main_inspector", "report__task__customer__branch")
    page = Paginator(found.order_by("-decided_on", "-pk"), PER_PAGE).get_page(request.GET.get("page"))
    context = {"query": query, "named": _named(query), "page": page, "rows": page.object_list}
    return render(request, "reporting/coverage/returns.html", context)


# ── Excel ─────────────────────────────────────────────────────────────────────────────────────────────────


def _part_columns(name: str) -> list[Column]:
    counts = [
        Column(count, COUNT_NAMES[count], lambda row, count=count: row["part"].counts[count])  # type: ignore[misc]
        for count in coverage.COUNTS
    ]
    return [
        Column("name", name, lambda row: row["part"].name, is_fixed=True),
        *counts,
        Column("covered", _("Coverage"), lambda row: row["covered"]),
        Column("timely", _("Timeliness"), lambda row: row["timely"]),
    ]


ROW_COLUMNS = [
    Column("task", _("Inspection"), lambda row: row["task"].task_no, is_fixed=True),
    Column("kind", _("Kind"), lambda row: str(row["task"].get_kind_display())),
    Column("customer", _("Customer"), lambda row: row["task"].customer.name, is_fixed=True),
    Column("number", _("Number"), lambda row: row["task"].customer.customer_no),
    Column("branch", _("Branch"), lambda row: row["task"].customer.branch.name),
    Column("person", _("Person"), lambda row: row["person"]),
    Column("first_due", _("First due"), lambda row: row["task"].first_due_on),
    Column("due", _("Due"), lambda row: row["task"].due_on),
    Column("submitted", _("Handed in"), lambda row: row["task"].submitted_on),
    Column("days", _("Days late"), lambda row: max(row["days"], 0)),
    Column("state", _("State"), lambda row: str(row["task"].get_state_display())),
]


@requires(VIEW)
@http_methods(reads=[], writes=["POST"])
def export(request: StaffRequest) -> HttpResponseBase:
    """A table, or the rows behind a number, as Excel; who took it is recorded."""
    text = request.POST.get("query", "")[:2000]
    day, _form, query = _asked(QueryDict(text), request.user)
    found = coverage.tasks_of(query, user=request.user, day=day)
    most, cut = int(parameters.value(limits.MOST_IN_EXCEL)), request.POST.get("cut", "")
    if cut in CUTS:
        columns = _part_columns(str(CUTS[cut]))
        lines = [_row(part, query) for part in parts_of(found, cut, day=day)]
    else:
        columns, lines = ROW_COLUMNS, _lines(list(_with_names(found)[: most + 1]), day)
    services.record_export(
        list_name="coverage",
        format=exports.EXCEL,
        rows=min(len(lines), most),
        query=text,
        columns=[column.key for column in columns],
        acting_user=request.user,
    )
    mark = exports.Mark.of(request.user, day=day)
    file = exports.excel_file(gettext("Coverage"), columns, lines, mark=mark, most=most)
    name = f"coverage-{query.begin.isoformat()}-{query.end.isoformat()}.xlsx"
    return FileResponse(file, as_attachment=True, filename=name, content_type=exports.CONTENT_TYPES[exports.EXCEL])
