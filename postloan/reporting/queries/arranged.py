"""What is arranged about overdue and maturing loans: the latest promise, plan or contact of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from postloan.collections.models import ActionRecord, MaturityPlan, OverdueCase, PlanState, Promise


@dataclass(frozen=True)
class Arranged:
    """The strongest thing there is: an open promise, else a plan for the maturity, else the last contact."""

    promise: Promise | None = None
    plan: MaturityPlan | None = None
    action: ActionRecord | None = None
    case_id: int | None = None

    @property
    def is_nothing(self) -> bool:
        return not (self.promise or self.plan or self.action)


def arranged_for(loan_ids: Iterable[int], *, since: dict[int, date | None]) -> dict[int, Arranged]:
    """For the loans of one page, in four queries. A contact counts from the day the loan became overdue."""
    ids = list(loan_ids)
    promises = {row.loan_id: row for row in Promise.objects.filter(loan__in=ids, state="open").order_by("promised_on")}
    plans = {
        row.loan_id: row
        for row in MaturityPlan.objects.filter(loan__in=ids).exclude(state=PlanState.WITHDRAWN).order_by("matures_on")
    }
    rows = ActionRecord.objects.filter(loan__in=ids).defer("number").order_by("happened_at", "pk")
    actions = {row.loan_id: row for row in rows if _counts(row, since.get(row.loan_id))}
    cases = dict(OverdueCase.objects.open().filter(loan__in=ids).values_list("loan_id", "pk"))
    return {pk: Arranged(promises.get(pk), plans.get(pk), actions.get(pk), cases.get(pk)) for pk in ids}


def _counts(row: ActionRecord, since: date | None) -> bool:
    return since is not None and row.business_date >= since
