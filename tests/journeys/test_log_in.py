"""Coming in: a wrong password, too many of them, being away too long, the first password."""

import re
from datetime import timedelta
from urllib.parse import unquote

from django.utils import timezone

from postloan.nightly.management.commands.make_demo_logins import PASSWORD
from postloan.organization.models import LogIn, Staff
from tests.journeys.person import PHONE

REFUSED = "the server responded with a status of 429"


def tries_left(text: str) -> int:
    return int(re.search(r"(\d+)", text)[1])


def test_a_wrong_password_says_how_many_tries_are_left_until_the_number_is_locked(window, bank):
    number = bank.people["risk_officer"]["staff_no"]
    person = window(width=PHONE)
    person.open("/")
    left = []
    while not person.count("[role=alert] .bi-lock") and len(left) < 8:
        person.log_in(number, "not the password")
        if person.count(".err"):
            left.append(tries_left(person.text(".err")))
    assert left == list(range(len(left), 0, -1))
    assert len(left) >= 3
    sentence = person.text("[role=alert]")
    assert re.search(r"\d\d:\d\d", sentence)
    person.log_in(number, PASSWORD)
    assert person.text("[role=alert]") == sentence
    assert all(REFUSED in line for line in person.watch.heard)
    person.watch.heard.clear()


def test_after_idling_one_is_told_so_and_led_back_to_the_page(enter, bank):
    person = enter("branch_head", "/loans")
    assert person.path() == "/loans"
    long_ago = timezone.now() - timedelta(hours=3)
    LogIn.objects.filter(ended_at=None).update(started_at=long_ago, seen_at=long_ago)
    person.follow(".pl-nav a[href='/customers']")
    assert unquote(person.path()) == "/login?next=/customers"
    assert re.search(r"\d+ ?分钟", person.text("[role=status]"))
    person.log_in(bank.people["branch_head"]["staff_no"], PASSWORD)
    assert person.path() == "/customers"


def test_a_password_somebody_else_chose_is_changed_before_anything_else(enter, bank):
    number = bank.people["branch_head"]["staff_no"]
    Staff.objects.filter(staff_no=number).update(must_change_password=True, is_demonstration=False)
    person = enter("branch_head", "/loans")
    assert person.path() == "/password"
    person.open("/customers")
    assert person.path() == "/password"
    for name, value in (("old_password", PASSWORD), ("new_password", "Kingfisher-71"), ("repeated", "Kingfisher-71")):
        person.page.fill(f"input[name={name}]", value)
    person.submit(person.page.locator("button.btn-primary"))
    assert person.path() not in {"/password", "/login"}
    person.open("/customers")
    assert person.count("main table tbody tr") > 0
