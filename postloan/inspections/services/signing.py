"""Signatures of the inspectors: what changes after one of them voids it."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from postloan.core import timeline
from postloan.inspections.models import Report

VOIDED = timeline.define("inspections.signatures_voided", _("Inspection {task}: {count} signatures void, {because}"))


def void_signatures(report: Report, because: str) -> int:
    """Voids the signatures in force on a report, because its content changed. Call it in the change's transaction."""
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("signatures are voided in the transaction of the change")
    count = report.signatures.filter(voided_at=None).update(voided_at=timezone.now(), voided_because=because[:120])
    if count:
        timeline.record(
            VOIDED,
            customer_id=report.task.customer_id,
            subject_kind="inspection_report",
            subject_key=str(report.pk),
            task=report.task.task_no,
            count=count,
            because=because,
        )
    return count
