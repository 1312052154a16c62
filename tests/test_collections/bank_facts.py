"""A bank as its extracts tell it, merged date after date from the CSV files alone. Shares no code with the product."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

Row = dict[str, str]

LINE_OF_KIND = {
    "corporate": "corporate",
    "public_institution": "corporate",
    "platform": "corporate",
    "guarantee_company": "corporate",
    "small_business": "inclusive",
    "self_employed": "inclusive",
    "individual": "personal",
    "farmer": "rural",
    "cooperative": "rural",
}
KEYS = {
    "branches": "branch_code",
    "staff": "staff_no",
    "products": "product_code",
    "customers": "customer_no",
    "loans": "loan_no",
    "off_balance": "item_no",
    "accounts": "account_no",
    "guarantees": "guarantee_no",
}


def money(text: str | None) -> Decimal | None:
    return Decimal(text) if text else None


def day_of(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


@dataclass
class Instalment:
    number: int
    due_on: date
    principal: Decimal
    interest: Decimal
    has_principal: bool

    @property
    def owed(self) -> Decimal:
        """What is unpaid, principal and interest each for itself."""
        return self.principal + self.interest


@dataclass
class Facts:
    """What is known after the extracts read so far; a row missing from a later file keeps its last values."""

    branches: dict[str, Row] = field(default_factory=dict)
    staff: dict[str, Row] = field(default_factory=dict)
    products: dict[str, Row] = field(default_factory=dict)
    customers: dict[str, Row] = field(default_factory=dict)
    loans: dict[str, Row] = field(default_factory=dict)
    off_balance: dict[str, Row] = field(default_factory=dict)
    accounts: dict[str, Row] = field(default_factory=dict)
    guarantees: dict[str, Row] = field(default_factory=dict)
    instalments: dict[str, list[Instalment]] = field(default_factory=dict)
    failed: list[Row] = field(default_factory=list)
    # (customer, line) → staff number, as first named; loan → staff number where it names somebody else.
    responsible: dict[tuple[str, str], str] = field(default_factory=dict)
    own_manager: dict[str, str] = field(default_factory=dict)

    def take_in(self, folder: Path) -> None:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        known_before = set(self.loans)
        for name, key in KEYS.items():
            for row in rows(folder, name, manifest):
                getattr(self, name).setdefault(row[key], {}).update(row)
        self._take_in_instalments(folder, manifest)
        self.failed = [row for row in rows(folder, "deductions", manifest) if row["result"] != "taken"]
        self._seed(known_before)

    def _take_in_instalments(self, folder: Path, manifest: dict[str, Any]) -> None:
        found: dict[str, list[Instalment]] = {}
        for row in rows(folder, "instalments", manifest):
            principal, interest = Decimal(row["principal_due"]), Decimal(row["interest_due"])
            one = Instalment(
                int(row["number"]),
                date.fromisoformat(row["due_on"]),
                max(principal - Decimal(row["principal_paid"]), Decimal(0)),
                max(interest - Decimal(row["interest_paid"]), Decimal(0)),
                principal > 0,
            )
            found.setdefault(row["loan_no"], []).append(one)
        if "instalments.csv" in manifest["files"]:
            assert manifest["files"]["instalments.csv"]["mode"] == "full", "these banks deliver whole schedules"
            self.instalments = found

    def _seed(self, known_before: set[str]) -> None:
        """Who is responsible is what the first extract that needs them says, and ours from then on."""
        for number, customer in self.customers.items():
            for line in {LINE_OF_KIND.get(customer["kind"], "")} | self._lines_of(number):
                if line and customer.get("manager_no") in self.staff:
                    self.responsible.setdefault((number, line), customer["manager_no"])
        for number in set(self.loans) - known_before:
            loan = self.loans[number]
            names = loan.get("manager_no", "")
            of_customer = self.responsible.get((loan["customer_no"], self.line_of(loan)))
            if names in self.staff and names != of_customer and loan["status"] not in {"settled", "transferred"}:
                self.own_manager[number] = names

    def _lines_of(self, customer_no: str) -> set[str]:
        return {
            self.products[loan["product_code"]]["line"]
            for loan in self.loans.values()
            if loan["customer_no"] == customer_no and loan["product_code"] in self.products
        }

    # ── what follows from the facts ─────────────────────────────────────────────────────────────────────────

    def line_of(self, loan: Row | None, customer_no: str = "") -> str:
        customer = self.customers[loan["customer_no"] if loan else customer_no]
        product = self.products.get(loan["product_code"], {}) if loan else {}
        return product.get("line") or LINE_OF_KIND.get(customer["kind"], "")

    def overdue_since(self, loan_no: str, on: date) -> date | None:
        """The earlier of the days since which principal and interest are unpaid (decisions.md, Overdue)."""
        loan = self.loans[loan_no]
        if loan["status"] in {"settled", "transferred"}:
            return None
        schedule = self.instalments.get(loan_no)
        if schedule:
            return min((one.due_on for one in schedule if one.due_on < on and one.owed > 0), default=None)
        matures_on = date.fromisoformat(loan["matures_on"])
        has_matured = matures_on < on
        since = [matures_on] if has_matured and Decimal(loan["principal_balance"]) > 0 else []
        if self._interest_owed(loan, has_matured):
            of_core = day_of(loan.get("interest_overdue_since"))
            if loan["repayment_method"] in PERIODIC and of_core and of_core < on:
                since.append(of_core)
            elif has_matured:
                since.append(matures_on)
        return min(since, default=None)

    def overdue_amounts(self, loan_no: str, on: date) -> tuple[Decimal, Decimal | None]:
        """Principal and interest overdue, each for itself; None for interest nobody says anything about."""
        loan, schedule = self.loans[loan_no], self.instalments.get(loan_no)
        if schedule:
            due = [one for one in schedule if one.due_on < on]
            return sum((one.principal for one in due), Decimal(0)), sum((one.interest for one in due), Decimal(0))
        parts = [money(loan.get(f"interest_arrears_{side}_balance")) for side in ("on", "off")]
        said = [part for part in parts if part is not None]
        arrears = sum(said, Decimal(0)) if said and loan["repayment_method"] in PERIODIC else None
        if date.fromisoformat(loan["matures_on"]) < on:
            receivable = money(loan.get("interest_receivable"))
            return Decimal(loan["principal_balance"]), arrears if receivable is None else receivable
        return Decimal(0), arrears if loan["repayment_method"] in PERIODIC else Decimal(0)

    def has_guarantee(self, loan: Row) -> bool:
        contract = loan.get("contract_no", "")
        return bool(contract) and any(row["contract_no"] == contract for row in self.guarantees.values())

    def _interest_owed(self, loan: Row, has_matured: bool) -> bool:
        """Whether a loan without a schedule is known to owe interest; `None` from core banking is no debt known."""
        parts = [money(loan.get(f"interest_arrears_{side}_balance")) for side in ("on", "off")]
        arrears = sum((part for part in parts if part is not None), Decimal(0))
        if has_matured:
            receivable = money(loan.get("interest_receivable"))
            return (arrears if receivable is None else receivable) > 0
        return loan["repayment_method"] in PERIODIC and arrears > 0

    def comes_back_as_a_whole(self, loan: Row) -> bool:
        schedule = self.instalments.get(loan["loan_no"], [])
        if not schedule or loan["repayment_method"] in {"bullet", "interest_monthly", "interest_quarterly"}:
            return True
        if loan["repayment_method"] in {"equal_instalments", "equal_principal"}:
            return False
        return sum(one.has_principal for one in schedule) <= 1

    def balance_of_account(self, loan: Row) -> Decimal | None:
        account = self.accounts.get(loan.get("account_no", ""))
        if account is None:
            return None
        return money(account.get("available")) if account.get("available") else money(account["balance"])

    # ── who does it ─────────────────────────────────────────────────────────────────────────────────────────

    def who(self, customer_no: str, loan: Row | None, line: str) -> str:
        """A staff number, or `branch_head@` and the branch whose queue it waits in."""
        for name in (
            self.own_manager.get(loan["loan_no"]) if loan else None,
            self.responsible.get((customer_no, line)),
        ):
            if name and self.staff[name]["active"] != "0":
                return name
        return f"branch_head@{self.led_at(customer_no, loan, line)}"

    def led_at(self, customer_no: str, loan: Row | None, line: str) -> str:
        """The branch whose head leads it: a retail centre for what it runs, else the customer's."""
        home = self.customers[customer_no]["branch_code"]
        for branch in ([loan["branch_code"]] if loan else []) + [home]:
            if self.branches[branch].get("kind") == "retail_centre":
                return branch
        if line == "personal":
            for above in self.upwards(home):
                centres = [
                    code
                    for code, row in self.branches.items()
                    if row.get("kind") == "retail_centre" and row["parent_code"] == above
                ]
                if centres:
                    return centres[0]
        return home

    def upwards(self, branch: str) -> Iterator[str]:
        """The branch and all above it, nearest first."""
        while branch:
            yield branch
            branch = self.branches[branch].get("parent_code", "")

    def above(self, post: str, branch: str, line: str, responsible: list[str]) -> list[str]:
        """Whom late work is told: who holds the post and is not responsible for it, as long as there is anybody."""
        return self.holders(post, branch, line, without=responsible) or self.holders(post, branch, line)

    def holders(self, post: str, branch: str, line: str = "", without: list[str] | None = None) -> list[str]:
        """Who holds a post at the branch for a line, else at the nearest above."""
        for above in self.upwards(branch):
            found = [
                number
                for number, row in self.staff.items()
                if row["branch_code"] == above
                and post in row["posts"].split(";")
                and row["active"] != "0"
                and number not in (without or [])
                and (not row.get("lines") or not line or line in row["lines"].split(";"))
            ]
            if found:
                return sorted(found)
        return []


PERIODIC = {"interest_monthly", "interest_quarterly", "equal_instalments", "equal_principal"}


def rows(folder: Path, name: str, manifest: dict[str, Any]) -> list[Row]:
    path = folder / f"{name}.csv"
    if not path.exists():
        return []
    with path.open(encoding=manifest.get("encoding", "utf-8").replace("utf-8", "utf-8-sig"), newline="") as file:
        return list(csv.DictReader(file))
