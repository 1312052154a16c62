"""The bank's rules for sessions and passwords, read in one query; whether a password or a session still stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from postloan.core import parameters
from postloan.organization.models import LogIn, LogInEnd, Staff


@dataclass(frozen=True)
class SecurityRules:
    idle: timedelta
    idle_administrator: timedelta
    longest: timedelta
    one_session: bool
    length: int
    length_administrator: int
    kinds: int
    former_passwords: int
    password_lasts: timedelta
    first_change: bool

    def idle_for(self, staff: Staff) -> timedelta:
        return self.idle_administrator if staff.rights.is_administrator else self.idle

    def length_for(self, staff: Staff) -> int:
        return self.length_administrator if staff.rights.is_administrator else self.length


def current() -> SecurityRules:
    """The rules valid on the calendar's day."""
    p = parameters
    found = p.values(
        p.IDLE_MINUTES, p.IDLE_MINUTES_ADMIN, p.SESSION_HOURS, p.ONE_SESSION, p.PASSWORD_LENGTH,
        p.PASSWORD_LENGTH_ADMIN, p.PASSWORD_KINDS, p.PASSWORD_HISTORY, p.PASSWORD_DAYS, p.FIRST_CHANGE,
    )  # fmt: skip
    return SecurityRules(
        idle=timedelta(minutes=int(found[p.IDLE_MINUTES])),
        idle_administrator=timedelta(minutes=int(found[p.IDLE_MINUTES_ADMIN])),
        longest=timedelta(hours=int(found[p.SESSION_HOURS])),
        one_session=bool(found[p.ONE_SESSION]),
        length=int(found[p.PASSWORD_LENGTH]),
        length_administrator=int(found[p.PASSWORD_LENGTH_ADMIN]),
        kinds=int(found[p.PASSWORD_KINDS]),
        former_passwords=int(found[p.PASSWORD_HISTORY]),
        password_lasts=timedelta(days=int(found[p.PASSWORD_DAYS])),
        first_change=bool(found[p.FIRST_CHANGE]),
    )


def must_change_password(staff: Staff, rules: SecurityRules, *, now: datetime) -> bool:
    """After the first log-in with a password somebody else chose, and when it has grown old."""
    if staff.is_demonstration:
        return False
    if staff.must_change_password and rules.first_change:
        return True
    changed_at = staff.password_changed_at or staff.created_at
    return now - changed_at >= rules.password_lasts


def why_ended(log_in: LogIn, rules: SecurityRules, *, idle: timedelta, now: datetime) -> str:
    """Why a session may not go on; empty where it may."""
    if log_in.ended_at is not None:
        return log_in.ended_because
    if now - log_in.seen_at >= idle:
        return LogInEnd.IDLE
    if now - log_in.started_at >= rules.longest:
        return LogInEnd.TOO_LONG
    return ""
