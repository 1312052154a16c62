"""Next month's maturities by branch, the letter about them, and its receipt."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from postloan.collections import letters
from postloan.collections.models import MaturityList
from postloan.collections.services import receive_list
from postloan.collections.services.maturity_lists import addressees
from postloan.core import business_date
from postloan.core.access import http_methods, requires
from postloan.core.models import Institution
from postloan.organization.requests import StaffRequest

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def _month(request: StaffRequest, day: date) -> tuple[date, date]:
    """The month asked for, as 2026-08; without one, or with what is none, the next one."""
    try:
        return letters.month_of(date.fromisoformat(f"{request.GET.get('month', '')}-01"))
    except ValueError:
        return letters.next_month(day)


@requires("collections.view")
@http_methods()
def monthly(request: StaffRequest) -> HttpResponse:
    """What matures in a month, by branch, with who has received the list."""
    day = business_date.latest()
    if day is None:
        return render(request, "collections/monthly.html", {"day": None})
    first, last = _month(request, day)
    found = letters.letters(letters.lines(user=request.user, first=first, last=last, on=day))
    lists = {
        row.branch_id: row
        for row in MaturityList.objects.visible_to(request.user).filter(month_from=first).select_related("received_by")
    }
    mine = addressees([row for row in lists.values() if row.received_at is None])
    context = {
        "day": day,
        "first": first,
        "last": last,
        "is_next": first > day,
        "letters": [(one, lists.get(one.branch_id)) for one in found],
        "mine": [branch for branch, people in mine.items() if request.user.pk in people],
        "can_make_pdf": letters.can_make_pdf(),
    }
    return render(request, "collections/monthly.html", context)


@requires("collections.confirm_plan")
@http_methods(reads=[], writes=["POST"])
def receive(request: StaffRequest, list_id: int) -> HttpResponse:
    """签收 of a branch's list with a click."""
    row = get_object_or_404(MaturityList.objects.visible_to(request.user), pk=list_id)
    receive_list(row, acting_user=request.user)
    messages.success(request, _("Receipt confirmed."))
    return redirect(f"{reverse('collections:monthly')}?month={row.month_from:%Y-%m}")


@requires("collections.view")
@http_methods()
def letter(request: StaffRequest, branch_id: int, form: str) -> HttpResponse:
    """The letter of one branch as Word or PDF."""
    day = business_date.current()
    first, last = _month(request, day)
    found = letters.letters(letters.lines(user=request.user, first=first, last=last, on=day))
    one = next((letter for letter in found if letter.branch_id == branch_id), None)
    if one is None or (form == "pdf" and not letters.can_make_pdf()):
        raise Http404
    institution = str(Institution.objects.first() or "")
    if form == "docx":
        content, kind = letters.as_word(one, first=first, last=last, day=day, institution=institution), WORD
    else:
        context = {
            "letter": one,
            "day": day,
            "intro": letters.intro(first, last),
            "closing": letters.closing(),
            "institution": institution,
        }
        content, kind = letters.as_pdf(render_to_string("collections/letter_pdf.html", context)), "application/pdf"
    name = f"maturities-{first:%Y-%m}-{branch_id}.{form}"
    return HttpResponse(
        content,
        content_type=kind,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
