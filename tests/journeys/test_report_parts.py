"""What stands beside a report's own questions: conditions of the approval, the sales return; and what heads watch."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from postloan.core import business_date
from postloan.customers.models import Responsibility
from postloan.inspections.models import ConditionAnswer, InspectionTask, Report
from postloan.inspections.services.reports import begin_report
from postloan.loans.models import ApprovalCondition
from postloan.organization.models import Line, Staff
from tests.journeys.checks import severe, wrong_on
from tests.journeys.person import DESK, PHONE
from tests.journeys.test_inspections_form import show, until

WHY = "抵押登记资料缺一份评估报告，下月十日前补齐"


@pytest.fixture
def report(bank: Any) -> Report:
    """A periodic inspection of a firm of the manager's whose facility carries two conditions that are not met yet."""
    day = business_date.current()
    manager = Staff.objects.get(staff_no=bank.people["account_manager"]["staff_no"])
    firms = {Line.CORPORATE, Line.INCLUSIVE}
    own = Responsibility.objects.on(day).filter(
        staff=manager, role="A", line__in=firms, customer__facilities__isnull=False
    )
    own = own.filter(customer__account_entries__isnull=False, customer__loans__status="active").order_by("customer")
    mine = own.select_related("customer").distinct().first()
    facility = mine.customer.facilities.order_by("pk").first()
    for number, (text, due_on) in enumerate(
        [("资产负债率不高于70%", None), ("三十日内办妥抵押登记", day - timedelta(days=1))]
    ):
        ApprovalCondition.objects.create(
            condition_no=f"AC-90-{number}", facility=facility, facility_no=facility.facility_no, kind="covenant",
            text=text, due_on=due_on, first_delivered_on=day, changed_on=day,
        )  # fmt: skip
    task = InspectionTask.objects.create(
        task_no="JC2026-0930-90001",
        customer=mine.customer,
        line=mine.line,
        kind="periodic",
        occurrence="parts",
        reason_code="inspection_ordered",
        planned_on=day,
        first_due_on=day,
        due_on=day + timedelta(days=5),
    )
    return begin_report(task, acting_user=manager)


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_conditions_save_themselves_and_the_sales_return_is_drawn(enter, report, width):
    person = enter("account_manager", f"/inspections/reports/{report.pk}", width=width)
    page = person.page
    assert wrong_on(page, language="zh") == []
    assert severe(page) == []
    assert page.locator("#s-sales_return svg.sales-chart rect.rate").count() > 0
    show(page, "conditions")
    first, second = (page.locator("[data-condition]", has_text=text).first for text in ("资产负债率", "抵押登记"))
    first.locator("label", has=page.locator("input[value=met]")).click()
    first.locator('[data-part-condition="evidence"]').fill("六月财务报表，62%")
    assert until(page, lambda: ConditionAnswer.objects.filter(report=report, state="met", evidence__contains="62%"))
    second.locator("label", has=page.locator("input[value=not_due]")).click()
    assert until(page, lambda: second.locator("[data-condition-problem]").inner_text())
    second.locator("label", has=page.locator("input[value=not_met]")).click()
    second.locator('[data-part-condition="explanation"]').fill(WHY)
    assert until(page, lambda: ConditionAnswer.objects.filter(report=report, state="not_met", explanation=WHY))
    assert until(page, lambda: second.locator("[data-condition-problem]").is_hidden())
    page.reload()
    show(page, "conditions")
    assert second.locator('[data-part-condition="explanation"]').input_value() == WHY
    assert person.watch.heard == []


def test_what_is_typed_into_a_condition_without_a_line_is_sent_when_it_is_back(enter, report):
    person = enter("account_manager", f"/inspections/reports/{report.pk}", width=PHONE)
    page = person.page
    show(page, "conditions")
    first = page.locator("[data-condition]", has_text="资产负债率").first
    page.context.set_offline(True)
    first.locator("label", has=page.locator("input[value=met]")).click()
    first.locator('[data-part-condition="evidence"]').fill("六月财务报表")
    assert until(page, lambda: first.locator("[data-condition-waits]").is_visible())
    assert not ConditionAnswer.objects.filter(report=report).exists()
    page.context.set_offline(False)
    assert until(page, lambda: ConditionAnswer.objects.filter(report=report, evidence="六月财务报表"))
    assert until(page, lambda: first.locator("[data-condition-waits]").is_hidden())
    person.watch.heard.clear()


@pytest.mark.parametrize("path", ["/coverage", "/coverage/rows", "/coverage/returns", "/inspections/approvals"])
def test_what_heads_watch_is_whole_on_desk_and_phone(enter, path):
    for width in (DESK, PHONE):
        person = enter("branch_head", path, width=width)
        assert wrong_on(person.page, language="zh") == []
        assert severe(person.page) == []
        assert person.watch.heard == []
