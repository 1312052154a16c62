"""What changes todos. Each function is one transaction and writes the events that tell of it."""

from postloan.todos.services.closing import NotYours, close_by_doing, reopen, withdraw, withdraw_unsupported
from postloan.todos.services.escalating import Escalated, escalate
from postloan.todos.services.holders import holders
from postloan.todos.services.moving import RowAnswer, move_waiting, reassign, take
from postloan.todos.services.pushing import Due, Pushed, push

__all__ = [
    "Due",
    "Escalated",
    "NotYours",
    "Pushed",
    "RowAnswer",
    "close_by_doing",
    "escalate",
    "holders",
    "move_waiting",
    "push",
    "reassign",
    "reopen",
    "take",
    "withdraw",
    "withdraw_unsupported",
]
