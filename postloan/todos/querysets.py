"""Sets of todos, who may see them and who does them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q

from postloan.core import business_date
from postloan.customers.models import Customer
from postloan.organization.models import Post, Scope

if TYPE_CHECKING:
    from postloan.organization.rights import Reach


class TodoQuerySet(models.QuerySet):
    def open(self) -> TodoQuerySet:
        return self.filter(state="open")

    def closed(self) -> TodoQuerySet:
        return self.exclude(state="open")

    def late(self, on: date) -> TodoQuerySet:
        """Due before this day; what is due on it is not late yet."""
        return self.filter(due_on__lt=on)

    def due(self, on: date) -> TodoQuerySet:
        return self.filter(due_on=on)

    def escalated(self) -> TodoQuerySet:
        return self.exclude(supervisor_told_on=None)

    def in_order(self) -> TodoQuerySet:
        """What is due first, and of that what weighs most."""
        return self.order_by("due_on", "-weight", "id")

    def actionable_by(self, user: Any) -> TodoQuerySet:
        """Those this person may do: own ones, those of whoever they stand in for today, and their posts' queues."""
        if not user.is_authenticated or not user.has_capability("todos.work"):
            return self.none()
        people = [user.pk, *user.rights.stands_in_for]
        allowed = Q(assignee__in=people)
        for post in posts_of(user):
            queue = Q(assignee=None, post_code=post.code, post_branch=post.branch_id)
            allowed |= queue & Q(line__in=["", *post.line_list]) if post.line_list else queue
        return self.filter(allowed)

    def visible_to(self, user: Any) -> TodoQuerySet:
        """Those about customers this person sees, and those this person may do."""
        if not user.is_authenticated:
            return self.none()
        if user.rights.sees_everything:
            return self
        mine = self.model.objects.actionable_by(user).values("pk")
        return self.filter(Q(customer__in=Customer.objects.visible_to(user)) | Q(pk__in=mine))

    def led_by(self, user: Any) -> TodoQuerySet:
        """Those of the branches and lines a head leads: what may be given to somebody else by this person."""
        allowed = Q(pk__in=[])
        for reach in user.rights.with_capability("todos.reassign").reaches:
            if reach.scope != Scope.OWN:
                allowed |= _led(reach)
        return self.filter(allowed)

    def in_queue(self, post_code: str, branch_id: int) -> TodoQuerySet:
        """What waits in the queue of a post at a branch."""
        return self.filter(assignee=None, post_code=post_code, post_branch=branch_id)


def posts_of(user: Any) -> list[Post]:
    """The posts a person holds today, and those of whoever they stand in for. Read once a request."""
    known = user.__dict__.get("_posts_for_todos")
    if known is None:
        known = list(user.rights.posts)
        if user.rights.stands_in_for:
            today = business_date.calendar_today()
            lent = Post.objects.on(today).filter(staff__in=user.rights.stands_in_for).exclude(scope=Scope.NONE)
            known += lent.select_related("branch")
        user.__dict__["_posts_for_todos"] = known
    return known


def _led(reach: Reach) -> Q:
    """A customer's branch is where its todos are led; a queue's branch is where the queue is."""
    lines = Q(line__in=["", *reach.lines]) if reach.lines else Q()
    if reach.scope == Scope.ALL:
        return lines & Q(pk__isnull=False)
    return lines & (Q(customer__branch__in=reach.branch_ids) | Q(post_branch__in=reach.branch_ids))
