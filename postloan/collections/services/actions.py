"""What people record when they collect: contacts within the rules, promises, written demands and their receipts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from postloan.collections import limits, rules, wording
from postloan.collections.models import (
    ActionRecord,
    ActionResult,
    ExpectedDeduction,
    OverdueCase,
    OverdueStage,
    Promise,
    Way,
    Whom,
)
from postloan.collections.models.actions import NOT_REACHED
from postloan.collections.services import next_steps
from postloan.collections.services.overdue import KIND_OF_WORK, SUBJECT
from postloan.core import business_date as business_dates
from postloan.core import calendar, parameters, timeline
from postloan.core.encryption import blind_index
from postloan.loans.models import Deduction, Loan
from postloan.todos.kinds import TodoKind
from postloan.todos.services import Due, close_by_doing, push

CORRECT_WITHIN = 3


class ContactRefused(Exception):
    """The rules of contact forbid it; `refusals` name each rule and its source."""

    def __init__(self, refusals: list[rules.Refusal]) -> None:
        super().__init__(", ".join(refusal.code for refusal in refusals))
        self.refusals = refusals


@dataclass(frozen=True)
class Done:
    """What somebody did: the fields of the form, already checked one by one."""

    way: str
    whom: str
    result: str
    happened_at: datetime
    number: str = ""
    person_name: str = ""
    guarantee: Any = None
    cause: str = ""
    willingness: str = ""
    ability: str = ""
    remark: str = ""
    next_step: str = ""
    next_step_on: date | None = None
    promised_amount: Decimal | None = None
    promised_on: date | None = None
    new_phone: str = field(default="", repr=False)
    new_address: str = field(default="", repr=False)


# ── the rules of contact, with the counts of the day ──────────────────────────────────────────────────────


def contact_limits(on: date) -> rules.ContactLimits:
    return rules.ContactLimits(
        quiet_from=time.fromisoformat(parameters.value(limits.QUIET_FROM, on=on)),
        quiet_until=time.fromisoformat(parameters.value(limits.QUIET_UNTIL, on=on)),
        tries_a_number=int(parameters.value(limits.TRIES_A_NUMBER, on=on)),
        reached_calls=int(parameters.value(limits.REACHED_CALLS, on=on)),
    )


def contact_of(loan: Loan, done: Done) -> rules.Contact:
    """The contact with the tries and calls of its own day, by the clock of the place."""
    local = timezone.localtime(done.happened_at)
    start = local.replace(hour=0, minute=0, second=0, microsecond=0)
    records = ActionRecord.objects.between(start, start + timedelta(days=1)).filter(way=Way.CALL)
    index = blind_index(done.number)
    of_debtor = records.filter(customer_id=loan.customer_id, whom__in=rules.DEBTOR)
    return rules.Contact(
        way=done.way,
        whom=done.whom,
        at=local,
        tries_on_number=records.filter(number_index=index).count() if index else of_debtor.count(),
        reached_calls=of_debtor.exclude(result__in=NOT_REACHED).count(),
        has_guarantee=done.guarantee is not None and guarantees_of(loan).filter(pk=done.guarantee.pk).exists(),
        debtor_unreachable=_is_unreachable(loan),
        declined_before=bool(index)
        and ActionRecord.objects.filter(number_index=index, result=ActionResult.CONTACT_DECLINED).exists(),
    )


def _is_unreachable(loan: Loan) -> bool:
    """The last three contacts with the debtor reached nobody."""
    last = list(
        ActionRecord.objects.filter(customer_id=loan.customer_id, whom__in=rules.DEBTOR)
        .order_by("-happened_at")
        .values_list("result", flat=True)[:3]
    )
    return len(last) == 3 and all(result in NOT_REACHED for result in last)


def guarantees_of(loan: Loan) -> Any:
    """The guarantees of the loan's contract: whoever gave one may be spoken to within it."""
    from postloan.collateral.models import Guarantee

    if not loan.contract_no:
        return Guarantee.objects.none()
    return Guarantee.objects.filter(contract_no=loan.contract_no, superseded_on=None)


def refusals_of(loan: Loan, done: Done) -> list[rules.Refusal]:
    on = business_dates.latest() or business_dates.calendar_today()
    return rules.contact_refusals(contact_of(loan, done), contact_limits(on))


# ── recording ─────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def record_action(
    loan: Loan,
    done: Done,
    *,
    acting_user: Any,
    deduction: ExpectedDeduction | None = None,
    failed: Deduction | None = None,
    promise: Promise | None = None,
) -> ActionRecord:
    """Keeps what was done, closes the todos it answers, and asks for what follows.

    Raises ContactRefused, NotYours where the open todo is somebody else's.
    """
    Loan.objects.select_for_update().get(pk=loan.pk)
    refusals = refusals_of(loan, done)
    if refusals:
        raise ContactRefused(refusals)
    case = OverdueCase.objects.select_for_update().filter(loan=loan, closed_on=None).first()
    stage = _stage_of(case)
    record = ActionRecord.objects.create(
        loan=loan,
        customer_id=loan.customer_id,
        case=case,
        stage=stage,
        deduction=deduction,
        business_date=business_dates.current(),
        number_index=blind_index(done.number),
        recorded_by=acting_user,
        recorded_at=timezone.now(),
        **{name: getattr(done, name) for name in RECORDED},
    )
    _close_answered(record, done, acting_user, deduction=deduction, failed=failed, promise=promise)
    _promise(record, done, acting_user)
    _ask_for_correction(record, acting_user)
    next_steps.follow(record, acting_user=acting_user)
    if stage is not None and stage.done_at is None:
        OverdueStage.objects.filter(pk=stage.pk).update(done_at=timezone.now())
    _tell(record, acting_user)
    return record


RECORDED = (
    "happened_at",
    "way",
    "whom",
    "guarantee",
    "person_name",
    "number",
    "result",
    "cause",
    "willingness",
    "ability",
    "remark",
    "next_step",
    "next_step_on",
    "new_phone",
    "new_address",
)


def _stage_of(case: OverdueCase | None) -> OverdueStage | None:
    if case is None:
        return None
    return case.stages.filter(withdrawn_on=None, superseded_on=None).order_by("-raised_on").first()


ANSWERED_BY = {
    "contact": frozenset({Way.CALL, Way.VISIT, Way.TALK}),
    "visit": frozenset({Way.VISIT}),
    "letter": frozenset({Way.LETTER, Way.LAWYER_LETTER}),
    "lawyer_letter": frozenset({Way.LAWYER_LETTER}),
    "suit": frozenset({Way.SUIT}),
}
ONLY_WITH = {
    "lawyer_letter": frozenset({ActionResult.DELIVERED}),
    "suit": frozenset({ActionResult.SUE, ActionResult.NO_SUIT}),
}


def works_answered(done: Done) -> set[str]:
    """Which expected works a record answers. A demand with receipt is answered by its letters alone."""
    answered = {
        work
        for work, ways in ANSWERED_BY.items()
        if done.way in ways and done.result in ONLY_WITH.get(work, {done.result})
    }
    if done.cause:
        answered.add("cause")
    return answered


def _close_answered(
    record: ActionRecord,
    done: Done,
    acting_user: Any,
    *,
    deduction: ExpectedDeduction | None,
    failed: Deduction | None,
    promise: Promise | None,
) -> None:
    # A head may do a manager's work; others only what is theirs or what they stand in for.
    anyone = acting_user.has_capability("collections.confirm_plan")
    if record.case_id:
        kinds = [KIND_OF_WORK[work] for work in sorted(works_answered(done))]
        close_by_doing(kinds, SUBJECT, record.case_id, acting_user=acting_user, anyone=anyone)
    if deduction is not None:
        close_by_doing(
            TodoKind.DEDUCTION_SHORTFALL, "expected_deduction", deduction.pk, acting_user=acting_user, anyone=anyone
        )
    if failed is not None and failed.loan_id is not None:
        close_by_doing(
            TodoKind.DEDUCTION_FAILED, "failed_deduction", failed.loan_id, acting_user=acting_user, anyone=anyone
        )
    if promise is not None:
        close_by_doing(TodoKind.PROMISE_DUE, "promise", promise.pk, acting_user=acting_user, anyone=anyone)


def _promise(record: ActionRecord, done: Done, acting_user: Any) -> None:
    if done.promised_amount is None or done.promised_on is None:
        return
    Promise.objects.create(
        action=record,
        loan_id=record.loan_id,
        customer_id=record.customer_id,
        amount=done.promised_amount,
        currency=record.loan.currency,
        made_on=record.business_date,
        promised_on=done.promised_on,
    )
    timeline.record(
        wording.PROMISE_MADE,
        acting_user=acting_user,
        customer_id=record.customer_id,
        loan_id=record.loan_id,
        subject_kind="loan",
        subject_key=record.loan.loan_no,
        amount=str(done.promised_amount),
        promised_on=done.promised_on.isoformat(),
    )


def _ask_for_correction(record: ActionRecord, acting_user: Any) -> None:
    """New details are asked of core banking; its facts are never edited here."""
    if not (record.new_phone or record.new_address):
        return
    day = record.business_date
    due = Due(
        customer_id=record.customer_id,
        loan_id=record.loan_id,
        subject_kind="action_record",
        subject_id=record.pk,
        occurrence=day.isoformat(),
        reason_code=wording.WHY_CORRECTION,
        arguments={"on": day},
        due_on=calendar.add_working_days(day, CORRECT_WITHIN),
    )
    push(TodoKind.DATA_CORRECTION, [due], business_date=day, acting_user=acting_user)


def _tell(record: ActionRecord, acting_user: Any) -> None:
    timeline.record(
        wording.ACTION_RECORDED,
        acting_user=acting_user,
        customer_id=record.customer_id,
        loan_id=record.loan_id,
        subject_kind="loan",
        subject_key=record.loan.loan_no,
        way=record.way,
        result=record.result,
        whom=str(Whom(record.whom).value),
    )
