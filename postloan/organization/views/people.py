"""Staff: the list, a person, accounts and posts. Each administrator is shown the forms of the own post only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from postloan.core import business_date
from postloan.core.access import http_methods, requires
from postloan.organization import lockout, queries, services
from postloan.organization.forms import MoveForm, NewStaffForm, PeopleFilterForm, PostForm, ReasonForm
from postloan.organization.models import Post, Staff
from postloan.organization.requests import StaffRequest
from postloan.organization.rights import VIEW_PEOPLE

PAGE_SIZE = 30
MANAGE_PEOPLE = "organization.manage_people"
MANAGE_POSTS = "organization.manage_posts"


@requires(VIEW_PEOPLE)
@http_methods()
def people(request: StaffRequest) -> HttpResponse:
    form = PeopleFilterForm(request.GET)
    page = Paginator(form.narrow(queries.people()), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "is_filtered": any(request.GET.get(name) for name in form.fields),
        "can_manage_people": request.user.has_capability(MANAGE_PEOPLE),
    }
    return render(request, "organization/people.html", context)


@requires(VIEW_PEOPLE)
@http_methods()
def person(request: StaffRequest, staff_id: int) -> HttpResponse:
    staff = get_object_or_404(Staff.objects.select_related("branch"), pk=staff_id)
    context = {
        "staff": staff,
        "crumbs": _crumbs(),
        "posts": staff.posts.select_related("branch", "granted_by").order_by("-valid_from", "code"),
        "stand_ins": queries.stand_ins_of(staff),
        "log_ins": queries.log_ins_of(staff),
        "events": queries.events_about(staff),
        "locked_until": lockout.locked_until(staff.staff_no),
        "today": business_date.calendar_today(),
        "is_oneself": staff.pk == request.user.pk,
        "can_manage_people": request.user.has_capability(MANAGE_PEOPLE),
        "can_manage_posts": request.user.has_capability(MANAGE_POSTS),
    }
    return render(request, "organization/person.html", context)


def _crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [(_("People and posts"), reverse("organization:people")), *more]


def _to_person(staff: Staff) -> tuple[str, str]:
    return staff.name, reverse("organization:person", args=[staff.pk])


def _run(form: forms.Form, change: Callable[[], Any]) -> Any:
    """Calls a service; what it refuses becomes an error of the form. None where it was refused."""
    try:
        return change() or True
    except services.Refused as refusal:
        form.add_error(None, str(refusal))
        return None


@requires(MANAGE_PEOPLE)
@http_methods(reads=["GET"], writes=["POST"])
@never_cache
def new_person(request: StaffRequest) -> HttpResponse:
    form = NewStaffForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        added = _run(form, lambda: services.add_staff(**form.cleaned_data, acting_user=request.user))
        if added:
            staff, password = added
            return render(request, "organization/one_time_password.html", {"staff": staff, "password": password})
    return render(request, "organization/new_person.html", {"form": form, "crumbs": _crumbs()})


# What the system administrator does to an account: the question, the button, whether it is a danger, the service.
ACCOUNT_CHANGES: dict[str, Callable[..., Any]] = {
    "disable": services.disable_staff,
    "enable": services.enable_staff,
    "unlock": services.unlock,
    "reset-password": services.reset_password,
}


def _account_texts(change: str) -> dict[str, str]:
    return {
        "disable": {
            "title": _("Disable the account"),
            "text": _("Every session of this person ends at once. Posts and customers stay as they are."),
            "done": _("The account is disabled."),
            "tone": "btn-danger-quiet",
        },
        "enable": {
            "title": _("Enable the account"),
            "text": _("The person can log in again with the password of before."),
            "done": _("The account is enabled."),
            "tone": "btn-primary",
        },
        "unlock": {
            "title": _("Unlock"),
            "text": _("The failed log-ins are forgotten; the password stays."),
            "done": _("The account is unlocked."),
            "tone": "btn-primary",
        },
        "reset-password": {
            "title": _("Give a one-time password"),
            "text": _("It is shown once, on the next page. Sessions end, and the person must change it at once."),
            "done": "",
            "tone": "btn-primary",
        },
    }[change]


@requires(MANAGE_PEOPLE)
@http_methods(reads=["GET"], writes=["POST"])
@never_cache
def change_account(request: StaffRequest, staff_id: int, change: str) -> HttpResponse:
    """Asks once more, with the reason; then does it."""
    staff = get_object_or_404(Staff.objects.select_related("branch"), pk=staff_id)
    texts, service = _account_texts(change), ACCOUNT_CHANGES[change]
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        result = _run(form, lambda: service(staff, acting_user=request.user, **form.cleaned_data))
        if result and change == "reset-password":
            return render(request, "organization/one_time_password.html", {"staff": staff, "password": result})
        if result:
            messages.success(request, texts["done"])
            return redirect("organization:person", staff.pk)
    return render(request, "organization/confirm.html", {"form": form, "staff": staff, **texts})


@requires(MANAGE_POSTS)
@http_methods(reads=["GET"], writes=["POST"])
def grant_post(request: StaffRequest, staff_id: int) -> HttpResponse:
    staff = get_object_or_404(Staff.objects.select_related("branch"), pk=staff_id)
    first = {"branch": staff.branch_id, "valid_from": business_date.calendar_today()}
    form = PostForm(request.POST or None, initial=first)
    if (
        request.method == "POST"
        and form.is_valid()
        and _run(form, lambda: services.grant_post(staff, **form.cleaned_data, acting_user=request.user))
    ):
        messages.success(request, _("The post is granted."))
        return redirect("organization:person", staff.pk)
    held = staff.posts.on(business_date.calendar_today()).select_related("branch")
    context = {"form": form, "staff": staff, "held": held, "crumbs": _crumbs(_to_person(staff))}
    return render(request, "organization/grant_post.html", context)


@requires(MANAGE_POSTS)
@http_methods(reads=["GET"], writes=["POST"])
def end_post(request: StaffRequest, post_id: int) -> HttpResponse:
    post = get_object_or_404(Post.objects.select_related("staff__branch", "branch"), pk=post_id)
    form = ReasonForm(request.POST or None)
    if (
        request.method == "POST"
        and form.is_valid()
        and _run(form, lambda: services.end_post(post, acting_user=request.user, **form.cleaned_data))
    ):
        messages.success(request, _("The post is ended."))
        return redirect("organization:person", post.staff_id)
    context = {
        "form": form,
        "staff": post.staff,
        "title": _("End the post: %(post)s") % {"post": post.get_code_display()},
        "text": _("From today on the person sees and does nothing by this post."),
        "tone": "btn-danger-quiet",
    }
    return render(request, "organization/confirm.html", context)


@requires(MANAGE_POSTS)
@http_methods(reads=["GET"], writes=["POST"])
def move_person(request: StaffRequest, staff_id: int) -> HttpResponse:
    staff = get_object_or_404(Staff.objects.select_related("branch"), pk=staff_id)
    form = MoveForm(request.POST or None)
    if (
        request.method == "POST"
        and form.is_valid()
        and _run(form, lambda: services.move_staff(staff, **form.cleaned_data, acting_user=request.user) or True)
    ):
        messages.success(request, _("%(name)s is moved.") % {"name": staff.name})
        return redirect("organization:person", staff.pk)
    context = {
        "form": form,
        "staff": staff,
        "title": _("Move to another branch"),
        "text": _("The posts at the present branch end today. Grant the new ones afterwards."),
        "tone": "btn-primary",
    }
    return render(request, "organization/confirm.html", context)
