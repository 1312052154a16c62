"""Sets of customers and of what hangs on them, and who may see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Exists, OuterRef, Q

from postloan.organization.models import DatedQuerySet, Scope

if TYPE_CHECKING:
    from postloan.organization.rights import Reach


class CustomerQuerySet(models.QuerySet):
    def counted(self) -> CustomerQuerySet:
        """Rows that still count: a correction may have withdrawn a customer."""
        return self.filter(superseded_on=None)

    def visible_to(self, user: Any, *, by: str = "") -> CustomerQuerySet:
        """Customers of the branches a person's posts reach, and those they are responsible for (A or B).

        `by` counts only the posts that give this capability.
        """
        if not user.is_authenticated:
            return self.none()
        rights = user.rights.with_capability(by) if by else user.rights
        if rights.sees_everything:
            return self
        allowed = Q()
        for reach in rights.reaches:
            allowed |= _within(reach)
        return self.filter(allowed) if allowed else self.none()


def _within(reach: Reach) -> Q:
    if reach.scope == Scope.OWN:
        return Q(_responsible(reach, staff_id=reach.staff_id))
    place = Q() if reach.scope == Scope.ALL else Q(branch__in=reach.branch_ids)
    if reach.lines:
        place &= Q(main_line__in=reach.lines) | Q(_responsible(reach))
    return place if place else Q(pk__isnull=False)


def _responsible(reach: Reach, **who: Any) -> Exists:
    """Somebody is responsible for the customer on the day, on one of the reach's lines."""
    from postloan.customers.models import Responsibility

    found = Responsibility.objects.on(reach.on).filter(customer=OuterRef("pk"), **who)  # type: ignore[arg-type]
    return Exists(found.filter(line__in=reach.lines) if reach.lines else found)


class OfCustomerQuerySet(models.QuerySet):
    """Rows that belong to a customer and are seen by whoever sees the customer."""

    def counted(self) -> OfCustomerQuerySet:
        return self.filter(superseded_on=None)

    def visible_to(self, user: Any) -> OfCustomerQuerySet:
        from postloan.customers.models import Customer

        if user.is_authenticated and user.rights.sees_everything:
            return self
        return self.filter(customer__in=Customer.objects.visible_to(user))


class ResponsibilityQuerySet(DatedQuerySet):
    def visible_to(self, user: Any) -> ResponsibilityQuerySet:
        from postloan.customers.models import Customer

        return self.filter(customer__in=Customer.objects.visible_to(user))


class CustomerGroupQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> CustomerGroupQuerySet:
        """Groups with a member in scope; members beyond it show number and masked name only."""
        from postloan.customers.models import Customer

        if user.is_authenticated and user.rights.sees_everything:
            return self
        visible = Customer.objects.visible_to(user).exclude(group=None)
        return self.filter(pk__in=visible.values("group"))
