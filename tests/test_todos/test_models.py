"""What must never be false of a todo, and what it says of itself."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from postloan.todos import reasons, rules
from postloan.todos.kinds import KINDS, Tab, TodoKind
from postloan.todos.models import Todo
from tests.factories import BranchFactory, StaffFactory
from tests.factories.days import DELIVERED_ON, MOMENT
from tests.factories.todos import TodoFactory

NEXT_DAY = DELIVERED_ON + timedelta(days=1)
DAY_BEFORE = DELIVERED_ON - timedelta(days=1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("constraint", "traits", "change"),
    [
        ("todo_has_kind_and_subject", {}, {"kind": ""}),
        ("todo_has_kind_and_subject", {}, {"subject_kind": ""}),
        ("todo_has_reason", {}, {"reason_code": ""}),
        ("todo_known_line", {}, {"line": "treasury"}),
        ("todo_weight_max_100", {}, {"weight": 101}),
        ("todo_of_a_person_or_a_post", {}, {"assignee": None}),
        ("todo_of_a_person_or_a_post", {}, {"post_code": "branch_head"}),
        ("todo_of_a_person_or_a_post", {"queued": True}, {"post_code": ""}),
        ("todo_of_a_person_or_a_post", {"queued": True}, {"post_branch": None}),
        ("todo_state_fits_dates", {}, {"state": "forgotten"}),
        ("todo_state_fits_dates", {}, {"closed_on": DELIVERED_ON}),
        ("todo_state_fits_dates", {}, {"closed_at": MOMENT}),
        ("todo_state_fits_dates", {}, {"close_reason": "done"}),
        ("todo_state_fits_dates", {}, {"state": "superseded"}),
        ("todo_state_fits_dates", {"done": True}, {"closed_on": None}),
        ("todo_state_fits_dates", {"done": True}, {"closed_at": None}),
        ("todo_state_fits_dates", {"done": True}, {"closed_by": None}),
        ("todo_state_fits_dates", {"withdrawn": True}, {"close_reason": ""}),
        ("todo_state_fits_dates", {"withdrawn": True}, {"state": "superseded"}),
        ("todo_closed_after_open", {"done": True}, {"opened_on": NEXT_DAY}),
        ("todo_reminded_when_due", {}, {"reminded_on": DAY_BEFORE}),
        ("todo_head_told_when_late", {}, {"head_told_on": DELIVERED_ON}),
        ("todo_supervisor_told_when_late", {}, {"supervisor_told_on": DELIVERED_ON}),
    ],
)
def test_the_database_refuses(constraint: str, traits: dict, change: dict) -> None:
    todo = TodoFactory(**traits)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Todo.objects.filter(pk=todo.pk).update(**change)


@pytest.mark.django_db
def test_the_database_refuses_a_person_and_a_branch_and_a_closer_of_what_is_open() -> None:
    todo = TodoFactory()
    for change in ({"post_branch": BranchFactory()}, {"closed_by": StaffFactory()}, {"superseded_by": TodoFactory()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Todo.objects.filter(pk=todo.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        Todo.objects.filter(pk=TodoFactory(withdrawn=True).pk).update(superseded_by=todo)
    itself = TodoFactory(withdrawn=True)
    with pytest.raises(IntegrityError, match="itself"), transaction.atomic():
        Todo.objects.filter(pk=itself.pk).update(state="superseded", superseded_by=itself)


@pytest.mark.django_db
def test_one_is_open_at_most_a_kind_subject_and_occurrence() -> None:
    first = TodoFactory()
    same = {"loan": first.loan, "occurrence": first.occurrence}
    TodoFactory(**same, done=True)
    TodoFactory(**same, kind="overdue_visit")
    TodoFactory(loan=first.loan, occurrence="another")
    with pytest.raises(IntegrityError):
        TodoFactory(**same)


def test_each_kind_is_registered_with_all_that_a_page_shows() -> None:
    assert set(KINDS) == set(TodoKind.values)
    for kind in KINDS.values():
        assert kind.tab in Tab.values
        assert kind.verb
        assert 0 <= kind.weight <= 60
        assert kind.label


def test_a_reason_is_said_in_the_reader_s_language() -> None:
    arguments = {"field": "phone", "purpose": "calls"}
    with translation.override("en"):
        assert "phone" in reasons.describe("data_incomplete", arguments)
    with translation.override("zh-hans"):
        assert "phone" in reasons.describe("data_incomplete", arguments)
    assert reasons.describe("never_defined", {}) == "never_defined"


def test_amounts_shares_and_codes_in_a_reason_are_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reasons, "_texts", {})
    monkeypatch.setattr(reasons, "_words", {})
    reasons.define("x", "{gap_amount} {rise_pct} {step}", words={"step": {"a": "first"}})
    assert reasons.describe("x", {"gap_amount": "61208.1", "rise_pct": "34.50", "step": "a"}) == "61,208.10 34.5 first"
    with pytest.raises(ValueError, match="twice"):
        reasons.define("x", "again")


STEPS = {"amount_steps": [[1000, 10], [5000, 30]], "late_steps": [[1, 5], [31, 20]]}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind_weight", "amount", "days", "weight"),
    [
        (40, None, None, 40),
        (40, 999, 0, 40),
        (40, 1000, 1, 55),
        (40, 4999, 30, 55),
        (40, 5000, 31, 90),
        (60, 5000, 31, 100),
    ],
)
def test_weight_is_the_same_in_python_and_in_sql(kind_weight, amount, days, weight) -> None:
    from postloan.core import sql

    assert rules.weight(kind_weight, amount=amount, days_overdue=days, **STEPS) == weight
    expression = rules.weight_in_sql(kind_weight, **STEPS)
    select = f"SELECT {expression} AS weight FROM (SELECT CAST(%(amount)s AS integer) AS amount, CAST(%(days)s AS integer) AS days_overdue) AS row_"
    assert next(sql.rows(select, {"amount": amount, "days": days}))["weight"] == weight
