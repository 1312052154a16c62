"""A loan or an off-balance item that matures, as todos and messages speak of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from postloan.collections.models import MaturityNotice
from postloan.loans.models import Loan, OffBalanceItem
from postloan.todos.services import Due

RELATED = ("customer", "loan", "item")


@dataclass(frozen=True)
class Subject:
    """What a todo is about: its kind and its key."""

    kind: str
    pk: int

    @classmethod
    def of(cls, row: Any) -> Subject:
        return cls("loan", row.loan_id) if row.loan_id else cls("off_balance_item", row.item_id)


def as_date(value: Any) -> date:
    return date.fromisoformat(value[:10]) if isinstance(value, str) else value


def amount_of(subject: Loan | OffBalanceItem) -> Any:
    return subject.principal_balance if isinstance(subject, Loan) else subject.amount


def due_of(notice: MaturityNotice, reason: str, due_on: date, occurrence: str = "") -> Due:
    subject = Subject.of(notice)
    return Due(
        customer_id=notice.customer_id,
        loan_id=notice.loan_id,
        subject_kind=subject.kind,
        subject_id=subject.pk,
        occurrence=occurrence or f"{notice.matures_on}:{notice.step_days}",
        reason_code=reason,
        arguments={
            "matures_on": notice.matures_on,
            "step": notice.step_days,
            "amount": amount_of(notice.subject),
            "notice": notice.pk,
        },
        due_on=due_on,
        amount=amount_of(notice.subject),
    )
