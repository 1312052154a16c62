"""A parameter changes by two people, from a day that is not closed, and by no other road."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client

from postloan.core import parameter_values, parameters
from postloan.core.models import Event, Parameter
from postloan.core.parameter_values import NotAValue
from postloan.organization import parameter_pages, services
from postloan.organization.services import parameters as rules
from tests.factories import PASSWORD, BranchFactory, BusinessDateFactory, ParameterFactory, StaffFactory
from tests.factories.days import DELIVERED_ON, MOMENT

pytestmark = pytest.mark.django_db
KEY = "loans.missed_in_all"
NEXT = DELIVERED_ON + timedelta(days=1)
SOURCE = "澜银发〔2026〕18号第三条"


class Office:
    def __init__(self) -> None:
        BusinessDateFactory()
        self.root = BranchFactory()
        self.risk = StaffFactory(post="risk_officer", branch=self.root)
        self.supervisor = StaffFactory(post="supervisor", branch=self.root)
        self.system = StaffFactory(post="system_administrator", branch=self.root)
        self.security = StaffFactory(post="security_administrator", branch=self.root)

    def proposed(self, value: Any = 8, **changed: Any) -> Parameter:
        given = {"valid_from": NEXT, "source": SOURCE, "reason": "风险委员会决议", "acting_user": self.risk}
        return services.propose_parameter(KEY, value=value, **given | changed)


@pytest.fixture
def office() -> Office:
    return Office()


def value_on(day: date) -> Any:
    return parameters.value(KEY, on=day)


def test_nothing_changes_before_the_second_person_and_then_from_the_day_on(office: Office) -> None:
    proposal = office.proposed()
    assert value_on(NEXT) == 6
    services.approve_parameter(proposal, acting_user=office.supervisor)
    assert (value_on(DELIVERED_ON), value_on(NEXT)) == (6, 8)
    assert parameters.values(KEY, on=NEXT) == {KEY: 8}
    told = Event.objects.filter(subject_kind="parameter", subject_key=KEY)
    assert set(told.values_list("code", "actor")) == {
        ("organization.parameter_proposed", office.risk.pk),
        ("organization.parameter_approved", office.supervisor.pk),
    }
    assert {(event.arguments["before"], event.arguments["after"]) for event in told} == {("6", "8")}
    assert Parameter.history.filter(key=KEY).count() == 2


def test_the_proposer_does_not_approve_by_any_road(office: Office) -> None:
    proposal = office.proposed()
    with pytest.raises(services.Refused):
        services.approve_parameter(proposal, acting_user=office.risk)
    with pytest.raises(IntegrityError), transaction.atomic():
        Parameter.objects.filter(pk=proposal.pk).update(approved_by=office.risk, approved_at=MOMENT)
    browser = Client()
    browser.post("/login", {"username": office.risk.staff_no, "password": PASSWORD})
    answer = browser.post(f"/parameters/proposals/{proposal.pk}/approve")
    assert answer.status_code == 422
    proposal.refresh_from_db()
    assert proposal.is_waiting


def test_a_value_stands_with_the_source_it_was_decided_by(office: Office) -> None:
    with pytest.raises(services.Refused):
        office.proposed(source="  ")
    default = str(parameters.definition(KEY).source)
    assert parameter_pages.lines([parameters.definition(KEY)])[0].source == default
    browser = Client()
    browser.post("/login", {"username": office.supervisor.staff_no, "password": PASSWORD})
    proposal = office.proposed(valid_from=NEXT)
    assert SOURCE in browser.get(f"/parameters/{KEY}").content.decode()
    services.approve_parameter(proposal, acting_user=office.supervisor)
    BusinessDateFactory(date=NEXT)
    [line] = parameter_pages.lines([parameters.definition(KEY)])
    assert (line.value, line.source) == (8, SOURCE)
    for page in ("/parameters", f"/parameters/{KEY}", f"/parameters?q={SOURCE}"):
        assert SOURCE in browser.get(page).content.decode()
    refused = browser.post(f"/parameters/{KEY}/propose", {"value": "9", "valid_from": NEXT, "reason": "x"})
    assert refused.status_code == 200
    assert Parameter.objects.filter(key=KEY).count() == 1
    # A change of before sources were asked for does not borrow that of the default.
    Parameter.objects.filter(key=KEY).update(source="")
    assert parameter_pages.lines([parameters.definition(KEY)])[0].source == ""


@pytest.mark.parametrize("day", [DELIVERED_ON, DELIVERED_ON - timedelta(days=30)])
def test_a_closed_day_keeps_its_value(office: Office, day: date) -> None:
    with pytest.raises(services.Refused, match=NEXT.isoformat()):
        office.proposed(valid_from=day)
    assert not Parameter.objects.exists()


def test_a_day_closed_meanwhile_is_refused_when_approved(office: Office) -> None:
    proposal = office.proposed()
    BusinessDateFactory(date=NEXT)
    with pytest.raises(services.Refused):
        services.approve_parameter(proposal, acting_user=office.supervisor)
    assert value_on(NEXT) == 6


def test_an_open_day_may_be_the_first(office: Office) -> None:
    BusinessDateFactory(date=NEXT, open=True)
    services.approve_parameter(office.proposed(), acting_user=office.supervisor)
    assert value_on(NEXT) == 8


def test_one_proposal_waits_at_a_time_and_what_holds_already_is_no_change(office: Office) -> None:
    office.proposed()
    with pytest.raises(services.Refused):
        office.proposed(value=9, acting_user=office.supervisor)
    Parameter.objects.all().delete()
    with pytest.raises(services.Refused):
        office.proposed(value=6)


def test_refused_by_another_and_withdrawn_by_the_proposer_with_a_reason(office: Office) -> None:
    proposal = office.proposed()
    with pytest.raises(services.Refused):
        services.refuse_parameter(proposal, reason="不同意", acting_user=office.risk)
    with pytest.raises(services.Refused):
        services.withdraw_parameter(proposal, reason="写错", acting_user=office.supervisor)
    with pytest.raises(services.Refused):
        services.refuse_parameter(proposal, reason="  ", acting_user=office.supervisor)
    refused = services.refuse_parameter(proposal, reason="过松", acting_user=office.supervisor)
    assert (refused.ended_because, refused.ended_by, value_on(NEXT)) == ("refused", office.supervisor, 6)
    with pytest.raises(services.Refused):
        services.approve_parameter(proposal, acting_user=office.supervisor)
    second = office.proposed(value=7)
    assert services.withdraw_parameter(second, reason="写错", acting_user=office.risk).ended_because == "withdrawn"
    assert value_on(NEXT) == 6


def test_a_second_decision_for_the_same_day_replaces_the_first(office: Office) -> None:
    services.approve_parameter(office.proposed(), acting_user=office.supervisor)
    services.approve_parameter(office.proposed(value=9), acting_user=office.supervisor)
    assert value_on(NEXT) == 9
    assert Parameter.objects.get(ended_because="replaced").value == 8
    shown = parameter_pages.changes(parameters.definition(KEY))
    assert [(change.before, change.shown) for change in shown] == [("8", "9"), ("6", "8")]


def test_who_may_change_what(office: Office) -> None:
    business, log_in = parameters.definition(KEY), parameters.definition(parameters.IDLE_MINUTES)
    tier2 = StaffFactory(post="risk_officer", branch=BranchFactory(parent=office.root, tier2=True))
    data = StaffFactory(post="data_officer", branch=office.root)
    may = {
        (who.pk, definition.key)
        for who in (office.risk, office.supervisor, office.system, office.security, tier2, data)
        for definition in (business, log_in)
        if rules.may_change(who, definition)
    }
    assert may == {
        (office.risk.pk, business.key),
        (office.supervisor.pk, business.key),
        (office.system.pk, log_in.key),
        (office.security.pk, log_in.key),
    }
    for nobody in (tier2, data, office.system):
        with pytest.raises(PermissionDenied):
            office.proposed(acting_user=nobody)


def test_an_unknown_parameter_is_no_page(office: Office) -> None:
    browser = Client()
    browser.post("/login", {"username": office.risk.staff_no, "password": PASSWORD})
    assert browser.get("/parameters/nothing.at_all").status_code == 404
    assert browser.get("/parameters/nothing.at_all/propose").status_code == 404


def test_the_form_proposes_and_the_page_shows_both_values(office: Office) -> None:
    browser = Client()
    browser.post("/login", {"username": office.risk.staff_no, "password": PASSWORD})
    wrong = browser.post(
        f"/parameters/{KEY}/propose", {"value": "-3", "valid_from": NEXT, "source": SOURCE, "reason": "x"}
    )
    assert (wrong.status_code, Parameter.objects.count()) == (200, 0)
    done = browser.post(
        f"/parameters/{KEY}/propose", {"value": "8", "valid_from": NEXT, "source": SOURCE, "reason": "决议"}
    )
    assert done["Location"] == f"/parameters/{KEY}"
    page = browser.get(f"/parameters/{KEY}").content.decode()
    assert '<del class="num">6</del>' in page
    assert '<ins class="num">8</ins>' in page
    assert "/approve" not in page
    listed = browser.get("/parameters?state=waiting").content.decode()
    assert listed.count("/parameters/loans.") == 1


# ── values as they are written ────────────────────────────────────────────────────────────────────────────


def made(default: Any, unit: str = "") -> parameters.Definition:
    return parameters.Definition("x.y", "x", default, "", unit)


@pytest.mark.parametrize(
    ("default", "text", "value"),
    [
        (5, " 12 ", 12),
        (5, "1,200", 1200),
        (Decimal("1"), "0.50", "0.50"),
        (True, "no", False),
        ("22:00", "21:30", "21:30"),
        ([7, 1], "30，7、1", [30, 7, 1]),
        (["personal"], "personal, rural", ["personal", "rural"]),
        ({"90": 10}, "90: 5, 30：2", {"90": 5, "30": 2}),
        ([[1, 5]], "[[1, 5], [31, 9]]", [[1, 5], [31, 9]]),
        ({"1": [{"work": "call", "within": 3}]}, '{"2": [{"work": "call", "within": 0}]}', {"2": [{"work": "call", "within": 0}]}),
    ],
)  # fmt: skip
def test_what_is_written_becomes_a_value(default: Any, text: str, value: Any) -> None:
    assert parameter_values.parse(made(default), text) == value
    assert parameter_values.parse(made(default), parameter_values.written(default, default)) is not None


@pytest.mark.parametrize(
    ("default", "text"),
    [
        (5, ""), (5, "-1"), (5, "1.5"), (5, "five"), (5, "NaN"), (5, "1e20"), (Decimal("1"), "Infinity"), (True, "maybe"),
        ("22:00", "25:00"), ([7, 1], "7, 7"), ([7, 1], "x"), (["personal"], "<b>"), ({"90": 10}, "90"),
        ({"90": 10}, "x: 1"), ({"90": 10}, "90: 1, 90: 2"), ([[1, 5]], "[[1]]"), ([[1, 5]], "[[1, -5]]"), ([[1, 5]], "nonsense"),
        ({"1": [{"work": "call", "within": 3}]}, '{"2": [{"work": "shout", "within": 0}]}'),
        ({"1": [{"work": "call", "within": 3}]}, '{"2": [{"work": "call"}]}'),
    ],
)  # fmt: skip
def test_what_has_another_shape_is_refused(default: Any, text: str) -> None:
    with pytest.raises(NotAValue):
        parameter_values.parse(made(default), text)


def test_a_share_is_at_most_a_hundred_and_a_check_has_its_word() -> None:
    with pytest.raises(NotAValue):
        parameter_values.parse(made(Decimal("1"), "%"), "100.01")
    strict = parameters.Definition("x.y", "x", 5, "", check=lambda value: "even only" if value % 2 else "")
    with pytest.raises(NotAValue, match="even only"):
        parameter_values.parse(strict, "3")
    assert parameter_values.parse(strict, "4") == 4


def test_every_default_can_be_written_and_read_back() -> None:
    for definition in parameters.definitions():
        text = parameter_values.written(definition.default, definition.default)
        value = parameter_values.parse(definition, text)
        expected = str(definition.default) if isinstance(definition.default, Decimal) else definition.default
        assert value == expected, definition.key


# ── what the database refuses ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "make",
    [
        lambda: [ParameterFactory(proposed=True, value=value) for value in (1, 2)],
        lambda: ParameterFactory(proposed=True, ended_at=MOMENT),
        lambda: ParameterFactory(proposed=True, ended_by=StaffFactory(), ended_because="refused"),
        lambda: ParameterFactory(ended_at=MOMENT, ended_by=StaffFactory(), ended_because="refused"),
        lambda: ParameterFactory(proposed=True, ended_at=MOMENT, ended_by=StaffFactory(), ended_because="replaced"),
    ],
    ids=["two wait", "moment without person", "person without moment", "refused after approval", "replaced before it"],
)
def test_rows_the_database_refuses(make: Any) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make()
