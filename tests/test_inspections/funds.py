"""A first inspection of a loan whose payments were split, with a file to prove things."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from postloan.core.models import BusinessDate
from postloan.inspections.models import Evidence, FundsFinding, Report, TemplateVersion
from postloan.inspections.services import files
from postloan.inspections.services.reports import begin_report
from postloan.inspections.workflow import content_hash
from tests.factories import (
    BranchFactory,
    BusinessDateFactory,
    CustomerFactory,
    LoanFactory,
    LoanStateFactory,
    PaymentOutFactory,
    ProductFactory,
    StaffFactory,
)
from tests.factories.days import DELIVERED_ON
from tests.test_inspections.approval import CONTENT
from tests.test_inspections.forms import inspectors, task_for
from tests.test_inspections.hostile import picture

DAY = DELIVERED_ON
LATER = DAY + timedelta(days=10)
WHY = "三家供应商分批到货，分别有合同与发票"
WITH_CLASS = {
    "sections": [
        *CONTENT["sections"],
        {
            "code": "class",
            "title_zh": "分类",
            "title_en": "Class",
            "questions": [
                {
                    "code": "class.proposed",
                    "type": "choice",
                    "label_zh": "建议分类",
                    "label_en": "Proposed class",
                    "required": "submission",
                    "opinion": True,
                    "keeps": "proposed_class",
                    "options": [
                        {"code": "normal", "zh": "正常", "en": "normal"},
                        {"code": "special_mention", "zh": "关注", "en": "special mention"},
                    ],
                }
            ],
        },
    ]
}


@dataclass
class Case:
    """A report begun on a loan with two own payments to one payee, together over the limit, and one to another."""

    report: Report
    loan: Any
    main: Any
    second: Any
    head: Any
    payments: list[Any]

    @property
    def finding(self) -> FundsFinding:
        return FundsFinding.objects.get(loan=self.loan, kind="split")

    @property
    def seen(self) -> str:
        return content_hash(Report.objects.get(pk=self.report.pk))

    @property
    def keys(self) -> list[int]:
        return [one.pk for one in self.payments]


def make_case(kind: str = "first", content: Any = CONTENT) -> Case:
    if not BusinessDate.objects.exists():
        BusinessDateFactory()
    branch = BranchFactory(sub_branch=True, parent=BranchFactory(level="head_office"))
    head = StaffFactory(post="branch_head", branch=branch)
    customer = CustomerFactory(branch=branch)
    main, second = inspectors(customer)
    loan = LoanFactory(
        customer=customer,
        product=ProductFactory(family="working_capital"),
        amount=Decimal(15_000_000),
        principal_balance=Decimal(15_000_000),
        purpose="采购钢材",
        disbursed_on=date(2026, 6, 1),
        five_level_class="normal",
    )
    LoanStateFactory(loan=loan)
    payments = [
        PaymentOutFactory(loan=loan, paid_on=date(2026, 6, day), amount=amount, mode="own", payee_name=payee)
        for day, amount, payee in (
            (2, 6_000_000, "鼎盛钢材"),
            (4, 6_000_000, "鼎盛钢材"),
            (5, 1_000_000, "海博机电"),
        )
    ]
    task = task_for(customer, kind)
    task.task_loans.create(loan=loan, kind=kind, payout_month=date(2026, 6, 1) if kind == "first" else None)
    report = begin_report(task, acting_user=main)
    report.template_version, _new = TemplateVersion.objects.get_or_create(
        template=report.template_version.template,
        version=900 if content is CONTENT else 901,
        defaults={"content": content, "state": "draft", "valid_from": DELIVERED_ON},
    )
    report.save()
    report.answers.all().delete()
    return Case(report, loan, main, second, head, payments)


def file_of(report: Report, name: str = "发票.jpg", number: int = 0) -> Evidence:
    """A file in the report, as if it had been uploaded for the use of funds."""
    stored = files.keep_bytes(picture(size=(40 + number, 40)), content_type="image/jpeg")
    return Evidence.objects.create(
        report=report,
        question="use_of_funds",
        original=stored,
        shown=stored,
        name=name,
        added_by=report.main_inspector,
        added_at=timezone.now(),
    )
