"""The timeline of everything: each kind of source is planted once and found once, and another scope's never."""

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation

from postloan.collections.models import BucketMove
from postloan.core.models import FactRevision
from postloan.handovers.models import Handover
from postloan.loans.models import LoanState
from postloan.reporting.queries import timeline
from tests.factories import (
    CollateralLinkFactory,
    ContractFactory,
    CreditReportFactory,
    DeductionFactory,
    EventFactory,
    ExternalEventFactory,
    FacilityFactory,
    GuaranteeFactory,
    LoanManagerFactory,
    PaymentOutFactory,
    RepaymentFactory,
    ResponsibilityFactory,
    StaffFactory,
    StatementItemFactory,
)
from tests.factories.collecting import OutboxMessageFactory
from tests.factories.days import DELIVERED_ON
from tests.factories.handovers import HandoverFactory

OF_LOAN = {
    "Maturity plan submitted",
    "Repayment",
    "Paid out",
    "Overdue got worse",
    "Deduction failed",
    "Class in core banking changed",
    "Maturity moved in core banking",
    "Collateral given",
    "Valuation changed",
    "Responsible for the loan",
    "Message to the borrower",
}
OF_CUSTOMER = OF_LOAN | {
    "assets frozen",
    "Statement received",
    "Statement restated",
    "Credit report",
    "Guarantee given",
    "Facility granted",
    "Facility expired",
    "Rating changed",
    "Responsible",
    "Message to staff",
}


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def restated(row: object, column: str, old: str, new: str) -> None:
    FactRevision.objects.create(
        subject_table=row._meta.db_table,  # type: ignore[attr-defined]
        subject_id=row.pk,  # type: ignore[attr-defined]
        column=column,
        old_value=old,
        new_value=new,
        known_until=DELIVERED_ON,
    )


def plant(state: LoanState) -> None:
    """One of each source about the loan of a state and its customer."""
    loan, customer = state.loan, state.customer
    contract = ContractFactory(customer=customer)
    loan.contract, loan.contract_no = contract, contract.contract_no
    loan.save()
    EventFactory(code="maturity.plan_submitted", loan_id=loan.pk, customer_id=customer.pk)
    RepaymentFactory(loan=loan)
    PaymentOutFactory(loan=loan)
    BucketMove.objects.create(
        loan=loan, business_date=DELIVERED_ON, scale="band", to_code="days_1_30", days_overdue=9, run_id=1
    )
    DeductionFactory(loan=loan, reason="余额不足")
    DeductionFactory(loan=loan, result="taken", taken=Decimal("10435.00"))
    ExternalEventFactory(customer=customer, kind="asset_freeze")
    figure = StatementItemFactory(customer=customer)
    StatementItemFactory(customer=customer, item="total_liabilities")
    restated(figure, "value", "900000.00", "1000000.00")
    CreditReportFactory(customer=customer, debt_elsewhere=Decimal("3000000.00"))
    link = CollateralLinkFactory(contract=contract, collateral__owner=None)
    restated(link.collateral, "appraised_value", "2600000.00", "2000000.00")
    GuaranteeFactory(contract=contract)
    FacilityFactory(customer=customer, expires_on=date(2026, 5, 31))
    restated(loan, "five_level_class", "normal", "special_mention")
    restated(loan, "matures_on", "2026-06-30", "2026-12-31")
    restated(customer, "rating", "AA", "A")
    ResponsibilityFactory(customer=customer, staff=StaffFactory(), reason="seeded")
    LoanManagerFactory(loan=loan, reason="seeded")
    OutboxMessageFactory(customer_id=customer.pk, loan_id=loan.pk, business_date=DELIVERED_ON)
    OutboxMessageFactory(
        customer_id=customer.pk, loan_id=None, recipient_kind="staff", staff=StaffFactory(), business_date=DELIVERED_ON
    )


def titles(story: timeline.Story) -> Counter:
    return Counter(str(item.title) for item in story.items)


def test_every_source_is_found_once_and_a_statement_is_one_thing(bank):
    plant(bank.overdue)

    found = timeline.of_customer(bank.overdue.customer, user=bank.head, most=200)
    assert titles(found) == dict.fromkeys(OF_CUSTOMER, 1)
    by_title = {str(item.title): item for item in found.items}
    assert by_title["Class in core banking changed"].text.endswith("Normal → Special mention")
    assert by_title["Class in core banking changed"].tone == "bad"
    assert by_title["Valuation changed"].text.endswith("2,600,000.00 → 2,000,000.00")
    assert by_title["Statement received"].text.endswith("2 figures")
    assert by_title["Deduction failed"].text.endswith("余额不足")
    assert titles(timeline.of_loan(bank.overdue.loan, user=bank.head, most=200)) == dict.fromkeys(OF_LOAN, 1)


def test_nothing_of_another_customer_or_loan_is_told(bank, reader):
    plant(bank.elsewhere)

    assert timeline.of_customer(bank.overdue.customer, user=bank.head).items == []
    assert timeline.of_loan(bank.overdue.loan, user=bank.head).items == []
    client = reader(bank.head)
    assert client.get(f"/customers/{bank.elsewhere.customer_id}/timeline").status_code == 404
    assert client.get(f"/loans/{bank.elsewhere.loan_id}/timeline").status_code == 404


def test_a_guarantor_and_an_owner_beyond_the_readers_scope_are_not_named(bank):
    contract = ContractFactory(customer=bank.overdue.customer)
    guarantee = GuaranteeFactory(contract=contract, guarantor=bank.elsewhere.customer)
    CollateralLinkFactory(contract=contract, collateral__owner=bank.elsewhere.customer)

    told = " ".join(item.text for item in timeline.of_customer(bank.overdue.customer, user=bank.head).items)
    assert guarantee.guarantee_no in told
    assert bank.elsewhere.customer.name not in told


def test_a_hand_over_is_told_by_itself_and_not_again_as_a_responsibility(bank):
    handover: Handover = HandoverFactory()
    ResponsibilityFactory(customer=bank.overdue.customer, reason=handover.handover_no)
    LoanManagerFactory(loan=bank.overdue.loan, reason=handover.handover_no)

    assert timeline.of_customer(bank.overdue.customer, user=bank.head).items == []


def test_a_facility_that_has_not_expired_yet_is_only_granted(bank):
    FacilityFactory(customer=bank.overdue.customer, approved_on=date(2026, 1, 5))

    [item] = timeline.of_customer(bank.overdue.customer, user=bank.head).items
    assert (str(item.title), item.day) == ("Facility granted", date(2026, 1, 5))


def test_only_what_people_did_leaves_all_of_it_out(bank):
    plant(bank.overdue)

    assert timeline.of_customer(bank.overdue.customer, user=bank.head, only=timeline.WORK).items == []
