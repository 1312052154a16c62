"""Who acts for somebody absent, from a day to a day: ordered by a head for the own branch."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from postloan.core import business_date, timeline
from postloan.organization import events
from postloan.organization.models import ADMINISTRATORS, Post, PostCode, Scope, Staff, StandIn
from postloan.organization.services.refusals import (
    Refused,
    demand,
    demand_reason,
    save_with_reason,
)

ORDER_STAND_IN = "organization.order_stand_in"
# A head of department does not hand on what the head of the branch may do.
ABOVE_DEPARTMENT = {PostCode.BRANCH_HEAD, PostCode.VICE_PRESIDENT}


@transaction.atomic
def order_stand_in(
    absent: Staff, *, stand_in: Staff, starts_on: date, ends_on: date, acting_user: Staff, reason: str
) -> StandIn:
    """`stand_in` does the business of `absent` from a day to a day inclusive.

    Raises Refused: for oneself, by ordering oneself, without business to do, with administrators, beyond the own
    branches, in the past, twice. What `absent` is lent by others is not handed on (see rights.py).
    """
    demand(acting_user, ORDER_STAND_IN)
    reason = demand_reason(reason)
    _check_people(absent, stand_in, acting_user)
    _check_days(absent, stand_in, starts_on, ends_on)
    _check_posts(absent, stand_in, acting_user, starts_on, ends_on)
    order = StandIn(
        absent=absent, stand_in=stand_in, starts_on=starts_on, ends_on=ends_on, reason=reason, ordered_by=acting_user
    )
    save_with_reason(order, acting_user=acting_user, reason=reason)
    _tell(events.STAND_IN_ORDERED, order, acting_user, starts_on=starts_on, ends_on=ends_on, reason=reason)
    return order


def _check_people(absent: Staff, stand_in: Staff, acting_user: Staff) -> None:
    if absent.pk == stand_in.pk:
        raise Refused(_("Nobody stands in for themselves."))
    if stand_in.pk == acting_user.pk:
        raise Refused(_("Nobody makes themselves a stand-in: somebody else orders it."))
    if not (absent.is_active and stand_in.is_active):
        raise Refused(_("The account is disabled."))


def _check_days(absent: Staff, stand_in: Staff, starts_on: date, ends_on: date) -> None:
    if starts_on < business_date.calendar_today():
        raise Refused(_("A stand-in begins today or later."))
    if ends_on < starts_on:
        raise Refused(_("The last day lies before the first."))
    overlapping = StandIn.objects.filter(
        absent=absent, stand_in=stand_in, withdrawn_at=None, starts_on__lte=ends_on, ends_on__gte=starts_on
    )
    if overlapping.exists():
        raise Refused(_("This is ordered already for some of these days."))


def _check_posts(absent: Staff, stand_in: Staff, acting_user: Staff, starts_on: date, ends_on: date) -> None:
    posts = list(_held_between(absent, starts_on, ends_on))
    if any(post.is_administration for post in posts):
        raise Refused(_("Nobody stands in for an administrator."))
    if not posts:
        raise Refused(_("%(name)s holds no post then, so there is nothing to stand in for.") % {"name": absent.name})
    if _held_between(stand_in, starts_on, ends_on).filter(code__in=ADMINISTRATORS).exists():
        raise Refused(_("An administrator does no business, for others neither."))
    if not all(may_order_for(acting_user, post) for post in posts):
        raise Refused(_("%(name)s holds posts beyond your branch.") % {"name": absent.name})
    if stand_in.branch_id not in branches_of_head(acting_user):
        raise Refused(_("%(name)s works beyond your branch.") % {"name": stand_in.name})


def _held_between(staff: Staff, first: date, last: date) -> Any:
    return Post.objects.filter(staff=staff, valid_from__lte=last).exclude(valid_to__lte=first).select_related("branch")


def head_posts(user: Staff) -> list[Post]:
    """The posts by which somebody may order stand-ins."""
    return [post for post in user.rights.held if post.code in {PostCode.BRANCH_HEAD, PostCode.DEPARTMENT_HEAD}]


def branches_of_head(user: Staff) -> frozenset[int]:
    """The branches somebody orders stand-ins for: a branch head's with all below, a department head's own."""
    from postloan.organization.models import Branch

    found: set[int] = set()
    for post in head_posts(user):
        found.add(post.branch_id)
        if post.scope in {Scope.BELOW, Scope.ALL}:
            found |= set(Branch.objects.below(post.branch).values_list("pk", flat=True))
    return frozenset(found)


def may_order_for(user: Staff, post: Post) -> bool:
    """Whether a post of an absent person lies within what this head may hand on."""
    if post.branch_id not in branches_of_head(user):
        return False
    heads = head_posts(user)
    if post.scope == Scope.ALL and not any(head.scope == Scope.ALL for head in heads):
        return False
    return post.code not in ABOVE_DEPARTMENT or any(head.code == PostCode.BRANCH_HEAD for head in heads)


@transaction.atomic
def withdraw_stand_in(order: StandIn, *, acting_user: Staff, reason: str) -> None:
    """Takes a stand-in back at once. Raises Refused where it is over, withdrawn or not within one's branches."""
    demand(acting_user, ORDER_STAND_IN)
    reason = demand_reason(reason)
    order = StandIn.objects.select_for_update().select_related("absent", "stand_in").get(pk=order.pk)
    if order.withdrawn_at is not None or order.ends_on < business_date.calendar_today():
        raise Refused(_("The stand-in has ended already."))
    if order.ordered_by_id != acting_user.pk and order.absent.branch_id not in branches_of_head(acting_user):
        raise Refused(_("%(name)s works beyond your branch.") % {"name": order.absent.name})
    order.withdrawn_at = timezone.now()
    save_with_reason(order, acting_user=acting_user, reason=reason, fields=["withdrawn_at"])
    _tell(events.STAND_IN_WITHDRAWN, order, acting_user, reason=reason)


def _tell(code: str, order: StandIn, acting_user: Staff, **arguments: Any) -> None:
    timeline.record(
        code,
        acting_user=acting_user,
        subject_kind="staff",
        subject_key=order.stand_in.staff_no,
        name=order.stand_in.name,
        absent=f"{order.absent.name} ({order.absent.staff_no})",
        **arguments,
    )
