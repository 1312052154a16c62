"""When a piece of work is done: most in time, some late, some only when somebody asks why. Same seed, same days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from django.utils import timezone

from postloan.core.business_date import SHANGHAI
from postloan.todos.models import Todo

STAYS_OPEN = 0.10
# Days after which what stayed open is done after all, since a head has seen it by then.
AT_LAST = (30, 50)
# What waits for a decision is seen by more than one.
STAYS_UNDECIDED = 0.02
LATE = 0.12
BEGUN_BEFORE = timedelta(days=5)


@dataclass(frozen=True)
class Day:
    """A business date that is closed, and the one that follows; on the last one its own work stays open.

    `until` is the last date there will be: what is due in its quarter is what somebody looks at.
    """

    on: date
    following: date | None
    seed: int
    until: date | None = None

    def is_recent(self, day: date) -> bool:
        last = self.until or self.on
        return day >= last.replace(month=(last.month - 1) // 3 * 3 + 1, day=1)

    def dice(self, *key: Any) -> Random:
        return Random("|".join(str(part) for part in (self.seed, *key)))

    def dice_of(self, todo: Todo) -> Random:
        """Of what the todo is about: keys of rows may differ from one database to the next."""
        loan = todo.loan.loan_no if todo.loan else ""
        return self.dice(todo.kind, todo.customer.customer_no, loan, todo.opened_on, todo.due_on, todo.line)

    def has_come(self, todo: Todo) -> bool:
        """Whether this is the day on which it is done."""
        return self._reaches(todo, timedelta(0))

    def is_begun(self, todo: Todo) -> bool:
        """Whether it is begun, though not done."""
        return self._reaches(todo, BEGUN_BEFORE)

    def _reaches(self, todo: Todo, ahead: timedelta) -> bool:
        dice = self.dice_of(todo)
        lot, never = dice.random(), STAYS_UNDECIDED if todo.about.to_post else STAYS_OPEN
        if lot < never:
            return todo.due_on + timedelta(days=dice.randint(*AT_LAST)) - ahead <= self.on
        if lot < never + LATE:
            return todo.due_on + timedelta(days=dice.randint(1, 9)) - ahead <= self.on
        days = max((todo.due_on - todo.opened_on).days, 0)
        wanted = todo.opened_on + timedelta(days=int(days * dice.uniform(0.2, 1)))
        # Between month-ends there is no date to work on: what falls between is done before.
        return wanted - ahead < (self.following or self.on)

    def moment(self, dice: Random) -> datetime:
        """In the hours in which people may be spoken to; never still to come."""
        at = datetime.combine(self.on, time(dice.randint(9, 16), dice.randint(0, 59)), tzinfo=SHANGHAI)
        return min(at, timezone.now())
