"""The bank's own bookkeeping of one loan: what falls due, what is paid, how it is allocated, what is overdue.

1. Things happen in date order; on one day: what is planned (extension, write-off, cure) before what falls due.
2. A payment goes to the oldest instalment first: interest, principal, then penalty interest.
3. The state of a date is the state at the end of that day; what fell due on it is not yet overdue.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from .dates import add_months
from .model import Deduction, Instalment, Loan, Phase, Repayment
from .money import ZERO, cents, total
from .schedule import build_rows, daily_interest

PENALTY_FACTOR = Decimal("1.5")
SHORT_OF_FUNDS = "账户余额不足"
PLANNED, DUE, LATER = 0, 5, 6
LIVE = ("active", "advance")


@dataclass(frozen=True, slots=True)
class Arrears:
    principal_since: date | None
    interest_since: date | None
    principal: Decimal
    interest: Decimal

    def days(self, on: date) -> tuple[int, int]:
        return (
            (on - self.principal_since).days if self.principal_since else 0,
            (on - self.interest_since).days if self.interest_since else 0,
        )


class LoanLedger:
    """Moves one loan forward day by day; new repayments and deductions are collected by `take_*`."""

    def __init__(self, loan: Loan, receipt_number: Callable[[], str]) -> None:
        self.loan = loan
        self.receipt_number = receipt_number
        self.repayments: list[Repayment] = []
        self.deductions: list[Deduction] = []
        self.first_open = 0
        self.started = False
        self._queue: list[tuple[date, int, int, str, object]] = []
        self._serial = 0
        self._last: tuple[Repayment, list[tuple[Instalment, Decimal, Decimal, Decimal]]] | None = None
        for row in loan.rows:
            self._push(row.due_on, DUE, "due", row)
        for on, kind, detail in loan.plan:
            self._push(on, PLANNED, kind, detail)

    def _push(self, on: date, order: int, kind: str, detail: object) -> None:
        self._serial += 1
        heapq.heappush(self._queue, (on, order, self._serial, kind, detail))

    # moving on

    def advance(self, on: date) -> bool:
        """Brings the loan to the end of `on`; False while it is not paid out yet."""
        loan = self.loan
        if loan.disbursed_on > on:
            return False
        if not self.started:
            loan.balance, self.started = loan.amount, True
        while self._queue and self._queue[0][0] <= on:
            day, _, _, kind, detail = heapq.heappop(self._queue)
            # Of a loan written off only what is still recovered is booked.
            if loan.status in LIVE or (kind == "recover" and loan.status == "written_off"):
                getattr(self, f"_on_{kind}")(day, detail)
        if loan.status in LIVE:
            self._accrue_penalties(on)
        return True

    def take_new(self) -> tuple[list[Repayment], list[Deduction]]:
        new = self.repayments, self.deductions
        self.repayments, self.deductions = [], []
        return new

    def arrears(self, on: date) -> Arrears:
        if self.loan.status in ("settled", "transferred"):
            return Arrears(None, None, ZERO, ZERO)
        principal_since = interest_since = None
        principal = interest = ZERO
        for row in self._open_rows():
            if row.due_on >= on:
                break
            if row.unpaid_principal > 0:
                principal_since = principal_since or row.due_on
                principal += row.unpaid_principal
            if row.unpaid_interest > 0:
                interest_since = interest_since or row.due_on
                interest += row.unpaid_interest
        return Arrears(principal_since, interest_since, principal, interest)

    def accrued_interest(self, on: date) -> Decimal:
        """Interest of the running period, not due yet."""
        for row in self._open_rows():
            if row.due_on > on:
                whole = (row.due_on - row.accrues_from).days
                passed = max(0, (on - row.accrues_from).days)
                return cents(row.interest_due * passed / whole) if whole else ZERO
        return ZERO

    def due_interest_unpaid(self, on: date) -> Decimal:
        return total(row.unpaid_interest for row in self._open_rows() if row.due_on <= on)

    def penalty_unpaid(self) -> Decimal:
        return total(row.penalty_due - row.penalty_paid for row in self.loan.rows[self.first_open :])

    # what happens

    def _mode(self, on: date) -> Phase | None:
        phases = self.loan.phases if self.loan.phases is not None else self.loan.customer.phases
        current = None
        for phase in phases:
            if phase.start > on:
                break
            current = phase
        return current

    def _on_due(self, on: date, row: Instalment) -> None:
        if row.dropped:
            return
        phase = self._mode(on)
        mode = phase.mode if phase else "good"
        asked = row.unpaid_principal + row.unpaid_interest
        if not asked:
            return
        if mode == "good":
            self._deduct(on, asked, asked)
            self._pay(on, None)
        elif mode == "half":
            part = cents(asked / 2)
            self._deduct(on, asked, part)
            self._pay(on, part)
        elif mode == "interest_only":
            self._deduct(on, asked, row.unpaid_interest)
            self._pay(on, None, interest_only=True)
        else:
            self._deduct(on, asked, ZERO)
            again = phase.days if phase and mode == "late" else 5
            self._push(on + timedelta(days=again), LATER, "late" if mode == "late" else "retry", row)

    def _on_late(self, on: date, row: Instalment) -> None:
        phase = self._mode(on)
        if row.dropped or (phase and phase.mode == "stopped"):
            return
        self._accrue(row, on)
        asked = row.unpaid_principal + row.unpaid_interest
        if asked:
            self._deduct(on, asked, asked)
            self._pay(on, asked + row.penalty_due - row.penalty_paid)

    def _on_retry(self, on: date, row: Instalment) -> None:
        asked = row.unpaid_principal + row.unpaid_interest
        if not row.dropped and asked:
            self._deduct(on, asked, ZERO)

    def _on_cure(self, on: date, source: str) -> None:
        self._pay(on, None, source=source)

    def _on_recover(self, on: date, part: tuple[Decimal, str]) -> None:
        """So much of what was written off comes in after all; the claim stays written off."""
        self._pay(on, cents(self.loan.written_off * part[0]), source=part[1])

    def _on_reverse(self, on: date, _: object) -> None:
        """The last receipt was booked by mistake: a receipt of its own takes it back."""
        if self._last is None:
            return
        wrong, shares = self._last
        for row, interest, principal, penalty in shares:
            row.interest_paid -= interest
            row.principal_paid -= principal
            row.penalty_paid -= penalty
            row.settled_on = row.interest_settled_on = row.principal_settled_on = None
        self.loan.balance += wrong.principal
        self.first_open = 0
        self.repayments.append(
            Repayment(self.receipt_number(), wrong.loan_no, on, wrong.principal, wrong.interest, wrong.penalty,
                      wrong.source, wrong.account_no, wrong.receipt_no)
        )  # fmt: skip
        self._last = None

    def _on_extend(self, on: date, matures_on: date) -> None:
        """The principal of the last instalment falls due later; its interest still falls due as agreed."""
        loan, last = self.loan, self.loan.rows[-1]
        if last.settled_on or last.principal_paid:
            return
        principal, last.principal_due = last.principal_due, ZERO
        interest = daily_interest(principal, loan.rate, (matures_on - last.due_on).days)
        row = Instalment(last.number + 1, matures_on, principal, interest, last.due_on)
        loan.rows.append(row)
        self._push(matures_on, DUE, "due", row)
        loan.original_matures_on = loan.original_matures_on or loan.matures_on
        loan.matures_on, loan.extension_count = matures_on, loan.extension_count + 1

    def _on_restructure(self, on: date, terms: tuple[int, Decimal]) -> None:
        """What is left is spread anew at a lower rate; interest in arrears joins the first new instalment."""
        loan, (months, rate) = self.loan, terms
        arrears = total(row.unpaid_interest for row in loan.rows if row.due_on <= on)
        kept = [row for row in loan.rows if row.principal_paid or row.interest_paid]
        for row in loan.rows:
            row.dropped = True
        for row in kept:
            row.principal_due, row.interest_due, row.penalty_due = (
                row.principal_paid,
                row.interest_paid,
                row.penalty_paid,
            )
            row.settled_on = row.settled_on or on
        number = kept[-1].number + 1 if kept else 1
        fresh = build_rows("equal_principal", loan.balance, rate, on, months, 1, number)
        fresh[0].interest_due += arrears
        loan.rows, loan.rate, loan.has_rows = kept + fresh, rate, True
        loan.method, loan.restructured_on = "equal_principal", on
        loan.original_matures_on = loan.original_matures_on or loan.matures_on
        loan.matures_on = fresh[-1].due_on
        self.first_open = 0
        for row in fresh:
            self._push(row.due_on, DUE, "due", row)

    def _on_settle_early(self, on: date, source: str) -> None:
        loan = self.loan
        self._pay(on, None, source=source)
        future = [row for row in loan.rows if row.due_on > on]
        if not future:
            return
        interest = daily_interest(loan.balance, loan.rate, (on - future[0].accrues_from).days)
        for row in future:
            row.dropped = True
        last = Instalment(future[0].number, on, loan.balance, interest, future[0].accrues_from)
        loan.rows = [row for row in loan.rows if not row.dropped] + [last]
        self._pay(on, None, source=source)

    def _on_write_off(self, on: date, _: object) -> None:
        loan = self.loan
        self._accrue_penalties(on)
        loan.written_off, loan.balance = loan.balance, ZERO
        loan.status, loan.closed_on = "written_off", on

    def _on_transfer(self, on: date, _: object) -> None:
        """Sold with others to an asset management company: nothing of it is owed to this bank any more."""
        loan = self.loan
        self._accrue_penalties(on)
        loan.transferred, loan.balance = loan.balance, ZERO
        loan.status, loan.closed_on = "transferred", on

    # paying

    def _deduct(self, on: date, asked: Decimal, taken: Decimal) -> None:
        loan = self.loan
        result = "taken" if taken == asked else "partly" if taken else "failed"
        reason = "" if result == "taken" else SHORT_OF_FUNDS
        self.deductions.append(Deduction(loan.loan_no, loan.account_no, on, asked, taken, result, reason))

    def _pay(self, on: date, budget: Decimal | None, *, interest_only: bool = False, source: str = "borrower") -> None:
        loan = self.loan
        left = budget
        shares: list[tuple[Instalment, Decimal, Decimal, Decimal]] = []
        for row in self._open_rows():
            if row.due_on > on or (left is not None and left <= 0):
                break
            self._accrue(row, on)
            taken = []
            wanted = (row.unpaid_interest, ZERO if interest_only else row.unpaid_principal,
                      ZERO if interest_only else row.penalty_due - row.penalty_paid)  # fmt: skip
            for amount in wanted:
                part = amount if left is None else min(left, amount)
                left = None if left is None else left - part
                taken.append(part)
            if any(taken):
                self._book(row, on, taken)
                shares.append((row, taken[0], taken[1], taken[2]))
        if not shares:
            return
        interest = total(share[1] for share in shares)
        principal = total(share[2] for share in shares)
        penalty = total(share[3] for share in shares)
        if loan.status == "written_off":
            loan.written_off -= principal
        else:
            loan.balance -= principal
        repayment = Repayment(self.receipt_number(), loan.loan_no, on, principal, interest, penalty, source,
                              loan.account_no)  # fmt: skip
        self.repayments.append(repayment)
        self._last = (repayment, shares)
        if loan.status in LIVE and loan.balance == 0 and not any(row.unpaid_interest for row in loan.rows):
            loan.status, loan.closed_on = "settled", on

    @staticmethod
    def _book(row: Instalment, on: date, taken: list[Decimal]) -> None:
        row.interest_paid += taken[0]
        row.principal_paid += taken[1]
        row.penalty_paid += taken[2]
        if taken[0] and not row.unpaid_interest:
            row.interest_settled_on = on
        if taken[1] and not row.unpaid_principal:
            row.principal_settled_on = on
        if not row.unpaid_interest and not row.unpaid_principal:
            row.settled_on = row.settled_on or on

    def _accrue(self, row: Instalment, on: date) -> None:
        start = row.penalty_to or row.due_on
        if on > start:
            if row.unpaid_principal > 0:
                row.penalty_due += daily_interest(
                    row.unpaid_principal, self.loan.rate * PENALTY_FACTOR, (on - start).days
                )
            row.penalty_to = on

    def _accrue_penalties(self, on: date) -> None:
        for row in self._open_rows():
            if row.due_on >= on:
                break
            self._accrue(row, on)

    def _open_rows(self) -> list[Instalment]:
        rows = self.loan.rows
        while self.first_open < len(rows) and self._is_done(rows[self.first_open]):
            self.first_open += 1
        return rows[self.first_open :]

    @staticmethod
    def _is_done(row: Instalment) -> bool:
        return not row.unpaid_principal and not row.unpaid_interest and row.penalty_due == row.penalty_paid


def split_months(start: date, end: date) -> int:
    """Whole months between two days."""
    months = (end.year - start.year) * 12 + end.month - start.month
    return months if add_months(start, months) <= end else months - 1
