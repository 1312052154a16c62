"""The overdue cases and their stages, as the night opens, follows and closes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Q

from postloan.collections import limits, rules, wording
from postloan.collections.models import CloseReason, OverdueCase, OverdueStage
from postloan.collections.services import dunning, unnamed_guarantors
from postloan.collections.services.next_steps import withdraw_settled
from postloan.collections.services.subjects import as_date
from postloan.core import calendar, parameters, sql
from postloan.todos.kinds import CloseReason as TodoClosed
from postloan.todos.kinds import TodoKind, TodoState
from postloan.todos.models import Todo
from postloan.todos.services import Due, push, reopen, withdraw

SQL = Path(__file__).parent.parent / "sql"
SUBJECT = "overdue_case"
KIND_OF_WORK = {
    "contact": TodoKind.OVERDUE_CONTACT,
    "cause": TodoKind.OVERDUE_CAUSE,
    "visit": TodoKind.OVERDUE_VISIT,
    "letter": TodoKind.OVERDUE_LETTER,
    "notice": TodoKind.OVERDUE_NOTICE,
    "lawyer_letter": TodoKind.OVERDUE_LAWYER_LETTER,
    "guarantor_claim": TodoKind.OVERDUE_GUARANTOR_CLAIM,
    "suit": TodoKind.OVERDUE_SUIT,
}
WHY_CLOSED = {
    CloseReason.CURRENT: TodoClosed.CURRENT_AGAIN,
    CloseReason.SETTLED: TodoClosed.SETTLED,
    CloseReason.CORRECTED: TodoClosed.CORRECTED,
    CloseReason.WRITTEN_OFF: TodoClosed.NO_LONGER_DUE,
    CloseReason.NOT_WORKED_ON: TodoClosed.NO_LONGER_DUE,
}
OF_LOAN = (TodoKind.PROMISE_DUE, TodoKind.NEXT_STEP)
BATCH = 500


@dataclass(frozen=True)
class Ladders:
    """The parameters of a date, read once a night."""

    retail_lines: Sequence[str]
    every: int
    by_scale: Mapping[str, Mapping[str, Any]]

    @classmethod
    def on(cls, day: date) -> Ladders:
        return cls(
            retail_lines=parameters.value(limits.RETAIL_LINES, on=day),
            every=int(parameters.value(limits.REPEAT_DAYS, on=day)),
            by_scale={
                "band": parameters.value(limits.CORPORATE_LADDER, on=day),
                "bucket": parameters.value(limits.RETAIL_LADDER, on=day),
            },
        )

    def rungs(self, scale: str) -> list[int]:
        return rules.rungs_of(self.by_scale[scale])


@transaction.atomic
def follow_overdue(business_date: date, run_id: int) -> dict[str, int]:
    """Opens, follows and closes the cases of a date; a second run writes nothing.

    Take back what a correction no longer supports, close what is current, then ask every case whose day has come.
    """
    undone, touched = _undo(business_date, run_id)
    reopened = _reopen(business_date)
    closed = _close(business_date, run_id)
    withdrawn = withdraw_settled(business_date, run_id)
    opened, stages = _look(business_date, run_id)
    _withdraw_steps(touched, business_date, run_id)
    unnamed = unnamed_guarantors.keep_findings(business_date)
    todos = _push(stages, business_date, run_id) + _push(_standing_of(touched), business_date, run_id)
    told = dunning.tell_borrowers(stages, business_date, run_id)
    return {
        "undone": undone,
        "reopened": reopened,
        "closed": closed,
        "steps_withdrawn": withdrawn,
        "opened": opened,
        "stages": len(stages),
        "todos": todos,
        "guarantors_unnamed": unnamed,
        "borrowers_told": told,
    }


# ── corrections and closing ───────────────────────────────────────────────────────────────────────────────


def _undo(day: date, run_id: int) -> tuple[int, list[int]]:
    """A stage of this very date without support is withdrawn and its case put back to where it was."""
    rows = list(sql.rows(SQL / "overdue_to_undo.sql", {"day": day}))
    for row in rows:
        OverdueStage.objects.filter(pk=row["id"]).update(withdrawn_on=day)
        dunning.take_back(OverdueStage.objects.filter(pk=row["id"]))
        case = OverdueCase.objects.filter(pk=row["case_id"])
        if row["reason"] == "opened":
            case.update(closed_on=day, close_reason=CloseReason.CORRECTED)
        else:
            case.update(level=row["level_before"], tick=row["tick_before"], next_stage_on=day)
            OverdueStage.objects.filter(case_id=row["case_id"], superseded_on=day).update(superseded_on=None)
    touched = [row["case_id"] for row in rows]
    _withdraw_todos(touched, TodoClosed.CORRECTED, day, run_id, opened_on=day)
    return len(rows), touched


def _standing_of(cases: Sequence[int]) -> list[OverdueStage]:
    """The stage each of these cases stands on; what was done of it is not asked again."""
    return list(
        OverdueStage.objects.standing()
        .filter(case_id__in=cases, case__closed_on=None, superseded_on=None)
        .select_related("case")
    )


def _reopen(day: date) -> int:
    ids = [row["id"] for row in sql.rows(SQL / "overdue_to_reopen.sql", {"day": day})]
    OverdueCase.objects.filter(pk__in=ids).update(closed_on=None, close_reason="", next_stage_on=day)
    _push(_standing_of(ids), day, None)
    loans = OverdueCase.objects.filter(pk__in=ids).values("loan")
    of_loan = Todo.objects.filter(kind__in=OF_LOAN, loan__in=loans, state=TodoState.WITHDRAWN, closed_on=day)
    reopen(list(of_loan.values_list("pk", flat=True)), business_date=day)
    return len(ids)


def _close(day: date, run_id: int) -> int:
    rows = list(sql.rows(SQL / "overdue_to_close.sql", {"day": day}))
    for reason in sorted({row["reason"] for row in rows}):
        ids = [row["id"] for row in rows if row["reason"] == reason]
        for start in range(0, len(ids), BATCH):
            some = ids[start : start + BATCH]
            OverdueCase.objects.filter(pk__in=some).update(closed_on=day, close_reason=reason)
            dunning.take_back(OverdueStage.objects.filter(case__in=some))
            _withdraw_todos(some, WHY_CLOSED[CloseReason(reason)], day, run_id)
    return len(rows)


def _withdraw_todos(
    cases: Sequence[int], reason: str, day: date, run_id: int | None, *, opened_on: date | None = None
) -> None:
    """Every open todo about these cases; those about promises and agreed steps too."""
    of_loan = Q(kind__in=OF_LOAN, loan__in=OverdueCase.objects.filter(pk__in=cases).values("loan"))
    found = Todo.objects.open().filter(Q(subject_kind=SUBJECT, subject_id__in=cases) | of_loan)
    if opened_on is not None:
        # An agreed step stands on a person's word, not on the data of the date.
        found = found.filter(opened_on=opened_on).exclude(kind=TodoKind.NEXT_STEP)
    ids = list(found.values_list("pk", flat=True))
    withdraw(ids, reason=reason, business_date=day, run_id=run_id)


def _withdraw_steps(cases: Sequence[int], day: date, run_id: int) -> None:
    """Steps agreed about loans that after a correction have no case: those that are overdue still keep them."""
    loans = OverdueCase.objects.filter(pk__in=cases).exclude(loan__in=OverdueCase.objects.open().values("loan"))
    found = Todo.objects.open().filter(kind=TodoKind.NEXT_STEP, loan__in=loans.values("loan"))
    ids = list(found.values_list("pk", flat=True))
    withdraw(ids, reason=TodoClosed.CORRECTED, business_date=day, run_id=run_id)


# ── looking ───────────────────────────────────────────────────────────────────────────────────────────────


def _look(day: date, run_id: int) -> tuple[int, list[OverdueStage]]:
    ladders = Ladders.on(day)
    new_cases: list[OverdueCase] = []
    known: list[OverdueCase] = []
    stages: list[OverdueStage] = []
    for row in list(sql.rows(SQL / "overdue_due.sql", {"day": day})):
        case, stage = _case_and_stage(row, ladders, day, run_id)
        (known if case.pk else new_cases).append(case)
        if stage is not None:
            stages.append(stage)
    OverdueCase.objects.bulk_create(new_cases, batch_size=BATCH)
    fields = ["level", "tick", "overdue_since", "next_stage_on", "lowered_on", "level_before", "tick_before"]
    OverdueCase.objects.bulk_update(known, fields, batch_size=BATCH)
    for stage in stages:
        stage.case_id = stage.case.pk
    ids = [stage.case_id for stage in stages]
    for start in range(0, len(ids), BATCH):
        OverdueStage.objects.filter(
            case_id__in=ids[start : start + BATCH], withdrawn_on=None, superseded_on=None
        ).update(superseded_on=day)
    OverdueStage.objects.bulk_create(stages, batch_size=BATCH)
    return len(new_cases), stages


def _case_and_stage(
    row: Mapping[str, Any], ladders: Ladders, day: date, run_id: int
) -> tuple[OverdueCase, OverdueStage | None]:
    since = as_date(row["overdue_since"])
    days = (day - since).days
    scale = row["scale"] or rules.scale_of(row["line"], retail_lines=ladders.retail_lines)
    level, tick = row["level"] or 0, row["tick"] or 0
    rungs = ladders.rungs(scale)
    reached, ticks = rules.level_of(days, scale), rules.tick_of(days, scale, every=ladders.every, rungs=rungs)
    if row["lowered_on"] is not None and as_date(row["lowered_on"]) == day and reached > level:
        # The fall to a lower step came from data of this date that have been corrected.
        level, tick = row["level_before"], row["tick_before"]
    last = as_date(row["last_raised_on"]) if row["last_raised_on"] else None
    wanted = rules.stage_wanted(
        days=days,
        scale=scale,
        level=level,
        tick=tick,
        last_raised_on=last,
        on=day,
        every=ladders.every,
        rungs=rungs,
    )
    case = _case(row, since, scale, day, run_id)
    if (reached, ticks) < (level, tick) and case.lowered_on != day:
        case.lowered_on, case.level_before, case.tick_before = day, level, tick
    case.level, case.tick = reached, ticks
    case.next_stage_on = rules.next_stage_on(
        overdue_since=since,
        scale=scale,
        level=reached,
        tick=ticks,
        last_raised_on=day if wanted or last is None else last,
        every=ladders.every,
        rungs=rungs,
    )
    stage = _stage(case, wanted, row, ladders, day, run_id, before=(level, tick)) if wanted else None
    return case, stage


def _case(row: Mapping[str, Any], since: date, scale: str, day: date, run_id: int) -> OverdueCase:
    """The case of a row: the open one with its key, or a new one that begins today."""
    return OverdueCase(
        pk=row["case_id"],
        loan_id=row["loan_id"],
        customer_id=row["customer_id"],
        line=row["line"],
        scale=scale,
        opened_on=day,
        overdue_since=since,
        run_id=run_id,
        lowered_on=as_date(row["lowered_on"]) if row["lowered_on"] else None,
        level_before=row["level_before"] or 0,
        tick_before=row["tick_before"] or 0,
    )


def _stage(
    case: OverdueCase,
    wanted: rules.StageWanted,
    row: Mapping[str, Any],
    ladders: Ladders,
    day: date,
    run_id: int,
    *,
    before: tuple[int, int],
) -> OverdueStage:
    days = (day - case.overdue_since).days
    expected = [
        {**work, "due_on": due_day(day, work).isoformat()}
        for work in rules.expected_work(ladders.by_scale[case.scale], days=days, reason=wanted.reason)
        if work["work"] != "guarantor_claim" or row["has_guarantee"]
    ]
    stage = OverdueStage(
        case=case,
        raised_on=day,
        reason=wanted.reason,
        level=wanted.level,
        tick=wanted.tick,
        overdue_since=case.overdue_since,
        days_overdue=days,
        expected=expected,
        due_on=min((date.fromisoformat(work["due_on"]) for work in expected), default=day),
        level_before=before[0],
        tick_before=before[1],
        run_id=run_id,
    )
    stage.amount = (row["overdue_principal"] or 0) + (row["overdue_interest"] or 0)  # type: ignore[attr-defined]
    stage.owed = row  # type: ignore[attr-defined]
    return stage


def due_day(day: date, work: Mapping[str, Any]) -> date:
    """The day until which a work of the ladder is expected, counted from the day its stage was raised."""
    within = int(work["within"])
    if work.get("unit") == "working_days":
        return calendar.add_working_days(day, within)
    return day + timedelta(days=within)


# ── todos ─────────────────────────────────────────────────────────────────────────────────────────────────


def _push(stages: Iterable[OverdueStage], day: date, run_id: int | None) -> int:
    """A todo for each work expected of people; a newer stage's takes the place of the former one's."""
    by_kind: dict[str, list[Due]] = {}
    for stage in stages:
        for work in stage.expected:
            if work["work"] not in KIND_OF_WORK:
                continue
            by_kind.setdefault(work["work"], []).append(due_of_work(stage, work))
    opened = 0
    for work, dues in by_kind.items():
        kind = KIND_OF_WORK[work]
        pushed = push(kind, dues, business_date=day, run_id=run_id, supersedes=[kind])
        opened += pushed.opened
    return opened


def due_of_work(stage: OverdueStage, work: Mapping[str, Any]) -> Due:
    case = stage.case
    return Due(
        customer_id=case.customer_id,
        loan_id=case.loan_id,
        line=case.line,
        subject_kind=SUBJECT,
        subject_id=case.pk,
        occurrence=f"{stage.raised_on}:{stage.level}:{work['work']}",
        reason_code=wording.WHY_OVERDUE,
        arguments={
            "since": stage.overdue_since,
            "days": stage.days_overdue,
            "why": stage.reason,
            "work": work["work"],
            "by": work["due_on"],
        },
        due_on=date.fromisoformat(work["due_on"]),
        amount=getattr(stage, "amount", None),
        days_overdue=stage.days_overdue,
    )
