"""The day of an account manager on the phone, and of who stands in."""

from __future__ import annotations

import re
from datetime import timedelta

from django.db.models import Count, Q
from django.utils import timezone

from postloan.core import business_date
from postloan.organization.models import Staff, StandIn
from postloan.todos.kinds import TodoKind
from postloan.todos.models import Todo
from tests.journeys.person import PHONE, Person


def yesterday_at_ten() -> str:
    """Within the hours in which a debtor may be called."""
    return (timezone.localtime() - timedelta(days=1)).strftime("%Y-%m-%dT10:00")


def record_contact(person: Person, **more: str) -> None:
    page = person.page
    page.select_option("select[name=result]", more.get("result", "reached"))
    page.select_option("select[name=way]", more.get("way", "call"))
    page.select_option("select[name=cause]", more.get("cause", ""))
    page.fill("input[name=happened_at]", yesterday_at_ten())
    page.fill("[name=remark]", "已说明欠款金额，借款人了解。")
    if page.locator("select[name=known_number]").input_value() == "":
        page.fill("input[name=other_number]", "13800138000")
    person.submit(page.locator("main form button.btn-primary"))
    assert person.count(".err, .invalid-feedback") == 0, person.text()


def open_count(person: Person) -> int:
    person.open("/work")
    label = person.page.locator(".pl-tools a[href='/work']").get_attribute("aria-label") or ""
    return int(re.search(r"\d+", label)[0])


def first_open(number: str, *kinds: str) -> Todo | None:
    return Todo.objects.filter(assignee__staff_no=number, state="open", kind__in=kinds).order_by("due_on", "pk").first()


def do(person: Person, todo: Todo) -> None:
    """From the todo to the page that does it, and the thing done."""
    person.open(f"/work/todos/{todo.pk}")
    person.follow(".pl-head .acts a.btn-primary")
    finish(person, todo)
    assert not is_listed(person, todo)


def finish(person: Person, todo: Todo) -> None:
    """On the page that does it."""
    if todo.kind == TodoKind.MATURITY_NOTICE:
        person.submit(person.page.locator("form[action$='/receive'] button"))
    elif todo.kind in {TodoKind.DEDUCTION_FAILED, TodoKind.OVERDUE_CONTACT}:
        record_contact(person)
    else:
        record_contact(person, way="visit", cause="sales_fell")
    todo.refresh_from_db()
    assert todo.state == "done"


def is_listed(person: Person, todo: Todo) -> bool:
    person.open(f"/work/todos?whose=mine&q={todo.customer.customer_no}")
    return person.count(f"main a[href='/work/todos/{todo.pk}']") > 0


def test_a_manager_takes_the_next_item_and_it_is_gone(enter, bank):
    manager = enter("account_manager", "/work", width=PHONE)
    before = open_count(manager)
    take = manager.page.locator(".pl-next .do a.btn-primary")
    href = take.get_attribute("href") or ""
    todo = Todo.objects.get(pk=int(re.search(r"/todos/(\d+)/", href)[1]))
    assert is_listed(manager, todo)
    manager.open("/work")
    manager.submit(take)
    finish(manager, todo)
    assert not is_listed(manager, todo)
    assert open_count(manager) < before
    assert manager.page.locator(".pl-next .do a.btn-primary").get_attribute("href") != href


FIVE_KINDS = ("maturity_notice", "deduction_failed", "overdue_contact", "overdue_visit", "overdue_cause")


def manager_with_five_kinds(bank) -> str:
    """The manager with most to do among those who have work of each kind; logs in like the one `make demo` names."""
    known = Staff.objects.get(staff_no=bank.people["account_manager"]["staff_no"])
    mine = Todo.objects.filter(state="open", kind__in=FIVE_KINDS, assignee__posts__code="account_manager")
    found = mine.values("assignee").annotate(kinds=Count("kind", distinct=True), n=Count("pk", distinct=True))
    one = Staff.objects.get(pk=found.filter(kinds=5).order_by("-n", "assignee").first()["assignee"])
    Staff.objects.filter(pk=one.pk).update(password=known.password, is_demonstration=True)
    return one.staff_no


def notice_that_asks(number: str) -> Todo:
    """A maturity notice not received yet whose plan nobody was asked for so far."""
    mine = Todo.objects.filter(assignee__staff_no=number, state="open", kind="maturity_notice").order_by("due_on", "pk")
    for todo in mine.filter(Q(occurrence__endswith=":90") | Q(occurrence__endswith=":30")):
        same = {"subject_kind": todo.subject_kind, "subject_id": todo.subject_id}
        if not Todo.objects.filter(kind="maturity_plan", **same).exists():
            return todo
    raise AssertionError("the bank has no notice that would ask this manager for a plan")


def test_a_manager_works_off_ten_todos_of_five_kinds_on_the_phone(enter, bank):
    number = manager_with_five_kinds(bank)
    manager = enter(number, "/work", width=PHONE)
    before = open_count(manager)
    there = set(Todo.objects.values_list("pk", flat=True))
    done_before = set(Todo.objects.filter(state="done").values_list("pk", flat=True))
    do(manager, notice_that_asks(number))
    for kind in ("deduction_failed", "overdue_contact", "deduction_failed"):
        do(manager, first_open(number, kind))
    for _again in range(6):
        done = Todo.objects.filter(state="done").exclude(pk__in=done_before)
        if done.count() >= 10 and done.values("kind").distinct().count() >= 5:
            break
        do(manager, first_open(number, "overdue_visit", "overdue_cause"))
    assert done.count() >= 10
    assert done.values("kind").distinct().count() >= 5
    # A notice that was received asks for its plan.
    new = Todo.objects.exclude(pk__in=there)
    assert [todo.kind for todo in new] == ["maturity_plan"]
    assert open_count(manager) == before - done.count() + 1


def test_a_stand_in_sees_the_todos_during_the_absence_and_not_after(enter, bank):
    absent = Staff.objects.get(staff_no=bank.people["account_manager"]["staff_no"])
    other = (
        Staff.objects.filter(branch=absent.branch, is_active=True, posts__code="account_manager")
        .exclude(pk=absent.pk)
        .order_by("staff_no")
        .first()
    )
    Staff.objects.filter(pk=other.pk).update(password=absent.password, is_demonstration=True)
    todo = first_open(absent.staff_no, "deduction_failed")

    stand_in = enter(other.staff_no, "/work", width=PHONE)
    own = open_count(stand_in)

    head = enter("branch_head", "/stand-ins")
    today = business_date.calendar_today().isoformat()
    head.page.select_option("select[name=absent]", str(absent.pk))
    head.page.select_option("select[name=stand_in]", str(other.pk))
    for name in ("starts_on", "ends_on"):
        head.page.fill(f"input[name={name}]", today)
    head.page.fill("input[name=reason]", "年休假")
    head.submit(head.page.locator("main form button.btn-primary"))
    assert head.page.locator("main tbody tr", has_text=other.name).count() == 1

    lent = Todo.objects.filter(assignee=absent, state="open").count()
    assert open_count(stand_in) == own + lent
    do(stand_in, todo)

    day = timedelta(days=1)
    order = StandIn.objects.get(absent=absent, stand_in=other)
    StandIn.objects.filter(pk=order.pk).update(starts_on=order.starts_on - 2 * day, ends_on=order.ends_on - day)
    assert open_count(stand_in) == own
    left = first_open(absent.staff_no, "deduction_failed")
    assert not is_listed(stand_in, left)
    # Whoever is B of the customer still reads it; nobody else does, and neither can do it.
    if stand_in.open(f"/work/todos/{left.pk}").status != 404:
        assert left.customer.responsibilities.filter(staff=other).exists()
        assert stand_in.count(".pl-head .acts a.btn-primary") == 0
    stand_in.watch.heard.clear()
