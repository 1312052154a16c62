"""Every notice, stage, reminder and todo of a bank, night after night, worked out from the extracts' files alone.

Shares no code with the product: thresholds are written out, working days come from the published holidays, what is
superseded or withdrawn is followed by hand. Nobody acts in these months, so nothing is done: it is all the night's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import chinese_calendar

from tests.test_collections.bank_facts import Facts, Row, day_of, money

STARTS = {"bucket": [1, 31, 61, 91, 121, 151, 181], "band": [1, 31, 61, 91, 181, 271, 361]}
RETAIL = {"personal", "rural", "inclusive"}
# Work, within, whether working days.
FIRST_CORPORATE = [("contact", 0, True), ("cause", 3, True), ("visit", 5, True), ("notice", 15, False)]
AGAIN_CORPORATE = [("contact", 3, True), ("notice", 15, False)]
# "DPD 1–3 SMS+APP; 4–10 call; 11–30 call+letter; 31–60 visit+notice with receipt; 61–90 lawyer's letter, guarantor
# claim; >90 sue/asset preservation" (collections-and-disposal.md, 1), each due on the last day of its span; "day after:
# call again, find the reason", "written notice at least monthly" (practices.md).
RETAIL_STRATEGY = [
    (1, 3, ["message"]),
    (4, 10, ["contact", "cause"]),
    (11, 30, ["contact", "letter"]),
    (31, 60, ["visit", "notice"]),
    (61, 90, ["lawyer_letter", "guarantor_claim"]),
    (91, 106, ["suit", "notice"]),
]
ANSWER_WITHIN = {90: 10, 30: 3, 7: 2, 1: 0}
WATCHED_ITEMS = {"acceptance", "guarantee_letter", "letter_of_credit", "non_standard"}


def is_working(day: date) -> bool:
    try:
        return chinese_calendar.is_workday(day)
    except NotImplementedError:
        return day.weekday() < 5


def working_days_after(day: date, n: int) -> date:
    while n:
        day += timedelta(days=1)
        n -= is_working(day)
    return day


def working_days_between(earlier: date, later: date) -> int:
    span = (later - earlier).days
    return sum(is_working(earlier + timedelta(days=n)) for n in range(1, span + 1))


@dataclass
class Work:
    """A todo as the night leaves it."""

    kind: str
    customer: str
    about: str
    occurrence: str
    who: str
    due_on: date
    opened_on: date
    loan: str = ""
    state: str = "open"
    closed_on: date | None = None
    why: str = ""
    told: dict[str, date] = field(default_factory=dict)

    def end(self, state: str, day: date, why: str) -> None:
        self.state, self.closed_on, self.why = state, day, why

    def row(self) -> tuple:
        return (
            self.kind, self.customer, self.loan, self.about, self.occurrence, self.who, self.due_on, self.opened_on,
            self.state, self.closed_on, self.why, self.told.get("A"), self.told.get("head"), self.told.get("supervisor"),
        )  # fmt: skip


class Message(NamedTuple):
    """Something told to a borrower or to staff; amounts as they are written out."""

    template: str
    to: str
    about: str
    on: date
    amounts: tuple[str, ...]


@dataclass
class Notice:
    about: str
    matures_on: date
    step: int
    raised_on: date
    due_on: date
    is_tightest: bool
    withdrawn_on: date | None = None
    why: str = ""


@dataclass
class Case:
    loan: str
    scale: str
    line: str
    opened_on: date
    level: int
    tick: int
    last: date
    span: int = 0
    closed_on: date | None = None
    why: str = ""


def spelled(amount: Decimal) -> str:
    return f"{amount:,.2f}"


@dataclass
class BankOracle:
    facts: Facts = field(default_factory=Facts)
    works: list[Work] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    stages: set[tuple[str, date, str, int]] = field(default_factory=set)
    reminders: set[tuple[str, int, date, int, date, Decimal]] = field(default_factory=set)
    listed: dict[tuple[str, date], dict[str, object]] = field(default_factory=dict)
    lists: set[tuple[str, date, int, date]] = field(default_factory=set)
    messages: list[Message] = field(default_factory=list)
    # Which works are open, by kind and subject: what a night looks at, so that it costs what is open.
    open: list[Work] = field(default_factory=list)

    def night(self, folder: Path) -> None:
        day = date.fromisoformat(folder.name)
        self.facts.take_in(folder)
        self._maturities(day)
        self._monthly_lists(day)
        self._overdue(day)
        self._reminders(day)
        self._deductions(day)
        self._failures(day)
        self._escalate(day)
        self.open = [work for work in self.open if work.state == "open"]

    # ── todos ───────────────────────────────────────────────────────────────────────────────────────────────

    def _push(self, day: date, work: Work, gives_way: set[str] = frozenset()) -> bool:  # type: ignore[assignment]
        """Opened unless it is there, was done, or gave way; a newer one takes the place of those about the same."""
        same = [w for w in self.works if (w.kind, w.about, w.occurrence) == (work.kind, work.about, work.occurrence)]
        if any(w.state != "withdrawn" for w in same):
            return False
        for older in self.open:
            if older.state == "open" and older.about == work.about and older.kind in gives_way:
                older.end("superseded", day, "worse_stage")
        self.works.append(work)
        self.open.append(work)
        return True

    def _withdraw(self, day: date, why: str, which) -> None:
        for work in self.open:
            if work.state == "open" and which(work):
                work.end("withdrawn", day, why)

    def _escalate(self, day: date) -> None:
        for work in self.open:
            if work.state != "open":
                continue
            late = working_days_between(work.due_on, day) if work.due_on < day else -1
            for name, is_due in (("A", work.due_on <= day), ("head", late >= 3), ("supervisor", late >= 5)):
                if is_due:
                    work.told.setdefault(name, day)

    # ── maturities ──────────────────────────────────────────────────────────────────────────────────────────

    def _subjects(self) -> dict[str, tuple[Row, bool]]:
        return {
            **{f"loan {number}": (row, True) for number, row in self.facts.loans.items()},
            **{f"item {number}": (row, False) for number, row in self.facts.off_balance.items()},
        }

    def _is_watched(self, row: Row, is_loan: bool) -> bool:
        if row["status"] != "active":
            return False
        if is_loan:
            return Decimal(row["principal_balance"]) > 0 and self.facts.comes_back_as_a_whole(row)
        return row["kind"] in WATCHED_ITEMS

    def _maturities(self, day: date) -> None:
        subjects = self._subjects()
        for notice in self.notices:
            if notice.withdrawn_on is None:
                self._look_at(notice, *subjects[notice.about], day)
        standing = {(n.about, n.matures_on, n.step) for n in self.notices if n.withdrawn_on is None}
        for about, (row, is_loan) in subjects.items():
            matures_on = date.fromisoformat(row["matures_on"])
            days = (matures_on - day).days
            term = (matures_on - date.fromisoformat(row["disbursed_on" if is_loan else "issued_on"])).days
            if not 0 <= days <= 90 or not self._is_watched(row, is_loan):
                continue
            steps = [s for s in (1, 7, 30, 90) if days <= s <= term and (about, matures_on, s) not in standing]
            for step in steps:
                due_on = min(working_days_after(day, ANSWER_WITHIN[step]), matures_on)
                self.notices.append(Notice(about, matures_on, step, day, due_on, step == steps[0]))
            if steps:
                self._issue(about, row, is_loan, matures_on, steps[0], day)
        self._owe_plans(subjects, day)
        of_maturity = {"maturity_notice", "maturity_plan"}
        self._withdraw(
            day,
            "due_date_passed",
            lambda w: w.kind in of_maturity and date.fromisoformat(w.occurrence[:10]) < day,
        )

    def _owe_plans(self, subjects: dict[str, tuple[Row, bool]], day: date) -> None:
        """Nobody makes a plan here: it is owed once the 90 or 30 days' answer is due, at 7 days whatever is due."""
        standing: dict[tuple[str, date], dict[int, Notice]] = {}
        for notice in self.notices:
            if notice.withdrawn_on is None and notice.matures_on >= day:
                standing.setdefault((notice.about, notice.matures_on), {})[notice.step] = notice
        for (about, matures_on), by_step in standing.items():
            first_answer = min((by_step[step].due_on for step in (90, 30) if step in by_step), default=None)
            if first_answer is not None and (first_answer <= day or min(by_step) <= 7):
                row, is_loan = subjects[about]
                work = self._of_maturity("maturity_plan", about, row, is_loan, f"{matures_on}:plan", first_answer, day)
                self._push(day, work)

    def _of_maturity(
        self, kind: str, about: str, row: Row, is_loan: bool, occurrence: str, due_on: date, day: date
    ) -> Work:
        loan, customer = row if is_loan else None, row["customer_no"]
        return Work(
            kind=kind,
            customer=customer,
            loan=row["loan_no"] if is_loan else "",
            about=about,
            occurrence=occurrence,
            who=self.facts.who(customer, loan, self.facts.line_of(loan, customer)),
            due_on=due_on,
            opened_on=day,
        )

    def _look_at(self, notice: Notice, row: Row, is_loan: bool, day: date) -> None:
        if row["status"] != "active" or (is_loan and Decimal(row["principal_balance"]) == 0):
            notice.why = "settled"
        elif date.fromisoformat(row["matures_on"]) != notice.matures_on:
            notice.why = "maturity_moved"
        else:
            return
        notice.withdrawn_on = day
        why = "settled" if notice.why == "settled" else "no_longer_due"
        begins = str(notice.matures_on)
        self._withdraw(day, why, lambda w: w.about == notice.about and w.occurrence.startswith(begins))

    def _issue(self, about: str, row: Row, is_loan: bool, matures_on: date, step: int, day: date) -> None:
        due_on = min(working_days_after(day, ANSWER_WITHIN[step]), matures_on)
        work = self._of_maturity("maturity_notice", about, row, is_loan, f"{matures_on}:{step}", due_on, day)
        if not self._push(day, work, {"maturity_notice"}):
            return
        if "@" not in work.who:
            days = str((matures_on - day).days)
            self.messages.append(Message("maturity_staff", work.who, about[5:], matures_on, (days,)))
        if step in {7, 1}:
            self.messages.append(self._to_borrower(about, row, is_loan, matures_on, step))

    def _to_borrower(self, about: str, row: Row, is_loan: bool, matures_on: date, step: int) -> Message:
        template = "maturity_borrower"
        if is_loan:
            told, interest = [Decimal(row["principal_balance"])], money(row.get("interest_receivable"))
            if interest is None:
                template = "maturity_borrower_principal"
            else:
                told.append(interest)
        else:
            amount = Decimal(row["amount"])
            template = "maturity_item_borrower"
            told = [amount, max(amount - (money(row.get("margin_balance")) or 0), Decimal(0))]
        return Message(template, row["customer_no"], about[5:], matures_on, (*map(spelled, told), str(step)))

    def _monthly_lists(self, day: date) -> None:
        first = (day.replace(day=1) + timedelta(days=32)).replace(day=1) if day.day >= 20 else day.replace(day=1)
        counts: dict[str, int] = {}
        for row, is_loan in self._subjects().values():
            matures_on = date.fromisoformat(row["matures_on"])
            if (matures_on.year, matures_on.month) == (first.year, first.month) and self._is_watched(row, is_loan):
                counts[row["branch_code"]] = counts.get(row["branch_code"], 0) + 1
        there = {(branch, month) for branch, month, *_rest in self.lists}
        for branch, n in counts.items():
            if (branch, first) not in there:
                self.lists.add((branch, first, n, day))
                for head in self.facts.holders("branch_head", branch):
                    self.messages.append(Message("maturity_list_staff", head, branch, first, (str(n),)))

    # ── overdue ─────────────────────────────────────────────────────────────────────────────────────────────

    def _overdue(self, day: date) -> None:
        current = {case.loan: case for case in self.cases if case.closed_on is None}
        for number, loan in self.facts.loans.items():
            is_worked_on = loan["status"] in {"active", "advance"}
            since = self.facts.overdue_since(number, day) if is_worked_on else None
            case = current.get(number)
            if since is None or since >= day:
                if case is not None:
                    self._close(case, loan["status"], day)
                continue
            self._follow(case, loan, since, day)

    def _close(self, case: Case, status: str, day: date) -> None:
        names = {"written_off": "written_off", "settled": "settled", "transferred": "not_worked_on"}
        case.closed_on, case.why = day, names.get(status, "current")
        why = {"current": "current_again", "settled": "settled"}.get(case.why, "no_longer_due")
        self._withdraw(day, why, lambda w: w.about == f"case {case.loan} {case.opened_on}")

    def _follow(self, case: Case | None, loan: Row, since: date, day: date) -> None:
        days = (day - since).days
        if case is None:
            line = self.facts.line_of(loan) or "corporate"
            case = Case(loan["loan_no"], "bucket" if line in RETAIL else "band", line, day, 0, 0, day)
            self.cases.append(case)
            reason = "opened"
        else:
            reason = ""
        starts = STARTS[case.scale]
        level = sum(days >= start for start in starts)
        tick = (days - starts[-1]) // 30 if level == 7 else 0
        if not reason and level > case.level:
            reason = "worse"
        elif not reason and level == 7:
            reason = "last_step" if tick > case.tick else ""
        span = sum(days >= first for first, _last, _works in RETAIL_STRATEGY) if case.scale == "bucket" else 0
        if not reason and level < 7 and level == case.level and span > case.span:
            reason = "rung"
        elif not reason and level < 7 and (day - case.last).days >= 30:
            reason = "repeat"
        case.level, case.tick, case.span = level, tick, span
        if reason:
            case.last = day
            self.stages.add((case.loan, day, reason, level))
            self._ask(case, loan, reason, since, day)

    def _ask(self, case: Case, loan: Row, reason: str, since: date, day: date) -> None:
        if case.scale == "band":
            asked = AGAIN_CORPORATE if reason in {"repeat", "last_step"} else FIRST_CORPORATE
        else:
            first, last, names = RETAIL_STRATEGY[case.span - 1]
            asked = [(name, last - first, False) for name in names]
        for name, within, is_working_days in asked:
            if name == "message":
                self._dun(loan, since, day)
                continue
            if name == "guarantor_claim" and not self.facts.has_guarantee(loan):
                continue
            due_on = working_days_after(day, within) if is_working_days else day + timedelta(days=within)
            kind = f"overdue_{name}"
            work = Work(
                kind=kind,
                customer=loan["customer_no"],
                loan=case.loan,
                about=f"case {case.loan} {case.opened_on}",
                occurrence=f"{day}:{case.level}:{name}",
                who=self.facts.who(loan["customer_no"], loan, case.line),
                due_on=due_on,
                opened_on=day,
            )
            self._push(day, work, {kind})

    def _dun(self, loan: Row, since: date, day: date) -> None:
        """The borrower is told the exact arrears; interest that nobody knows is not told as nothing."""
        principal, interest = self.facts.overdue_amounts(loan["loan_no"], day)
        if interest is None:
            template, told = "overdue_borrower_principal", [principal]
        else:
            template, told = "overdue_borrower", [principal + interest, principal, interest]
        amounts = (*map(spelled, told), str(day))
        self.messages.append(Message(template, loan["customer_no"], loan["loan_no"], since, amounts))

    # ── instalments and deductions ──────────────────────────────────────────────────────────────────────────

    def _reminders(self, day: date) -> None:
        seen = {row[:4] for row in self.reminders}
        for number, schedule in self.facts.instalments.items():
            loan = self.facts.loans.get(number)
            if loan is None or loan["status"] != "active":
                continue
            for one in schedule:
                days = (one.due_on - day).days
                if not 0 < days <= 7 or one.owed <= 0:
                    continue
                new = [s for s in (1, 7) if days <= s and (number, one.number, one.due_on, s) not in seen]
                for step in new:
                    self.reminders.add((number, one.number, one.due_on, step, day, one.owed))
                if new:
                    amounts = (spelled(one.owed), spelled(one.principal), spelled(one.interest), str(new[0]))
                    told = Message("instalment_due", loan["customer_no"], number, one.due_on, amounts)
                    self.messages.append(told)

    def _deductions(self, day: date) -> None:
        until = working_days_after(day, 1)
        wanted = self._expected(day, until)
        for key, row in self.listed.items():
            if row["ended_on"] is None and (key not in wanted or key[1] <= day):
                row["ended_on"] = day
                why = "due_date_passed" if key[1] <= day else "paid"
                about = f"deduction {key[0]} {key[1]}"
                self._withdraw(day, why, lambda w, about=about: w.about == about)
        for key, (principal, interest) in wanted.items():
            loan = self.facts.loans[key[0]]
            balance = self.facts.balance_of_account(loan)
            short = None if balance is None else max(principal + (interest or 0) - balance, Decimal(0))
            before = self.listed.get(key, {"listed_on": day})
            self.listed[key] = {
                "listed_on": before["listed_on"], "principal": principal, "interest": interest, "balance": balance,
                "short": short, "ended_on": None,
            }  # fmt: skip
            about = f"deduction {key[0]} {key[1]}"
            if short == 0:
                self._withdraw(day, "no_longer_due", lambda w, about=about: w.about == about)
            elif short:
                self._call("deduction_shortfall", loan, about, str(key[1]), day, due_on=day)

    def _expected(self, day: date, until: date) -> dict[tuple[str, date], tuple[Decimal, Decimal | None]]:
        found: dict[tuple[str, date], tuple[Decimal, Decimal | None]] = {}
        for number, loan in self.facts.loans.items():
            if loan["status"] != "active":
                continue
            schedule = self.facts.instalments.get(number, [])
            for due_on in {one.due_on for one in schedule if day < one.due_on <= until}:
                parts = [one for one in schedule if one.due_on == due_on]
                found[number, due_on] = (
                    sum((one.principal for one in parts), Decimal(0)),
                    sum((one.interest for one in parts), Decimal(0)),
                )
            matures_on = date.fromisoformat(loan["matures_on"])
            has_notice = any(
                n.about == f"loan {number}" and n.matures_on == matures_on and n.withdrawn_on is None
                for n in self.notices
            )
            if day < matures_on <= until and has_notice and not any(one.due_on == matures_on for one in schedule):
                interest = money(loan.get("interest_receivable"))
                found[number, matures_on] = (Decimal(loan["principal_balance"]), interest)
        return {
            key: (principal, interest) for key, (principal, interest) in found.items() if principal + (interest or 0)
        }

    def _failures(self, day: date) -> None:
        paid_up = {
            work.loan
            for work in self.open
            if work.kind == "deduction_failed" and self.facts.overdue_since(work.loan, day) is None
        }
        self._withdraw(
            day,
            "current_again",
            lambda w: w.kind == "deduction_failed" and w.opened_on < day and w.loan in paid_up,
        )
        last: dict[str, Row] = {}
        for row in sorted(self.facts.failed, key=lambda row: (row["tried_on"], row["deduction_no"])):
            loan = self.facts.loans.get(row["loan_no"])
            tried_on = day_of(row["tried_on"])
            if loan and loan["status"] in {"active", "advance"} and tried_on and (day - tried_on).days < 7:
                last[row["loan_no"]] = row
        for number, row in last.items():
            self._call(
                "deduction_failed",
                self.facts.loans[number],
                f"failed {number}",
                row["deduction_no"],
                day,
                due_on=working_days_after(day, 1),
            )

    def _call(self, kind: str, loan: Row, about: str, occurrence: str, day: date, *, due_on: date) -> None:
        who = self.facts.who(loan["customer_no"], loan, self.facts.line_of(loan))
        work = Work(kind, loan["customer_no"], about, occurrence, who, due_on, day, loan=loan["loan_no"])
        self._push(day, work, {kind})
