"""Written demands to the borrower and each guarantor, and the receipts that prove their arrival."""

from __future__ import annotations

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
from postloan.todos.services import close_by_doing

PAY_WITHIN = timedelta(days=7)


@transaction.atomic
def make_demands(case: OverdueCase, *, acting_user: Any) -> list[DemandNotice]:
    """One letter to the borrower and one to each guarantor with the amounts of today; once a business date.

    Source: 民法典 art. 195, 694; a demand interrupts the limit of time for the borrower, and for each guarantor alone.
    """
    case = OverdueCase.objects.select_for_update().select_related("loan", "customer").get(pk=case.pk)
    if case.closed_on is not None:
        raise Refused("closed")
    day = business_dates.current()
    there = list(DemandNotice.objects.filter(case=case, issued_on=day))
    if there:
        return there
    state = LoanState.objects.now().get(loan_id=case.loan_id)
    letters = [_letter(case, state, day, acting_user, case.customer.name, None, 0)]
    for number, guarantee in enumerate(guarantees_of(case.loan).order_by("guarantee_no"), start=1):
        name = guarantee.guarantor_name or (guarantee.guarantor.name if guarantee.guarantor else "")
        if name:
            letters.append(_letter(case, state, day, acting_user, name, guarantee, number))
    for letter in letters:
        letter.save()
        _tell(wording.DEMAND_MADE, letter, acting_user, number=letter.number, addressee=letter.addressee)
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
    letter: DemandNotice, *, received_on: date, name: str, capacity: str, acting_user: Any
) -> DemandNotice:
    """回执: who signed, as what, on which day. Raises Refused where it is there already or the day is impossible."""
    letter = DemandNotice.objects.select_for_update().select_related("case", "case__loan").get(pk=letter.pk)
    if letter.received_on is not None:
        raise Refused("received")
    if not letter.issued_on <= received_on <= max(business_dates.calendar_today(), business_dates.current()):
        raise Refused("date")
    letter.received_on, letter.received_by_name, letter.received_as = received_on, name, capacity
    letter.receipt_recorded_by, letter.receipt_recorded_at = acting_user, timezone.now()
    letter.save()
    _tell(wording.DEMAND_RECEIVED, letter, acting_user, number=letter.number, received_on=received_on.isoformat())
    if not DemandNotice.objects.filter(case=letter.case, issued_on=letter.issued_on, received_on=None).exists():
        close_by_doing(TodoKind.OVERDUE_NOTICE, SUBJECT, letter.case_id, acting_user=acting_user, anyone=True)
    return letter


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
