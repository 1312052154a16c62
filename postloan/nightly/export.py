"""The loan book of a closed business date as CSV: the same bytes whenever it is asked for.

Days are derived from the date asked for, everything else stands in the intervals, which never change.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, TextIO

from django.db.models.functions import Collate
from django.utils.translation import gettext as _

from postloan.core import business_date
from postloan.core.models import BusinessDate
from postloan.core.sql import is_postgres
from postloan.loans.models import LoanState
from postloan.loans.rules import days_overdue

COLUMNS = [
    "business_date",
    "loan_no",
    "customer_no",
    "branch_code",
    "manager_no",
    "status",
    "principal_balance",
    "overdue_since",
    "days_overdue",
    "overdue_principal",
    "overdue_interest",
    "bucket",
    "band",
    "class_floor",
    "matures_on",
]
# Spreadsheets read a text that begins so as a formula; a quotation mark before it makes it text.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
ROWS_AT_ONCE = 2000


class NotClosed(Exception):
    """The date is no closed business date. The text is for the person who asked."""


def closed_date(text: str | None) -> date:
    """The date asked for, the last closed one without any. Raises NotClosed."""
    if text is None:
        last = business_date.last_closed()
        if last is None:
            raise NotClosed(_("No business date has been closed yet."))
        return last
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise NotClosed(_("“%(text)s” is not a date; write YYYY-MM-DD.") % {"text": text}) from None
    if not BusinessDate.objects.filter(date=day).exclude(closed_at=None).exists():
        raise NotClosed(_("%(day)s is not a closed business date.") % {"day": day})
    return day


def write_loan_book(day: date, stream: TextIO) -> int:
    """Writes the book of a closed date, ordered by loan number; returns how many loans. Constant memory."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    count = 0
    for row in _rows(day):
        writer.writerow(row)
        count += 1
    return count


def _rows(day: date) -> Iterator[list[str]]:
    # The order of bytes on both engines, whatever the database's language is.
    by_number = Collate("loan__loan_no", "C") if is_postgres() else "loan__loan_no"
    states = LoanState.objects.as_of(day).select_related(None).order_by(by_number)
    texts = ("loan__loan_no", "customer__customer_no", "branch__branch_code", "manager__staff_no", "status")
    facts = ("principal_balance", "overdue_since", "overdue_principal", "overdue_interest")
    codes = ("bucket", "band", "class_floor", "matures_on")
    for row in states.values_list(*texts, *facts, *codes).iterator(chunk_size=ROWS_AT_ONCE):
        balance, since, principal, interest = row[5:9]
        figures = [_value(balance), _value(since), str(days_overdue(since, day)), _value(principal), _value(interest)]
        yield [_value(day), *map(_text, row[:5]), *figures, *row[9:12], _value(row[12])]


def _text(value: str | None) -> str:
    text = value or ""
    return "'" + text if text.startswith(FORMULA_STARTS) else text


def _value(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.2f}" if isinstance(value, Decimal) else value.isoformat()
