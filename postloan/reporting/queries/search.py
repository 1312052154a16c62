"""The search of the top bar: by number, by name, by the last six characters of an ID."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from postloan.core.encryption import TAIL_LENGTH, tail_index
from postloan.customers.models import Customer
from postloan.loans.models import Loan
from postloan.reporting.queries import finding
from postloan.reporting.queries.customers import PERSONAL

MOST = 20
SHORTEST_PREFIX = 3


@dataclass(frozen=True)
class Found:
    customers: list[Customer]
    loans: list[Loan]

    @property
    def total(self) -> int:
        return len(self.customers) + len(self.loans)


def search(text: str, *, user: Any) -> Found:
    """At most twenty of each, in scope. A number may be cut short, from three characters on."""
    text = text.strip()
    if not text:
        return Found([], [])
    return Found(_customers(text, user), _loans(text, user) if user.has_capability("loans.view_book") else [])


def _customers(text: str, user: Any) -> list[Customer]:
    """Each way of being found is a question of its own, which its index answers; the first twenty of all of them."""
    visible = Customer.objects.visible_to(user).counted().order_by("customer_no")
    keys: dict[int, None] = {}
    for wanted in _ways(text):
        keys |= dict.fromkeys(visible.filter(wanted).values_list("pk", flat=True)[:MOST])
    found = Customer.objects.filter(pk__in=list(keys)).select_related("branch").defer(*PERSONAL)
    return list(found.order_by("customer_no")[:MOST])


def _ways(text: str) -> list[Q]:
    is_long = len(text) >= SHORTEST_PREFIX
    ways = [finding.starts_with("customer_no", text) if is_long else finding.is_number("customer_no", text)]
    if len(text) == TAIL_LENGTH:
        ways.append(Q(id_number_tail=tail_index(text)))
    ways.append(finding.name_contains("name", text))
    return ways


def _loans(text: str, user: Any) -> list[Loan]:
    is_long = len(text) >= SHORTEST_PREFIX
    wanted = finding.starts_with("loan_no", text) if is_long else finding.is_number("loan_no", text)
    found: QuerySet[Loan] = Loan.objects.visible_to(user).counted().filter(wanted)
    return list(
        found.select_related("customer", "branch")
        .defer("customer__id_number", "customer__phone", "customer__address", "customer__service_address")
        .order_by("loan_no")[:MOST]
    )
