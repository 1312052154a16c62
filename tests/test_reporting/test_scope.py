"""What lies outside a person's reach is not there."""

import pytest

from tests.factories import (
    ContractFactory,
    GuaranteeFactory,
    LoanFactory,
    LoanStateFactory,
    RelatedPartyFactory,
    StaffFactory,
)


def test_another_branchs_customer_and_loan_are_not_found(bank, reader):
    client = reader(bank.head)

    assert client.get(f"/customers/{bank.elsewhere.customer_id}").status_code == 404
    assert client.get(f"/loans/{bank.elsewhere.loan_id}").status_code == 404
    assert client.get(f"/customers/{bank.elsewhere.customer_id}/accounts").status_code == 404


def test_lists_and_search_leave_out_what_is_out_of_scope(bank, reader):
    client = reader(bank.head)

    assert bank.elsewhere.customer.name not in client.get("/customers").content.decode()
    assert bank.elsewhere.loan.loan_no not in client.get("/loans?status=all").content.decode()
    assert client.get(f"/search?q={bank.elsewhere.loan.loan_no}").context["found"].total == 0
    assert client.get(f"/loans?customer={bank.elsewhere.customer_id}").context["rows"] == []


def test_whoever_reads_nothing_of_the_book_is_refused(bank, reader):
    administrator = StaffFactory(branch=bank.root, post="system_administrator")
    client = reader(administrator)

    assert client.get("/overview").status_code == 200
    for address in ("/loans", "/customers", "/search", f"/customers/{bank.current.customer_id}"):
        assert client.get(address).status_code == 403


@pytest.mark.parametrize("address", ["/loans", "/customers", "/search", "/customers/1", "/loans/1"])
def test_strangers_are_sent_to_log_in(db, client, address):
    assert client.get(address).headers["Location"].startswith("/login")


def test_a_foreign_party_shows_its_number_and_a_masked_name_only(bank, reader):
    party = bank.elsewhere.customer
    RelatedPartyFactory(customer=bank.current.customer, party_customer=party, party_no="P77", name=party.name)
    contract = ContractFactory(customer=bank.current.customer)
    GuaranteeFactory(contract_no=contract.contract_no, guarantor=party, guarantor_name=party.name)
    client = reader(bank.head)

    for tab in ("parties", "security"):
        content = client.get(f"/customers/{bank.current.customer_id}/{tab}").content.decode()
        assert party.name not in content
        assert f"/customers/{party.pk}" not in content
        assert "***" in content


def test_the_booking_branch_reads_the_loan_but_is_not_led_to_the_customer(bank, reader):
    loan = LoanFactory(customer=bank.elsewhere.customer, booking_branch=bank.here, booking_branch_code="X")
    LoanStateFactory(loan=loan)
    client = reader(bank.head)

    page = client.get(f"/loans/{loan.pk}")
    assert page.status_code == 200
    assert f"/customers/{loan.customer_id}" not in page.content.decode()


def test_personal_data_is_masked_on_every_tab(bank, reader):
    customer = bank.current.customer
    client = reader(bank.head)

    for tab in ("", "/parties", "/loans"):
        content = client.get(f"/customers/{customer.pk}{tab}").content.decode()
        for clear in (customer.id_number, customer.phone, customer.address, customer.service_address):
            assert clear not in content
