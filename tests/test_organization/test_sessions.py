"""What holds while somebody is logged in. Time passes by moving what the log-in's row says, not by waiting."""

from datetime import timedelta

import pytest
from django.utils import timezone

from postloan.organization import services
from postloan.organization.models import LogIn, Staff
from tests.factories import ParameterFactory, StaffFactory

pytestmark = pytest.mark.django_db

PAGE = "/sessions"


def pass_time(**fields):
    """Moves the log-ins into the past: seen or started so long ago."""
    now = timezone.now()
    LogIn.objects.update(**{name: now - ago for name, ago in fields.items()})


def test_idle_for_a_quarter_of_an_hour_ends_the_session_and_says_so(log_in):
    client = log_in(StaffFactory(post="branch_head"))
    pass_time(seen_at=timedelta(minutes=15), started_at=timedelta(minutes=40))
    answer = client.get(PAGE + "?x=1")
    assert answer.headers["Location"] == "/login?next=%2Fsessions%3Fx%3D1"
    page = client.get(answer.headers["Location"]).content.decode()
    assert "Logged out after 15 minutes without activity." in page
    assert LogIn.objects.get().ended_because == "idle"
    assert "15 minutes" not in client.get("/login").content.decode()


def test_just_under_a_quarter_of_an_hour_is_not_idle(log_in):
    client = log_in(StaffFactory(post="branch_head"))
    pass_time(seen_at=timedelta(minutes=14, seconds=50), started_at=timedelta(minutes=40))
    assert client.get(PAGE).status_code == 200
    assert LogIn.objects.get().seen_at > timezone.now() - timedelta(minutes=1)


def test_administrators_may_be_idle_for_less(log_in):
    client = log_in(StaffFactory(post="system_administrator"))
    pass_time(seen_at=timedelta(minutes=10), started_at=timedelta(minutes=40))
    assert client.get(PAGE).status_code == 302


def test_idle_time_is_a_parameter(log_in):
    ParameterFactory(key="security.idle_minutes", value=60)
    client = log_in(StaffFactory(post="branch_head"))
    pass_time(seen_at=timedelta(minutes=59), started_at=timedelta(minutes=70))
    assert client.get(PAGE).status_code == 200


def test_a_form_sent_too_late_leads_back_to_its_page(log_in):
    client = log_in(StaffFactory(post="branch_head"))
    pass_time(seen_at=timedelta(minutes=20), started_at=timedelta(minutes=40))
    answer = client.post(PAGE, headers={"referer": "http://testserver/stand-ins?page=2"})
    assert answer.headers["Location"] == "/login?next=%2Fstand-ins%3Fpage%3D2"


def test_a_part_of_a_page_is_answered_with_401(log_in):
    client = log_in(StaffFactory(post="branch_head"))
    pass_time(seen_at=timedelta(minutes=20), started_at=timedelta(minutes=40))
    assert client.get(PAGE, headers={"hx-request": "true"}).status_code == 401


def test_no_session_lasts_longer_than_eight_hours(log_in):
    client = log_in(StaffFactory(post="branch_head"))
    pass_time(started_at=timedelta(hours=8))
    answer = client.get(PAGE)
    assert "A session lasts 8 hours at most." in client.get(answer.headers["Location"]).content.decode()


def test_a_newer_log_in_ends_the_older_which_is_told(log_in):
    staff = StaffFactory(post="branch_head")
    older, newer = log_in(staff), log_in(staff)
    assert newer.get(PAGE).status_code == 200
    answer = older.get(PAGE)
    assert answer.status_code == 302
    assert "logged in elsewhere" in older.get(answer.headers["Location"]).content.decode()
    assert LogIn.objects.running().count() == 1


def test_several_sessions_where_the_bank_allows_them(log_in):
    ParameterFactory(key="security.one_session", value=False)
    staff = StaffFactory(post="branch_head")
    older, newer = log_in(staff), log_in(staff)
    assert older.get(PAGE).status_code == newer.get(PAGE).status_code == 200
    newer.post(PAGE)
    assert older.get(PAGE).status_code == 302
    assert newer.get(PAGE).status_code == 200


def test_somebody_disabled_is_refused_on_the_next_request_and_told(log_in):
    staff, administrator = StaffFactory(post="branch_head"), StaffFactory(post="system_administrator")
    client = log_in(staff)
    services.disable_staff(staff, acting_user=administrator, reason="left the bank")
    answer = client.get(PAGE)
    assert answer.status_code == 302
    assert "The account is disabled." in client.get(answer.headers["Location"]).content.decode()
    assert client.get(PAGE).status_code == 302


def test_disabling_in_the_database_is_enough(log_in):
    staff = StaffFactory(post="branch_head")
    client = log_in(staff)
    Staff.objects.filter(pk=staff.pk).update(is_active=False)
    assert client.get(PAGE).status_code == 302
    assert LogIn.objects.get().ended_because == "disabled"


def test_a_session_that_no_log_in_started_is_not_accepted(client):
    staff = StaffFactory(post="branch_head")
    client.force_login(staff)
    assert client.get(PAGE).status_code == 302


def test_a_password_reset_ends_the_sessions(log_in):
    staff, administrator = StaffFactory(post="branch_head"), StaffFactory(post="system_administrator")
    client = log_in(staff)
    services.reset_password(staff, acting_user=administrator, reason="forgotten")
    assert client.get(PAGE).status_code == 302


def test_being_seen_is_written_once_a_minute_at_most(log_in, django_assert_num_queries):
    client = log_in(StaffFactory(post="branch_head"))
    seen_at = LogIn.objects.get().seen_at
    client.get(PAGE)
    assert LogIn.objects.get().seen_at == seen_at
    pass_time(seen_at=timedelta(seconds=61), started_at=timedelta(minutes=40))
    client.get(PAGE)
    assert LogIn.objects.get().seen_at > timezone.now() - timedelta(seconds=30)


def test_only_the_password_page_and_log_out_answer_before_the_first_change(log_in):
    client = log_in(StaffFactory(post="branch_head", first_password=True))
    for page in (PAGE, "/", "/stand-ins"):
        assert client.get(page).headers["Location"] == "/password"
    page = client.get("/password").content.decode()
    assert "Somebody else chose your password." in page
    assert client.get("/livez").status_code == 200
    assert client.post("/logout").headers["Location"] == "/login"


def test_an_old_password_must_be_changed_too(log_in):
    staff = StaffFactory(post="branch_head", password_changed_at=timezone.now() - timedelta(days=90))
    client = log_in(staff)
    assert client.get(PAGE).headers["Location"] == "/password"
    assert "Your password has grown old." in client.get("/password").content.decode()


def test_a_part_of_a_page_is_led_to_the_password_too(log_in):
    client = log_in(StaffFactory(post="branch_head", first_password=True))
    answer = client.get(PAGE, headers={"hx-request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/password")


def test_demonstration_users_need_no_change(log_in):
    staff = StaffFactory(post="branch_head", first_password=True, demonstration=True)
    assert log_in(staff).get(PAGE).status_code == 200


def test_first_change_is_a_parameter(log_in):
    ParameterFactory(key="security.first_change", value=False)
    staff = StaffFactory(post="branch_head", must_change_password=True)
    assert log_in(staff).get(PAGE).status_code == 200
