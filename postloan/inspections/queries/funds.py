"""Missing vouchers and demands for lists and pages of loans."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet

from postloan.inspections.models import (
    FundsDemand,
    FundsFinding,
    FundsProof,
    InspectionTask,
    ReportState,
    VoucherDebt,
)
from postloan.loans.models import Loan, PaymentOut

OPEN_DEMAND = Q(met_on=None, not_met_on=None)


def owed_vouchers(user: Any) -> QuerySet[VoucherDebt]:
    """What is or was owed, of customers this person sees; drafts owe nothing yet."""
    return VoucherDebt.objects.visible_to(user).filter(owed_since__isnull=False)


def vouchers_of(user: Any, *, conditions: Mapping[str, Any], day: date) -> QuerySet[VoucherDebt]:
    found = owed_vouchers(user)
    state = conditions.get("state") or ""
    if state == "":
        found = found.filter(settled_on=None)
    elif state == "late":
        found = found.filter(settled_on=None, due_on__lt=day)
    elif state == "over":
        found = found.filter(settled_on__isnull=False)
    if text := (conditions.get("q") or "").strip():
        found = found.filter(
            Q(report__task__customer__name__icontains=text)
            | Q(report__task__customer__customer_no=text)
            | Q(payment__loan__loan_no__istartswith=text)
        )
    return found.select_related("payment__loan", "report__task__customer__branch", "report__main_inspector").order_by(
        "due_on", "pk"
    )


def demands_of(user: Any, *, conditions: Mapping[str, Any], day: date) -> QuerySet[FundsDemand]:
    found: QuerySet[FundsDemand] = FundsDemand.objects.visible_to(user)
    state = conditions.get("state") or ""
    if state == "":
        found = found.filter(OPEN_DEMAND)
    elif state == "late":
        found = found.filter(OPEN_DEMAND, respond_by__lt=day)
    elif state == "over":
        found = found.exclude(OPEN_DEMAND)
    if text := (conditions.get("q") or "").strip():
        found = found.filter(
            Q(report__task__customer__name__icontains=text)
            | Q(report__task__customer__customer_no=text)
            | Q(loan__loan_no__istartswith=text)
            | Q(demand_no__istartswith=text)
        )
    return found.select_related("loan", "report__task__customer__branch").order_by("respond_by", "pk")


def counts_of(user: Any, *, day: date) -> dict[str, int]:
    """The figures above the lists, each equal to the rows behind its link."""
    vouchers = owed_vouchers(user).aggregate(
        vouchers=Count("pk", filter=Q(settled_on=None)),
        late_vouchers=Count("pk", filter=Q(settled_on=None, due_on__lt=day)),
    )
    demands = FundsDemand.objects.visible_to(user).aggregate(
        demands=Count("pk", filter=OPEN_DEMAND), late_demands=Count("pk", filter=OPEN_DEMAND & Q(respond_by__lt=day))
    )
    return {**vouchers, **demands}


def findings_seen(user: Any) -> QuerySet[FundsFinding]:
    """Findings on loans this person sees."""
    return FundsFinding.objects.filter(loan__in=Loan.objects.visible_to(user))


def open_task_on(loan: Loan) -> InspectionTask | None:
    """The inspection of a loan that somebody still has to do, one that has begun first."""
    found = InspectionTask.objects.to_do().filter(task_loans__loan=loan, task_loans__is_withdrawn=False)
    return found.order_by("state", "due_on", "pk").first()


def with_vouchers(payments: QuerySet[PaymentOut]) -> QuerySet[PaymentOut]:
    """Payments with what approved reports say of their vouchers, in two more queries for a whole page."""
    proofs = (
        FundsProof.objects.filter(report__state=ReportState.APPROVED, evidence__removed_at=None)
        .select_related("evidence")
        .order_by("evidence")
    )
    debts = VoucherDebt.objects.filter(owed_since__isnull=False).order_by("due_on", "pk")
    return payments.prefetch_related(
        Prefetch("vouchers", proofs, to_attr="proven_by"), Prefetch("voucher_debts", debts, to_attr="papers_owed")
    )
