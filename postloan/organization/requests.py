"""A request as the views behind the log-in get it: by then the middleware has made sure of both."""

from __future__ import annotations

from django.http import HttpRequest

from postloan.organization.models import LogIn, Staff


class StaffRequest(HttpRequest):
    """For annotations only: `request.user` is a member of staff, `request.log_in` the log-in the session belongs to."""

    user: Staff
    log_in: LogIn
