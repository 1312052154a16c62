"""The way of a plan: who may, who never may, and what is refused."""

import threading
from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, close_old_connections, transaction

from postloan.collections import rules
from postloan.collections.models import MaturityNotice, MaturityPlan, PlanState
from postloan.collections.services import (
    Refused,
    decide_plan,
    follow_up,
    give_second_opinion,
    raise_maturity_notices,
    save_plan,
    submit_plan,
)
from postloan.collections.workflow import content_hash
from postloan.todos.models import Todo
from tests.factories import BusinessDateFactory, PostFactory, StaffFactory
from tests.test_collections.book import DAY, RUN, make_book, maturing

CONTENT = {
    "kind": "repay",
    "repay_amount": Decimal("120000.00"),
    "renew_amount": Decimal("0.00"),
    "extend_until": None,
    "source": "货款回笼",
    "opinion": "可按期归还",
}


@pytest.fixture
def book(db):
    return _book()


def _book():
    book = make_book()
    book.loan = maturing(book, 60)
    raise_maturity_notices(DAY, RUN)
    book.notice = MaturityNotice.objects.get()
    return book


def submitted(book):
    plan = save_plan(book.notice, CONTENT, expected_version=0, acting_user=book.manager)
    return submit_plan(plan, acting_user=book.manager)


def decide(plan, user, decision="confirm", comment="", seen=None):
    return decide_plan(plan, decision, comment=comment, seen_hash=seen or content_hash(plan), acting_user=user)


def open_kinds():
    return set(Todo.objects.open().values_list("kind", flat=True))


def test_submitting_receives_the_notice_and_asks_the_head(book):
    submitted(book)
    book.notice.refresh_from_db()
    assert book.notice.received_by == book.manager
    todo = Todo.objects.open().get()
    assert (todo.kind, todo.post_code, todo.post_branch) == ("plan_to_confirm", "branch_head", book.branch)


def test_a_confirmed_plan_keeps_the_hash_of_what_was_confirmed(book):
    plan = decide(submitted(book), book.head)
    assert (plan.state, plan.content_hash) == (PlanState.CONFIRMED, content_hash(plan))
    assert open_kinds() == set()
    plan.repay_amount = Decimal("1.00")
    assert plan.content_hash != content_hash(plan)


def test_the_maker_never_confirms(book):
    PostFactory(staff=book.manager, code="branch_head", branch=book.branch)
    with pytest.raises(Refused, match="maker"):
        decide(submitted(book), book.manager)


def test_nor_who_gave_the_second_opinion(book):
    plan = submitted(book)
    plan = give_second_opinion(plan, "同意", acting_user=book.stand_in)
    PostFactory(staff=book.stand_in, code="branch_head", branch=book.branch)
    with pytest.raises(Refused, match="maker"):
        decide(plan, book.stand_in)
    assert decide(plan, book.head).second_opinion == "同意"


def test_nor_somebody_without_the_right(book):
    with pytest.raises(PermissionDenied):
        decide(submitted(book), book.stand_in)


def test_only_the_stand_in_gives_the_second_opinion(book):
    plan = submitted(book)
    with pytest.raises(Refused, match="maker"):
        give_second_opinion(plan, "同意", acting_user=book.manager)
    with pytest.raises(PermissionDenied):
        give_second_opinion(plan, "同意", acting_user=StaffFactory(post="account_manager"))


def test_what_was_edited_after_it_was_opened_is_not_confirmed(book):
    plan = submitted(book)
    seen = content_hash(plan)
    give_second_opinion(plan, "不同意", acting_user=book.stand_in)
    with pytest.raises(Refused, match="changed"):
        decide(plan, book.head, seen=seen)
    assert MaturityPlan.objects.get().state == PlanState.SUBMITTED


def test_a_submitted_plan_is_not_edited(book):
    submitted(book)
    with pytest.raises(Refused, match="state"):
        save_plan(book.notice, CONTENT, expected_version=1, acting_user=book.manager)


def test_two_tabs_do_not_overwrite_each_other(book):
    save_plan(book.notice, CONTENT, expected_version=0, acting_user=book.manager)
    with pytest.raises(Refused, match="version"):
        save_plan(book.notice, CONTENT, expected_version=0, acting_user=book.manager)


@pytest.mark.parametrize("comment", ["", "   "])
def test_sending_back_needs_a_remark(book, comment):
    with pytest.raises(Refused, match="comment"):
        decide(submitted(book), book.head, "send_back", comment)


def test_what_was_sent_back_is_made_again_and_confirmed(book):
    plan = decide(submitted(book), book.head, "send_back", "补充还款来源")
    todo = Todo.objects.open().get()
    assert (todo.kind, todo.assignee) == ("maturity_plan", book.manager)
    plan = save_plan(book.notice, CONTENT | {"source": "应收账款"}, expected_version=1, acting_user=book.manager)
    plan = submit_plan(plan, acting_user=book.manager)
    assert plan.decision_comment == ""
    assert decide(plan, book.head).state == PlanState.CONFIRMED
    assert open_kinds() == set()
    assert plan.history.count() >= 5


def test_nothing_is_decided_twice(book):
    plan = decide(submitted(book), book.head)
    for decision in ("confirm", "send_back"):
        with pytest.raises(Refused, match="state"):
            decide(plan, book.head, decision, "late")


def test_the_day_before_is_followed_up(book):
    decide(submitted(book), book.head)
    day = BusinessDateFactory(date=date(2026, 8, 22)).date  # seven days before 29 August
    raise_maturity_notices(day, RUN + 1)
    notice = MaturityNotice.objects.get(step_days=7)
    follow_up(notice, is_on_track=False, funds_ready=Decimal("5.00"), remark="资金未到位", acting_user=book.manager)
    assert open_kinds() == set()
    assert notice.follow_ups.get().plan.state == PlanState.CONFIRMED


@pytest.mark.parametrize(
    "wrong",
    [
        {"content_hash": ""},
        {"decided_by": None},
        {"repay_amount": Decimal("-0.01")},
        {"kind": "forget"},
        {"state": "lost"},
        {"item_id": None, "loan_id": None},
    ],
)
def test_the_database_refuses_what_is_never_true(book, wrong):
    plan = decide(submitted(book), book.head)
    with pytest.raises(IntegrityError), transaction.atomic():
        MaturityPlan.objects.filter(pk=plan.pk).update(**wrong)


def test_the_database_refuses_a_maker_who_confirms(book):
    plan = decide(submitted(book), book.head)
    with pytest.raises(IntegrityError), transaction.atomic():
        MaturityPlan.objects.filter(pk=plan.pk).update(decided_by=book.manager)


@pytest.mark.parametrize(
    ("begins", "matures", "latest"),
    [
        (date(2026, 1, 1), date(2026, 7, 1), date(2026, 12, 29)),  # 181 days, once more
        (date(2025, 6, 30), date(2026, 6, 30), date(2027, 6, 30)),  # exactly a year
        (date(2024, 6, 30), date(2026, 6, 30), date(2027, 6, 30)),  # two years, half of it
        (date(2018, 6, 30), date(2026, 6, 30), date(2029, 6, 30)),  # longer, three years
        (date(2016, 2, 29), date(2024, 2, 29), date(2027, 2, 28)),
    ],
)
def test_how_far_extensions_may_reach(begins, matures, latest):
    assert rules.latest_extension(begins, matures) == latest


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_deciders_at_once_one_wins():
    book = _book()
    plan = submitted(book)
    other = StaffFactory(post="branch_head", branch=book.branch)
    seen, start, outcomes = content_hash(plan), threading.Barrier(2), []

    def run(user, decision):
        start.wait()
        try:
            decide_plan(plan, decision, comment="x", seen_hash=seen, acting_user=user)
            outcomes.append(decision)
        except Refused as refusal:
            outcomes.append(str(refusal))
        finally:
            close_old_connections()
            from django.db import connection

            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in [(book.head, "confirm"), (other, "send_back")]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert len(outcomes) == 2
    assert outcomes.count("state") == 1
    winner = next(one for one in outcomes if one != "state")
    plan.refresh_from_db()
    assert plan.state == {"confirm": PlanState.CONFIRMED, "send_back": PlanState.RETURNED}[winner]
