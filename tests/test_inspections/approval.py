"""A report that can be signed, and the people around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from postloan.inspections.models import Measure, Report, TemplateVersion
from postloan.inspections.services.approving import decide
from postloan.inspections.services.reports import Change, save_answers
from postloan.inspections.services.submitting import sign, submit
from postloan.inspections.workflow import content_hash
from postloan.organization.models import Staff
from tests.factories import BranchFactory, CustomerFactory, StaffFactory
from tests.factories.days import DELIVERED_ON
from tests.test_inspections.forms import begun

CONTENT = {
    "sections": [
        {
            "code": "site",
            "title_zh": "现场",
            "title_en": "Site",
            "questions": [
                {
                    "code": "site.note",
                    "type": "text",
                    "label_zh": "现场情况",
                    "label_en": "On site",
                    "required": "submission",
                    "opinion": True,
                }
            ],
        },
        {
            "code": "conclusion",
            "title_zh": "结论",
            "title_en": "Conclusion",
            "questions": [
                {
                    "code": "conclusion.text",
                    "type": "text",
                    "label_zh": "主要发现",
                    "label_en": "Main findings",
                    "required": "submission",
                    "opinion": True,
                    "keeps": "summary",
                }
            ],
        },
    ]
}


# What may wait until the approval, beside what may not.
FOR_APPROVAL = {
    "sections": [
        *CONTENT["sections"],
        {
            "code": "later",
            "title_zh": "资料",
            "title_en": "Papers",
            "questions": [
                {
                    "code": "later.output",
                    "type": "text",
                    "label_zh": "上月产量",
                    "label_en": "Output last month",
                    "required": "approval",
                },
            ],
        },
    ]
}


@dataclass
class Bank:
    """A head office, a tier-1 branch below it, a branch below that with a head, and a report begun there."""

    head_office: Any
    tier1: Any
    branch: Any
    head: Any
    officer: Any
    tier1_head: Any
    report: Report
    main: Any
    second: Any

    @property
    def seen(self) -> str:
        return content_hash(Report.objects.get(pk=self.report.pk))


def make_bank(people: int = 2, content: Any = CONTENT, **customer_values: Any) -> Bank:
    head_office = BranchFactory(level="head_office")
    tier1 = BranchFactory(tier1=True, parent=head_office)
    branch = BranchFactory(sub_branch=True, parent=tier1)
    head = StaffFactory(post="branch_head", branch=branch)
    officer = StaffFactory(post="risk_officer", branch=head_office)
    tier1_head = StaffFactory(post="branch_head", branch=tier1)
    customer = CustomerFactory(branch=branch, **customer_values)
    report, main, second = begun(customer=customer, people=people)
    version = report.template_version
    report.template_version, _new = TemplateVersion.objects.get_or_create(
        template=version.template,
        version=900 if content is CONTENT else 902,
        defaults={"content": content, "state": "draft", "valid_from": DELIVERED_ON},
    )
    report.save()
    report.answers.all().delete()
    return Bank(head_office, tier1, branch, head, officer, tier1_head, report, main, second)


def fill(bank: Bank, text: str = "设备运转正常", by: Any = None) -> Bank:
    rows = {row.question: row.version for row in bank.report.answers.all()}
    changes = [Change(code, rows.get(code, 0), value=text) for code in ("site.note", "conclusion.text")]
    save_answers(bank.report, changes, acting_user=by or bank.main)
    return bank


def signed(bank: Bank) -> Bank:
    sign(bank.report, seen_hash=bank.seen, acting_user=bank.main)
    sign(bank.report, seen_hash=bank.seen, acting_user=bank.second)
    return bank


def handed_in(people: int = 2, measure: bool = False, content: Any = CONTENT) -> Bank:
    bank = fill(make_bank(people, content))
    if measure:
        Measure.objects.create(report=bank.report, position=1, text="补交发票", owner=bank.main, due_on=DELIVERED_ON)
    signed(bank)
    bank.report = submit(bank.report, seen_hash=bank.seen, acting_user=bank.main)
    return bank


def decided(bank: Bank, kind: str, user: Any, **more: Any) -> Any:
    """A decision of this person as of a new log-in: rights are read once a request."""
    values = {"seen_hash": bank.seen, "seen_step": bank.report.step, **more}
    if kind == "send_back":
        values.setdefault("return_reason", "incomplete")
    return decide(bank.report, kind, acting_user=Staff.objects.get(pk=user.pk), **values)
