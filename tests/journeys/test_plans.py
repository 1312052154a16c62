"""A maturity plan is made by one and confirmed by another, both on the phone."""

import re

from postloan.collections.models import MaturityPlan
from postloan.organization.models import Staff
from postloan.todos.models import Todo
from tests.journeys.person import PHONE


def notice_in_the_branch_of(head: str, bank) -> Todo:
    """A notice of a manager whom this head leads; the manager logs in like the one `make demo` names."""
    known = Staff.objects.get(staff_no=bank.people["account_manager"]["staff_no"])
    branch = Staff.objects.get(staff_no=head).branch
    notices = Todo.objects.open().filter(kind="maturity_notice", assignee__posts__code="account_manager")
    todo = notices.filter(assignee__branch=branch).order_by("pk").first()
    Staff.objects.filter(pk=todo.assignee_id).update(password=known.password, is_demonstration=True)
    return todo


def test_a_manager_makes_a_maturity_plan_and_only_the_head_confirms_it(enter, bank):
    todo = notice_in_the_branch_of(bank.people["branch_head"]["staff_no"], bank)
    manager = enter(todo.assignee.staff_no, "/work", width=PHONE)
    manager.open(f"/work/todos/{todo.pk}")
    manager.follow(".pl-head .acts a.btn-primary")
    manager.submit(manager.page.locator("form[action$='/receive'] button"))
    manager.follow("a[href$='/plan']")
    due = re.search(r"[\d,]+\.\d\d", manager.text())[0]
    page = manager.page
    page.select_option("select[name=kind]", "repay")
    page.fill("input[name=repay_amount]", due.replace(",", ""))
    page.fill("input[name=renew_amount]", "0.00")
    page.fill("[name=source]", "销售回款")
    page.fill("[name=opinion]", "已与企业核对回款计划，资金可按期到位。")
    manager.submit(page.locator("button[name=submit]"))
    plan = MaturityPlan.objects.get()
    assert plan.state == "submitted"
    assert manager.path() == f"/maturity-plans/{plan.pk}"
    assert manager.count("button[name=confirm]") == 0

    token = page.locator("input[name=csrfmiddlewaretoken]").first.input_value()
    answer = manager.context.request.post(
        f"{manager.base}/maturity-plans/{plan.pk}/decide",
        form={"csrfmiddlewaretoken": token, "seen": plan.content_hash, "confirm": "1"},
        headers={"Referer": page.url},
    )
    plan.refresh_from_db()
    assert (answer.status, plan.state) == (403, "submitted")

    head = enter("branch_head", "/work", width=PHONE)
    head.follow("a[href$='/confirm-plan']")
    assert head.path() == f"/maturity-plans/{plan.pk}"
    if head.count("select[name=no_opinion]"):
        head.page.select_option("select[name=no_opinion]", "not_answered")
    head.submit(head.page.locator("button[name=confirm]"))
    plan.refresh_from_db()
    assert plan.state == "confirmed"
    head.open("/work")
    assert head.count("a[href$='/confirm-plan']") == 0
