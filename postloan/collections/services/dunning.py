"""The message to a borrower whose loan is overdue: the exact amount, and to nobody else. The outbox keeps the hours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from postloan.collections import wording
from postloan.collections.models import OverdueStage
from postloan.collections.services.deductions import money
from postloan.core import formatting, outbox
from postloan.core.identifiers import mask_name
from postloan.loans.models import Loan

WORK = "message"
BATCH = 500


def key_of(stage: OverdueStage) -> str:
    return f"overdue|{stage.case_id}|{stage.raised_on}|{stage.overdue_since}"


def tell_borrowers(stages: Iterable[OverdueStage], day: date, run_id: int) -> int:
    """Writes the messages of the stages raised this night that ask for one; returns how many."""
    asking = [stage for stage in stages if any(work["work"] == WORK for work in stage.expected)]
    return outbox.put_many(_drafts(asking, day), run_id=run_id)


def _drafts(stages: Sequence[OverdueStage], day: date) -> Iterator[outbox.Draft]:
    for start in range(0, len(stages), BATCH):
        some = stages[start : start + BATCH]
        loans = Loan.objects.select_related("customer").in_bulk([stage.case.loan_id for stage in some])
        for stage in some:
            yield _draft(stage, loans[stage.case.loan_id], stage.owed, day)  # type: ignore[attr-defined]


def _draft(stage: OverdueStage, loan: Loan, owed: Any, day: date) -> outbox.Draft:
    principal, interest = money(owed["overdue_principal"]) or Decimal(0), money(owed["overdue_interest"])
    amounts = {"principal": formatting.amount(principal)}
    if interest is not None:
        amounts |= {"interest": formatting.amount(interest), "amount": formatting.amount(principal + interest)}
    return outbox.Draft(
        key=key_of(stage),
        template=wording.OVERDUE_BORROWER_PRINCIPAL if interest is None else wording.OVERDUE_BORROWER,
        to="borrower",
        recipient_id=loan.customer_id,
        loan_id=loan.pk,
        arguments={
            "name": mask_name(loan.customer.name),
            "loan": loan.loan_no,
            "since": stage.overdue_since.isoformat(),
            "on": day.isoformat(),
            "currency": owed["currency"],
            **amounts,
        },
    )


def take_back(stages: Iterable[OverdueStage]) -> int:
    """What has not been sent yet about stages that no longer hold."""
    return outbox.withdraw(key_of(stage) for stage in stages if any(work["work"] == WORK for work in stage.expected))
