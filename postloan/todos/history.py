"""The history of todos as events: what happened to which, when, by whom and in which run. Set-based."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from postloan.core import sql, timeline
from postloan.todos.kinds import TodoKind

SQL = Path(__file__).parent / "sql"

OPENED = "todo_opened"
DONE = "todo_done"
WITHDRAWN = "todo_withdrawn"
SUPERSEDED = "todo_superseded"
MOVED = "todo_moved"
REASSIGNED = "todo_reassigned"
TAKEN = "todo_taken"
REOPENED = "todo_reopened"
REMINDED = "todo_reminded"
HEAD_TOLD = "todo_head_told"
SUPERVISOR_TOLD = "todo_supervisor_told"

TEXTS = {
    OPENED: _("Todo opened: {kind}"),
    DONE: _("Todo done: {kind}"),
    WITHDRAWN: _("Todo withdrawn: {kind}"),
    SUPERSEDED: _("Todo superseded by a worse stage: {kind}"),
    MOVED: _("Todo given to whoever is responsible: {kind}"),
    REASSIGNED: _("Todo reassigned from {from_name} to {to_name}: {kind} ({reason})"),
    TAKEN: _("Todo taken from the queue of {branch_name}: {kind}"),
    REOPENED: _("Todo open again after a correction: {kind}"),
    REMINDED: _("Todo due, reminder: {kind}"),
    HEAD_TOLD: _("Todo late, head told: {kind}"),
    SUPERVISOR_TOLD: _("Todo late, on the supervisor's list: {kind}"),
}
# Filled in later, by the event's own arguments.
PLACES = {name: f"{{{name}}}" for name in ("from_name", "to_name", "reason", "branch_name")}


def _define() -> None:
    """Each kind has events of its own, so that their text needs no look-up where they are shown."""
    for action, text in TEXTS.items():
        for kind in TodoKind:
            timeline.define(f"{action}.{kind.value}", format_lazy(text, kind=kind.label, **PLACES))


_define()


def record(
    ids: Iterable[int],
    action: str,
    *,
    business_date: date,
    run_id: int | None = None,
    acting_user: Any = None,
    **arguments: Any,
) -> None:
    """One event for each of these todos. Call it inside the transaction whose change it tells."""
    values = {
        "on": business_date,
        "now": connection.ops.adapt_datetimefield_value(timezone.now()),
        "actor_id": acting_user.pk if acting_user is not None else None,
        "run_id": run_id,
        "action": f"{action}.",
        "arguments": json.dumps(arguments, ensure_ascii=False),
    }
    with sql.table_of_ids(ids):
        sql.execute(SQL / "record_events.sql", values)
