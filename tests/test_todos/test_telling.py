"""Who gets a message when todos become due and late: the assignee, the head, the supervisor; one a night each."""

from datetime import date
from typing import Any

import pytest

from postloan.core import outbox
from postloan.core.models import OutboxMessage
from postloan.todos import services
from postloan.todos.models import Todo
from tests.factories import BranchFactory, CustomerFactory, PostFactory, StaffFactory, StandInFactory
from tests.factories.todos import TodoFactory

pytestmark = pytest.mark.django_db

DUE, HEAD_DAY, SUPERVISOR_DAY = date(2026, 6, 30), date(2026, 7, 3), date(2026, 7, 7)


@pytest.fixture
def bank() -> dict[str, Any]:
    root = BranchFactory()
    west = BranchFactory(parent=root, tier2=True)
    sub = BranchFactory(parent=west, sub_branch=True)
    return {
        "root": root,
        "west": west,
        "sub": sub,
        "manager": StaffFactory(branch=sub, post="account_manager"),
        "head": StaffFactory(branch=sub, post="branch_head"),
        "west_head": StaffFactory(branch=west, post="branch_head"),
        "east_head": StaffFactory(branch=BranchFactory(parent=root, tier2=True), post="branch_head"),
        "supervisor": StaffFactory(branch=root, post="supervisor"),
    }


def todo_at(bank: dict[str, Any], **fields: Any) -> Todo:
    fields = {"assignee": bank["manager"], "due_on": DUE, "loan__customer__branch": bank["sub"]} | fields
    return TodoFactory(**fields)


def told(on: date) -> dict[str, list[Any]]:
    """Who was told what by this night's escalation."""
    before = set(OutboxMessage.objects.values_list("pk", flat=True))
    written = services.escalate(business_date=on, run_id=5).messages
    new = OutboxMessage.objects.exclude(pk__in=before).order_by("template", "staff")
    assert len(new) == written
    found: dict[str, list[Any]] = {}
    for message in new:
        found.setdefault(message.template, []).append(message.staff)
    return found


def test_the_manager_on_the_day_the_head_after_three_the_supervisor_after_five_working_days(bank) -> None:
    todo_at(bank)
    assert told(date(2026, 6, 29)) == {}
    assert told(DUE) == {"todos_due": [bank["manager"]]}
    assert told(DUE) == {}
    assert told(date(2026, 7, 2)) == {}
    assert told(HEAD_DAY) == {"todos_late_head": [bank["head"]]}
    assert told(date(2026, 7, 6)) == {}
    assert told(SUPERVISOR_DAY) == {"todos_late_supervisor": [bank["supervisor"]]}
    assert told(date(2026, 7, 31)) == {}


def test_one_message_counts_all_of_a_night(bank) -> None:
    todo_at(bank, due_on=date(2026, 6, 29))
    todo_at(bank)
    todo_at(bank, due_on=date(2026, 7, 1))
    assert told(DUE) == {"todos_due": [bank["manager"]]}
    message = OutboxMessage.objects.get()
    assert message.arguments == {"count": 2, "day": "2026-06-30", "since": "2026-06-29"}
    subject, body = outbox.text_of(message)
    assert subject == "有待办到期：2 项"
    assert "2026-06-29" in body
    assert (message.recipient_kind, message.customer_id, message.loan_id) == ("staff", None, None)
    assert told(date(2026, 7, 1)) == {"todos_due": [bank["manager"]]}, "the third is due a day later"


def test_missed_nights_tell_all_three_at_once(bank) -> None:
    todo_at(bank)
    assert told(date(2026, 7, 31)) == {
        "todos_due": [bank["manager"]],
        "todos_late_head": [bank["head"]],
        "todos_late_supervisor": [bank["supervisor"]],
    }


def test_where_the_branch_has_no_head_the_nearest_above_is_told(bank) -> None:
    todo_at(bank, loan__customer__branch=BranchFactory(parent=bank["west"], sub_branch=True))
    told(DUE)
    assert told(HEAD_DAY) == {"todos_late_head": [bank["west_head"]]}


def test_a_head_for_other_lines_is_passed_over(bank) -> None:
    bank["head"].posts.update(lines="inclusive")
    todo_at(bank)
    todo_at(bank, line="inclusive")
    told(DUE)
    assert told(HEAD_DAY) == {"todos_late_head": [bank["head"], bank["west_head"]]}


def test_the_head_of_the_retail_centre_leads_its_lines(bank) -> None:
    centre = BranchFactory(parent=bank["root"], retail_centre=True)
    centre_head = StaffFactory(branch=centre, post="branch_head")
    todo_at(bank, line="personal", loan__customer=CustomerFactory(branch=bank["sub"], main_line="personal"))
    told(DUE)
    assert told(HEAD_DAY) == {"todos_late_head": [centre_head]}


def test_what_waits_in_a_queue_is_told_to_who_holds_the_post(bank) -> None:
    second = StaffFactory(branch=bank["sub"])
    PostFactory(staff=second, code="branch_head")
    todo_at(bank, assignee=None, post_code="branch_head", post_branch=bank["sub"])
    assert told(DUE) == {"todos_due_in_queue": [bank["head"], second]}
    assert bank["sub"].name in outbox.text_of(OutboxMessage.objects.first())[1]


def test_who_stands_in_is_told_as_well_and_who_is_disabled_is_not(bank) -> None:
    stand_in = StaffFactory(branch=bank["sub"], post="account_manager")
    StandInFactory(absent=bank["manager"], stand_in=stand_in, ordered_by=bank["head"])
    bank["head"].is_active = False
    bank["head"].save()
    todo_at(bank)
    assert told(DUE) == {"todos_due": [bank["manager"], stand_in]}
    assert told(HEAD_DAY) == {"todos_late_head": [bank["west_head"]]}


def test_what_is_done_in_time_is_told_to_nobody(bank) -> None:
    todo_at(bank, done=True)
    assert told(SUPERVISOR_DAY) == {}


def test_a_heads_own_late_work_is_told_to_the_head_above(bank) -> None:
    todo_at(bank, assignee=bank["head"])
    assert told(DUE) == {"todos_due": [bank["head"]]}
    assert told(HEAD_DAY) == {"todos_late_head": [bank["west_head"]]}


def test_what_waits_in_the_heads_own_queue_too(bank) -> None:
    todo_at(bank, assignee=None, post_code="branch_head", post_branch=bank["sub"])
    assert told(DUE) == {"todos_due_in_queue": [bank["head"]]}
    assert told(HEAD_DAY) == {"todos_late_head": [bank["west_head"]]}


def test_where_nobody_stands_above_the_head_is_told_again(bank) -> None:
    bank["west_head"].posts.all().delete()
    todo_at(bank, assignee=bank["head"])
    told(DUE)
    assert told(HEAD_DAY) == {"todos_late_head": [bank["head"]]}
