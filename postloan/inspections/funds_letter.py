"""The demand after misuse of funds as a letter: its sentences, as Word, as PDF; one content."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from postloan.core import formatting
from postloan.core.models import Institution
from postloan.inspections import documents_pdf
from postloan.inspections.funds_form import rule_of
from postloan.inspections.models import Demanded, FundsAnswer, FundsDemand
from postloan.inspections.services.funds import Limits


def text_of(demand: FundsDemand, answers: Iterable[FundsAnswer]) -> str:
    """What the letter says, a paragraph a line: what was found, what is demanded, by when, what follows else."""
    loan = demand.loan
    values = {
        "loan": loan.loan_no,
        "contract": loan.contract_no or "—",
        "amount": formatting.amount(demand.amount),
        "currency": demand.currency,
        "by": formatting.iso(demand.respond_by),
        "purpose": loan.purpose or "—",
    }
    lines = [
        _(
            "When we inspected the use of loan %(loan)s under contract %(contract)s, agreed for: %(purpose)s, we "
            "found the following:"
        )
        % values
    ]
    for number, answer in enumerate(answers, start=1):
        lines.append(f"{number}. {rule_of(answer.finding, Limits.on(answer.finding.found_on))}")
    if demand.demanded == Demanded.REPAY:
        lines.append(
            _(
                "This is not the agreed use. We demand that you pay back %(amount)s %(currency)s of the loan early, "
                "by %(by)s."
            )
            % values
        )
    else:
        lines.append(
            _(
                "This is not the agreed use. We demand that you put the use of %(amount)s %(currency)s right and "
                "prove it with vouchers, by %(by)s."
            )
            % values
        )
    lines.append(
        _(
            "If you do not, we shall charge penalty interest for misuse, stop further payouts and claim the loan "
            "early as the contract provides."
        )
    )
    return "\n".join(lines)


def context(demand: FundsDemand) -> dict[str, Any]:
    return {
        "demand": demand,
        "title": title(demand),
        "borrower": demand.report.task.customer.name,
        "paragraphs": demand.text.splitlines(),
        "institution": str(Institution.objects.first() or ""),
        "branch": demand.report.task.customer.branch.name,
    }


def title(demand: FundsDemand) -> str:
    if demand.demanded == Demanded.REPAY:
        return _("Demand for early repayment")
    return _("Notice to put the use of funds right")


def as_pdf(demand: FundsDemand) -> bytes:
    with override(settings.LANGUAGE_CODE):
        return documents_pdf.as_pdf(render_to_string("inspections/funds/letter_pdf.html", context(demand)))


def as_word(demand: FundsDemand) -> bytes:
    """The same content as a Word file, so that a branch can add its seal and what its own form asks for."""
    from docx import Document
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml.ns import qn

    with override(settings.LANGUAGE_CODE):
        given = context(demand)
        document = Document()
        normal = document.styles["Normal"]
        normal.font.name = "Arial"
        normal.element.rPr.rFonts.set(qn("w:eastAsia"), "宋体")
        document.core_properties.title = given["title"]
        heading = document.add_heading(given["title"], level=1)
        heading.alignment = WD_ALIGN_PARAGRAPH.CENTER
        document.add_paragraph(demand.demand_no).alignment = WD_ALIGN_PARAGRAPH.RIGHT
        document.add_paragraph(f"{given['borrower']}:").runs[0].bold = True
        for paragraph in given["paragraphs"]:
            document.add_paragraph(paragraph)
        for line in (given["institution"], given["branch"], formatting.iso(demand.issued_on)):
            document.add_paragraph(line).alignment = WD_ALIGN_PARAGRAPH.RIGHT
        document.add_heading(_("Signed receipt"), level=2)
        document.add_paragraph(_("We have received this demand."))
        signature, on = _("Signature or seal"), _("Date")
        document.add_paragraph(f"{signature} ____________________    {on} ______________")
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()
