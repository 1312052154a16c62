"""What the pages of collecting show, read in a fixed number of queries whatever their length."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Prefetch, Q, Subquery
from django.urls import reverse
from django.utils import timezone

from postloan.collections import limits, rules
from postloan.collections.models import (
    ActionRecord,
    ExpectedDeduction,
    MaturityList,
    MaturityNotice,
    MaturityPlan,
    OverdueCase,
    OverdueStage,
    PlanState,
    Promise,
    Way,
)
from postloan.collections.models.actions import NOT_REACHED
from postloan.collections.services import dunning
from postloan.core import parameters
from postloan.core.messages import Delivery, DeliveryState
from postloan.loans.models import LoanState
from postloan.todos.models import Todo

LIVE_PLAN = ~Q(state=PlanState.WITHDRAWN)


@dataclass(frozen=True)
class MaturityQuery:
    """A set of maturities; `branch` is a path and means those below too, `line` the line it is worked on."""

    state: str = ""
    within: int | None = None
    branch: str = ""
    line: str = ""

    def href(self, state: str = "") -> str:
        """The list of those of the same branch and line in a state."""
        given = {"state": state, "branch": self.branch, "line": self.line}
        asked = urlencode({name: value for name, value in given.items() if value})
        return reverse("collections:maturities") + (f"?{asked}" if asked else "")

    @property
    def hrefs(self) -> dict[str, str]:
        """What shows the rows of each of `maturity_counts`."""
        return {"all": self.href(), **{state: self.href(state) for state in ("not_received", "no_plan", "to_confirm")}}


def _plans() -> Any:
    same = Q(loan=OuterRef("loan"), loan__isnull=False) | Q(item=OuterRef("item"), item__isnull=False)
    return MaturityPlan.objects.filter(same, LIVE_PLAN, matures_on=OuterRef("matures_on"))


def _tighter() -> Any:
    same = Q(loan=OuterRef("loan"), loan__isnull=False) | Q(item=OuterRef("item"), item__isnull=False)
    return MaturityNotice.objects.filter(
        same, withdrawn_on=None, matures_on=OuterRef("matures_on"), step_days__lt=OuterRef("step_days")
    )


def maturities(*, user: Any, day: date, query: MaturityQuery | None = None) -> Any:
    """The tightest standing notice of each item that matures from today on, what is nearest first."""
    query = query or MaturityQuery()
    rows = (
        MaturityNotice.objects.visible_to(user)
        .standing()
        .ahead(on=day)
        .exclude(Exists(_tighter()))
        .annotate(plan_state=Subquery(_plans().values("state")[:1]), plan_id=Subquery(_plans().values("pk")[:1]))
        .select_related("customer", "loan", "item", "received_by")
        .order_by("matures_on", "pk")
    )
    if query.within is not None:
        rows = rows.filter(matures_on__lte=day + timedelta(days=query.within))
    if query.branch:
        rows = rows.filter(customer__branch__path__startswith=query.branch)
    if query.line:
        rows = rows.filter(_of_line(query.line))
    return _in_state(rows, query.state)


def _of_line(line: str) -> Q:
    """The product's line, else the customer's main line."""
    without = Q(loan=None) | Q(loan__product=None) | Q(loan__product__line="")
    return Q(loan__product__line=line) | Q(without, customer__main_line=line)


def _in_state(rows: Any, state: str) -> Any:
    if state == "not_received":
        return rows.filter(received_at=None)
    if state == "no_plan":
        return rows.filter(Q(plan_state=None) | Q(plan_state__in=[PlanState.DRAFT, PlanState.RETURNED]))
    if state == "to_confirm":
        return rows.filter(plan_state=PlanState.SUBMITTED)
    if state == "confirmed":
        return rows.filter(plan_state=PlanState.CONFIRMED)
    return rows


def owes_plan(day: date) -> Q:
    """Whether the loan of a state was asked for a plan of its maturity that nobody has confirmed yet."""
    steps = parameters.value(limits.PLAN_STEPS, on=day)
    same = {"loan": OuterRef("loan"), "matures_on": OuterRef("matures_on")}
    asked = MaturityNotice.objects.standing().filter(**same, step_days__in=steps)
    return Q(Exists(asked)) & ~Q(Exists(MaturityPlan.objects.filter(**same, state=PlanState.CONFIRMED)))


def maturity_counts(*, user: Any, day: date, query: MaturityQuery | None = None) -> dict[str, int]:
    """Of the branch and line a query means; each equals the rows of the list with that state."""
    rows = maturities(user=user, day=day, query=replace(query or MaturityQuery(), state=""))
    return {
        "all": rows.count(),
        "not_received": _in_state(rows, "not_received").count(),
        "no_plan": _in_state(rows, "no_plan").count(),
        "to_confirm": _in_state(rows, "to_confirm").count(),
    }


def notices_of(notice: MaturityNotice) -> list[MaturityNotice]:
    return list(
        MaturityNotice.objects.standing()
        .filter(loan_id=notice.loan_id, item_id=notice.item_id, matures_on=notice.matures_on)
        .select_related("received_by")
        .prefetch_related("follow_ups__recorded_by")
        .order_by("-step_days")
    )


def lists_to_receive(*, user: Any, day: date) -> list[MaturityList]:
    """The monthly lists that wait for this person's receipt and whose month is not over, the nearest first."""
    from postloan.collections.services.maturity_lists import addressees

    waiting = list(
        MaturityList.objects.visible_to(user)
        .waiting()
        .filter(month_from__gte=day.replace(day=1))
        .select_related("branch")
        .order_by("month_from", "branch")
    )
    if not waiting:
        return []
    heads = addressees(waiting)
    return [row for row in waiting if user.pk in heads.get(row.branch_id, [])]


# ── overdue ───────────────────────────────────────────────────────────────────────────────────────────────


def states_of(rows: Iterable[Any]) -> dict[int, LoanState]:
    """The current state of the loans of these rows, in one query."""
    return {state.loan_id: state for state in LoanState.objects.now().filter(loan__in=[r.loan_id for r in rows])}


def cases(*, user: Any, day: date, scale: str = "", more_than: int | None = None, promise: str = "") -> Any:
    """Open cases, the longest overdue first."""
    rows = (
        OverdueCase.objects.open()
        .visible_to(user)
        .select_related("customer", "loan", "loan__product")
        .prefetch_related(
            Prefetch(
                "stages",
                OverdueStage.objects.filter(withdrawn_on=None, superseded_on=None).order_by("-raised_on"),
                to_attr="current_stages",
            )
        )
        .order_by("overdue_since", "pk")
    )
    if scale:
        rows = rows.filter(scale=scale)
    if more_than is not None:
        rows = rows.filter(overdue_since__lt=day - timedelta(days=more_than))
    if promise:
        rows = rows.filter(Exists(Promise.objects.filter(loan=OuterRef("loan"), state=promise)))
    return rows


@dataclass(frozen=True)
class CaseRow:
    case: OverdueCase
    state: LoanState | None
    days: int
    last: ActionRecord | None
    promise: Promise | None
    stage: OverdueStage | None

    @property
    def amount(self) -> Decimal | None:
        if self.state is None:
            return None
        return self.state.overdue_principal + (self.state.overdue_interest or 0)


def case_rows(page: Iterable[OverdueCase], *, day: date) -> list[CaseRow]:
    shown = list(page)
    states = states_of(shown)
    loans = [case.loan_id for case in shown]
    last: dict[int, ActionRecord] = {}
    for record in ActionRecord.objects.filter(loan__in=loans).order_by("happened_at", "pk"):
        last[record.loan_id] = record
    promises: dict[int, Promise] = {}
    for promise in Promise.objects.filter(loan__in=loans).order_by("promised_on", "pk"):
        promises[promise.loan_id] = promise
    return [
        CaseRow(
            case=case,
            state=states.get(case.loan_id),
            days=(day - case.overdue_since).days,
            last=last.get(case.loan_id),
            promise=promises.get(case.loan_id),
            stage=next(iter(getattr(case, "current_stages", [])), None),
        )
        for case in shown
    ]


@dataclass(frozen=True)
class Work:
    """One line of the ladder as the case page shows it."""

    work: str
    due_on: date
    state: str


def works_of(stage: OverdueStage | None, *, day: date) -> list[Work]:
    """What a stage expects, and whether it is done, open or late, from its todos."""
    if stage is None:
        return []
    todos = {
        todo.occurrence: todo
        for todo in Todo.objects.filter(subject_kind="overdue_case", subject_id=stage.case_id).order_by("pk")
    }
    works = []
    for expected in stage.expected:
        due_on = date.fromisoformat(expected["due_on"])
        todo = todos.get(f"{stage.raised_on}:{stage.level}:{expected['work']}")
        if expected["work"] == dunning.WORK:
            state = _state_of_message(stage)
        elif todo is not None and todo.state == "done":
            state = "done"
        elif todo is None or not todo.is_open:
            state = "na"
        else:
            state = "err" if due_on < day else "todo"
        works.append(Work(expected["work"], due_on, state))
    return works


def _state_of_message(stage: OverdueStage) -> str:
    """How far the message to the borrower has come."""
    delivery = Delivery.objects.filter(message__key=dunning.key_of(stage)).first()
    states = {DeliveryState.SENT: "done", DeliveryState.WITHDRAWN: "na", DeliveryState.DEAD: "err"}
    return states.get(DeliveryState(delivery.state), "todo") if delivery else "na"


# ── deductions ────────────────────────────────────────────────────────────────────────────────────────────


def expected_deductions(*, user: Any, day: date) -> Any:
    """What is due after today and listed, the largest shortfall first; no data before nothing short."""
    called = ActionRecord.objects.filter(deduction=OuterRef("pk")).order_by("-happened_at")
    return (
        ExpectedDeduction.objects.visible_to(user)
        .filter(ended_on=None, due_on__gt=day)
        .annotate(last_result=Subquery(called.values("result")[:1]), last_remark=Subquery(called.values("remark")[:1]))
        .select_related("customer", "loan")
        .order_by("due_on", "-shortfall", "pk")
    )


@dataclass(frozen=True)
class DeductionTotals:
    currency: str
    count: int
    due: Decimal
    short: Decimal
    short_count: int
    no_data: int


def deduction_totals(rows: Iterable[ExpectedDeduction]) -> list[DeductionTotals]:
    """Sums by currency; a shortfall that is not known is counted, never added as zero."""
    by_currency: dict[str, list[ExpectedDeduction]] = {}
    for row in rows:
        by_currency.setdefault(row.currency, []).append(row)
    return [
        DeductionTotals(
            currency=currency,
            count=len(some),
            due=sum((row.amount for row in some), Decimal(0)),
            short=sum((row.shortfall for row in some if row.shortfall), Decimal(0)),
            short_count=sum(1 for row in some if row.shortfall),
            no_data=sum(1 for row in some if row.shortfall is None),
        )
        for currency, some in sorted(by_currency.items())
    ]


def tomorrow(*, user: Any, day: date, most: int = 6) -> dict[str, Any]:
    """For the card on My work: sums, and the largest shortfalls."""
    rows = list(expected_deductions(user=user, day=day))
    short = sorted((row for row in rows if row.shortfall), key=lambda row: -row.shortfall)
    return {"totals": deduction_totals(rows), "rows": short[:most], "count": len(rows), "short": len(short)}


def calls_today(loan: Any) -> dict[str, int]:
    """How often the debtor was called today, by the clock of the place, and how often reached."""
    now = timezone.localtime()
    start = now.replace(hour=0, minute=0, second=0, microsecond=0)
    calls = ActionRecord.objects.between(start, start + timedelta(days=1)).filter(
        customer_id=loan.customer_id, way=Way.CALL, whom__in=rules.DEBTOR
    )
    return {"calls": calls.count(), "reached": calls.exclude(result__in=NOT_REACHED).count()}


def may_call_now() -> dict[str, Any]:
    """The clock beside the quiet hours, for the head of the form."""
    from postloan.collections.services.actions import contact_limits
    from postloan.core import business_date

    now = timezone.localtime()
    limits = contact_limits(business_date.latest() or business_date.calendar_today())
    return {
        "is_quiet": rules.is_quiet(now.time(), start=limits.quiet_from, end=limits.quiet_until),
        "limits": limits,
    }
