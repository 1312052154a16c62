"""A plain book of any size, written as fast as text can be: for measuring, not for looking at."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from .dates import add_months
from .writer import FORMAT

INSTITUTION = "LOADBANK"
INSTALMENTS = 12
LOANS_PER_CUSTOMER = 2
BRANCHES = 20
MANAGERS_PER_BRANCH = 5
# Every hundredth loan pays late by so many instalments; the cycle makes every band occur.
LATE_BY = (1, 2, 3, 4, 6, 8, 10, 12)
PART, RATE = 1000, "4.80"
AMOUNT = PART * INSTALMENTS
INTEREST = "48.00"
LOAN_COLUMNS = (
    "loan_no,contract_no,customer_no,branch_code,product_code,currency,amount,disbursed_on,matures_on,annual_rate,"
    "repayment_method,secured_by,principal_balance,account_no,manager_no,status,settled_on"
)
INSTALMENT_COLUMNS = (
    "loan_no,number,due_on,principal_due,interest_due,principal_paid,interest_paid,"
    "principal_settled_on,interest_settled_on,settled_on"
)
REPAYMENT_COLUMNS = "receipt_no,loan_no,paid_on,principal,interest,source"


@dataclass(slots=True)
class LoadFile:
    """One CSV written line by line; digest and sums are kept while writing, so memory stays flat."""

    folder: Path
    name: str
    columns: str
    mode: str = "full"
    rows: int = 0
    totals: dict[str, int] = field(default_factory=dict)
    digest: str = ""

    def write(self, chunks: Iterator[tuple[str, int]]) -> None:
        hashed = hashlib.sha256()
        with (self.folder / f"{self.name}.csv").open("wb") as target:
            for chunk, rows in _with_header(self.columns, chunks):
                content = chunk.encode()
                hashed.update(content)
                target.write(content)
                self.rows += rows
        self.digest = hashed.hexdigest()

    def entry(self) -> dict[str, object]:
        totals = {column: f"{Decimal(value):.2f}" for column, value in self.totals.items()}
        return {"mode": self.mode, "rows": self.rows, "sha256": self.digest, "totals": totals}


def _with_header(columns: str, chunks: Iterator[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    yield columns + "\r\n", 0
    yield from chunks


@dataclass(frozen=True, slots=True)
class LoadLoan:
    """All that differs between the loans: its number, its month of start and how many instalments are paid."""

    index: int
    age: int
    paid: int

    @property
    def number(self) -> str:
        return f"L{self.index:09d}"

    @property
    def settled(self) -> bool:
        return self.paid == INSTALMENTS

    @property
    def balance(self) -> int:
        return AMOUNT - self.paid * PART


class LoadBank:
    """`loans` loans of twelve instalments; each is one to eighteen months old on `on`."""

    def __init__(self, loans: int, on: date) -> None:
        self.loans, self.on = loans, on
        # Due on the tenth: what fell due by `on` is known from the age alone.
        start = on.replace(day=10) if on.day >= 10 else add_months(on, -1, 10)
        self.calendars = {age: [add_months(start, place - age, 10).isoformat() for place in range(INSTALMENTS + 1)]
                          for age in range(1, 25)}  # fmt: skip

    def loan(self, index: int) -> LoadLoan:
        late = LATE_BY[index // 100 % len(LATE_BY)] if index % 100 == 7 else 0
        age = 12 + late if late > 4 else 1 + index % 11
        age = max(age, late)
        return LoadLoan(index, age, max(0, min(age, INSTALMENTS) - late))

    def changed(self, percent: float) -> list[LoadLoan]:
        """Loans that paid one more instalment since, spread over the book."""
        step = max(1, round(100 / percent))
        # Every fourth of them is one of those who pay late.
        places = (index + (7 if index // step % 4 == 0 else 0) for index in range(0, self.loans, step))
        one_more = (self.loan(index) for index in places if index < self.loans)
        return [LoadLoan(one.index, one.age, one.paid + 1) for one in one_more if not one.settled]

    def loan_line(self, one: LoadLoan, settled_on: str) -> str:
        calendar, customer = self.calendars[one.age], one.index // LOANS_PER_CUSTOMER
        branch = customer % BRANCHES + 1
        status, closed = ("settled", settled_on) if one.settled else ("active", "")
        manager = branch * MANAGERS_PER_BRANCH + customer // BRANCHES % MANAGERS_PER_BRANCH
        return (
            f"{one.number},C{one.index:09d},{customer:010d},B{branch:03d},LP01,CNY,{AMOUNT}.00,{calendar[0]},{calendar[-1]},"
            f"{RATE},equal_principal,credit,{one.balance}.00,0{customer:011d},M{manager:05d},{status},{closed}\r\n"
        )

    def instalment_lines(self, one: LoadLoan) -> str:
        calendar, number = self.calendars[one.age], one.number
        paid = "".join(
            f"{number},{place},{(on := calendar[place])},{PART}.00,{INTEREST},{PART}.00,{INTEREST},{on},{on},{on}\r\n"
            for place in range(1, one.paid + 1)
        )
        return paid + "".join(
            f"{number},{place},{calendar[place]},{PART}.00,{INTEREST},0.00,0.00,,,\r\n"
            for place in range(one.paid + 1, INSTALMENTS + 1)
        )


def make_load_bank(
    directory: Path, loans: int, on: date, changes_on: date | None = None, changed_pct: float = 1
) -> None:
    """A full extract of `on` and, if asked for, one of `changes_on` that holds only what changed."""
    bank = LoadBank(loans, on)
    _write_full(directory / on.isoformat(), bank)
    if changes_on is not None:
        if changes_on <= on:
            raise ValueError("the changes come after the full extract")
        _write_changes(directory / changes_on.isoformat(), bank, changes_on, changed_pct)


def _write_full(folder: Path, bank: LoadBank) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    files = [*_small_files(folder), *_customer_files(folder, bank)]
    due_paid = sum(bank.loan(index).paid for index in range(bank.loans))
    loans = LoadFile(folder, "loans", LOAN_COLUMNS, totals={"principal_balance": bank.loans * AMOUNT - due_paid * PART})
    loans.write(_in_chunks(bank.loan_line(one, bank.on.isoformat()) for one in _all(bank)))
    paid = {"principal_due": bank.loans * AMOUNT, "principal_paid": due_paid * PART}
    rows = LoadFile(folder, "instalments", INSTALMENT_COLUMNS, totals=paid)
    rows.write(_in_chunks((bank.instalment_lines(one) for one in _all(bank)), INSTALMENTS))
    receipts = LoadFile(folder, "repayments", REPAYMENT_COLUMNS, "changes", totals={"principal": due_paid * PART})
    receipts.write(_in_chunks(_past_receipts(bank)))
    _write_manifest(folder, bank.on, [*files, loans, rows, receipts])


def _write_changes(folder: Path, bank: LoadBank, on: date, percent: float) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    changed, day = bank.changed(percent), on.isoformat()
    balance = sum(one.balance for one in changed)
    loans = LoadFile(folder, "loans", LOAN_COLUMNS, "changes", totals={"principal_balance": balance})
    loans.write(_in_chunks(bank.loan_line(one, day) for one in changed))
    rows = LoadFile(folder, "instalments", INSTALMENT_COLUMNS, "changes",
                    totals={"principal_due": PART * len(changed), "principal_paid": PART * len(changed)})  # fmt: skip
    rows.write(_in_chunks(
        f"{one.number},{one.paid},{bank.calendars[one.age][one.paid]},{PART}.00,{INTEREST},{PART}.00,{INTEREST},"
        f"{day},{day},{day}\r\n" for one in changed
    ))  # fmt: skip
    receipts = LoadFile(folder, "repayments", REPAYMENT_COLUMNS, "changes", totals={"principal": PART * len(changed)})
    receipts.write(_in_chunks(_receipt(one, one.paid, day) for one in changed))
    _write_manifest(folder, on, [loans, rows, receipts])


def _all(bank: LoadBank) -> Iterator[LoadLoan]:
    return (bank.loan(index) for index in range(bank.loans))


def _past_receipts(bank: LoadBank) -> Iterator[str]:
    for one in _all(bank):
        calendar = bank.calendars[one.age]
        for place in range(1, one.paid + 1):
            yield _receipt(one, place, calendar[place])


def _receipt(one: LoadLoan, place: int, on: str) -> str:
    return f"R{one.index:09d}{place:02d},{one.number},{on},{PART}.00,{INTEREST},borrower\r\n"


def _small_files(folder: Path) -> list[LoadFile]:
    branches = ["B000,总行,,head_office\r\n"] + [
        f"B{n:03d},第{n}支行,B000,sub_branch\r\n" for n in range(1, BRANCHES + 1)
    ]
    managers = range(MANAGERS_PER_BRANCH, (BRANCHES + 1) * MANAGERS_PER_BRANCH)
    staff = [f"M{n:05d},客户经理{n},B{n // MANAGERS_PER_BRANCH:03d},account_manager,personal,1\r\n" for n in managers]
    contents = {
        "branches": ("branch_code,name,parent_code,level", branches),
        "staff": ("staff_no,name,branch_code,posts,lines,active", staff),
        "products": ("product_code,name,family,line,class_method",
                     ["LP01,批量测试贷款,personal_consumption,personal,days_past_due\r\n"]),
    }  # fmt: skip
    files = []
    for name, (columns, lines) in contents.items():
        file = LoadFile(folder, name, columns)
        file.write(_in_chunks(iter(lines)))
        files.append(file)
    return files


def _customer_files(folder: Path, bank: LoadBank) -> list[LoadFile]:
    count = -(-bank.loans // LOANS_PER_CUSTOMER)

    def lines() -> Iterator[str]:
        for n in range(count):
            branch = n % BRANCHES + 1
            manager = branch * MANAGERS_PER_BRANCH + n // BRANCHES % MANAGERS_PER_BRANCH
            yield f"{n:010d},客户{n},individual,B{branch:03d},M{manager:05d}\r\n"

    file = LoadFile(folder, "customers", "customer_no,name,kind,branch_code,manager_no")
    file.write(_in_chunks(lines()))
    return [file]


def _in_chunks(lines: Iterator[str], rows_each: int = 1, size: int = 2000) -> Iterator[tuple[str, int]]:
    held: list[str] = []
    for one in lines:
        held.append(one)
        if len(held) == size:
            yield "".join(held), size * rows_each
            held = []
    yield "".join(held), len(held) * rows_each


def _write_manifest(folder: Path, on: date, files: list[LoadFile]) -> None:
    manifest = {
        "format": FORMAT, "institution": INSTITUTION, "business_date": on.isoformat(), "currency": "CNY",
        "encoding": "utf-8",
        "files": {f"{file.name}.csv": file.entry() for file in files},
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
