"""Splits, round trips and excluded payees planted in the generated bank: all found, hardly any false ones."""

import json
from datetime import date

import pytest

from postloan.demobank.generator import Settings, make_demo_bank
from postloan.inspections.models import FundsFinding
from postloan.inspections.services.funds import look_at_funds
from postloan.inspections.services.reports import begin_report
from postloan.loans.models import Loan
from postloan.nightly.replay import replay
from tests.factories import (
    AccountEntryFactory,
    BusinessDateFactory,
    CustomerFactory,
    CustomerGroupFactory,
    InspectionTaskFactory,
    LoanFactory,
    PaymentOutFactory,
    ProductFactory,
    StaffFactory,
)

# Every date commits: dozens of imports in one transaction would be more locks than PostgreSQL holds.
pytestmark = pytest.mark.django_db(transaction=True)
CHAPTERS = {"split": "split_payments", "round_trip": "round_trips", "excluded_payee": "excluded_payees"}


def days_in(told):
    """Every date a chapter of the truth names: what lies beyond the last extract has not happened yet."""
    if isinstance(told, str):
        return [told] if len(told) == 10 and told[4] == told[7] == "-" else []
    parts = told.values() if isinstance(told, dict) else told if isinstance(told, list) else []
    return [day for part in parts for day in days_in(part)]


def test_all_that_was_planted_is_found_and_at_most_a_twentieth_is_false(tmp_path):
    size = Settings(customers=200, months=2, seed=11, until=date(2026, 10, 9))
    make_demo_bank(tmp_path / "bank", tmp_path / "truth.json", size)
    truth = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))
    replay(tmp_path / "bank", lambda _line: None)
    look_at_funds(Loan.objects.exclude(payments_out=None).distinct(), day=date.fromisoformat(max(truth["book"])))
    day = max(truth["book"])
    known = set(Loan.objects.values_list("loan_no", flat=True))
    for kind, chapter in CHAPTERS.items():
        planted = {one["loan"] for one in truth[chapter] if max(days_in(one)) <= day} & known
        found = set(FundsFinding.objects.filter(kind=kind, gone_on=None).values_list("loan__loan_no", flat=True))
        assert planted, f"no {kind} was planted"
        assert planted <= found, f"{kind} not found: {sorted(planted - found)}"
        false = found - planted
        assert len(false) * 20 <= len(found), f"{kind} wrongly found: {sorted(false)}"
    look_alikes = {one["loan"] for one in truth["look_alikes"]}
    planted = {one["loan"] for chapter in CHAPTERS.values() for one in truth[chapter]}
    found = set(FundsFinding.objects.values_list("loan__loan_no", flat=True))
    assert not (look_alikes - planted) & found


def test_found_again_it_is_the_same_row_and_gone_when_the_rows_are(tmp_path):
    product = ProductFactory(family="working_capital")
    loan = LoanFactory(product=product, disbursed_on=date(2026, 6, 1))
    payments = [
        PaymentOutFactory(loan=loan, paid_on=date(2026, 6, 1 + n), amount=6_000_000, mode="own", payee_name="鼎盛钢材")
        for n in range(2)
    ]
    (first,) = look_at_funds([loan], day=date(2026, 6, 5))
    (again,) = look_at_funds([loan], day=date(2026, 6, 9))
    assert (again.pk, again.found_on, again.facts["amount"]) == (first.pk, date(2026, 6, 5), "12000000.00")
    payments[1].superseded_on = date(2026, 6, 10)
    payments[1].save()
    assert look_at_funds([loan], day=date(2026, 6, 10)) == []
    first.refresh_from_db()
    assert first.gone_on == date(2026, 6, 10)


def test_two_payees_of_one_group_count_together():
    loan = LoanFactory(product=ProductFactory(family="working_capital"), disbursed_on=date(2026, 6, 1))
    group = CustomerGroupFactory()
    for n, name in enumerate(["甲金属公司", "乙金属公司"]):
        CustomerFactory(name=name, group=group, group_no=group.group_no)
        PaymentOutFactory(loan=loan, paid_on=date(2026, 6, 2 + n), amount=6_000_000, mode="own", payee_name=name)
    (found,) = look_at_funds([loan], day=date(2026, 6, 5))
    assert (found.kind, sorted(found.facts["payees"])) == ("split", ["乙金属公司", "甲金属公司"])


def test_money_back_to_the_group_is_found_and_to_a_stranger_is_not():
    group = CustomerGroupFactory()
    borrower = CustomerFactory(group=group, group_no=group.group_no)
    loan = LoanFactory(
        customer=borrower, product=ProductFactory(family="working_capital"), disbursed_on=date(2026, 6, 1)
    )
    PaymentOutFactory(loan=loan, paid_on=date(2026, 6, 1), amount=1_000_000, mode="entrusted", payee_name="丙贸易公司")
    entry = {
        "direction": "credit",
        "amount": 900_000,
        "booked_on": date(2026, 6, 8),
        "counterparty_name": "丙贸易公司",
    }
    AccountEntryFactory(customer=CustomerFactory(), **entry)
    assert look_at_funds([loan], day=date(2026, 6, 9)) == []
    AccountEntryFactory(customer=CustomerFactory(group=group, group_no=group.group_no), **entry)
    (found,) = look_at_funds([loan], day=date(2026, 6, 9))
    assert (found.kind, found.facts["detail"]) == ("round_trip", "group")


def test_a_report_that_is_begun_knows_what_the_payments_show():
    BusinessDateFactory(date=date(2026, 6, 5))
    loan = LoanFactory(product=ProductFactory(family="working_capital"), disbursed_on=date(2026, 6, 1))
    for n in range(2):
        PaymentOutFactory(loan=loan, paid_on=date(2026, 6, 1 + n), amount=6_000_000, mode="own", payee_name="鼎盛钢材")
    task = InspectionTaskFactory(customer=loan.customer, kind="first")
    task.task_loans.create(loan=loan, kind="first", payout_month=date(2026, 6, 1))
    begin_report(task, acting_user=StaffFactory(post="account_manager", branch=loan.customer.branch))
    assert FundsFinding.objects.get().kind == "split"
