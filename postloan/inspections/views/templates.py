"""Templates: the list, a template's versions, a version with its differences, preview and decision."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from postloan.core import business_date
from postloan.core.access import http_methods, requires
from postloan.inspections import questions as schema
from postloan.inspections import report_form, report_pages, template_diff
from postloan.inspections.forms_templates import DecisionForm, HandInForm
from postloan.inspections.models import ApprovalState, InspectionKind, ReportTemplate, TemplateVersion
from postloan.inspections.services import templates as services
from postloan.inspections.services.refusals import Refused
from postloan.inspections.views import form_words
from postloan.inspections.views.reports import STATE_CODES, template_name
from postloan.organization.models import Line
from postloan.organization.requests import StaffRequest

EDIT, DECIDE = "inspections.edit_templates", "inspections.approve_templates"


def for_whole_bank(request: StaffRequest, capability: str) -> None:
    """Templates hold for everybody: only a post that sees the whole bank changes or decides on them."""
    if not request.user.rights.with_capability(capability).sees_everything:
        raise PermissionDenied(capability)


def version_of(version_id: int) -> TemplateVersion:
    return get_object_or_404(TemplateVersion.objects.select_related("template", "made_by", "decided_by"), pk=version_id)


def in_force(template: ReportTemplate) -> TemplateVersion | None:
    return services.version_in_force(template, business_date.latest() or business_date.calendar_today())


def fits_words(template: ReportTemplate) -> str:
    """For which inspections and lines a template is taken."""
    kinds = [InspectionKind(kind).label for kind in template.fits.get("kinds", [])]
    lines = [Line(line).label for line in template.fits.get("lines", [])]
    return " · ".join(_(", ").join(str(label) for label in labels) for labels in (kinds, lines) if labels)


@requires(EDIT)
@http_methods()
def templates(request: StaffRequest) -> HttpResponse:
    rows = []
    for template in ReportTemplate.objects.prefetch_related("versions"):
        versions = list(template.versions.all())
        now = in_force(template)
        working = [v for v in versions if v.state in {ApprovalState.DRAFT, ApprovalState.SUBMITTED}]
        rows.append(
            {
                "template": template,
                "name": schema.said({"name_zh": template.name_zh, "name_en": template.name_en}, "name"),
                "fits": fits_words(template),
                "now": now,
                "questions": sum(1 for _q in schema.questions(now.content)) if now else 0,
                "open": working[0] if working else None,
            }
        )
    return render(request, "inspections/templates.html", {"rows": rows})


@requires(EDIT)
@http_methods()
def template(request: StaffRequest, code: str) -> HttpResponse:
    row = get_object_or_404(ReportTemplate, code=code)
    versions = row.versions.select_related("made_by", "decided_by").order_by("-version")
    context = {
        "template": row,
        "name": schema.said({"name_zh": row.name_zh, "name_en": row.name_en}, "name"),
        "fits": fits_words(row),
        "versions": versions,
        "now": in_force(row),
        "has_open": any(v.state in {ApprovalState.DRAFT, ApprovalState.SUBMITTED} for v in versions),
    }
    return render(request, "inspections/template.html", context)


@requires(EDIT)
@http_methods(reads=(), writes=("POST",))
def start(request: StaffRequest, code: str) -> HttpResponse:
    for_whole_bank(request, EDIT)
    row = get_object_or_404(ReportTemplate, code=code)
    try:
        version = services.start_version(row, acting_user=request.user)
    except Refused as refusal:
        messages.error(request, form_words.refused(str(refusal)))
        return redirect("inspections:template", row.code)
    return redirect("inspections:template_version", version.pk)


@requires(EDIT)
@http_methods(reads=("GET",), writes=("POST",))
def version(request: StaffRequest, version_id: int) -> HttpResponse:
    """A version with its sections and questions; handed in or withdrawn here."""
    row = version_of(version_id)
    form = HandInForm(request.POST if "submit" in request.POST else None)
    if request.method == "POST":
        for_whole_bank(request, EDIT)
        if "withdraw" in request.POST or form.is_valid():
            return _moved(request, row, form)
    maker = request.user.pk in services.authors(row)
    context = {
        "version": row,
        "template": row.template,
        "name": template_name(row),
        "sections": _outline(row.content),
        "faults": services.faults(row.content),
        "form": form,
        "decision": DecisionForm(initial={"seen": row.content_hash}),
        "can_edit": row.state == ApprovalState.DRAFT and request.user.rights.with_capability(EDIT).sees_everything,
        "can_decide": row.state == ApprovalState.SUBMITTED
        and not maker
        and request.user.rights.with_capability(DECIDE).sees_everything,
        "is_maker": maker,
        "now": in_force(row.template),
    }
    return render(request, "inspections/template_version.html", context)


def _moved(request: StaffRequest, row: TemplateVersion, form: HandInForm) -> HttpResponse:
    try:
        if "withdraw" in request.POST:
            services.withdraw_version(row, acting_user=request.user)
            messages.success(request, _("Withdrawn."))
        else:
            day = form.cleaned_data["valid_from"]
            services.submit_version(row, valid_from=day, acting_user=request.user)
            messages.success(request, _("Handed in. Somebody else decides on it."))
    except Refused as refusal:
        messages.error(request, form_words.refused(str(refusal)))
    return redirect("inspections:template_version", row.pk)


def _outline(content: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "code": section["code"],
            "title": schema.said(section, "title"),
            "has_condition": bool(section.get("when")),
            "may_not_apply": bool(section.get("may_not_apply")),
            "questions": [
                {
                    "code": question["code"],
                    "label": schema.said(question),
                    "type": schema.TYPES[question["type"]],
                    "required": question.get("required", ""),
                    "has_condition": bool(question.get("when")),
                    "is_filled": bool(question.get("prefill")),
                    "is_risky": bool(schema.risky_answers(question)),
                    "points": question.get("points"),
                }
                for question in section["questions"]
            ],
        }
        for section in schema.sections(content)
    ]


@requires(EDIT)
@http_methods()
def preview(request: StaffRequest, version_id: int) -> HttpResponse:
    """The form as an inspector sees it, empty and not to be saved."""
    row = version_of(version_id)
    facts = {"task.place": "on_site", "loan.currency": "CNY", "customer.is_manufacturer": True}
    facts.update({"customer.has_collateral": True, "customer.has_guarantors": True})
    form = report_form.Form(row.content, report_form.known(facts))
    states = form.states()
    context = {
        "version": row,
        "name": template_name(row),
        "sections": report_pages.sections(form, states),
        "totals": report_form.totals(form, states),
        "spec": report_pages.spec(form),
        "state_codes": STATE_CODES,
        "open_sections": [section["code"] for section in schema.sections(row.content)],
        "can_write": True,
    }
    return render(request, "inspections/template_preview.html", context)


@requires(EDIT)
@http_methods()
def differences(request: StaffRequest, version_id: int) -> HttpResponse:
    """What a version changes against the one in force, or an old one against the one after it."""
    row = version_of(version_id)
    former = row.template.versions.filter(state=ApprovalState.APPROVED, version__lt=row.version)
    before = former.order_by("-version").first()
    found = template_diff.differences(before.content if before else {}, row.content)
    return render(request, "inspections/template_diff.html", {"version": row, "before": before, "found": found})


@requires(DECIDE)
@http_methods(reads=(), writes=("POST",))
def decide(request: StaffRequest, version_id: int) -> HttpResponse:
    for_whole_bank(request, DECIDE)
    row = version_of(version_id)
    form = DecisionForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            services.decide_version(
                row,
                approve="approve" in request.POST,
                comment=data["comment"],
                seen_hash=data["seen"],
                acting_user=request.user,
            )
        except Refused as refusal:
            messages.error(request, form_words.refused(str(refusal)))
        else:
            messages.success(request, _("Decided."))
    return redirect("inspections:template_version", row.pk)
