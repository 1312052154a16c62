"""Sales return and conditions of a report as a Word file, with the same content as on the other papers."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from postloan.core import formatting
from postloan.inspections import sales_pages
from postloan.inspections.conditions_form import Conditions, Row
from postloan.inspections.sales_pages import Sales

Table = Callable[[Any, list[str], list[list[str]]], None]


def write_sales(document: Any, sales: Sales | None, table: Table) -> None:
    """`table` writes heads and rows into the document, as the rest of the report does."""
    from docx.shared import Cm

    if sales is None:
        return
    document.add_heading(_("Sales return"), level=2)
    share = _("The bank's share of the debt")
    document.add_paragraph(f"{sales.name}: {sales.rate}  {share}: {sales.share}  {sales.said}")
    of_facility, deposits = _("Deposits, of the facility"), _("Deposits today")
    document.add_paragraph(f"{deposits}: {sales.deposits}  {of_facility}: {sales.deposits_share} ({sales.facility})")
    document.add_picture(io.BytesIO(sales_pages.picture(sales.chart)), width=Cm(15))
    document.add_paragraph(_("Bars: rate of the month; line: the bank's share of the debt."))
    without = _("Without transfers between own accounts, payouts of loans, refunds and money from related parties.")
    document.add_paragraph(f"{without} {sales.sources}, {formatting.iso(sales.day)}")
    rows = [[line.month if line.is_whole else f"{line.month} {_('in part')}", *line.figures] for line in sales.lines]
    table(document, sales.heads, rows)


def write_conditions(document: Any, conditions: Conditions, table: Table) -> None:
    if not conditions.rows:
        return
    document.add_heading(_("Conditions and covenants"), level=2)
    heads = [_("Condition"), _("Due"), _("Answer"), _("What shows it")]
    table(document, heads, [_condition(row) for row in conditions.rows])


def _condition(row: Row) -> list[str]:
    said = str(row.answer.get_state_display()) if row.answer and row.state else _("not answered")
    if row.answer and row.answer.explanation and row.state != "met":
        said = f"{said}\n{row.answer.explanation}"
    files = [f"{one.caption or one.name} ({one.original.sha256[:12]})" for one in row.files]
    shown = "\n".join(filter(None, [row.answer.evidence if row.answer else "", *files]))
    name = f"{row.text}\n{row.kind_label} {row.condition.condition_no}"
    return [name, formatting.iso(row.due_on) if row.due_on else _("no date"), said, shown]
