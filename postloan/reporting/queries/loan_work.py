"""The work on a loan: notices and plans of its maturities, overdue cases, contacts, promises, written demands."""

from __future__ import annotations

from typing import Any

from postloan.collections.models import (
    ActionRecord,
    DemandNotice,
    MaturityNotice,
    MaturityPlan,
    OverdueCase,
    Promise,
)
from postloan.loans.models import Loan


def work_of(one: Loan) -> dict[str, Any]:
    """Everything that was done about a loan, the newest first. Numbers called stay encrypted and are not read."""
    return {
        "notices": list(
            MaturityNotice.objects.filter(loan=one).select_related("received_by").order_by("-raised_on", "step_days")
        ),
        "plans": list(
            MaturityPlan.objects.filter(loan=one).select_related("made_by", "decided_by").order_by("-made_on", "-pk")
        ),
        "cases": list(OverdueCase.objects.filter(loan=one).order_by("-opened_on")),
        "actions": list(
            ActionRecord.objects.filter(loan=one)
            .select_related("recorded_by")
            .defer("number", "new_phone", "new_address")
        ),
        "promises": list(Promise.objects.filter(loan=one)),
        "demands": list(
            DemandNotice.objects.filter(case__loan=one).select_related("made_by").order_by("-issued_on", "-pk")
        ),
    }


def count_of(one: Loan) -> int:
    """How many rows the tab shows."""
    found = (MaturityNotice, MaturityPlan, OverdueCase, ActionRecord, Promise)
    return sum(model._default_manager.filter(loan=one).count() for model in found) + (
        DemandNotice.objects.filter(case__loan=one).count()
    )
