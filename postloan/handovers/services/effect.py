"""A signed hand-over takes effect whole, by the first night whose business date has reached its day.

1. What stands against it now keeps all of it back; the reasons are stored and the next night looks again.
2. The giver's responsibilities end on the business date and the receiver's begin on it; the rows that were stay.
3. Where the receiver was B, that ends, for nobody is both.
4. The giver's open todos about them go along, and the giver's place in reports that are still to be written; plans and
   cases follow the customer.
A second run of the same night finds nothing to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction

from postloan.core import timeline
from postloan.customers.models import Responsibility, Role
from postloan.handovers import events, listing
from postloan.handovers.listing import Parties
from postloan.handovers.models import Handover, HandoverItem, HandoverState, ItemKind
from postloan.inspections.services.passing_on import pass_on
from postloan.loans.models import LoanManager
from postloan.todos.services.handing_over import hand_over

PAST = {"elsewhere", "witness_disabled"}


@dataclass(frozen=True)
class Effect:
    took_effect: int = 0
    kept_back: int = 0
    customers: int = 0
    todos: int = 0
    reports: int = 0

    def counts(self) -> dict[str, int]:
        return {
            "took_effect": self.took_effect,
            "kept_back": self.kept_back,
            "customers": self.customers,
            "todos_moved": self.todos,
            "reports_passed_on": self.reports,
        }


@transaction.atomic
def take_effect(*, business_date: date, run_id: int | None = None) -> Effect:
    """Every hand-over that is signed and due on this business date, each whole or not at all."""
    done = kept = customers = todos = reports = 0
    due = Handover.objects.due(business_date).select_for_update(of=("self",)).order_by("effective_on", "pk")
    for handover in list(due.select_related("giver", "receiver", "witness")):
        items = list(handover.items.select_related("customer", "loan__product", "loan__customer"))
        problems = _move(handover, items, business_date, run_id)
        if problems:
            kept += 1
            _keep_back(handover, problems, run_id)
            continue
        done += 1
        customers += sum(item.kind == ItemKind.CUSTOMER for item in items)
        todos += handover.moved_todos or 0
        reports += handover.moved_reports or 0
    return Effect(done, kept, customers, todos, reports)


def _move(handover: Handover, items: list[HandoverItem], day: date, run_id: int | None) -> list[dict[str, Any]]:
    """Moves all of it, or answers why not and leaves everything as it was."""
    parties = Parties(handover.giver, handover.receiver, handover.witness)
    verdict = listing.judged(parties, items, effective_on=day, but=handover.pk)
    # Another list with the same line waits its turn: this one was due first. A witness has watched already.
    problems = [problem for problem in verdict.problems if problem["code"] not in PAST]
    if problems:
        return problems
    try:
        with transaction.atomic():
            _move_all(handover, items, day, run_id)
    except IntegrityError:
        # Somebody is entered for the same days by another road; which row it is stands in the data quality page.
        return [{"code": "conflict"}]
    return []


def _move_all(handover: Handover, items: list[HandoverItem], day: date, run_id: int | None) -> None:
    customers = [item for item in items if item.kind == ItemKind.CUSTOMER]
    own_loans = [item for item in items if item.kind == ItemKind.OWN_LOAN]
    for item in customers:
        rows = Responsibility.objects.filter(customer=item.customer_id, line=item.line)
        _pass_on(rows, Responsibility(customer=item.customer, line=item.line), item.role, handover, day)
        _tell_customer(item, handover, run_id)
    for item in own_loans:
        _pass_on(LoanManager.objects.filter(loan=item.loan_id), LoanManager(loan=item.loan), item.role, handover, day)
        _tell_loan(item, handover, run_id)
    lines = {(item.customer_id, item.line) for item in customers}
    loans = {item.loan_id for item in own_loans if item.loan_id is not None}
    todos = listing.todos_moved(handover.giver, lines, loans, whole=handover.is_whole_book)
    inspections = listing.inspections_of(handover.giver, lines, loans, whole=handover.is_whole_book)
    handover.moved_todos = hand_over(
        [todo.pk for todo in todos],
        giver=handover.giver,
        receiver=handover.receiver,
        reason=handover.handover_no,
        business_date=day,
        run_id=run_id,
    )
    handover.moved_reports = pass_on(
        [task.pk for task in inspections],
        giver=handover.giver,
        receiver=handover.receiver,
        because=handover.handover_no,
        day=day,
        run_id=run_id,
    )
    handover.state, handover.took_effect_on, handover.run_id = HandoverState.IN_EFFECT, day, run_id
    handover.problems = []
    _save(handover, "took effect")
    timeline.record(
        events.TOOK_EFFECT,
        subject_kind="handover",
        subject_key=handover.handover_no,
        run_id=run_id,
        giver=handover.giver.name,
        receiver=handover.receiver.name,
        customers=len({item.customer_id for item in customers}),
        todos=handover.moved_todos,
    )


def _pass_on(rows: Any, fresh: Any, role: str, handover: Handover, day: date) -> None:
    """Ends the giver's row, and the receiver's as B where they become A; opens the receiver's."""
    ending = list(rows.filter(valid_to=None, staff=handover.giver, role=role).select_for_update())
    if role == Role.A:
        ending += list(rows.filter(valid_to=None, staff=handover.receiver, role=Role.B).select_for_update())
    for row in ending:
        row.valid_to = day
        row._change_reason = handover.handover_no
        row.save(update_fields=["valid_to"])
    fresh.role, fresh.staff, fresh.valid_from, fresh.reason = role, handover.receiver, day, handover.handover_no
    fresh._change_reason = handover.handover_no
    fresh.save()


def _tell_customer(item: HandoverItem, handover: Handover, run_id: int | None) -> None:
    _tell_of(events.CUSTOMER_MOVED, item, handover, run_id)


def _tell_loan(item: HandoverItem, handover: Handover, run_id: int | None) -> None:
    _tell_of(events.LOAN_MOVED, item, handover, run_id, loan_id=item.loan_id)


def _tell_of(code: str, item: HandoverItem, handover: Handover, run_id: int | None, **about: Any) -> None:
    timeline.record(
        code,
        customer_id=item.customer_id,
        subject_kind="handover",
        subject_key=handover.handover_no,
        run_id=run_id,
        giver=handover.giver.name,
        receiver=handover.receiver.name,
        role=item.role,
        line=item.line,
        **about,
    )


def _keep_back(handover: Handover, problems: list[dict[str, Any]], run_id: int | None) -> None:
    """Told once for the same reasons, however many nights they last."""
    if handover.problems == problems:
        return
    handover.problems = problems
    _save(handover, "kept back")
    timeline.record(
        events.BLOCKED, subject_kind="handover", subject_key=handover.handover_no, run_id=run_id, problems=problems
    )


def _save(handover: Handover, reason: str) -> None:
    handover._change_reason = reason  # type: ignore[attr-defined]
    handover.save()
