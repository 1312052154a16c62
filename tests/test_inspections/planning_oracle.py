"""Every inspection of a bank, night after night, worked out from the extracts' files and the bank's table alone.

Shares no code with the product: the policy is written out as text, dates are counted by hand. What people hand in or
end (`end`) and the later dates they are granted (`grant`) is told.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from tests.test_collections.bank_facts import PERIODIC, Facts, Row, day_of, money, rows
from tests.test_collections.bank_oracle import working_days_after

CLASSES = ["normal", "special_mention", "substandard", "doubtful", "loss"]
FLOORS = [(361, "loss"), (271, "doubtful"), (91, "substandard"), (1, "special_mention"), (0, "normal")]
CARD_FLOORS = [(181, "loss"), (121, "doubtful"), (91, "substandard"), (1, "special_mention"), (0, "normal")]
NOTICE, SPECIAL_WORKING_DAYS, ARREARS_OVER = 5, 10, 60
CASH = {"deposit", "bond", "gold"}

# order · lines · what else must hold · first within · then every · percent drawn · where · people; first that fits.
TABLE = """
10 corporate,inclusive  class=special_mention,substandard                        15  30   -  on_site  2
20 corporate,inclusive  class=doubtful,loss                                      15  90   -  on_site  2
30 corporate,inclusive  security=low_risk                                        15  180  -  off_site 1
40 corporate,inclusive  family=property_development,project,fixed_asset          15  30   -  on_site  2
60 corporate,inclusive  -                                                        15  90   -  on_site  2
70 personal             family=home_mortgage                                     30  -    -  off_site 1
72 personal             family=personal_business,small_business;class=special_mention,substandard,doubtful,loss \
                                                                                 30  90   -  on_site  2
74 personal             family=personal_business,small_business;from=1000000     30  180  -  on_site  2
76 personal             family=personal_business,small_business                  30  365  10 on_site  1
78 personal             -                                                        30  365  10 off_site 1
80 rural                security=low_risk                                        90  365  -  on_site  1
82 rural                security=credit;over=1000000                             90  180  -  on_site  1
84 rural                security=credit;over=300000                              90  365  -  on_site  1
86 rural                security=credit                                          90  365  10 on_site  1
88 rural                security=secured;over=2000000                            90  180  -  on_site  1
90 rural                security=secured;over=500000                             90  365  -  on_site  1
92 rural                security=secured                                         90  365  5  on_site  1
94 rural                -                                                        90  365  -  on_site  1
"""


class Line(NamedTuple):
    order: int
    lines: list[str]
    needs: dict[str, list[str]]
    first: int
    every: int | None
    percent: int | None
    place: str
    people: int

    def fits(self, line: str, known: dict[str, str], exposure: Decimal) -> bool:
        return line in self.lines and all(
            {"over": lambda least: exposure > least, "from": lambda least: exposure >= least}[name](Decimal(values[0]))
            if name in {"over", "from"}
            else known[name] in values
            for name, values in self.needs.items()
        )


def number(text: str) -> int | None:
    return None if text == "-" else int(text)


def read_table() -> list[Line]:
    found = []
    for row in TABLE.replace("\\\n", "").strip().splitlines():
        order, lines, needs, first, every, percent, place, people = row.split()
        wanted = {} if needs == "-" else dict(part.split("=") for part in needs.split(";"))
        conditions = {name: values.split(",") for name, values in wanted.items()}
        found.append(
            Line(int(order), lines.split(","), conditions, int(first), number(every), number(percent), place,
                 int(people))
        )  # fmt: skip
    return found


POLICY = read_table()


class Debt(NamedTuple):
    """A loan with something to come back, as the table looks at it."""

    loan_no: str
    customer: str
    line: str
    contract: str
    disbursed_on: date
    rank: int
    rule: Line


@dataclass
class Planned:
    """An inspection as the nights leave it."""

    customer: str
    line: str
    kind: str
    occurrence: str
    why: str
    planned_on: date
    first_due_on: date
    due_on: date
    place: str = "on_site"
    people: int = 2
    loans: set[str] = field(default_factory=set)
    withdrawn_on: date | None = None
    done_on: date | None = None
    # What the cycle asked for when a later date was granted: days and the day due.
    granted: tuple[int, date] | None = None

    @property
    def is_open(self) -> bool:
        return not self.withdrawn_on and not self.done_on

    def row(self) -> tuple:
        return (
            self.customer, self.line, self.kind, self.occurrence, self.why, self.planned_on, self.first_due_on,
            self.due_on, self.place, self.people, self.withdrawn_on, self.done_on, frozenset(self.loans),
        )  # fmt: skip


@dataclass
class PlanningOracle:
    """`numbers`: the bank's own number of each customer, which the sample of a year is drawn by.

    `ahead`: periodic inspections are planned so many days before they are due.
    """

    numbers: dict[str, int] = field(default_factory=dict)
    ahead: int = 30
    facts: Facts = field(default_factory=Facts)
    start: date | None = None
    last: date | None = None
    tasks: list[Planned] = field(default_factory=list)
    payments: dict[str, dict[str, date]] = field(default_factory=dict)
    collateral: dict[str, str] = field(default_factory=dict)
    links: dict[tuple[str, str], tuple[str, Decimal]] = field(default_factory=dict)
    # Margin accounts: customer, balance, whether frozen; and those an off-balance item that is not settled holds.
    margins: dict[str, tuple[str, Decimal, bool]] = field(default_factory=dict)
    held: dict[str, str] = field(default_factory=dict)
    ranks: dict[str, int] = field(default_factory=dict)
    # Loan and month of payout whose first inspection is planned; loan → last night arrears of interest were ordered.
    covered: set[tuple[str, str]] = field(default_factory=set)
    ordered: dict[str, date] = field(default_factory=dict)
    # What the cycle of a customer and line asks for tonight: days and the day due.
    cycles: dict[tuple[str, str], tuple[int, date]] = field(default_factory=dict)
    brought_forward: int = 0
    grants_kept: int = 0
    grants_overtaken: int = 0
    before: PlanningOracle | None = None

    def night(self, folder: Path) -> None:
        self.before = None
        self.before = deepcopy(self)
        self._work_on(folder)

    def correct(self, folder: Path) -> None:
        """The date is planned once more from what was known before it; nobody had begun anything."""
        assert self.before is not None
        self.__dict__.update(deepcopy(self.before).__dict__)
        self._work_on(folder)

    def hand_in(self, kind: str, about: tuple[str, str, str], day: date) -> None:
        self._open(kind, about).done_on = day

    def end(self, kind: str, about: tuple[str, str, str], day: date) -> None:
        """Ended without inspection: the next one is counted from that day as from an inspection."""
        self._open(kind, about).done_on = day

    def grant(self, kind: str, about: tuple[str, str, str], until: date) -> None:
        task = self._open(kind, about)
        task.due_on = until
        task.granted = self.cycles[(task.customer, task.line)]

    def _open(self, kind: str, about: tuple[str, str, str]) -> Planned:
        task = next(one for one in self.tasks if (one.kind, (one.customer, one.line, one.occurrence)) == (kind, about))
        assert task.is_open
        return task

    def _work_on(self, folder: Path) -> None:
        day = date.fromisoformat(folder.name)
        self.start = self.start or day
        self._take_in(folder)
        debts = self._debts(day)
        self._plan_first(day, debts)
        self._plan_special(day, debts)
        self._plan_periodic(day, debts)
        self._withdraw(day, debts)
        self.ranks, self.last = self._ranks(day), day

    # ── facts ───────────────────────────────────────────────────────────────────────────────────────────────

    def _take_in(self, folder: Path) -> None:
        self.facts.take_in(folder)
        manifest = {"encoding": "gb18030" if (folder / "manifest.json").read_text().count("gb18030") else "utf-8"}
        for row in rows(folder, "payments_out", manifest):
            self.payments.setdefault(row["loan_no"], {})[row["payment_no"]] = date.fromisoformat(row["paid_on"])
        for row in rows(folder, "collateral", manifest):
            self.collateral[row["collateral_no"]] = row["kind"]
        for row in rows(folder, "accounts", manifest):
            if row["kind"] == "margin":
                is_frozen = row["frozen"] in {"true", "1", "Y"}
                self.margins[row["account_no"]] = (row["customer_no"], Decimal(row["balance"]), is_frozen)
        for row in rows(folder, "off_balance", manifest):
            self.held[row["item_no"]] = row["margin_account_no"] if row["status"] != "settled" else ""
        for row in rows(folder, "collateral_links", manifest):
            key = (row["collateral_no"], row["contract_no"])
            self.links[key] = (row["contract_no"], Decimal(row["secured_amount"]))

    def _is_owed(self, loan: Row) -> bool:
        return loan["status"] in {"active", "advance"} and Decimal(loan["principal_balance"]) > 0

    def _debts(self, day: date) -> list[Debt]:
        loans = [loan for loan in self.facts.loans.values() if self._is_owed(loan)]
        exposure: dict[tuple, Decimal] = {}
        owed: dict[str, Decimal] = {}
        for loan in loans:
            balance = Decimal(loan["principal_balance"])
            key = (loan["customer_no"], self.facts.line_of(loan), loan["currency"])
            exposure[key] = exposure.get(key, Decimal(0)) + balance
            owed[loan["contract_no"]] = owed.get(loan["contract_no"], Decimal(0)) + balance
        return [
            self._debt(loan, day, exposure[(loan["customer_no"], self.facts.line_of(loan), loan["currency"])], owed)
            for loan in loans
        ]

    def _debt(self, loan: Row, day: date, exposure: Decimal, owed: dict[str, Decimal]) -> Debt:
        line, rank = self.facts.line_of(loan), self._rank(loan, day)
        known = {
            "class": CLASSES[rank],
            "family": self.facts.products.get(loan["product_code"], {}).get("family", ""),
            "security": self._security(loan, owed),
        }
        rule = next(one for one in POLICY if one.fits(line, known, exposure))
        contract = loan["contract_no"] or loan["loan_no"]
        disbursed_on = date.fromisoformat(loan["disbursed_on"])
        return Debt(loan["loan_no"], loan["customer_no"], line, contract, disbursed_on, rank, rule)

    def _security(self, loan: Row, owed: dict[str, Decimal]) -> str:
        contract = loan["contract_no"]
        cash = [
            amount
            for (item, _contract), (of, amount) in self.links.items()
            if of == contract and self.collateral.get(item) in CASH
        ]
        if contract and cash and sum(cash) >= owed[contract]:
            return "low_risk"
        if self._is_all_margin(loan["customer_no"]):
            return "low_risk"
        return {"credit": "credit", "": ""}.get(loan["secured_by"], "secured")

    def _is_all_margin(self, customer: str) -> bool:
        """Free margin accounts hold as much as all loans of the customer."""
        loans = [one for one in self.facts.loans.values() if one["customer_no"] == customer and self._is_owed(one)]
        accounts = [
            amount
            for number, (whose, amount, is_frozen) in self.margins.items()
            if whose == customer and not is_frozen and number not in self.held.values()
        ]
        owed = sum(Decimal(one["principal_balance"]) for one in loans)
        return bool(accounts) and {one["currency"] for one in loans} == {"CNY"} and sum(accounts) >= owed

    def _rank(self, loan: Row, day: date) -> int:
        """The worse of core banking's class and the one the days overdue ask for."""
        since = self.facts.overdue_since(loan["loan_no"], day)
        days = (day - since).days if since else 0
        method = self.facts.products.get(loan["product_code"], {}).get("class_method")
        floors = CARD_FLOORS if method == "credit_card" else FLOORS
        floor = next(name for least, name in floors if days >= least)
        return max(CLASSES.index(floor), CLASSES.index(loan.get("five_level_class") or "normal"))

    def _ranks(self, day: date) -> dict[str, int]:
        return {number: self._rank(loan, day) for number, loan in self.facts.loans.items()}

    def _interest_since(self, loan: Row, day: date) -> date | None:
        schedule = self.facts.instalments.get(loan["loan_no"])
        if schedule:
            return min((one.due_on for one in schedule if one.due_on < day and one.interest > 0), default=None)
        matures_on = date.fromisoformat(loan["matures_on"])
        has_matured = matures_on < day
        is_periodic = loan["repayment_method"] in PERIODIC
        parts = [money(loan.get(f"interest_arrears_{side}_balance")) for side in ("on", "off")]
        arrears = sum((part for part in parts if part is not None), Decimal(0))
        receivable = money(loan.get("interest_receivable"))
        owes = (receivable if has_matured and receivable is not None else arrears) > 0
        of_core = day_of(loan.get("interest_overdue_since"))
        if owes and is_periodic and of_core and of_core < day and (not has_matured or of_core < matures_on):
            return of_core
        return matures_on if owes and has_matured else None

    # ── what is due ─────────────────────────────────────────────────────────────────────────────────────────

    def _plan_first(self, day: date, debts: list[Debt]) -> None:
        assert self.start is not None
        groups: dict[tuple, list[tuple[Debt, date]]] = {}
        for debt in debts:
            for paid_on in self.payments.get(debt.loan_no, {"": debt.disbursed_on}).values():
                is_ours = paid_on <= day and paid_on + timedelta(days=debt.rule.first) >= self.start
                month = f"{paid_on:%Y-%m}"
                if is_ours and (debt.loan_no, month) not in self.covered:
                    groups.setdefault((debt.customer, debt.line, debt.contract, month), []).append((debt, paid_on))
        for (customer, line, contract, month), payouts in groups.items():
            name = f"{contract}:{month}"
            former = [one for one in self.tasks if one.kind == "first" and one.occurrence.split("/")[0] == name]
            former = [one for one in former if (one.customer, one.line) == (customer, line)]
            loans = {debt.loan_no for debt, _paid_on in payouts}
            self.covered |= {(loan, month) for loan in loans}
            task = next((one for one in former if one.is_open), None)
            if task is not None:
                task.loans |= loans
                continue
            due_on = min(paid_on + timedelta(days=debt.rule.first) for debt, paid_on in payouts)
            name = f"{name}/{len(former) + 1}" if former else name
            how = self._how([debt for debt, _paid_on in payouts])
            self.tasks.append(
                Planned(customer, line, "first", name, "inspection_first", day, due_on, due_on, *how, loans)
            )

    def _plan_special(self, day: date, debts: list[Debt]) -> None:
        due_on = working_days_after(day, SPECIAL_WORKING_DAYS)
        worse: dict[tuple[str, str], list[Debt]] = {}
        unpaid: dict[tuple[str, str], list[tuple[str, date]]] = {}
        for debt in debts:
            if debt.rank > self.ranks.get(debt.loan_no, len(CLASSES)):
                worse.setdefault((debt.customer, debt.line), []).append(debt)
            since = self._interest_since(self.facts.loans[debt.loan_no], day)
            last = self.ordered.get(debt.loan_no)
            if since and (day - since).days > ARREARS_OVER and not (last and last > since):
                unpaid.setdefault((debt.customer, debt.line), []).append((debt.loan_no, since))
                self.ordered[debt.loan_no] = day
        for (customer, line), found in worse.items():
            name = f"class:{CLASSES[max(debt.rank for debt in found)]}:{day}"
            loans = {debt.loan_no for debt in found}
            why, how = "inspection_class_worse", self._how(found)
            self.tasks.append(Planned(customer, line, "special", name, why, day, due_on, due_on, *how, loans=loans))
        for (customer, line), late in unpaid.items():
            name = f"interest:{min(since for _loan, since in late)}:{day}"
            loans = {loan for loan, _since in late}
            why = "inspection_interest_arrears"
            how = self._how([debt for debt in debts if debt.loan_no in loans])
            self.tasks.append(Planned(customer, line, "special", name, why, day, due_on, due_on, *how, loans=loans))

    def _how(self, debts: list[Debt]) -> tuple[str, int]:
        """Where and by how many: as the strictest of the loans' rules asks."""
        is_on_site = any(debt.rule.place == "on_site" for debt in debts)
        return "on_site" if is_on_site else "off_site", max(debt.rule.people for debt in debts)

    def _plan_periodic(self, day: date, debts: list[Debt]) -> None:
        assert self.start is not None
        lines: dict[tuple[str, str], list[Debt]] = {}
        for debt in debts:
            lines.setdefault((debt.customer, debt.line), []).append(debt)
        self.cycles = {}
        for (customer, line), found in lines.items():
            base = max(self.start, min(debt.disbursed_on for debt in found), *self._visits(customer, line))
            rules = [debt.rule for debt in found if debt.rule.every and self._is_drawn(customer, day, debt.rule)]
            rule = min(rules, key=lambda one: (one.every, one.order), default=None)
            if rule is None or rule.every is None:
                continue
            due_on = base + timedelta(days=rule.every)
            self.cycles[(customer, line)] = (rule.every, due_on)
            open_one = self._open_periodic(customer, line)
            if open_one is not None:
                self._bring_forward(open_one, due_on, day)
                continue
            if self.last and due_on <= self.last + timedelta(days=self.ahead):
                # The night before would have planned it, had it been due then: facts changed, and days are left.
                due_on = max(due_on, day + timedelta(days=NOTICE))
            if due_on <= day + timedelta(days=self.ahead):
                loans = {debt.loan_no for debt in found}
                name = self._name(customer, line, base)
                self.tasks.append(
                    Planned(customer, line, "periodic", name, "inspection_periodic", day, due_on, due_on,
                            rule.place, rule.people, loans)
                )  # fmt: skip

    def _name(self, customer: str, line: str, base: date) -> str:
        """A cycle that an inspection handed in on its first day begins anew gets a number."""
        names = [
            one.occurrence for one in self.tasks if (one.customer, one.line, one.kind) == (customer, line, "periodic")
        ]
        former = [name for name in names if name.startswith(base.isoformat())]
        return f"{base}/{len(former) + 1}" if former else f"{base}"

    def _visits(self, customer: str, line: str) -> list[date]:
        """When inspectors were there: a first inspection begins the cycle anew as a periodic one does."""
        return [
            one.done_on
            for one in self.tasks
            if one.done_on and one.kind != "special" and (one.customer, one.line) == (customer, line)
        ]

    def _is_drawn(self, customer: str, day: date, rule: Line) -> bool:
        if rule.percent is None:
            return True
        return (self.numbers[customer] * 7919 + day.year * 104729) % 10007 % 100 < rule.percent

    def _open_periodic(self, customer: str, line: str) -> Planned | None:
        about = (customer, line, "periodic", True)
        return next((one for one in self.tasks if (one.customer, one.line, one.kind, one.is_open) == about), None)

    def _bring_forward(self, task: Planned, wanted: date, day: date) -> None:
        """Worse facts shorten a date given, and leave five days; better ones never lengthen it.

        A date granted yields only to facts worse than they were at the grant.
        """
        due_on = min(task.due_on, max(wanted, day + timedelta(days=NOTICE)))
        if task.granted is not None:
            days, due_then = task.granted
            if self.cycles[(task.customer, task.line)][0] >= days and wanted >= due_then:
                self.grants_kept += due_on < task.due_on
                return
            self.grants_overtaken += due_on < task.due_on
        self.brought_forward += due_on < task.due_on
        task.due_on = due_on

    def _withdraw(self, day: date, debts: list[Debt]) -> None:
        live = {debt.loan_no for debt in debts}
        lines = {(debt.customer, debt.line) for debt in debts}
        for task in self.tasks:
            is_left = (task.customer, task.line) in lines if task.kind == "periodic" else bool(task.loans & live)
            if task.is_open and not is_left:
                task.withdrawn_on = day
                # What is withdrawn covers nothing any more.
                self.covered -= {
                    (loan, task.occurrence.split(":")[1][:7]) for loan in task.loans if task.kind == "first"
                }
                if task.why == "inspection_interest_arrears":
                    for loan in task.loans:
                        self.ordered.pop(loan, None)
