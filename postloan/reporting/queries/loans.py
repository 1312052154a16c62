"""What a loan's page shows: its schedule, and its state after each night with both scales of days overdue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from postloan.collections.models import BucketMove
from postloan.inspections.queries.funds import with_vouchers
from postloan.loans.models import Band, Deduction, Instalment, Loan, LoanState, PaymentOut, Repayment


def loans_in_scope(user: Any) -> QuerySet[Loan]:
    return (
        Loan.objects.visible_to(user)
        .counted()
        .select_related("customer", "branch", "booking_branch", "product", "contract", "refinances")
        .defer("customer__id_number", "customer__phone", "customer__address", "customer__service_address")
    )


def state_of(loan: Loan) -> LoanState | None:
    return loan.states.now().select_related("manager", "branch").first()


def days_between(since: date | None, day: date | None) -> int | None:
    """Days overdue on a day; 0 where nothing is overdue, None where there is no night to say so."""
    if day is None:
        return None
    return (day - since).days if since else 0


@dataclass(frozen=True)
class Due:
    """An instalment with what is left of it; an overpaid part never offsets the other."""

    row: Instalment
    principal_left: Decimal
    interest_left: Decimal
    is_overdue: bool
    days: int

    @property
    def left(self) -> Decimal:
        return self.principal_left + self.interest_left

    @property
    def is_paid(self) -> bool:
        return not self.left


def due(row: Instalment, *, day: date) -> Due:
    principal = max(row.principal_due - row.principal_paid, Decimal(0))
    interest = max(row.interest_due - row.interest_paid, Decimal(0))
    is_overdue = row.due_on < day and bool(principal or interest)
    return Due(row, principal, interest, is_overdue, (day - row.due_on).days if is_overdue else 0)


def instalments_of(loan: Loan) -> QuerySet[Instalment]:
    return loan.instalments.filter(superseded_on=None).order_by("number")


def instalments_that_matter(loan: Loan, *, day: date, ahead: int = 3) -> list[Due]:
    """What is overdue and what falls due next."""
    rows = [due(row, day=day) for row in instalments_of(loan)]
    overdue = [one for one in rows if one.is_overdue]
    coming = [one for one in rows if one.row.due_on >= day]
    return overdue + coming[:ahead]


@dataclass(frozen=True)
class Interval:
    """A state and what it moved from. `days` is of its first day, `last_days` of the last one it held."""

    state: LoanState
    before: LoanState | None
    days: int
    last_days: int

    @property
    def bucket_moved(self) -> bool:
        return self.before is not None and self.before.bucket != self.state.bucket

    @property
    def band_moved(self) -> bool:
        return self.before is not None and self.before.band != self.state.band

    @property
    def floor_moved(self) -> bool:
        return self.before is not None and self.before.class_floor != self.state.class_floor

    @property
    def step(self) -> int:
        return Band.values.index(self.state.band)

    @property
    def before_step(self) -> int:
        return Band.values.index(self.before.band) if self.before else 0


def history_of(loan: Loan, *, day: date | None) -> list[Interval]:
    """Every state that counts, the newest first."""
    found = list(loan.states.filter(superseded_by_run=None).select_related("branch", "manager").order_by("valid_from"))
    intervals = []
    for before, state in zip([None, *found], found, strict=False):
        last = state.valid_to or day or state.valid_from
        intervals.append(Interval(state, before, _days(state, state.valid_from), _days(state, last)))
    return intervals[::-1]


def _days(state: LoanState, day: date) -> int:
    return (day - state.overdue_since).days if state.overdue_since else 0


def moves_of(loan: Loan) -> QuerySet[BucketMove]:
    """Each move between the steps of both scales, the newest first."""
    return BucketMove.objects.counted().filter(loan=loan).order_by("-business_date", "scale")


def repayments_of(loan: Loan) -> QuerySet[Repayment]:
    return loan.repayments.filter(superseded_on=None)


def payments_out_of(loan: Loan) -> QuerySet[PaymentOut]:
    return with_vouchers(loan.payments_out.filter(superseded_on=None))


def deductions_of(loan: Loan) -> QuerySet[Deduction]:
    return Deduction.objects.filter(Q(loan=loan) | Q(loan_no=loan.loan_no), superseded_on=None)
