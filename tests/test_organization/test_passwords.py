"""The bank's rules for passwords, on the page and alone."""

import pytest
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.utils import timezone

from postloan.core.models import Event
from postloan.organization import events, services
from postloan.organization.models import PasswordHistory
from postloan.organization.passwords import BankPasswordValidator, kinds_in, one_time_password
from tests.factories import PASSWORD, ParameterFactory, StaffFactory

pytestmark = pytest.mark.django_db
NEW = "Another-One-77"


def codes(password, staff):
    with pytest.raises(ValidationError) as refused:
        BankPasswordValidator().validate(password, staff)
    return {error.code for error in refused.value.error_list}


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("Ab-4567", "password_short"),
        ("abcdefgh1", "password_kinds"),
        ("ABCDEFGH-", "password_kinds"),
        ("Xx-lx09999-1", "password_number"),
        ("Wang-LI-2026", "password_name"),
    ],
)
def test_each_rule_refuses(password, code):
    assert codes(password, StaffFactory(staff_no="LX09999", name="Li")) == {code}


@pytest.mark.parametrize("password", ["Ab-45678", "密码abc123", "abcdefg1-", "ABC-1234"])
def test_three_kinds_of_four_and_eight_characters_are_enough(password):
    BankPasswordValidator().validate(password, StaffFactory(post="account_manager"))


def test_administrators_need_twelve():
    assert codes("Ab-4567890x", StaffFactory(post="security_administrator")) == {"password_short"}
    BankPasswordValidator().validate("Ab-4567890xy", StaffFactory(post="security_administrator"))


def test_lengths_and_kinds_are_parameters():
    ParameterFactory(key="security.password_length", value=10)
    ParameterFactory(key="security.password_kinds", value=4)
    assert codes("Ab345678", StaffFactory()) == {"password_short", "password_kinds"}


def test_the_last_five_do_not_return_and_the_one_before_may():
    staff = StaffFactory(password=make_password("Now-In-Use-1"))
    for number in range(1, 6):
        PasswordHistory.objects.create(staff=staff, password=make_password(f"Former-{number}-x"), set_at=timezone.now())
    assert codes("Now-In-Use-1", staff) == {"password_again"}
    # The latest four of before, and the present one, are five.
    for number in (5, 4, 3, 2):
        assert codes(f"Former-{number}-x", staff) == {"password_again"}
    BankPasswordValidator().validate("Former-1-x", staff)


def test_kinds_are_counted():
    assert [kinds_in(text) for text in ("abc", "aB", "aB1", "aB1-", "密a")] == [1, 2, 3, 4, 2]


def test_one_time_passwords_fit_the_rules_of_administrators():
    staff = StaffFactory(post="audit_administrator")
    made = {one_time_password() for _ in range(20)}
    assert len(made) == 20
    for password in made:
        BankPasswordValidator().validate(password, staff)


def change(client, old, new, repeated=None):
    return client.post("/password", {"old_password": old, "new_password": new, "repeated": repeated or new})


def test_changing_ones_own_password_keeps_this_session_and_ends_the_need(log_in):
    staff = StaffFactory(post="branch_head", first_password=True)
    client = log_in(staff)
    assert change(client, PASSWORD, NEW).headers["Location"] == "/"
    assert client.get("/sessions").status_code == 200
    staff.refresh_from_db()
    assert not staff.must_change_password
    assert staff.check_password(NEW)
    assert staff.former_passwords.count() == 1
    assert Event.objects.get(code=events.PASSWORD_CHANGED).actor == staff
    assert NEW not in str(staff.history.values())
    log_in(staff, NEW)


@pytest.mark.parametrize(
    ("old", "new", "repeated", "sentence"),
    [
        ("wrong", NEW, NEW, "This is not your present password."),
        (PASSWORD, NEW, NEW + "x", "The two differ."),
        (PASSWORD, "short", "short", "at least 8 characters"),
        (PASSWORD, PASSWORD, PASSWORD, "one of the last 5 passwords"),
    ],
)
def test_the_page_says_what_is_wrong(log_in, old, new, repeated, sentence):
    client = log_in(StaffFactory(post="branch_head"))
    assert sentence in change(client, old, new, repeated).content.decode()


def test_a_reset_gives_a_password_once_that_must_be_changed(log_in):
    staff, administrator = StaffFactory(post="branch_head"), StaffFactory(post="system_administrator")
    password = services.reset_password(staff, acting_user=administrator, reason="forgotten")
    client = log_in(staff, password)
    assert client.get("/").headers["Location"] == "/password"
    assert change(client, password, PASSWORD).status_code == 200, "the former one does not come back"
    event = Event.objects.get(code=events.PASSWORD_RESET)
    assert password not in str(event.arguments)


def test_no_more_former_passwords_are_kept_than_count():
    staff = StaffFactory()
    for number in range(9):
        services.change_password(staff, f"Round-{number}-abc")
    assert staff.former_passwords.count() == 5
