"""Proposed classes that the book does not have; the lists of inspections as Excel, each with its rows and its trace."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from openpyxl import load_workbook

from postloan.core.models import Event
from postloan.inspections.models import Report
from tests.factories import BranchFactory, LoanFactory, LoanStateFactory, StaffFactory
from tests.factories.days import DELIVERED_ON
from tests.test_inspections.approval import Bank, handed_in
from tests.test_inspections.forms import logged_in
from tests.test_inspections.test_funds_follow_up import approved_case

pytestmark = pytest.mark.django_db
EXPORT = "/inspection-lists/export"


def proposing(proposed: str, now: str = "normal") -> tuple[Bank, Any]:
    """An approved report on a loan of a class, which proposes one."""
    bank = handed_in()
    task = bank.report.task
    loan = LoanFactory(customer=task.customer)
    LoanStateFactory(loan=loan, five_level_class=now)
    task.task_loans.create(loan=loan, kind=task.kind)
    Report.objects.filter(pk=bank.report.pk).update(state="approved", approved_on=DELIVERED_ON, proposed_class=proposed)
    return bank, loan


def outsider(bank: Bank) -> Any:
    """The head of another branch below the same tier-1 branch."""
    return StaffFactory(post="branch_head", branch=BranchFactory(sub_branch=True, parent=bank.tier1))


def listed(user: Any, **conditions: str) -> list[Any]:
    return list(logged_in(user).get("/inspections/class-proposals", conditions).context["rows"])


@pytest.mark.parametrize(
    ("proposed", "now", "is_there", "is_worse"),
    [
        ("substandard", "normal", True, True),
        ("normal", "special_mention", True, False),
        ("special_mention", "special_mention", False, False),
        ("special_mention", "", True, True),
        ("normal", "", False, False),
        ("", "loss", False, False),
    ],
)
def test_a_class_that_a_report_proposes_and_the_loan_does_not_have_is_a_row(proposed, now, is_there, is_worse):
    bank, loan = proposing(proposed, now)
    rows = listed(bank.officer)
    assert bool(rows) is is_there
    if is_there:
        assert (rows[0].report, [state.loan for state in rows[0].states]) == (bank.report, [loan])
        assert rows[0].is_worse is is_worse


def test_whoever_classifies_sees_it_and_another_branch_does_not():
    bank, _loan = proposing("doubtful")
    officer = StaffFactory(post="classification_officer", branch=bank.head_office)
    page = logged_in(officer).get("/inspections/class-proposals").content.decode()
    assert f"/inspections/reports/{bank.report.pk}/review" in page
    assert listed(outsider(bank)) == []
    assert listed(bank.head, proposed="loss") == []


def test_a_later_report_speaks_in_place_of_the_former():
    bank, loan = proposing("doubtful")
    later = Report.objects.get(pk=bank.report.pk)
    task = later.task
    task.pk, task.task_no, task.occurrence = None, "JC-LATER", "later"
    task.save()
    task.task_loans.create(loan=loan, kind=task.kind)
    later.pk, later.task, later.approved_on, later.proposed_class = None, task, date(2027, 1, 1), "normal"
    later.save()
    assert listed(bank.officer) == []


# ── Excel ─────────────────────────────────────────────────────────────────────────────────────────────────


def taken_out(user: Any, name: str, query: str = "") -> list[tuple]:
    answer = logged_in(user).post(EXPORT, {"list": name, "query": query})
    assert answer.status_code == 200
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    return list(sheet.iter_rows(values_only=True))


def test_inspections_and_what_waits_for_a_decision_as_excel():
    bank = handed_in()
    task = bank.report.task
    for name in ("tasks", "approvals"):
        head, row, *_mark = taken_out(bank.head, name, "state=submitted")
        assert (row[0], row[head.index("检查编号")]) == (task.customer.name, task.task_no)
    assert len(taken_out(bank.head, "tasks", "state=drafting")) == len(taken_out(bank.head, "tasks")) - 1
    traces = Event.objects.filter(arguments__list__in=["tasks", "approvals"]).values_list("arguments__rows", flat=True)
    assert sorted(traces) == [0, 1, 1, 1]


def test_vouchers_demands_and_proposed_classes_as_excel():
    case = approved_case()
    head, row, *_mark = taken_out(case.head, "vouchers")
    assert (row[head.index("所缺凭证")], row[head.index("借据")]) == ("发票", case.loan.loan_no)
    head, row, *_mark = taken_out(case.head, "demands")
    assert row[head.index("借据")] == case.loan.loan_no
    bank, loan = proposing("doubtful")
    head, row, *_mark = taken_out(bank.officer, "class_proposals")
    assert (row[head.index("拟定分类")], row[head.index("借据")]) == ("可疑", loan.loan_no)


def test_a_list_is_taken_out_by_whoever_may_see_it():
    bank = handed_in()
    assert logged_in(bank.main).post(EXPORT, {"list": "approvals"}).status_code == 403
    assert logged_in(bank.main).post(EXPORT, {"list": "nothing"}).status_code == 400
    names = [row[0] for row in taken_out(outsider(bank), "tasks")]
    assert names[:2] == ["客户", None]
    assert bank.report.task.customer.name not in names
