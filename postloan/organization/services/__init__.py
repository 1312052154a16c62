"""Every change to people, posts and stand-ins. One transaction each, with history, reason and event."""

from postloan.organization.services.accounts import (
    add_staff,
    change_password,
    disable_staff,
    enable_staff,
    end_other_sessions,
    end_session_of,
    reset_password,
    unlock,
)
from postloan.organization.services.branches import approve_branch, end_branch_change, propose_branch
from postloan.organization.services.calendars import approve_calendar, end_calendar, propose_calendar
from postloan.organization.services.parameters import (
    approve_parameter,
    propose_parameter,
    refuse_parameter,
    withdraw_parameter,
)
from postloan.organization.services.posts import end_post, grant_post, move_staff
from postloan.organization.services.refusals import Refused
from postloan.organization.services.stand_ins import order_stand_in, withdraw_stand_in

__all__ = [
    "Refused",
    "add_staff",
    "approve_branch",
    "approve_calendar",
    "approve_parameter",
    "change_password",
    "disable_staff",
    "enable_staff",
    "end_branch_change",
    "end_calendar",
    "end_other_sessions",
    "end_post",
    "end_session_of",
    "grant_post",
    "move_staff",
    "order_stand_in",
    "propose_branch",
    "propose_calendar",
    "propose_parameter",
    "refuse_parameter",
    "reset_password",
    "unlock",
    "withdraw_parameter",
    "withdraw_stand_in",
]
