"""Sets of loans and of what hangs on them, and who may see them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Exists, OuterRef, Q

from postloan.customers.models import Customer
from postloan.customers.querysets import OfCustomerQuerySet
from postloan.organization.models import DatedQuerySet, Scope

if TYPE_CHECKING:
    from postloan.organization.rights import Reach


class LoanQuerySet(models.QuerySet):
    def counted(self) -> LoanQuerySet:
        """Rows that still count: a correction may have withdrawn a loan."""
        return self.filter(superseded_on=None)

    def live(self) -> LoanQuerySet:
        """Loans with something still to come back: not settled, not transferred."""
        return self.counted().exclude(status__in=["settled", "transferred"])

    def maturing_by(self, day: date) -> LoanQuerySet:
        return self.filter(matures_on__lte=day)

    def visible_to(self, user: Any) -> LoanQuerySet:
        """Loans of the customers a person sees, of the branches that hold or book them, and own ones."""
        if not user.is_authenticated:
            return self.none()
        rights = user.rights
        if rights.sees_everything:
            return self
        allowed = Q(customer__in=Customer.objects.visible_to(user))
        for reach in rights.reaches:
            allowed |= _beyond_customers(reach)
        return self.filter(allowed) if rights.reaches else self.none()


def _beyond_customers(reach: Reach) -> Q:
    """Loans seen without seeing all of the customer: named to a manager, held or booked by a branch."""
    lines = Q(product__line__in=reach.lines) if reach.lines else Q()
    if reach.scope == Scope.OWN:
        from postloan.loans.models import LoanManager

        own = LoanManager.objects.on(reach.on).filter(loan=OuterRef("pk"), staff_id=reach.staff_id)  # type: ignore[arg-type]
        return Q(Exists(own)) & lines
    if reach.scope == Scope.ALL:
        return lines
    return (Q(branch__in=reach.branch_ids) | Q(booking_branch__in=reach.branch_ids)) & lines


class OfLoanQuerySet(models.QuerySet):
    """Rows that belong to a loan and are seen by whoever sees the loan."""

    def counted(self) -> OfLoanQuerySet:
        return self.filter(superseded_on=None)

    def visible_to(self, user: Any) -> OfLoanQuerySet:
        from postloan.loans.models import Loan

        if user.is_authenticated and user.rights.sees_everything:
            return self
        return self.filter(loan__in=Loan.objects.visible_to(user))


class OfLoanCustomerQuerySet(OfCustomerQuerySet):
    """Rows of the loans app that hang on the customer: facilities, contracts, off-balance items."""


class ContractQuerySet(OfLoanCustomerQuerySet):
    def visible_to(self, user: Any) -> ContractQuerySet:
        """Contracts of the customers a person sees, and those of single loans seen without their customer."""
        from postloan.loans.models import Loan

        if user.is_authenticated and user.rights.sees_everything:
            return self
        of_loans = Loan.objects.visible_to(user).exclude(contract=None).values("contract")
        return self.filter(Q(customer__in=Customer.objects.visible_to(user)) | Q(pk__in=of_loans))


class OfFacilityQuerySet(models.QuerySet):
    """Conditions of an approval: seen by whoever sees the facility's customer."""

    def counted(self) -> OfFacilityQuerySet:
        return self.filter(superseded_on=None)

    def visible_to(self, user: Any) -> OfFacilityQuerySet:
        if user.is_authenticated and user.rights.sees_everything:
            return self
        return self.filter(facility__customer__in=Customer.objects.visible_to(user))


class OfBranchQuerySet(models.QuerySet):
    """Rows of a branch's books: seen by whoever reaches the branch on every line."""

    def counted(self) -> OfBranchQuerySet:
        return self.filter(superseded_on=None)

    def visible_to(self, user: Any) -> OfBranchQuerySet:
        if not user.is_authenticated:
            return self.none()
        if user.rights.sees_everything:
            return self
        reached = {pk for reach in user.rights.reaches if not reach.lines for pk in reach.branch_ids}
        return self.filter(branch__in=reached)


class LoanManagerQuerySet(DatedQuerySet):
    def visible_to(self, user: Any) -> LoanManagerQuerySet:
        from postloan.loans.models import Loan

        return self.filter(loan__in=Loan.objects.visible_to(user))


class LoanStateQuerySet(models.QuerySet):
    def as_of(self, day: date) -> LoanStateQuerySet:
        """The book as it stood after the night of `day`, whatever was learnt later."""
        return self.filter(Q(valid_to=None) | Q(valid_to__gt=day), valid_from__lte=day, superseded_by_run=None)

    def now(self) -> LoanStateQuerySet:
        return self.filter(valid_to=None, superseded_by_run=None)

    def overdue(self) -> LoanStateQuerySet:
        return self.exclude(overdue_since=None)

    def overdue_more_than(self, days: int, *, on: date) -> LoanStateQuerySet:
        """`days` itself is not included: "more than 90 days" leaves out day 90."""
        return self.filter(overdue_since__lt=on - timedelta(days=days))

    def visible_to(self, user: Any) -> LoanStateQuerySet:
        from postloan.loans.models import Loan

        if user.is_authenticated and user.rights.sees_everything:
            return self
        return self.filter(loan__in=Loan.objects.visible_to(user))
