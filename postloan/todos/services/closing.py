"""A todo is closed by the thing being done, or withdrawn when there is no cause for it any more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from postloan.core import business_date as business_dates
from postloan.core import sql
from postloan.todos import history
from postloan.todos.kinds import CloseReason, TodoState, kind_of
from postloan.todos.models import Todo
from postloan.todos.staging import SQL


class NotYours(PermissionDenied):
    """Somebody else is to do this: neither assigned, nor a stand-in today, nor holding the post of its queue."""


@transaction.atomic
def close_by_doing(
    kinds: str | Sequence[str],
    subject_kind: str,
    subject_id: int,
    *,
    acting_user: Any,
    occurrence: str | None = None,
    anyone: bool = False,
    reason: str = CloseReason.DONE,
) -> int:
    """Closes what is open of these kinds about a subject, because `acting_user` has done it; returns how many.

    Call it inside the transaction that records the thing done. Raises NotYours where something is open that this
    person may not do; `anyone=True` is for what others may do as well, for example a head. Nothing open is no error.
    """
    wanted = [kinds] if isinstance(kinds, str) else list(kinds)
    found = Todo.objects.open().filter(
        kind__in=[kind_of(kind).code for kind in wanted], subject_kind=subject_kind, subject_id=subject_id
    )
    if occurrence is not None:
        found = found.filter(occurrence=occurrence)
    ids = list(found.order_by("pk").select_for_update().values_list("pk", flat=True))
    if not ids:
        return 0
    if not anyone and Todo.objects.filter(pk__in=ids).actionable_by(acting_user).count() < len(ids):
        raise NotYours(f"{acting_user} may not do {subject_kind} {subject_id}")
    day = business_dates.current()
    closed = (
        Todo.objects.open()
        .filter(pk__in=ids)
        .update(
            state=TodoState.DONE,
            closed_on=day,
            closed_at=timezone.now(),
            closed_by=acting_user,
            close_reason=reason,
        )
    )
    history.record(ids, history.DONE, business_date=day, acting_user=acting_user)
    return closed


@transaction.atomic
def withdraw(
    which: str | Iterable[int],
    parameters: Mapping[str, Any] | None = None,
    *,
    reason: str,
    business_date: date,
    run_id: int | None = None,
    acting_user: Any = None,
) -> int:
    """Withdraws what is open among the todos given by ids, or by a SELECT of one column; returns how many.

    `reason` is a CloseReason: the loan is current again, its day has passed, the corrected data say otherwise.
    """
    CloseReason(reason)
    values = {
        **(parameters or {}),
        "on": business_date,
        "run_id": run_id,
        "reason": reason,
        "now": connection.ops.adapt_datetimefield_value(timezone.now()),
    }
    ids = [next(iter(row.values())) for row in sql.rows(which, values)] if isinstance(which, str) else list(which)
    if not ids:
        return 0
    with sql.table_of_ids(ids):
        withdrawn = [row["id"] for row in sql.rows(SQL / "withdraw.sql", values)]
    if withdrawn:
        history.record(
            withdrawn, history.WITHDRAWN, business_date=business_date, run_id=run_id, acting_user=acting_user
        )
    return len(withdrawn)


@transaction.atomic
def reopen(ids: Iterable[int], *, business_date: date, run_id: int | None = None) -> int:
    """Opens again what was withdrawn on this very date on the word of data that have been corrected; returns how many.

    What has been opened anew meanwhile for the same cause stays as it is.
    """
    same = Todo.objects.open().filter(
        kind=OuterRef("kind"),
        subject_kind=OuterRef("subject_kind"),
        subject_id=OuterRef("subject_id"),
        occurrence=OuterRef("occurrence"),
    )
    found = Todo.objects.filter(pk__in=list(ids), state=TodoState.WITHDRAWN, closed_on=business_date)
    opened = list(found.exclude(Exists(same)).values_list("pk", flat=True))
    Todo.objects.filter(pk__in=opened).update(
        state=TodoState.OPEN, closed_on=None, closed_at=None, closed_by=None, close_reason=""
    )
    if opened:
        history.record(opened, history.REOPENED, business_date=business_date, run_id=run_id)
    return len(opened)


def withdraw_unsupported(
    kind: str,
    supported: str,
    parameters: Mapping[str, Any] | None = None,
    *,
    business_date: date,
    run_id: int | None = None,
    reason: str = CloseReason.CORRECTED,
    opened_on: date | None = None,
) -> int:
    """Withdraws what is open of a kind and not in the SELECT `supported` (subject_kind, subject_id, occurrence).

    With `opened_on`, only what was opened on that business date: the night of a correction speaks for its date only.
    """
    select = f"""
        SELECT t.id FROM todos_todo t
        WHERE t.kind = %(todo_kind)s AND t.state = 'open' {"AND t.opened_on = %(opened_on)s" if opened_on else ""}
          AND NOT EXISTS (SELECT 1 FROM ({supported}) AS due
                          WHERE due.subject_kind = t.subject_kind AND due.subject_id = t.subject_id
                            AND due.occurrence = t.occurrence)"""
    values = {**(parameters or {}), "todo_kind": kind_of(kind).code, "opened_on": opened_on}
    return withdraw(select, values, reason=reason, business_date=business_date, run_id=run_id)
