"""A report: begun, filled in, saved bit by bit."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from postloan.core import business_date
from postloan.core.access import http_methods, requires
from postloan.inspections import conditions_form, funds_form, report_form, report_pages, sales_pages
from postloan.inspections import questions as schema
from postloan.inspections.answer_words import words
from postloan.inspections.models import InspectionTask, Report, TemplateVersion
from postloan.inspections.services import on_site, reports
from postloan.inspections.services.kept_answers import staff_numbers
from postloan.inspections.services.refusals import Refused
from postloan.inspections.views import form_words, funds_pages, json_bodies
from postloan.organization.models import Staff
from postloan.organization.requests import StaffRequest

STATE_CODES = ("todo", "doing", "done", "err", "na")


def report_of(request: StaffRequest, report_id: int) -> Report:
    found = Report.objects.visible_to(request.user).select_related(
        "task__customer__branch", "task__visit", "template_version__template", "main_inspector", "second_inspector"
    )
    return get_object_or_404(found, pk=report_id)


@requires("inspections.write")
@http_methods(reads=(), writes=("POST",))
def begin(request: StaffRequest, task_id: int) -> HttpResponse:
    task = get_object_or_404(InspectionTask.objects.visible_to(request.user), pk=task_id)
    try:
        report = reports.begin_report(task, acting_user=request.user)
    except Refused as refusal:
        messages.error(request, form_words.refused(str(refusal)))
        return redirect(request.headers.get("Referer") or "reporting:home")
    return redirect("inspections:report", report.pk)


@requires("inspections.view")
@http_methods()
def report(request: StaffRequest, report_id: int) -> HttpResponse:
    """The form: to be written by its inspectors, to be read by whoever sees the customer."""
    row = report_of(request, report_id)
    form = report_form.form_of(row)
    states = form.states()
    can_write = reports.may_write(row, request.user) and row.state in reports.WRITABLE
    shown = report_pages.sections(form, states)
    funds, conditions = funds_form.funds_of(row), conditions_form.conditions_of(row)
    context = {
        "report": row,
        "task": row.task,
        "visit": row.task.visit if can_write else row.visit_shown,
        "template_name": template_name(row.template_version),
        "is_late": row.task.due_on < business_date.current(),
        "together": _together(row),
        "sections": shown,
        "open_sections": report_pages.opened(shown),
        "state_codes": STATE_CODES,
        "totals": conditions_form.counted(funds_form.counted(report_form.totals(form, states), funds), conditions),
        "conditions": conditions,
        "sales": sales_pages.of_report(row),
        **funds_pages.in_form(funds),
        "funds_before": funds_form.section_after(form.content),
        "score": form.score(),
        "can_write": can_write,
        "confirmation": on_site.standing_confirmation(row),
        "second_choices": second_choices(row) if can_write else [],
        "owners": owners(row) if staff_numbers(form.content) else [],
        "spec": {**report_pages.spec(form), **_addresses(row), "version": row.version, "texts": _texts()},
        "preview": _address("inspections:preview", row.pk),
    }
    return render(request, "inspections/report.html", context)


def template_name(version: TemplateVersion) -> str:
    template = version.template
    return schema.said({"name_zh": template.name_zh, "name_en": template.name_en}, "name")


def _together(row: Report) -> list[InspectionTask]:
    """The other inspections of the same visit that are still to be written."""
    visit = row.task.visit
    return [] if visit is None else list(visit.tasks.to_do().exclude(pk=row.task_id))


def _address(name: str, pk: int) -> str:
    """A page that may not be there yet."""
    try:
        return reverse(name, args=[pk])
    except NoReverseMatch:
        return ""


def _addresses(row: Report) -> dict[str, Any]:
    return {
        "report": row.pk,
        "save": reverse("inspections:save", args=[row.pk]),
        "section": reverse("inspections:mark_section", args=[row.pk]),
        "uploads": reverse("inspections:start_upload", args=[row.pk]),
        "login": reverse("organization:login"),
        "alive": reverse("core:livez"),
    }


def _texts() -> dict[str, str]:
    return {
        "saved": _("Saved"),
        "saving": _("Saving"),
        "waiting": _("Not saved yet"),
        "offline": _("No connection: kept on this device, sent when it is back"),
        "failed": _("Could not be saved: kept on this device, tried again"),
        "ended": _("Log-in expired: enter your password to go on"),
        "version": _("version %s"),
        "mine": _("Mine"),
        "theirs": _("Theirs"),
        "keep_mine": _("Keep mine"),
        "take_theirs": _("Take theirs"),
        "meanwhile": _("Changed meanwhile by %(who)s, %(at)s. Both are here; choose one."),
        "restored": _("What was typed on this device and not saved yet is back."),
        "uploading": _("uploading %s"),
        "broken": _("interrupted, goes on by itself"),
        "empty": _("nothing"),
        "remove": _("Remove the row"),
        "wrong_password": _("Wrong password."),
    }


def second_choices(row: Report) -> list[Staff]:
    """Who could inspect with the main inspector: those of the customer's branch whose post inspects."""
    found = Staff.objects.filter(is_active=True, posts__branch=row.task.customer.branch, posts__valid_to=None).exclude(
        pk=row.main_inspector_id
    )
    return [one for one in found.distinct().order_by("staff_no")[:60] if one.has_capability("inspections.write")]


def owners(row: Report) -> list[Staff]:
    """Who can be given a measure: the inspectors and the people of the customer's branch."""
    found = Staff.objects.filter(is_active=True, posts__branch=row.task.customer.branch, posts__valid_to=None)
    chosen = {one.pk: one for one in [row.main_inspector, row.second_inspector, *found.distinct()[:80]] if one}
    return sorted(chosen.values(), key=lambda one: one.staff_no)


@requires("inspections.write")
@http_methods(reads=(), writes=("POST",))
@json_bodies.answered
def save(request: StaffRequest, report_id: int) -> HttpResponse:
    """Saves answers; tells what was saved, what somebody else changed meanwhile, and how the report stands now."""
    row = report_of(request, report_id)
    changes = [_change(one) for one in _listed(json_bodies.read(request), "changes")]
    saved = reports.save_answers(row, changes, acting_user=request.user)
    row.refresh_from_db()
    asked = {q["code"]: q for s in row.template_version.content["sections"] for q in s["questions"]}
    conflicts = [_conflict(one, asked[one.question]) for one in saved.conflicts]
    return JsonResponse({"saved": saved.answers, "refused": saved.refused, "conflicts": conflicts, **standing(row)})


def _listed(body: dict[str, Any], name: str) -> list[Any]:
    value = body.get(name, [])
    if not isinstance(value, list):
        raise json_bodies.Unreadable
    return value


def _change(one: Any) -> reports.Change:
    if not isinstance(one, dict):
        raise json_bodies.Unreadable
    return reports.Change(
        question=json_bodies.text(one, "question", 80),
        base=json_bodies.whole(one, "base"),
        tab=json_bodies.text(one, "tab", 40),
        value=one.get("value"),
        explanation=json_bodies.text(one, "explanation"),
        remark=json_bodies.text(one, "remark"),
    )


def _conflict(conflict: reports.Conflict, question: dict[str, Any]) -> dict[str, Any]:
    row = conflict.row
    return {
        "question": conflict.question,
        "value": row.value,
        "explanation": row.explanation,
        "remark": row.remark,
        "version": row.version,
        "shown": words(question, row.value),
        "who": row.edited_by.name if row.edited_by else "",
        "at": timezone.localtime(row.edited_at).strftime("%H:%M:%S") if row.edited_at else "",
    }


def standing(row: Report) -> dict[str, Any]:
    """How a report stands: its version, its sections' states, what is wrong, what is missing."""
    form = report_form.form_of(row)
    states = form.states()
    funds, conditions = funds_form.funds_of(row), conditions_form.conditions_of(row)
    sums = conditions_form.counted(funds_form.counted(report_form.totals(form, states), funds), conditions)
    score = form.score()
    return {
        "version": row.version,
        "at": time_format(timezone.localtime(timezone.now()), "H:i:s"),
        "sections": {
            **{one.code: {"state": one.state, "missing": one.missing, "wrong": len(one.wrong)} for one in states},
            conditions_form.SECTION: conditions_form.standing(conditions),
            funds_form.QUESTION: {"state": funds.state, "missing": len(funds.problems), "wrong": 0},
        },
        "problems": {problem.question: problem.text for state in states for problem in state.wrong},
        "totals": {"done": sums.done, "sections": sums.sections, "wrong": sums.wrong, "missing": sums.missing},
        "score": {"points": score[0], "tone": score[1]["tone"]} if score else None,
    }


@requires("inspections.write")
@http_methods(reads=(), writes=("POST",))
@json_bodies.answered
def mark_section(request: StaffRequest, report_id: int) -> HttpResponse:
    row = report_of(request, report_id)
    body = json_bodies.read(request)
    section, because = json_bodies.text(body, "section", 80), json_bodies.text(body, "because", 400)
    reports.mark_section(row, section, because, acting_user=request.user)
    row.refresh_from_db()
    return JsonResponse({"because": because, **standing(row)})


@requires("inspections.write")
@http_methods(reads=(), writes=("POST",))
def name_second(request: StaffRequest, report_id: int) -> HttpResponse:
    row = report_of(request, report_id)
    number = request.POST.get("staff", "")
    person = next((one for one in second_choices(row) if one.staff_no == number), None)
    if row.main_inspector_id != request.user.pk:
        raise PermissionDenied("the main inspector names the second one")
    if person is None:
        messages.error(request, _("Choose a person from the list. Nothing was changed."))
        return redirect("inspections:report", row.pk)
    try:
        reports.name_second(row, person, acting_user=request.user)
    except Refused as refusal:
        messages.error(request, form_words.refused(str(refusal)))
    else:
        messages.success(request, _("%(name)s is the second inspector.") % {"name": person.name})
    return redirect("inspections:report", row.pk)
