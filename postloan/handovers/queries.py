"""What the pages about hand-overs read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from postloan.core import business_date, timeline
from postloan.core.models import Event
from postloan.customers.models import Customer
from postloan.handovers import events, rules
from postloan.handovers.models import Handover, HandoverItem, ItemKind
from postloan.organization.models import Line, Staff

Totals = list[tuple[str, Decimal]]


def to_sign(user: Any) -> list[Handover]:
    """What waits for this person's own signature, the next to take effect first."""
    found = Handover.objects.to_be_signed_by(user).select_related("giver", "receiver")
    return list(found.order_by("effective_on", "pk"))


@dataclass
class CustomerLine:
    """A customer with line and role, and the loans that go along; sums by currency."""

    item: HandoverItem
    loans: list[HandoverItem] = field(default_factory=list)
    is_visible: bool = False

    @property
    def line_name(self) -> str:
        return str(dict(Line.choices).get(self.item.line, self.item.line))

    @property
    def balances(self) -> Totals:
        return totals(self.loans, "amount")

    @property
    def overdue(self) -> Totals:
        return [(currency, total) for currency, total in totals(self.loans, "overdue_amount") if total]

    @property
    def overdue_since(self) -> date | None:
        return min((loan.overdue_since for loan in self.loans if loan.overdue_since), default=None)


def totals(items: Iterable[HandoverItem], name: str) -> Totals:
    """Sums by currency; nothing is converted, and what is not known is left out."""
    sums: dict[str, Decimal] = {}
    for item in items:
        value = getattr(item, name)
        if value is not None:
            sums[item.currency] = sums.get(item.currency, Decimal(0)) + value
    return sorted(sums.items())


@dataclass
class Content:
    """A list, saved or not, as a page shows it."""

    customers: list[CustomerLine]
    own_loans: list[HandoverItem]
    loans: list[HandoverItem]
    todos: list[HandoverItem]
    plans: list[HandoverItem]
    cases: list[HandoverItem]
    inspections: list[HandoverItem]

    @property
    def customer_count(self) -> int:
        return len({line.item.customer_id for line in self.customers})

    @property
    def balances(self) -> Totals:
        return totals(self.loans, "amount")

    @property
    def overdue(self) -> Totals:
        return totals(self.loans, "overdue_amount")

    @property
    def overdue_count(self) -> int:
        return sum(loan.overdue_since is not None for loan in self.loans)


def content(items: Iterable[HandoverItem], *, user: Any) -> Content:
    """Grouped by kind, loans below their customers; names become links only for who may open them."""
    by_kind: dict[str, list[HandoverItem]] = {kind: [] for kind in ItemKind.values}
    for item in items:
        by_kind[item.kind].append(item)
    customers = [CustomerLine(item) for item in by_kind[ItemKind.CUSTOMER]]
    places = {(line.item.customer_id, line.item.line): line for line in customers}
    for loan in by_kind[ItemKind.LOAN]:
        line = places.get((loan.customer_id, loan.line))
        if line is not None:
            line.loans.append(loan)
    ids = [line.item.customer_id for line in customers]
    visible = set(Customer.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True))
    for line in customers:
        line.is_visible = line.item.customer_id in visible
    return Content(
        customers,
        by_kind[ItemKind.OWN_LOAN],
        by_kind[ItemKind.LOAN],
        by_kind[ItemKind.TODO],
        by_kind[ItemKind.PLAN],
        by_kind[ItemKind.CASE],
        by_kind[ItemKind.INSPECTION],
    )


def items_of(handover: Handover) -> list[HandoverItem]:
    rows = handover.items.select_related("customer__branch", "loan", "inspection")
    return list(rows.order_by("customer__customer_no", "line", "pk"))


def sentences(problems: Iterable[dict[str, Any]]) -> list[str]:
    names = dict(Line.choices)
    return [rules.sentence(problem, words=names) for problem in problems]


def events_of(handover: Handover) -> list[Event]:
    found = Event.objects.filter(code__in=events.ALL, subject_kind="handover", subject_key=handover.handover_no)
    shown: list[Any] = list(found.select_related("actor"))
    for event in shown:
        event.text = timeline.describe(event)
    return shown


def day() -> date:
    return business_date.latest() or business_date.calendar_today()


@dataclass(frozen=True)
class Signature:
    label: str
    person: Staff
    signed_by: Any
    signed_at: Any


def signatures(handover: Handover, labels: tuple[str, str, str]) -> list[Signature]:
    """Giver, receiver, witness in this order; who signed for an absent giver is named."""
    giver, receiver, witness = labels
    return [
        Signature(giver, handover.giver, handover.giver_signed_by, handover.giver_signed_at),
        Signature(
            receiver, handover.receiver, handover.receiver if handover.receiver_signed_at else None,
            handover.receiver_signed_at,
        ),
        Signature(
            witness, handover.witness, handover.witness if handover.witness_signed_at else None,
            handover.witness_signed_at,
        ),
    ]  # fmt: skip
