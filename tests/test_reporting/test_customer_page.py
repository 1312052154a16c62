"""The cards of a customer's and a loan's page, and what lies beyond the reader's scope."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from postloan.classification.models import Countdown
from tests.factories import (
    AccountEntryFactory,
    AccountFactory,
    CollateralLinkFactory,
    ContractFactory,
    CustomerFactory,
    DeductionFactory,
    FacilityFactory,
    GuaranteeFactory,
    InstalmentFactory,
    LoanFactory,
    LoanStateFactory,
    OffBalanceItemFactory,
    PaymentOutFactory,
    RelatedPartyFactory,
    RepaymentFactory,
    StaffFactory,
)
from tests.factories.collecting import ActionRecordFactory, PromiseFactory
from tests.factories.days import DELIVERED_ON

DAY = DELIVERED_ON


def test_exposure_stands_against_the_facilities_that_still_run(bank, reader, delivered):
    customer = bank.current.customer
    client = reader(bank.head)
    address = f"/customers/{customer.pk}"
    assert client.get(address).context["exposure_bar"] is None

    delivered("facilities.csv")
    FacilityFactory(customer=customer, total=Decimal("2000.00"))
    FacilityFactory(customer=customer, total=Decimal("7000.00"), expires_on=DAY - timedelta(days=1))
    OffBalanceItemFactory(customer=customer, exposure=Decimal("999.90"), currency="CNY", status="active")
    bar = client.get(address).context["exposure_bar"]
    assert (bar["owed"], bar["total"], bar["share"], bar["tone"]) == (
        Decimal("2000.00"), Decimal("2000.00"), "100.00%", "warn",
    )  # fmt: skip


def test_the_account_flow_is_summed_by_month_and_a_month_without_entries_is_zero(bank, reader, delivered):
    delivered("account_entries.csv")
    account = AccountFactory(customer=bank.current.customer)
    for day, direction, amount in (
        (date(2026, 4, 3), "credit", "100.00"),
        (date(2026, 4, 30), "debit", "30.00"),
        (date(2026, 6, 1), "credit", "7.50"),
        (date(2026, 6, 2), "credit", "2.50"),
    ):
        AccountEntryFactory(account=account, booked_on=day, direction=direction, amount=Decimal(amount))
    AccountEntryFactory(account=account, booked_on=DAY, superseded=True, direction="credit")

    flow = reader(bank.head).get(f"/customers/{bank.current.customer_id}").context["flow"]
    assert [(month.first.month, month.inflow, month.outflow) for month in flow["months"]] == [
        (6, Decimal("10.00"), Decimal(0)), (5, Decimal(0), Decimal(0)), (4, Decimal("100.00"), Decimal("30.00")),
    ]  # fmt: skip
    assert flow["months"][2].net == Decimal("70.00")


def test_without_entries_there_is_no_flow_to_draw(bank, reader):
    assert reader(bank.head).get(f"/customers/{bank.current.customer_id}").context["flow"] is None


def test_the_next_floor_stands_on_the_customers_and_on_the_loans_page(bank, reader):
    Countdown.objects.create(
        loan=bank.overdue.loan,
        worked_out_on=DAY,
        class_method="debtor",
        overdue_from=bank.overdue.overdue_since,
        next_floor="substandard",
        next_floor_on=bank.overdue.overdue_since + timedelta(days=91),
        stop_principal=Decimal("12.00"),
        stop_interest=Decimal("0.34"),
    )
    client = reader(bank.head)

    row = client.get(f"/customers/{bank.overdue.customer_id}").context["next"]
    assert (row["left"], row["stop"]) == (45, Decimal("12.34"))
    shown = client.get(f"/loans/{bank.overdue.loan_id}").context["next"]
    assert (shown["left"], shown["arranged"].is_nothing) == (45, True)


def test_a_party_beyond_the_scope_shows_no_id_no_share_and_no_way_to_it(bank, reader):
    customer = bank.current.customer
    foreign = RelatedPartyFactory(
        customer=customer, party_customer=bank.elsewhere.customer, name=bank.elsewhere.customer.name
    )
    near = RelatedPartyFactory(customer=customer, party_customer=bank.overdue.customer, name="近处")
    stranger = RelatedPartyFactory(customer=customer, name="外人")
    page = reader(bank.head).get(f"/customers/{customer.pk}/parties")
    rows = {row["row"].pk: row for row in page.context["parts"]["parties"]["rows"]}

    assert (rows[foreign.pk]["id_number"], rows[foreign.pk]["can_show"]) == ("", False)
    for party in (near, stranger):
        assert rows[party.pk]["can_show"]
        assert rows[party.pk]["id_number"].endswith("002X")
    content = page.content.decode()
    assert f"/personal-data/parties/{foreign.pk}" not in content
    assert f"/personal-data/parties/{near.pk}" in content
    assert "beyond your scope" in content


def test_guarantees_given_name_for_whom_within_the_scope_only(bank, reader):
    giver = bank.current.customer
    for other in (bank.overdue.customer, bank.elsewhere.customer):
        contract = ContractFactory(customer=other)
        GuaranteeFactory(contract=contract, guarantor=giver)
    page = reader(bank.head).get(f"/customers/{giver.pk}/security")
    parties = {row["party"].number: row["party"] for row in page.context["parts"]["given"]["rows"]}

    assert parties[bank.overdue.customer.customer_no].customer_id == bank.overdue.customer_id
    assert parties[bank.elsewhere.customer.customer_no].customer_id is None
    assert bank.elsewhere.customer.name not in page.content.decode()


def test_work_on_a_loan_is_for_those_who_may_see_collecting(bank, reader):
    officer = StaffFactory(branch=bank.root, post="classification_officer")
    client = reader(officer)

    assert client.get(f"/loans/{bank.overdue.loan_id}").status_code == 200
    assert client.get(f"/loans/{bank.overdue.loan_id}/work").status_code == 403
    assert f"/loans/{bank.overdue.loan_id}/work" not in client.get(f"/loans/{bank.overdue.loan_id}").content.decode()


def test_a_customer_with_more_of_everything_asks_no_more_questions(bank, reader, delivered):
    customer = bank.overdue.customer
    delivered("account_entries.csv")

    def more() -> None:
        contract = ContractFactory(customer=customer)
        loan = LoanFactory(customer=customer, contract_no=contract.contract_no)
        LoanStateFactory(loan=loan, overdue=True)
        CollateralLinkFactory(contract=contract)
        GuaranteeFactory(contract=contract)
        AccountEntryFactory(account=AccountFactory(customer=customer), direction="credit")

    more()
    client = reader(bank.head)
    address = f"/customers/{customer.pk}"
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for _ in range(3):
        more()
    with CaptureQueriesContext(connection) as many:
        client.get(address)
    assert len(many) == len(few)


@pytest.mark.parametrize(
    "tab", ["", "instalments", "history", "work", "repayments", "payments", "deductions", "security"]
)
def test_a_loans_page_takes_as_many_queries_for_one_row_as_for_many(bank, reader, delivered, tab):
    for file in ("instalments", "repayments", "payments_out", "deductions", "collaterals", "guarantees"):
        delivered(f"{file}.csv")
    contract = ContractFactory(customer=CustomerFactory(branch=bank.here))
    loan = LoanFactory(customer=contract.customer, contract=contract, contract_no=contract.contract_no)
    LoanStateFactory(loan=loan, overdue=True, valid_from=DAY - timedelta(days=100), valid_to=DAY)
    LoanStateFactory(loan=loan, overdue=True)

    def more(number: int) -> None:
        InstalmentFactory(loan=loan, due_on=DAY - timedelta(days=30 * number))
        RepaymentFactory(loan=loan)
        PaymentOutFactory(loan=loan)
        DeductionFactory(loan=loan)
        CollateralLinkFactory(contract=contract)
        GuaranteeFactory(contract=contract)
        PromiseFactory(action=ActionRecordFactory(loan=loan, result="promised"))
        LoanStateFactory(
            loan=loan,
            valid_from=DAY - timedelta(days=200 + 20 * number),
            valid_to=DAY - timedelta(days=190 + 20 * number),
        )

    more(1)
    client = reader(bank.head)
    address = f"/loans/{loan.pk}/{tab}".rstrip("/")
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        short = client.get(address)
    for number in range(2, 6):
        more(number)
    with CaptureQueriesContext(connection) as many:
        long = client.get(address)
    assert short.status_code == long.status_code == 200
    assert len(many) == len(few)
    assert len(long.content) > len(short.content) + 300
