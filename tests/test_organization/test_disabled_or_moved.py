"""A person disabled or moved is refused on the next request, at every address and by every method."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from postloan.organization import services
from postloan.organization.models import Staff
from tests.access_people import PUBLIC, SIGNED_IN
from tests.access_table import ROWS, objects
from tests.factories import PASSWORD
from tests.test_customers.bank import Bank, build

pytestmark = pytest.mark.django_db
PEOPLE = ("manager", "branch_head", "data_officer", "risk_officer", "auditor", "security", "audit")


@pytest.fixture
def bank(db: Any) -> Bank:
    return build()


def browser_of(person: Staff) -> Client:
    browser = Client(raise_request_exception=False)
    browser.post("/login", {"username": person.staff_no, "password": PASSWORD})
    return browser


def asked(browser: Client, row: Any, path: str) -> list[tuple[str, int]]:
    """Every method the address answers, as a page and as a part that htmx asks for."""
    found = []
    for method in (*row.reads, *row.writes):
        for name, headers in (("", {}), (" by htmx", {"HX-Request": "true"})):
            answer = browser.generic(method, path, headers=headers)
            found.append((f"{method} {path}{name}", answer.status_code))
    return found


def guarded() -> list[Any]:
    return [row for row in ROWS if row.access != PUBLIC]


def test_who_is_disabled_is_led_to_the_log_in_everywhere(bank: Bank) -> None:
    about, wrong, looked = objects(bank), [], 0
    system = bank.people["system"]
    for number, row in enumerate(guarded()):
        who = bank.people[PEOPLE[number % len(PEOPLE)]]
        Staff.objects.filter(pk=who.pk).update(is_active=True)
        browser = browser_of(who)
        services.disable_staff(Staff.objects.get(pk=who.pk), acting_user=system, reason="离职")
        for name, status in asked(browser, row, row.path.format(**about)):
            looked += 1
            if status not in {302, 401}:
                wrong.append(f"{name}: {status}")
    assert not wrong, "\n".join(wrong)
    assert looked > 2 * len(guarded())


def test_who_is_moved_loses_what_the_posts_gave_everywhere(bank: Bank) -> None:
    """The posts at the former branch end with the move, so nothing that asks for a capability answers any more."""
    about, wrong, looked = objects(bank), [], 0
    security, east = bank.people["security"], bank.branches["east"]
    browsers = {}
    for name in ("manager", "branch_head"):
        browsers[name] = browser_of(bank.people[name])
        assert browsers[name].get("/overview").status_code == 200
        services.move_staff(bank.people[name], branch=east, acting_user=security, reason="轮岗")
    for row in guarded():
        if row.access == SIGNED_IN:
            continue
        for browser in browsers.values():
            for name, status in asked(browser, row, row.path.format(**about)):
                looked += 1
                if status != 403:
                    wrong.append(f"{name}: {status}")
    assert not wrong, "\n".join(wrong)
    assert looked > 4 * len(ROWS) / 2


def test_a_session_ended_by_an_administrator_ends_at_once(bank: Bank) -> None:
    person, system = bank.people["branch_head"], bank.people["system"]
    browser, office = browser_of(person), browser_of(system)
    log_in = person.log_ins.running().get()
    assert browser.get("/overview").status_code == 200
    assert office.post(f"/records/sessions/{log_in.pk}/end", {"reason": "手机丢失"}).status_code == 302
    answer = browser.get("/overview")
    assert answer.status_code == 302
    assert "系统管理员" in browser.get(answer["Location"]).content.decode()
    with pytest.raises(services.Refused):
        services.end_session_of(log_in, acting_user=system, reason="再来一次")
    own = system.log_ins.running().get()
    with pytest.raises(services.Refused):
        services.end_session_of(own, acting_user=system, reason="自己")


def test_the_sessions_page_narrows_by_state_and_person(bank: Bank) -> None:
    browser_of(bank.people["branch_head"])
    office = browser_of(bank.people["system"])
    number = bank.people["branch_head"].staff_no
    assert number in office.get("/records/sessions").content.decode()
    assert office.get(f"/records/sessions?q={number}").context["page"].paginator.count == 1
    assert office.get("/records/sessions?state=ended").context["page"].paginator.count == 0
    assert office.get("/records/sessions?q=nobody").context["page"].paginator.count == 0
