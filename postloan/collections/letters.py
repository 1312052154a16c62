"""The monthly letter to a branch: what matures next month. On the screen, as Word, as PDF; one content."""

from __future__ import annotations

import io
from calendar import monthrange
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from postloan.collections import limits
from postloan.core import formatting, parameters, sql
from postloan.loans.models import Loan, OffBalanceItem

SQL = Path(__file__).parent / "sql"
TEMPLATE = Path(__file__).parent / "documents" / "maturity_letter.docx"
BATCH = 500


@dataclass(frozen=True)
class Line:
    customer: str
    number: str
    matures_on: date
    amount: Decimal
    currency: str
    branch_id: int
    branch: str


def next_month(day: date) -> tuple[date, date]:
    """The first and the last day of the month after the one of `day`."""
    first = date(day.year, day.month, monthrange(day.year, day.month)[1]) + timedelta(days=1)
    return first, first.replace(day=monthrange(first.year, first.month)[1])


def month_of(day: date) -> tuple[date, date]:
    """The first and the last day of the month of `day`."""
    return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])


def _maturing(first: date, last: date, *, on: date) -> list[dict[str, Any]]:
    kinds = f";{';'.join(parameters.value(limits.MATURING_KINDS, on=on))};"
    return list(sql.rows(SQL / "maturing_between.sql", {"day": first, "until": last, "kinds": kinds}))


def counts_by_branch(first: date, last: date, *, on: date) -> dict[int, int]:
    """How much matures at each branch between two days, as the facts stand on a date."""
    return dict(Counter(row["branch_id"] for row in _maturing(first, last, on=on)))


def lines(*, user: Any, first: date, last: date, on: date) -> list[Line]:
    """What a person sees of what matures between two days, by branch, day and customer."""
    rows = _maturing(first, last, on=on)
    found = [*_loans(user, [r["loan_id"] for r in rows if r["loan_id"]]), *_items(user, rows)]
    return sorted(found, key=lambda line: (line.branch, line.matures_on, line.customer, line.number))


def _loans(user: Any, ids: list[int]) -> Iterable[Line]:
    for start in range(0, len(ids), BATCH):
        some = Loan.objects.visible_to(user).filter(pk__in=ids[start : start + BATCH])
        for loan in some.select_related("customer", "branch"):
            yield Line(
                loan.customer.name,
                loan.loan_no,
                loan.matures_on,
                loan.principal_balance,
                loan.currency,
                loan.branch_id,
                loan.branch.name,
            )


def _items(user: Any, rows: Iterable[dict[str, Any]]) -> Iterable[Line]:
    ids = [row["item_id"] for row in rows if row["item_id"]]
    for start in range(0, len(ids), BATCH):
        some = OffBalanceItem.objects.visible_to(user).filter(pk__in=ids[start : start + BATCH])
        for item in some.select_related("customer__branch", "branch"):
            branch = item.branch or item.customer.branch
            yield Line(
                item.customer.name, item.item_no, item.matures_on, item.amount, item.currency, branch.pk, branch.name
            )


@dataclass(frozen=True)
class Letter:
    branch_id: int
    branch: str
    lines: tuple[Line, ...]

    @property
    def totals(self) -> list[tuple[str, Decimal]]:
        """By currency; nothing is converted."""
        sums: dict[str, Decimal] = {}
        for line in self.lines:
            sums[line.currency] = sums.get(line.currency, Decimal(0)) + line.amount
        return sorted(sums.items())


def letters(found: Iterable[Line]) -> list[Letter]:
    by_branch: dict[int, list[Line]] = {}
    for line in found:
        by_branch.setdefault(line.branch_id, []).append(line)
    return [Letter(branch_id, some[0].branch, tuple(some)) for branch_id, some in by_branch.items()]


def as_word(letter: Letter, *, first: date, last: date, day: date, institution: str) -> bytes:
    """The bank's own template filled in; what looks like markup in a name stays text."""
    from docxtpl import DocxTemplate

    document = DocxTemplate(TEMPLATE)
    context = {
        "title": _("Notice of maturities"),
        "addressee": letter.branch,
        "intro": intro(first, last),
        "heads": [_("Customer"), _("Number"), _("Matures on"), _("Amount"), _("Currency")],
        "rows": [
            [line.customer, line.number, line.matures_on.isoformat(), formatting.amount(line.amount), line.currency]
            for line in letter.lines
        ],
        "totals": [f"{_('Total')} {formatting.amount(total)} {currency}" for currency, total in letter.totals],
        "closing": closing(),
        "institution": institution,
        "day": day.isoformat(),
    }
    document.render(context, autoescape=True)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def intro(first: date, last: date) -> str:
    text = _("The following loans and items of your branch mature from %(first)s to %(last)s.")
    return text % {"first": first.isoformat(), "last": last.isoformat()}


def closing() -> str:
    return _("Please see that each has a confirmed plan and report what will not be met in time.")


def can_make_pdf() -> bool:
    """PDF needs the pango libraries of the system; where they are missing Word is offered alone."""
    try:
        import weasyprint  # noqa: F401
    except OSError:
        return False
    return True


def as_pdf(html: str) -> bytes:
    """The page as it is printed. Nothing is fetched: the sheet stands in the page itself."""
    import weasyprint

    return weasyprint.HTML(string=html, url_fetcher=_fetch_nothing).write_pdf()


def _fetch_nothing(url: str, *_args: Any, **_kwargs: Any) -> dict[str, Any]:
    raise ValueError(f"a letter fetches nothing: {url}")
