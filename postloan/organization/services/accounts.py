"""Accounts, passwords, lock-outs: the system administrator's."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from postloan.core import timeline
from postloan.organization import events, lockout, security_rules, sessions
from postloan.organization.models import Branch, LogIn, LogInEnd, PasswordHistory, Staff
from postloan.organization.passwords import one_time_password
from postloan.organization.services.refusals import (
    Refused,
    demand,
    demand_reason,
    not_oneself,
    save_with_reason,
)

MANAGE_PEOPLE = "organization.manage_people"
END_SESSIONS = "organization.end_sessions"


def _tell(code: str, staff: Staff, acting_user: Staff | None, **arguments: Any) -> None:
    timeline.record(
        code, acting_user=acting_user, subject_kind="staff", subject_key=staff.staff_no, name=staff.name, **arguments
    )


@transaction.atomic
def add_staff(*, staff_no: str, name: str, branch: Branch, acting_user: Staff | None, reason: str) -> tuple[Staff, str]:
    """Adds a person without any post, and returns the one-time password with them. Raises Refused."""
    demand(acting_user, MANAGE_PEOPLE)
    reason = demand_reason(reason)
    if Staff.objects.filter(staff_no__iexact=staff_no).exists():
        raise Refused(_("This staff number is taken."))
    password = one_time_password()
    staff = Staff(staff_no=staff_no, name=name, branch=branch, must_change_password=True)
    staff.set_password(password)
    save_with_reason(staff, acting_user=acting_user, reason=reason)
    _tell(events.STAFF_ADDED, staff, acting_user, reason=reason)
    return staff, password


@transaction.atomic
def disable_staff(staff: Staff, *, acting_user: Staff | None, reason: str) -> None:
    """Ends every session at once; posts and responsibilities stay as they are, but give nothing. Raises Refused."""
    demand(acting_user, MANAGE_PEOPLE)
    reason = demand_reason(reason)
    not_oneself(staff, acting_user, _("Nobody disables their own account."))
    staff = Staff.objects.select_for_update().get(pk=staff.pk)
    if not staff.is_active:
        raise Refused(_("The account is disabled already."))
    staff.is_active = False
    save_with_reason(staff, acting_user=acting_user, reason=reason, fields=["is_active"])
    sessions.end_log_ins(LogIn.objects.filter(staff=staff), because=LogInEnd.DISABLED)
    _tell(events.STAFF_DISABLED, staff, acting_user, reason=reason)


@transaction.atomic
def enable_staff(staff: Staff, *, acting_user: Staff | None, reason: str) -> None:
    """Raises Refused where the account is not disabled."""
    demand(acting_user, MANAGE_PEOPLE)
    reason = demand_reason(reason)
    staff = Staff.objects.select_for_update().get(pk=staff.pk)
    if staff.is_active:
        raise Refused(_("The account is not disabled."))
    staff.is_active = True
    save_with_reason(staff, acting_user=acting_user, reason=reason, fields=["is_active"])
    _tell(events.STAFF_ENABLED, staff, acting_user, reason=reason)


@transaction.atomic
def reset_password(staff: Staff, *, acting_user: Staff | None, reason: str) -> str:
    """A one-time password, returned once and kept nowhere. Sessions end, a lock-out ends too. Raises Refused."""
    demand(acting_user, MANAGE_PEOPLE)
    reason = demand_reason(reason)
    not_oneself(staff, acting_user, _("Change your own password on its own page."))
    staff = Staff.objects.select_for_update().get(pk=staff.pk)
    password = one_time_password()
    _replace_password(staff, password)
    staff.must_change_password = True
    fields = ["password", "password_changed_at", "must_change_password"]
    save_with_reason(staff, acting_user=acting_user, reason=reason, fields=fields)
    sessions.end_log_ins(LogIn.objects.filter(staff=staff), because=LogInEnd.PASSWORD_RESET)
    lockout.forget_failures(staff.staff_no)
    _tell(events.PASSWORD_RESET, staff, acting_user, reason=reason)
    return password


@transaction.atomic
def change_password(staff: Staff, password: str) -> None:
    """The person's own change; the form has asked for the old one and for the bank's rules."""
    _replace_password(staff, password)
    staff.must_change_password = False
    fields = ["password", "password_changed_at", "must_change_password"]
    save_with_reason(staff, acting_user=staff, reason="", fields=fields)
    _tell(events.PASSWORD_CHANGED, staff, staff)


def _replace_password(staff: Staff, password: str) -> None:
    now = timezone.now()
    if staff.password and staff.has_usable_password():
        PasswordHistory.objects.create(
            staff=staff, password=staff.password, set_at=staff.password_changed_at or staff.created_at
        )
    kept = security_rules.current().former_passwords
    former = staff.former_passwords.values_list("pk", flat=True)[:kept]
    staff.former_passwords.exclude(pk__in=list(former)).delete()
    staff.set_password(password)
    staff.password_changed_at = now


@transaction.atomic
def unlock(staff: Staff, *, acting_user: Staff | None, reason: str) -> None:
    """Ends a lock-out after failed log-ins. Raises Refused where there is none."""
    demand(acting_user, MANAGE_PEOPLE)
    reason = demand_reason(reason)
    if not lockout.locked_until(staff.staff_no):
        raise Refused(_("The account is not locked."))
    lockout.forget_failures(staff.staff_no)
    _tell(events.UNLOCKED, staff, acting_user, reason=reason)


@transaction.atomic
def end_other_sessions(staff: Staff, *, but: LogIn | None) -> int:
    """Ends a person's own sessions elsewhere. Returns how many."""
    others = LogIn.objects.filter(staff=staff).exclude(pk=but.pk if but else None)
    return sessions.end_log_ins(others, because=LogInEnd.ENDED_BY_OWNER)


@transaction.atomic
def end_session_of(log_in: LogIn, *, acting_user: Staff, reason: str) -> None:
    """Ends one running session of somebody else; its next request is led to the log-in page. Raises Refused."""
    demand(acting_user, END_SESSIONS)
    reason = demand_reason(reason)
    not_oneself(log_in.staff, acting_user, _("End your own sessions on their own page."))
    if not sessions.end_log_ins(LogIn.objects.filter(pk=log_in.pk), because=LogInEnd.ENDED_BY_ADMINISTRATOR):
        raise Refused(_("The session has ended already."))
    _tell(events.SESSION_ENDED, log_in.staff, acting_user, reason=reason)
