"""Sets of notices, plans, cases and records, and who may see them: whoever sees the loan or its customer."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models
from django.db.models import Q

from postloan.loans.querysets import OfLoanQuerySet


class OfItemQuerySet(models.QuerySet):
    """Rows of a loan or of an off-balance item."""

    def visible_to(self, user: Any) -> OfItemQuerySet:
        from postloan.customers.models import Customer
        from postloan.loans.models import Loan

        if user.is_authenticated and user.rights.sees_everything:
            return self
        return self.filter(
            Q(loan__in=Loan.objects.visible_to(user)) | Q(loan=None, customer__in=Customer.objects.visible_to(user))
        )

    def standing(self) -> OfItemQuerySet:
        """Notices that were not withdrawn."""
        return self.filter(withdrawn_on=None)

    def ahead(self, *, on: date) -> OfItemQuerySet:
        return self.filter(matures_on__gte=on)


class CaseQuerySet(OfLoanQuerySet):
    def open(self) -> CaseQuerySet:
        return self.filter(closed_on=None)


class OfCaseQuerySet(models.QuerySet):
    """Rows of an overdue case, seen by whoever sees its loan."""

    def visible_to(self, user: Any) -> OfCaseQuerySet:
        from postloan.loans.models import Loan

        if user.is_authenticated and user.rights.sees_everything:
            return self
        return self.filter(case__loan__in=Loan.objects.visible_to(user))

    def standing(self) -> OfCaseQuerySet:
        return self.filter(withdrawn_on=None)


class ActionQuerySet(OfLoanQuerySet):
    def between(self, start: Any, end: Any) -> ActionQuerySet:
        return self.filter(happened_at__gte=start, happened_at__lt=end)
