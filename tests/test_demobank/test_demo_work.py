"""The demonstration's people at work: believable shares, no maker who is the checker, once a date, nights undisturbed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.db.models import F, Q

from postloan.collections.models import ActionRecord, DemandNotice, MaturityNotice, MaturityPlan, PlanState, Promise
from postloan.core.models import Event
from postloan.demobank.generator import Settings
from postloan.inspections.models import Answer, InspectionTask, Report, ReportState, Signature, TaskRequest
from postloan.inspections.services.writers import hands_of
from postloan.nightly.demonstration.pace import Day
from postloan.nightly.demonstration.work import work
from postloan.nightly.models import NightRun, RunState
from postloan.todos.kinds import TodoKind
from postloan.todos.models import Todo
from tests.test_demobank.working import worked_bank

pytestmark = pytest.mark.django_db
SIZE = Settings(customers=60, months=3, seed=7, until=date(2026, 10, 14))


@pytest.fixture(scope="module")
def days(tmp_path_factory: Any, django_db_setup: None, django_db_blocker: Any) -> Iterator[list[date]]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield worked_bank(tmp_path_factory.mktemp("worked"), SIZE)
        transaction.set_rollback(True)


def counted() -> dict[str, int]:
    models: tuple[Any, ...] = (
        Todo, ActionRecord, DemandNotice, MaturityNotice, MaturityPlan, Promise, Report, Answer, Signature, TaskRequest,
        Event,
    )  # fmt: skip
    return {model.__name__: model.objects.count() for model in models}


def test_most_is_done_in_time_some_late_and_some_stays_open(days: list[date]) -> None:
    due = Todo.objects.filter(due_on__lt=days[-1], state__in=["done", "open"])
    done = due.filter(state="done")
    in_time = done.filter(closed_on__lte=F("due_on"))
    assert due.count() > 100
    assert 0.65 < in_time.count() / due.count() < 0.95
    assert 0 < done.count() - in_time.count() < due.count() * 0.25
    assert 0.02 < due.filter(state="open").count() / due.count() < 0.25


def test_nothing_stays_undone_for_months(days: list[date]) -> None:
    opened = Todo.objects.open().filter(due_on__lt=days[-1])
    assert opened.exists()
    assert all((days[-1] - todo.due_on).days <= 60 for todo in opened)


def test_most_recent_inspections_are_covered_by_a_report(days: list[date]) -> None:
    tasks = InspectionTask.objects.exclude(state="withdrawn").filter(first_due_on__lte=days[-1])
    handed_in = tasks.exclude(submitted_on=None).count()
    assert handed_in >= 10
    assert handed_in > tasks.filter(state="ended").count()
    assert handed_in * 2 > tasks.exclude(state="ended").count()


def test_the_last_dates_work_is_left_for_whoever_logs_in(days: list[date]) -> None:
    opened = Todo.objects.filter(opened_on=days[-1], run_id__isnull=False)
    assert opened.exists()
    assert not opened.filter(state="done").exists()
    assert Todo.objects.open().filter(kind__in=[TodoKind.INSPECTION_TO_APPROVE, TodoKind.INSPECTION_REQUEST]).exists()


def test_every_kind_of_work_was_done(days: list[date]) -> None:
    assert MaturityNotice.objects.exclude(received_at=None).exists()
    assert MaturityPlan.objects.filter(state=PlanState.CONFIRMED).exists()
    assert ActionRecord.objects.exclude(cause="").exclude(willingness="").exclude(ability="").exists()
    assert Promise.objects.exists()
    assert DemandNotice.objects.exclude(received_on=None).exists()
    assert TaskRequest.objects.filter(state="approved").exists()
    assert Report.objects.filter(state=ReportState.APPROVED).count() >= 5
    kinds = InspectionTask.objects.filter(state="approved").values_list("kind", flat=True)
    assert set(kinds) == {"first", "periodic", "special"}


def test_dates_are_business_dates(days: list[date]) -> None:
    assert set(ActionRecord.objects.values_list("business_date", flat=True)) <= set(days)
    approved = Report.objects.filter(state=ReportState.APPROVED)
    for report in approved:
        assert {report.begun_on, report.inspected_on, report.submitted_on, report.approved_on} <= set(days)


def test_whoever_made_it_never_decided_on_it(days: list[date]) -> None:
    plans = MaturityPlan.objects.exclude(decided_by=None)
    assert plans.exists()
    assert not plans.filter(Q(decided_by=F("made_by")) | Q(decided_by=F("submitted_by"))).exists()
    asked = TaskRequest.objects.exclude(decided_by=None)
    assert asked.exists()
    assert not asked.filter(decided_by=F("asked_by")).exists()
    reports = list(Report.objects.filter(decisions__isnull=False).distinct())
    hands = hands_of(reports)
    for report in reports:
        deciders = set(report.decisions.values_list("decided_by_id", flat=True))
        assert not deciders & hands[report.pk].keys()


def test_two_people_signed_where_two_are_asked_for(days: list[date]) -> None:
    approved = Report.objects.filter(state=ReportState.APPROVED, task__people=2)
    assert approved.exists()
    for report in approved:
        assert report.signatures.filter(voided_at=None).values("signed_by").distinct().count() == 2


def test_every_night_was_done_with_its_totals(days: list[date]) -> None:
    assert len(set(days)) == len(days)
    assert set(NightRun.objects.values_list("state", flat=True)) == {RunState.DONE}


def test_a_second_run_changes_nothing(days: list[date]) -> None:
    before = counted()
    assert work(Day(days[-1], None, 7)) == {}
    call_command("make_demo_work")
    assert counted() == before
