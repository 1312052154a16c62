"""Where the money of a loan went: what payments and account entries show. Pure functions; amounts in one currency.

Sources: the three loan rules of 2024 (entrusted payment, splitting to avoid it); practice of banks (round trips,
excluded payees, sales return).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

OWN, ENTRUSTED = "own", "entrusted"
# A loan to a person is paid to the counterparty unless that cannot be known beforehand and the sum is small.
KNOWN_PAYEE_IS_PAID = frozenset({"personal_consumption", "car", "student"})


@dataclass(frozen=True)
class Payment:
    """A payment out of a loan. `group` tells payees that belong together; it is the payee where nothing is known."""

    key: str
    payee: str
    paid_on: date
    amount: Decimal
    mode: str = OWN
    group: str = ""

    @property
    def belongs_to(self) -> str:
        return self.group or self.payee


@dataclass(frozen=True)
class Entry:
    """A booking on an account of the borrower or of somebody close: `holder` says of whom."""

    key: str
    booked_on: date
    amount: Decimal
    counterparty: str
    holder: str = "borrower"
    summary: str = ""


@dataclass(frozen=True)
class Found:
    """What must be answered: the rows it stands on and their sum."""

    kind: str
    keys: tuple[str, ...]
    payees: tuple[str, ...]
    begins_on: date
    ends_on: date
    amount: Decimal
    detail: str = ""

    @property
    def fingerprint(self) -> str:
        """The same rows are the same finding, whenever it is found."""
        text = "|".join([self.kind, self.detail, *sorted(self.keys)])
        return hashlib.sha256(text.encode()).hexdigest()


def entrusted_payment_required(
    family: str, amount: Decimal, limits: Mapping[str, Decimal], *, payee_known: bool
) -> bool:
    """Whether the bank pays the counterparty itself: above the limit of the product family, not at it.

    A loan to a person whose payee is known is paid to the payee whatever the amount; one for a person's business is
    not. A family without a limit requires nothing. Source: rules of 2024 on fixed-asset, working-capital and personal
    loans.
    """
    limit = limits.get(family)
    if limit is None:
        return False
    return amount > limit or (payee_known and family in KNOWN_PAYEE_IS_PAID)


def splits(payments: Iterable[Payment], *, limit: Decimal | None, window_days: int) -> list[Found]:
    """Own payments to one payee or group within the window, each at or under the limit, together over it.

    Windows that overlap are one finding. `window_days` counts both ends: within 10 days of the first.
    """
    if limit is None:
        return []
    by_payee: dict[str, list[Payment]] = {}
    for payment in payments:
        if payment.mode == OWN and 0 < payment.amount <= limit:
            by_payee.setdefault(payment.belongs_to, []).append(payment)
    found = []
    for some in by_payee.values():
        for cluster in _over(sorted(some, key=lambda one: (one.paid_on, one.key)), limit, window_days):
            found.append(
                Found(
                    "split",
                    tuple(one.key for one in cluster),
                    tuple(sorted({one.payee for one in cluster})),
                    cluster[0].paid_on,
                    cluster[-1].paid_on,
                    sum((one.amount for one in cluster), Decimal(0)),
                )
            )
    return sorted(found, key=lambda one: (one.begins_on, one.keys))


def _over(payments: Sequence[Payment], limit: Decimal, window_days: int) -> list[list[Payment]]:
    """The runs of payments that lie in some window whose sum is over the limit."""
    taken: list[tuple[int, int]] = []
    start, total = 0, Decimal(0)
    for end, payment in enumerate(payments):
        total += payment.amount
        while (payment.paid_on - payments[start].paid_on).days > window_days:
            total -= payments[start].amount
            start += 1
        if total > limit and end > start:
            if taken and start <= taken[-1][1]:
                taken[-1] = (taken[-1][0], end)
            else:
                taken.append((start, end))
    return [list(payments[first : last + 1]) for first, last in taken]


def round_trips(
    payments: Iterable[Payment], credits: Iterable[Entry], *, window_days: int, least_share: Decimal
) -> list[Found]:
    """Money that a payee sends back to the borrower or somebody close within the window after being paid.

    `least_share`: of what the payee was paid, in percent, from which on it counts; a refund or a small sale is none.
    """
    paid: dict[str, list[Payment]] = {}
    for payment in payments:
        paid.setdefault(plain_name(payment.payee), []).append(payment)
    found = []
    entries = sorted(credits, key=lambda one: (one.booked_on, one.key))
    for name, outs in paid.items():
        back = [
            entry
            for entry in entries
            if plain_name(entry.counterparty) == name
            and any(timedelta(0) <= entry.booked_on - out.paid_on <= timedelta(days=window_days) for out in outs)
        ]
        total, out_total = _sum(back), _sum(outs)
        if not back or not out_total or total * 100 < least_share * out_total:
            continue
        found.append(
            Found(
                "round_trip",
                tuple(entry.key for entry in back),
                (outs[0].payee,),
                min(out.paid_on for out in outs),
                back[-1].booked_on,
                total,
                ",".join(sorted({entry.holder for entry in back})),
            )
        )
    return sorted(found, key=lambda one: (one.begins_on, one.keys))


def excluded_payees(
    payments: Iterable[Payment],
    debits: Iterable[Entry],
    *,
    words: Mapping[str, Sequence[str]],
    window_days: int,
    least_share: Decimal,
) -> list[Found]:
    """Payments to payees no loan may reach, and what leaves the borrower's account to them soon after the payout.

    `words`: by kind (securities, real estate, lender) the words their names carry. An entry counts within the window
    after the first payment and from `least_share` percent of all payments on.
    """
    outs = list(payments)
    if not outs:
        return []
    found = []
    for payment in outs:
        kind = kind_of_payee(payment.payee, words)
        if kind:
            found.append(_excluded(kind, payment.key, payment.payee, payment.paid_on, payment.amount))
    first, total = min(out.paid_on for out in outs), _sum(outs)
    for entry in debits:
        kind = kind_of_payee(entry.counterparty, words)
        soon = timedelta(0) <= entry.booked_on - first <= timedelta(days=window_days)
        if kind and soon and entry.amount * 100 >= least_share * total:
            found.append(_excluded(kind, entry.key, entry.counterparty, entry.booked_on, entry.amount))
    return sorted(found, key=lambda one: (one.begins_on, one.keys))


def _excluded(kind: str, key: str, payee: str, day: date, amount: Decimal) -> Found:
    return Found("excluded_payee", (key,), (payee,), day, day, amount, kind)


def kind_of_payee(name: str, words: Mapping[str, Sequence[str]]) -> str:
    """Which kind of excluded payee a name speaks of; empty for none."""
    return next((kind for kind, some in words.items() if any(word in name for word in some)), "")


def plain_name(name: str) -> str:
    """A name as it is compared: brackets of both widths and blanks do not count."""
    return name.replace("（", "(").replace("）", ")").replace(" ", "").replace("\u3000", "").strip()


def _sum(rows: Iterable[Payment | Entry]) -> Decimal:
    return sum((row.amount for row in rows), Decimal(0))


# ── sales return ──────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class SalesReturn:
    """`rate` and `compared_with` as shares of 1; None where a figure is missing. Not enough data is not ok."""

    rate: Decimal | None
    compared_with: Decimal | None
    is_ok: bool | None


def sales_return(
    *, credits: Decimal | None, sales: Decimal | None, own_loans: Decimal | None, all_loans: Decimal | None
) -> SalesReturn:
    """Credits from sales on own accounts over the sales of the same time, against the bank's share of the debt."""
    rate = _share(credits, sales)
    share = _share(own_loans, all_loans)
    return SalesReturn(rate, share, None if rate is None or share is None else rate >= share)


def deposits_to_loans(*, deposits: Decimal | None, loans: Decimal | None) -> Decimal | None:
    """Daily average of deposits over that of loans, in percent; no deposits 0, no loans 100."""
    if deposits is None or loans is None:
        return None
    if loans == 0:
        return Decimal(100)
    return (deposits / loans * 100).quantize(Decimal("0.01"))


def deposits_share(*, own: Decimal | None, all_banks: Decimal | None) -> Decimal | None:
    """The bank's deposits over the borrower's deposits at all banks, as a share of 1."""
    return _share(own, all_banks)


def _share(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    if part is None or whole is None or whole <= 0:
        return None
    return (part / whole).quantize(Decimal("0.0001"))


def counts_as_sale(
    entry: Entry, *, close: Callable[[str], bool], own_payees: frozenset[str], words: Sequence[str]
) -> bool:
    """A credit that is a sale: not from the own accounts or somebody close, no payout of a loan, no refund.

    `own_payees`: plain names paid out of the bank's loans lately; what they send back is no sale. `words` stand in the
    summaries of refunds, payouts and redemptions.
    """
    name = plain_name(entry.counterparty)
    return not (close(name) or name in own_payees or any(word in entry.summary for word in words))
