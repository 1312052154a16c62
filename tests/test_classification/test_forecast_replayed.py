"""What was forecast after each night of a generated bank, held against what its later nights brought."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

import pytest
from django.db import transaction

from postloan.classification import forecast
from postloan.classification.models import Countdown
from postloan.demobank.generator import Settings, make_demo_bank
from postloan.loans.models import CLASS_ORDER, Instalment, Loan, LoanState, Repayment
from postloan.nightly.replay import replay

# Databases are made only where a test of the run is marked.
pytestmark = pytest.mark.django_db
# Month-ends, then some working days one by one: all of them are one transaction, whose locks PostgreSQL must hold.
SIZE = Settings(customers=60, months=5, seed=11, until=date(2026, 10, 14))


@dataclass(frozen=True)
class Said:
    """The forecast of one loan after one night."""

    overdue_from: date | None
    method: str
    next_floor: str
    next_floor_on: date | None
    is_known: bool


def terms() -> dict[int, tuple]:
    """What core banking has agreed with each borrower and booked as paid: where it changes, no forecast holds."""
    found: dict[int, list] = {}
    rows = Instalment.objects.filter(superseded_on=None).order_by("loan_id", "number")
    columns = ("loan_id", "due_on", "principal_due", "interest_due", "principal_paid", "interest_paid")
    for loan_id, *row in rows.values_list(*columns):
        found.setdefault(loan_id, []).append(tuple(row))
    loans = Loan.objects.values_list("pk", "status", "matures_on")
    return {pk: (status, matures_on, tuple(found.get(pk, ()))) for pk, status, matures_on in loans}


@dataclass
class Replayed:
    days: list[date]
    said: dict[date, dict[int, Said]]
    terms: dict[date, dict[int, tuple]]
    paid: dict[int, list[date]]
    states: dict[date, dict[int, tuple]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def replayed(tmp_path_factory, django_db_setup, django_db_blocker):
    """A small bank, night by night, with what was forecast after each; taken back when the module ends."""
    folder = tmp_path_factory.mktemp("countdown")
    bank = make_demo_bank(folder / "bank", folder / "truth.json", SIZE)
    kept = Replayed(list(bank.dates), {}, {}, {})
    with django_db_blocker.unblock(), transaction.atomic():
        for day in bank.dates:
            extract = folder / day.isoformat() / day.isoformat()
            extract.parent.mkdir()
            (folder / "bank" / day.isoformat()).rename(extract)
            replay(extract.parent, lambda _line: None)
            kept.said[day] = {row.loan_id: _said(row) for row in Countdown.objects.all()}
            kept.terms[day] = terms()
        for loan_id, paid_on in Repayment.objects.values_list("loan_id", "paid_on"):
            kept.paid.setdefault(loan_id, []).append(paid_on)
        kept.states = {day: states_after(day) for day in bank.dates}
        transaction.set_rollback(True)
    return kept


def _said(row: Countdown) -> Said:
    return Said(row.overdue_from, row.class_method, row.next_floor, row.next_floor_on, row.is_interest_known)


def states_after(day: date) -> dict[int, tuple]:
    rows = LoanState.objects.as_of(day).values_list("loan_id", "class_floor", "overdue_since")
    return {loan_id: (floor, since) for loan_id, floor, since in rows}


def nobody_paid(kept: Replayed, loan_id: int, after: date, until: date) -> bool:
    same_terms = kept.terms[after].get(loan_id) == kept.terms[until].get(loan_id)
    return same_terms and not any(after < paid <= until for paid in kept.paid.get(loan_id, ()))


def test_every_forecast_of_every_night_is_what_later_nights_bring(replayed):
    compared, not_known, moved = 0, 0, Counter()
    days = replayed.days
    states = replayed.states
    for place, day in enumerate(days):
        for loan_id, one in replayed.said[day].items():
            if not one.is_known:
                not_known += 1
                continue
            for before, later in zip(days[place:], days[place + 1 :], strict=False):
                if not nobody_paid(replayed, loan_id, day, later):
                    break
                floor, since = states[later][loan_id]
                where = (loan_id, day, later)
                assert floor == forecast.floor_on(later, overdue_from=one.overdue_from, method=one.method), where
                assert since == (one.overdue_from if one.overdue_from and one.overdue_from < later else None), where
                if one.next_floor_on and before < one.next_floor_on <= later:
                    # The first night on or after the date is the first with the floor.
                    assert states[before][loan_id][0] == states[day][loan_id][0], where
                    assert CLASS_ORDER.index(floor) >= CLASS_ORDER.index(one.next_floor), where
                    moved[one.next_floor] += 1
                compared += 1
    assert compared > 1000 > not_known > 0, (compared, not_known)
    assert set(moved) == {"special_mention", "substandard", "doubtful", "loss"}, moved
