"""What is not done is told to the person, the head and the supervisor; each once, also after missed nights."""

from datetime import date

import pytest

from postloan.core.models import Event
from postloan.todos import services
from postloan.todos.models import Todo
from tests.factories import ParameterFactory
from tests.factories.todos import TodoFactory

pytestmark = pytest.mark.django_db


def told(on: date) -> tuple[int, int, int]:
    return tuple(services.escalate(business_date=on, run_id=5).counts().values())[:3]


def test_each_is_told_once_on_its_day() -> None:
    # 2026-06-30 is a Tuesday.
    todo = TodoFactory(due_on=date(2026, 6, 30), opened_on=date(2026, 6, 1))
    seen = {day: told(date(2026, month, day)) for month, day in [(6, 29), (6, 30), (7, 1), (7, 2), (7, 3), (7, 4)]}
    assert seen == {29: (0, 0, 0), 30: (1, 0, 0), 1: (0, 0, 0), 2: (0, 0, 0), 3: (0, 1, 0), 4: (0, 0, 0)}
    assert [told(date(2026, 7, day)) for day in (6, 7, 7, 8)] == [(0, 0, 0), (0, 0, 1), (0, 0, 0), (0, 0, 0)]
    todo.refresh_from_db()
    assert (todo.reminded_on, todo.head_told_on, todo.supervisor_told_on) == (
        date(2026, 6, 30),
        date(2026, 7, 3),
        date(2026, 7, 7),
    )
    assert list(Event.objects.order_by("id").values_list("code", flat=True)) == [
        "todo_reminded.overdue_contact",
        "todo_head_told.overdue_contact",
        "todo_supervisor_told.overdue_contact",
    ]


def test_missed_nights_are_caught_up_by_the_next_one() -> None:
    TodoFactory(due_on=date(2026, 6, 30))
    assert told(date(2026, 7, 31)) == (1, 1, 1)
    assert told(date(2026, 7, 31)) == (0, 0, 0)


@pytest.mark.parametrize(
    ("due", "not_yet", "then"),
    [
        # National day 2026: 1 to 7 October off, Saturday the 10th worked in exchange.
        (date(2026, 9, 30), date(2026, 10, 9), date(2026, 10, 10)),
        # Spring festival 2026: 15 to 23 February off; Saturdays 14 and 28 February worked.
        (date(2026, 2, 13), date(2026, 2, 24), date(2026, 2, 25)),
        # Due on a Saturday: Monday is the first working day after it.
        (date(2026, 7, 4), date(2026, 7, 7), date(2026, 7, 8)),
        # No holidays are known of 2031: Monday to Friday count.
        (date(2031, 9, 30), date(2031, 10, 2), date(2031, 10, 3)),
    ],
)
def test_holidays_do_not_count(due: date, not_yet: date, then: date) -> None:
    todo = TodoFactory(due_on=due)
    told(not_yet)
    assert Todo.objects.get().head_told_on is None
    told(then)
    todo.refresh_from_db()
    assert (todo.head_told_on, todo.supervisor_told_on) == (then, None)


def test_what_is_closed_is_told_to_nobody() -> None:
    TodoFactory(done=True)
    TodoFactory(withdrawn=True)
    assert told(date(2026, 12, 31)) == (0, 0, 0)


def test_the_days_are_parameters() -> None:
    TodoFactory(due_on=date(2026, 6, 30))
    ParameterFactory(key="todos.head_told_days", value=1)
    assert told(date(2026, 7, 1)) == (1, 1, 0)
