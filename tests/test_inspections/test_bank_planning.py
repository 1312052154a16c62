"""Eighteen months of a bank replayed: every inspection planned, brought forward and withdrawn is the oracle's.

The oracle (planning_oracle.py) reads the extract files itself. After each night two managers in three hand in what is
due before the next one, so that cycles go on; later dates are granted, and of the third some are ended without inspection.
Late nights: months and days are left out and what is there waits in
the inbox, so that several months' payouts, cycles and arrears fall due at once.
"""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from postloan.core import jobs
from postloan.core.models import BusinessDate
from postloan.customers.models import Customer
from postloan.demobank.generator import Settings, make_demo_bank
from postloan.imports.services import import_folder
from postloan.inspections import limits
from postloan.inspections.models import InspectionTask
from postloan.inspections.services import requests
from postloan.inspections.services.task_todos import withdraw_of
from postloan.nightly.services import run_night
from postloan.todos.models import Todo
from tests.factories import ParameterFactory, StaffFactory
from tests.test_inspections.planning_oracle import PlanningOracle

# Every date commits, as in the bank: dozens of imports in one transaction would be more locks than PostgreSQL holds.
pytestmark = pytest.mark.django_db(transaction=True)

SIZE = Settings(customers=60, months=18, seed=8, until=date(2026, 10, 12))


@pytest.fixture(scope="module")
def bank(tmp_path_factory: Any) -> Path:
    folder = tmp_path_factory.mktemp("planning")
    make_demo_bank(folder / "bank", folder / "truth.json", SIZE)
    return folder


def extracts(bank: Path) -> list[Path]:
    return sorted((bank / "bank").iterdir())


def oracle() -> PlanningOracle:
    """The sample of a year is drawn by the number a customer has in the database."""
    return PlanningOracle(numbers=dict(Customer.objects.values_list("customer_no", "pk")))


def close(folder: Path) -> None:
    import_folder(folder)
    run = run_night()
    assert run.state == "done", run.error


def hand_in(told: PlanningOracle, day: date) -> None:
    """What is due within three days is handed in and approved on the day, but for every third customer."""
    due = InspectionTask.objects.filter(state="planned", due_on__lte=day + timedelta(days=3)).select_related("customer")
    done = [task for task in due if int(task.customer.customer_no) % 3]
    for task in done:
        told.hand_in(task.kind, (task.customer.customer_no, task.line, task.occurrence), day)
    InspectionTask.objects.filter(pk__in=[task.pk for task in done]).update(
        state="approved", submitted_on=day, done_on=day
    )
    withdraw_of(done, reason="no_longer_due", business_date=day)


def put_off_and_end(told: PlanningOracle, day: date, people: tuple[Any, Any]) -> None:
    """A periodic one is granted 40 days more, once; what every third customer owes too long is ended."""
    asker, decider = people
    for task in InspectionTask.objects.filter(state="planned").select_related("customer").order_by("pk"):
        about = (task.customer.customer_no, task.line, task.occurrence)
        if task.kind == "periodic" and task.due_on >= day and not task.requests.exists():
            until = task.due_on + timedelta(days=40)
            asked = requests.ask(task, "delay", reason="客户停产检修", new_due_on=until, acting_user=asker)
            told.grant(task.kind, about, until)
        elif int(task.customer.customer_no) % 3 == 0 and task.due_on < day - timedelta(days=60):
            asked = requests.ask(task, "end", reason="客户已迁出，另行安排", acting_user=asker)
            told.end(task.kind, about, day)
        else:
            continue
        requests.decide(asked, grant=True, comment="", acting_user=decider)


def planned() -> Counter:
    """What the product holds, in the oracle's words; what a correction took back for good is not there."""
    found = InspectionTask.objects.exclude(withdraw_reason="corrected").select_related("customer")
    return Counter(
        (
            task.customer.customer_no, task.line, task.kind, task.occurrence, task.reason_code, task.planned_on,
            task.first_due_on, task.due_on, task.place, task.people, task.withdrawn_on,
            task.done_on,
            frozenset(one.loan.loan_no for one in task.task_loans.all() if task.withdrawn_on or not one.is_withdrawn),
        )
        for task in found.prefetch_related("task_loans__loan")
    )  # fmt: skip


def assert_agrees(told: PlanningOracle) -> None:
    """Both ways; and each open inspection is one todo with its date, a withdrawn one none."""
    expected = Counter(one.row() for one in told.tasks)
    assert planned() - expected == Counter(), "not known to the oracle"
    assert expected - planned() == Counter(), "missing"
    open_tasks = InspectionTask.objects.filter(state="planned").values_list("pk", "due_on")
    todos = Todo.objects.open().filter(kind="inspection").values_list("subject_id", "due_on")
    assert Counter(todos) == Counter(open_tasks)


def test_eighteen_months_plan_exactly_what_the_oracle_says(bank: Path) -> None:
    """The dates as they come, and the one that core banking corrects after its night.

    The bank plans early, so that what gets worse meets dates granted already.
    """
    corrections = {folder.name: folder for folder in (bank / "bank-corrections").iterdir()}
    assert corrections
    told, people = None, (StaffFactory(), StaffFactory())
    ParameterFactory(key=limits.PLAN_AHEAD, value=80)
    for folder in extracts(bank):
        close(folder)
        told = told or oracle()
        told.ahead = 80
        told.numbers = dict(Customer.objects.values_list("customer_no", "pk"))
        told.night(folder)
        if folder.name in corrections:
            close(corrections[folder.name])
            told.correct(corrections[folder.name])
        hand_in(told, date.fromisoformat(folder.name))
        put_off_and_end(told, date.fromisoformat(folder.name), people)
    assert told
    assert_agrees(told)
    assert told.grants_kept, "without the rule the night would have undone a later date granted"
    assert told.grants_overtaken, "facts got worse than they were at the grant"
    assert InspectionTask.objects.filter(state="ended").exists()
    assert_varied(told)


def assert_varied(told: PlanningOracle) -> None:
    """The bank brings about what the rules speak of, or agreeing would mean little."""
    kinds = Counter((one.kind, one.why) for one in told.tasks)
    assert {kind for kind, _why in kinds} == {"first", "periodic", "special"}
    assert {why for _kind, why in kinds} >= {"inspection_class_worse", "inspection_interest_arrears"}
    assert {one.line for one in told.tasks} == {"corporate", "inclusive", "personal", "rural"}
    assert {(one.place, one.people) for one in told.tasks} >= {("on_site", 1), ("on_site", 2), ("off_site", 1)}
    assert any(one.withdrawn_on for one in told.tasks)
    assert any(one.done_on for one in told.tasks)
    assert any(len(one.loans) > 1 for one in told.tasks)


def test_nights_that_come_late_plan_the_same_things_once(bank: Path, settings: Any, tmp_path: Path) -> None:
    """Nobody hands in anything; the bank plans two months ahead, so that what got worse meets dates given already."""
    settings.INBOX_DIR, settings.VAR_DIR = tmp_path / "inbox", tmp_path
    settings.INBOX_DIR.mkdir()
    ParameterFactory(key=limits.PLAN_AHEAD, value=60)
    dates = extracts(bank)
    late = [dates[n] for n in (0, 1, 2, 5, 8, 9, 10, 14, -1)]
    for folder in late:
        shutil.copytree(folder, settings.INBOX_DIR / folder.name)
    while jobs.run_due():
        pass
    assert BusinessDate.objects.exclude(closed_at=None).count() == len(late)
    told = oracle()
    told.ahead = 60
    for folder in late:
        told.night(folder)
    assert_agrees(told)
    assert told.brought_forward
    assert any(one.due_on < one.planned_on for one in told.tasks), "some were late before they could be planned"
