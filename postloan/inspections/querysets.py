"""Sets of inspection tasks and what hangs on them, and who may see them: whoever sees the customer."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models

OPEN_STATES = ("planned", "drafting", "submitted", "returned")


class OfCustomerWorkQuerySet(models.QuerySet):
    """Rows that name their customer."""

    def visible_to(self, user: Any) -> OfCustomerWorkQuerySet:
        from postloan.customers.models import Customer

        if not user.is_authenticated:
            return self.none()
        if user.rights.sees_everything:
            return self
        return self.filter(customer__in=Customer.objects.visible_to(user))


class TaskQuerySet(OfCustomerWorkQuerySet):
    def open(self) -> TaskQuerySet:
        """Still owed: to do, being written, waiting for a decision or sent back."""
        return self.filter(state__in=OPEN_STATES)

    def to_do(self) -> TaskQuerySet:
        """Waiting for the inspector, not for an approver."""
        return self.filter(state__in=["planned", "drafting", "returned"])

    def late(self, on: date) -> TaskQuerySet:
        """Not handed in, and due before this day."""
        return self.to_do().filter(due_on__lt=on)

    def in_order(self) -> TaskQuerySet:
        return self.order_by("due_on", "id")


class OfTaskQuerySet(models.QuerySet):
    """Rows of a task, seen by whoever sees its customer."""

    def visible_to(self, user: Any) -> OfTaskQuerySet:
        from postloan.customers.models import Customer

        if not user.is_authenticated:
            return self.none()
        if user.rights.sees_everything:
            return self
        return self.filter(task__customer__in=Customer.objects.visible_to(user))


class OfReportQuerySet(models.QuerySet):
    """Rows of a report, seen by whoever sees its customer."""

    def visible_to(self, user: Any) -> OfReportQuerySet:
        from postloan.customers.models import Customer

        if not user.is_authenticated:
            return self.none()
        if user.rights.sees_everything:
            return self
        return self.filter(report__task__customer__in=Customer.objects.visible_to(user))
