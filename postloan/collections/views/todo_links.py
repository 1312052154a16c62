"""Where a press on a todo leads. Each address of a kind takes the todo's id and goes to the page that does it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from postloan.collections import services
from postloan.collections.models import ActionRecord, MaturityNotice, MaturityPlan, OverdueCase, Way
from postloan.core.access import http_methods, requires
from postloan.customers import personal_data
from postloan.organization.requests import StaffRequest
from postloan.organization.sessions import address_of
from postloan.todos.kinds import TodoKind
from postloan.todos.models import Todo

BY_LETTER = frozenset({TodoKind.OVERDUE_NOTICE, TodoKind.OVERDUE_LETTER, TodoKind.OVERDUE_GUARANTOR_CLAIM})
WAY_OF_KIND: dict[str, str] = {
    TodoKind.OVERDUE_VISIT: Way.VISIT.value,
    TodoKind.OVERDUE_LAWYER_LETTER: Way.LAWYER_LETTER.value,
    TodoKind.OVERDUE_SUIT: Way.SUIT.value,
}


def _todo(request: StaffRequest, todo_id: int) -> Todo:
    return get_object_or_404(Todo.objects.visible_to(request.user), pk=todo_id)


def _of_item(model, todo: Todo):
    name = "loan" if todo.subject_kind == "loan" else "item"
    found = model.objects.filter(**{f"{name}_id": todo.subject_id}, matures_on=todo.occurrence[:10])
    row = found.order_by("-pk").first()
    if row is None:
        raise Http404
    return row


def _notice_of(todo: Todo) -> MaturityNotice:
    stated = todo.arguments.get("notice")
    if stated:
        return get_object_or_404(MaturityNotice, pk=stated)
    name = "loan_id" if todo.subject_kind == "loan" else "item_id"
    found = MaturityNotice.objects.standing().filter(**{name: todo.subject_id}, matures_on=todo.occurrence[:10])
    row = found.order_by("step_days").first()
    if row is None:
        raise Http404
    return row


@requires("collections.view")
@http_methods()
def receive_notice(request: StaffRequest, todo_id: int) -> HttpResponse:
    return redirect("collections:notice", _notice_of(_todo(request, todo_id)).pk)


@requires("collections.work")
@http_methods()
def make_plan(request: StaffRequest, todo_id: int) -> HttpResponse:
    return redirect("collections:edit_plan", _notice_of(_todo(request, todo_id)).pk)


@requires("collections.view")
@http_methods()
def confirm_plan(request: StaffRequest, todo_id: int) -> HttpResponse:
    todo = _todo(request, todo_id)
    stated = todo.arguments.get("plan")
    plan = get_object_or_404(MaturityPlan, pk=stated) if stated else _of_item(MaturityPlan, todo)
    return redirect("collections:plan", plan.pk)


@requires("collections.work")
@http_methods()
def give_opinion(request: StaffRequest, todo_id: int) -> HttpResponse:
    todo = _todo(request, todo_id)
    plan = get_object_or_404(MaturityPlan, pk=todo.arguments.get("plan"))
    return redirect(reverse("collections:plan", args=[plan.pk]) + "#opinion")


@requires("collections.work")
@http_methods()
def follow_up(request: StaffRequest, todo_id: int) -> HttpResponse:
    return redirect(reverse("collections:notice", args=[_notice_of(_todo(request, todo_id)).pk]) + "#follow-up")


@requires("collections.work")
@http_methods()
def record_action(request: StaffRequest, todo_id: int) -> HttpResponse:
    """An overdue stage leads to its form; where letters are asked, to the case, which makes them."""
    todo = _todo(request, todo_id)
    if todo.subject_kind == "overdue_case" and todo.kind in BY_LETTER:
        return redirect("collections:case", get_object_or_404(OverdueCase, pk=todo.subject_id).pk)
    promise = todo.subject_id if todo.subject_kind == "promise" else None
    return redirect(_record_address(todo, promise=promise, way=WAY_OF_KIND.get(todo.kind)))


@requires("collections.work")
@http_methods()
def record_call(request: StaffRequest, todo_id: int) -> HttpResponse:
    todo = _todo(request, todo_id)
    if todo.subject_kind == "expected_deduction":
        return redirect(_record_address(todo, deduction=todo.subject_id))
    return redirect(_record_address(todo, failed=todo.arguments.get("deduction_id")))


def _record_address(todo: Todo, **about: int | str | None) -> str:
    if todo.loan_id is None:
        raise Http404
    address = reverse("collections:record", args=[todo.loan_id])
    asked = "&".join(f"{name}={value}" for name, value in about.items() if value)
    return f"{address}?{asked}" if asked else address


@requires("collections.work")
@http_methods(reads=["GET"], writes=["POST"])
@never_cache
def correct_data(request: StaffRequest, todo_id: int) -> HttpResponse:
    """The new details, to be entered in core banking; a press says that this was done."""
    todo = _todo(request, todo_id)
    if todo.subject_kind != "action_record":
        raise Http404
    record = get_object_or_404(
        ActionRecord.objects.visible_to(request.user).select_related("customer", "loan"), pk=todo.subject_id
    )
    shown = None
    if request.method == "POST" and "show" in request.POST:
        shown = services.show_new_details(record, acting_user=request.user, address=address_of(request))
    elif request.method == "POST":
        services.correct_data(record, acting_user=request.user)
        messages.success(request, _("Noted: core banking has been told."))
        return redirect("todos:my_work")
    context = {
        "todo": todo,
        "record": record,
        "shown": shown,
        "may_show": request.user.has_capability(personal_data.SHOW),
    }
    return render(request, "collections/correct_data.html", context)
