"""Who sees the rows of core that name customers, loans and branches by number only: findings and events."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from postloan.core.models import Event, Finding
from postloan.customers.models import Customer
from postloan.loans.models import Loan


def findings_visible_to(user: Any) -> QuerySet[Finding]:
    """A finding about a loan or customer follows it; one about neither follows its branch, else the whole bank."""
    found = Finding.objects.all()
    if not user.is_authenticated:
        return found.none()
    if user.rights.sees_everything:
        return found
    reached = {pk for reach in user.rights.reaches if not reach.lines for pk in reach.branch_ids}
    return found.filter(
        Q(loan_id__in=Loan.objects.visible_to(user).values("pk"))
        | Q(loan_id=None, customer_id__in=Customer.objects.visible_to(user).values("pk"))
        | Q(loan_id=None, customer_id=None, branch_id__in=reached)
    )


def events_visible_to(user: Any) -> QuerySet[Event]:
    """The timeline of the loans and customers a person sees. Log-ins and posts are for `core.view_audit`."""
    found = Event.objects.all()
    if not user.is_authenticated:
        return found.none()
    if user.rights.sees_everything:
        return found.exclude(loan_id=None, customer_id=None)
    return found.filter(
        Q(loan_id__in=Loan.objects.visible_to(user).values("pk"))
        | Q(loan_id=None, customer_id__in=Customer.objects.visible_to(user).values("pk"))
    )
