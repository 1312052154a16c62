"""The written demand after misuse of funds: issued when the report is approved, delivered, followed to its date."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from postloan.core import business_date, calendar, parameters, timeline
from postloan.inspections import limits
from postloan.inspections.funds_letter import text_of
from postloan.inspections.models import Demanded, FundsAnswer, FundsDemand, Report
from postloan.inspections.services.refusals import Refused
from postloan.inspections.wording import WHY_DEMAND_DELIVER, WHY_DEMAND_FOLLOW
from postloan.loans.models import Loan
from postloan.todos.kinds import TodoKind
from postloan.todos.services import Due, close_by_doing, push

SUBJECT = "funds_demand"
DELIVER_WITHIN = 3
LEAST_RESULT = 4
DELIVER, FOLLOW = "deliver", "follow"

ISSUED = timeline.define("inspections.demand_issued", _("Demand {demand} after misuse of funds, to be met by {by}"))
DELIVERED = timeline.define("inspections.demand_delivered", _("Demand {demand} delivered on {on} to {whom}"))
MET = timeline.define("inspections.demand_met", _("Demand {demand} met: {result}"))
NOT_MET = timeline.define("inspections.demand_not_met", _("Demand {demand} not met: {result}"))


@transaction.atomic
def issue_demands(report: Report, *, acting_user: Any) -> list[FundsDemand]:
    """The report is approved: one demand for each loan of which it confirms misuse, and a todo to deliver it."""
    by_loan: dict[int, list[FundsAnswer]] = {}
    answers = report.funds_answers.filter(is_misuse=True).select_related("finding__loan__customer")
    for answer in answers.order_by("finding__loan__loan_no", "pk"):
        by_loan.setdefault(answer.finding.loan_id, []).append(answer)
    there = set(report.funds_demands.values_list("loan_id", flat=True))
    return [
        _issue(report, some, number, acting_user)
        for number, (loan_id, some) in enumerate(by_loan.items(), start=1)
        if loan_id not in there
    ]


def _issue(report: Report, answers: list[FundsAnswer], number: int, acting_user: Any) -> FundsDemand:
    day = business_date.current()
    loan = answers[0].finding.loan
    demand = FundsDemand(
        report=report,
        demand_no=f"ZG{day:%Y%m%d}-{report.pk}-{number}",
        loan=loan,
        demanded=Demanded.REPAY if any(one.demanded == Demanded.REPAY for one in answers) else Demanded.MEND,
        amount=misused(answers, loan),
        currency=loan.currency,
        respond_by=_respond_by(answers, day),
        issued_on=day,
        issued_by=acting_user,
    )
    # The letter is to the borrower: it speaks the bank's language, whoever approves.
    with override(settings.LANGUAGE_CODE):
        demand.text = text_of(demand, answers)
    demand._history_user = acting_user  # type: ignore[attr-defined]
    demand.save()
    due_on = min(calendar.add_working_days(day, DELIVER_WITHIN), demand.respond_by)
    _push(demand, DELIVER, WHY_DEMAND_DELIVER, due_on, acting_user)
    _tell(ISSUED, demand, acting_user, by=demand.respond_by.isoformat())
    return demand


def misused(answers: list[FundsAnswer], loan: Loan) -> Decimal:
    """How much: the largest finding of each payee, together not more than the loan. One sum is often found twice."""
    largest: dict[tuple[str, ...], Decimal] = {}
    for answer in answers:
        facts = answer.finding.facts
        payees = tuple(facts["payees"])
        largest[payees] = max(largest.get(payees, Decimal(0)), Decimal(str(facts["amount"])))
    total = sum(largest.values(), Decimal(0))
    return min(total, loan.amount) if loan.amount else total


def _respond_by(answers: list[FundsAnswer], day: date) -> date:
    """The nearest day the report names; where the approval came after it, as long as the bank gives from now."""
    named = min(one.respond_by for one in answers if one.respond_by is not None)
    return named if named > day else day + timedelta(days=int(parameters.value(limits.DEMAND_DAYS, on=day)))


# ── followed ──────────────────────────────────────────────────────────────────────────────────────────────


def _locked(demand: FundsDemand, acting_user: Any) -> FundsDemand:
    if not acting_user.has_capability("inspections.write"):
        raise PermissionDenied("who inspects follows demands")
    found = FundsDemand.objects.select_for_update(of=("self",)).select_related("loan", "report__task")
    row = found.get(pk=demand.pk)
    if row.met_on is not None or row.not_met_on is not None:
        raise Refused("demand_over")
    return row


@transaction.atomic
def record_delivery(demand: FundsDemand, *, delivered_on: date | None, to: str, acting_user: Any) -> FundsDemand:
    """Raises Refused: `demand_over`, `delivered` for a second time, `delivery` for an impossible day or nobody."""
    row = _locked(demand, acting_user)
    if row.delivered_on is not None:
        raise Refused("delivered")
    latest = max(business_date.calendar_today(), business_date.current())
    if delivered_on is None or not row.issued_on <= delivered_on <= latest or not to.strip():
        raise Refused("delivery")
    row.delivered_on, row.delivered_to = delivered_on, to.strip()[:100]
    row._history_user = acting_user  # type: ignore[attr-defined]
    row.save()
    close_by_doing(TodoKind.FUNDS_DEMAND, SUBJECT, row.pk, acting_user=acting_user, occurrence=DELIVER, anyone=True)
    _push(row, FOLLOW, WHY_DEMAND_FOLLOW, row.respond_by, acting_user)
    _tell(DELIVERED, row, acting_user, on=delivered_on.isoformat(), whom=row.delivered_to)
    return row


@transaction.atomic
def record_outcome(demand: FundsDemand, *, is_met: bool, result: str, acting_user: Any) -> FundsDemand:
    """Met or not, with what was done. Not met can be said only after its day.

    Raises Refused: `demand_over`, `not_delivered`, `result` too short, `too_early`; PermissionDenied.
    """
    row = _locked(demand, acting_user)
    day = business_date.current()
    if row.delivered_on is None:
        raise Refused("not_delivered")
    if len(result.strip()) < LEAST_RESULT:
        raise Refused("result")
    if not is_met and day <= row.respond_by:
        raise Refused("too_early")
    row.met_on, row.not_met_on = (day, None) if is_met else (None, day)
    row.result = result.strip()
    row._history_user = acting_user  # type: ignore[attr-defined]
    row.save()
    close_by_doing(TodoKind.FUNDS_DEMAND, SUBJECT, row.pk, acting_user=acting_user, occurrence=FOLLOW, anyone=True)
    _tell(MET if is_met else NOT_MET, row, acting_user, result=row.result[:200])
    return row


def _push(demand: FundsDemand, occurrence: str, why: str, due_on: date, acting_user: Any) -> None:
    due = Due(
        customer_id=demand.report.task.customer_id,
        loan_id=demand.loan_id,
        subject_kind=SUBJECT,
        subject_id=demand.pk,
        occurrence=occurrence,
        reason_code=why,
        arguments={"demand": demand.demand_no, "by": demand.respond_by},
        due_on=due_on,
        line=demand.report.task.line,
    )
    push(TodoKind.FUNDS_DEMAND, [due], business_date=business_date.current(), acting_user=acting_user)


def _tell(code: str, demand: FundsDemand, acting_user: Any, **arguments: Any) -> None:
    timeline.record(
        code,
        acting_user=acting_user,
        customer_id=demand.report.task.customer_id,
        loan_id=demand.loan_id,
        subject_kind=SUBJECT,
        subject_key=demand.demand_no,
        demand=demand.demand_no,
        **arguments,
    )
