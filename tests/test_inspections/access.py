"""What the addresses of reports and templates are about, for tests/access_table.py."""

from __future__ import annotations

from typing import Any

from postloan.inspections.models import (
    Evidence,
    FundsDemand,
    FundsFinding,
    Measure,
    ReportTemplate,
    Upload,
    VoucherDebt,
)
from postloan.inspections.services import files
from postloan.inspections.services.reports import begin_report
from postloan.inspections.services.templates import start_version
from tests.factories import ApprovalConditionFactory, FacilityFactory, PaymentOutFactory
from tests.factories.days import MOMENT
from tests.factories.inspections import InspectionTaskFactory
from tests.test_inspections.hostile import picture


def objects_of_funds(report: Any, manager: Any) -> dict[str, Any]:
    """What a report says about the use of a loan: a finding, a missing voucher that was brought, a demand."""
    loan = report.task.customer.loans.order_by("pk").first()
    report.task.task_loans.get_or_create(loan=loan, kind=report.task.kind)
    day = report.begun_on
    finding = FundsFinding.objects.create(loan=loan, kind="split", fingerprint="a" * 64, facts={}, found_on=day)
    debt = VoucherDebt.objects.create(
        report=report,
        payment=PaymentOutFactory(loan=loan),
        missing="发票",
        first_due_on=day,
        due_on=day,
        owed_since=day,
        settled_on=day,
        settled_by=manager,
        file=files.keep_bytes(picture(), content_type="image/jpeg", width=320, height=240),
        file_name="发票.jpg",
    )
    demand = FundsDemand.objects.create(
        report=report,
        demand_no=f"ZG-{report.pk}",
        loan=loan,
        demanded="mend",
        amount=1,
        currency="CNY",
        text="限期整改",
        respond_by=day,
        issued_on=day,
        issued_by=manager,
    )
    return {"finding": finding.pk, "voucher": debt.pk, "funds_demand": demand.pk}


def objects_of_reports(bank: Any) -> dict[str, Any]:
    """A report of the manager on the customer `steel`, with a photo and a file on its way; a template's draft."""
    manager = bank.people["manager"]
    report = begin_report(InspectionTaskFactory(customer=bank.customers["steel"]), acting_user=manager)
    stored = files.keep_bytes(picture(), content_type="image/jpeg", width=320, height=240)
    evidence = Evidence.objects.create(
        report=report,
        question="photos.site",
        original=stored,
        shown=stored,
        name="a.jpg",
        added_by=manager,
        added_at=MOMENT,
    )
    upload = Upload.objects.create(
        key=f"a1b2c3-{report.pk}",
        report=report,
        question="photos.site",
        name="a",
        size=5,
        started_by=manager,
        started_at=MOMENT,
    )
    condition = ApprovalConditionFactory(facility=FacilityFactory(customer=bank.customers["steel"]))
    template = ReportTemplate.objects.get(code="corporate_regular")
    # The templates are the whole bank's: made once, however many customers there are reports of.
    draft = template.versions.filter(state="draft").first() or start_version(
        template, acting_user=bank.people["risk_officer"]
    )
    return {
        "report": report.pk,
        "measure": Measure.objects.create(
            report=report, position=1, text="补交发票", owner=manager, due_on=report.begun_on
        ).pk,
        "report_task": report.task_id,
        "evidence": evidence.pk,
        "upload": upload.key,
        **objects_of_funds(report, manager),
        "condition": condition.pk,
        "template": template.code,
        "template_draft": draft.pk,
    }
