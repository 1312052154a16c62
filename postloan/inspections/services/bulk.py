"""Several reports approved with one press: each decided on by itself, on its own content, refused by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied

from postloan.inspections.models import Report
from postloan.inspections.services import approving
from postloan.inspections.services.refusals import Refused

MOST = 50


@dataclass(frozen=True)
class Picked:
    """A row as it was shown: the report, the step it waited at, the hash of what was handed in."""

    report_id: int
    step: int
    seen_hash: str


@dataclass(frozen=True)
class Outcome:
    """`refused` is the code of why not, empty where it was approved."""

    report: Report
    refused: str = ""


def approve_many(picked: Iterable[Picked], *, comment: str = "", acting_user: Any) -> list[Outcome]:
    """Approves what was picked, row by row, each in its own transaction.

    A row that is refused leaves the others alone. A report out of scope is left out of the answer as if there were
    none, and told. Raises Refused("many") above `MOST` rows.
    """
    rows = list(picked)
    if len(rows) > MOST:
        raise Refused("many_rows")
    seen = Report.objects.visible_to(acting_user).select_related("task__customer")
    there = {report.pk: report for report in seen.filter(pk__in=[row.report_id for row in rows])}
    found = []
    for row in rows:
        report = there.get(row.report_id)
        if report is None:
            approving.refuse_unseen(row.report_id, "approve", acting_user)
            continue
        found.append(Outcome(report, _approve(report, row, comment, acting_user)))
    return found


def _approve(report: Report, row: Picked, comment: str, acting_user: Any) -> str:
    try:
        approving.decide(
            report,
            "approve",
            seen_hash=row.seen_hash,
            seen_step=row.step,
            comment=comment,
            acting_user=acting_user,
            in_bulk=True,
        )
    except Refused as refusal:
        return str(refusal)
    except PermissionDenied:
        return "post"
    return ""
