"""The log-in page: right and wrong passwords, lock-out, where one lands, what is recorded."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.utils import timezone

from postloan.core.models import Event
from postloan.organization import events, services
from postloan.organization.models import LogIn, Staff
from tests.factories import PASSWORD, ParameterFactory, StaffFactory

pytestmark = pytest.mark.django_db


def try_(browser, staff_no, password, **more):
    return browser.post("/login", {"username": staff_no, "password": password, **more})


def test_right_number_and_password_lead_home_and_leave_a_record(browser):
    staff = StaffFactory(post="branch_head")
    before = browser.session.session_key
    answer = try_(browser, staff.staff_no, PASSWORD)
    assert answer.headers["Location"] == "/"
    log_in = LogIn.objects.get(staff=staff)
    assert log_in.ended_at is None
    assert log_in.address == "127.0.0.1"
    assert browser.session["log_in"] == log_in.pk
    assert browser.session.session_key != before
    event = Event.objects.get(code=events.LOG_IN)
    assert (event.actor, event.subject_key) == (staff, staff.staff_no)


def test_a_log_in_adds_no_row_to_the_history_of_the_person(browser):
    staff = StaffFactory(post="branch_head")
    before = Staff.history.count()
    try_(browser, staff.staff_no, PASSWORD)
    assert Staff.history.count() == before
    staff.refresh_from_db()
    assert staff.last_login is not None


def test_the_session_of_before_does_not_survive_the_log_in(browser):
    browser.get("/login")
    session = browser.session
    session["planted"] = "by somebody else"
    session.save()
    planted_key = session.session_key
    browser.cookies["postloan_session"] = planted_key
    staff = StaffFactory(post="branch_head")
    try_(browser, staff.staff_no, PASSWORD)
    assert browser.session.session_key != planted_key
    assert "planted" not in browser.session


@pytest.mark.parametrize("password", ["wrong", PASSWORD.lower(), " " + PASSWORD])
def test_a_wrong_password_says_how_many_tries_are_left(browser, password):
    staff = StaffFactory()
    answer = try_(browser, staff.staff_no, password)
    assert answer.status_code == 200
    assert "Staff number or password is wrong; 4 tries left." in answer.content.decode()


def test_unknown_numbers_and_disabled_people_are_answered_alike(browser):
    disabled = StaffFactory(disabled=True)
    pages = [try_(browser, number, PASSWORD).content.decode() for number in ("nobody", disabled.staff_no)]
    assert all("Staff number or password is wrong; 4 tries left." in page for page in pages)
    assert not LogIn.objects.exists()


def test_five_failures_lock_and_even_the_right_password_is_refused(browser):
    staff = StaffFactory(post="branch_head")
    for _try in range(5):
        answer = try_(browser, staff.staff_no, "wrong")
    assert answer.status_code == 429
    assert "Locked after 5 failed tries." in answer.content.decode()
    assert try_(browser, staff.staff_no, PASSWORD).status_code == 429
    assert not LogIn.objects.exists()
    assert Event.objects.filter(code=events.LOCKED_OUT, subject_key=staff.staff_no).count() == 1
    assert Event.objects.filter(code=events.LOG_IN_FAILED, subject_key=staff.staff_no).count() == 6


def test_trying_on_while_locked_does_not_make_it_longer(browser):
    staff = StaffFactory()
    for _try in range(5):
        try_(browser, staff.staff_no, "wrong")
    last_at = AccessAttempt.objects.get(username=staff.staff_no).attempt_time
    try_(browser, staff.staff_no, "wrong")
    assert AccessAttempt.objects.get(username=staff.staff_no).attempt_time == last_at


def test_the_lock_is_of_the_number_whatever_the_browser_and_ends_after_its_time(browser):
    staff = StaffFactory(post="branch_head")
    for number in range(5):
        browser.post(
            "/login", {"username": staff.staff_no, "password": "wrong"}, headers={"user-agent": f"browser {number}"}
        )
    assert try_(browser, staff.staff_no, PASSWORD).status_code == 429
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=31))
    assert try_(browser, staff.staff_no, PASSWORD).status_code == 302


def test_a_success_forgets_the_failures_before_it(browser):
    staff = StaffFactory(post="branch_head")
    for _round in range(2):
        for _try in range(4):
            try_(browser, staff.staff_no, "wrong")
        assert try_(browser, staff.staff_no, PASSWORD).status_code == 302
        browser.post("/logout")


def test_the_system_administrator_unlocks(browser):
    staff, administrator = StaffFactory(post="branch_head"), StaffFactory(post="system_administrator")
    for _try in range(5):
        try_(browser, staff.staff_no, "wrong")
    services.unlock(staff, acting_user=administrator, reason="called and identified")
    assert try_(browser, staff.staff_no, PASSWORD).status_code == 302
    assert Event.objects.get(code=events.UNLOCKED).actor == administrator


def test_the_limit_is_a_parameter(browser):
    ParameterFactory(key="security.login_failures", value=2)
    staff = StaffFactory()
    assert "1 try left" in try_(browser, staff.staff_no, "wrong").content.decode()
    assert try_(browser, staff.staff_no, "wrong").status_code == 429


def test_what_was_typed_instead_of_a_number_is_not_kept(browser):
    try_(browser, "My-Secret-2026", "x")
    event = Event.objects.get(code=events.LOG_IN_FAILED)
    assert "My-Secret" not in str(event.arguments) + event.subject_key


@pytest.mark.parametrize(
    "target", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)", "/\\elsewhere.example", "x"]
)
def test_next_leads_nowhere_else(browser, target):
    staff = StaffFactory(post="branch_head")
    assert try_(browser, staff.staff_no, PASSWORD, next=target).headers["Location"] == "/"


def test_next_leads_back_to_the_page_asked_for(browser):
    staff = StaffFactory(post="branch_head")
    first = browser.get("/sessions?x=1")
    assert first.headers["Location"] == "/login?next=%2Fsessions%3Fx%3D1"
    page = browser.get(first.headers["Location"]).content.decode()
    assert 'value="/sessions?x=1"' in page
    assert try_(browser, staff.staff_no, PASSWORD, next="/sessions?x=1").headers["Location"] == "/sessions?x=1"


def test_somebody_logged_in_is_not_asked_again(log_in):
    assert log_in(StaffFactory(post="branch_head")).get("/login").headers["Location"] == "/"


@pytest.mark.parametrize(
    "fields", [{}, {"username": "a"}, {"username": "a\0b", "password": "x"}, {"username": "x" * 500, "password": "y"}]
)
def test_incomplete_and_hostile_forms_are_answered_with_the_page(browser, fields):
    assert browser.post("/login", fields).status_code == 200


def test_log_out_is_a_post_and_ends_the_session(log_in):
    staff = StaffFactory(post="branch_head")
    client = log_in(staff)
    assert client.get("/logout").status_code == 405
    assert client.post("/logout").headers["Location"] == "/login"
    assert LogIn.objects.get().ended_because == "logged_out"
    assert client.get("/sessions").headers["Location"].startswith("/login")
    assert Event.objects.filter(code=events.LOG_OUT).count() == 1


def test_the_page_is_chinese_unless_the_reader_chose(client):
    page = client.get("/login").content.decode()
    assert "员工号" in page
    assert 'lang="zh-CN"' in page
