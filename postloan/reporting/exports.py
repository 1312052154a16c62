"""A list as a file: CSV for programs, Excel for people. Neither can run a formula or lose a digit of a number.

1. What begins like a formula is text: in CSV behind an apostrophe, in Excel in a cell marked as text.
2. Numbers of loans, customers and accounts are text, so that no leading zero and no sixteenth digit is lost.
3. Amounts are numbers while a spreadsheet holds them exactly, that is up to fifteen digits; else text.
4. The last line says who took it out and when, and whether there was more than the bank allows in one file.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import xlsxwriter
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from postloan.core import formatting
from postloan.reporting.columns import Cell, Column, Row

# Spreadsheets read a text that begins so as a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
BYTE_ORDER_MARK = "\ufeff"
EXACT_DIGITS = 15
CSV, EXCEL = "csv", "xlsx"
CONTENT_TYPES = {
    CSV: "text/csv; charset=utf-8",
    EXCEL: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True)
class Mark:
    """Who takes it out, when, of which state: the watermark of a file."""

    name: str
    number: str
    moment: str
    day: date | None

    @classmethod
    def of(cls, user: Any, *, day: date | None) -> Mark:
        moment = timezone.localtime(timezone.now()).isoformat(sep=" ", timespec="seconds")
        return cls(user.name, user.staff_no, moment, day)

    @property
    def text(self) -> str:
        return gettext("Exported by %(name)s (%(number)s) at %(moment)s, business date %(day)s") % {
            "name": self.name,
            "number": self.number,
            "moment": self.moment,
            "day": self.day.isoformat() if self.day else gettext("none"),
        }


def cut_text(most: int) -> str:
    return ngettext(
        "There are more rows than the bank allows in one file: these are the first %(most)s.",
        "There are more rows than the bank allows in one file: these are the first %(most)s.",
        most,
    ) % {"most": formatting.integer(most)}


def is_formula(text: str) -> bool:
    return text.startswith(FORMULA_STARTS)


class _Line:
    """A file that keeps nothing: the writer hands each line through."""

    def write(self, text: str) -> str:
        return text


def csv_lines(columns: list[Column], rows: Iterable[Row], *, mark: Mark, most: int) -> Iterator[str]:
    """Begins with the mark by which Excel knows the encoding. Constant memory; `rows` may hold one row too many."""
    writer = csv.writer(_Line())
    yield BYTE_ORDER_MARK + writer.writerow([str(column.label) for column in columns])
    for number, row in enumerate(rows):
        if number == most:
            yield writer.writerow([cut_text(most)])
            break
        yield writer.writerow([_plain(column.cell(row)) for column in columns])
    yield writer.writerow([mark.text])


def _plain(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return f"'{cell}" if is_formula(cell) else cell
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def excel_file(title: str, columns: list[Column], rows: Iterable[Row], *, mark: Mark, most: int) -> IO[bytes]:
    """A workbook with one sheet. While it is written its rows wait in a temporary folder, not in memory."""
    file = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        options = {
            "constant_memory": True,
            "tmpdir": str(Path(folder)),
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_date_format": "yyyy-mm-dd",
        }
        with xlsxwriter.Workbook(file, options) as book:
            book.set_properties({"title": title, "comments": mark.text})
            _write_sheet(book, title, columns, rows, mark=mark, most=most)
    file.seek(0)
    return file


def _write_sheet(book: Any, title: str, columns: list[Column], rows: Iterable[Row], *, mark: Mark, most: int) -> None:
    sheet = book.add_worksheet(title)
    formats = {
        "head": book.add_format({"bold": True}),
        "text": book.add_format({"num_format": "@"}),
        "quoted": book.add_format({"num_format": "@", "quote_prefix": True}),
        "amount": book.add_format({"num_format": "#,##0.00"}),
        "day": book.add_format({"num_format": "yyyy-mm-dd"}),
    }
    sheet.set_footer(f"&L{mark.text.replace('&', '&&')}&R&P / &N")
    sheet.freeze_panes(1, 1)
    for place, column in enumerate(columns):
        sheet.set_column(place, place, 22 if column.is_fixed else 16)
        sheet.write_string(0, place, str(column.label), formats["head"])
    number = 0
    for row in rows:
        if number == most:
            sheet.write_string(number + 1, 0, cut_text(most))
            break
        number += 1
        for place, column in enumerate(columns):
            _write_cell(sheet, number, place, column.cell(row), formats)
    sheet.write_string(number + 2, 0, mark.text)


def _write_cell(sheet: Any, line: int, place: int, cell: Cell, formats: dict[str, Any]) -> None:
    if cell is None:
        return
    if isinstance(cell, str):
        sheet.write_string(line, place, cell, formats["quoted" if is_formula(cell) else "text"])
    elif isinstance(cell, date):
        sheet.write_datetime(line, place, cell, formats["day"])
    elif isinstance(cell, Decimal) and len(cell.as_tuple().digits) > EXACT_DIGITS:
        sheet.write_string(line, place, str(cell), formats["text"])
    else:
        sheet.write_number(line, place, cell, formats["amount"] if isinstance(cell, Decimal) else None)
