"""The reports that wait for somebody's decision, each with its flags and what keeps it from being approved in bulk."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Min, OuterRef, QuerySet, Subquery

from postloan.inspections.models import Report, ReportState
from postloan.inspections.queries.tasks import SUBJECT
from postloan.inspections.report_flags import Flag
from postloan.inspections.services import bulk_exceptions, deciders
from postloan.inspections.services.writers import Hands, hands_of
from postloan.todos.kinds import TodoKind
from postloan.todos.models import Todo


@dataclass(frozen=True)
class Waiting:
    """A report at this person's step. `exceptions` empty: it can be approved together with others."""

    report: Report
    due_on: Any
    flags: list[Flag]
    exceptions: list[str]
    had_a_hand: bool

    @property
    def is_plain(self) -> bool:
        return not self.exceptions and not self.had_a_hand

    @property
    def key(self) -> str:
        """What a decision is bound to: the report, its step, the content that was handed in."""
        return f"{self.report.pk}:{self.report.step}:{self.report.content_hash}"


def waiting_for(user: Any) -> QuerySet[Report]:
    """Handed in, in scope, with a todo this person may do: own posts and posts lent; what is due first on top."""
    todos = Todo.objects.open().filter(kind=TodoKind.INSPECTION_TO_APPROVE, subject_kind=SUBJECT)
    mine = todos.actionable_by(user).filter(subject_id=OuterRef("task_id")).order_by()
    due = mine.values("subject_id").annotate(due=Min("due_on")).values("due")
    found: QuerySet[Report] = Report.objects.visible_to(user).filter(state=ReportState.SUBMITTED)
    found = found.annotate(decide_by=Subquery(due)).filter(decide_by__isnull=False)
    return found.order_by("decide_by", "pk")


def rows_of(found: Iterable[Report], user: Any) -> list[Waiting]:
    """The rows of a page, in a fixed number of queries."""
    reports = list(found)
    flags = bulk_exceptions.flags_of(reports)
    exceptions = bulk_exceptions.of_reports(reports, flags)
    hands = hands_of(reports)
    return [
        Waiting(
            report,
            report.decide_by,  # type: ignore[attr-defined]
            flags[report.pk],
            exceptions[report.pk],
            _cannot(report, user, hands[report.pk]),
        )
        for report in reports
    ]


def _cannot(report: Report, user: Any, hands: Hands) -> bool:
    return user.pk in hands or not deciders.holds_step(report, user, without=set(hands))


def with_what_rows_show(found: QuerySet[Report]) -> QuerySet[Report]:
    return found.select_related("task__customer__branch", "template_version", "main_inspector", "second_inspector")
