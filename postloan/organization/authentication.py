"""Staff number and password; lock-out by the bank's parameters."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from postloan.core import parameters
from postloan.organization.models import Staff


class StaffBackend(BaseBackend):
    """A wrong number, a wrong password and a disabled account look the same and take the same time."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_ignored: Any
    ) -> Staff | None:
        if not username or password is None:
            return None
        staff = Staff.objects.filter(staff_no=username).first()
        if staff is None:
            Staff().set_password(password)
            return None
        return staff if staff.check_password(password) and staff.is_active else None

    def get_user(self, user_id: int) -> Staff | None:
        """Asked on every request: disabling somebody ends what they do at once."""
        return Staff.objects.filter(pk=user_id, is_active=True).first()


def failure_limit(request: HttpRequest | None = None, credentials: Any = None) -> int:
    return int(parameters.value(parameters.LOGIN_FAILURES))


def cooloff_time(request: HttpRequest | None = None) -> timedelta:
    return timedelta(minutes=int(parameters.value(parameters.LOCKOUT_MINUTES)))
