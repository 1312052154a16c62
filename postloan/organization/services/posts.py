"""Posts and how far they see: the security administrator's."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from postloan.core import business_date, timeline
from postloan.organization import events
from postloan.organization.models import ADMINISTRATORS, Branch, Line, Post, PostCode, Scope, Staff
from postloan.organization.rights import DEFAULT_SCOPE
from postloan.organization.services.refusals import (
    Refused,
    demand,
    demand_reason,
    not_oneself,
    save_with_reason,
)

MANAGE_POSTS = "organization.manage_posts"


@transaction.atomic
def grant_post(
    staff: Staff,
    *,
    code: str,
    branch: Branch,
    acting_user: Staff | None,
    reason: str,
    valid_from: date | None = None,
    valid_to: date | None = None,
    scope: str | None = None,
    lines: Iterable[str] = (),
) -> Post:
    """Gives a post from a day on (today where none is said) until the day before `valid_to`.

    Raises Refused: one's own posts, a disabled person, a day gone by, the same post twice, administration beside
    another post (GB/T 22239-2019 8.1.5: system, security and audit administrators are separated, none does business).
    """
    demand(acting_user, MANAGE_POSTS)
    reason = demand_reason(reason)
    not_oneself(staff, acting_user, _("Nobody changes their own posts."))
    # Whoever else grants this person a post waits here, so that the checks below hold.
    staff = Staff.objects.select_for_update().get(pk=staff.pk)
    today = business_date.calendar_today()
    post = Post(
        staff=staff,
        code=code,
        branch=branch,
        scope=scope or DEFAULT_SCOPE[code],
        lines=";".join(line for line in Line.values if line in set(lines)),
        valid_from=valid_from or today,
        valid_to=valid_to,
        granted_by=acting_user,
    )
    _check_new(post, today=today, is_set_up=acting_user is None)
    save_with_reason(post, acting_user=acting_user, reason=reason)
    if post.is_administration and not staff.is_demonstration:
        # An administrator's password is longer than the one this person may have.
        staff.must_change_password = True
        save_with_reason(staff, acting_user=acting_user, reason=reason, fields=["must_change_password"])
    _tell(events.POST_GRANTED, post, acting_user, reason=reason, branch=branch.name)
    return post


def _check_new(post: Post, *, today: date, is_set_up: bool) -> None:
    if not post.staff.is_active:
        raise Refused(_("The account is disabled."))
    if post.valid_from < today and not is_set_up:
        raise Refused(_("A post begins today or later."))
    if post.valid_to is not None and post.valid_to <= post.valid_from:
        raise Refused(_("The first day without the post lies after its first day."))
    if post.is_administration and post.scope != Scope.NONE:
        raise Refused(_("An administrator sees no business."))
    others = _overlapping(post)
    if others.filter(code=post.code, branch=post.branch).exists():
        raise Refused(_("This person already holds this post at this branch in that time."))
    apart = others.exclude(code=post.code)
    if not post.is_administration:
        apart = apart.filter(code__in=ADMINISTRATORS)
    other = apart.first()
    if other is not None:
        raise Refused(
            _("An administrator holds no other post at the same time; this person is %(post)s.")
            % {"post": other.get_code_display()}
        )


def _overlapping(post: Post) -> Any:
    others = Post.objects.filter(Q(valid_to=None) | Q(valid_to__gt=post.valid_from), staff=post.staff)
    # One taken back before it began holds on no day.
    others = others.exclude(valid_to=F("valid_from"))
    if post.valid_to is not None:
        others = others.filter(valid_from__lt=post.valid_to)
    return others


@transaction.atomic
def end_post(post: Post, *, acting_user: Staff | None, reason: str, ends_on: date | None = None) -> Post:
    """Ends a post: `ends_on`, today where none is said, is the first day without it. Raises Refused."""
    demand(acting_user, MANAGE_POSTS)
    reason = demand_reason(reason)
    not_oneself(post.staff, acting_user, _("Nobody changes their own posts."))
    today = business_date.calendar_today()
    post = Post.objects.select_for_update().select_related("staff").get(pk=post.pk)
    if post.valid_to is not None and post.valid_to <= today:
        raise Refused(_("The post has ended already."))
    if ends_on is not None and ends_on < today:
        raise Refused(_("A post ends today or later."))
    # A post that has not begun is taken back: it ends on the day it would have begun.
    post.valid_to = max(ends_on or today, post.valid_from)
    save_with_reason(post, acting_user=acting_user, reason=reason, fields=["valid_to"])
    _tell(events.POST_ENDED, post, acting_user, reason=reason)
    return post


@transaction.atomic
def move_staff(staff: Staff, *, branch: Branch, acting_user: Staff | None, reason: str) -> None:
    """Another branch: posts held at the former one end today, new ones are granted apart. Raises Refused."""
    demand(acting_user, MANAGE_POSTS)
    reason = demand_reason(reason)
    not_oneself(staff, acting_user, _("Nobody changes their own posts."))
    staff = Staff.objects.select_for_update().get(pk=staff.pk)
    if staff.branch_id == branch.pk:
        raise Refused(_("This person works there already."))
    today = business_date.calendar_today()
    held = Post.objects.filter(Q(valid_to=None) | Q(valid_to__gt=today), staff=staff, branch=staff.branch_id)
    for post in held:
        end_post(post, acting_user=acting_user, reason=reason)
    staff.branch = branch
    save_with_reason(staff, acting_user=acting_user, reason=reason, fields=["branch"])
    timeline.record(
        events.STAFF_MOVED,
        acting_user=acting_user,
        subject_kind="staff",
        subject_key=staff.staff_no,
        name=staff.name,
        branch=branch.name,
        reason=reason,
    )


def _tell(code: str, post: Post, acting_user: Staff | None, **arguments: Any) -> None:
    timeline.record(
        code,
        acting_user=acting_user,
        subject_kind="staff",
        subject_key=post.staff.staff_no,
        name=post.staff.name,
        post=PostCode(post.code).value,
        **arguments,
    )
