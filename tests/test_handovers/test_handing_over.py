"""A hand-over: prepared by a head, signed by three different people, in effect whole by a night, and no other way."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from postloan.core.models import Event
from postloan.customers.models import Customer, Responsibility
from postloan.handovers import services
from postloan.handovers.models import Handover, HandoverItem
from postloan.handovers.services.signing import Plan, look_at, part_of
from postloan.loans.models import LoanManager
from postloan.todos.models import Todo
from tests.factories import (
    BranchFactory,
    BusinessDateFactory,
    CustomerFactory,
    LoanFactory,
    LoanManagerFactory,
    LoanStateFactory,
    ResponsibilityFactory,
    StaffFactory,
)
from tests.factories.collecting import MaturityPlanFactory, OverdueCaseFactory
from tests.factories.days import DELIVERED_ON
from tests.factories.handovers import HandoverFactory, HandoverItemFactory
from tests.factories.todos import TodoFactory

pytestmark = pytest.mark.django_db
NEXT = DELIVERED_ON + timedelta(days=1)


class Desk:
    """A branch with its people and a giver's small book."""

    def __init__(self) -> None:
        BusinessDateFactory()
        self.branch = BranchFactory(tier2=True)
        self.head = StaffFactory(post="branch_head", branch=self.branch)
        self.giver = StaffFactory(post="account_manager", branch=self.branch)
        self.receiver = StaffFactory(post="account_manager", branch=self.branch)
        self.second = StaffFactory(post="account_manager", branch=self.branch)
        self.first = CustomerFactory(branch=self.branch)
        self.other = CustomerFactory(branch=self.branch)
        ResponsibilityFactory(customer=self.first, staff=self.giver)
        ResponsibilityFactory(customer=self.first, staff=self.second, assistant=True)
        ResponsibilityFactory(customer=self.other, staff=self.giver)
        self.loan = LoanFactory(customer=self.first, branch=self.branch)
        LoanStateFactory(loan=self.loan, manager=self.giver)
        self.todo = TodoFactory(loan=self.loan, assignee=self.giver)

    def plan(self, **changed: Any) -> Plan:
        given: dict[str, Any] = {
            "giver": self.giver, "receiver": self.receiver, "witness": self.head, "effective_on": NEXT,
            "reason": "岗位调整",
        }  # fmt: skip
        return Plan(**given | changed)

    def prepared(self, **changed: Any) -> Handover:
        return services.prepare_handover(self.plan(**changed), acting_user=self.head)

    def signed(self, **changed: Any) -> Handover:
        handover = self.prepared(**changed)
        for person in (handover.giver, handover.receiver, handover.witness):
            handover = sign(handover, person)
        return handover


def sign(handover: Handover, person: Any) -> Handover:
    return services.sign_handover(handover, seen_hash=handover.content_hash, acting_user=person)


def managers(customer: Any, on: date) -> dict[str, Any]:
    return {row.role: row.staff for row in Responsibility.objects.on(on).filter(customer=customer)}


def refusals(code: str, verdict: Any) -> list[str]:
    return [problem["code"] for problem in verdict.problems if problem["code"] == code]


@pytest.fixture
def desk() -> Desk:
    return Desk()


# ── the list ──────────────────────────────────────────────────────────────────────────────────────────────


def test_the_list_holds_customers_loans_todos_plans_and_cases(desk: Desk) -> None:
    own = LoanFactory(branch=desk.branch)
    LoanManagerFactory(loan=own, staff=desk.giver)
    plan = MaturityPlanFactory(loan=desk.loan, made_by=desk.giver)
    case = OverdueCaseFactory(loan=desk.loan)
    elsewhere = TodoFactory(assignee=desk.giver)
    items, verdict = look_at(desk.plan())
    keys = {item.key for item in items}
    assert keys == {
        f"customer:{desk.first.pk}:corporate:A",
        f"customer:{desk.other.pk}:corporate:A",
        f"own_loan:{own.pk}:A",
        f"loan:{own.pk}",
        f"loan:{desk.loan.pk}",
        f"todo:{desk.todo.pk}",
        f"todo:{elsewhere.pk}",
        f"plan:{plan.pk}",
        f"case:{case.pk}",
    }
    assert verdict.is_clear
    assert not Handover.objects.exists(), "looking writes nothing"


def test_a_part_of_the_book_leaves_the_rest_with_its_todos(desk: Desk) -> None:
    stays = TodoFactory(loan=LoanFactory(customer=desk.other), assignee=desk.giver)
    items, _verdict = look_at(desk.plan(customers=[desk.first.pk]))
    keys = {item.key for item in items}
    assert f"customer:{desk.other.pk}:corporate:A" not in keys
    assert f"todo:{stays.pk}" not in keys
    assert f"todo:{desk.todo.pk}" in keys


def test_a_loan_that_names_another_manager_is_not_the_givers(desk: Desk) -> None:
    LoanManagerFactory(loan=desk.loan, staff=desk.second)
    items, _verdict = look_at(desk.plan())
    assert f"loan:{desk.loan.pk}" not in {item.key for item in items}


# ── who and when ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ({"receiver": "giver"}, "三"),
        ({"witness": "receiver"}, "三"),
        ({"witness": "giver"}, "三"),
        ({"witness": "second"}, "监交"),
    ],
)
def test_three_different_people_and_a_witness_who_leads(desk: Desk, who: dict[str, str], words: str) -> None:
    people = {part: getattr(desk, name) for part, name in who.items()}
    with pytest.raises(services.Refused, match=words):
        desk.prepared(**people)
    assert not Handover.objects.exists()


def test_a_head_prepares_for_the_own_branches_only(desk: Desk) -> None:
    other_head = StaffFactory(post="branch_head")
    with pytest.raises(services.Refused):
        services.prepare_handover(desk.plan(), acting_user=other_head)
    with pytest.raises(PermissionDenied):
        services.prepare_handover(desk.plan(), acting_user=desk.second)


def test_a_closed_day_is_refused(desk: Desk) -> None:
    with pytest.raises(services.Refused, match=DELIVERED_ON.isoformat()):
        desk.prepared(effective_on=DELIVERED_ON)


def test_what_stands_against_it_is_named(desk: Desk) -> None:
    disabled = StaffFactory(post="account_manager", branch=desk.branch, disabled=True)
    assert refusals("receiver_disabled", look_at(desk.plan(receiver=disabled))[1])
    clerk = StaffFactory(post="archivist", branch=desk.branch)
    assert refusals("receiver_without_post", look_at(desk.plan(receiver=clerk))[1])
    # The giver hands over the place of B to somebody who is A there.
    assert refusals("receiver_is_a", look_at(desk.plan(giver=desk.second, receiver=desk.giver))[1])
    nobody = StaffFactory(post="account_manager", branch=desk.branch)
    assert refusals("nothing", look_at(desk.plan(giver=nobody))[1])
    new = StaffFactory(post="account_manager", branch=desk.branch)
    ResponsibilityFactory(staff=new, valid_from=NEXT, customer__branch=desk.branch)
    assert refusals("begins_later", look_at(desk.plan(giver=new))[1])


def test_the_same_customer_does_not_stand_in_two_open_lists(desk: Desk) -> None:
    first = desk.prepared()
    with pytest.raises(services.Refused, match=first.handover_no):
        desk.prepared()
    services.withdraw_handover(first, reason="写错", acting_user=desk.head)
    assert desk.prepared().handover_no != first.handover_no


# ── signing ───────────────────────────────────────────────────────────────────────────────────────────────


def test_each_of_the_three_signs_once_and_nobody_else(desk: Desk) -> None:
    handover = desk.prepared()
    assert [part_of(handover, who) for who in (desk.giver, desk.receiver, desk.head, desk.second)] == [
        "giver", "receiver", "witness", "",
    ]  # fmt: skip
    handover = sign(handover, desk.giver)
    with pytest.raises(services.Refused):
        sign(handover, desk.giver)
    with pytest.raises(services.Refused):
        sign(handover, desk.second)
    handover = sign(sign(handover, desk.head), desk.receiver)
    assert handover.state == "signed"
    assert Event.objects.filter(subject_kind="handover", code__startswith="handovers.signed").count() == 3


def test_a_head_signs_for_a_giver_who_has_left_but_not_twice(desk: Desk) -> None:
    type(desk.giver).objects.filter(pk=desk.giver.pk).update(is_active=False)
    desk.giver.refresh_from_db()
    with pytest.raises(services.Refused):
        desk.prepared()
    with pytest.raises(services.Refused):
        # The head who signs for the giver does not watch over it too.
        desk.prepared(is_giver_absent=True)
    witness = StaffFactory(post="department_head", branch=desk.branch)
    handover = desk.prepared(is_giver_absent=True, witness=witness)
    assert part_of(handover, desk.giver) == ""
    handover = sign(handover, desk.head)
    assert handover.giver_signed_by == desk.head
    assert sign(sign(handover, witness), desk.receiver).state == "signed"


def test_another_content_than_was_seen_is_not_signed(desk: Desk) -> None:
    handover = desk.prepared()
    with pytest.raises(services.Refused):
        services.sign_handover(handover, seen_hash="0" * 64, acting_user=desk.giver)
    HandoverItem.objects.filter(handover=handover, kind="loan").update(amount="1.00")
    with pytest.raises(services.Refused):
        sign(handover, desk.giver)


def test_a_list_that_is_no_longer_true_is_not_signed(desk: Desk) -> None:
    handover = desk.prepared()
    Responsibility.objects.filter(customer=desk.other).update(valid_to=NEXT)
    with pytest.raises(services.Refused, match=desk.other.name):
        sign(handover, desk.receiver)


def test_one_of_the_three_refuses_and_a_head_withdraws(desk: Desk) -> None:
    handover = desk.prepared()
    with pytest.raises(services.Refused):
        services.refuse_handover(handover, reason="不是我", acting_user=desk.second)
    refused = services.refuse_handover(handover, reason="清单有误", acting_user=desk.receiver)
    assert (refused.state, refused.end_reason) == ("refused", "清单有误")
    with pytest.raises(services.Refused):
        sign(refused, desk.giver)
    signed = desk.signed()
    with pytest.raises(PermissionDenied):
        services.withdraw_handover(signed, reason="我不想", acting_user=desk.giver)
    assert services.withdraw_handover(signed, reason="改期", acting_user=desk.head).state == "withdrawn"
    assert services.take_effect(business_date=NEXT).took_effect == 0


# ── taking effect ─────────────────────────────────────────────────────────────────────────────────────────


def test_it_takes_effect_whole_on_its_day_and_history_stays(desk: Desk) -> None:
    own = LoanFactory(branch=desk.branch)
    LoanManagerFactory(loan=own, staff=desk.giver)
    handover = desk.signed()
    assert services.take_effect(business_date=DELIVERED_ON).took_effect == 0
    done = services.take_effect(business_date=NEXT, run_id=7)
    assert (done.took_effect, done.customers, done.todos) == (1, 2, 1)
    assert managers(desk.first, NEXT) == {"A": desk.receiver, "B": desk.second}
    assert managers(desk.first, DELIVERED_ON) == {"A": desk.giver, "B": desk.second}
    assert managers(desk.other, NEXT) == {"A": desk.receiver}
    assert LoanManager.objects.on(NEXT).get(loan=own).staff == desk.receiver
    assert LoanManager.objects.on(DELIVERED_ON).get(loan=own).staff == desk.giver
    assert Todo.objects.get(pk=desk.todo.pk).assignee == desk.receiver
    handover.refresh_from_db()
    assert (handover.state, handover.took_effect_on, handover.run_id) == ("in_effect", NEXT, 7)
    assert set(Event.objects.filter(code="handovers.customer_moved").values_list("customer_id", flat=True)) == {
        desk.first.pk,
        desk.other.pk,
    }
    assert Responsibility.history.filter(history_change_reason=handover.handover_no).count() == 4


def test_the_giver_no_longer_sees_and_the_receiver_does(desk: Desk) -> None:
    desk.signed()
    services.take_effect(business_date=NEXT)
    giver, receiver = (type(one).objects.get(pk=one.pk) for one in (desk.giver, desk.receiver))
    assert not Customer.objects.visible_to(giver).exists()
    assert set(Customer.objects.visible_to(receiver)) == {desk.first, desk.other}


def test_a_second_run_writes_nothing_and_a_late_night_catches_up(desk: Desk) -> None:
    desk.signed()
    late = NEXT + timedelta(days=3)
    assert services.take_effect(business_date=late).took_effect == 1
    events = Event.objects.count()
    assert services.take_effect(business_date=late).counts() == {
        "took_effect": 0, "kept_back": 0, "customers": 0, "todos_moved": 0, "reports_passed_on": 0,
    }  # fmt: skip
    assert Event.objects.count() == events
    assert Responsibility.objects.get(customer=desk.first, role="A", valid_to=None).valid_from == late


def test_a_receiver_who_was_b_becomes_a_and_is_not_both(desk: Desk) -> None:
    ResponsibilityFactory(customer=desk.other, staff=desk.receiver, assistant=True)
    _items, verdict = look_at(desk.plan())
    assert [note["code"] for note in verdict.notes] == ["receiver_is_b"]
    desk.signed()
    services.take_effect(business_date=NEXT)
    assert managers(desk.other, NEXT) == {"A": desk.receiver}
    assert managers(desk.other, DELIVERED_ON) == {"A": desk.giver, "B": desk.receiver}


def test_what_stands_against_it_keeps_all_of_it_back_and_is_told_once(desk: Desk) -> None:
    handover = desk.signed()
    type(desk.receiver).objects.filter(pk=desk.receiver.pk).update(is_active=False)
    for day in (NEXT, NEXT + timedelta(days=1)):
        assert services.take_effect(business_date=day).counts()["kept_back"] == 1
    handover.refresh_from_db()
    assert (handover.state, [problem["code"] for problem in handover.problems]) == ("signed", ["receiver_disabled"])
    assert managers(desk.first, NEXT)["A"] == desk.giver
    assert Todo.objects.get(pk=desk.todo.pk).assignee == desk.giver
    assert Event.objects.filter(code="handovers.blocked").count() == 1
    type(desk.receiver).objects.filter(pk=desk.receiver.pk).update(is_active=True)
    assert services.take_effect(business_date=NEXT + timedelta(days=2)).took_effect == 1


def test_a_conflict_entered_by_another_road_leaves_everything_as_it_was(desk: Desk) -> None:
    own = LoanFactory(branch=desk.branch)
    LoanManagerFactory(loan=own, staff=desk.giver)
    handover = desk.signed()
    # The receiver stands as B of the loan already, entered for a day to come: one open B a loan, and no row before it.
    LoanManagerFactory(loan=own, staff=desk.receiver, role="B", valid_from=NEXT + timedelta(days=5))
    assert services.take_effect(business_date=NEXT).counts()["kept_back"] == 1
    handover.refresh_from_db()
    assert [problem["code"] for problem in handover.problems] == ["conflict"]
    assert managers(desk.first, NEXT)["A"] == desk.giver
    assert Todo.objects.get(pk=desk.todo.pk).assignee == desk.giver


# ── what the database refuses ─────────────────────────────────────────────────────────────────────────────


def same(first: str, second: str) -> Any:
    def make() -> None:
        one = StaffFactory()
        HandoverFactory(**{first: one, second: one}, prepared_by=StaffFactory())

    return make


def signed_for_a_present_giver() -> None:
    HandoverFactory(signed=True, giver_signed_by=StaffFactory())


def signed_by_the_receiver_too() -> None:
    receiver = StaffFactory()
    HandoverFactory(signed=True, receiver=receiver, giver_signed_by=receiver, is_giver_absent=True)


@pytest.mark.parametrize(
    "make",
    [
        same("giver", "receiver"),
        same("giver", "witness"),
        same("receiver", "witness"),
        signed_for_a_present_giver,
        signed_by_the_receiver_too,
        lambda: HandoverFactory(reason=""),
        lambda: HandoverFactory(state="signed"),
        lambda: HandoverFactory(state="in_effect", took_effect_on=NEXT),
        lambda: HandoverFactory(state="withdrawn"),
        lambda: HandoverFactory(state="unknown"),
        lambda: HandoverFactory(signed=True, state="in_effect", took_effect_on=DELIVERED_ON - timedelta(days=1)),
        lambda: HandoverFactory(giver_signed_by=None, giver_signed_at="2026-06-30T10:00:00Z"),
        lambda: HandoverItemFactory(customer=CustomerFactory(), kind="unknown"),
        lambda: HandoverItemFactory(customer=CustomerFactory(), role=""),
        lambda: HandoverItemFactory(customer=CustomerFactory(), line=""),
        lambda: HandoverItemFactory(customer=CustomerFactory(), kind="loan", key="loan:1"),
        lambda: [HandoverItemFactory(handover=one, customer=two) for one, two in [(HandoverFactory(), CustomerFactory())] * 2],
    ],
)  # fmt: skip
def test_rows_the_database_refuses(make: Any) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make()
