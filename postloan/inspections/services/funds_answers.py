"""What a report says about the use of funds: findings answered, payments tied to vouchers, papers that are missing."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from postloan.core import business_date, parameters, timeline
from postloan.inspections import limits
from postloan.inspections.models import (
    Demanded,
    Evidence,
    FundsAnswer,
    FundsFinding,
    FundsProof,
    Report,
    VoucherDebt,
)
from postloan.inspections.services.changes import bump
from postloan.inspections.services.funds import look_at_funds
from postloan.inspections.services.refusals import Refused
from postloan.inspections.services.reports import locked, may_write
from postloan.inspections.workflow import WRITABLE
from postloan.loans.models import PaymentOut

LEAST_EXPLANATION = 10
MOST_AT_ONCE = 400

EXPLAINED = timeline.define("inspections.funds_explained", _("Inspection {task}: {finding} explained, {why}"))
MISUSE = timeline.define("inspections.funds_misused", _("Inspection {task}: {finding} is misuse, {why}"))
TIED = timeline.define("inspections.vouchers_tied", _("Inspection {task}: vouchers tied to {count} payments"))
UNTIED = timeline.define("inspections.voucher_untied", _("Inspection {task}: voucher of {payment} taken off"))
OWED = timeline.define(
    "inspections.voucher_owed", _("Inspection {task}: {missing} missing for {count} payments, promised by {by}")
)
NOT_OWED = timeline.define("inspections.voucher_not_owed", _("Inspection {task}: {missing} of {payment} not missing"))


def look_again(report: Report, acting_user: Any) -> None:
    """Looks at the loans of a report before it is signed or handed in, in a transaction of its own.

    What is found stays even where signing is then refused: so the inspector sees what is to be answered.
    """
    if report.state in WRITABLE and may_write(report, acting_user):
        look_at_funds(report.task.loans.all(), day=business_date.current())


# ── findings ──────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def answer_finding(
    report: Report,
    finding_id: int,
    *,
    is_misuse: bool,
    explanation: str,
    evidence: Collection[int] = (),
    demanded: str = "",
    respond_by: date | None = None,
    seen: str | None = None,
    acting_user: Any,
) -> FundsAnswer:
    """Says of a finding that it is explained, with evidence, or that it is misuse, with what is demanded by when.

    Raises Refused: `finding` for one of another report, `explanation` too short, `proof` without a file for an
    explanation, `demand` without what is demanded, `demand_date` where its day is not ahead, `meanwhile` where
    the other inspector has answered since `seen`, the stamp of the answer that was shown; PermissionDenied.
    """
    report = locked(report, acting_user)
    finding = FundsFinding.objects.filter(pk=finding_id, loan__in=report.task.loans.all()).first()
    if finding is None:
        raise Refused("finding")
    if len(explanation.strip()) < LEAST_EXPLANATION:
        raise Refused("explanation")
    files = _files(report, evidence)
    if not is_misuse and not files:
        raise Refused("proof")
    if is_misuse and demanded not in Demanded.values:
        raise Refused("demand")
    if is_misuse and (respond_by is None or respond_by <= business_date.current()):
        raise Refused("demand_date")
    answer = report.funds_answers.filter(finding=finding).first() or FundsAnswer(report=report, finding=finding)
    is_of_other = answer.pk is not None and answer.edited_by_id != acting_user.pk
    if is_of_other and seen is not None and seen != answer.stamp:
        raise Refused("meanwhile")
    answer.is_misuse, answer.explanation = is_misuse, explanation.strip()
    answer.demanded, answer.respond_by = (demanded, respond_by) if is_misuse else ("", None)
    answer.edited_by, answer.edited_at = acting_user, timezone.now()
    answer.save()
    report.funds_proofs.filter(finding=finding).exclude(evidence__in=files).delete()
    _prove(report, [FundsProof(report=report, evidence=one, finding=finding) for one in files])
    bump(report, "finding answered", acting_user)
    why = answer.explanation[:200]
    _tell(MISUSE if is_misuse else EXPLAINED, report, acting_user, finding=finding.get_kind_display(), why=why)
    return answer


def _files(report: Report, ids: Collection[int]) -> list[Evidence]:
    """Files of this very report that have not been removed."""
    return list(report.evidence.filter(removed_at=None, pk__in=list(ids)[:MOST_AT_ONCE]).order_by("pk"))


def _prove(report: Report, proofs: Iterable[FundsProof]) -> int:
    there = set(report.funds_proofs.values_list("evidence_id", "payment_id", "finding_id"))
    new = [one for one in proofs if (one.evidence_id, one.payment_id, one.finding_id) not in there]
    FundsProof.objects.bulk_create(new)
    return len(new)


# ── vouchers ──────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def tie_vouchers(report: Report, payments: Collection[int], files: Collection[int], *, acting_user: Any) -> int:
    """Ties files of the report to payments, each to each. Raises Refused: `payments` or `files` for none chosen."""
    report = locked(report, acting_user)
    chosen, papers = _payments(report, payments), _files(report, files)
    if not papers:
        raise Refused("files")
    made = _prove(report, [FundsProof(report=report, evidence=f, payment=p) for p in chosen for f in papers])
    if made:
        bump(report, "vouchers tied", acting_user)
        _tell(TIED, report, acting_user, count=len(chosen))
    return made


@transaction.atomic
def untie_voucher(report: Report, payment_id: int, evidence_id: int, *, acting_user: Any) -> None:
    """Takes a file off a payment; the file stays in the report."""
    report = locked(report, acting_user)
    found = report.funds_proofs.filter(payment=payment_id, evidence=evidence_id).select_related("payment").first()
    if found is None or found.payment is None:
        raise Refused("payments")
    found.delete()
    bump(report, "voucher untied", acting_user)
    _tell(UNTIED, report, acting_user, payment=found.payment.payment_no)


@transaction.atomic
def owe_vouchers(
    report: Report, payments: Collection[int], *, missing: str, due_on: date | None, acting_user: Any
) -> int:
    """Says which paper payments lack and by when it comes. More time than the bank gives is granted by others later.

    Raises Refused: `payments` for none chosen, `missing` without the paper, `voucher_date` beyond what the bank gives.
    """
    report = locked(report, acting_user)
    chosen = _payments(report, payments)
    paper = missing.strip()
    if not paper or len(paper) > 40:
        raise Refused("missing")
    day = business_date.current()
    if due_on is None or not day < due_on <= latest_for_vouchers(day):
        raise Refused("voucher_date")
    for payment in chosen:
        debt: Any = report.voucher_debts.filter(payment=payment, missing=paper).first()
        debt = debt or VoucherDebt(report=report, payment=payment, missing=paper)
        debt.first_due_on = debt.due_on = due_on
        debt._history_user = acting_user
        debt.save()
    bump(report, "voucher missing", acting_user)
    _tell(OWED, report, acting_user, missing=paper, count=len(chosen), by=due_on.isoformat())
    return len(chosen)


def latest_for_vouchers(day: date) -> date:
    return day + timedelta(days=int(parameters.value(limits.VOUCHER_DAYS, on=day)))


@transaction.atomic
def forget_debt(report: Report, debt_id: int, *, acting_user: Any) -> None:
    """The paper is not missing after all; only while the report is being written."""
    report = locked(report, acting_user)
    debt = report.voucher_debts.filter(pk=debt_id, owed_since=None).select_related("payment").first()
    if debt is None:
        raise Refused("payments")
    debt._history_user = acting_user
    debt.delete()
    bump(report, "voucher not missing", acting_user)
    _tell(NOT_OWED, report, acting_user, missing=debt.missing, payment=debt.payment.payment_no)


def _payments(report: Report, ids: Collection[int]) -> list[PaymentOut]:
    found = PaymentOut.objects.filter(
        pk__in=list(ids)[:MOST_AT_ONCE], loan__in=report.task.loans.all(), superseded_on=None
    )
    chosen = list(found.order_by("pk"))
    if not chosen:
        raise Refused("payments")
    return chosen


def _tell(code: str, report: Report, acting_user: Any, **arguments: Any) -> None:
    timeline.record(
        code,
        acting_user=acting_user,
        customer_id=report.task.customer_id,
        subject_kind="inspection_report",
        subject_key=str(report.pk),
        task=report.task.task_no,
        **arguments,
    )
