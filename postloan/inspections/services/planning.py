"""The night plans what is due and not yet planned: first, periodic and special inspections."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import transaction

from postloan.core import calendar, parameters, sql
from postloan.core.models import BusinessDate
from postloan.inspections import limits, rules_planning
from postloan.inspections.models import (
    InspectionKind,
    InspectionTask,
    TaskLoan,
    TaskState,
)
from postloan.inspections.services import night_tables, task_todos
from postloan.inspections.services.numbers import next_task_numbers
from postloan.inspections.services.policies import policy_on
from postloan.inspections.services.wanted import Wanted
from postloan.inspections.wording import WHY_CLASS, WHY_FIRST, WHY_INTEREST, WHY_NAMED, WHY_PERIODIC
from postloan.loans.models.state import CLASS_ORDER
from postloan.todos.kinds import CloseReason

SQL = night_tables.SQL
CORRECTED = "corrected"
SETTLED = "settled"
SOME = 500


@dataclass
class _Night:
    day: date
    run_id: int
    start: date
    since: date | None
    planned: list[int] = field(default_factory=list)

    def parameter(self, key: str) -> Any:
        return parameters.value(key, on=self.day)


@transaction.atomic
def plan_inspections(
    business_date: date, run_id: int, *, since: date | None, is_correction: bool = False, everything: bool = False
) -> dict[str, int]:
    """Plans first, periodic and special inspections; brings forward what got worse; withdraws what has no loan left.

    `since` is the last date closed before; a second run writes nothing. The cost follows the customers whose facts
    changed; at the first night, in a new month and under a new policy everybody is looked at.
    Source: practice of banks (docs/mechanisms/inspections.md).
    """
    policy = policy_on(business_date)
    start = BusinessDate.objects.order_by("date").values_list("date", flat=True).first() or business_date
    night = _Night(business_date, run_id, start, since)
    whole = everything or since is None or _is_new(policy.valid_from, since, business_date)
    with night_tables.tables(policy):
        looked_at = night_tables.fill_facts(business_date, since=since, everything=whole)
        taken_back = _take_back(night) if is_correction else []
        if is_correction:
            _put_back(night)
        _cycles(night)
        first = _plan_first(night)
        special = _plan_special(night)
        periodic = _plan_periodic(night)
        settled = _withdraw(night, [row["id"] for row in sql.rows(SQL / "without_loans.sql", {})], SETTLED)
        forward = _bring_forward(night)
    still_gone = InspectionTask.objects.filter(pk__in=taken_back, state=TaskState.WITHDRAWN)
    task_todos.withdraw_of(still_gone, reason=CloseReason.CORRECTED, business_date=business_date, run_id=run_id)
    task_todos.push_of(night.planned, business_date=business_date, run_id=run_id)
    return {
        "looked_at": looked_at,
        "first": first,
        "periodic": periodic,
        "special": special,
        "brought_forward": forward,
        "withdrawn": settled + len(still_gone),
    }


def _is_new(valid_from: date, since: date, day: date) -> bool:
    """A new month has begun, or a new policy holds."""
    return (since.year, since.month) != (day.year, day.month) or valid_from > since


def _cycles(night: _Night) -> int:
    written = sql.execute(SQL / "cycles.sql", {"start": night.start, "year": night.day.year})
    return written + sql.execute(SQL / "cycles_ended.sql", {})


# ── what is due ───────────────────────────────────────────────────────────────────────────────────────────


def _plan_first(night: _Night) -> int:
    wanted: dict[tuple, Wanted] = {}
    for row in sql.rows(SQL / "first_due.sql", {"day": night.day, "start": night.start}):
        paid_on, due_on = as_date(row["paid_on"]), as_date(row["due_on"])
        key = (row["customer_id"], row["line"], row["contract"], paid_on.year, paid_on.month)
        one = wanted.setdefault(
            key,
            Wanted(
                row["customer_id"],
                row["line"],
                InspectionKind.FIRST,
                f"{row['contract']}:{paid_on:%Y-%m}",
                due_on,
                WHY_FIRST,
                row["rule_id"],
                arguments={"contract": row["contract"], "paid_on": paid_on.isoformat(), "days": row["first_days"]},
            ),
        )
        one.due_on = min(one.due_on, due_on)
        one.cover(row, month=paid_on.replace(day=1))
    return _write(night, _join_open(night, list(wanted.values())))


def _join_open(night: _Night, wanted: list[Wanted]) -> list[Wanted]:
    """Later payouts of the month join the first inspection that nobody has handed in yet; else there is another."""
    left = []
    for one in wanted:
        taken = {
            task.occurrence: task
            for task in InspectionTask.objects.filter(
                customer_id=one.customer_id, line=one.line, kind=one.kind, occurrence__startswith=one.occurrence
            )
        }
        task = next((task for task in taken.values() if task.state in _NOT_HANDED_IN), None)
        if task is not None:
            _cover(task, one.loans)
            continue
        name, n = one.occurrence, 1
        while one.occurrence in taken and not _is_taken_back(taken[one.occurrence]):
            n += 1
            one.occurrence = f"{name}/{n}"
        left.append(one)
    return left


_NOT_HANDED_IN = (TaskState.PLANNED, TaskState.DRAFTING, TaskState.RETURNED)


def _is_taken_back(task: InspectionTask) -> bool:
    return task.state == TaskState.WITHDRAWN and task.withdraw_reason == CORRECTED


def _plan_periodic(night: _Night) -> int:
    values = {"day": night.day, "ahead": night.parameter(limits.PLAN_AHEAD)}
    wanted = []
    for row in sql.rows(SQL / "periodic_due.sql", values):
        base_on, due_on = as_date(row["base_on"]), _with_notice(night, as_date(row["due_on"]))
        wanted.append(
            Wanted(
                row["customer_id"],
                row["line"],
                InspectionKind.PERIODIC,
                f"{base_on}/{row['former'] + 1}" if row["former"] else f"{base_on}",
                due_on,
                WHY_PERIODIC if row["every_days"] == row["rule_days"] else WHY_NAMED,
                row["rule_id"],
                row["place"],
                row["people"],
                {
                    "since": base_on.isoformat(),
                    "days": row["every_days"],
                    "five_level_class": row["five_level_class"],
                },
            )
        )
    _give_live_loans(wanted)
    return _write(night, wanted)


def _with_notice(night: _Night, due_on: date) -> date:
    """What the night before would have planned, had the facts been the same, is due since tonight: it leaves days."""
    if night.since is None or due_on > night.since + timedelta(days=night.parameter(limits.PLAN_AHEAD)):
        return due_on
    return max(due_on, night.day + timedelta(days=night.parameter(limits.SHORTEN_NOTICE)))


def _give_live_loans(wanted: list[Wanted]) -> None:
    """A periodic inspection covers what the customer owes on the line when it is planned."""
    by_key = {(one.customer_id, one.line): one for one in wanted}
    with sql.table_of_ids(one.customer_id for one in wanted):
        for row in sql.rows(SQL / "live_loans.sql", {}):
            one = by_key.get((row["customer_id"], row["line"]))
            if one is not None:
                one.loans[row["loan_id"]] = None


def _plan_special(night: _Night) -> int:
    due_on = calendar.add_working_days(night.day, int(night.parameter(limits.SPECIAL_WITHIN)))
    wanted: dict[tuple, Wanted] = {}
    for row in sql.rows(SQL / "special_class.sql", {"day": night.day}):
        one = wanted.setdefault(
            ("class", row["customer_id"], row["line"]),
            Wanted(
                row["customer_id"],
                row["line"],
                InspectionKind.SPECIAL,
                "",
                due_on,
                WHY_CLASS,
                row["rule_id"],
                arguments={"five_level_class": row["five_level_class"]},
            ),
        )
        one.cover(row)
        worst = max(one.arguments["five_level_class"], row["five_level_class"], key=CLASS_ORDER.index)
        one.arguments["five_level_class"] = worst
        one.occurrence = f"class:{worst}:{night.day}"
    days = int(night.parameter(limits.INTEREST_ARREARS))
    for row in sql.rows(SQL / "special_interest.sql", {"day": night.day, "days": days}):
        since = as_date(row["interest_overdue_since"])
        one = wanted.setdefault(
            ("interest", row["customer_id"], row["line"]),
            Wanted(
                row["customer_id"],
                row["line"],
                InspectionKind.SPECIAL,
                "",
                due_on,
                WHY_INTEREST,
                row["rule_id"],
                arguments={"since": since.isoformat(), "days": days},
            ),
        )
        one.cover(row)
        one.arguments["since"] = min(one.arguments["since"], since.isoformat())
        one.occurrence = f"interest:{one.arguments['since']}:{night.day}"
    return _write(night, list(wanted.values()))


# ── writing ───────────────────────────────────────────────────────────────────────────────────────────────


def _write(night: _Night, wanted: list[Wanted]) -> int:
    """Writes what is not there yet; what a correction once took back stands again under its number."""
    if not wanted:
        return 0
    revived = _revive(night, wanted)
    there = revived | _cover_what_is_there(wanted)
    new = [one for one in wanted if _key(one) not in there]
    numbers = next_task_numbers(night.day, len(new))
    tasks = [
        InspectionTask(
            task_no=number,
            customer_id=one.customer_id,
            line=one.line,
            kind=one.kind,
            occurrence=one.occurrence,
            reason_code=one.reason_code,
            arguments=one.arguments,
            rule_id=one.rule_id,
            place=one.place,
            people=one.people,
            planned_on=night.day,
            first_due_on=one.due_on,
            due_on=one.due_on,
            run_id=night.run_id,
        )
        for number, one in zip(numbers, new, strict=True)
    ]
    InspectionTask.objects.bulk_create(tasks, batch_size=SOME)
    TaskLoan.objects.bulk_create(
        [
            TaskLoan(task=task, loan_id=loan_id, kind=one.kind, payout_month=month)
            for task, one in zip(tasks, new, strict=True)
            for loan_id, month in one.loans.items()
        ],
        batch_size=SOME,
    )
    night.planned += [task.pk for task in tasks]
    return len(tasks) + len(revived)


def _key(one: Any) -> tuple:
    return (one.customer_id, one.line, one.kind, one.occurrence)


def _revive(night: _Night, wanted: Iterable[Wanted]) -> set[tuple]:
    by_key = {_key(one): one for one in wanted}
    gone = InspectionTask.objects.filter(
        state=TaskState.WITHDRAWN,
        withdraw_reason=CORRECTED,
        customer__in={one.customer_id for one in by_key.values()},
        occurrence__in={one.occurrence for one in by_key.values()},
    )
    revived = set()
    for task in gone:
        one = by_key.get(_key(task))
        if one is None:
            continue
        task.state, task.withdrawn_on, task.withdraw_reason = TaskState.PLANNED, None, ""
        task.arguments, task.rule_id, task.place, task.people = one.arguments, one.rule_id, one.place, one.people
        task.due_on = task.first_due_on = one.due_on
        task.planned_on, task.run_id = night.day, night.run_id
        task._change_reason = "due after all"
        task.save()
        _cover(task, one.loans)
        night.planned.append(task.pk)
        revived.add(_key(task))
    return revived


def _cover_what_is_there(wanted: Iterable[Wanted]) -> set[tuple]:
    """A task begun before a correction stands; it covers what the correction wants of it besides."""
    by_key = {_key(one): one for one in wanted}
    tasks = InspectionTask.objects.filter(
        customer__in={one.customer_id for one in by_key.values()},
        occurrence__in={one.occurrence for one in by_key.values()},
    )
    found = {_key(task): task for task in tasks if _key(task) in by_key}
    for key, task in found.items():
        if task.is_open:
            _cover(task, by_key[key].loans)
    return set(found)


def _cover(task: InspectionTask, loans: dict[int, date | None]) -> None:
    for loan_id, month in loans.items():
        TaskLoan.objects.update_or_create(
            task=task, loan_id=loan_id, defaults={"kind": task.kind, "payout_month": month, "is_withdrawn": False}
        )


def _take_back(night: _Night) -> list[int]:
    """A correction speaks for its date: what the former run planned on it and nobody has touched is taken back."""
    former = InspectionTask.objects.filter(
        planned_on=night.day, state=TaskState.PLANNED, ordered_by=None, visit=None, requests=None
    ).exclude(run_id=night.run_id)
    ids = list(former.values_list("pk", flat=True))
    _withdraw(night, ids, CORRECTED, with_todos=False)
    return ids


def _withdraw(night: _Night, ids: list[int], reason: str, *, with_todos: bool = True) -> int:
    if not ids:
        return 0
    tasks = InspectionTask.objects.filter(pk__in=ids)
    if with_todos:
        task_todos.withdraw_of(tasks, reason=CloseReason.SETTLED, business_date=night.day, run_id=night.run_id)
    for task in tasks:
        task.state, task.withdrawn_on, task.withdraw_reason = TaskState.WITHDRAWN, night.day, reason
        task._change_reason = reason
        task.save()
    TaskLoan.objects.filter(task__in=ids).update(is_withdrawn=True)
    return len(ids)


WORKED_ON = (TaskState.PLANNED, TaskState.DRAFTING, TaskState.RETURNED)


def _put_back(night: _Night) -> None:
    """A corrected date: what its former run brought forward has its former date again, and is judged anew."""
    moves = InspectionTask.history.filter(
        history_change_reason__startswith="brought forward from ",
        history_change_reason__endswith=f" on {night.day}",
    ).order_by("history_id")
    put_back = []
    for move in moves:
        task = InspectionTask.objects.filter(pk=move.id, state__in=WORKED_ON, due_on=move.due_on).first()
        if task is None or (before := move.prev_record) is None:
            continue
        task.due_on, task.rule_id, task.arguments = before.due_on, before.rule_id, before.arguments
        task._change_reason = f"put back by the correction of {night.day}"
        task.save()
        put_back.append(task)
    task_todos.move_of(put_back, business_date=night.day, run_id=night.run_id)


def _bring_forward(night: _Night) -> int:
    notice = int(night.parameter(limits.SHORTEN_NOTICE))
    moved = []
    for row in list(sql.rows(SQL / "brought_forward.sql", {})):
        given, wanted = as_date(row["due_on"]), as_date(row["wanted_on"])
        due_on = rules_planning.shortened(given, wanted, day=night.day, notice_days=notice)
        if due_on == given:
            continue
        task = InspectionTask.objects.get(pk=row["id"])
        task.due_on = due_on
        task.rule_id = row["rule_id"]
        task.arguments = {
            **task.arguments,
            "days": row["every_days"],
            "five_level_class": row["five_level_class"],
        }
        task._change_reason = f"brought forward from {given} on {night.day}"  # type: ignore[attr-defined]
        task.save()
        moved.append(task)
    task_todos.move_of(moved, business_date=night.day, run_id=night.run_id)
    return len(moved)


def as_date(value: Any) -> date:
    """SQLite answers dates of raw queries as text."""
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])
