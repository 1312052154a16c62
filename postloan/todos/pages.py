"""Todos as rows of a page: where a press leads, how late, how much money."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext, ngettext, override

from postloan.core import formatting
from postloan.customers.models import Customer
from postloan.loans.models import OFF_BOOK, Loan
from postloan.todos.kinds import KINDS
from postloan.todos.models import Todo
from postloan.todos.queries.my_book import Week

HEAVY = 85


@dataclass(frozen=True)
class Row:
    """A todo and what a page says about it. `exposure` is None where nothing is known."""

    todo: Todo
    due_text: str
    due_tone: str
    href: str
    verb: str
    exposure: Decimal | None
    currency: str
    is_mine: bool
    sees_customer: bool = True

    @property
    def is_heavy(self) -> bool:
        return self.todo.weight >= HEAVY

    @property
    def who(self) -> str:
        """The person, or the post whose queue it waits in."""
        todo = self.todo
        if todo.assignee is not None:
            return todo.assignee.name
        return f"{todo.post_branch} · {todo.post_label}"

    @property
    def for_whom(self) -> str:
        """On one's own pages: whose it is when it is not one's own; of a queue the post is enough."""
        todo = self.todo
        return (
            todo.assignee.name if todo.assignee is not None else gettext("Queue: %(post)s") % {"post": todo.post_label}
        )


def rows_of(todos: Iterable[Todo], *, user: Any, on: date) -> list[Row]:
    """The rows of a page; three queries for all of them together, never one each."""
    shown = list(todos)
    seen = set(
        Customer.objects.visible_to(user)
        .filter(pk__in={todo.customer_id for todo in shown})
        .values_list("pk", flat=True)
    )
    exposures = _exposures([todo.customer_id for todo in shown if todo.loan_id is None])
    return [_row(todo, exposures, user, on, todo.customer_id in seen) for todo in shown]


def _row(todo: Todo, exposures: dict[int, tuple[Decimal, str]], user: Any, on: date, sees_customer: bool) -> Row:
    about = KINDS.get(todo.kind)
    text, tone = due_text(todo.due_on, on) if todo.is_open else (todo.state_label, "")
    if todo.loan is not None:
        exposure, currency = todo.loan.principal_balance, todo.loan.currency
    else:
        exposure, currency = exposures.get(todo.customer_id, (None, ""))
    return Row(
        todo=todo,
        due_text=text,
        due_tone=tone,
        href=address_of(todo),
        verb=str(about.verb) if about else gettext("Open"),
        exposure=exposure,
        currency=currency,
        is_mine=todo.assignee_id == user.pk,
        sees_customer=sees_customer,
    )


def due_text(due_on: date, on: date) -> tuple[str, str]:
    """How late or how soon, and whether that is late or now."""
    days = (due_on - on).days
    if days < 0:
        return ngettext("%(days)s day late", "%(days)s days late", -days) % {"days": -days}, "late"
    if days == 0:
        return gettext("Today"), "now"
    return ngettext("%(days)s day left", "%(days)s days left", days) % {"days": days}, ""


def address_of(todo: Todo) -> str:
    """Where it is done; where that page is not there, the loan or the customer."""
    about = KINDS.get(todo.kind)
    tries: list[tuple[str, list[Any]]] = [(about.view, [todo.pk])] if about else []
    tries += [("reporting:loan", [todo.loan_id])] if todo.loan_id else []
    tries += [("reporting:customer", [todo.customer_id])]
    for name, arguments in tries:
        try:
            return reverse(name, args=arguments)
        except NoReverseMatch:
            continue
    return ""


def _exposures(customer_ids: list[int]) -> dict[int, tuple[Decimal, str]]:
    """What a customer owes in the currency most of it is in, for todos that are not about one loan."""
    if not customer_ids:
        return {}
    rows = (
        Loan.objects.counted()
        .filter(customer__in=customer_ids)
        .exclude(status__in=OFF_BOOK)
        .order_by()
        .values_list("customer", "currency")
        .annotate(balance=Sum("principal_balance"))
        .order_by("balance")
    )
    return {customer: (balance, currency) for customer, currency, balance in rows}


def chart_of(weeks: list[Week], *, scale: formatting.Scale) -> dict[str, Any]:
    """Two stacked bars a week: what still lacks the plan that is owed, and the rest."""

    def drawn(value: Decimal) -> float:
        return float(round(value / scale.divisor, 2))

    return {
        "x": [week.start.strftime("%m-%d") for week in weeks],
        "series": [
            {
                "name": gettext("Plan confirmed or not needed"),
                "as": "bar",
                "tone": "plan",
                "data": [drawn(week.rest) for week in weeks],
            },
            {
                "name": gettext("Plan still owed"),
                "as": "bar",
                "tone": "warn",
                "data": [drawn(week.without_plan) for week in weeks],
            },
        ],
    }


def export_rows(rows: Iterable[Row], *, language: str) -> Iterable[list[str]]:
    """The lines of the file, in the reader's language also where they are written after the view has returned."""
    with override(language):
        yield [
            gettext("To be done by"),
            gettext("Weight"),
            gettext("Kind"),
            gettext("Customer number"),
            gettext("Customer"),
            gettext("Loan"),
            gettext("Reason"),
            gettext("Assigned to"),
            gettext("State"),
            gettext("Opened on"),
            gettext("Closed on"),
        ]
        for row in rows:
            todo = row.todo
            yield [
                todo.due_on.isoformat(),
                str(todo.weight),
                todo.kind_label,
                todo.customer.customer_no,
                todo.customer.name,
                todo.loan.loan_no if todo.loan else "",
                todo.reason,
                row.who,
                todo.state_label,
                todo.opened_on.isoformat(),
                todo.closed_on.isoformat() if todo.closed_on else "",
            ]
