"""The one place where a date may come from.

A business date is a row, opened by applying an extract and closed by its night; after the night it stays the
date shown until the next extract is applied. Moments (`_at`) may be stamped with `timezone.now()` anywhere;
dates may not. Posts, stand-ins and log-ins run on the calendar of Shanghai: `calendar_today()`.
"""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from django.utils import timezone

SHANGHAI = ZoneInfo("Asia/Shanghai")


class NoBusinessDate(Exception):
    """No extract has been applied yet: there is no date to work on."""


def calendar_today() -> date:
    """The calendar date in Shanghai, for posts, absences, log-ins and passwords only."""
    return timezone.now().astimezone(SHANGHAI).date()


def latest() -> date | None:
    """The last business date that was opened, closed or not; None before the first extract."""
    from postloan.core.models import BusinessDate

    return BusinessDate.objects.order_by("-date").values_list("date", flat=True).first()


def current() -> date:
    """The business date shown and stamped on actions."""
    day = latest()
    if day is None:
        raise NoBusinessDate("no extract has been applied yet")
    return day


def open_date() -> date | None:
    """The date whose night has not run yet, if any. At most one can be open."""
    from postloan.core.models import BusinessDate

    return BusinessDate.objects.filter(closed_at=None).values_list("date", flat=True).first()


def last_closed() -> date | None:
    from postloan.core.models import BusinessDate

    return BusinessDate.objects.exclude(closed_at=None).order_by("-date").values_list("date", flat=True).first()
