"""Overdue work: one contact a loan and day answers all that is due; written demands and their receipts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

from postloan.collections import services
from postloan.collections.models import (
    ActionResult,
    DemandNotice,
    ExpectedDeduction,
    OverdueCase,
    Promise,
    Way,
    Whom,
)
from postloan.collections.models.actions import NOT_REACHED
from postloan.collections.services import Done
from postloan.core import calendar
from postloan.inspections.prefill import PERSONS
from postloan.loans.models import Deduction, Loan, LoanState
from postloan.nightly.demonstration import phrases
from postloan.nightly.demonstration.pace import Day
from postloan.nightly.demonstration.people import People
from postloan.todos.kinds import TodoKind
from postloan.todos.models import Todo

KINDS = (
    TodoKind.OVERDUE_CONTACT,
    TodoKind.OVERDUE_CAUSE,
    TodoKind.OVERDUE_VISIT,
    TodoKind.OVERDUE_LAWYER_LETTER,
    TodoKind.OVERDUE_SUIT,
    TodoKind.DEDUCTION_SHORTFALL,
    TodoKind.DEDUCTION_FAILED,
    TodoKind.PROMISE_DUE,
    TodoKind.NEXT_STEP,
)
RECEIVED_AT_ONCE, NEVER_RECEIVED = 0.6, 0.12
# Days overdue up to which a debtor's word is taken down as a promise.
PROMISES_UNTIL = 45
CENT = Decimal("0.01")


# What is recorded apart from a call or a visit, and with which result.
BY_PAPER: dict[str, tuple[Way, ActionResult, str]] = {
    TodoKind.OVERDUE_LAWYER_LETTER: (Way.LAWYER_LETTER, ActionResult.DELIVERED, phrases.LAWYER_LETTER),
    TodoKind.OVERDUE_SUIT: (Way.SUIT, ActionResult.NO_SUIT, phrases.NO_SUIT),
}


def contact(loan: Loan, todos: Sequence[Todo], day: Day, people: People) -> bool:
    """One contact about a loan, by whoever the first of these todos waits for."""
    person = people.for_todo(todos[0])
    if person is None:
        return False
    kinds = {todo.kind: todo for todo in todos}
    papers = [BY_PAPER[kind] for kind in kinds if kind in BY_PAPER]
    for paper in papers:
        services.record_action(loan, _paper(loan, *paper, day), acting_user=person)
    if len(papers) == len(kinds):
        return True
    done = _done(loan, kinds, day)
    failed = kinds.get(TodoKind.DEDUCTION_FAILED)
    short, promise = kinds.get(TodoKind.DEDUCTION_SHORTFALL), kinds.get(TodoKind.PROMISE_DUE)
    services.record_action(
        loan,
        done,
        acting_user=person,
        deduction=ExpectedDeduction.objects.get(pk=short.subject_id) if short else None,
        failed=Deduction.objects.filter(pk=failed.arguments["deduction_id"]).first() if failed else None,
        promise=Promise.objects.get(pk=promise.subject_id) if promise else None,
    )
    return True


def _done(loan: Loan, kinds: dict[str, Todo], day: Day) -> Done:
    customer = loan.customer
    temper = phrases.TEMPERS[_temper(loan, day)]
    dice = day.dice("contact", loan.loan_no, day.on)
    is_visit = TodoKind.OVERDUE_VISIT in kinds
    result = dice.choice(temper["results"])
    if set(kinds) <= {TodoKind.DEDUCTION_SHORTFALL, TodoKind.DEDUCTION_FAILED}:
        result = dice.choice([ActionResult.REACHED, ActionResult.PAID, result])
    promised = _promise(loan, dice, day) if result == ActionResult.PROMISED else None
    if result == ActionResult.PROMISED and promised is None:
        result = ActionResult.REACHED
    is_reached = result not in NOT_REACHED
    says_why = TodoKind.OVERDUE_CAUSE in kinds or result == ActionResult.REFUSED or (is_reached and dice.random() < 0.6)
    step = dice.choice(phrases.NEXT_STEPS) if dice.random() < 0.25 else ""
    return Done(
        way=Way.VISIT if is_visit else Way.CALL,
        whom=Whom.BORROWER if customer.kind in PERSONS else Whom.REPRESENTATIVE,
        result=result,
        happened_at=day.moment(dice),
        number="" if is_visit else customer.phone,
        person_name=customer.name if customer.kind in PERSONS else "",
        cause=dice.choice(temper["causes"]) if says_why else "",
        willingness=temper["willingness"] if is_reached else "",
        ability=dice.choice(temper["abilities"]) if is_reached else "",
        remark=dice.choice(temper["remarks"]) if is_reached else phrases.NOT_REACHED,
        next_step=step,
        next_step_on=calendar.add_working_days(day.on, dice.randint(3, 8)) if step else None,
        promised_amount=promised,
        promised_on=day.on + timedelta(days=dice.randint(3, 12)) if promised else None,
    )


def _paper(loan: Loan, way: str, result: str, remark: str, day: Day) -> Done:
    whom = Whom.BORROWER if loan.customer.kind in PERSONS else Whom.REPRESENTATIVE
    moment = day.moment(day.dice("paper", loan.loan_no, way, day.on))
    return Done(way=way, whom=whom, result=result, happened_at=moment, remark=remark)


def _temper(loan: Loan, day: Day) -> str:
    dice = day.dice("temper", loan.customer.customer_no)
    return dice.choices([phrases.WILLING, phrases.WAVERING, phrases.BAD], [55, 30, 15])[0]


def _promise(loan: Loan, dice: Random, day: Day) -> Decimal | None:
    """What is overdue, or half of it; None where nothing is, or for so long that nobody believes in a promise."""
    state = LoanState.objects.now().filter(loan=loan).first()
    if state is None or state.overdue_since is None or (day.on - state.overdue_since).days > PROMISES_UNTIL:
        return None
    if Promise.objects.filter(loan=loan, state="open").exists():
        return None
    owed = (state.overdue_principal or Decimal(0)) + (state.overdue_interest or Decimal(0))
    amount = (owed * dice.choice([Decimal(1), Decimal(1), Decimal("0.5")])).quantize(CENT)
    return amount if amount > 0 else None


# ── written demands ───────────────────────────────────────────────────────────────────────────────────────


def demand(todo: Todo, day: Day, people: People) -> bool:
    """The letters of a case; most are handed over and signed for at once."""
    person = people.for_todo(todo)
    case = OverdueCase.objects.filter(pk=todo.subject_id, closed_on=None).first()
    if person is None or case is None or case.demand_notices.filter(issued_on__gte=todo.opened_on).exists():
        return False
    for letter in services.make_demands(case, acting_user=person):
        if _lot(letter, day) < RECEIVED_AT_ONCE and letter.received_on is None:
            _receive(letter, day, person)
    return True


def bring_receipts(day: Day, people: People) -> int:
    """Letters of earlier dates whose receipt has come back by post; some never do."""
    brought = 0
    letters = DemandNotice.objects.filter(received_on=None, issued_on__lt=day.on, case__closed_on=None)
    for letter in letters.select_related("case__customer", "case__loan").order_by("number"):
        if RECEIVED_AT_ONCE <= _lot(letter, day) < 1 - NEVER_RECEIVED:
            _receive(letter, day, people.get(letter.made_by_id))
            brought += 1
    return brought


def _lot(letter: DemandNotice, day: Day) -> float:
    return day.dice("receipt", letter.case.loan.loan_no, letter.issued_on, letter.addressee).random()


def _receive(letter: DemandNotice, day: Day, person: Any) -> None:
    is_person = letter.guarantee_id is None and letter.case.customer.kind in PERSONS
    services.record_receipt(
        letter,
        received_on=day.on,
        name=letter.addressee[:120],
        capacity="self" if is_person else "authorised",
        acting_user=person,
    )
