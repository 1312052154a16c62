"""Personal data in clear: a right, in scope, a reason, a record in the same transaction."""

import pytest
from django.core.exceptions import PermissionDenied

from postloan.core.models import PersonalDataAccess
from postloan.customers import personal_data
from postloan.organization.models import Staff
from tests.factories import PASSWORD, CustomerFactory, PostFactory, RelatedPartyFactory, StaffFactory
from tests.test_customers.bank import build

pytestmark = pytest.mark.django_db
REASON = "checks who called"


@pytest.fixture
def bank():
    return build()


def browser(client, person):
    client.post("/login", {"username": person.staff_no, "password": PASSWORD})
    return client


def ask(client, customer, **fields):
    data = {"field": "phone", "reason": REASON, **fields}
    return client.post(f"/personal-data/customers/{customer.pk}", data, headers={"hx-request": fields.pop("hx", "")})


def test_what_was_asked_for_is_shown_and_recorded(bank, client):
    steel, manager = bank.customers["steel"], bank.people["manager"]
    page = ask(browser(client, manager), steel).content.decode()
    assert steel.phone in page
    assert steel.id_number not in page
    record = PersonalDataAccess.objects.get()
    assert (record.staff, record.subject_key, record.customer_id) == (manager, steel.customer_no, steel.pk)
    assert (record.what, record.reason, record.address) == ("phone", REASON, "127.0.0.1")


def test_before_a_reason_everything_is_masked(bank, client):
    steel = bank.customers["steel"]
    answer = browser(client, bank.people["manager"]).get(f"/personal-data/customers/{steel.pk}")
    page = answer.content.decode()
    assert "138****1234" in page
    for value in (steel.phone, steel.id_number, steel.address, steel.service_address):
        assert value not in page
    assert not PersonalDataAccess.objects.exists()
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("fields", [{"reason": "    ab   "}, {"reason": ""}, {"field": "password"}, {"field": ""}])
def test_without_a_reason_or_with_another_field_nothing_is_shown(bank, client, fields):
    steel = bank.customers["steel"]
    page = ask(browser(client, bank.people["manager"]), steel, **fields).content.decode()
    assert steel.phone not in page
    assert not PersonalDataAccess.objects.exists()


def test_a_part_of_the_page_is_answered_to_htmx(bank, client):
    steel = bank.customers["steel"]
    browser(client, bank.people["manager"])
    address = f"/personal-data/customers/{steel.pk}"
    page = client.post(address, {"field": "phone", "reason": REASON}, headers={"hx-request": "true"}).content.decode()
    assert steel.phone in page
    assert "<html" not in page


@pytest.mark.parametrize(
    ("who", "status"), [("former", 404), ("east_head", 404), ("data_officer", 403), ("audit", 403)]
)
def test_out_of_scope_or_without_the_right_nothing_is_shown(bank, client, who, status):
    answer = ask(browser(client, bank.people[who]), bank.customers["steel"])
    assert answer.status_code == status
    assert not PersonalDataAccess.objects.exists()


def test_the_service_asks_for_right_scope_and_reason_itself(bank):
    steel = bank.customers["steel"]
    for who in ("former", "data_officer", "audit", "disabled"):
        with pytest.raises(PermissionDenied):
            personal_data.show_personal_data(
                steel, field="phone", reason=REASON, acting_user=Staff.objects.get(pk=bank.people[who].pk), address=None
            )
    with pytest.raises(personal_data.ReasonMissing):
        personal_data.show_personal_data(
            steel, field="phone", reason="a b", acting_user=bank.people["manager"], address=None
        )
    assert not PersonalDataAccess.objects.exists()


def test_the_reach_of_a_post_without_the_right_does_not_count(bank, client):
    """An auditor of the whole bank who is also an account manager is shown the own customers only."""
    auditor = bank.people["auditor"]
    PostFactory(staff=auditor, code="account_manager")
    assert ask(browser(client, auditor), bank.customers["steel"]).status_code == 404


def test_related_parties_likewise(bank, client):
    party = RelatedPartyFactory(customer=bank.customers["steel"])
    browser(client, bank.people["manager"])
    data = {"field": "id_number", "reason": REASON}
    page = client.post(f"/personal-data/parties/{party.pk}", data).content.decode()
    assert party.id_number in page
    record = PersonalDataAccess.objects.get()
    assert (record.subject_kind, record.subject_key) == ("related_party", party.party_no)


def test_a_party_that_is_a_customer_beyond_the_scope_is_not_shown(bank, client):
    party = RelatedPartyFactory(customer=bank.customers["steel"], party_customer=bank.customers["port"])
    assert browser(client, bank.people["manager"]).get(f"/personal-data/parties/{party.pk}").status_code == 404


def test_what_was_withdrawn_by_a_correction_is_not_shown(client):
    customer = CustomerFactory(superseded=True)
    risk = StaffFactory(post="risk_officer", branch=customer.branch)
    assert ask(browser(client, risk), customer).status_code == 404


def test_the_record_is_read_by_those_who_watch_and_holds_no_data(bank, client):
    steel = bank.customers["steel"]
    ask(browser(client, bank.people["manager"]), steel)
    client.post("/logout")
    browser(client, bank.people["audit"])
    page = client.get("/personal-data").content.decode()
    assert REASON in page
    assert steel.customer_no in page
    assert steel.phone not in page
    for query, is_found in (("what=phone", True), ("what=address", False), ("staff=nobody", False), ("first=x", True)):
        assert (REASON in client.get(f"/personal-data?{query}").content.decode()) is is_found, query


def test_the_record_costs_the_same_however_long_it_is(bank, client, django_assert_max_num_queries):
    for number in range(60):
        PersonalDataAccess.objects.create(
            shown_at="2026-06-30T10:00Z", staff=bank.people["manager"], subject_kind="customer",
            subject_key=str(number), what="phone", reason=REASON,
        )  # fmt: skip
    browser(client, bank.people["audit"])
    with django_assert_max_num_queries(16):
        assert client.get("/personal-data").status_code == 200
