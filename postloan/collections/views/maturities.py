"""Maturities: the list, a notice with its receipt and follow-ups, the plan and the head's decision."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from postloan.collections import queries, rules, services
from postloan.collections.forms import DecisionForm, FollowUpForm, MaturityQueryForm, PlanForm, SecondOpinionForm
from postloan.collections.models import MaturityNotice, MaturityPlan, PlanState
from postloan.collections.services.plans import EDITABLE
from postloan.collections.services.receipts import may_receive, plan_of
from postloan.collections.services.second_opinions import is_stand_in, stand_in_of
from postloan.collections.views.words import refused
from postloan.collections.workflow import content_hash
from postloan.core import business_date
from postloan.core.access import http_methods, requires
from postloan.loans.models import Loan
from postloan.organization.requests import StaffRequest

PER_PAGE = 50


@requires("collections.view")
@http_methods()
def maturities(request: StaffRequest) -> HttpResponse:
    """What matures next, each item by its tightest notice."""
    day = business_date.latest()
    if day is None:
        return render(request, "collections/maturities.html", {"day": None})
    form = MaturityQueryForm(request.GET)
    data = form.cleaned_data if form.is_valid() else {}
    query = queries.MaturityQuery(
        state=data.get("state", ""),
        within=int(data["within"]) if data.get("within") else None,
        branch=data.get("branch", ""),
        line=data.get("line", ""),
    )
    page = Paginator(queries.maturities(user=request.user, day=day, query=query), PER_PAGE).get_page(
        request.GET.get("page")
    )
    rows = [{"notice": notice, "days": (notice.matures_on - day).days} for notice in page]
    context = {
        "day": day,
        "form": form,
        "page": page,
        "rows": rows,
        "counts": queries.maturity_counts(user=request.user, day=day, query=replace(query, within=None)),
        "hrefs": query.hrefs,
        "is_filtered": any(data.values()),
        "plan_states": dict(PlanState.choices),
    }
    return render(request, "collections/maturities.html", context)


def _notice(request: StaffRequest, notice_id: int) -> MaturityNotice:
    found = MaturityNotice.objects.visible_to(request.user).select_related("customer", "loan", "item")
    return get_object_or_404(found, pk=notice_id)


@requires("collections.view")
@http_methods()
def notice(request: StaffRequest, notice_id: int) -> HttpResponse:
    """One maturity: its notices, plan and follow-ups."""
    row = _notice(request, notice_id)
    day = business_date.current()
    can_work = request.user.has_capability("collections.work") and row.withdrawn_on is None
    context = {
        "notice": row,
        "day": day,
        "days": (row.matures_on - day).days,
        "notices": queries.notices_of(row),
        "plan": plan_of(row),
        "follow_up_form": FollowUpForm(),
        "can_work": can_work,
        "can_receive": can_work and may_receive(row, user=request.user),
    }
    return render(request, "collections/notice.html", context)


@requires("collections.work")
@http_methods(reads=[], writes=["POST"])
def receive(request: StaffRequest, notice_id: int) -> HttpResponse:
    """签收 with a click."""
    row = _notice(request, notice_id)
    try:
        services.receive_notice(row, acting_user=request.user)
    except services.Refused as refusal:
        messages.error(request, refused(str(refusal)))
    else:
        messages.success(request, _("Receipt confirmed."))
    return redirect("collections:notice", row.pk)


@requires("collections.work")
@http_methods(reads=[], writes=["POST"])
def record_follow_up(request: StaffRequest, notice_id: int) -> HttpResponse:
    row = _notice(request, notice_id)
    form = FollowUpForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say what was found."))
        return redirect("collections:notice", row.pk)
    data = form.cleaned_data
    try:
        services.follow_up(
            row,
            is_on_track=data["is_on_track"] == "1",
            funds_ready=data["funds_ready"],
            remark=data["remark"],
            acting_user=request.user,
        )
    except services.Refused as refusal:
        messages.error(request, refused(str(refusal)))
    else:
        messages.success(request, _("Recorded."))
    return redirect("collections:notice", row.pk)


# ── the plan ──────────────────────────────────────────────────────────────────────────────────────────────


@requires("collections.work")
@http_methods(reads=["GET"], writes=["POST"])
def edit_plan(request: StaffRequest, notice_id: int) -> HttpResponse:
    """The form of the arrangement; saving and handing in are two buttons of it."""
    row = _notice(request, notice_id)
    plan = plan_of(row)
    if plan is not None and plan.state not in EDITABLE:
        return redirect("collections:plan", plan.pk)
    due_amount = row.loan.principal_balance if row.loan else row.item.amount  # type: ignore[union-attr]
    form = PlanForm(
        request.POST or None,
        instance=plan,
        matures_on=row.matures_on,
        due_amount=due_amount,
        initial={"version": plan.version if plan else 0, "repay_amount": due_amount, "renew_amount": "0.00"}
        if plan is None
        else {"version": plan.version},
    )
    if request.method == "POST" and form.is_valid():
        saved = _save(request, row, form)
        if saved is not None:
            return redirect("collections:plan", saved.pk)
    context = {"notice": row, "form": form, "plan": plan, "due_amount": due_amount, "limit": _extension_limit(row)}
    return render(request, "collections/plan_form.html", context)


def _extension_limit(row: MaturityNotice) -> Any:
    if row.loan is None:
        return None
    return rules.latest_extension(row.loan.disbursed_on, row.loan.original_matures_on or row.loan.matures_on)


def _save(request: StaffRequest, row: MaturityNotice, form: PlanForm) -> MaturityPlan | None:
    names = ("kind", "repay_amount", "renew_amount", "extend_until", "source", "opinion")
    content = {name: form.cleaned_data[name] for name in names}
    try:
        plan = services.save_plan(row, content, expected_version=form.cleaned_data["version"], acting_user=request.user)
        if "submit" in request.POST:
            plan = services.submit_plan(plan, acting_user=request.user)
    except services.Refused as refusal:
        form.add_error(None, refused(str(refusal)))
        return None
    limit = _extension_limit(row)
    if limit and plan.extend_until and plan.extend_until > limit:
        messages.warning(
            request,
            _("The extension reaches beyond %(day)s, the limit of 《贷款通则》 art. 12.") % {"day": limit},
        )
    done = _("Handed in to the head.") if "submit" in request.POST else _("Draft saved.")
    messages.success(request, done)
    return plan


@requires("collections.view")
@http_methods()
def plan(request: StaffRequest, plan_id: int) -> HttpResponse:
    """What the head decides on; the same for whoever reads it later."""
    row = _plan(request, plan_id)
    return render(request, "collections/plan.html", _plan_context(request, row))


def _plan(request: StaffRequest, plan_id: int) -> MaturityPlan:
    found = MaturityPlan.objects.visible_to(request.user).select_related(
        "customer", "loan", "item", "made_by", "submitted_by", "second_by", "decided_by"
    )
    return get_object_or_404(found, pk=plan_id)


def _plan_context(request: StaffRequest, row: MaturityPlan) -> dict[str, Any]:
    user = request.user
    makers = {row.made_by_id, row.submitted_by_id, row.second_by_id}
    limit = None
    if isinstance(row.subject, Loan) and row.extend_until:
        limit = rules.latest_extension(row.loan.disbursed_on, row.loan.original_matures_on or row.matures_on)  # type: ignore[union-attr]
    is_waiting = row.state == PlanState.SUBMITTED
    notices = MaturityNotice.objects.standing().filter(
        loan_id=row.loan_id, item_id=row.item_id, matures_on=row.matures_on
    )
    return {
        "plan": row,
        "day": business_date.current(),
        "notice": notices.order_by("step_days").first(),
        "seen": content_hash(row),
        "limit": limit,
        "is_beyond_limit": bool(limit and row.extend_until and row.extend_until > limit),
        "may_decide": is_waiting and user.has_capability("collections.confirm_plan") and user.pk not in makers,
        "is_maker": is_waiting and user.has_capability("collections.confirm_plan") and user.pk in makers,
        "may_comment": is_waiting and not row.second_opinion and is_stand_in(row, user) and user.pk != row.made_by_id,
        "may_edit": row.state in EDITABLE and user.has_capability("collections.work"),
        "asks_why": is_waiting and not row.second_opinion and stand_in_of(row) is not None,
        "decision_form": DecisionForm(initial={"seen": content_hash(row)}),
        "second_form": SecondOpinionForm(),
        "is_unchanged": not row.content_hash or row.content_hash == content_hash(row),
    }


@requires("collections.confirm_plan")
@http_methods(reads=[], writes=["POST"])
def decide(request: StaffRequest, plan_id: int) -> HttpResponse:
    row = _plan(request, plan_id)
    form = DecisionForm(request.POST)
    decision = "send_back" if "send_back" in request.POST else "confirm"
    if form.is_valid():
        try:
            services.decide_plan(
                row,
                decision,
                comment=form.cleaned_data["comment"],
                no_opinion=form.cleaned_data["no_opinion"],
                seen_hash=form.cleaned_data["seen"],
                acting_user=request.user,
            )
        except services.Refused as refusal:
            messages.error(request, refused(str(refusal)))
        else:
            done = _("Plan confirmed.") if decision == "confirm" else _("Sent back to the manager.")
            messages.success(request, done)
    return redirect("collections:plan", row.pk)


@requires("collections.work")
@http_methods(reads=[], writes=["POST"])
def comment(request: StaffRequest, plan_id: int) -> HttpResponse:
    """The stand-in's opinion."""
    row = _plan(request, plan_id)
    form = SecondOpinionForm(request.POST)
    if form.is_valid():
        try:
            services.give_second_opinion(row, form.cleaned_data["opinion"], acting_user=request.user)
        except services.Refused as refusal:
            messages.error(request, refused(str(refusal)))
        else:
            messages.success(request, _("Opinion recorded."))
    else:
        messages.error(request, _("Say what you think of the plan, or agree."))
    return redirect("collections:plan", row.pk)
