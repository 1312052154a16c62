"""From a right password to the end of a session. The session names the row of its log-in, nothing else."""

from __future__ import annotations

import ipaddress
import logging
from datetime import datetime, timedelta
from typing import Any

from axes.helpers import get_client_ip_address
from django.contrib import auth
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from postloan.core import timeline
from postloan.organization import events, lockout, security_rules
from postloan.organization.models import LogIn, LogInEnd, Staff

log = logging.getLogger(__name__)

LOG_IN_KEY = "log_in"
ENDED_KEY = "ended_because"
# A session is written at most so often, not with every request.
WRITE_EVERY = timedelta(minutes=1)


def address_of(request: HttpRequest) -> str | None:
    """The client's network address, None where there is none worth keeping."""
    text = get_client_ip_address(request) or ""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


@transaction.atomic
def start_session(request: HttpRequest, staff: Staff) -> LogIn:
    """Logs in: the session's key changes, and where the bank allows one session only, others end."""
    # Two log-ins at one moment wait for each other here.
    Staff.objects.select_for_update().get(pk=staff.pk)
    if security_rules.current().one_session:
        end_log_ins(LogIn.objects.filter(staff=staff), because=LogInEnd.NEWER)
    # What the session held before belongs to nobody in particular, so it goes.
    request.session.flush()
    auth.login(request, staff, backend="postloan.organization.authentication.StaffBackend")
    request.session.set_expiry(0)
    now = timezone.now()
    Staff.objects.filter(pk=staff.pk).update(last_login=now)
    address = address_of(request)
    client = request.headers.get("User-Agent", "").replace("\0", "")[:200]
    log_in = LogIn.objects.create(staff=staff, started_at=now, seen_at=now, address=address, client=client)
    request.session[LOG_IN_KEY] = log_in.pk
    timeline.record(
        events.LOG_IN, acting_user=staff, subject_kind="staff", subject_key=staff.staff_no, address=address or "–"
    )
    return log_in


def end_session(request: HttpRequest, *, because: str) -> None:
    """Ends the session of this request. The next page of this browser can say why."""
    log_in_id = request.session.get(LOG_IN_KEY)
    with transaction.atomic():
        end_log_ins(LogIn.objects.filter(pk=log_in_id), because=because)
    auth.logout(request)
    if because != LogInEnd.LOGGED_OUT:
        request.session[ENDED_KEY] = because


def end_log_ins(log_ins, *, because: str) -> int:
    """Ends what still runs of a set of log-ins, with an event each. Returns how many."""
    now = timezone.now()
    ended = 0
    for log_in in log_ins.running().select_related("staff"):
        if not LogIn.objects.filter(pk=log_in.pk, ended_at=None).update(ended_at=now, ended_because=because):
            continue
        ended += 1
        staff = log_in.staff
        timeline.record(
            events.LOG_OUT, acting_user=staff, subject_kind="staff", subject_key=staff.staff_no, why=str(because)
        )
    return ended


def mark_seen(log_in: LogIn, *, now: datetime) -> None:
    if now - log_in.seen_at >= WRITE_EVERY:
        LogIn.objects.filter(pk=log_in.pk, ended_at=None).update(seen_at=now)


def record_failure(request: HttpRequest, staff_no: str, *, was_locked: bool) -> None:
    """A log-in that failed, and the lock-out where it was the one too many.

    What was typed is kept only where it is a staff number: people type passwords into the wrong field.
    """
    is_known = Staff.objects.filter(staff_no=staff_no).exists()
    number = staff_no if is_known else "?"
    address = address_of(request) or "–"
    about: dict[str, Any] = {"subject_kind": "staff", "subject_key": staff_no if is_known else ""}
    with transaction.atomic():
        timeline.record(events.LOG_IN_FAILED, **about, number=number, address=address)
        if not was_locked and lockout.locked_until(staff_no):
            failures, _last_at = lockout.failures_of(staff_no)
            timeline.record(events.LOCKED_OUT, **about, number=number, failures=failures, address=address)
    log.warning("log-in as %s failed from %s", number, address)
