"""Stages and notices are exactly what an independent oracle says, whatever the gaps between nights.

Whole banks are replayed in test_bank_months.py.
"""

import random
from datetime import date, timedelta
from decimal import Decimal

import pytest

from postloan.collections.models import MaturityNotice, OverdueCase, OverdueStage
from postloan.collections.services import follow_overdue, raise_maturity_notices
from postloan.todos.models import Todo
from tests.factories import LoanFactory
from tests.test_collections import oracle
from tests.test_collections.book import DAY, be_overdue, make_book

pytestmark = pytest.mark.django_db


def cases():
    return {
        (number, opened, closed)
        for number, opened, closed in OverdueCase.objects.values_list("loan__loan_no", "opened_on", "closed_on")
    }


def stages():
    return set(OverdueStage.objects.values_list("case__loan__loan_no", "raised_on", "reason", "level"))


# ── synthetic: nights late and several at once ────────────────────────────────────────────────────────────


def nights(seed: int) -> list[date]:
    """Sixty calendar weeks of nights with gaps of one to forty days."""
    chance, day, found = random.Random(seed), DAY, [DAY]
    while (day - DAY).days < 420:
        day += timedelta(days=chance.choice([1, 1, 1, 2, 3, 7, 10, 31, 40]))
        found.append(day)
    return found


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("line", ["corporate", "personal"])
def test_stages_whatever_the_gaps_between_nights(seed, line):
    book = make_book()
    book.customer.main_line = line
    book.customer.save()
    loan = LoanFactory(
        customer=book.customer, product=None, product_code="X", product_name="", matures_on=date(2036, 1, 1)
    )
    chance, told = random.Random(seed), oracle.Oracle(retail=line == "personal")
    since: date | None = None
    for run, day in enumerate(nights(seed)):
        move = chance.random()
        if since is None:
            since = day - timedelta(days=chance.randint(1, 40)) if move < 0.5 else None
        elif move < 0.1:
            since = None
        elif move < 0.25:
            since = min(since + timedelta(days=chance.randint(1, 60)), day - timedelta(days=1))
        be_overdue(loan, (day - since).days if since else 0, day)
        follow_overdue(day, run)
        told.follow(loan.loan_no, day, since)
        assert set(follow_overdue(day, run + 1000).values()) == {0}
    assert cases() == {(loan.loan_no, e.opened_on, e.closed_on) for e in told.episodes[loan.loan_no]}
    assert stages() == told.stages


def loan_of(book, chance):
    matures_on = DAY + timedelta(days=chance.randint(-5, 300))
    begins_on = matures_on - timedelta(days=chance.choice([5, 29, 30, 60, 89, 90, 400]))
    return LoanFactory(customer=book.customer, repayment_method="bullet", matures_on=matures_on, disbursed_on=begins_on)


def happen(loan, chance):
    """Now and then an extension, less often a settlement."""
    if chance.random() < 0.03:
        loan.matures_on += timedelta(days=chance.randint(1, 120))
        loan.save()
    elif chance.random() < 0.02:
        loan.status, loan.principal_balance = "settled", Decimal(0)
        loan.save()


@pytest.mark.parametrize("seed", range(6))
def test_notices_whatever_the_gaps_between_nights(seed):
    """Extensions and settlements in between; each notice is raised on the first night that reaches its step."""
    book, chance = make_book(), random.Random(seed)
    loans = [loan_of(book, chance) for _number in range(12)]
    standing: dict[tuple, date] = {}
    asked: set[tuple] = set()
    for run, day in enumerate(nights(seed + 100)):
        for loan in loans:
            happen(loan, chance)
        raise_maturity_notices(day, run)
        for loan in loans:
            live = loan.status == "active"
            for key in [key for key in standing if key[0] == loan.loan_no]:
                if not live or key[1] != loan.matures_on:
                    del standing[key]
            days, term = (loan.matures_on - day).days, (loan.matures_on - loan.disbursed_on).days
            due = [
                step for step in (90, 30, 7, 1)
                if live and 0 <= days <= step <= term and (loan.loan_no, loan.matures_on, step) not in standing
            ]  # fmt: skip
            for step in due:
                standing[(loan.loan_no, loan.matures_on, step)] = day
            if due:
                asked.add((loan.loan_no, f"{loan.matures_on}:{min(due)}"))
        assert set(raise_maturity_notices(day, run + 1000).values()) == {0}
    found = MaturityNotice.objects.standing().values_list("loan__loan_no", "matures_on", "step_days", "raised_on")
    assert {row[:3]: row[3] for row in found} == standing
    todos = set(Todo.objects.filter(kind="maturity_notice").values_list("loan__loan_no", "occurrence"))
    assert todos == asked
