"""Classes that approved reports propose and their loans do not have: for whoever decides on classes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from postloan.inspections.models import Report, ReportState, TaskLoan
from postloan.loans.models import LoanState
from postloan.loans.models.state import CLASS_ORDER, FiveLevelClass

NORMAL = FiveLevelClass.NORMAL


@dataclass
class Proposal:
    """A report with the states of its loans that still owe something and have another class."""

    report: Report
    states: list[LoanState] = field(default_factory=list)

    @property
    def is_worse(self) -> bool:
        """Worse than some loan stands: what cannot wait."""
        proposed = CLASS_ORDER.index(self.report.proposed_class)
        return any(CLASS_ORDER.index(one.five_level_class or NORMAL) < proposed for one in self.states)

    @property
    def classes(self) -> list[str]:
        """The classes the loans have now, the best first."""
        found = {one.five_level_class for one in self.states}
        return sorted(found, key=lambda code: CLASS_ORDER.index(code) if code else -1)


def proposals_of(user: Any, *, conditions: Mapping[str, Any]) -> QuerySet[Report]:
    """The latest approved report of each customer and line where a loan of it has another class than it proposes.

    Where core banking delivers no class, anything but normal is another one.
    """
    approved: QuerySet[Report] = Report.objects.filter(state=ReportState.APPROVED).exclude(proposed_class="")
    later = approved.filter(task__customer=OuterRef("task__customer"), task__line=OuterRef("task__line"))
    owing = LoanState.objects.filter(
        valid_to=None,
        superseded_by_run=None,
        principal_balance__gt=0,
        loan__task_loans__task=OuterRef("task"),
        loan__task_loans__is_withdrawn=False,
    )
    differs = owing.exclude(five_level_class="").exclude(five_level_class=OuterRef("proposed_class"))
    found = (
        Report.objects.visible_to(user)
        .filter(pk__in=approved.values("pk"))
        .exclude(Exists(later.filter(approved_on__gt=OuterRef("approved_on"))))
        .exclude(Exists(later.filter(approved_on=OuterRef("approved_on"), pk__gt=OuterRef("pk"))))
        .filter(Exists(differs) | Q(Exists(owing.filter(five_level_class=""))) & ~Q(proposed_class=NORMAL))
    )
    if text := (conditions.get("q") or "").strip():
        found = found.filter(Q(task__customer__name__icontains=text) | Q(task__customer__customer_no=text))
    if conditions.get("proposed"):
        found = found.filter(proposed_class=conditions["proposed"])
    return found.select_related("task__customer__branch", "main_inspector").order_by("approved_on", "pk")


def rows_of(reports: Iterable[Report]) -> list[Proposal]:
    """With the loans that differ, in one query for a page."""
    rows = {report.task_id: Proposal(report) for report in reports}
    covered = TaskLoan.objects.filter(task__in=rows, is_withdrawn=False).values_list("task_id", "loan_id")
    tasks: dict[int, list[int]] = {}
    for task_id, loan_id in covered:
        tasks.setdefault(loan_id, []).append(task_id)
    states = LoanState.objects.filter(
        loan__in=tasks, valid_to=None, superseded_by_run=None, principal_balance__gt=0
    ).select_related("loan")
    for state in states.order_by("loan__loan_no"):
        for task_id in tasks[state.loan_id]:
            if (state.five_level_class or NORMAL) != rows[task_id].report.proposed_class:
                rows[task_id].states.append(state)
    return list(rows.values())
