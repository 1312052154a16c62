"""Each parameter of collecting is read: another value has another effect."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from postloan.collections.models import MaturityNotice, OverdueCase, OverdueStage
from postloan.collections.services import (
    ContactRefused,
    follow_overdue,
    raise_maturity_notices,
    receive_notice,
    record_action,
)
from postloan.core.models import OutboxMessage
from postloan.todos.models import Todo
from tests.factories import ParameterFactory
from tests.test_collections.book import DAY, RUN, make_book, maturing, overdue
from tests.test_collections.test_actions import done

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def book():
    return make_book()


def set_to(name, value):
    ParameterFactory(key=f"collections.{name}", value=value)


def open_kinds():
    return set(Todo.objects.open().values_list("kind", flat=True))


# ── maturities ────────────────────────────────────────────────────────────────────────────────────────────


def test_the_steps_of_notices(book):
    set_to("maturity_steps", [60, 14])
    maturing(book, 10)
    raise_maturity_notices(DAY, RUN)
    assert set(MaturityNotice.objects.values_list("step_days", flat=True)) == {60, 14}


def test_the_days_within_which_a_notice_is_answered(book):
    set_to("plan_within", {"90": 1})
    maturing(book, 60)
    raise_maturity_notices(DAY, RUN)
    assert Todo.objects.get().due_on == DAY + timedelta(days=1)


def test_the_steps_that_ask_for_a_plan(book):
    set_to("plan_steps", [7])
    maturing(book, 60)
    maturing(book, 5)
    raise_maturity_notices(DAY, RUN)
    for notice in MaturityNotice.objects.filter(is_tightest=True):
        receive_notice(notice, acting_user=book.manager)
    kinds = dict(Todo.objects.open().values_list("arguments__step", "kind"))
    assert kinds == {90: "maturity_follow_up", 7: "maturity_plan"}


def test_the_steps_told_to_the_borrower(book):
    set_to("borrower_steps", [90])
    maturing(book, 60)
    maturing(book, 5)
    raise_maturity_notices(DAY, RUN)
    assert OutboxMessage.objects.filter(recipient_kind="borrower").count() == 1


# ── overdue work ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_lines_collected_by_buckets(book):
    set_to("retail_lines", ["corporate"])
    overdue(book, 1)
    follow_overdue(DAY, RUN)
    assert OverdueCase.objects.get().scale == "bucket"
    assert not Todo.objects.exists(), "on the first three days a message"


def test_the_ladder_of_corporate_lending(book):
    set_to("ladder_corporate", {"1": [{"work": "visit", "within": 2, "unit": "days"}]})
    overdue(book, 1)
    follow_overdue(DAY, RUN)
    assert list(Todo.objects.values_list("kind", "due_on")) == [("overdue_visit", DAY + timedelta(days=2))]


def test_the_days_after_which_work_is_repeated(book):
    set_to("repeat_days", 10)
    overdue(book, 100)
    follow_overdue(DAY, RUN)
    assert follow_overdue(DAY + timedelta(days=9), RUN + 1)["stages"] == 0
    assert follow_overdue(DAY + timedelta(days=10), RUN + 2)["stages"] == 1
    assert OverdueStage.objects.latest("pk").reason == "repeat"


# ── contacts ──────────────────────────────────────────────────────────────────────────────────────────────


def refusals(book, **fields):
    try:
        record_action(book.loan, done(**fields), acting_user=book.manager)
    except ContactRefused as refused:
        return [one.code for one in refused.refusals]
    return []


@pytest.fixture
def late(book):
    book.loan = overdue(book, 1)
    follow_overdue(DAY, RUN)
    return book


def test_the_quiet_hours(late):
    at = datetime.combine(DAY, time(19), SHANGHAI)
    assert refusals(late, happened_at=at) == []
    set_to("quiet_from", "19:00")
    assert refusals(late, happened_at=at) == ["quiet_hours"]
    set_to("quiet_until", "10:00")
    assert refusals(late, hour=9) == ["quiet_hours"]


def test_the_calls_to_a_number(late):
    set_to("tries_a_number", 1)
    assert refusals(late, result="not_reached") == []
    assert refusals(late) == ["too_many_tries"]


def test_the_calls_that_reached(late):
    set_to("reached_calls", 1)
    assert refusals(late) == []
    assert refusals(late, number="13900001234") == ["too_many_calls"]
