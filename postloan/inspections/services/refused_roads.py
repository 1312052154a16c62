"""Every way around the second person is refused and told: who tried what on which report, and why it was refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _

from postloan.core import timeline
from postloan.inspections.models import Report
from postloan.inspections.services.refusals import Refused

REFUSED = timeline.define(
    "inspections.second_person_refused", _("Inspection {task}: {name} was refused to {what}: {why}")
)
WHAT = {
    "sign": _("sign"),
    "submit": _("hand in"),
    "withdraw": _("take back"),
    "approve": _("approve"),
    "send_back": _("send back"),
    "pass_up": _("pass up"),
}
WHY = {
    "hand": _("had a hand in the report"),
    "decided": _("a decision was taken already"),
    "post": _("it waits for another post"),
    "not_yours": _("it is for somebody else to do"),
    "changed": _("the content is not what was seen"),
    "state": _("the report was moved meanwhile"),
    "unsigned": _("signatures are missing"),
    "second": _("the second inspector is missing"),
    "scope": _("does not see the customer"),
    "capability": _("the post does not give the right"),
    "writer": _("is no inspector of the report"),
}
# What is no slip of the pen, but would make one person out of two.
TOLD = frozenset(WHY)


@contextmanager
def told(report: Report, tried: str, acting_user: Any) -> Iterator[None]:
    """Around a move's own transaction: what it undid is not undone here."""
    try:
        yield
    except PermissionDenied as refusal:
        tell(report, tried, str(refusal) or "capability", acting_user)
        raise
    except Refused as refusal:
        if str(refusal) in TOLD:
            tell(report, tried, str(refusal), acting_user)
        raise


def tell(report: Report, tried: str, because: str, acting_user: Any) -> None:
    timeline.record(
        REFUSED,
        acting_user=acting_user,
        customer_id=report.task.customer_id,
        subject_kind="inspection_report",
        subject_key=str(report.pk),
        task=report.task.task_no,
        name=acting_user.name,
        tried=tried,
        because=because,
        what=str(WHAT.get(tried, tried)),
        why=str(WHY.get(because, because)),
    )
