"""What the nights must have left behind, worked out row by row from the extracts' files and the published holidays.

Nothing here is shared with the product: thresholds are written out, files are read by csv, dates counted by hand.
Fed one extract after the other, in their order; the answers are lists, so that what is there twice is seen.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import chinese_calendar

Row = dict[str, str]
HEAD = "branch_head"
MATURITY_STEPS = {90: 10, 30: 3, 7: 2, 1: 0}
MATURING = {"acceptance", "guarantee_letter", "letter_of_credit", "non_standard"}
AS_A_WHOLE = {"bullet", "interest_monthly", "interest_quarterly"}
IN_PARTS = {"equal_instalments", "equal_principal"}
RETAIL = {"personal", "rural", "inclusive"}
BUCKETS, BANDS = [1, 31, 61, 91, 121, 151, 181], [1, 31, 61, 91, 181, 271, 361]
# Work, days until it is due, whether those are working days.
CORPORATE = [("contact", 0, True), ("cause", 3, True), ("visit", 5, True), ("notice", 15, False)]
CORPORATE_AGAIN = [("contact", 3, True), ("notice", 15, False)]
# By days overdue: what is asked, and within how many days.
RETAIL_LADDER = {
    1: (["message"], 2),
    4: (["contact", "cause"], 6),
    11: (["contact", "letter"], 19),
    31: (["visit", "notice"], 29),
    61: (["lawyer_letter", "guarantor_claim"], 29),
    91: (["suit", "notice"], 15),
}


def working_days_after(day: date, n: int) -> date:
    while n:
        day += timedelta(days=1)
        n -= chinese_calendar.is_workday(day)
    return day


def rows(folder: Path, name: str) -> list[Row]:
    path = folder / f"{name}.csv"
    if not path.exists():
        return []
    encoding = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["encoding"]
    with path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="") as file:
        return list(csv.DictReader(file))


def a_day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def unpaid(row: Row) -> tuple[Decimal, Decimal]:
    """Principal and interest, each for itself: what is overpaid of one does not offset the other."""
    left = [Decimal(row[f"{part}_due"]) - Decimal(row[f"{part}_paid"]) for part in ("principal", "interest")]
    return max(left[0], Decimal(0)), max(left[1], Decimal(0))


@dataclass
class Todo:
    kind: str
    subject: str
    occurrence: str
    who: str
    opened_on: date
    due_on: date
    about: str = ""
    state: str = "open"
    closed_on: date | None = None

    def close(self, state: str, day: date) -> None:
        self.state, self.closed_on = state, day

    def line(self) -> tuple[str, ...]:
        opened, due, closed = (str(day or "") for day in (self.opened_on, self.due_on, self.closed_on))
        return (self.kind, self.about, self.occurrence, self.who, opened, due, self.state, closed)


@dataclass
class Notice:
    subject: str
    matures_on: date
    step: int
    raised_on: date
    due_on: date
    withdrawn_on: date | None = None


@dataclass
class Case:
    opened_on: date
    is_retail: bool
    level: int
    tick: int
    last: date
    rung: int = 0
    closed_on: date | None = None


@dataclass
class Extract:
    """The files of one date as far as they matter."""

    day: date
    loans: dict[str, Row]
    items: dict[str, Row]
    instalments: dict[str, list[Row]]
    deductions: list[Row]
    accounts: dict[str, Row]
    guaranteed: set[str]
    customers: dict[str, Row]
    lines: dict[str, str]
    here: set[str]

    @classmethod
    def read(cls, folder: Path) -> Extract:
        instalments: dict[str, list[Row]] = {}
        for row in rows(folder, "instalments"):
            instalments.setdefault(row["loan_no"], []).append(row)
        return cls(
            day=date.fromisoformat(folder.name),
            loans={row["loan_no"]: row for row in rows(folder, "loans")},
            items={row["item_no"]: row for row in rows(folder, "off_balance")},
            instalments=instalments,
            deductions=rows(folder, "deductions"),
            accounts={row["account_no"]: row for row in rows(folder, "accounts")},
            guaranteed={row["contract_no"] for row in rows(folder, "guarantees")},
            customers={row["customer_no"]: row for row in rows(folder, "customers")},
            lines={row["product_code"]: row["line"] for row in rows(folder, "products")},
            here={row["staff_no"] for row in rows(folder, "staff") if row["active"] != "0"},
        )

    def who(self, subject: str) -> str:
        """The manager core banking names for the loan, else the customer's; who has left gives way to the head's queue."""
        row = self.loans.get(subject) or self.items[subject]
        named = row.get("manager_no") or self.customers[row["customer_no"]]["manager_no"]
        return named if named in self.here else HEAD

    def comes_back_as_a_whole(self, loan: Row) -> bool:
        plan = self.instalments.get(loan["loan_no"], [])
        if not plan or loan["repayment_method"] in AS_A_WHOLE:
            return True
        with_principal = sum(Decimal(row["principal_due"]) > 0 for row in plan)
        return loan["repayment_method"] not in IN_PARTS and with_principal <= 1

    def matures(self, subject: str) -> date | None:
        """The maturity that is watched; None where there is none."""
        if loan := self.loans.get(subject):
            watched = loan["status"] == "active" and Decimal(loan["principal_balance"]) > 0
            return a_day(loan["matures_on"]) if watched and self.comes_back_as_a_whole(loan) else None
        item = self.items[subject]
        return a_day(item["matures_on"]) if item["status"] == "active" and item["kind"] in MATURING else None

    def begins(self, subject: str) -> date:
        loan = self.loans.get(subject)
        return date.fromisoformat(loan["disbursed_on"] if loan else self.items[subject]["issued_on"])

    def overdue_since(self, loan: Row) -> date | None:
        if loan["status"] in ("settled", "transferred"):
            return None
        plan = self.instalments.get(loan["loan_no"], [])
        if plan:
            late = (row for row in plan if row["due_on"] < self.day.isoformat() and any(unpaid(row)))
            return a_day(min((row["due_on"] for row in late), default=""))
        matures_on = a_day(loan["matures_on"])
        has_matured = matures_on is not None and matures_on < self.day
        since = {matures_on} if has_matured and Decimal(loan["principal_balance"]) > 0 else set()
        told = a_day(loan["interest_overdue_since"])
        is_periodic = loan["repayment_method"] in AS_A_WHOLE - {"bullet"} | IN_PARTS
        arrears = sum(Decimal(loan[f"interest_arrears_{part}_balance"] or 0) for part in ("on", "off"))
        if is_periodic and told is not None and told < self.day and (arrears > 0 or has_matured):
            since.add(told)
        return min(filter(None, since), default=None)


@dataclass
class Oracle:
    """All that is known after the nights fed so far."""

    todos: list[Todo] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    cases: dict[str, list[Case]] = field(default_factory=dict)
    reminders: dict[tuple[str, int, str, int], date] = field(default_factory=dict)
    expected: dict[tuple[str, str], date | None] = field(default_factory=dict)
    messages: list[tuple[str, str, str, str]] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)

    def night(self, folder: Path) -> None:
        extract = Extract.read(folder)
        self._mature(extract)
        for loan in extract.loans.values():
            self._follow(extract, loan)
        for loan in extract.loans.values():
            self._remind(extract, loan)
        self._deduct(extract)
        self._fail(extract)

    # ── answers ───────────────────────────────────────────────────────────────────────────────────────────

    def wanted(self) -> dict[str, list[tuple[str, ...]]]:
        """Todos, notices, reminders, deductions and messages, each sorted, as `found.py` asks the database."""
        return {
            "todos": sorted(todo.line() for todo in self.todos),
            "notices": sorted(
                (n.subject, str(n.matures_on), str(n.step), str(n.raised_on), str(n.due_on), str(n.withdrawn_on or ""))
                for n in self.notices
            ),
            "reminders": sorted((*map(str, key), str(day)) for key, day in self.reminders.items()),
            "deductions": sorted((*key, str(ended or "")) for key, ended in self.expected.items()),
            "messages": sorted(self.messages),
        }

    # ── todos and messages ────────────────────────────────────────────────────────────────────────────────

    def _push(self, extract: Extract, todo: Todo, gives_way: tuple[str, ...] = ()) -> bool:
        known = [
            t for t in self.todos if (t.kind, t.subject, t.occurrence) == (todo.kind, todo.subject, todo.occurrence)
        ]
        if any(former.state in ("open", "superseded") for former in known):
            return False
        self._close(extract.day, "superseded", lambda t: t.kind in gives_way and t.subject == todo.subject)
        self.todos.append(todo)
        return True

    def _close(self, day: date, state: str, which) -> None:  # type: ignore[no-untyped-def]
        for todo in self.todos:
            if todo.state == "open" and which(todo):
                todo.close(state, day)

    def _tell(self, extract: Extract, template: str, subject: str, *, staff: str = "") -> None:
        row = extract.loans.get(subject) or extract.items[subject]
        customer = row["customer_no"]
        loan = subject if subject in extract.loans else ""
        self.messages.append((template, staff or customer, loan, str(extract.day)))
        self.addresses.append(staff or extract.customers[customer]["phone"])

    # ── maturities ────────────────────────────────────────────────────────────────────────────────────────

    def _mature(self, extract: Extract) -> None:
        day = extract.day
        for notice in self.notices:
            if notice.withdrawn_on is None and self._has_gone(extract, notice):
                notice.withdrawn_on = day
                about = f"{notice.matures_on}"
                self._close(
                    day,
                    "withdrawn",
                    lambda t, n=notice, a=about: t.kind in ("maturity_notice", "maturity_plan")
                    and t.subject == n.subject and t.occurrence.startswith(a),
                )  # fmt: skip
        for subject in [*extract.loans, *extract.items]:
            self._raise(extract, subject)
        self._owe_plans(extract)
        of_maturity = ("maturity_notice", "maturity_plan")
        self._close(day, "withdrawn", lambda t: t.kind in of_maturity and t.occurrence[:10] < day.isoformat())

    def _owe_plans(self, extract: Extract) -> None:
        """Nobody makes one here: it is owed when the first answer is due, and at 7 days whatever is due."""
        standing: dict[tuple[str, date], dict[int, date]] = {}
        for n in self.notices:
            if n.withdrawn_on is None and n.matures_on >= extract.day:
                standing.setdefault((n.subject, n.matures_on), {})[n.step] = n.due_on
        for (subject, matures_on), answers in standing.items():
            due_on = min((answers[step] for step in (90, 30) if step in answers), default=None)
            if due_on is not None and (due_on <= extract.day or min(answers) <= 7):
                occurrence, who = f"{matures_on}:plan", extract.who(subject)
                todo = Todo("maturity_plan", subject, occurrence, who, extract.day, due_on, about=subject)
                self._push(extract, todo)

    def _has_gone(self, extract: Extract, notice: Notice) -> bool:
        row = extract.loans.get(notice.subject) or extract.items[notice.subject]
        is_settled = row["status"] != "active" or Decimal(row.get("principal_balance", "1")) == 0
        return is_settled or a_day(row["matures_on"]) != notice.matures_on

    def _raise(self, extract: Extract, subject: str) -> None:
        day, matures_on = extract.day, extract.matures(subject)
        if matures_on is None or matures_on < day:
            return
        left, term = (matures_on - day).days, (matures_on - extract.begins(subject)).days
        standing = {
            n.step for n in self.notices if (n.subject, n.matures_on, n.withdrawn_on) == (subject, matures_on, None)
        }
        new = [step for step in MATURITY_STEPS if left <= step <= term and step not in standing]
        for step in new:
            due_on = min(working_days_after(day, MATURITY_STEPS[step]), matures_on)
            self.notices.append(Notice(subject, matures_on, step, day, due_on))
        if not new:
            return
        step = min(new)
        due_on = min(working_days_after(day, MATURITY_STEPS[step]), matures_on)
        who, kind = extract.who(subject), "maturity_notice"
        todo = Todo(kind, subject, f"{matures_on}:{step}", who, day, due_on, about=subject)
        if self._push(extract, todo, (kind,)) and who != HEAD:
            self._tell(extract, "maturity_staff", subject, staff=who)
        if step in (7, 1):
            loan = extract.loans.get(subject)
            template = "maturity_item_borrower"
            if loan:
                template = "maturity_borrower" if loan["interest_receivable"] else "maturity_borrower_principal"
            self._tell(extract, template, subject)

    # ── overdue work ──────────────────────────────────────────────────────────────────────────────────────

    def _follow(self, extract: Extract, loan: Row) -> None:
        day, number = extract.day, loan["loan_no"]
        since = extract.overdue_since(loan) if loan["status"] in ("active", "advance") else None
        known = self.cases.setdefault(number, [])
        case = known[-1] if known and known[-1].closed_on is None else None
        if since is None or since >= day:
            if case is not None:
                case.closed_on = day
                subject = f"{number}#{len(known)}"
                self._close(day, "withdrawn", lambda t: t.subject == subject)
            return
        line = extract.lines.get(loan["product_code"], "")
        is_retail = case.is_retail if case else line in RETAIL
        starts, late = BUCKETS if is_retail else BANDS, (day - since).days
        level = sum(late >= start for start in starts)
        tick = (late - starts[-1]) // 30 if level == 7 else 0
        rung = sum(late >= start for start in RETAIL_LADDER) if is_retail else 0
        reason = self._reason(case, level, tick, rung, day)
        if case is None:
            case = Case(day, is_retail, level, tick, day, rung)
            known.append(case)
        case.level, case.tick, case.rung = level, tick, rung
        if reason:
            case.last = day
            if is_retail:
                works, within = RETAIL_LADDER[max(start for start in RETAIL_LADDER if late >= start)]
                asked = [(work, within, False) for work in works]
            else:
                asked = CORPORATE_AGAIN if reason in ("repeat", "last_step") else CORPORATE
            self._ask_for_work(extract, loan, len(known), level, asked)

    @staticmethod
    def _reason(case: Case | None, level: int, tick: int, rung: int, day: date) -> str:
        if case is None:
            return "opened"
        if level > case.level:
            return "worse"
        if level == 7:
            return "last_step" if tick > case.tick else ""
        if level == case.level and rung > case.rung:
            return "rung"
        return "repeat" if (day - case.last).days >= 30 else ""

    def _ask_for_work(
        self, extract: Extract, loan: Row, episode: int, level: int, asked: list[tuple[str, int, bool]]
    ) -> None:
        number = loan["loan_no"]
        for work, within, are_working in asked:
            if work == "message":
                continue  # no todo; it may wait for the end of the quiet hours
            if work == "guarantor_claim" and loan.get("contract_no", "") not in extract.guaranteed - {""}:
                continue
            due_on = working_days_after(extract.day, within) if are_working else extract.day + timedelta(days=within)
            kind, subject = f"overdue_{work}", f"{number}#{episode}"
            occurrence = f"{extract.day}:{level}:{work}"
            todo = Todo(kind, subject, occurrence, extract.who(number), extract.day, due_on, about=number)
            self._push(extract, todo, (kind,))

    # ── instalments and deductions ────────────────────────────────────────────────────────────────────────

    def _remind(self, extract: Extract, loan: Row) -> None:
        if loan["status"] != "active":
            return
        for row in extract.instalments.get(loan["loan_no"], []):
            left = (date.fromisoformat(row["due_on"]) - extract.day).days
            if left <= 0 or not any(unpaid(row)):
                continue
            keys = [(loan["loan_no"], int(row["number"]), row["due_on"], step) for step in (7, 1) if left <= step]
            new = [key for key in keys if key not in self.reminders]
            self.reminders |= dict.fromkeys(new, extract.day)
            if new:
                self._tell(extract, "instalment_due", loan["loan_no"])

    def _deduct(self, extract: Extract) -> None:
        day = extract.day
        due = self._due_until(extract, working_days_after(day, 1))
        for key, ended in self.expected.items():
            if ended is None and (key[1] <= day.isoformat() or key not in due):
                self.expected[key] = day
                self._close(
                    day, "withdrawn", lambda t, k=key: t.kind == "deduction_shortfall" and t.subject == "|".join(k)
                )
        for key, total in due.items():
            self.expected[key] = None
            account = extract.accounts.get(extract.loans[key[0]]["account_no"])
            there = Decimal(account["available"] or account["balance"]) if account else None
            subject = "|".join(key)
            if there is not None and total > there:
                who = extract.who(key[0])
                self._push(extract, Todo("deduction_shortfall", subject, key[1], who, day, day, about=key[0]))
            elif there is not None:
                self._close(day, "withdrawn", lambda t, s=subject: t.kind == "deduction_shortfall" and t.subject == s)

    def _due_until(self, extract: Extract, until: date) -> dict[tuple[str, str], Decimal]:
        """What falls due after the date, by loan and day: instalments, else a balance that comes back as a whole."""
        first, last = extract.day.isoformat(), until.isoformat()
        due: dict[tuple[str, str], Decimal] = {}
        for number, loan in extract.loans.items():
            if loan["status"] != "active":
                continue
            for row in extract.instalments.get(number, []):
                if first < row["due_on"] <= last:
                    key = (number, row["due_on"])
                    due[key] = due.get(key, Decimal(0)) + sum(unpaid(row))
            days = {row["due_on"] for row in extract.instalments.get(number, [])}
            for notice in self.notices:
                day = notice.matures_on.isoformat()
                if notice.subject == number and notice.withdrawn_on is None and first < day <= last and day not in days:
                    owed = Decimal(loan["principal_balance"]) + Decimal(loan["interest_receivable"] or 0)
                    due[(number, day)] = owed
        return {key: total for key, total in due.items() if total > 0}

    def _fail(self, extract: Extract) -> None:
        day, kind = extract.day, "deduction_failed"
        late = {number for number, loan in extract.loans.items() if extract.overdue_since(loan)}
        self._close(day, "withdrawn", lambda t: t.kind == kind and t.opened_on < day and t.about not in late)
        last: dict[str, Row] = {}
        for row in sorted(extract.deductions, key=lambda row: row["tried_on"]):
            is_recent = date.fromisoformat(row["tried_on"]) > day - timedelta(days=7)
            loan = extract.loans.get(row["loan_no"])
            if is_recent and row["result"] != "taken" and loan and loan["status"] in ("active", "advance"):
                last[row["loan_no"]] = row
        for number, row in last.items():
            due_on = working_days_after(day, 1)
            who = extract.who(number)
            self._push(extract, Todo(kind, number, row["deduction_no"], who, day, due_on, about=number), (kind,))
