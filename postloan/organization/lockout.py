"""Who is locked out after failed log-ins, until when, and how many tries are left."""

from __future__ import annotations

from datetime import datetime

from axes.models import AccessAttempt
from django.db.models import Max, Sum
from django.utils import timezone

from postloan.organization.authentication import cooloff_time, failure_limit


def failures_of(staff_no: str) -> tuple[int, datetime | None]:
    """Failures that still count, and the moment of the last one."""
    counted = AccessAttempt.objects.filter(username=staff_no, attempt_time__gt=timezone.now() - cooloff_time())
    found = counted.aggregate(failures=Sum("failures_since_start"), last_at=Max("attempt_time"))
    return found["failures"] or 0, found["last_at"]


def tries_left(staff_no: str) -> int:
    return max(failure_limit() - failures_of(staff_no)[0], 0)


def locked_until(staff_no: str) -> datetime | None:
    """None for somebody who may try."""
    failures, last_at = failures_of(staff_no)
    return last_at + cooloff_time() if last_at and failures >= failure_limit() else None


def forget_failures(staff_no: str) -> int:
    return AccessAttempt.objects.filter(username=staff_no).delete()[0]
