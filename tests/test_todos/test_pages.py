"""The pages: my work, the lists behind its numbers, the head's and the supervisor's views; in both languages."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from postloan.core import business_date
from postloan.reporting.queries import book
from postloan.todos import queries
from postloan.todos.models import Todo
from tests.factories import (
    PASSWORD,
    BranchFactory,
    BusinessDateFactory,
    CustomerFactory,
    InstitutionFactory,
    LoanFactory,
    LoanStateFactory,
    PostFactory,
    ResponsibilityFactory,
    StaffFactory,
    StandInFactory,
)
from tests.factories.collecting import MaturityNoticeFactory, MaturityPlanFactory
from tests.factories.days import DELIVERED_ON, MOMENT
from tests.factories.todos import TodoFactory

pytestmark = pytest.mark.django_db
WORK = reverse("todos:my_work")


def reader(user, language: str = "zh-hans") -> Client:
    client = Client()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    client.post(reverse("organization:login"), {"username": user.staff_no, "password": PASSWORD})
    return client


def days(n: int):
    return DELIVERED_ON + timedelta(days=n)


@pytest.fixture
def branch():
    InstitutionFactory()
    BusinessDateFactory()
    return BranchFactory(parent=BranchFactory(), sub_branch=True)


@pytest.fixture
def manager(branch):
    return StaffFactory(branch=branch, post="account_manager")


def todo_of(manager, **fields) -> Todo:
    """A todo about a customer this manager is responsible for."""
    todo = TodoFactory(loan__customer__branch=manager.branch, assignee=manager, **fields)
    ResponsibilityFactory(customer=todo.customer, staff=manager, line="corporate", role="A")
    return todo


# --- my work -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-hans", ["我的工作", "电话催收", "核心系统未提供", "下一项", "逾期 3 天", "权重 50", "登记电话"]),
        (
            "en",
            ["My work", "Collection call", "Core banking delivers no phone", "Next", "3 days late", "Record the call"],
        ),
    ],
)
def test_the_queue_says_what_and_why_in_the_reader_s_language(manager, language: str, words: list[str]) -> None:
    todo = todo_of(manager, due_on=days(-3))
    page = reader(manager, language).get(WORK).content.decode()
    for word in [*words, todo.customer.name]:
        assert word in page


def test_the_heaviest_of_what_is_late_comes_next_then_what_is_due_first(manager) -> None:
    light = todo_of(manager, due_on=days(-9), weight=10)
    heavy = todo_of(manager, due_on=days(-1), weight=90)
    today = todo_of(manager, due_on=days(0), weight=99)
    client, skipped, seen = reader(manager), "", []
    for _turn in range(4):
        context = client.get(WORK, {"skip": skipped}).context
        seen.append(context["next"].todo if context["next"] else None)
        skipped = context["skip"]
    assert seen == [heavy, light, today, None]


def test_the_queue_is_grouped_by_due_date_and_ordered_by_weight(manager) -> None:
    for due in (-2, 0, 7, 8):
        todo_of(manager, due_on=days(due), weight=20)
    heavier = todo_of(manager, due_on=days(0), weight=60)
    groups = reader(manager).get(WORK).context["groups"]
    assert [(group.key, group.total) for group, _rows in groups] == [
        ("late", 1),
        ("today", 2),
        ("soon", 1),
        ("later", 1),
    ]
    assert groups[1][1][0].todo == heavier


def test_tabs_count_and_filter(manager) -> None:
    todo_of(manager)
    plan = todo_of(manager, kind="maturity_plan")
    context = reader(manager).get(WORK, {"tab": "maturities"}).context
    assert [(code, n) for code, _label, n in context["tabs"]] == [("collections", 1), ("maturities", 1)]
    assert [row.todo for _group, rows in context["groups"] for row in rows] == [plan]
    assert reader(manager).get(WORK, {"tab": "nonsense"}).context["tab"] == ""


@pytest.mark.parametrize("count", ["late", "today"])
def test_each_number_leads_to_exactly_the_todos_it_counts(manager, count: str) -> None:
    for due in (-2, -1, 0, 0, 0, 3):
        todo_of(manager, due_on=days(due))
    TodoFactory(due_on=days(-5), loan__customer__branch=manager.branch)
    client = reader(manager)
    context = client.get(WORK).context
    listed = client.get(context["links"][count]).context["page"].paginator.count
    assert listed == getattr(context["tallies"], count) == {"late": 2, "today": 3}[count]


def test_the_figures_of_the_book_lead_to_exactly_these_loans(manager) -> None:
    customer = CustomerFactory(branch=manager.branch)
    ResponsibilityFactory(customer=customer, staff=manager, line="corporate", role="A")

    def state(**fields) -> None:
        LoanStateFactory(loan__customer=customer, **fields)

    state(matures_on=days(90))
    state(matures_on=days(91), class_floor="loss")
    state(matures_on=days(300), overdue_since=days(-5), bucket="M1", band="days_1_30")
    state(matures_on=days(20), status="settled")
    LoanStateFactory()
    client = reader(manager)
    (shown,) = client.get(WORK).context["books"]
    for name, loans in (("all", 3), ("overdue", 1), ("non_performing", 1), ("maturing", 1)):
        tally = getattr(shown["book"], name)
        listed = client.get(tally.href).context
        assert tally.loans == loans == listed["page"].paginator.count, name
        assert tally.balance == sum(total.balance for total in listed["totals"]), name


def test_the_book_here_and_on_the_overview_are_the_same(manager) -> None:
    customer = CustomerFactory(branch=manager.branch)
    ResponsibilityFactory(customer=customer, staff=manager, line="corporate", role="A")
    for n in (0, 6, 7, 90, 91):
        LoanStateFactory(loan__customer=customer, matures_on=days(n), principal_balance=Decimal(n + 1))
    ours, theirs = queries.books(manager, DELIVERED_ON)[0], book.figures(user=manager, day=DELIVERED_ON)[0]
    assert (ours.all.href, ours.all.balance) == (theirs.book.href, theirs.book.balance)
    assert (ours.maturing.href, ours.maturing.balance) == (theirs.maturing.href, theirs.maturing.balance)
    weeks = queries.weeks_ahead(manager, DELIVERED_ON, "CNY")
    assert [(week.start, week.href, week.loans, week.balance) for week in weeks] == [
        (start, tally.href, tally.loans, tally.balance)
        for start, tally in book.maturities_ahead(user=manager, day=DELIVERED_ON, currency="CNY")
    ]


def test_a_maturity_that_owes_a_plan_is_told_apart(manager) -> None:
    """By the plans, not by the todos: nobody has a todo here. A step that asks for no plan owes none."""
    customer = CustomerFactory(branch=manager.branch)
    ResponsibilityFactory(customer=customer, staff=manager, line="corporate", role="A")
    confirmed = {"state": "confirmed", "decided_by": StaffFactory(), "decided_at": MOMENT, "content_hash": "0" * 64}
    for n, plan in enumerate([None, {"state": "submitted"}, confirmed, None]):
        loan = LoanFactory(customer=customer, matures_on=days(10))
        LoanStateFactory(loan=loan, matures_on=days(10), principal_balance=Decimal(100))
        MaturityNoticeFactory(loan=loan, step_days=7 if n == 3 else 30)
        if plan is not None:
            MaturityPlanFactory(loan=loan, **plan)
    week = queries.weeks_ahead(manager, DELIVERED_ON, "CNY")[1]
    assert (week.loans, week.without_plan, week.rest) == (4, Decimal(200), Decimal(200))
    assert queries.books(manager, DELIVERED_ON)[0].plans_owed == 2


def test_the_number_of_queries_does_not_grow_with_the_queue(manager) -> None:
    client = reader(manager)

    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(WORK).status_code == 200
        return len(captured)

    todo_of(manager, due_on=days(-7))
    TodoFactory(queued=True, loan=None, customer=CustomerFactory(branch=manager.branch), subject_id=1)
    PostFactory(staff=manager, code="branch_head")
    before = asked()
    for n in range(12):
        todo_of(manager, due_on=days(n - 6))
        customer = CustomerFactory(branch=manager.branch)
        TodoFactory(queued=True, loan=None, customer=customer, subject_id=n)
    assert asked() == before
    assert before < 32


def test_a_stand_in_sees_the_absent_one_s_todos_marked_as_such(manager) -> None:
    todo = todo_of(manager)
    stand_in = StaffFactory(branch=manager.branch, post="account_manager")
    today = business_date.calendar_today()
    StandInFactory(absent=manager, stand_in=stand_in, starts_on=today, ends_on=today)
    page = reader(stand_in).get(WORK)
    assert page.context["next"].todo == todo
    assert not page.context["next"].is_mine
    assert manager.name in page.content.decode()


def test_the_b_manager_does_not_see_them_among_the_own_ones(manager) -> None:
    todo = todo_of(manager)
    second = StaffFactory(branch=manager.branch, post="account_manager")
    ResponsibilityFactory(customer=todo.customer, staff=second, line="corporate", role="B")
    assert reader(second).get(WORK).context["next"] is None
    assert queries.find(queries.TodoQuery(), user=second).get() == todo


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_before_the_first_extract_the_page_says_so(language: str) -> None:
    manager = StaffFactory(post="account_manager")
    answer = reader(manager, language).get(WORK)
    assert answer.status_code == 200
    assert "empty-first" in answer.content.decode()


def test_every_page_shows_how_many_are_open(manager) -> None:
    todo_of(manager)
    todo_of(manager)
    todo_of(manager, done=True)
    assert queries.open_count(manager) == 2
    assert (
        '<span class="cnt" aria-hidden="true">2</span>'
        in reader(manager).get(reverse("reporting:loans")).content.decode()
    )


def test_who_is_sent_todos_begins_at_their_work(manager) -> None:
    assert reader(manager).get("/").headers["Location"] == WORK
    assert reader(StaffFactory(post="auditor")).get("/").headers["Location"] == reverse("reporting:overview")


# --- lists ---------------------------------------------------------------------------------------


def test_the_list_filters_and_sorts(manager, branch) -> None:
    first = todo_of(manager, due_on=days(-1), weight=10, head_told_on=days(0))
    second = todo_of(manager, due_on=days(5), weight=90, kind="maturity_plan")
    closed = todo_of(manager, done=True)
    client, address = reader(manager), reverse("todos:todos")

    def listed(**query) -> list[Todo]:
        return [row.todo for row in client.get(address, query).context["rows"]]

    assert listed() == [first, second]
    assert listed(sort="-weight") == [second, first]
    assert listed(kind="maturity_plan") == listed(tab="maturities") == [second]
    assert listed(q=first.customer.customer_no) == listed(told="head") == [first]
    assert listed(due_from=days(5).isoformat(), due_by=days(5).isoformat()) == [second]
    assert listed(state="done") == [closed]
    assert set(listed(state="all")) == {first, second, closed}
    assert listed(due_by="yesterday", kind="prayer", queue="x") == [first, second]


def test_the_file_holds_the_list_and_says_who_took_it_out(manager) -> None:
    todo = todo_of(manager)
    todo.customer.name = "=cmd()"
    todo.customer.save()
    answer = reader(manager).get(reverse("todos:export"))
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert "电话催收" in lines[1]
    assert "'=cmd()" in lines[1]
    assert manager.staff_no in lines[-1]


def test_one_todo_shows_its_history_to_who_sees_the_customer(manager) -> None:
    todo = todo_of(manager)
    address = reverse("todos:todo", args=[todo.pk])
    answer = reader(manager).get(address)
    assert answer.status_code == 200
    assert answer.context["may_do"]
    assert reader(StaffFactory(post="account_manager")).get(address).status_code == 404


# --- heads and supervisors -----------------------------------------------------------------------


def test_the_head_sees_who_is_behind_and_each_number_leads_to_its_rows(manager, branch) -> None:
    head = StaffFactory(branch=branch, post="branch_head")
    for due in (-5, -1, 0, 3, 30):
        todo_of(manager, due_on=days(due))
    TodoFactory(queued=True, loan__customer__branch=branch)
    TodoFactory()
    client = reader(head)
    context = client.get(reverse("todos:team")).context
    (worker,), (queue,) = context["workers"], context["queues"]
    assert (worker.open, worker.late, worker.today, worker.soon, worker.oldest_days) == (5, 2, 1, 1, 5)
    for name in ("open", "late", "today", "soon"):
        href = getattr(worker, "all_href" if name == "open" else f"{name}_href")
        assert client.get(href).context["page"].paginator.count == getattr(worker, name), name
    assert client.get(queue.all_href).context["page"].paginator.count == queue.open == 1


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_head_gives_work_to_somebody_else_after_a_dry_run(manager, branch, language: str) -> None:
    head = StaffFactory(branch=branch, post="branch_head")
    other = StaffFactory(branch=branch, post="account_manager", post__scope="branch")
    mine, foreign = todo_of(manager), TodoFactory()
    client, address = reader(head, language), reverse("todos:reassign")
    posted = {"ids": [mine.pk, foreign.pk], "to": other.pk, "reason": "leave"}

    assert client.post(address, {"ids": [mine.pk], "step": "select"}).status_code == 200
    dry = client.post(address, {**posted, "step": "check"})
    assert Todo.objects.get(pk=mine.pk).assignee == manager
    done = client.post(address, {**posted, "step": "move"})

    assert dry.context["moved"] == done.context["moved"] == 1
    assert foreign.customer.name not in done.content.decode()
    assert Todo.objects.get(pk=mine.pk).assignee == other
    assert Todo.objects.get(pk=foreign.pk).assignee == foreign.assignee


def test_without_a_reason_or_somebody_nothing_is_moved(manager, branch) -> None:
    head = StaffFactory(branch=branch, post="branch_head")
    todo = todo_of(manager)
    stranger = StaffFactory(post="account_manager")
    for posted in ({"to": "", "reason": "x"}, {"to": stranger.pk, "reason": "x"}, {"to": manager.pk, "reason": ""}):
        answer = reader(head).post(reverse("todos:reassign"), {"ids": [todo.pk], "step": "move", **posted})
        assert answer.context["form"].errors
    assert Todo.objects.get().assignee == manager


def test_the_supervisor_sees_what_stayed_undone(manager) -> None:
    told = todo_of(manager, due_on=days(-9), supervisor_told_on=days(0))
    todo_of(manager, due_on=days(-9))
    closed = todo_of(manager, due_on=days(-9), supervisor_told_on=days(0), done=True)
    supervisor = StaffFactory(branch=manager.branch.parent, post="supervisor")
    client, address = reader(supervisor), reverse("todos:escalated")
    assert [row.todo for row in client.get(address).context["rows"]] == [told]
    assert {row.todo for row in client.get(address, {"state": "all"}).context["rows"]} == {told, closed}


@pytest.mark.parametrize(
    ("post", "name"), [("account_manager", "team"), ("account_manager", "escalated"), ("auditor", "my_work")]
)
def test_other_posts_are_refused(post: str, name: str) -> None:
    assert reader(StaffFactory(post=post)).get(reverse(f"todos:{name}")).status_code == 403


def test_a_loan_that_is_gone_from_a_todo_s_page_leads_to_the_customer(manager) -> None:
    todo = TodoFactory(loan=None, customer=CustomerFactory(branch=manager.branch), subject_id=1, kind="data_correction")
    ResponsibilityFactory(customer=todo.customer, staff=manager, line="corporate", role="A")
    LoanFactory(customer=todo.customer, principal_balance=Decimal("70000.00"))
    row = reader(manager).get(reverse("todos:todo", args=[todo.pk])).context["row"]
    assert row.exposure == Decimal("70000.00")
