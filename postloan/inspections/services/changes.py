"""What every change of a report's content brings."""

from __future__ import annotations

from typing import Any

from postloan.inspections.models import Report
from postloan.inspections.services.signing import void_signatures
from postloan.inspections.workflow import HASH_VERSION


def bump(report: Report, because: str, acting_user: Any) -> None:
    """Counts a change of a locked report, keeps what its visit tells by now and voids what was signed before it."""
    report.version += 1
    report.hash_version = HASH_VERSION
    report.visit_seen = report.task.visit.told if report.task.visit is not None else {}
    report._change_reason = because  # type: ignore[attr-defined]
    report._history_user = acting_user  # type: ignore[attr-defined]
    report.save()
    void_signatures(report, because)
