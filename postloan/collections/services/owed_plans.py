"""The plan a maturity owes: asked until it is made, whatever notices come nearer meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from postloan.collections import limits, wording
from postloan.collections.models import MaturityNotice, MaturityPlan, PlanState
from postloan.collections.services.subjects import RELATED, Subject, as_date, due_of
from postloan.core import calendar, parameters, sql
from postloan.todos.kinds import TodoKind
from postloan.todos.services import Due, push

SQL = Path(__file__).parent.parent / "sql"
MEND_WITHIN = 2
BATCH = 500


def ask_for_plans(
    day: date, *, run_id: int | None = None, notice: MaturityNotice | None = None, acting_user: Any = None
) -> int:
    """A todo for each plan owed that has none, of one maturity where a notice is given; returns how many.

    It is due when the first notice that asked for it was to be answered, so that a nearer notice makes it no less
    late. What was sent back is asked for again as such.
    """
    steps = parameters.value(limits.PLAN_STEPS, on=day)
    values = {
        "day": day,
        "steps": f";{';'.join(map(str, steps))};",
        "loan": (notice.loan_id or 0) if notice else 0,
        "item": (notice.item_id or 0) if notice else 0,
    }
    rows = list(sql.rows(SQL / "plans_owed.sql", values))
    dues = [
        due
        for start in range(0, len(rows), BATCH)
        for due in _dues(rows[start : start + BATCH], day)
        if notice is None or due.occurrence.startswith(f"{notice.matures_on}:")
    ]
    if not dues:
        return 0
    return push(TodoKind.MATURITY_PLAN, dues, business_date=day, run_id=run_id, acting_user=acting_user).opened


def _dues(rows: Sequence[Mapping[str, Any]], day: date) -> list[Due]:
    notices = MaturityNotice.objects.standing().select_related(*RELATED)
    of_loans = notices.filter(loan__in=[row["loan_id"] for row in rows if row["loan_id"]])
    of_items = notices.filter(item__in=[row["item_id"] for row in rows if row["item_id"]])
    found = {(n.loan_id, n.item_id, n.matures_on, n.step_days): n for some in (of_loans, of_items) for n in some}
    plans = MaturityPlan.objects.in_bulk([row["plan_id"] for row in rows if row["plan_state"] == PlanState.RETURNED])
    dues = []
    for row in rows:
        notice = found[row["loan_id"], row["item_id"], as_date(row["matures_on"]), row["nearest"]]
        if row["plan_id"] in plans:
            dues.append(due_of_returned(plans[row["plan_id"]], day))
        else:
            # A plan that was withdrawn with a maturity that holds again is to be made anew.
            occurrence = f"{notice.matures_on}:plan" + (f":{row['withdrawn']}" if row["withdrawn"] else "")
            dues.append(due_of(notice, wording.WHY_PLAN, as_date(row["due_on"]), occurrence))
    return dues


def due_of_returned(plan: MaturityPlan, day: date) -> Due:
    """What the maker is asked to mend, within two working days and not after the maturity."""
    subject = Subject.of(plan)
    return Due(
        customer_id=plan.customer_id,
        loan_id=plan.loan_id,
        subject_kind=subject.kind,
        subject_id=subject.pk,
        occurrence=f"{plan.matures_on}:returned:v{plan.version}",
        reason_code=wording.WHY_PLAN_RETURNED,
        arguments={"matures_on": plan.matures_on, "remark": plan.decision_comment[:200], "plan": plan.pk},
        due_on=min(calendar.add_working_days(day, MEND_WITHIN), max(plan.matures_on, day)),
        amount=plan.due_amount,
    )
