"""The way of a plan: who may, who never may, and what is refused."""

import threading
from datetime import date, timedelta
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
    receive_notice,
    save_plan,
    submit_plan,
)
from postloan.collections.workflow import content_hash
from postloan.customers.models import Responsibility
from postloan.todos.models import Todo
from postloan.todos.services import escalate
from tests.factories import BusinessDateFactory, OffBalanceItemFactory, PostFactory, StaffFactory
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


def decide(plan, user, decision="confirm", comment="", seen=None, no_opinion="not_answered"):
    seen = seen or content_hash(plan)
    return decide_plan(plan, decision, comment=comment, seen_hash=seen, no_opinion=no_opinion, acting_user=user)


def open_kinds():
    return set(Todo.objects.open().values_list("kind", flat=True))


def test_submitting_receives_the_notice_and_asks_the_head(book):
    submitted(book)
    book.notice.refresh_from_db()
    assert book.notice.received_by == book.manager
    todo = Todo.objects.open().get(kind="plan_to_confirm")
    assert (todo.post_code, todo.post_branch) == ("branch_head", book.branch)


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
    PostFactory(staff=book.stand_in, code="branch_head", branch=book.branch)
    plan = give_second_opinion(submitted(book), "同意", acting_user=book.stand_in)
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


# ── the opinion of the stand-in ───────────────────────────────────────────────────────────────────────────


def test_the_stand_in_is_asked_before_the_head_and_answers_once(book):
    plan = submitted(book)
    todo = Todo.objects.open().get(kind="second_opinion")
    assert (todo.assignee, todo.due_on) == (book.stand_in, date(2026, 7, 1))
    give_second_opinion(plan, "同意", acting_user=book.stand_in)
    todo.refresh_from_db()
    assert (todo.state, todo.closed_by) == ("done", book.stand_in)
    assert decide_plan(plan, "confirm", comment="", seen_hash=seen_of(plan), acting_user=book.head).no_opinion == ""


def seen_of(plan):
    plan.refresh_from_db()
    return content_hash(plan)


def test_without_it_the_head_says_why_and_the_question_ends(book):
    plan = submitted(book)
    for wrong in ("", "whatever"):
        with pytest.raises(Refused, match="opinion"):
            decide(plan, book.head, no_opinion=wrong)
    plan = decide(plan, book.head, no_opinion="absent")
    assert (plan.second_opinion, plan.no_opinion) == ("", "absent")
    assert Todo.objects.get(kind="second_opinion").state == "withdrawn"


def test_where_nobody_is_named_that_is_the_reason(book):
    Responsibility.objects.filter(role="B").delete()
    plan = submitted(book)
    assert not Todo.objects.filter(kind="second_opinion").exists()
    assert decide(plan, book.head, no_opinion="").no_opinion == "nobody"


def test_sending_back_ends_the_question_and_the_next_version_asks_again(book):
    decide(submitted(book), book.head, "send_back", "补充")
    assert Todo.objects.get(kind="second_opinion").state == "withdrawn"
    plan = save_plan(book.notice, CONTENT, expected_version=1, acting_user=book.manager)
    submit_plan(plan, acting_user=book.manager)
    assert Todo.objects.open().get(kind="second_opinion").occurrence.endswith(":v2")


def test_who_takes_over_as_stand_in_is_asked_by_the_night(book):
    submitted(book)
    other = StaffFactory(post="account_manager", branch=book.branch)
    Responsibility.objects.filter(role="B").update(staff=other)
    book.stand_in.is_active = False
    book.stand_in.save()
    assert raise_maturity_notices(DAY, RUN + 1)["opinions_asked"] == 1
    assert Todo.objects.open().get(kind="second_opinion").assignee == other
    assert set(raise_maturity_notices(DAY, RUN + 2).values()) == {0}


def test_an_opinion_and_a_reason_for_its_lack_exclude_each_other(book):
    plan = decide(submitted(book), book.head)
    with pytest.raises(IntegrityError), transaction.atomic():
        MaturityPlan.objects.filter(pk=plan.pk).update(second_opinion="同意")


# ── who made it does not confirm it ───────────────────────────────────────────────────────────────────────


def head_above(book):
    return StaffFactory(post="branch_head", branch=book.branch.parent)


def test_a_plan_the_head_made_goes_to_the_head_above(book):
    above = head_above(book)
    plan = save_plan(book.notice, CONTENT, expected_version=0, acting_user=book.head)
    submit_plan(plan, acting_user=book.manager)
    todo = Todo.objects.open().get(kind="plan_to_confirm")
    assert (todo.post_code, todo.post_branch) == ("branch_head", book.branch.parent)
    assert decide(plan, above).state == PlanState.CONFIRMED


def test_a_second_head_of_the_branch_may_confirm_it(book):
    head_above(book)
    StaffFactory(post="branch_head", branch=book.branch)
    plan = save_plan(book.notice, CONTENT, expected_version=0, acting_user=book.head)
    submit_plan(plan, acting_user=book.manager)
    assert Todo.objects.open().get(kind="plan_to_confirm").post_branch == book.branch


def test_where_the_head_is_the_stand_in_who_commented_the_one_above_confirms(book):
    head_above(book)
    Responsibility.objects.filter(role="B").update(staff=book.head)
    plan = submitted(book)
    assert Todo.objects.open().get(kind="plan_to_confirm").post_branch == book.branch
    give_second_opinion(plan, "同意", acting_user=book.head)
    assert Todo.objects.open().get(kind="plan_to_confirm").post_branch == book.branch.parent


# ── a plan not made stays owed ────────────────────────────────────────────────────────────────────────────

SEVEN_BEFORE = date(2026, 8, 22)


def nights(*days):
    for run, day in enumerate(days, start=RUN + 1):
        BusinessDateFactory(date=day)
        raise_maturity_notices(day, run)


def plan_todo():
    return Todo.objects.open().get(kind="maturity_plan")


def test_the_notice_of_seven_days_leaves_the_plan_owed_and_late(book):
    receive_notice(book.notice, acting_user=book.manager)
    owed_by = date(2026, 7, 14)
    nights(date(2026, 7, 30), SEVEN_BEFORE)
    assert (plan_todo().due_on, plan_todo().opened_on) == (owed_by, DAY), "thirty days before asks no second time"
    receive_notice(MaturityNotice.objects.get(step_days=7), acting_user=book.manager)
    assert open_kinds() == {"maturity_plan", "maturity_follow_up"}
    escalate(business_date=SEVEN_BEFORE, run_id=1)
    assert plan_todo().supervisor_told_on == SEVEN_BEFORE


def test_a_plan_nobody_was_asked_for_is_owed_when_the_answer_is_due(book):
    """The receipt was never clicked: the plan is owed all the same."""
    nights(date(2026, 7, 13))
    assert open_kinds() == {"maturity_notice"}
    nights(date(2026, 7, 14))
    assert plan_todo().due_on == date(2026, 7, 14)
    nights(SEVEN_BEFORE)
    assert plan_todo().opened_on == date(2026, 7, 14)


def test_a_loan_first_seen_five_days_before_owes_a_plan_and_a_follow_up(db):
    book = make_book()
    maturing(book, 5)
    raise_maturity_notices(DAY, RUN)
    assert open_kinds() == {"maturity_notice", "maturity_plan"}
    receive_notice(MaturityNotice.objects.get(step_days=7), acting_user=book.manager)
    assert open_kinds() == {"maturity_follow_up", "maturity_plan"}
    assert plan_todo().due_on == date(2026, 7, 3), "the thirty days' notice gives three working days"


def test_an_item_owes_its_plan_like_a_loan(db):
    book = make_book()
    OffBalanceItemFactory(customer=book.customer, kind="acceptance", matures_on=DAY + timedelta(days=60))
    raise_maturity_notices(DAY, RUN)
    notice = MaturityNotice.objects.get()
    receive_notice(notice, acting_user=book.manager)
    plan = save_plan(notice, CONTENT, expected_version=0, acting_user=book.manager)
    decide(submit_plan(plan, acting_user=book.manager), book.head, "send_back", "补充")
    Todo.objects.filter(kind="maturity_plan", state="open").delete()
    assert raise_maturity_notices(DAY, RUN + 1)["plans_owed"] == 1
    assert plan_todo().subject_kind == "off_balance_item"
    assert plan_todo().occurrence.endswith(":returned:v1")


def test_a_loan_too_short_for_the_steps_that_ask_owes_no_plan(db):
    book = make_book()
    maturing(book, 5, term=20)
    raise_maturity_notices(DAY, RUN)
    receive_notice(MaturityNotice.objects.get(step_days=7), acting_user=book.manager)
    assert open_kinds() == {"maturity_follow_up"}


def test_what_was_sent_back_is_owed_at_seven_days_too(book):
    decide(submitted(book), book.head, "send_back", "补充还款来源")
    nights(SEVEN_BEFORE)
    assert plan_todo().occurrence == f"{book.notice.matures_on}:returned:v1"


def test_what_waits_for_the_head_is_the_heads_and_what_is_confirmed_is_owed_no_more(book):
    plan = submitted(book)
    nights(SEVEN_BEFORE)
    receive_notice(MaturityNotice.objects.get(step_days=7), acting_user=book.manager)
    assert open_kinds() == {"plan_to_confirm", "second_opinion", "maturity_follow_up"}
    decide(plan, book.head)
    nights(date(2026, 8, 28))
    assert not Todo.objects.open().filter(kind="maturity_plan").exists()


def test_it_is_owed_no_more_when_the_loan_ends(book):
    nights(SEVEN_BEFORE)
    book.loan.status, book.loan.principal_balance = "settled", Decimal(0)
    book.loan.save()
    nights(SEVEN_BEFORE + timedelta(days=1))
    assert Todo.objects.get(kind="maturity_plan").close_reason == "settled"


def test_what_waited_for_the_head_waits_again_after_a_quarantine(book):
    submitted(book)
    for run, since in enumerate((DAY, None)):
        book.loan.quarantined_since = since
        book.loan.save()
        raise_maturity_notices(date(2026, 7, 1), RUN + run)
        assert ("plan_to_confirm" in open_kinds()) is (since is None)
    assert "second_opinion" in open_kinds()


def test_a_plan_withdrawn_by_wrong_data_is_owed_again_with_the_correction(book):
    submitted(book)
    day = date(2026, 7, 15)
    BusinessDateFactory(date=day)
    for run, status in enumerate(("settled", "active")):
        book.loan.status = status
        book.loan.save()
        raise_maturity_notices(day, RUN + run)
    assert plan_todo().occurrence == f"{book.notice.matures_on}:plan:1"
    assert set(raise_maturity_notices(day, RUN + 9).values()) == {0}


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
            decide_plan(plan, decision, comment="x", seen_hash=seen, no_opinion="absent", acting_user=user)
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
