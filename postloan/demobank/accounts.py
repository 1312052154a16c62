"""The customers' accounts: turnover, what loans bring and take, and a balance that never goes below zero."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random

from .dates import add_months, month_end
from .identifiers import account_number
from .model import Bank, Customer, Deduction, Flow, Loan, Payout, Repayment
from .money import ZERO, cents
from .names import BANK, CITY, OTHER_BANKS

GRID = "江东电力有限公司"

# On one day: money in, loans paid out, their use, repayments, failed deductions, money out.
IN, LENT, USED, REPAID, FAILED, OUT = range(6)


@dataclass(frozen=True, slots=True)
class Entry:
    entry_no: str
    account_no: str
    customer_no: str
    booked_on: date
    direction: str
    amount: Decimal
    balance_after: Decimal
    name: str
    account: str
    bank: str
    summary: str


@dataclass(frozen=True, slots=True)
class Move:
    on: date
    order: int
    amount: Decimal
    name: str
    summary: str
    account: str = ""
    bank: str = ""
    tag: str = ""
    # Of a loan paid out: what is kept for those the loan is to be paid to.
    held: Decimal = ZERO


def moves_of(flow: Flow) -> Move:
    return Move(
        flow.on,
        IN if flow.direction == "credit" else OUT,
        flow.amount,
        flow.name,
        flow.summary,
        flow.account,
        flow.bank,
        flow.tag,
    )


class AccountBook:
    """Books the moves of one customer for the days after `since`, up to the date asked for."""

    def __init__(self, bank: Bank, customer: Customer) -> None:
        assert customer.account is not None
        self.bank, self.customer, self.account = bank, customer, customer.account
        self.rng = Random(f"{bank.seed}:account:{customer.customer_no}")
        self.waiting: list[Move] = [moves_of(flow) for flow in customer.extra_flows if flow.on > bank.history_from]
        self.next_month = bank.history_from.replace(day=1)
        self.held = ZERO

    def book(
        self, on: date, lent: list[Loan], repayments: list[Repayment], deductions: list[Deduction],
        payouts: list[Payout],
    ) -> list[Entry]:  # fmt: skip
        start = self.bank.history_from
        while self.next_month <= on:
            self._turnover_of_month(self.next_month)
            self.next_month = add_months(self.next_month, 1)
        self.waiting += [_paid_out(loan) for loan in lent if loan.disbursed_on > start]
        for one in payouts:
            # What is paid to the borrower's own account here stays there until it is used.
            if one.paid_on > start and one.payee_bank != BANK:
                self.waiting.append(
                    Move(one.paid_on, USED, one.amount, one.payee_name, one.purpose, one.payee_account, one.payee_bank)
                )
        for paid in repayments:
            if paid.paid_on > start and paid.source != "new_loan":
                if paid.reverses:
                    self.waiting.append(Move(paid.paid_on, IN, paid.amount, "贷款还款冲正", paid.loan_no))
                else:
                    self.waiting.append(Move(paid.paid_on, REPAID, paid.amount, paid.source, paid.loan_no))
        for tried in deductions:
            if tried.tried_on > start and not tried.taken:
                self.waiting.append(Move(tried.tried_on, FAILED, tried.amount, "", ""))
        return self._book_until(on)

    def _book_until(self, on: date) -> list[Entry]:
        ready = sorted((move for move in self.waiting if move.on <= on), key=lambda move: (move.on, move.order))
        self.waiting = [move for move in self.waiting if move.on > on]
        entries: list[Entry] = []
        for move in ready:
            if move.order <= LENT:
                self.held += move.held
                self._post(entries, move, "credit", move.amount)
            elif move.order == REPAID:
                self._repay(entries, move)
            elif move.order == FAILED:
                if self.free >= move.amount:
                    gone = self.free - cents(move.amount * self.rng.randrange(5, 60) / 100)
                    self._post(
                        entries, Move(move.on, OUT, gone, self.customer.name, "转出至他行本人账户"), "debit", gone
                    )
            else:
                amount = move.amount
                if move.order == USED:
                    self.held = max(ZERO, self.held - amount)
                elif move.tag:
                    self.held = max(ZERO, self.held - amount)
                    amount = min(amount, self.free)
                else:
                    amount = min(amount, cents(self.free * 9 / 10))
                if ZERO < amount <= self.account.balance:
                    self._post(entries, move, "debit", amount)
        self.account.average = cents((self.account.average * 2 + self.account.balance) / 3)
        return entries

    @property
    def free(self) -> Decimal:
        """The balance without what is kept to be paid on."""
        return self.account.balance - self.held

    def _repay(self, entries: list[Entry], move: Move) -> None:
        """Where the balance is short the payer brings the difference the same day."""
        short = move.amount - self.free
        if short > 0:
            brought = cents((short // 100 + 1) * 100)
            payer = {"third_party": self.customer.counterparties[-1], "guarantor": "保证人代偿"}.get(
                move.name, self.customer.name
            )
            self._post(entries, Move(move.on, IN, brought, payer, "转入还款"), "credit", brought)
        self._post(entries, Move(move.on, REPAID, move.amount, "", f"归还贷款{move.summary}"), "debit", move.amount)

    def _post(self, entries: list[Entry], move: Move, direction: str, amount: Decimal) -> None:
        self.account.balance += amount if direction == "credit" else -amount
        number = f"{self.bank.next('entry'):010d}"
        entries.append(
            Entry(number, self.account.account_no, self.customer.customer_no, move.on, direction, amount,
                  self.account.balance,
                  move.name, move.account, move.bank, move.summary)
        )  # fmt: skip
        if move.tag:
            told = {"entry": number, "customer": self.customer.customer_no, "account": self.account.account_no,
                    "on": move.on, "amount": amount}  # fmt: skip
            self.bank.tagged.setdefault(move.tag, []).append(told)

    # turnover

    def _turnover_of_month(self, month: date) -> None:
        customer, rng = self.customer, self.rng
        turnover = _scaled(customer.monthly_turnover, _season(customer, month) * rng.uniform(0.85, 1.15))
        last = month_end(month).day
        firm = customer.kind not in ("individual", "farmer")
        if customer.kind == "individual":
            self._income(month.replace(day=10), turnover, customer.buyers[0], "工资")
            parts_out = 2
        else:
            parts_in = 4 if firm else 1
            parts_out = 3 if firm else 1
            for _ in range(parts_in):
                on = month.replace(day=rng.randrange(1, last + 1))
                buyers = buyers_on(customer, on)
                # The first buyer is the most important one.
                payer = buyers[0] if rng.random() < 0.4 else rng.choice(buyers)
                self._income(on, turnover / parts_in, payer, "货款")
        for _ in range(parts_out):
            share, payee = rng.randrange(60, 96), rng.choice(customer.suppliers)
            on = month.replace(day=rng.randrange(1, last + 1))
            dearer = has_begun(customer, "price_shock", on)
            amount = self._on_level(on, turnover * (share + 20 * dearer) / (100 * parts_out))
            if on > self.bank.history_from:
                self.waiting.append(self._named(on, OUT, amount, payee, "采购付款" if firm else "消费"))
        if firm:
            self._beside_the_trade(month, turnover)

    def _beside_the_trade(self, month: date, turnover: Decimal) -> None:
        """What goes through a firm's account and is neither a sale nor a purchase."""
        customer, rng = self.customer, self.rng

        def put(chance: float, order: int, low: int, high: int, name: str, summary: str) -> None:
            drawn, share, on = rng.random(), rng.randrange(low, high), month.replace(day=rng.randrange(2, 28))
            if drawn < chance and on > self.bank.history_from:
                amount = self._on_level(on, turnover * share / 1000)
                self.waiting.append(Move(on, order, amount, name, summary))

        put(1, OUT, 40, 90, "", "代发工资")
        put(0.9, OUT, 5, 20, f"{GRID}{customer.county}供电公司", "电费")
        put(1 if month.month % 3 == 1 else 0.1, OUT, 10, 45, f"{CITY}{customer.county}税务局", "缴税")
        put(0.25, IN, 40, 160, customer.name, "本单位他行账户转入")
        put(0.08, IN, 30, 120, f"{BANK}理财产品专户", "理财赎回")
        if customer.parties:
            put(0.1, IN, 20, 90, customer.parties[0].name, "股东往来款")
        if rng.random() < 0.12:
            supplier, on = rng.choice(customer.suppliers), month.replace(day=rng.randrange(2, 28))
            least = min([turnover, *(loan.amount for loan in customer.loans)])
            if on > self.bank.history_from:
                amount = self._on_level(on, least * rng.randrange(10, 40) / 1000)
                self.waiting.append(self._named(on, IN, amount, supplier, "退货款"))

    def _on_level(self, on: date, amount: Decimal) -> Decimal:
        return _scaled(amount, level_on(self.customer, on))

    def _income(self, on: date, amount: Decimal, payer: str, summary: str) -> None:
        amount = self._on_level(on, amount * self.rng.randrange(80, 120) / 100)
        if on > self.bank.history_from and amount > 0:
            self.waiting.append(self._named(on, IN, amount, payer, summary))

    def _named(self, on: date, order: int, amount: Decimal, name: str, summary: str) -> Move:
        return Move(on, order, amount, name, summary, *account_of(self.customer, name))


def account_of(customer: Customer, counterparty: str) -> tuple[str, str]:
    """The account and the bank of somebody the customer trades with: always the same."""
    serial = int(customer.customer_no[1:]) * 10 + customer.counterparties.index(counterparty)
    return account_number(serial, "8"), OTHER_BANKS[serial % len(OTHER_BANKS)]


def _paid_out(loan: Loan) -> Move:
    return Move(loan.disbursed_on, LENT, loan.amount, "贷款发放", f"放款{loan.loan_no}", held=loan.amount)


def _scaled(amount: Decimal, factor: float) -> Decimal:
    return cents(amount * int(factor * 1000) / 1000)


def _season(customer: Customer, month: date) -> float:
    """Who lives by the season sells hardly anything outside of it."""
    if not customer.industry.peak_months or customer.kind == "individual":
        return 1.0
    peak, rest = (2.4, 0.4) if customer.story.kind == "seasonal" else (1.8, 0.7)
    return peak if month.month in customer.industry.peak_months else rest


def level_on(customer: Customer, on: date) -> float:
    """How business goes compared with the plain state, without the season."""
    level = 1.0
    for start, factor in customer.flow_phases:
        if start <= on:
            level = factor
    return level


def has_begun(customer: Customer, story: str, on: date) -> bool:
    starts_on = customer.story.starts_on
    return customer.story.kind == story and starts_on is not None and starts_on <= on


def buyers_on(customer: Customer, on: date) -> list[str]:
    """Who still buys: the most important one may be lost."""
    return customer.buyers[1:] if has_begun(customer, "lost_key_customer", on) else customer.buyers
