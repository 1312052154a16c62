"""What a manager answers for on a day: customers, loans, balances, arrears, since when as A or B."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q, Sum
from django.urls import reverse

from postloan.customers.models import Customer, Responsibility, Role
from postloan.handovers import listing, queries
from postloan.handovers.models import ItemKind
from postloan.handovers.queries import Content, Totals
from postloan.loans.models import OFF_BOOK, LoanState
from postloan.organization.models import Scope, Staff


def staff_seen_by(user: Any) -> Any:
    """Oneself, and the people of the branches one's posts reach."""
    people = Staff.objects.select_related("branch")
    if user.rights.sees_everything:
        return people
    reached = {
        pk for reach in user.rights.reaches if reach.scope in {Scope.BRANCH, Scope.BELOW} for pk in reach.branch_ids
    }
    return people.filter(Q(pk=user.pk) | Q(branch__in=reached))


@dataclass(frozen=True)
class Row:
    staff: Staff
    as_a: int
    as_b: int
    loans: int
    overdue: int
    balances: Totals
    is_oneself: bool

    def customers_href(self, role: str) -> str:
        return f"{reverse('reporting:customers')}?{urlencode({'manager': self.staff.pk, 'role': role})}"

    def loans_href(self, **more: str) -> str:
        return f"{reverse('reporting:loans')}?{urlencode({'manager': self.staff.pk, **more})}"

    @property
    def hrefs(self) -> dict[str, str]:
        """What shows exactly the rows of each number."""
        return {
            "as_a": self.customers_href(Role.A),
            "as_b": self.customers_href(Role.B),
            "loans": self.loans_href(),
            "overdue": self.loans_href(band="overdue"),
        }

    @property
    def balances_with_hrefs(self) -> list[tuple[str, Decimal, str]]:
        return [(currency, total, self.loans_href(currency=currency)) for currency, total in self.balances]


def people_seen_by(user: Any) -> list[Row]:
    """Whoever answers for a customer the reader sees; counts and sums are of what the reader sees."""
    visible = Responsibility.objects.filter(valid_to=None, customer__superseded_on=None).visible_to(user).order_by()
    counts = {
        row["staff"]: row
        for row in visible.values("staff").annotate(
            as_a=Count("customer", filter=Q(role="A"), distinct=True),
            as_b=Count("customer", filter=Q(role="B"), distinct=True),
        )
    }
    staff = {one.pk: one for one in staff_seen_by(user).filter(pk__in=counts)}
    books = _books(user, list(staff))
    rows = [
        Row(
            staff=one,
            as_a=counts[pk]["as_a"],
            as_b=counts[pk]["as_b"],
            loans=sum(book["loans"] for book in books.get(pk, [])),
            overdue=sum(book["overdue"] for book in books.get(pk, [])),
            balances=sorted((book["currency"], book["balance"]) for book in books.get(pk, [])),
            is_oneself=pk == user.pk,
        )
        for pk, one in staff.items()
    ]
    return sorted(rows, key=lambda row: (not row.is_oneself, row.staff.branch.path, row.staff.name))


def _books(user: Any, ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    """The loans in the books of each manager by currency, as the last night left them."""
    found: dict[int, list[dict[str, Any]]] = {}
    states = LoanState.objects.now().visible_to(user).filter(manager__in=ids)
    states = states.exclude(status__in=OFF_BOOK)
    rows = states.order_by().values("manager", "currency")
    for row in rows.annotate(
        loans=Count("pk"), overdue=Count("pk", filter=Q(overdue_since__isnull=False)), balance=Sum("principal_balance")
    ):
        found.setdefault(row["manager"], []).append(row)
    return found


@dataclass(frozen=True)
class Statement:
    """`beyond` counts the customers the reader does not see; they are not on the paper."""

    staff: Staff
    day: date
    content: Content
    beyond: int

    @property
    def as_a(self) -> int:
        return len({line.item.customer_id for line in self.content.customers if line.item.role == "A"})

    @property
    def as_b(self) -> int:
        return len({line.item.customer_id for line in self.content.customers if line.item.role == "B"})

    @property
    def hash(self) -> str:
        """SHA-256 over person, day and every line of the statement."""
        rows: list[list[str]] = []
        for line in self.content.customers:
            since = line.item.since.isoformat() if line.item.since else ""
            rows.append([line.item.key, since, *(f"{code}{_two(total)}" for code, total in line.balances)])
        rows += [[item.key, item.currency, _two(item.amount), _two(item.overdue_amount)] for item in self.content.loans]
        text = json.dumps([self.staff.staff_no, self.day.isoformat(), rows], ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def _two(value: Decimal | None) -> str:
    return "" if value is None else f"{value:.2f}"


def statement_of(staff: Staff, *, user: Any) -> Statement:
    items = [item for item in listing.collect(staff) if item.kind != ItemKind.TODO]
    customers = {item.customer_id for item in items}
    visible = set(Customer.objects.visible_to(user).filter(pk__in=customers).values_list("pk", flat=True))
    shown = [item for item in items if item.customer_id in visible]
    held = {item.customer_id for item in items if item.kind == ItemKind.CUSTOMER}
    return Statement(staff, queries.day(), queries.content(shown, user=user), len(held - visible))
