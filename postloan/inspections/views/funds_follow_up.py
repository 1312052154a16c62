"""Missing vouchers and demands after the report: a list, a page for each, the letter, where their todos lead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from postloan.core import business_date
from postloan.core.access import http_methods, requires
from postloan.inspections import documents_pdf, forms_funds, funds_letter, report_paper
from postloan.inspections.file_checks import Refusal
from postloan.inspections.models import ApprovalState, FundsDemand, VoucherDebt
from postloan.inspections.queries import funds as queries
from postloan.inspections.services import funds_debts, funds_demands
from postloan.inspections.services.refusals import Refused
from postloan.inspections.views.evidence import answer_file
from postloan.inspections.views.review_words import refused
from postloan.organization.requests import StaffRequest
from postloan.todos.models import Todo

PER_PAGE = 50
VOUCHERS, DEMANDS = "vouchers", "demands"


@requires("inspections.view")
@http_methods()
def owed(request: StaffRequest) -> HttpResponse:
    """Missing vouchers, or demands after misuse, of the customers one sees."""
    day = business_date.latest()
    if day is None:
        return render(request, "inspections/funds/owed.html", {"day": None})
    what = DEMANDS if request.GET.get("what") == DEMANDS else VOUCHERS
    form = forms_funds.FundsQueryForm(request.GET)
    data = form.cleaned_data if form.is_valid() else {}
    read = queries.demands_of if what == DEMANDS else queries.vouchers_of
    page = Paginator(read(request.user, conditions=data, day=day), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "day": day,
        "what": what,
        "form": form,
        "page": page,
        "rows": page.object_list,
        "counts": queries.counts_of(request.user, day=day),
        "is_filtered": any(request.GET.get(name) for name in ("state", "q")),
    }
    return render(request, "inspections/funds/owed.html", context)


# ── a missing voucher ─────────────────────────────────────────────────────────────────────────────────────


def _voucher(request: StaffRequest, debt_id: int) -> VoucherDebt:
    found = queries.owed_vouchers(request.user).select_related(
        "payment__loan", "report__task__customer", "report__main_inspector", "settled_by", "file"
    )
    return get_object_or_404(found, pk=debt_id)


@requires("inspections.view")
@http_methods(writes=("POST",))
def voucher(request: StaffRequest, debt_id: int) -> HttpResponse:
    """One missing voucher: bring it, ask for more time, decide on more time."""
    row = _voucher(request, debt_id)
    error = ""
    if request.method == "POST":
        done, error = _tried(lambda: _act_on_voucher(request, row))
        if done:
            messages.success(request, done)
            return redirect("inspections:voucher", row.pk)
        row.refresh_from_db()
    return render(
        request, "inspections/funds/voucher.html", _voucher_context(request, row, error), status=422 if error else 200
    )


def _tried(act: Callable[[], str]) -> tuple[str, str]:
    """What was done, or the sentence why not."""
    try:
        return act(), ""
    except Refused as refusal:
        return "", refused(str(refusal))
    except Refusal as refusal:
        return "", str(refusal)


def _act_on_voucher(request: StaffRequest, row: VoucherDebt) -> str:
    act, user = request.POST.get("act", ""), request.user
    if act == "bring":
        funds_debts.bring_voucher(row, request.FILES.get("file"), acting_user=user)
        return _("The voucher is there.")
    if act == "ask":
        form = forms_funds.MoreTimeForm(request.POST)
        data = form.cleaned_data if form.is_valid() else {}
        funds_debts.ask_more_time(row, until=data.get("until"), reason=data.get("reason", ""), acting_user=user)
        return _("Asked. Somebody else decides.")
    if act in {"grant", "refuse"}:
        waiting = _waiting(row)
        if waiting is None:
            raise Refused("extension_decided")
        comment = request.POST.get("comment", "")[:1000]
        funds_debts.decide_more_time(waiting, grant=act == "grant", comment=comment, acting_user=user)
        return _("Granted.") if act == "grant" else _("Not granted.")
    raise Refused("act")


def _waiting(row: VoucherDebt) -> Any:
    return row.extensions.filter(state=ApprovalState.SUBMITTED).select_related("asked_by").first()


def _voucher_context(request: StaffRequest, row: VoucherDebt, error: str) -> dict[str, Any]:
    user, day, waiting = request.user, business_date.current(), _waiting(row)
    inspectors = {row.report.main_inspector_id, row.report.second_inspector_id}
    is_open = row.settled_on is None
    return {
        "debt": row,
        "task": row.report.task,
        "late": (day - row.due_on).days if is_open else 0,
        "error": error,
        "waiting": waiting,
        "extensions": row.extensions.select_related("asked_by", "decided_by"),
        "can_bring": is_open and user.has_capability("inspections.write"),
        "can_decide": waiting is not None
        and user.has_capability("inspections.decide_request")
        and user.pk not in {waiting.asked_by_id, *inspectors},
        "bring_form": forms_funds.BringForm(),
        "time_form": forms_funds.MoreTimeForm(request.POST if request.POST.get("act") == "ask" else None),
        "decide_form": forms_funds.DecideMoreTimeForm(),
    }


@requires("inspections.view")
@http_methods()
def voucher_file(request: StaffRequest, debt_id: int) -> HttpResponseBase:
    """The file that was brought: to be kept, never to be shown."""
    row = _voucher(request, debt_id)
    if row.file is None:
        raise Http404
    return answer_file(row.file, content_type="application/octet-stream", name=row.file_name)


# ── a demand ──────────────────────────────────────────────────────────────────────────────────────────────


def _demand(request: StaffRequest, demand_id: int) -> FundsDemand:
    found = FundsDemand.objects.visible_to(request.user).select_related(
        "loan", "report__task__customer__branch", "issued_by"
    )
    return get_object_or_404(found, pk=demand_id)


@requires("inspections.view")
@http_methods(writes=("POST",))
def demand(request: StaffRequest, demand_id: int) -> HttpResponse:
    """One demand: its letter, its delivery, what came of it."""
    row = _demand(request, demand_id)
    error = ""
    if request.method == "POST":
        done, error = _tried(lambda: _act_on_demand(request, row))
        if done:
            messages.success(request, done)
            return redirect("inspections:funds_demand", row.pk)
        row.refresh_from_db()
    day = business_date.current()
    is_open = row.met_on is None and row.not_met_on is None
    act = request.POST.get("act", "")
    context = {
        **funds_letter.context(row),
        "task": row.report.task,
        "late": (day - row.respond_by).days if is_open else 0,
        "is_open": is_open,
        "funds_day": day,
        "error": error,
        "can_act": is_open and request.user.has_capability("inspections.write"),
        "can_make_pdf": documents_pdf.can_make_pdf(),
        "delivery_form": forms_funds.DeliveryForm(
            request.POST if act == "deliver" else None, initial={"delivered_on": day}
        ),
        "outcome_form": forms_funds.OutcomeForm(request.POST if act in {"met", "not_met"} else None),
    }
    return render(request, "inspections/funds/demand.html", context, status=422 if error else 200)


def _act_on_demand(request: StaffRequest, row: FundsDemand) -> str:
    act, user = request.POST.get("act", ""), request.user
    if act == "deliver":
        form = forms_funds.DeliveryForm(request.POST)
        data = form.cleaned_data if form.is_valid() else {}
        funds_demands.record_delivery(
            row, delivered_on=data.get("delivered_on"), to=data.get("to", ""), acting_user=user
        )
        return _("Delivery recorded.")
    if act in {"met", "not_met"}:
        result = request.POST.get("result", "")[:2000]
        funds_demands.record_outcome(row, is_met=act == "met", result=result, acting_user=user)
        return _("Recorded.")
    raise Refused("act")


@requires("inspections.view")
@http_methods()
def demand_pdf(request: StaffRequest, demand_id: int) -> HttpResponse:
    row = _demand(request, demand_id)
    if not documents_pdf.can_make_pdf():
        raise Http404
    return _file(funds_letter.as_pdf(row), "application/pdf", f"{row.demand_no}.pdf")


@requires("inspections.view")
@http_methods()
def demand_word(request: StaffRequest, demand_id: int) -> HttpResponse:
    row = _demand(request, demand_id)
    return _file(funds_letter.as_word(row), report_paper.WORD, f"{row.demand_no}.docx")


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


# ── where a press on a todo leads ─────────────────────────────────────────────────────────────────────────


def _subject(request: StaffRequest, todo_id: int, kind: str) -> int:
    todo = get_object_or_404(Todo.objects.visible_to(request.user), pk=todo_id)
    if todo.subject_kind != kind:
        raise Http404
    return todo.subject_id


@requires("inspections.view")
@http_methods()
def do_voucher(request: StaffRequest, todo_id: int) -> HttpResponse:
    return redirect("inspections:voucher", _subject(request, todo_id, funds_debts.SUBJECT))


@requires("inspections.decide_request")
@http_methods()
def decide_more_time_todo(request: StaffRequest, todo_id: int) -> HttpResponse:
    return redirect("inspections:voucher", _subject(request, todo_id, funds_debts.SUBJECT))


@requires("inspections.view")
@http_methods()
def do_funds_demand(request: StaffRequest, todo_id: int) -> HttpResponse:
    return redirect("inspections:funds_demand", _subject(request, todo_id, funds_demands.SUBJECT))
