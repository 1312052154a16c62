"""The editor of a draft: sections and questions are added, changed, moved and taken out one by one."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from postloan.core.access import http_methods, requires
from postloan.inspections import questions as schema
from postloan.inspections.forms_templates import QuestionForm, SectionForm
from postloan.inspections.models import ApprovalState, TemplateVersion
from postloan.inspections.services import templates as services
from postloan.inspections.services.refusals import Refused
from postloan.inspections.views import form_words
from postloan.inspections.views.templates import EDIT, for_whole_bank, version_of
from postloan.organization.requests import StaffRequest

NEW = "new"
Content = dict[str, Any]


def _draft(request: StaffRequest, version_id: int) -> TemplateVersion:
    for_whole_bank(request, EDIT)
    version = version_of(version_id)
    if version.state != ApprovalState.DRAFT:
        raise Http404
    return version


def _save(request: StaffRequest, version: TemplateVersion, content: Content, seen_edit: int) -> bool:
    try:
        services.edit_version(version, content, seen_edit=seen_edit, acting_user=request.user)
    except Refused as refusal:
        messages.error(request, form_words.refused(str(refusal)))
        return False
    return True


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


@requires(EDIT)
@http_methods(reads=("GET",), writes=("POST",))
def section(request: StaffRequest, version_id: int, code: str) -> HttpResponse:
    """One section; `new` for one more at the end."""
    version = _draft(request, version_id)
    content = copy.deepcopy(version.content)
    there = next((s for s in content["sections"] if s["code"] == code), None)
    if there is None and code != NEW:
        raise Http404
    former = there or {"questions": []}
    initial = {**SectionForm.initial_of(former), "edit_no": version.edit_no}
    form = SectionForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        made = form.made(former)
        if there is None:
            content["sections"].append(made)
        else:
            content["sections"][content["sections"].index(there)] = made
        if _kept(request, version, content, form, made["code"]):
            return redirect("inspections:template_version", version.pk)
    return render(request, "inspections/template_part.html", {"version": version, "form": form, "part": "section"})


@requires(EDIT)
@http_methods(reads=("GET",), writes=("POST",))
def question(request: StaffRequest, version_id: int, code: str) -> HttpResponse:
    """One question; `new` with `?section=` for one more at the end of a section."""
    version = _draft(request, version_id)
    content = copy.deepcopy(version.content)
    home, place = _find(content, code, request.GET.get("section", ""))
    former = home["questions"][place] if place is not None else {}
    initial = {**QuestionForm.initial_of(former), "edit_no": version.edit_no}
    form = QuestionForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        made = form.made(former)
        if place is None:
            home["questions"].append(made)
        else:
            home["questions"][place] = made
        if _kept(request, version, content, form, made["code"]):
            return redirect("inspections:template_version", version.pk)
    context = {"version": version, "form": form, "part": "question", "types": list(schema.TYPES)}
    return render(request, "inspections/template_part.html", context)


def _find(content: Content, code: str, section_code: str) -> tuple[dict[str, Any], int | None]:
    for one in content["sections"]:
        if code == NEW and one["code"] == section_code:
            return one, None
        for place, asked in enumerate(one["questions"]):
            if asked["code"] == code:
                return one, place
    raise Http404


def _kept(request: StaffRequest, version: TemplateVersion, content: Content, form: Any, code: str) -> bool:
    """Saved unless what was changed is itself at fault; faults elsewhere are shown on the version's page."""
    mine = [fault for fault in services.faults(content) if fault.where == code]
    for fault in mine:
        form.add_error(None, fault.text)
    return not mine and _save(request, version, content, form.cleaned_data["edit_no"])


@requires(EDIT)
@http_methods(reads=(), writes=("POST",))
def order(request: StaffRequest, version_id: int) -> HttpResponse:
    """Moves a section or question up or down, a question into another section, or takes one out."""
    version = _draft(request, version_id)
    content = copy.deepcopy(version.content)
    act = ACTS.get(request.POST.get("act", ""))
    if act is None or not act(content, request.POST.get("code", ""), request.POST.get("to", "")):
        messages.error(request, _("This section or question is no longer there. Nothing was changed."))
    elif _save(request, version, content, _whole(request.POST.get("edit_no", ""))):
        messages.success(request, _("Saved."))
    return redirect("inspections:template_version", version.pk)


def _lists(content: Content) -> list[list[dict[str, Any]]]:
    return [content["sections"], *(one["questions"] for one in content["sections"])]


def _shift(content: Content, code: str, step: int) -> bool:
    for things in _lists(content):
        place = next((n for n, thing in enumerate(things) if thing["code"] == code), None)
        if place is not None:
            to = place + step
            if 0 <= to < len(things):
                things[place], things[to] = things[to], things[place]
            return True
    return False


def _remove(content: Content, code: str, _to: str) -> bool:
    for things in _lists(content):
        for thing in things:
            if thing["code"] == code:
                things.remove(thing)
                return True
    return False


def _move(content: Content, code: str, to: str) -> bool:
    target = next((one for one in content["sections"] if one["code"] == to), None)
    for one in content["sections"]:
        for asked in one["questions"]:
            if asked["code"] == code and target is not None:
                one["questions"].remove(asked)
                target["questions"].append(asked)
                return True
    return False


ACTS: dict[str, Callable[[Content, str, str], bool]] = {
    "up": lambda content, code, _to: _shift(content, code, -1),
    "down": lambda content, code, _to: _shift(content, code, 1),
    "remove": _remove,
    "move": _move,
}
