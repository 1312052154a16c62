"""Tokens are issued and revoked by the security administrator, shown once, kept as a hash."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from postloan.api import services
from postloan.api.models import Token
from postloan.core import business_date
from postloan.core.models import Event
from postloan.organization.services.refusals import Refused
from tests.factories.api import TokenFactory
from tests.factories.days import MOMENT


def wanted(bank, **changes) -> dict:
    day = business_date.calendar_today() + timedelta(days=30)
    given = {
        "system": "财务系统",
        "branch": bank.branches["west"].pk,
        "scope": "below",
        "resources": ["loans"],
        "expires_on": day.isoformat(),
        "reason": "reads balances",
    }
    return {**given, **changes}


def issue(bank, **changes) -> tuple[Token, str]:
    day = business_date.calendar_today() + timedelta(days=30)
    asked = {"acting_user": bank.people["security"], "branch": bank.branches["west"], "expires_on": day}
    return services.issue_token(**{**wanted(bank), **asked, **changes})


def test_the_secret_is_shown_once_and_kept_as_a_hash(bank, log_in):
    client = log_in("security")
    page = client.post("/api-tokens/new", wanted(bank))
    secret = page.context["secret"]
    token = Token.objects.get(system="财务系统")

    assert secret in page.content.decode()
    assert "no-store" in page.headers["Cache-Control"]
    assert secret not in client.get("/api-tokens").content.decode()
    assert secret not in repr(Token.objects.filter(pk=token.pk).values())
    assert token.digest == services.digest_of(secret)
    answer = client.get("/api/v1/loans", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 200
    token.refresh_from_db()
    assert token.used_from == "127.0.0.1"


def test_a_revoked_token_is_refused_on_the_next_request_and_says_who_and_why(bank, log_in, system):
    read, client = system("west"), log_in("security")
    assert read("/loans").status_code == 200
    answer = client.post(f"/api-tokens/{read.token.pk}/revoke", {"reason": "replaced"}, follow=True)

    assert "replaced" in answer.content.decode()
    assert read("/loans").status_code == 401
    again = client.post(f"/api-tokens/{read.token.pk}/revoke", {"reason": "replaced"})
    assert "revoked already" in again.content.decode()
    codes = list(Event.objects.filter(code__startswith="api.").values_list("code", "actor__staff_no"))
    assert codes == [("api.token_revoked", bank.people["security"].staff_no)]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"resources": []}, ""),
        ({"system": ""}, ""),
        ({"expires_on": "2020-01-01"}, "at most 365 days"),
        ({"expires_on": "2099-01-01"}, "at most 365 days"),
        ({"scope": "all"}, ""),
    ],
)
def test_what_cannot_be_issued_is_said_on_the_form(bank, log_in, changes, sentence):
    before = Token.objects.count()
    page = log_in("security").post("/api-tokens/new", wanted(bank, **changes))

    assert page.context["form"].errors
    assert sentence in page.content.decode()
    assert Token.objects.count() == before


def test_a_system_has_one_token_at_a_time(bank):
    first, _secret = issue(bank)
    with pytest.raises(Refused, match="财务系统"):
        issue(bank)
    services.revoke_token(first, reason="rotated", acting_user=bank.people["security"])
    issue(bank)
    assert Token.objects.filter(system="财务系统").count() == 2


@pytest.mark.parametrize("who", ["system", "audit", "branch_head", "risk_officer"])
def test_nobody_else_issues_or_revokes(bank, who):
    token, _secret = issue(bank)
    with pytest.raises(PermissionDenied):
        issue(bank, system="other", acting_user=bank.people[who])
    with pytest.raises(PermissionDenied):
        services.revoke_token(token, reason="because", acting_user=bank.people[who])


def test_the_watch_sees_the_tokens_without_the_buttons(bank, log_in):
    TokenFactory(branch=bank.branches["west"], system="报表平台", issued_by=bank.people["security"])
    page = log_in("audit").get("/api-tokens").content.decode()

    assert "报表平台" in page
    assert "/api-tokens/new" not in page
    assert "/revoke" not in page


def test_use_is_marked_once_a_minute(bank, system):
    read = system("west")
    read("/loans")
    first = Token.objects.get(pk=read.token.pk).used_at
    read("/loans")
    assert Token.objects.get(pk=read.token.pk).used_at == first


@pytest.mark.parametrize(
    "wrong",
    [
        {"system": ""},
        {"reason": ""},
        {"scope": "own"},
        {"revoked_at": MOMENT},
        {"revoke_reason": "because"},
        {"revoked": True, "revoke_reason": ""},
        {"revoked": True, "revoked_at": MOMENT - timedelta(days=1)},
    ],
)
def test_a_token_that_makes_no_sense_is_refused_by_the_database(bank, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        TokenFactory(branch=bank.branches["west"], issued_by=bank.people["security"], **wrong)


def test_a_second_valid_token_of_a_system_is_refused_by_the_database(bank):
    TokenFactory(system="x", issued_by=bank.people["security"])
    TokenFactory(system="x", revoked=True, issued_by=bank.people["security"])
    with pytest.raises(IntegrityError), transaction.atomic():
        TokenFactory(system="x", issued_by=bank.people["security"])
