"""Written demands to the borrower and each guarantor, and the receipts that prove their arrival."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from postloan.collections import wording
from postloan.collections.models import DemandNotice, OverdueCase
from postloan.collections.services.actions import guarantees_of
from postloan.collections.services.overdue import SUBJECT
from postloan.collections.services.receipts import Refused
from postloan.core import business_date as business_dates
from postloan.core import timeline
from postloan.loans.models import LoanState
from postloan.todos.kinds import TodoKind
from postloan.todos.models import Todo
from postloan.todos.services import close_by_doing

PAY_WITHIN = timedelta(days=7)


# What a letter that was served answers: the monthly demand of everybody, the claim of the guarantors alone.
SERVED_ON = {TodoKind.OVERDUE_NOTICE: True, TodoKind.OVERDUE_GUARANTOR_CLAIM: False}


@dataclass(frozen=True)
class Addressee:
    """The borrower, or a guarantor by a guarantee of the contract; without a name no letter can be written."""

    name: str
    guarantee: Any = None

    @property
    def key(self) -> int | None:
        return self.guarantee.pk if self.guarantee else None


def addressees_of(case: OverdueCase) -> list[Addressee]:
    """Who gets a demand: the borrower and each guarantor (民法典 art. 195, 694)."""
    guarantees = guarantees_of(case.loan).select_related("guarantor").order_by("guarantee_no")
    guarantors = [
        Addressee(guarantee.guarantor_name or (guarantee.guarantor.name if guarantee.guarantor else ""), guarantee)
        for guarantee in guarantees
    ]
    return [Addressee(case.customer.name), *guarantors]


def waiting_of(case: OverdueCase, *, since: date, with_borrower: bool = True) -> list[Addressee]:
    """On whom no demand made since that day has been served yet."""
    served = set(
        case.demand_notices.filter(issued_on__gte=since, received_on__isnull=False).values_list("guarantee", flat=True)
    )
    return [one for one in addressees_of(case) if one.key not in served and (with_borrower or one.guarantee)]


@transaction.atomic
def make_demands(case: OverdueCase, *, acting_user: Any) -> list[DemandNotice]:
    """One letter to the borrower and one to each guarantor with the amounts of today; each once a business date.

    Whose name is not known gets none until core banking delivers it. Raises Refused where the case is closed.
    """
    case = OverdueCase.objects.select_for_update().select_related("loan", "customer").get(pk=case.pk)
    if case.closed_on is not None:
        raise Refused("closed")
    day = business_dates.current()
    letters = list(DemandNotice.objects.filter(case=case, issued_on=day).order_by("pk"))
    there = {letter.guarantee_id for letter in letters}
    state = LoanState.objects.now().get(loan_id=case.loan_id)
    for one in addressees_of(case):
        if one.name and one.key not in there:
            letter = _letter(case, state, day, acting_user, one.name, one.guarantee, len(letters))
            letter.save()
            _tell(wording.DEMAND_MADE, letter, acting_user, number=letter.number, addressee=letter.addressee)
            letters.append(letter)
    close_by_doing(TodoKind.OVERDUE_LETTER, SUBJECT, case.pk, acting_user=acting_user, anyone=True)
    return letters


def _letter(
    case: OverdueCase, state: LoanState, day: date, acting_user: Any, name: str, guarantee: Any, number: int
) -> DemandNotice:
    loan = case.loan
    extras = [amount for amount in (loan.penalty_interest, loan.compound_interest) if amount is not None]
    return DemandNotice(
        case=case,
        number=f"CS{day:%Y%m%d}-{case.pk}-{number}",
        guarantee=guarantee,
        addressee=name,
        issued_on=day,
        pay_until=day + PAY_WITHIN,
        currency=state.currency,
        principal=state.overdue_principal,
        interest=state.overdue_interest,
        penalty=sum(extras[1:], extras[0]) if extras else None,
        made_by=acting_user,
        made_at=timezone.now(),
    )


@transaction.atomic
def record_receipt(
    letter: DemandNotice,
    *,
    received_on: date,
    name: str = "",
    capacity: str = "",
    served_otherwise: str = "",
    proof: str = "",
    acting_user: Any,
) -> DemandNotice:
    """回执: who signed, as what, on which day; or how it was served where nobody signs, with the proof of it.

    The todo closes when a demand has been served on everybody. Raises Refused where it is there already, the day is
    impossible, or neither a signature nor a proof is named.
    """
    letter = DemandNotice.objects.select_for_update().select_related("case__loan", "case__customer").get(pk=letter.pk)
    if letter.received_on is not None:
        raise Refused("received")
    if not letter.issued_on <= received_on <= max(business_dates.calendar_today(), business_dates.current()):
        raise Refused("date")
    if not (proof if served_otherwise else name):
        raise Refused("proof")
    letter.received_on, letter.served_otherwise, letter.proof = received_on, served_otherwise, proof
    if not served_otherwise:
        letter.received_by_name, letter.received_as, letter.proof = name, capacity, ""
    letter.receipt_recorded_by, letter.receipt_recorded_at = acting_user, timezone.now()
    letter.save()
    code = wording.DEMAND_SERVED[served_otherwise]
    _tell(code, letter, acting_user, number=letter.number, received_on=received_on.isoformat())
    _close_served(letter.case, acting_user)
    return letter


def _close_served(case: OverdueCase, acting_user: Any) -> None:
    """What asks for demands ends when one made since it was asked has been served on each addressee."""
    waiting = Todo.objects.open().filter(kind__in=SERVED_ON, subject_kind=SUBJECT, subject_id=case.pk)
    for todo in waiting:
        since = date.fromisoformat(todo.occurrence[:10])
        if not waiting_of(case, since=since, with_borrower=SERVED_ON[TodoKind(todo.kind)]):
            close_by_doing(
                todo.kind, SUBJECT, case.pk, occurrence=todo.occurrence, acting_user=acting_user, anyone=True
            )


def _tell(code: str, letter: DemandNotice, acting_user: Any, **arguments: Any) -> None:
    timeline.record(
        code,
        acting_user=acting_user,
        customer_id=letter.case.customer_id,
        loan_id=letter.case.loan_id,
        subject_kind="demand_notice",
        subject_key=letter.number,
        **arguments,
    )
