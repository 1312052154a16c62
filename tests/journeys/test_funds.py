"""The use of funds on a phone: a finding is answered with evidence, payments get their vouchers, demands are followed."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from postloan.core import business_date
from postloan.customers.models import Responsibility
from postloan.inspections.models import FundsAnswer, FundsDemand, InspectionTask, Report, VoucherDebt
from postloan.inspections.services import funds_answers, funds_debts, funds_demands
from postloan.inspections.services.reports import begin_report
from postloan.loans.models import Loan, PaymentOut
from postloan.organization.models import Staff
from tests.factories import PaymentOutFactory
from tests.journeys.checks import severe, wrong_on
from tests.journeys.person import PHONE
from tests.journeys.test_inspections_form import show, until
from tests.test_inspections.hostile import picture

CARD = "[data-section=use_of_funds]"
FINDING = f"{CARD} [data-funds-part^=finding]"
WHY = "同一合同分两批到货，附合同与发票"


@pytest.fixture
def report(bank: Any) -> Report:
    """A first inspection of a loan of the manager who logs in, paid out in two own payments over the limit."""
    day = business_date.current()
    manager = Staff.objects.get(staff_no=bank.people["account_manager"]["staff_no"])
    own = Responsibility.objects.on(day).filter(staff=manager, role="A")
    loan = Loan.objects.live().filter(customer__in=own.values("customer")).order_by("pk").first()
    loan.product.family = "working_capital"
    loan.product.save()
    PaymentOut.objects.filter(loan=loan).update(superseded_on=day)
    for number, amount in enumerate((6_200_000, 5_900_000)):
        PaymentOutFactory(
            loan=loan,
            paid_on=day - timedelta(days=9 - number),
            amount=Decimal(amount),
            mode="own",
            payee_name="澜州鼎盛钢材有限公司",
            purpose="采购热轧卷板",
        )
    task = InspectionTask.objects.create(
        task_no="JC2026-0930-90002",
        customer=loan.customer,
        line=own.filter(customer=loan.customer).first().line,
        kind="first",
        occurrence="funds",
        reason_code="inspection_ordered",
        planned_on=day,
        first_due_on=day,
        due_on=day + timedelta(days=5),
    )
    task.task_loans.create(loan=loan, kind="first", payout_month=day.replace(day=1))
    return begin_report(task, acting_user=manager)


def test_a_finding_is_explained_and_payments_get_their_vouchers(enter, report):
    person = enter("account_manager", f"/inspections/reports/{report.pk}", width=PHONE)
    page = person.page
    show(page, "use_of_funds")
    page.locator(FINDING).wait_for()
    assert wrong_on(page, language="zh") == []
    assert severe(page) == []
    show(page, "funds")
    voucher = {"name": "合同与发票.jpg", "mimeType": "image/jpeg", "buffer": picture(shade=50, size=(600, 500))}
    page.locator('[data-files="funds.vouchers"] input[type=file]').set_input_files([voucher])
    finding = page.locator(FINDING)
    finding.locator("input[name=file]").wait_for(timeout=30_000)
    finding.locator("button[type=submit]").click()
    assert until(page, lambda: "请选择" in finding.locator("[data-funds-error]").inner_text())
    person.watch.heard.clear()
    finding.locator("label", has=page.locator("input[value=explained]")).click()
    assert finding.locator("select[name=demanded]").is_hidden()
    finding.locator("textarea").fill(WHY)
    finding.locator("input[name=file]").check()
    finding.locator("button[type=submit]").click()
    assert until(page, lambda: FundsAnswer.objects.filter(report=report, is_misuse=False).exists())
    page.locator(f"{FINDING} .tag", has_text="已说明").wait_for()
    page.locator("[data-funds-pick]").click()
    payments = page.locator(f"{CARD} [data-funds-part=payments]")
    payments.locator("input[name=file]").check()
    payments.locator("button[value=tie]").click()
    assert until(page, lambda: report.funds_proofs.filter(payment__isnull=False).count() == 2)
    assert until(page, lambda: not page.locator(f"{CARD} [data-funds-part=problems] li").count())
    assert severe(page) == []


class Held:
    """The page asks for its card of the use of funds; the answer is made at once and let through when told."""

    def __init__(self, page: Any) -> None:
        self.page, self.waiting = page, []
        page.route("**/funds", lambda route: self.waiting.append((route, route.fetch())))

    def let_through(self) -> None:
        assert until(self.page, lambda: self.waiting)
        route, response = self.waiting.pop()
        with self.page.expect_response("**/funds"):
            route.fulfill(response=response)
        self.page.wait_for_timeout(300)


def add_voucher(page: Any, name: str, shade: int) -> None:
    file = {"name": name, "mimeType": "image/jpeg", "buffer": picture(shade=shade, size=(600, 500))}
    page.locator('[data-files="funds.vouchers"] input[type=file]').set_input_files([file])


def test_what_is_pressed_while_the_card_is_drawn_anew_counts_and_an_old_card_is_never_shown(enter, report):
    person = enter("account_manager", f"/inspections/reports/{report.pk}")
    page = person.page
    show(page, "use_of_funds")
    show(page, "funds")
    held = Held(page)
    add_voucher(page, "合同.jpg", 50)
    assert until(page, lambda: held.waiting)
    explained = page.locator(f"{FINDING} label", has=page.locator("input[value=explained]"))
    explained.scroll_into_view_if_needed()
    box = explained.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    held.let_through()
    page.mouse.up()
    assert until(page, lambda: page.locator(f"{FINDING} input[value=explained]").is_checked(), seconds=3)
    finding = page.locator(FINDING)
    finding.locator("input[name=file]").check()
    assert finding.locator("input[value=explained]").is_checked()
    finding.locator("textarea").fill(WHY)
    add_voucher(page, "发票.jpg", 90)
    assert until(page, lambda: held.waiting)
    finding.locator("button[type=submit]").click()
    page.wait_for_timeout(300)
    held.let_through()
    assert until(page, lambda: FundsAnswer.objects.filter(report=report, is_misuse=False).exists())
    page.locator(f"{FINDING} .tag", has_text="已说明").wait_for()
    assert finding.locator("textarea").input_value() == WHY
    assert finding.locator("input[name=file]").count() == 2
    assert finding.locator("input[name=file]:checked").count() == 1


def test_confirmed_misuse_asks_what_is_demanded_and_is_followed_to_its_day(enter, report):
    person = enter("account_manager", f"/inspections/reports/{report.pk}")
    page = person.page
    show(page, "use_of_funds")
    finding = page.locator(FINDING)
    finding.locator("label", has=page.locator("input[value=misuse]")).click()
    finding.locator("textarea").fill("货款转入无关公司，与合同不符")
    finding.locator("select[name=demanded]").select_option("repay")
    finding.locator("button[type=submit]").click()
    page.locator(f"{FINDING} .tag", has_text="挪用").wait_for()
    payments = page.locator(f"{CARD} [data-funds-part=payments]")
    page.locator("[data-funds-pick]").click()
    payments.locator("input[name=missing]").fill("发票")
    payments.locator("button[value=owe]").click()
    assert until(page, lambda: VoucherDebt.objects.filter(report=report).count() == 2)
    main = report.main_inspector
    funds_answers.look_again(report, main)
    funds_debts.begin_owing(report, acting_user=main)
    (demand,) = funds_demands.issue_demands(report, acting_user=main)
    debt = VoucherDebt.objects.filter(report=report).first()
    for path in (
        "/inspections/funds",
        "/inspections/funds?what=demands",
        f"/inspections/vouchers/{debt.pk}",
        f"/inspections/demands/{demand.pk}",
        f"/inspections/reports/{report.pk}/review",
        f"/inspections/reports/{report.pk}",
    ):
        for width in (1440, PHONE):
            page.set_viewport_size({"width": width, "height": 900})
            person.open(path)
            assert wrong_on(page, language="zh") == [], path
            assert severe(page) == [], path
    person.open(f"/inspections/vouchers/{debt.pk}")
    page.set_input_files("input[type=file]", {"name": "发票.jpg", "mimeType": "image/jpeg", "buffer": picture(shade=9)})
    person.submit(page.locator("button[value=bring]"))
    assert "已补交" in person.text() or "补交" in person.text("h1 + .sub")
    person.open(f"/inspections/demands/{demand.pk}")
    page.fill("input[name=to]", "吴建平（法定代表人）")
    person.submit(page.locator("button[value=deliver]"))
    page.fill("textarea[name=result]", "已提前归还")
    person.submit(page.locator("button[value=met]"))
    assert FundsDemand.objects.get(pk=demand.pk).met_on is not None
