"""Hand-overs: the list, preparing one with a dry run, the three signatures, refusing and taking back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from postloan.core import business_date
from postloan.core.access import http_methods, requires
from postloan.handovers import documents, listing, queries, services
from postloan.handovers.forms import HandoverFilterForm, PrepareForm, ReasonForm, SignForm
from postloan.handovers.listing import Parties
from postloan.handovers.models import Handover
from postloan.handovers.services import signing
from postloan.organization.models import Staff
from postloan.organization.requests import StaffRequest

VIEW = "handovers.view"
PREPARE = "handovers.prepare"
PAGE_SIZE = 30


@requires(VIEW)
@http_methods()
def handovers(request: StaffRequest) -> HttpResponse:
    form = HandoverFilterForm(request.GET)
    visible = Handover.objects.visible_to(request.user)
    found = form.narrow(visible.select_related("giver", "receiver", "witness"))
    context = {
        "form": form,
        "page": Paginator(found, PAGE_SIZE).get_page(request.GET.get("page")),
        "to_sign": queries.to_sign(request.user),
        "may_prepare": request.user.has_capability(PREPARE),
        "is_filtered": any(request.GET.get(name) for name in form.fields),
    }
    return render(request, "handovers/handovers.html", context)


@requires(PREPARE)
@http_methods(reads=["GET"], writes=["POST"])
def prepare(request: StaffRequest) -> HttpResponse:
    """First the people and the day, then the dry run with the list, then the list is fixed for signing."""
    first = _first_day()
    data = request.POST if request.method == "POST" else None
    form = PrepareForm(data, user=request.user, first=first, initial={"giver": request.GET.get("giver", "")})
    context: dict[str, Any] = {"form": form, "step": "fill"}
    if request.method == "POST" and form.is_valid():
        plan = form.plan(_chosen(request, form.cleaned_data["giver"]))
        try:
            signing.check_people(plan, request.user)
            signing.check_day(plan.effective_on)
            if request.POST.get("step") == "prepare":
                handover = services.prepare_handover(plan, acting_user=request.user)
                messages.success(request, _("The list is fixed. Now the three sign it."))
                return redirect("handovers:handover", handover.pk)
        except services.Refused as refusal:
            form.add_error(None, str(refusal))
        context |= _dry_run(request, plan)
    return render(request, "handovers/prepare.html", context)


def _first_day() -> date:
    closed = business_date.last_closed()
    return closed + timedelta(days=1) if closed else business_date.calendar_today()


def _chosen(request: StaffRequest, giver: Staff) -> list[int] | None:
    """The customers that stay ticked; None is the whole book, also where the list on the page was of somebody else."""
    if request.POST.get("listed_for") != str(giver.pk):
        return None
    shown = {int(pk) for pk in request.POST.getlist("shown") if pk.isdigit()}
    ticked = {int(pk) for pk in request.POST.getlist("customer") if pk.isdigit()}
    return None if shown == ticked else sorted(ticked & shown)


def _dry_run(request: StaffRequest, plan: signing.Plan) -> dict[str, Any]:
    items, verdict = signing.look_at(plan)
    whole = listing.collect(plan.giver)
    chosen = set(plan.customers) if plan.customers is not None else None
    held = {item.customer_id: item.customer for item in whole if item.kind in {"customer", "own_loan"}}
    return {
        "step": "check",
        "plan": plan,
        "content": queries.content(items, user=request.user),
        "held": [(customer, chosen is None or pk in chosen) for pk, customer in held.items()],
        "problems": queries.sentences(verdict.problems),
        "notes": queries.sentences(verdict.notes),
        "is_clear": verdict.is_clear,
    }


def load(request: StaffRequest, handover_id: int) -> Handover:
    visible = Handover.objects.visible_to(request.user)
    people = ("giver__branch", "receiver__branch", "witness__branch", "prepared_by", "giver_signed_by", "ended_by")
    return get_object_or_404(visible.select_related(*people), pk=handover_id)


@requires(VIEW)
@http_methods()
def handover(request: StaffRequest, handover_id: int) -> HttpResponse:
    return _page(request, load(request, handover_id))


def _page(
    request: StaffRequest, handover: Handover, *, sign: SignForm | None = None, end: ReasonForm | None = None,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    items = queries.items_of(handover)
    part = signing.part_of(handover, request.user)
    problems, notes = handover.problems, []
    if handover.is_open and not problems:
        parties = Parties(handover.giver, handover.receiver, handover.witness)
        verdict = listing.judged(parties, items, effective_on=handover.effective_on, but=handover.pk)
        problems, notes = verdict.problems, verdict.notes
    is_party = request.user.pk in {handover.giver_id, handover.receiver_id, handover.witness_id}
    context = {
        "handover": handover,
        "content": queries.content(items, user=request.user),
        "signatures": queries.signatures(handover, documents.labels()),
        "problems": queries.sentences(problems),
        "notes": queries.sentences(notes),
        "is_unchanged": listing.content_hash(handover, items) == handover.content_hash,
        "part": part,
        "sign_form": sign or SignForm(initial={"seen": handover.content_hash}),
        "end_form": end or ReasonForm(),
        "may_refuse": is_party and handover.is_open,
        "may_withdraw": signing.may_withdraw(handover, request.user),
        "events": queries.events_of(handover),
        "can_make_pdf": documents.can_make_pdf(),
    }
    return render(request, "handovers/handover.html", context, status=status)


@requires(VIEW)
@http_methods(reads=[], writes=["POST"])
def sign(request: StaffRequest, handover_id: int) -> HttpResponse:
    found = load(request, handover_id)
    form = SignForm(request.POST)
    if form.is_valid():
        try:
            services.sign_handover(found, seen_hash=form.cleaned_data["seen"], acting_user=request.user)
        except services.Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("You have signed."))
            return redirect("handovers:handover", found.pk)
    return _page(request, found, sign=form, status=422)


ENDINGS: dict[str, Callable[..., Handover]] = {
    "refuse": services.refuse_handover,
    "withdraw": services.withdraw_handover,
}


@requires(VIEW)
@http_methods(reads=[], writes=["POST"])
def end(request: StaffRequest, handover_id: int, ending: str) -> HttpResponse:
    """Refused by one of the three, or taken back by a head; both say why."""
    found = load(request, handover_id)
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            ENDINGS[ending](found, **form.cleaned_data, acting_user=request.user)
        except services.Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            said = {"refuse": _("The hand-over is refused."), "withdraw": _("The hand-over is withdrawn.")}
            messages.success(request, said[ending])
            return redirect("handovers:handover", found.pk)
    return _page(request, found, end=form, status=422)
