"""What is not done is told: to whoever is responsible, then to the head, then to the supervisor; each once.

The step is noted at the todo, in its events, and in one message a person for all that came to the step this night.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Min

from postloan.core import calendar, parameters, sql
from postloan.todos import history, rules
from postloan.todos.models import Todo
from postloan.todos.services import telling
from postloan.todos.staging import SQL


@dataclass(frozen=True)
class Escalated:
    """Todos that came to each step, and the messages written about them."""

    reminded: int = 0
    heads_told: int = 0
    supervisors_told: int = 0
    messages: int = 0

    def counts(self) -> dict[str, int]:
        return asdict(self)


STEPS = {
    "remind": history.REMINDED,
    "tell_head": history.HEAD_TOLD,
    "tell_supervisor": history.SUPERVISOR_TOLD,
}


@transaction.atomic
def escalate(*, business_date: date, run_id: int | None = None) -> Escalated:
    """Tells what is due and what is late on this date and was not told yet; missed nights are caught up.

    The deadlines are counted in working days after the due date and are parameters valid on this date.
    """
    oldest = Todo.objects.open().filter(due_on__lte=business_date).aggregate(day=Min("due_on"))["day"]
    if oldest is None:
        return Escalated()
    calendar.ensure(oldest, business_date)
    values = {
        "on": business_date,
        "head_days": parameters.value(rules.HEAD_TOLD_DAYS, on=business_date),
        "supervisor_days": parameters.value(rules.SUPERVISOR_TOLD_DAYS, on=business_date),
    }
    by_whom: dict[str, Any] = {"business_date": business_date, "run_id": run_id}
    told: dict[str, list[int]] = {}
    for name, action in STEPS.items():
        told[name] = [row["id"] for row in sql.rows(SQL / f"{name}.sql", values)]
        if told[name]:
            history.record(told[name], action, **by_whom)
    messages = (
        telling.tell_responsible(told["remind"], **by_whom)
        + telling.tell_above(
            told["tell_head"], telling.LATE_HEAD, code=telling.HEAD, days=values["head_days"], **by_whom
        )
        + telling.tell_above(
            told["tell_supervisor"],
            telling.LATE_SUPERVISOR,
            code=telling.SUPERVISOR,
            days=values["supervisor_days"],
            **by_whom,
        )
    )
    return Escalated(
        reminded=len(told["remind"]),
        heads_told=len(told["tell_head"]),
        supervisors_told=len(told["tell_supervisor"]),
        messages=messages,
    )
