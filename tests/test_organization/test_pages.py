"""The pages about people do what their services do, and say what these refuse."""

import pytest

from postloan.organization import services
from postloan.organization.models import Post, Staff, StandIn
from tests.factories import BranchFactory, StaffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    root = BranchFactory()
    return {
        "system": StaffFactory(post="system_administrator", branch=root),
        "security": StaffFactory(post="security_administrator", branch=root),
        "head": StaffFactory(post="branch_head", branch=root),
        "manager": StaffFactory(post="account_manager", branch=root, name="周敏"),
        "other": StaffFactory(post="account_manager", branch=root, name="王建国"),
    }


def test_the_list_is_searched_and_narrowed(log_in, people):
    client = log_in(people["system"])
    services.disable_staff(people["other"], acting_user=people["system"], reason="left")
    elsewhere = StaffFactory(branch=BranchFactory(), name="李四")
    for query, names in (
        ("", {"周敏", "王建国", "李四"}),
        ("q=周", {"周敏"}),
        (f"q={elsewhere.staff_no}", {"李四"}),
        ("state=disabled", {"王建国"}),
        ("state=without_post", {"李四"}),
        ("post=account_manager", {"周敏", "王建国"}),
        (f"branch={elsewhere.branch_id}", {"李四"}),
        ("branch=x&post=y&state=z", {"周敏", "王建国", "李四"}),
    ):
        page = client.get(f"/people?{query}").content.decode()
        assert {name for name in ("周敏", "王建国", "李四") if name in page} == names, query


def test_the_list_costs_the_same_however_long_it_is(log_in, people, django_assert_max_num_queries):
    StaffFactory.create_batch(25, branch=people["head"].branch, post="archivist")
    client = log_in(people["system"])
    with django_assert_max_num_queries(16):
        client.get("/people")


def test_somebody_new_is_added_and_the_password_shown_once(log_in, people):
    client = log_in(people["system"])
    fields = {"staff_no": "LX9", "name": "新人", "branch": people["head"].branch_id, "reason": "joined"}
    answer = client.post("/people/new", fields)
    staff = Staff.objects.get(staff_no="LX9")
    password = answer.content.decode().split("<code>")[1].split("</code>")[0]
    assert staff.check_password(password.replace("&#x27;", "'"))
    assert "no-store" in answer.headers["Cache-Control"]
    assert password not in client.get(f"/people/{staff.pk}").content.decode()
    assert "This staff number is taken." in client.post("/people/new", fields).content.decode()


@pytest.mark.parametrize("change", ["disable", "reset-password"])
def test_a_change_asks_first_and_wants_a_reason(log_in, people, change):
    client = log_in(people["system"])
    address = f"/people/{people['manager'].pk}/{change}"
    assert client.get(address).status_code == 200
    before = Staff.objects.get(pk=people["manager"].pk)
    client.post(address, {"reason": ""})
    after = Staff.objects.get(pk=before.pk)
    assert (after.is_active, after.password) == (before.is_active, before.password)
    client.post(address, {"reason": "asked to"})
    after = Staff.objects.get(pk=before.pk)
    assert (after.is_active, after.password) != (before.is_active, before.password)


def test_posts_are_granted_and_ended_on_the_pages(log_in, people):
    client, manager = log_in(people["security"]), people["manager"]
    fields = {"code": "risk_officer", "branch": manager.branch_id, "valid_from": "2099-01-01", "reason": "appointed"}
    assert client.post(f"/people/{manager.pk}/posts/new", fields).status_code == 302
    post = Post.objects.get(staff=manager, code="risk_officer")
    assert post.scope == "below"
    page = client.post(f"/people/{manager.pk}/posts/new", {**fields, "code": "auditor", "valid_from": "2020-01-01"})
    assert "A post begins today or later." in page.content.decode()
    page = client.post(f"/people/{manager.pk}/posts/new", {**fields, "code": "system_administrator"})
    assert "An administrator holds no other post" in page.content.decode()
    assert client.post(f"/posts/{post.pk}/end", {"reason": "changed plans"}).status_code == 302
    own = people["security"].posts.get()
    assert "Nobody changes their own posts." in client.post(f"/posts/{own.pk}/end", {"reason": "x"}).content.decode()


def test_a_head_orders_and_withdraws_a_stand_in_on_the_page(log_in, people):
    client = log_in(people["head"])
    fields = {
        "absent": people["manager"].pk, "stand_in": people["other"].pk,
        "starts_on": "2099-01-01", "ends_on": "2099-01-05", "reason": "leave",
    }  # fmt: skip
    assert client.post("/stand-ins", fields).status_code == 302
    order = StandIn.objects.get()
    assert client.post(f"/stand-ins/{order.pk}/withdraw", {"reason": "back"}).status_code == 302
    assert StandIn.objects.get().withdrawn_at is not None
    turned = client.post("/stand-ins", {**fields, "stand_in": people["manager"].pk})
    assert "Nobody stands in for themselves." in turned.content.decode()


def test_the_branches_link_to_exactly_the_people_they_count(log_in, people):
    below = BranchFactory(parent=people["head"].branch)
    StaffFactory(branch=below, name="下级员工")
    page = log_in(people["system"]).get("/branches").content.decode()
    assert f"?only={below.pk}&amp;state=active" in page


def test_log_ins_and_accounts_are_told_to_the_audit_administrator(log_in, people):
    services.disable_staff(people["other"], acting_user=people["system"], reason="left the bank")
    client = log_in(StaffFactory(post="audit_administrator"))
    page = client.get("/records/log-ins").content.decode()
    assert "disabled: left the bank" in page
    assert "Logged in from 127.0.0.1" in page
    assert "left the bank" not in client.get("/records/log-ins?what=log_in").content.decode()
