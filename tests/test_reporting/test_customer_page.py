"""The cards of a customer's and a loan's page, and what lies beyond the reader's scope."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from postloan.classification.models import Countdown
from postloan.reporting.queries import course
from tests.factories import (
    AccountEntryFactory,
    AccountFactory,
    BusinessDateFactory,
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
    ResponsibilityFactory,
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


def test_the_course_has_the_balance_and_arrears_of_each_month_end_and_of_today(bank, reader):
    """A loan paid down in May and overdue in June; another settled; one in another currency; a correction."""
    for day in (date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 29)):
        BusinessDateFactory(date=day)
    customer, loan = bank.current.customer, LoanFactory(customer=bank.current.customer)
    april, may, june = date(2026, 4, 2), date(2026, 5, 11), date(2026, 6, 12)
    LoanStateFactory(loan=loan, principal_balance=Decimal("500.00"), valid_from=april, valid_to=may)
    LoanStateFactory(loan=loan, principal_balance=Decimal("400.00"), valid_from=may, valid_to=june)
    LoanStateFactory(
        loan=loan, overdue=True, principal_balance=Decimal("400.00"), overdue_principal=Decimal("60.00"),
        overdue_interest=Decimal("1.25"), valid_from=june,
    )  # fmt: skip
    gone = LoanFactory(customer=customer)
    LoanStateFactory(loan=gone, principal_balance=Decimal("70.00"), valid_from=april, valid_to=may)
    LoanStateFactory(loan=gone, status="settled", principal_balance=Decimal(0), valid_from=may)
    dollars = LoanFactory(customer=customer, currency="USD")
    LoanStateFactory(loan=dollars, currency="USD", principal_balance=Decimal("9.00"), valid_from=april)
    corrected = LoanFactory(customer=customer)
    LoanStateFactory(
        loan=corrected, principal_balance=Decimal("1.00"), valid_from=april, valid_to=None, superseded_by_run=3
    )

    points = course.course_of(customer.pk, currency="CNY", day=DAY)
    held = bank.current.principal_balance
    since = bank.current.valid_from
    expected = [
        (date(2026, 3, 31), "0.00", "0"),
        (date(2026, 4, 30), "570.00", "0"),
        (date(2026, 5, 31), "400.00", "0"),
        (DAY, "400.00", "61.25"),
    ]
    assert [(point.day, point.balance, point.overdue) for point in points] == [
        (day, Decimal(balance) + (held if since <= day else 0), Decimal(overdue)) for day, balance, overdue in expected
    ]
    shown = reader(bank.head).get(f"/customers/{customer.pk}").context["course"]
    assert shown["points"] == points[::-1]
    assert (shown["first"].day, shown["last"].day) == (date(2026, 3, 31), DAY)


@pytest.mark.parametrize(
    ("first", "last", "ends"),
    [
        (date(2026, 6, 30), date(2026, 6, 30), [date(2026, 6, 30)]),
        (date(2026, 6, 1), date(2026, 6, 29), [date(2026, 6, 29)]),
        (date(2025, 12, 31), date(2026, 2, 28), [date(2025, 12, 31), date(2026, 1, 31), date(2026, 2, 28)]),
        (date(2024, 2, 1), date(2024, 3, 15), [date(2024, 2, 29), date(2024, 3, 15)]),
    ],
)
def test_the_month_ends_lead_up_to_the_last_night(first, last, ends):
    assert course.month_ends(first, last) == ends


def test_a_course_goes_back_two_years_at_most():
    ends = course.month_ends(date(2010, 1, 1), date(2026, 6, 30))

    assert len(ends) == course.MONTHS + 1
    assert (ends[0], ends[-1]) == (date(2024, 6, 30), date(2026, 6, 30))


def test_who_is_and_was_responsible_stands_with_role_line_and_days(bank, reader):
    customer, line = bank.current.customer, bank.current.customer.main_line
    former, second, now = (StaffFactory(branch=bank.here, post="account_manager") for _ in range(3))
    ResponsibilityFactory(customer=customer, staff=former, valid_from=date(2024, 1, 1), valid_to=date(2025, 7, 1))
    ResponsibilityFactory(customer=customer, staff=now, valid_from=date(2025, 7, 1), reason="HO20250630-001")
    ResponsibilityFactory(customer=customer, staff=second, role="B", valid_from=date(2025, 1, 1))
    ResponsibilityFactory(customer=bank.elsewhere.customer, staff=StaffFactory())
    page = reader(bank.head).get(f"/customers/{customer.pk}")

    rows = [(row.staff, row.role, row.valid_from, row.valid_to) for row in page.context["history"]]
    assert rows == [
        (now, "A", date(2025, 7, 1), None),
        (second, "B", date(2025, 1, 1), None),
        (former, "A", date(2024, 1, 1), date(2025, 7, 1)),
    ]
    assert {row.line for row in page.context["history"]} == {line}
    content = page.content.decode()
    for text in (former.name, second.name, now.name, "2024-01-01"):
        assert text in content
