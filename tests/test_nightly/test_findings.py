"""What the night finds about the data; gone when it is no longer so."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from postloan.core import findings as core
from postloan.core.models import Finding
from postloan.nightly import findings
from tests.factories.customers import ResponsibilityFactory
from tests.factories.loans import LoanManagerFactory
from tests.test_nightly.book import DAY, a_loan, a_loan_overdue, close, deliver, open_date

pytestmark = pytest.mark.django_db
NEXT = DAY + timedelta(1)


@pytest.fixture(autouse=True)
def _open():
    open_date(DAY)


def found(kind: str) -> list[tuple[str, str, dict]]:
    return [
        (row.subject_key, row.aspect, row.arguments) for row in core.open_of(kind).order_by("subject_key", "aspect")
    ]


def test_a_class_better_than_the_floor_is_found_and_goes():
    loan = a_loan_overdue(91, five_level_class="special_mention")
    a_loan_overdue(91, five_level_class="substandard")
    a_loan_overdue(91, five_level_class="")
    a_loan_overdue(91, five_level_class="normal", status="written_off")
    close()
    assert found(findings.CLASS_BETTER) == [(loan.loan_no, "", {"class": "special_mention", "floor": "substandard"})]
    finding = Finding.objects.get(kind=findings.CLASS_BETTER)
    assert (finding.loan_id, finding.customer_id, finding.first_seen_on) == (loan.pk, loan.customer_id, DAY)
    assert loan.loan_no in core.describe(finding)
    open_date(NEXT)
    deliver(loan, NEXT, five_level_class="doubtful")
    close()
    finding.refresh_from_db()
    assert (finding.gone_on, finding.last_seen_on) == (NEXT, DAY)


def test_an_unknown_method_of_classification_is_found_once_a_product():
    for _number in range(2):
        a_loan(product=None, product_code="SPECIAL", product_name="")
    a_loan(product__product_code="ODD", product__class_method="by_feeling")
    a_loan()
    close()
    assert [key for key, _aspect, _facts in found(findings.METHOD_UNKNOWN)] == ["ODD", "SPECIAL"]


def test_core_bankings_own_overdue_is_compared_where_it_says_something():
    loan = a_loan_overdue(
        10,
        core_principal_overdue_since=date(2026, 6, 1),
        core_interest_overdue_since=DAY - timedelta(10),
        core_overdue_principal=Decimal("9000.00"),
        interest_arrears_on_balance=Decimal("400.00"),
        interest_arrears_off_balance=Decimal("35.00"),
    )
    a_loan_overdue(10)
    a_loan_overdue(10, core_overdue_principal=Decimal("1.00"), missing_since=DAY)
    a_loan(core_principal_overdue_since=DAY)
    close()
    assert found(findings.CORE_OVERDUE) == [
        (loan.loan_no, "principal", {"ours": 10000.0, "theirs": 9000.0}),
        (loan.loan_no, "principal_since", {"ours": "2026-06-20", "theirs": "2026-06-01"}),
    ]


def test_arrears_without_a_date_are_found():
    loan = a_loan(repayment_method="interest_monthly", interest_arrears_on_balance=Decimal("5.00"))
    close()
    assert [(key, aspect) for key, aspect, _facts in found(findings.CORE_OVERDUE)] == [
        (loan.loan_no, "undated_interest")
    ]


def test_a_day_without_a_manager_is_found_by_customer_and_line():
    loan = a_loan()
    a_loan(customer=loan.customer)
    a_loan(customer=loan.customer, status="settled")
    LoanManagerFactory(loan=a_loan())
    close()
    number = loan.customer.customer_no
    assert found(findings.WITHOUT_MANAGER) == [(number, "corporate", {"loans": 2})]
    ResponsibilityFactory(customer=loan.customer, valid_from=NEXT)
    open_date(NEXT)
    close()
    assert found(findings.WITHOUT_MANAGER) == []
