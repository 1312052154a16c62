"""What is shown when something goes wrong, the health addresses, and the language switch."""

import pytest
from django.conf import settings
from django.test import Client, RequestFactory

from postloan.core import views
from tests.factories import BusinessDateFactory, JobRunFactory, StaffFactory
from tests.factories.organization import PASSWORD


def test_the_page_of_a_failure_asks_neither_database_nor_session():
    answer = views.server_error(RequestFactory().get("/loans"))

    assert answer.status_code == 500
    assert "pl-ref" in answer.content.decode()


def test_a_stranger_is_told_that_an_address_does_not_exist(db, client):
    answer = client.get("/nowhere")

    assert answer.status_code == 404
    assert "没有找到" in answer.content.decode()


def test_a_form_without_its_token_is_refused_with_an_explanation(db):
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/language", {"language": "en"})

    assert answer.status_code == 403
    assert "页面已失效" in answer.content.decode()


@pytest.mark.parametrize("next_page", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_the_language_switch_never_leads_elsewhere(db, client, next_page):
    answer = client.post("/language", {"language": "en", "next": next_page})

    assert answer.headers["Location"] == "/"


def test_the_language_is_kept_in_a_cookie_and_unknown_ones_are_not(db, client):
    answer = client.post("/language", {"language": "en", "next": "/loans?q=1"})
    assert answer.headers["Location"] == "/loans?q=1"
    assert answer.cookies[settings.LANGUAGE_COOKIE_NAME].value == "en"

    answer = client.post("/language", {"language": "xx"})
    assert settings.LANGUAGE_COOKIE_NAME not in answer.cookies
    assert client.get("/language").status_code == 405


def test_the_language_is_kept_with_the_person_for_what_is_written_to_them(db, client):
    staff = StaffFactory()
    client.post("/login", {"username": staff.staff_no, "password": PASSWORD})
    assert client.post("/language", {"language": "en"}).status_code == 302
    staff.refresh_from_db()
    assert staff.language == "en"
    before = staff.history.count()
    client.post("/language", {"language": "xx"})
    client.post("/language", {"language": "zh-hans"})
    staff.refresh_from_db()
    assert (staff.language, staff.history.count()) == ("zh-hans", before)


def test_a_language_chosen_on_the_page_of_the_log_in_is_kept_at_the_log_in(db, client):
    staff = StaffFactory()
    client.post("/language", {"language": "en"})
    client.post("/login", {"username": staff.staff_no, "password": PASSWORD})
    staff.refresh_from_db()
    assert staff.language == "en"


def test_containers_ask_without_logging_in(db, client):
    assert client.get("/livez").content == b"ok"
    assert client.get("/readyz").content == b"ok"


def test_the_watch_is_told_of_failed_and_forgotten_work(db, client):
    BusinessDateFactory()
    assert client.get("/healthz").json()["status"] == "ok"

    JobRunFactory(shard="failed", failed=True)
    JobRunFactory(shard="forgotten")
    answer = client.get("/healthz")

    assert answer.status_code == 503
    assert (answer.json()["jobs_failed"], answer.json()["jobs_late"]) == (1, 1)
