"""What really happened, kept apart from the extracts so that the product can be compared with it, never told it."""

import json
from datetime import date
from pathlib import Path

from .loan_tables import Day
from .model import Bank, Loan
from .money import total

ABOUT = (
    "book: per date, for each loan with anything overdue, [days principal, days interest, overdue principal, overdue "
    "interest, where they can be read: instalments, maturity, core, nowhere (core banking keeps silent)]; loans not "
    "named have nothing overdue"
)

TOLD = ("split_payments", "round_trips", "excluded_payees", "look_alikes")


def _source(loan: Loan, on: date) -> str:
    if loan.has_rows:
        return "instalments"
    if not loan.says_overdue:
        return "nowhere"
    return "maturity" if loan.matures_on < on else "core"


class TruthKeeper:
    def __init__(self, bank: Bank) -> None:
        self.bank = bank
        self.book: dict[str, dict[str, list[object]]] = {}
        self.dates: dict[str, dict[str, object]] = {}

    def note(self, day: Day) -> None:
        overdue: dict[str, list[object]] = {}
        balance = total(position.loan.balance for position in day.positions)
        for position in day.positions:
            loan, arrears = position.loan, position.arrears
            if arrears.principal_since or arrears.interest_since:
                principal_days, interest_days = arrears.days(day.on)
                overdue[loan.loan_no] = [principal_days, interest_days, f"{arrears.principal:f}",
                                         f"{arrears.interest:f}",
                                         _source(loan, day.on)]  # fmt: skip
        self.book[day.on.isoformat()] = overdue
        self.dates[day.on.isoformat()] = {
            "loans": len(day.positions), "balance": f"{balance:f}", "overdue_loans": len(overdue),
            "written_off": f"{total(one.loan.written_off for one in day.positions):f}",
            "transferred": f"{total(one.loan.transferred for one in day.positions):f}",
        }  # fmt: skip

    def _with_entries(self, told: dict[str, object]) -> dict[str, object]:
        """With the account entries that were booked for it, which nobody knew when it was arranged."""
        tag = str(told.get("tag", ""))
        facts = {name: value for name, value in told.items() if name != "tag"}
        return facts | {"entries": self.bank.tagged.get(tag, [])} if tag else facts

    def write(self, path: Path, settings: dict[str, object]) -> None:
        stories = [
            {
                "customer_no": one.customer_no, "story": one.story.kind, "fails": one.story.fails,
                "starts_on": one.story.starts_on, "fails_on": one.story.fails_on, "signs_before": one.story.signs,
                "noise": one.story.noise, "partners": one.story.partners, "note": one.story.note,
                "loans": [loan.loan_no for loan in one.loans],
            }
            for one in self.bank.customers
        ]  # fmt: skip
        content = {"about": ABOUT, "settings": settings, "stories": stories, "planted": self.bank.planted,
                   **{kind: [self._with_entries(one) for one in self.bank.told.get(kind, [])] for kind in TOLD},
                   "dates": self.dates, "book": self.book}  # fmt: skip
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, ensure_ascii=False, indent=1, default=str) + "\n", encoding="utf-8")
