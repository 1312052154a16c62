"""Repayment schedules. Interest of a whole month is a twelfth of the year's, odd days count on 360."""

from datetime import date
from decimal import Decimal

from .dates import add_months
from .model import Instalment
from .money import ZERO, cents


def monthly_interest(balance: Decimal, rate: Decimal, months: int = 1) -> Decimal:
    return cents(balance * rate * months / 1200)


def daily_interest(balance: Decimal, rate: Decimal, days: int) -> Decimal:
    return cents(balance * rate * days / 36000)


def build_rows(method: str, amount: Decimal, rate: Decimal, start: date, months: int, step: int = 1,
               first_number: int = 1) -> list[Instalment]:  # fmt: skip
    """The rows of a loan paid out on `start` over `months`, one every `step` months."""
    if method == "bullet":
        due = add_months(start, months)
        return [Instalment(first_number, due, amount, daily_interest(amount, rate, (due - start).days), start)]
    if method in ("interest_monthly", "interest_quarterly"):
        return _interest_rows(amount, rate, start, months, 3 if method == "interest_quarterly" else 1, first_number)
    if method == "equal_instalments":
        return _annuity_rows(amount, rate, start, months, first_number)
    return _equal_principal_rows(amount, rate, start, months, step, first_number)


def _interest_rows(
    amount: Decimal, rate: Decimal, start: date, months: int, step: int, number: int
) -> list[Instalment]:
    rows, last = [], start
    marks = [*range(step, months, step), months]
    for offset, mark in enumerate(marks):
        due = add_months(start, mark)
        interest = daily_interest(amount, rate, (due - last).days)
        rows.append(Instalment(number + offset, due, amount if mark == months else ZERO, interest, last))
        last = due
    return rows


def _annuity_rows(amount: Decimal, rate: Decimal, start: date, months: int, number: int) -> list[Instalment]:
    monthly = rate / 1200
    payment = cents(amount * monthly / (1 - (1 + monthly) ** -months)) if monthly else cents(amount / months)
    rows, left, last = [], amount, start
    for offset in range(months):
        due = add_months(start, offset + 1)
        interest = monthly_interest(left, rate)
        principal = left if offset == months - 1 else min(left, payment - interest)
        rows.append(Instalment(number + offset, due, principal, interest, last))
        left, last = left - principal, due
    return rows


def _equal_principal_rows(amount: Decimal, rate: Decimal, start: date, months: int, step: int,
                          number: int) -> list[Instalment]:  # fmt: skip
    rows, left, last = [], amount, start
    count = max(1, months // step)
    part = cents(amount / count)
    for offset in range(count):
        due = add_months(start, (offset + 1) * step)
        principal = left if offset == count - 1 else part
        rows.append(Instalment(number + offset, due, principal, monthly_interest(left, rate, step), last))
        left, last = left - principal, due
    return rows
