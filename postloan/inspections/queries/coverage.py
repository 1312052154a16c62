"""How far inspections are covered and in time, by branch, person and kind; why reports went back.

Of the tasks first due within the days asked for, without those the system withdrew:

1. ended        ended without an inspection, by a request somebody else granted
2. in_time      else handed in, on or before the day first given: a later date granted changes nothing
3. late         else handed in after it
4. overdue      else not handed in, and the day first given is past
5. to_come      else

planned = the sum of the five. A person is the main inspector of the report, or who is responsible (A) while there is
none. Every figure and the list behind it are made from the same `CoverageQuery`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from postloan.customers.models import Responsibility, Role
from postloan.inspections.models import Decision, DecisionKind, InspectionTask, Report, ReportState, TaskState

PLANNED, IN_TIME, LATE, OVERDUE, TO_COME, ENDED = "planned", "in_time", "late", "overdue", "to_come", "ended"
COUNTS = (PLANNED, IN_TIME, LATE, OVERDUE, TO_COME, ENDED)
BRANCH, PERSON, KIND = "branch", "person", "kind"
NOBODY = "nobody"
RETURNED_WITHOUT_REASON = "none"


@dataclass(frozen=True)
class CoverageQuery:
    """The days and the part of the work. `within` is the path of a branch with those below, `branch` one branch."""

    begin: date
    end: date
    within: str = ""
    line: str = ""
    branch: str = ""
    person: str = ""
    kind: str = ""
    count: str = PLANNED
    reason: str = ""

    def also(self, **more: Any) -> CoverageQuery:
        return replace(self, **more)

    @property
    def address(self) -> str:
        """As it stands behind the question mark."""
        return urlencode({name: str(value) for name, value in asdict(self).items() if value})


@dataclass(frozen=True)
class Part:
    """One row of a table: its name and its counts."""

    key: str
    name: str
    counts: dict[str, int]

    @property
    def owed(self) -> int:
        """What counts for coverage: whatever was not ended."""
        return self.counts[PLANNED] - self.counts[ENDED]

    @property
    def handed_in(self) -> int:
        return self.counts[IN_TIME] + self.counts[LATE]

    @property
    def fallen_due(self) -> int:
        """What counts for timeliness: handed in, or past its day."""
        return self.handed_in + self.counts[OVERDUE]


def is_counted(count: str, day: date) -> Q:
    """The condition of one of the counts, by the rules above."""
    handed_in = Q(submitted_on__isnull=False)
    not_ended = ~Q(state=TaskState.ENDED)
    return {
        PLANNED: Q(),
        ENDED: Q(state=TaskState.ENDED),
        IN_TIME: not_ended & handed_in & Q(submitted_on__lte=F("first_due_on")),
        LATE: not_ended & handed_in & Q(submitted_on__gt=F("first_due_on")),
        OVERDUE: not_ended & ~handed_in & Q(first_due_on__lt=day),
        TO_COME: not_ended & ~handed_in & Q(first_due_on__gte=day),
    }[count]


def tasks_of(query: CoverageQuery, *, user: Any, day: date) -> QuerySet[InspectionTask]:
    """The tasks that a figure counts."""
    found: QuerySet[InspectionTask] = InspectionTask.objects.visible_to(user).exclude(state=TaskState.WITHDRAWN)
    found = found.filter(first_due_on__range=(query.begin, query.end)).filter(is_counted(query.count, day))
    if query.within:
        found = found.filter(customer__branch__path__startswith=query.within)
    if query.branch:
        found = found.filter(customer__branch=int(query.branch))
    if query.line:
        found = found.filter(line=query.line)
    if query.kind:
        found = found.filter(kind=query.kind)
    found = with_person(found, day)
    if query.person:
        found = found.filter(**_person(query.person))
    return found


def _person(code: str) -> dict[str, Any]:
    return {"person_id": None if code == NOBODY else int(code)}


def with_person(found: QuerySet, day: date) -> QuerySet:
    """Adds `person_id`: the main inspector of the report, else who is responsible for the customer on the line."""
    live = Report.objects.exclude(state=ReportState.WITHDRAWN).filter(task=OuterRef("pk")).order_by()
    responsible = Responsibility.objects.on(day).filter(
        customer=OuterRef("customer"), line=OuterRef("line"), role=Role.A
    )
    return found.annotate(
        person_id=Coalesce(
            Subquery(live.values("main_inspector")[:1]), Subquery(responsible.order_by().values("staff")[:1])
        )
    )


def parts_of(found: QuerySet[InspectionTask], cut: str, *, day: date) -> list[dict[str, Any]]:
    """The counts of each branch, person or kind, in one query: rows of `key` and the counts."""
    column = {BRANCH: "customer__branch", PERSON: "person_id", KIND: "kind"}[cut]
    counts: Any = {count: Count("pk", filter=is_counted(count, day) or None) for count in COUNTS}
    return list(found.order_by().values(key=F(column)).annotate(**counts).order_by("key"))


def total_of(found: QuerySet[InspectionTask], *, day: date) -> dict[str, int]:
    counts: Any = {count: Count("pk", filter=is_counted(count, day) or None) for count in COUNTS}
    return found.order_by().aggregate(**counts)


# ── why reports went back ─────────────────────────────────────────────────────────────────────────────────


def returns_of(query: CoverageQuery, *, user: Any, day: date) -> QuerySet[Decision]:
    """Reports sent back within the days, of the same part of the work; `reason` narrows to one of them."""
    tasks = replace(query, begin=date.min, end=date.max, count=PLANNED)
    seen = tasks_of(tasks, user=user, day=day)
    found = Decision.objects.filter(
        kind=DecisionKind.SEND_BACK, decided_on__range=(query.begin, query.end), report__task__in=seen.values("pk")
    )
    if query.reason:
        found = found.filter(return_reason="" if query.reason == RETURNED_WITHOUT_REASON else query.reason)
    return found


def reasons_of(found: QuerySet[Decision]) -> dict[str, int]:
    """How often each reason was given; "" for returns from before reasons were asked for."""
    rows = found.order_by().values("return_reason").annotate(n=Count("pk"))
    return {row["return_reason"]: row["n"] for row in rows}
