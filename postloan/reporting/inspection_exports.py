"""The lists of inspections as Excel: tasks, what waits for a decision, vouchers and demands owed, proposed classes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, HttpResponseBadRequest, QueryDict
from django.http.response import HttpResponseBase
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from postloan.core import business_date, parameters
from postloan.core.access import http_methods, requires
from postloan.core.templatetags.postloan import class_label
from postloan.inspections.forms_funds import FundsQueryForm
from postloan.inspections.forms_planning import ProposalQueryForm, TaskQueryForm
from postloan.inspections.models import InspectionTask
from postloan.inspections.queries import approvals, class_proposals, funds, tasks
from postloan.organization.models import Line
from postloan.organization.requests import StaffRequest
from postloan.reporting import exports, limits, services
from postloan.reporting.columns import Column, Row
from postloan.todos import reasons

AT_ONCE = 500
LINES = dict(Line.choices)

CUSTOMER = (
    Column("customer", _("Customer"), lambda row: row["task"].customer.name, is_fixed=True),
    Column("customer_no", _("Customer number"), lambda row: row["task"].customer.customer_no),
    Column("branch", _("Branch"), lambda row: row["task"].customer.branch.name),
)
TASK = (
    Column("task_no", _("inspection number"), lambda row: row["task"].task_no),
    Column("kind", _("Kind"), lambda row: str(row["task"].get_kind_display())),
    Column("line", _("Business line"), lambda row: str(LINES.get(row["task"].line, row["task"].line))),
)


@dataclass(frozen=True)
class Export:
    """`rows` yields what the columns read, of the conditions the list showed."""

    title: str | Promise
    form: type[forms.Form] | None
    columns: tuple[Column, ...]
    rows: Callable[[Any, dict[str, Any], date], Iterator[Row]]
    capability: str = "inspections.view"


def _tasks(user: Any, conditions: dict[str, Any], day: date) -> Iterator[Row]:
    found = tasks.tasks_of(user, conditions=conditions, day=day).order_by("due_on", "id")
    keys = list(found.values_list("pk", flat=True)[: _most() + 1])
    for start in range(0, len(keys), AT_ONCE):
        some = InspectionTask.objects.filter(pk__in=keys[start : start + AT_ONCE])
        for task in tasks.with_what_a_list_shows(some, day):
            yield {"task": task}


def _approvals(user: Any, _conditions: dict[str, Any], _day: date) -> Iterator[Row]:
    found = approvals.with_what_rows_show(approvals.waiting_for(user))
    for some in _batches(found):
        for row in approvals.rows_of(some, user):
            yield {"task": row.report.task, "report": row.report, "row": row}


def _vouchers(user: Any, conditions: dict[str, Any], day: date) -> Iterator[Row]:
    for debt in funds.vouchers_of(user, conditions=conditions, day=day)[: _most() + 1]:
        yield {"task": debt.report.task, "debt": debt}


def _demands(user: Any, conditions: dict[str, Any], day: date) -> Iterator[Row]:
    for demand in funds.demands_of(user, conditions=conditions, day=day)[: _most() + 1]:
        yield {"task": demand.report.task, "demand": demand}


def _proposals(user: Any, conditions: dict[str, Any], _day: date) -> Iterator[Row]:
    for some in _batches(class_proposals.proposals_of(user, conditions=conditions)):
        for row in class_proposals.rows_of(some):
            for state in row.states:
                yield {"task": row.report.task, "report": row.report, "state": state}


def _batches(found: QuerySet) -> Iterator[list[Any]]:
    rows = iter(found[: _most() + 1])
    while some := list(islice(rows, AT_ONCE)):
        yield some


def _most() -> int:
    return int(parameters.value(limits.MOST_IN_EXCEL))


def _joined(texts: list[Any]) -> str:
    return pgettext("list", ", ").join(str(text) for text in texts)


EXPORTS = {
    "tasks": Export(
        _("Inspections"),
        TaskQueryForm,
        (
            *CUSTOMER,
            *TASK,
            Column("place", _("on site or off site"), lambda row: str(row["task"].get_place_display())),
            Column("due_on", _("Due on"), lambda row: row["task"].due_on),
            Column("first_due_on", _("First due on"), lambda row: row["task"].first_due_on),
            Column("responsible", _("Responsible"), lambda row: row["task"].responsible_name),
            Column("state", _("State"), lambda row: str(row["task"].get_state_display())),
            Column("submitted_on", _("Handed in on"), lambda row: row["task"].submitted_on),
            Column("why", _("Why"), lambda row: reasons.describe(row["task"].reason_code, row["task"].arguments)),
        ),
        _tasks,
    ),
    "approvals": Export(
        _("Reports to decide on"),
        None,
        (
            *CUSTOMER,
            *TASK,
            Column("decide_by", _("Decide by"), lambda row: row["row"].due_on),
            Column("main", _("main inspector"), lambda row: row["report"].main_inspector.name),
            Column("second", _("second inspector"), lambda row: getattr(row["report"].second_inspector, "name", "")),
            Column("risk", _("Conclusion"), lambda row: str(row["report"].get_risk_conclusion_display())),
            Column("class", _("Proposed class"), lambda row: str(class_label(row["report"].proposed_class))),
            Column("flags", _("Flags"), lambda row: _joined([flag.title for flag in row["row"].flags])),
        ),
        _approvals,
        "inspections.approve",
    ),
    "vouchers": Export(
        _("Missing vouchers"),
        FundsQueryForm,
        (
            *CUSTOMER,
            Column("task_no", _("inspection number"), lambda row: row["task"].task_no),
            Column("missing", _("Missing paper"), lambda row: row["debt"].missing),
            Column("loan_no", _("Loan"), lambda row: row["debt"].payment.loan.loan_no),
            Column("payee", _("Payee"), lambda row: row["debt"].payment.payee_name),
            Column("amount", _("Amount"), lambda row: row["debt"].payment.amount),
            Column("currency", _("Currency"), lambda row: row["debt"].payment.loan.currency),
            Column("due_on", _("Due on"), lambda row: row["debt"].due_on),
            Column("first_due_on", _("First due on"), lambda row: row["debt"].first_due_on),
            Column("settled_on", _("Brought on"), lambda row: row["debt"].settled_on),
        ),
        _vouchers,
    ),
    "demands": Export(
        _("Demands after misuse of funds"),
        FundsQueryForm,
        (
            *CUSTOMER,
            Column("demand_no", _("Demand"), lambda row: row["demand"].demand_no),
            Column("task_no", _("inspection number"), lambda row: row["task"].task_no),
            Column("loan_no", _("Loan"), lambda row: row["demand"].loan.loan_no),
            Column("demanded", _("demanded"), lambda row: str(row["demand"].get_demanded_display())),
            Column("amount", _("Amount"), lambda row: row["demand"].amount),
            Column("currency", _("Currency"), lambda row: row["demand"].currency),
            Column("respond_by", _("to be met by"), lambda row: row["demand"].respond_by),
            Column("met_on", _("met on"), lambda row: row["demand"].met_on),
            Column("not_met_on", _("not met on"), lambda row: row["demand"].not_met_on),
        ),
        _demands,
    ),
    "class_proposals": Export(
        _("Proposed classes"),
        ProposalQueryForm,
        (
            *CUSTOMER,
            Column("loan_no", _("Loan"), lambda row: row["state"].loan.loan_no),
            Column("class", _("Class now"), lambda row: str(class_label(row["state"].five_level_class))),
            Column("proposed", _("Proposed class"), lambda row: str(class_label(row["report"].proposed_class))),
            Column("task_no", _("inspection number"), lambda row: row["task"].task_no),
            Column("approved_on", _("Approved on"), lambda row: row["report"].approved_on),
            Column("main", _("main inspector"), lambda row: row["report"].main_inspector.name),
        ),
        _proposals,
    ),
}


@requires("inspections.view")
@http_methods(reads=[], writes=["POST"])
def export(request: StaffRequest) -> HttpResponseBase:
    """A list with the conditions it was shown with; who took it out is recorded."""
    name, text = request.POST.get("list", ""), request.POST.get("query", "")[:2000]
    asked, day = EXPORTS.get(name), business_date.latest()
    if asked is None or day is None:
        return HttpResponseBadRequest()
    if not request.user.has_capability(asked.capability):
        raise PermissionDenied("capability")
    form = asked.form(QueryDict(text)) if asked.form else None
    conditions = form.cleaned_data if form is not None and form.is_valid() else {}
    most, columns = _most(), list(asked.columns)
    lines = list(islice(asked.rows(request.user, conditions, day), most + 1))
    services.record_export(
        list_name=name,
        format=exports.EXCEL,
        rows=min(len(lines), most),
        query=text,
        columns=[column.key for column in columns],
        acting_user=request.user,
    )
    mark = exports.Mark.of(request.user, day=day)
    file = exports.excel_file(str(asked.title), columns, lines, mark=mark, most=most)
    file_name = f"{name}-{day.isoformat()}.xlsx"
    return FileResponse(file, as_attachment=True, filename=file_name, content_type=exports.CONTENT_TYPES[exports.EXCEL])
