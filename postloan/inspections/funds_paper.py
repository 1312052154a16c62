"""The use of funds in a report as a Word file: findings with what is said to them, payments with their vouchers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.utils.translation import gettext as _

from postloan.core import formatting
from postloan.inspections.funds_form import Finding, Funds, Payment
from postloan.inspections.models import Evidence

Table = Callable[[Any, list[str], list[list[str]]], None]


def write(document: Any, funds: Funds, table: Table) -> None:
    """`table` writes heads and rows into the document, as the rest of the report does."""
    if not funds.is_there:
        return
    document.add_heading(_("Use of funds"), level=2)
    for finding in funds.findings:
        _finding(document, finding, table)
    if funds.payments:
        rows = [_payment(one) for one in funds.payments]
        table(document, [_("Paid on"), _("Payee"), _("Amount"), _("Vouchers")], rows)
    if funds.misuse:
        document.add_paragraph(_("Misuse confirmed: %(class)s or worse") % {"class": funds.least_class_label})


def _finding(document: Any, finding: Finding, table: Table) -> None:
    row = finding.row
    said = _("to be answered")
    if finding.is_answered:
        said = _("misuse") if finding.is_misuse else _("explained")
    document.add_paragraph().add_run(f"{row.get_kind_display()} {row.loan.loan_no}: {said}").bold = True
    document.add_paragraph(finding.rule)
    rows = [
        [
            formatting.iso(one.on),
            one.what,
            one.name or "—",
            one.number,
            f"{formatting.amount(one.amount)} {row.currency}",
        ]
        for one in finding.movements
    ]
    table(document, [_("Date"), _("What"), _("Payee or counterparty"), _("Number"), _("Amount")], rows)
    if finding.said is not None:
        document.add_paragraph(finding.said.explanation)
    if finding.answer is not None and finding.answer.respond_by is not None:
        values = {"what": finding.answer.get_demanded_display(), "by": formatting.iso(finding.answer.respond_by)}
        document.add_paragraph(_("Demanded of the borrower: %(what)s, by %(by)s") % values)
    if finding.files:
        document.add_paragraph(", ".join(named(finding.files)))


def _payment(one: Payment) -> list[str]:
    papers = named(one.files)
    for debt in one.debts:
        values = {"what": debt.missing, "by": formatting.iso(debt.first_due_on)}
        papers.append(_("%(what)s missing, by %(by)s") % values)
    row = one.row
    paid = f"{formatting.amount(row.amount)} {row.loan.currency}"
    return [formatting.iso(row.paid_on), row.payee_name or "—", paid, "\n".join(papers) or _("no voucher")]


def named(files: Iterable[Evidence]) -> list[str]:
    return [f"{one.caption or one.name} ({one.original.sha256[:12]})" for one in files]
