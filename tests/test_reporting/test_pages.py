"""The pages of a customer and a loan, in both languages, full and empty."""

from datetime import date
from decimal import Decimal

import pytest

from postloan.reporting.queries.customer_tabs import TABS
from postloan.reporting.queries.loans import due, history_of
from postloan.reporting.views import LOAN_TABS
from tests.factories import (
    AccountEntryFactory,
    AccountFactory,
    ApprovalConditionFactory,
    BranchFactory,
    BusinessDateFactory,
    CollateralLinkFactory,
    ContractFactory,
    CreditReportFactory,
    DeductionFactory,
    ExternalEventFactory,
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
    StatementItemFactory,
)
from tests.factories.collecting import (
    ActionRecordFactory,
    DemandNoticeFactory,
    MaturityNoticeFactory,
    MaturityPlanFactory,
    OverdueCaseFactory,
    PromiseFactory,
)
from tests.test_reporting.conftest import LANGUAGES

CUSTOMER_TABS = [tab.slug for tab in TABS]


def fill(state) -> None:
    """One row of everything that can hang on a customer and its loan."""
    customer, loan = state.customer, state.loan
    contract = ContractFactory(customer=customer)
    loan.contract_no = contract.contract_no
    loan.save()
    account = AccountFactory(customer=customer)
    AccountEntryFactory(account=account, direction="credit")
    ApprovalConditionFactory(facility=FacilityFactory(customer=customer))
    CollateralLinkFactory(contract_no=contract.contract_no)
    GuaranteeFactory(contract_no=contract.contract_no)
    ResponsibilityFactory(customer=customer)
    for factory in (CreditReportFactory, ExternalEventFactory, OffBalanceItemFactory, RelatedPartyFactory):
        factory(customer=customer)
    StatementItemFactory(customer=customer)
    InstalmentFactory(loan=loan, due_on=date(2026, 5, 15))
    for factory in (RepaymentFactory, PaymentOutFactory, DeductionFactory):
        factory(loan=loan)
    MaturityNoticeFactory(loan=loan)
    MaturityPlanFactory(loan=loan)
    DemandNoticeFactory(case=OverdueCaseFactory(loan=loan))
    PromiseFactory(action=ActionRecordFactory(loan=loan, result="promised"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("tab", ["", *CUSTOMER_TABS])
def test_each_tab_of_a_customer_shows_what_was_delivered(bank, reader, language, tab):
    fill(bank.overdue)
    answer = reader(bank.head, language).get(f"/customers/{bank.overdue.customer_id}/{tab}".rstrip("/"))

    assert answer.status_code == 200
    for part in answer.context.get("parts", {}).values():
        assert part["rows"] or part["file"] == "guarantees.csv"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("tab", LOAN_TABS)
def test_each_tab_of_a_loan_shows_what_was_delivered(bank, reader, language, tab):
    fill(bank.overdue)
    address = f"/loans/{bank.overdue.loan_id}" + ("" if tab == "overview" else f"/{tab}")
    answer = reader(bank.head, language).get(address)

    assert answer.status_code == 200
    assert "empty-pl" not in answer.content.decode()
    # Neither a row nor an amount is ever written as the program sees it.
    assert "(row=" not in answer.content.decode()
    assert "Decimal(" not in answer.content.decode()


@pytest.mark.parametrize("tab", [slug for slug in CUSTOMER_TABS if slug != "loans"])
def test_a_source_never_delivered_is_not_said_to_be_empty(bank, reader, delivered, tab):
    client = reader(bank.head)
    address = f"/customers/{bank.current.customer_id}/{tab}"

    assert "Not delivered" in client.get(address).content.decode()
    for one in TABS:
        for part in one.parts:
            delivered(part.file)
    content = client.get(address).content.decode()
    assert "Not delivered" not in content
    assert "holds nothing here" in content


def test_an_unknown_tab_is_not_found(bank, reader):
    client = reader(bank.head)

    assert client.get(f"/customers/{bank.current.customer_id}/nonsense").status_code == 404
    assert client.get(f"/loans/{bank.current.loan_id}/nonsense").status_code == 404


def test_before_the_first_night_nothing_is_drawn_as_zero(db, reader):
    head = StaffFactory(branch=BranchFactory(), post="branch_head")
    LoanFactory(customer__branch=head.branch)
    client = reader(head)

    assert "0.00" not in client.get("/overview").content.decode()
    assert "No night has run yet" in client.get("/loans").content.decode()


def test_interest_nobody_told_is_no_data_and_not_zero(bank, reader):
    answer = reader(bank.head).get(f"/loans/{bank.overdue.loan_id}")

    assert answer.context["interest_days"] is None
    assert answer.context["principal_days"] == 46


def test_an_overpaid_part_never_offsets_the_other():
    row = InstalmentFactory.build(
        loan=None, due_on=date(2026, 6, 1), principal_paid=Decimal("20000.00"), interest_paid=Decimal("400.00")
    )
    one = due(row, day=date(2026, 6, 30))

    assert (one.principal_left, one.interest_left) == (Decimal(0), Decimal("35.00"))
    assert one.is_overdue
    assert one.days == 29
    assert not due(row, day=date(2026, 6, 1)).is_overdue


def test_the_history_tells_each_move_of_both_scales(bank):
    state = bank.overdue
    LoanStateFactory(loan=state.loan, valid_from=date(2026, 5, 31), valid_to=state.valid_from)

    latest, first = history_of(state.loan, day=date(2026, 6, 30))

    assert latest.bucket_moved
    assert latest.band_moved
    assert latest.floor_moved
    assert (latest.before.bucket, latest.state.bucket, latest.step) == ("M0", "M2", 2)
    assert first.before is None
    assert not first.bucket_moved


def test_an_open_day_says_of_which_night_the_figures_are(bank, reader):
    BusinessDateFactory(date=date(2026, 7, 1), open=True)
    answer = reader(bank.head).get("/overview")

    assert answer.context["day"] == date(2026, 6, 30)
    content = answer.content.decode()
    assert "its night has not run yet" in content
    assert "day open" in content


def test_the_top_bar_says_how_far_the_book_reaches(bank, reader, delivered):
    client = reader(bank.head)

    assert client.get("/loans").context["frame"].data_date is None
    delivered("loans.csv")
    assert client.get("/loans").context["frame"].data_date == date(2026, 6, 30)
