"""The night follows the money: what comes back after a report was handed in becomes somebody's to answer."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from postloan.inspections.models import FundsAnswer, FundsFinding, InspectionKind, InspectionTask, Report
from postloan.inspections.services import funds_night
from postloan.inspections.services.reports import begin_report
from postloan.todos.models import Todo
from tests.factories import (
    AccountEntryFactory,
    BranchFactory,
    CustomerFactory,
    PaymentOutFactory,
    ProductFactory,
    RelatedPartyFactory,
    ResponsibilityFactory,
    StaffFactory,
)
from tests.factories.days import MOMENT
from tests.test_inspections.forms import logged_in
from tests.test_nightly.book import a_loan, close, open_date

pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 1)


def after(days: int) -> date:
    return DAY + timedelta(days=days)


class Lent:
    """A loan of a firm paid out on DAY to one payee, closed by its night; its manager stands ready."""

    def __init__(self, **facts: Any) -> None:
        open_date(DAY)
        branch = BranchFactory(sub_branch=True, parent=BranchFactory(level="head_office"))
        self.customer = CustomerFactory(branch=branch)
        self.manager = StaffFactory(post="account_manager", branch=branch)
        ResponsibilityFactory(customer=self.customer, staff=self.manager)
        self.loan = a_loan(DAY, customer=self.customer, product=ProductFactory(family="working_capital"), **facts)
        self.pays(DAY)
        close(DAY)

    def pays(self, on: date) -> None:
        PaymentOutFactory(
            loan=self.loan,
            paid_on=on,
            amount=1_000_000,
            mode="entrusted",
            payee_name="丙贸易（江东）公司",
            changed_on=on,
        )

    def is_reported(self, state: str = "approved") -> Report:
        """Its first inspection is handed in; nothing had come back by then."""
        task = InspectionTask.objects.get(kind=InspectionKind.FIRST, task_loans__loan=self.loan)
        report = begin_report(task, acting_user=self.manager)
        day = after(5)
        Report.objects.filter(pk=report.pk).update(
            state=state, submitted_by=self.manager, submitted_on=day, content_hash="a" * 64, approved_on=day
        )
        InspectionTask.objects.filter(pk=task.pk).update(state=state, submitted_on=day, done_on=day)
        return report

    def comes_back(self, on: date, **more: Any) -> None:
        values = {"customer": self.customer, "booked_on": on, "changed_on": on, "direction": "credit", **more}
        AccountEntryFactory(amount=900_000, counterparty_name="丙贸易(江东) 公司", **values)


def night(day: date) -> dict[str, int]:
    open_date(day)
    return close(day).steps.get(code="inspections").counts


def todos(state: str = "open") -> list[Todo]:
    return list(Todo.objects.filter(kind="funds_finding", state=state))


def test_money_that_comes_back_after_the_report_is_one_todo_of_the_manager():
    lent = Lent()
    lent.is_reported()
    lent.comes_back(after(10))
    counts = night(after(10))
    (todo,) = todos()
    finding = FundsFinding.objects.get()
    assert (counts["funds_looked_at"], counts["funds_found"]) == (1, 1)
    assert (finding.kind, finding.found_on) == ("round_trip", after(10))
    assert (todo.subject_id, todo.assignee, todo.loan) == (finding.pk, lent.manager, lent.loan)
    assert "丙贸易（江东）公司" in todo.reason
    assert night(after(11))["funds_looked_at"] == 0
    funds_night.follow_money(after(10), 99, since=DAY)
    assert todos() == [todo]


def test_before_a_report_is_handed_in_the_report_itself_will_ask():
    lent = Lent()
    lent.comes_back(after(10))
    night(after(10))
    assert FundsFinding.objects.exists()
    assert todos() == []


def test_money_back_to_somebody_tied_to_the_borrower_is_seen_too():
    lent = Lent()
    lent.is_reported("submitted")
    relative = CustomerFactory()
    RelatedPartyFactory(customer=lent.customer, party_customer=relative, relation="controller")
    lent.comes_back(after(10), customer=relative)
    night(after(10))
    assert len(todos()) == 1


def test_only_what_was_paid_out_lately_and_has_something_new_is_looked_at():
    lent = Lent()
    night(after(10))
    lent.comes_back(after(41))
    assert night(after(41))["funds_looked_at"] == 1, "nine days late in a window of thirty and ten"
    lent.comes_back(after(90))
    assert night(after(90))["funds_looked_at"] == 0
    AccountEntryFactory(customer=lent.customer, booked_on=after(91), changed_on=after(91), direction="debit",
                        counterparty_name="某某供电公司")  # fmt: skip
    lent.pays(after(91))
    night(after(91))
    AccountEntryFactory(customer=lent.customer, booked_on=after(92), changed_on=after(92), direction="debit",
                        counterparty_name="某某供电公司")  # fmt: skip
    assert night(after(92))["funds_looked_at"] == 0, "what leaves to an ordinary payee is no news"
    AccountEntryFactory(customer=lent.customer, booked_on=after(93), changed_on=after(93), direction="debit",
                        counterparty_name="江东证券公司")  # fmt: skip
    assert night(after(93))["funds_looked_at"] == 1


def test_what_the_entries_no_longer_show_is_nobodys_to_answer():
    lent = Lent()
    lent.is_reported()
    lent.comes_back(after(10))
    night(after(10))
    lent.customer.account_entries.update(superseded_on=after(11))
    night(after(11))
    assert todos() == []
    assert len(todos("withdrawn")) == 1


def test_the_page_of_a_finding_begins_a_special_inspection_that_answers_it():
    lent = Lent()
    lent.is_reported()
    lent.comes_back(after(10))
    night(after(10))
    (todo,) = todos()
    client = logged_in(lent.manager)
    page = client.get(f"/inspections/work/todos/{todo.pk}/finding").url
    assert client.get(page).context["can_inspect"]
    sent = client.post(page, {"act": "inspect"})
    report = Report.objects.get(task__kind="special")
    assert sent.url == f"/inspections/reports/{report.pk}"
    assert list(report.task.loans.all()) == [lent.loan]
    assert client.post(page, {"act": "inspect"}).url == sent.url, "pressed twice it is the same one"
    assert not client.get(page).context["can_inspect"]
    FundsAnswer.objects.create(
        report=report, finding_id=todo.subject_id, is_misuse=False, explanation="退货退款，有红字发票", edited_at=MOMENT
    )
    funds_night.answered_in(report, acting_user=lent.manager)
    assert todos() == []
    assert len(todos("done")) == 1
