"""The night's step: what waits is given on, what is due is told; a second run writes nothing."""

from datetime import date
from types import SimpleNamespace

import pytest

from postloan.core.models import Event, Finding
from postloan.nightly import steps
from postloan.todos.models import Todo
from tests.factories import ResponsibilityFactory, StaffFactory
from tests.factories.todos import TodoFactory

pytestmark = pytest.mark.django_db


def test_the_step_counts_what_it_did_and_does_it_once() -> None:
    night = SimpleNamespace(day=date(2026, 7, 31), run_id=9)
    waiting = TodoFactory(queued=True)
    ResponsibilityFactory(customer=waiting.customer, staff=StaffFactory(), line="corporate", role="A")
    TodoFactory(done=True)

    assert steps.todos(night) == {
        "moved": 1,
        "reminded": 1,
        "heads_told": 1,
        "supervisors_told": 1,
        "messages": 1,
        "found": 0,
    }

    before = (list(Todo.objects.values()), Event.objects.count(), Finding.objects.count())
    assert set(steps.todos(night).values()) == {0}
    assert (list(Todo.objects.values()), Event.objects.count(), Finding.objects.count()) == before


def test_it_is_the_last_of_the_night() -> None:
    assert steps.STEPS[-1].code == "todos"
