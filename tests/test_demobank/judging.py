"""What the loan book of a date has to say, worked out from the truth and the delivered files alone.

Nothing of the product or the generator is imported: bands, buckets and class floors are written down here once more,
from the supervisors' rules of 2023 and, for cards, of 2010.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tests.test_demobank.reading import Extracts, Row


def step(days: int, steps: tuple[tuple[int, str], ...]) -> str:
    reached = [name for first, name in steps if days >= first]
    return reached[-1]


BUCKETS = tuple((max(0, 30 * number - 29), f"M{number}") for number in range(8))
BANDS = (
    (0, "current"), (1, "days_1_30"), (31, "days_31_60"), (61, "days_61_90"), (91, "days_91_180"),
    (181, "days_181_270"), (271, "days_271_360"), (361, "over_360"),
)  # fmt: skip
CLASSES = ((0, "normal"), (1, "special_mention"), (91, "substandard"), (271, "doubtful"), (361, "loss"))
CARD_CLASSES = ((0, "normal"), (1, "special_mention"), (91, "substandard"), (121, "doubtful"), (181, "loss"))


@dataclass(frozen=True)
class Expected:
    """One line of the book; interest is None where core banking keeps silent about it."""

    loan_no: str
    status: str
    balance: Decimal
    principal_since: date | None
    interest_since: date | None
    principal: Decimal
    interest: Decimal | None
    method: str

    @property
    def since(self) -> date | None:
        return min((day for day in (self.principal_since, self.interest_since) if day), default=None)

    def as_exported(self, on: date) -> dict[str, str]:
        days = (on - self.since).days if self.since else 0
        return {
            "status": self.status, "principal_balance": f"{self.balance:.2f}",
            "overdue_since": self.since.isoformat() if self.since else "", "days_overdue": str(days),
            "overdue_principal": f"{self.principal:.2f}",
            "overdue_interest": "" if self.interest is None else f"{self.interest:.2f}",
            "bucket": step(days, BUCKETS), "band": step(days, BANDS),
            "class_floor": step(days, CARD_CLASSES if self.method == "credit_card" else CLASSES),
        }  # fmt: skip


def expected_book(extracts: Extracts, on: date) -> Iterator[Expected]:
    """What the truth says of each loan delivered; a loan that core banking is silent about as far as it can be known."""
    methods = {row["product_code"]: row["class_method"] for row in extracts.rows(on, "products")}
    silent = {one["subject"] for one in extracts.truth["planted"] if one["kind"] == "core_silent"}
    truth = extracts.truth["book"][on.isoformat()]
    with_rows = {row["loan_no"] for row in extracts.rows(on, "instalments")}
    for loan in extracts.rows(on, "loans"):
        found = truth.get(loan["loan_no"], [0, 0, "0.00", "0.00", ""])
        may_be_silent = loan["loan_no"] in silent and loan["loan_no"] not in with_rows
        yield _expected(loan, on, found, methods[loan["product_code"]], may_be_silent)


def _expected(loan: Row, on: date, truth: list[Any], method: str, is_silent: bool) -> Expected:
    principal_since, interest_since = (on - timedelta(days=days) if days else None for days in truth[:2])
    interest: Decimal | None = Decimal(truth[3])
    matures_on = date.fromisoformat(loan["matures_on"])
    if is_silent and loan["status"] == "active" and matures_on >= on:
        # Whether anything is in arrears, nobody outside core banking can know.
        interest_since = interest = None
    elif is_silent and interest_since:
        # Known from the maturity on, and not how long before it began.
        interest_since = matures_on
    return Expected(loan["loan_no"], loan["status"], Decimal(loan["principal_balance"]), principal_since,
                    interest_since, Decimal(truth[2]), interest, method)  # fmt: skip
