"""Use of funds in a report: what was found and what is said to it, payments with their vouchers, what is missing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from postloan.classification.rules import Circumstances, class_floor
from postloan.core import formatting
from postloan.customers.models import AccountEntry
from postloan.inspections import questions as schema
from postloan.inspections.models import (
    Evidence,
    FundsAnswer,
    FundsFinding,
    FundsProof,
    InspectionKind,
    Report,
    ReportState,
    VoucherDebt,
)
from postloan.inspections.report_form import VOUCHERS, Totals
from postloan.inspections.rules_funds import plain_name
from postloan.inspections.services.funds import Limits
from postloan.inspections.wording import CLASSES
from postloan.loans.models import PaymentOut
from postloan.loans.models.state import CLASS_ORDER

# Files for the use of funds are kept under this name where the template has no question that takes them.
QUESTION = "use_of_funds"
DEBTOR = "debtor"
CONCLUSION = {"summary", "risk_conclusion", "advice", "proposed_class"}


@dataclass(frozen=True)
class Problem:
    """What keeps the report from being signed and handed in. `code` is what a refusal is called."""

    code: str
    text: str


@dataclass(frozen=True)
class Movement:
    """A payment out, or a booking on an account: of the borrower, its group or somebody tied to it."""

    on: date
    number: str
    name: str
    amount: Decimal
    what: str


@dataclass
class Finding:
    """A finding with the movements it stands on, the rule, and what this or an earlier approved report says to it."""

    row: FundsFinding
    rule: str
    movements: list[Movement]
    answer: FundsAnswer | None
    earlier: FundsAnswer | None
    files: list[Evidence] = field(default_factory=list)

    @property
    def is_answered(self) -> bool:
        return self.earlier is not None or (self.answer is not None and self.answer.is_misuse is not None)

    @property
    def said(self) -> FundsAnswer | None:
        return self.answer or self.earlier

    @property
    def is_misuse(self) -> bool:
        return bool(self.said and self.said.is_misuse)

    @property
    def file_ids(self) -> set[int]:
        return {one.pk for one in self.files}


@dataclass
class Payment:
    """A payment out with its vouchers and the papers that are owed for it."""

    row: PaymentOut
    files: list[Evidence] = field(default_factory=list)
    debts: list[VoucherDebt] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Neither a voucher nor a date for the missing one."""
        return not self.files and not self.debts


@dataclass
class Funds:
    """Everything a page or paper says about the use of funds in a report."""

    report: Report
    findings: list[Finding]
    payments: list[Payment]
    files: list[Evidence]
    owed: list[VoucherDebt]
    asks_vouchers: bool

    @property
    def is_there(self) -> bool:
        return bool(self.findings or self.payments or self.owed)

    @property
    def unanswered(self) -> list[Finding]:
        return [one for one in self.findings if not one.is_answered]

    @property
    def open_payments(self) -> list[Payment]:
        return [one for one in self.payments if one.is_open]

    @property
    def misuse(self) -> list[Finding]:
        """Misuse that this report confirms."""
        return [one for one in self.findings if one.answer is not None and one.answer.is_misuse]

    @property
    def least_class(self) -> str:
        """The best class that misuse leaves; empty without misuse."""
        return least_class() if self.misuse else ""

    @property
    def least_class_label(self) -> str:
        return str(CLASSES.get(self.least_class, ""))

    @property
    def own_files(self) -> list[Evidence]:
        return [one for one in self.files if one.question == QUESTION]

    @property
    def upload_question(self) -> str:
        """Where a file for the use of funds goes: the template's own question, or ours."""
        return VOUCHERS if VOUCHERS in self._asked else QUESTION

    @cached_property
    def _asked(self) -> dict[str, Any]:
        return schema.by_code(self.report.template_version.content)

    @property
    def asks_class(self) -> bool:
        return any(question.get("keeps") == "proposed_class" for question in self._asked.values())

    @property
    def problems(self) -> list[Problem]:
        found = []
        if n := len(self.unanswered):
            text = ngettext(
                "%(n)d finding on the use of funds is not answered: explain it with evidence, or confirm misuse.",
                "%(n)d findings on the use of funds are not answered: explain them with evidence, or confirm misuse.",
                n,
            )
            found.append(Problem("funds_findings", text % {"n": n}))
        if self.asks_vouchers and (n := len(self.open_payments)):
            text = ngettext(
                "%(n)d payment has no voucher: tie a file to it, or say which paper is missing and by when.",
                "%(n)d payments have no voucher: tie a file to each, or say which paper is missing and by when.",
                n,
            )
            found.append(Problem("funds_vouchers", text % {"n": n}))
        if any(one.met_before_id and not one.met_before_explanation for one in self.own_files):
            found.append(Problem("funds_files", _("A file here was used before: say why it is used again.")))
        if self.misuse and self.asks_class and is_better(self.report.proposed_class, self.least_class):
            text = _("Misuse is confirmed: propose %(class)s or worse in the conclusion.")
            found.append(Problem("funds_class", text % {"class": self.least_class_label}))
        return found

    @property
    def state(self) -> str:
        """As the states of sections are called."""
        if not self.problems:
            return "done"
        begun = any(one.answer for one in self.findings) or any(not one.is_open for one in self.payments)
        return "doing" if begun else "todo"


def least_class() -> str:
    """The floor that misuse of funds without consent sets. Source: 2023 rules on classification, art. 10(2)."""
    return class_floor(0, DEBTOR, Circumstances(funds_misused_without_consent=True))


def is_better(proposed: str, floor: str) -> bool:
    return proposed in CLASS_ORDER and CLASS_ORDER.index(proposed) < CLASS_ORDER.index(floor)


def counted(totals: Totals, funds: Funds) -> Totals:
    """The sums of a form with the use of funds as one more section."""
    if not funds.is_there:
        return totals
    return replace(
        totals,
        sections=totals.sections + 1,
        done=totals.done + (funds.state == "done"),
        missing=totals.missing + len(funds.problems),
    )


def section_after(content: dict[str, Any]) -> str:
    """The section that draws the conclusion: the use of funds stands before it. Empty where there is none."""
    for section in schema.sections(content):
        if any(question.get("keeps") in CONCLUSION for question in section["questions"]):
            return str(section["code"])
    return ""


# ── reading ───────────────────────────────────────────────────────────────────────────────────────────────


def funds_of(report: Report) -> Funds:
    """The use of funds of a report's loans, in a fixed number of queries."""
    loans = list(report.task.loans.values_list("pk", flat=True))
    asks = report.task.kind == InspectionKind.FIRST
    files = list(
        report.evidence.filter(removed_at=None)
        .select_related("original", "shown", "met_before__report__task", "report__task")
        .order_by("pk")
    )
    payments = list(
        PaymentOut.objects.filter(loan__in=loans, superseded_on=None)
        .select_related("loan")
        .order_by("loan__loan_no", "paid_on", "payment_no")
    )
    proofs = list(
        FundsProof.objects.filter(evidence__removed_at=None)
        .filter(payment__in=[one.pk for one in payments])
        .filter(report__in=_reports_that_count(report))
        .select_related("evidence__original")
        .order_by("evidence")
    )
    debts = list(
        VoucherDebt.objects.filter(payment__loan__in=loans, report__in=_reports_that_count(report))
        .select_related("payment__loan", "report__task")
        .order_by("due_on", "pk")
    )
    return Funds(
        report,
        _findings(report, loans, payments),
        [_payment(one, proofs, debts) for one in payments] if asks else [],
        files,
        [one for one in debts if one.report_id != report.pk and one.settled_on is None],
        asks,
    )


def _reports_that_count(report: Report) -> Any:
    """This report and what was approved: another draft proves nothing."""
    customer = Report.objects.filter(task__customer_id=report.task.customer_id)
    return (customer.filter(state=ReportState.APPROVED) | customer.filter(pk=report.pk)).values("pk")


def _payment(row: PaymentOut, proofs: Iterable[FundsProof], debts: Iterable[VoucherDebt]) -> Payment:
    return Payment(
        row,
        [one.evidence for one in proofs if one.payment_id == row.pk],
        [one for one in debts if one.payment_id == row.pk],
    )


def _findings(report: Report, loans: list[int], payments: list[PaymentOut]) -> list[Finding]:
    """What stands, and what is gone but answered in this very report."""
    answers = {one.finding_id: one for one in report.funds_answers.select_related("edited_by")}
    rows = [
        one
        for one in FundsFinding.objects.filter(loan__in=loans)
        .select_related("loan__product")
        .order_by("loan__loan_no", "kind", "pk")
        if one.gone_on is None or one.pk in answers
    ]
    earlier = {
        one.finding_id: one
        for one in FundsAnswer.objects.filter(finding__in=rows, report__state=ReportState.APPROVED)
        .exclude(report=report)
        .select_related("report__task", "edited_by")
        .order_by("report__approved_on", "pk")
    }
    files: dict[int, list[Evidence]] = {}
    for proof in (
        FundsProof.objects.filter(finding__in=rows, evidence__removed_at=None, report__in=_reports_that_count(report))
        .select_related("evidence__original")
        .order_by("evidence")
    ):
        files.setdefault(proof.finding_id, []).append(proof.evidence)  # type: ignore[arg-type]
    entries = _entries(rows)
    by_day: dict[date, Limits] = {}
    found = []
    for row in rows:
        bounds = by_day.get(row.found_on) or by_day.setdefault(row.found_on, Limits.on(row.found_on))
        found.append(
            Finding(
                row,
                rule_of(row, bounds),
                _movements(row, payments, entries),
                answers.get(row.pk),
                earlier.get(row.pk),
                files.get(row.pk, []),
            )
        )
    return found


def finding_alone(row: FundsFinding) -> Finding:
    """A finding outside a report, with what an approved report says to it."""
    earlier = (
        FundsAnswer.objects.filter(finding=row, report__state=ReportState.APPROVED)
        .select_related("report__task", "edited_by")
        .order_by("-report__approved_on", "-pk")
        .first()
    )
    payments = PaymentOut.objects.filter(loan=row.loan_id, superseded_on=None)
    movements = _movements(row, payments, _entries([row]))
    return Finding(row, rule_of(row, Limits.on(row.found_on)), movements, None, earlier)


def _entries(findings: Iterable[FundsFinding]) -> dict[str, AccountEntry]:
    keys = [key for one in findings for key in one.facts.get("keys", [])]
    numbers = [key.removeprefix("entry:") for key in keys if key.startswith("entry:")]
    return {one.entry_no: one for one in AccountEntry.objects.filter(entry_no__in=numbers)} if numbers else {}


def _movements(
    finding: FundsFinding, payments: Iterable[PaymentOut], entries: dict[str, AccountEntry]
) -> list[Movement]:
    """The rows a finding stands on; for money that came back also the payments it came from.

    Whose account an entry is on is said by the tie to the borrower only: not everybody may see that customer.
    """
    facts = finding.facts
    keys = set(facts.get("keys", []))
    payees = {plain_name(name) for name in facts.get("payees", [])}
    found = [
        Movement(one.paid_on, one.payment_no, one.payee_name, one.amount, _("paid to the payee"))
        for one in payments
        if one.loan_id == finding.loan_id
        and (
            f"payment:{one.payment_no}" in keys
            or (finding.kind == "round_trip" and plain_name(one.payee_name) in payees)
        )
    ]
    what = _("left the account") if finding.kind == "excluded_payee" else _("came back")
    for key in keys:
        entry = entries.get(key.removeprefix("entry:"))
        if entry is not None:
            found.append(Movement(entry.booked_on, entry.entry_no, entry.counterparty_name, entry.amount, what))
    return sorted(found, key=lambda one: (one.on, one.number))


def rule_of(finding: FundsFinding, bounds: Limits) -> str:
    """The rule that was met, with the bank's figures of the day it was found."""
    facts = finding.facts
    amount = formatting.amount(Decimal(str(facts.get("amount", 0))))
    values = {"amount": amount, "currency": finding.currency, "payee": ", ".join(facts.get("payees", []))}
    if finding.kind == "split":
        family = finding.loan.product.family if finding.loan.product else ""
        limit = bounds.entrusted.get(family)
        values |= {"days": str(bounds.split_days), "limit": formatting.amount(limit) if limit is not None else "—"}
        return (
            _(
                "Paid by the borrower to %(payee)s within %(days)s days, each at or under %(limit)s, together "
                "%(amount)s %(currency)s: the bank should have paid."
            )
            % values
        )
    if finding.kind == "round_trip":
        values |= {"days": str(bounds.return_days), "whom": ", ".join(holder(code) for code in _details(facts))}
        return (
            _("%(payee)s sent back %(amount)s %(currency)s within %(days)s days of being paid, to: %(whom)s.") % values
        )
    values["kind"] = ", ".join(excluded(code) for code in _details(facts))
    return _("%(amount)s %(currency)s went to %(payee)s, a payee no loan may reach: %(kind)s.") % values


def _details(facts: dict[str, Any]) -> list[str]:
    return [code for code in str(facts.get("detail", "")).split(",") if code]


def holder(code: str) -> str:
    words = {"borrower": _("the borrower"), "group": _("its group"), "related_party": _("a related party")}
    return words.get(code, code)


def excluded(code: str) -> str:
    words = {"securities": _("securities and futures"), "real_estate": _("real estate"), "lender": _("other lenders")}
    return words.get(code, code)
