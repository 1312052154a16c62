"""Overdue loans: the list, a case with its ladder, recording a contact, written demands and receipts."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from postloan.collections import queries, services, wording
from postloan.collections.forms import ActionForm, CaseQueryForm, ReceiptForm
from postloan.collections.models import DemandNotice, ExpectedDeduction, OverdueCase, OverdueStage, Promise, Way
from postloan.collections.services.actions import guarantees_of
from postloan.collections.services.demands import addressees_of, waiting_of
from postloan.collections.views.words import contact_refused, refused
from postloan.core import business_date
from postloan.core.access import http_methods, requires
from postloan.loans.models import Deduction, Loan, LoanState
from postloan.organization.requests import StaffRequest

PER_PAGE = 50


@requires("collections.view")
@http_methods()
def cases(request: StaffRequest) -> HttpResponse:
    """What is overdue now, the longest first."""
    day = business_date.latest()
    if day is None:
        return render(request, "collections/cases.html", {"day": None})
    form = CaseQueryForm(request.GET)
    data = form.cleaned_data if form.is_valid() else {}
    found = queries.cases(
        user=request.user,
        day=day,
        scale=data.get("scale", ""),
        more_than=int(data["level"]) if data.get("level") else None,
        promise=data.get("promise", ""),
    )
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "day": day,
        "form": form,
        "page": page,
        "rows": queries.case_rows(page, day=day),
        "is_filtered": any(data.values()),
    }
    return render(request, "collections/cases.html", context)


def _case(request: StaffRequest, case_id: int) -> OverdueCase:
    found = OverdueCase.objects.visible_to(request.user).select_related("customer", "loan", "loan__product")
    return get_object_or_404(found, pk=case_id)


@requires("collections.view")
@http_methods()
def case(request: StaffRequest, case_id: int) -> HttpResponse:
    row = _case(request, case_id)
    day = business_date.current()
    stages = list(OverdueStage.objects.standing().filter(case=row).order_by("-raised_on"))
    current = stages[0] if stages and row.closed_on is None else None
    context = {
        "case": row,
        "day": day,
        "days": (day - row.overdue_since).days if row.closed_on is None else None,
        "state": LoanState.objects.now().filter(loan=row.loan_id).first(),
        "stage": current,
        "stages": stages,
        "works": [(wording.WORKS[work.work], work) for work in queries.works_of(current, day=day)],
        "actions": row.loan.collection_actions.select_related("recorded_by", "guarantee", "promise")[:50],
        "promises": row.loan.promises.select_related("action__recorded_by").order_by("-promised_on")[:20],
        "demands": row.demand_notices.select_related("guarantee", "receipt_recorded_by"),
        "unserved": waiting_of(row, since=current.raised_on) if current else [],
        "receipt_form": ReceiptForm(),
        "can_work": request.user.has_capability("collections.work"),
        **queries.may_call_now(),
        "today": queries.calls_today(row.loan),
    }
    return render(request, "collections/case.html", context)


@requires("collections.work")
@http_methods(reads=["GET"], writes=["POST"])
def record(request: StaffRequest, loan_id: int) -> HttpResponse:
    """One contact about a loan: overdue, short for tomorrow, failed today, or a broken promise."""
    loan = get_object_or_404(Loan.objects.visible_to(request.user).select_related("customer"), pk=loan_id)
    about = _about(request, loan)
    way = request.GET.get("way", "")
    form = ActionForm(
        request.POST or None,
        loan=loan,
        guarantees=guarantees_of(loan),
        day=business_date.current(),
        initial={"way": way} if way in Way.values else None,
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.record_action(loan, form.done(), acting_user=request.user, **about)
        except services.ContactRefused as refusal:
            for one in refusal.refusals:
                form.add_error(None, contact_refused(one))
        else:
            messages.success(request, _("Recorded."))
            return _back(loan, about)
    context = {
        "loan": loan,
        "form": form,
        "case": OverdueCase.objects.filter(loan=loan, closed_on=None).first(),
        "state": LoanState.objects.now().filter(loan=loan).first(),
        "day": business_date.current(),
        **about,
        **queries.may_call_now(),
        "today": queries.calls_today(loan),
    }
    return render(request, "collections/record.html", context)


def _about(request: StaffRequest, loan: Loan) -> dict[str, Any]:
    """What the contact is about besides the loan; only what belongs to the loan counts."""

    def one(model: Any, name: str) -> Any:
        value = request.GET.get(name, "")
        return model.objects.filter(loan=loan, pk=int(value)).first() if value.isdigit() and len(value) < 19 else None

    return {
        "deduction": one(ExpectedDeduction, "deduction"),
        "failed": one(Deduction, "failed"),
        "promise": one(Promise, "promise"),
    }


def _back(loan: Loan, about: dict[str, Any]) -> HttpResponse:
    case = OverdueCase.objects.filter(loan=loan).order_by("-opened_on").first()
    if about["deduction"] or about["failed"] or case is None:
        return redirect("collections:deductions")
    return redirect("collections:case", case.pk)


# ── written demands ───────────────────────────────────────────────────────────────────────────────────────


@requires("collections.work")
@http_methods(reads=[], writes=["POST"])
def make_demands(request: StaffRequest, case_id: int) -> HttpResponse:
    row = _case(request, case_id)
    try:
        letters = services.make_demands(row, acting_user=request.user)
    except services.Refused as refusal:
        messages.error(request, refused(str(refusal)))
    else:
        messages.success(
            request, _("%(count)s letters made. Print them and record each receipt.") % {"count": len(letters)}
        )
        for one in addressees_of(row):
            if not one.name:
                messages.warning(request, _unnamed(one.guarantee.guarantee_no))
    return redirect("collections:case", row.pk)


def _unnamed(guarantee_no: str) -> str:
    text = _(
        "No letter was made under guarantee %(number)s: the guarantor's name is not known. Have it delivered by core"
        " banking, then make the letter."
    )
    return text % {"number": guarantee_no}


@requires("collections.view")
@http_methods()
def demand(request: StaffRequest, demand_id: int) -> HttpResponse:
    """The letter, on paper."""
    row = get_object_or_404(
        DemandNotice.objects.visible_to(request.user).select_related("case__loan", "case__customer", "guarantee"),
        pk=demand_id,
    )
    total = row.principal + (row.interest or 0) + (row.penalty or 0)
    return render(request, "collections/demand.html", {"demand": row, "total": total})


@requires("collections.work")
@http_methods(reads=[], writes=["POST"])
def receipt(request: StaffRequest, demand_id: int) -> HttpResponse:
    row = get_object_or_404(DemandNotice.objects.visible_to(request.user), pk=demand_id)
    form = ReceiptForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            services.record_receipt(row, **data, acting_user=request.user)
        except services.Refused as refusal:
            messages.error(request, refused(str(refusal)))
        else:
            messages.success(request, _("Receipt recorded."))
    else:
        messages.error(
            request,
            _("A receipt needs its date, who signed and in which capacity; service without one needs its proof."),
        )
    return redirect("collections:case", row.case_id)
