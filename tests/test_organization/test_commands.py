"""Demonstration log-ins, the first administrator, and production that refuses the former."""

import io
import json

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.test import Client, override_settings

from postloan.organization.checks import no_demonstration_users, refuse_demonstration_users
from postloan.organization.models import PostCode, Staff
from tests.factories import BranchFactory, LoanStateFactory, StaffFactory
from tests.test_customers.bank import build

pytestmark = pytest.mark.django_db


def run(name, *args, **options):
    answer = io.StringIO()
    call_command(name, *args, stdout=answer, **options)
    return answer.getvalue()


def test_every_post_gets_one_log_in_that_works_at_once():
    bank = build()
    busy = bank.people["manager"]
    LoanStateFactory(loan__customer=bank.customers["mill"], manager=busy, overdue=True)
    rows = json.loads(run("make_demo_logins", json=True))
    assert [row["post"] for row in rows] == PostCode.values
    by_post = {row["post"]: row for row in rows}
    assert by_post["account_manager"]["staff_no"] == busy.staff_no
    assert by_post["branch_head"]["staff_no"] == bank.people["branch_head"].staff_no
    assert len({row["staff_no"] for row in rows}) == len(rows)
    for row in rows:
        client = Client()
        sent = {"username": row["staff_no"], "password": row["password"]}
        assert client.post("/login", sent).headers["Location"] == "/", row
        assert client.get("/sessions").status_code == 200, row


def test_a_second_run_gives_the_same_people():
    build()
    first = json.loads(run("make_demo_logins", json=True))
    people = Staff.objects.count()
    assert json.loads(run("make_demo_logins", json=True)) == first
    assert Staff.objects.count() == people


def test_no_demonstration_no_log_ins():
    BranchFactory()
    with override_settings(IS_DEMONSTRATION=False), pytest.raises(CommandError):
        run("make_demo_logins")
    assert not Staff.objects.filter(is_demonstration=True).exists()


def test_without_a_bank_there_is_nobody_to_give_them_to():
    with pytest.raises(CommandError):
        run("make_demo_logins")


def test_production_does_not_start_with_a_demonstration_user():
    refuse_demonstration_users()
    StaffFactory(demonstration=True)
    assert no_demonstration_users() == []
    with override_settings(IS_DEMONSTRATION=False):
        assert [error.id for error in no_demonstration_users()] == ["organization.E001"]
        with pytest.raises(ImproperlyConfigured):
            refuse_demonstration_users()
    Staff.objects.update(is_demonstration=False)
    with override_settings(IS_DEMONSTRATION=False):
        refuse_demonstration_users()


def test_the_first_administrator_of_an_empty_database(log_in):
    answer = run("create_administrator", "SYS001", "李系统", branch="0000", branch_name="总行")
    password = answer.split("one-time password: ")[1].split()[0]
    staff = Staff.objects.get(staff_no="SYS001")
    assert staff.must_change_password
    assert [post.code for post in staff.posts.all()] == ["system_administrator"]
    assert log_in(staff, password).get("/people").headers["Location"] == "/password"


def test_there_is_one_first_administrator_of_each_kind():
    BranchFactory()
    run("create_administrator", "SYS001", "李系统")
    run("create_administrator", "SEC001", "王安全", post="security_administrator")
    with pytest.raises(CommandError):
        run("create_administrator", "SYS002", "赵系统")


def test_without_a_branch_the_command_says_what_to_do():
    with pytest.raises(CommandError, match="--branch-name"):
        run("create_administrator", "SYS001", "李系统")
