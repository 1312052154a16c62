"""Papers to be signed, as PDF and as Word from one content: the list of a hand-over, the statement of a manager."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from postloan.collections.letters import as_pdf, can_make_pdf
from postloan.core import formatting
from postloan.core.models import Institution
from postloan.handovers.models import Handover, HandoverItem
from postloan.handovers.queries import Content, Totals, signatures
from postloan.handovers.statements import Statement

__all__ = ["Paper", "as_file", "can_make_pdf", "handover_paper", "labels", "statement_paper"]

NUMERIC = "right"


@dataclass(frozen=True)
class Table:
    """`right` names the columns with amounts, by their number from 0."""

    title: str
    heads: list[str]
    rows: list[list[str]]
    right: frozenset[int] = frozenset()

    @property
    def cells(self) -> list[list[tuple[str, bool]]]:
        return [[(text, number in self.right) for number, text in enumerate(row)] for row in self.rows]

    @property
    def columns(self) -> list[tuple[str, bool]]:
        return [(head, number in self.right) for number, head in enumerate(self.heads)]


@dataclass(frozen=True)
class Sign:
    """A place to sign by hand; `stamp` is the signature given in the system."""

    label: str
    name: str
    stamp: str = ""


@dataclass(frozen=True)
class Paper:
    title: str
    number: str
    facts: list[tuple[str, str]]
    text: str
    tables: list[Table]
    signs: list[Sign]
    hash: str
    institution: str = field(default_factory=lambda: str(Institution.objects.first() or ""))

    @property
    def page_words(self) -> str:
        """The text of a footer with two places, for CSS: page and pages are counters."""
        words = _("Page %(page)s of %(pages)s").replace('"', "")
        return '"' + words % {"page": '" counter(page) "', "pages": '" counter(pages) "'} + '"'


def labels() -> tuple[str, str, str]:
    return _("Giver"), _("Receiver"), _("Witness")


def _money(totals: Totals) -> str:
    return "; ".join(f"{formatting.amount(total)} {currency}" for currency, total in totals) or "–"


def _amount(value: Decimal | None) -> str:
    return _("no data") if value is None else formatting.amount(value)


def _person(staff) -> str:
    return f"{staff.name} {staff.staff_no}"


def handover_paper(handover: Handover, content: Content) -> Paper:
    facts = [
        (_("Number"), handover.handover_no),
        (_("Giver"), f"{_person(handover.giver)} · {handover.giver.branch.name}"),
        (_("Receiver"), f"{_person(handover.receiver)} · {handover.receiver.branch.name}"),
        (_("Witness"), f"{_person(handover.witness)} · {handover.witness.branch.name}"),
        (_("Takes effect on"), handover.effective_on.isoformat()),
        (_("State"), str(handover.get_state_display())),
        (_("Reason"), handover.reason),
        (_("Figures as of"), handover.prepared_on.isoformat()),
        (_("Customers"), formatting.integer(content.customer_count)),
        (_("Loans"), formatting.integer(len(content.loans))),
        (_("Balance"), _money(content.balances)),
        (_("Overdue"), _money(content.overdue)),
    ]
    text = _("The giver hands over and the receiver takes over what is listed below; the witness has watched.")
    signs = [
        Sign(one.label, one.person.name, _stamp(one.signed_by, one.signed_at)) for one in signatures(handover, labels())
    ]
    tables = [table for table in _tables(content) if table.rows]
    return Paper(_("Hand-over list"), handover.handover_no, facts, text, tables, signs, handover.content_hash)


def _stamp(signed_by, signed_at) -> str:
    if signed_by is None:
        return _("not signed yet")
    moment = timezone.localtime(signed_at).strftime("%Y-%m-%d %H:%M:%S")
    return _("signed in the system by %(name)s at %(moment)s") % {"name": signed_by.name, "moment": moment}


def _tables(content: Content) -> list[Table]:
    return [
        _customers_table(content),
        _loans_table(content.loans),
        Table(
            _("Loans with a manager of their own"),
            [_("Customer"), _("Loan"), _("Role"), _("Since")],
            [
                [item.customer.name, item.loan.loan_no if item.loan else "", item.role, _day(item.since)]
                for item in content.own_loans
            ],
        ),
        Table(
            _("Open todos"),
            [_("Todo"), _("Customer"), _("Loan"), _("Due on")],
            [[item.code_name, item.customer.name, _loan_no(item), _day(item.due_on)] for item in content.todos],
        ),
        Table(
            _("Maturity plans under way"),
            [_("Customer"), _("Loan"), _("Matures on"), _("State")],
            [[item.customer.name, _loan_no(item), _day(item.due_on), item.code_name] for item in content.plans],
        ),
        Table(
            _("Open overdue cases"),
            [_("Customer"), _("Loan"), _("Overdue since")],
            [[item.customer.name, _loan_no(item), _day(item.overdue_since)] for item in content.cases],
        ),
        Table(
            _("Open inspections"),
            [_("Customer"), _("Number"), _("Due on"), _("State")],
            [
                [item.customer.name, str(item.inspection or ""), _day(item.due_on), item.code_name]
                for item in content.inspections
            ],
        ),
    ]


def _customers_table(content: Content) -> Table:
    heads = [
        _("Customer"),
        _("Number"),
        _("Business line"),
        _("Role"),
        _("Since"),
        _("Loans"),
        _("Balance"),
        _("Overdue"),
    ]
    rows = [
        [
            line.item.customer.name,
            line.item.customer.customer_no,
            line.line_name,
            line.item.role,
            _day(line.item.since),
            str(len(line.loans)),
            _money(line.balances),
            _money(line.overdue),
        ]
        for line in content.customers
    ]
    return Table(_("Customers"), heads, rows, frozenset({5, 6, 7}))


def _loans_table(loans: Iterable[HandoverItem]) -> Table:
    heads = [_("Loan"), _("Customer"), _("Matures on"), _("Balance"), _("Overdue"), _("Overdue since"), _("Currency")]
    rows = [
        [
            _loan_no(item),
            item.customer.name,
            _day(item.due_on),
            _amount(item.amount),
            _amount(item.overdue_amount),
            _day(item.overdue_since),
            item.currency,
        ]
        for item in loans
    ]
    return Table(_("Loans"), heads, rows, frozenset({3, 4}))


def _loan_no(item: HandoverItem) -> str:
    return item.loan.loan_no if item.loan else "–"


def _day(value) -> str:
    return value.isoformat() if value else "–"


def statement_paper(statement: Statement) -> Paper:
    staff, content = statement.staff, statement.content
    facts = [
        (_("Account manager"), f"{_person(staff)} · {staff.branch.name}"),
        (_("Figures as of"), statement.day.isoformat()),
        (_("Customers as A"), formatting.integer(statement.as_a)),
        (_("Customers as B"), formatting.integer(statement.as_b)),
        (_("Loans"), formatting.integer(len(content.loans))),
        (_("of these overdue"), formatting.integer(content.overdue_count)),
        (_("Balance"), _money(content.balances)),
        (_("Overdue"), _money(content.overdue)),
    ]
    text = _(
        "I answer for the post-loan management of the customers and loans listed below: inspection, warning, "
        "collection and the truth of what I report."
    )
    if statement.beyond:
        text += " " + _("%(count)s further customers lie beyond the scope of whoever printed this.") % {
            "count": statement.beyond
        }
    signs = [Sign(_("Account manager"), staff.name), Sign(_("Head"), ""), Sign(_("Date"), "")]
    tables = [table for table in _tables(content)[:3] if table.rows]
    number = f"{staff.staff_no} / {statement.day.isoformat()}"
    return Paper(_("Statement of responsibility"), number, facts, text, tables, signs, statement.hash)


def as_file(paper: Paper, form: str) -> bytes:
    """`form` is pdf or docx."""
    return as_word(paper) if form == "docx" else as_pdf(render_to_string("handovers/paper_pdf.html", {"paper": paper}))


def as_word(paper: Paper) -> bytes:
    from postloan.handovers.word import write

    buffer = io.BytesIO()
    write(paper).save(buffer)
    return buffer.getvalue()
