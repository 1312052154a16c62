"""The files that follow the money: loans, instalments, receipts, accounts, the general ledger."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from .accounts import AccountBook, Entry
from .ledger import Arrears, LoanLedger
from .model import Account, Bank, Deduction, Loan, Payout, Repayment
from .money import ZERO, cents
from .tables import new_table
from .writer import CURRENCY, Table, line

# How this bank classes by days, stricter than it must be: (from day, class, stage, provision in percent).
CLASS_STEPS = (
    (1, "special_mention", 2, 3),
    (75, "substandard", 3, 30),
    (200, "doubtful", 3, 60),
    (330, "loss", 3, 100),
)
CARD_STEPS = ((1, "special_mention", 2, 3), (75, "substandard", 3, 30), (110, "doubtful", 3, 60), (160, "loss", 3, 100))
TWELVE = {
    "normal": "正常二级",
    "special_mention": "关注一级",
    "substandard": "次级一级",
    "doubtful": "可疑一级",
    "loss": "损失",
}
LOAN_SUBJECTS = {"corporate": ("130301", "公司贷款"), "inclusive": ("130302", "普惠型小微贷款"),
                 "personal": ("130303", "个人贷款"),
                 "rural": ("130304", "涉农贷款")}  # fmt: skip


@dataclass(slots=True)
class Position:
    """A loan at the end of a date, as the generator's own books have it."""

    loan: Loan
    arrears: Arrears
    interest_receivable: Decimal
    penalty: Decimal
    class_: str = "normal"
    stage: int = 1
    provision: Decimal = ZERO


@dataclass(slots=True)
class Day:
    """Everything that moved in the days up to `on`."""

    on: date
    since: date | None
    positions: list[Position] = field(default_factory=list)
    repayments: list[Repayment] = field(default_factory=list)
    deductions: list[Deduction] = field(default_factory=list)
    payouts: list[Payout] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)


# The lines of a loan's instalments, and what they add up to: principal due, principal paid, interest paid.
InstalmentLines = tuple[list[str], tuple[Decimal, Decimal, Decimal]]


class Books:
    """All ledgers and accounts of the bank, moved on from date to date."""

    def __init__(self, bank: Bank) -> None:
        self.bank = bank
        self.ledgers = {loan.loan_no: LoanLedger(loan, self._receipt_number) for loan in bank.loans}
        self.accounts = {one.customer_no: AccountBook(bank, one) for one in bank.customers}
        self.lines: dict[str, InstalmentLines] = {}

    def _receipt_number(self) -> str:
        return f"HK{self.bank.next('receipt'):010d}"

    def advance(self, on: date, since: date | None) -> Day:
        day = Day(on, since)
        for customer in self.bank.customers:
            repayments: list[Repayment] = []
            deductions: list[Deduction] = []
            payouts: list[Payout] = []
            lent: list[Loan] = []
            for loan in customer.loans:
                ledger = self.ledgers[loan.loan_no]
                is_new = not ledger.started
                if not ledger.advance(on):
                    continue
                if is_new:
                    lent.append(loan)
                new_repayments, new_deductions = ledger.take_new()
                repayments += new_repayments
                deductions += [one for one in new_deductions if one.tried_on > self.bank.history_from]
                payouts += [one for one in loan.payouts if one.paid_on <= on and (since is None or one.paid_on > since)]
                if new_repayments:
                    self.lines.pop(loan.loan_no, None)
                day.positions.append(self._position(ledger, on))
            day.entries += self.accounts[customer.customer_no].book(on, lent, repayments, deductions, payouts)
            day.repayments += repayments
            day.deductions += deductions
            day.payouts += payouts
        return day

    def _position(self, ledger: LoanLedger, on: date) -> Position:
        loan, arrears = ledger.loan, ledger.arrears(on)
        if loan.status in ("settled", "written_off", "transferred"):
            position = Position(loan, arrears, ZERO, ZERO)
        else:
            unpaid = ledger.due_interest_unpaid(on)
            position = Position(loan, arrears, unpaid + ledger.accrued_interest(on), ledger.penalty_unpaid())
        _classify(position, on)
        return position

    def instalment_lines(self, loan: Loan, on: date, late: bool) -> InstalmentLines:
        """Kept until something is paid or changed; a late loan changes each day."""
        kept = self.lines.get(loan.loan_no)
        if kept and not late and len(kept[0]) == len(loan.rows):
            return kept
        lines, due, paid, interest = [], ZERO, ZERO, ZERO
        for row in loan.rows:
            due, paid, interest = due + row.principal_due, paid + row.principal_paid, interest + row.interest_paid
            lines.append(line((loan.loan_no, row.number, row.due_on, row.principal_due, row.interest_due,
                               row.penalty_due,
                               row.principal_paid, row.interest_paid, row.penalty_paid, row.principal_settled_on,
                               row.interest_settled_on, row.settled_on)))  # fmt: skip
        kept = lines, (due, paid, interest)
        self.lines[loan.loan_no] = kept
        return kept


def _classify(position: Position, on: date) -> None:
    loan = position.loan
    days = max(position.arrears.days(on))
    steps = CARD_STEPS if loan.product.class_method == "credit_card" else CLASS_STEPS
    class_, stage, percent = "normal", 1, 1
    if loan.restructured_on and loan.restructured_on <= on:
        class_, stage, percent = "special_mention", 2, 5
    for start, name, its_stage, its_percent in steps:
        if days >= start:
            class_, stage, percent = name, its_stage, its_percent
    if loan.status == "written_off":
        class_, stage, percent = "loss", 3, 100
    if loan.planted == "class" and days > 20:
        class_, stage, percent = ("normal", 1, 1) if days <= 90 else ("special_mention", 2, 3)
    if class_ != loan.core_class or loan.classified_on is None:
        loan.classified_on = on
    loan.core_class = class_
    position.class_, position.stage = class_, stage
    position.provision = cents(loan.balance * percent / 100)


def loan_tables(books: Books, day: Day) -> dict[str, Table]:
    loans, instalments = new_table("loans"), new_table("instalments")
    for position in day.positions:
        loan = position.loan
        loans.count("amount", loan.amount)
        loans.count("principal_balance", loan.balance)
        loans.add(*_loan_values(position, day.on))
        if loan.has_rows:
            late = bool(position.arrears.principal_since) or position.penalty > 0
            lines, sums = books.instalment_lines(loan, day.on, late)
            instalments.lines += lines
            for column, amount in zip(("principal_due", "principal_paid", "interest_paid"), sums, strict=True):
                instalments.count(column, amount)
    return {"loans": loans, "instalments": instalments, "gl_balances": _gl_table(day)}


def _loan_values(position: Position, on: date) -> tuple[object, ...]:
    loan, arrears, customer = position.loan, position.arrears, position.loan.customer
    product = loan.product
    late_on_books = max(arrears.days(on)) > 90
    # A core system that keeps silent about arrears says neither since when nor how much.
    silent = not loan.says_overdue and not loan.has_rows
    on_books, off_books = (ZERO, arrears.interest) if late_on_books else (arrears.interest, ZERO)
    says = loan.says_overdue and loan.status in ("active", "advance")
    principal_since = arrears.principal_since if says else None
    if loan.planted == "since" and principal_since:
        principal_since += timedelta(days=9)
    floating = product.family in ("home_mortgage", "fixed_asset", "project")
    return (
        loan.loan_no, loan.contract_no, customer.customer_no, customer.branch_code, customer.branch_code, product.code,
        loan.purpose, customer.industry.code if customer.kind != "individual" else "", CURRENCY, loan.amount,
        loan.disbursed_on, loan.matures_on, loan.rate, "floating" if floating else "fixed",
        date(on.year + 1, 1, 1) if floating else None, loan.method, loan.payment_mode, loan.secured_by, loan.balance,
        position.interest_receivable, None if silent else on_books, None if silent else off_books,
        position.penalty, ZERO, principal_since, arrears.interest_since if says else None,
        arrears.principal if says else None, "non_accrual" if late_on_books else "accrual", loan.account_no,
        customer.manager_no, loan.originator_no, loan.approver_no, loan.original_matures_on, loan.extension_count,
        loan.renewal_kind, loan.refinances, loan.restructured_on, position.class_,
        TWELVE[position.class_], loan.classified_on, position.stage, position.provision, product.line == "inclusive",
        product.line == "rural", customer.industry.code == "C3825", False, None, loan.status, loan.closed_on,
        product.name,
    )  # fmt: skip


def _gl_table(day: Day) -> Table:
    """Loans by branch and line, what is held against them, interest, and what was written off."""
    sums: dict[tuple[str, str, str], Decimal] = {}

    def put(subject: str, name: str, branch: str, amount: Decimal) -> None:
        key = (subject, branch, name)
        sums[key] = sums.get(key, ZERO) + amount

    for position in day.positions:
        loan, branch = position.loan, position.loan.customer.branch_code
        subject, name = LOAN_SUBJECTS[loan.product.line]
        put(subject, name, branch, loan.balance)
        put("113201", "应收贷款利息", branch, position.interest_receivable)
        put("130401", "贷款损失准备", branch, -position.provision)
        if loan.written_off:
            put("710101", "已核销资产", branch, loan.written_off)
    table = new_table("gl_balances")
    for (subject, branch, name), amount in sorted(sums.items()):
        table.count("balance", amount)
        table.add(subject, branch, CURRENCY, name, amount)
    return table


def movement_tables(bank: Bank, day: Day) -> dict[str, Table]:
    repayments, payments, deductions, entries = (
        new_table(name) for name in ("repayments", "payments_out", "deductions", "account_entries")
    )
    for one in sorted(day.repayments, key=lambda one: (one.paid_on, one.receipt_no)):
        repayments.count("principal", one.principal)
        repayments.count("interest", one.interest)
        repayments.add(one.receipt_no, one.loan_no, one.paid_on, one.principal, one.interest, one.penalty, ZERO, ZERO,
                       one.source, one.account_no, one.reverses)  # fmt: skip
    for paid in day.payouts:
        payments.count("amount", paid.amount)
        payments.add(paid.payment_no, paid.loan_no, paid.paid_on, paid.amount, paid.mode, paid.payee_name,
                     paid.payee_account,
                     paid.payee_bank, paid.purpose)  # fmt: skip
    for tried in day.deductions:
        deductions.count("taken", tried.taken)
        deductions.add(f"KK{bank.next('deduction'):010d}", tried.loan_no, tried.account_no, tried.tried_on,
                       tried.amount,
                       tried.taken, tried.result, tried.reason)  # fmt: skip
    for entry in day.entries:
        entries.count("amount", entry.amount)
        entries.add(entry.entry_no, entry.account_no, entry.customer_no, entry.booked_on, entry.direction, entry.amount,
                    entry.balance_after, entry.name, entry.account, entry.bank, entry.summary)  # fmt: skip
    return {"repayments": repayments, "payments_out": payments, "deductions": deductions, "account_entries": entries}


def account_tables(bank: Bank, on: date) -> dict[str, Table]:
    accounts, items = new_table("accounts"), new_table("off_balance")

    def add(account: Account, customer_no: str) -> None:
        frozen = bool(account.frozen_from and account.frozen_from <= on)
        accounts.count("balance", account.balance)
        free = ZERO if frozen or account.kind == "margin" else account.balance
        accounts.add(account.account_no, customer_no, account.kind, account.balance, free, account.average, frozen)

    for customer in bank.customers:
        if customer.account:
            add(customer.account, customer.customer_no)
    for item in bank.off_balance:
        if item.issued_on > on:
            continue
        margin = item.margin_account
        held = margin.balance if margin else ZERO
        exposure = item.amount - held
        open_ = item.matures_on > on
        advance = item.advance if item.advance and item.matures_on <= on else None
        if margin:
            add(margin, item.customer.customer_no)
        items.count("amount", item.amount)
        items.count("exposure", exposure if open_ else ZERO)
        status = "active" if open_ else "advance" if advance else "settled"
        items.add(item.item_no, item.kind, item.customer.customer_no, item.contract_no, item.customer.branch_code,
                  CURRENCY,
                  item.amount, margin.account_no if margin else "", item.margin_pct, held, exposure if open_ else ZERO,
                  item.issued_on, item.matures_on, "doubtful" if advance else "normal",
                  advance.loan_no if advance else "",
                  status)  # fmt: skip
    return {"accounts": accounts, "off_balance": items}
