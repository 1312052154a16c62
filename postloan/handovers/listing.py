"""The list of what a manager holds: customers by line and role, loans, todos, plans, overdue cases, inspections."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q

from postloan.collections.models import MaturityPlan, OverdueCase, PlanState
from postloan.customers.models import Responsibility, Role
from postloan.handovers import rules
from postloan.handovers.models import RESPONSIBLE, Handover, HandoverItem, ItemKind
from postloan.handovers.rules import Held, People, Verdict
from postloan.inspections.models import InspectionTask
from postloan.inspections.services.passing_on import in_hand
from postloan.inspections.services.task_todos import SUBJECT as INSPECTION
from postloan.loans.models import Loan, LoanManager, LoanState
from postloan.organization.models import Staff
from postloan.todos.models import Todo

BATCH = 500
OPEN_PLANS = (PlanState.DRAFT, PlanState.SUBMITTED, PlanState.RETURNED)


def held_by(staff: Staff) -> Any:
    """The responsibilities a person has now and for an open time."""
    rows = Responsibility.objects.filter(staff=staff, valid_to=None)
    return rows.select_related("customer__branch").order_by("role", "customer__customer_no", "line")


def own_loans_of(staff: Staff) -> Any:
    rows = LoanManager.objects.filter(staff=staff, valid_to=None)
    return rows.select_related("loan__customer", "loan__product").order_by("role", "loan__loan_no")


def collect(giver: Staff, *, customers: Collection[int] | None = None) -> list[HandoverItem]:
    """The list as it stands now, unsaved. `customers` narrows it; None is the whole book with every todo."""
    held = [row for row in held_by(giver) if customers is None or row.customer_id in customers]
    own = [row for row in own_loans_of(giver) if customers is None or row.loan.customer_id in customers]
    loans = list(_loans(held, own, giver))
    lines = {(row.customer_id, row.line) for row in held}
    own_loans, whole = {row.loan_id for row in own}, customers is None
    return [
        *(_of_customer(row) for row in held),
        *(_of_own_loan(row) for row in own),
        *(_of_loan(loan, state) for loan, state in loans),
        *(_of_todo(todo) for todo in todos_moved(giver, lines, own_loans, whole=whole)),
        *_plans_and_cases([loan.pk for loan, _state in loans]),
        *(_of_inspection(task) for task in inspections_of(giver, lines, own_loans, whole=whole)),
    ]


def _of_customer(row: Responsibility) -> HandoverItem:
    return HandoverItem(
        kind=ItemKind.CUSTOMER,
        key=f"customer:{row.customer_id}:{row.line}:{row.role}",
        customer=row.customer,
        line=row.line,
        role=row.role,
        since=row.valid_from,
    )


def _of_own_loan(row: LoanManager) -> HandoverItem:
    return HandoverItem(
        kind=ItemKind.OWN_LOAN,
        key=f"own_loan:{row.loan_id}:{row.role}",
        customer=row.loan.customer,
        loan=row.loan,
        line=_line_of(row.loan),
        role=row.role,
        since=row.valid_from,
    )


def _line_of(loan: Loan) -> str:
    return (loan.product.line if loan.product else "") or loan.customer.main_line


def _loans(
    held: Iterable[Responsibility], own: Iterable[LoanManager], giver: Staff
) -> Iterator[tuple[Loan, LoanState | None]]:
    """The live loans of what is handed over; one that names another manager for itself is not the giver's."""
    lines = {(row.customer_id, row.line) for row in held}
    named = {row.loan_id for row in own}
    ids = sorted({customer for customer, _line in lines})
    found: dict[int, Loan] = {}
    for start in range(0, len(ids), BATCH):
        rows = Loan.objects.live().filter(customer__in=ids[start : start + BATCH])
        for loan in rows.select_related("customer", "product"):
            found[loan.pk] = loan
    for loan in Loan.objects.live().filter(pk__in=named).select_related("customer", "product"):
        found[loan.pk] = loan
    others = set(
        LoanManager.objects.filter(valid_to=None, role=Role.A, loan__customer__in=ids)
        .exclude(staff=giver)
        .values_list("loan_id", flat=True)
    )
    mine = [
        loan
        for loan in found.values()
        if loan.pk in named or ((loan.customer_id, _line_of(loan)) in lines and loan.pk not in others)
    ]
    states = _states([loan.pk for loan in mine])
    for loan in sorted(mine, key=lambda one: (one.customer.customer_no, one.loan_no)):
        yield loan, states.get(loan.pk)


def _states(ids: list[int]) -> dict[int, LoanState]:
    found = {}
    for start in range(0, len(ids), BATCH):
        for state in LoanState.objects.now().filter(loan__in=ids[start : start + BATCH]):
            found[state.loan_id] = state
    return found


def _of_loan(loan: Loan, state: LoanState | None) -> HandoverItem:
    overdue = None
    if state is not None:
        overdue = state.overdue_principal + (state.overdue_interest or Decimal(0))
    return HandoverItem(
        kind=ItemKind.LOAN,
        key=f"loan:{loan.pk}",
        customer=loan.customer,
        loan=loan,
        line=_line_of(loan),
        currency=loan.currency,
        amount=state.principal_balance if state else loan.principal_balance,
        overdue_amount=overdue,
        overdue_since=state.overdue_since if state else None,
        due_on=loan.matures_on,
    )


def todos_moved(
    giver: Staff, lines: Collection[tuple[int, str]], own_loans: Collection[int], *, whole: bool
) -> list[Todo]:
    """The giver's open todos about what is handed over; with the whole book, all of them."""
    found = Todo.objects.open().filter(assignee=giver).select_related("customer", "loan").in_order()
    if whole:
        return list(found)
    customers = {customer for customer, _line in lines}
    inspections = {task.pk for task in inspections_of(giver, lines, own_loans, whole=False)}
    of_inspection = Q(subject_kind=INSPECTION, subject_id__in=inspections)
    some = found.filter(Q(customer__in=customers) | Q(loan__in=own_loans) | of_inspection)
    return [
        todo
        for todo in some
        if todo.loan_id in own_loans
        or (todo.subject_kind == INSPECTION and todo.subject_id in inspections)
        or (todo.customer_id in customers and (not todo.line or (todo.customer_id, todo.line) in lines))
    ]


def inspections_of(
    giver: Staff, lines: Collection[tuple[int, str]], own_loans: Collection[int], *, whole: bool
) -> list[InspectionTask]:
    """The open inspections of these customers and lines, and those only of such loans.

    With the whole book also what the giver is still to write about customers of others.
    """
    wanted = Q(customer__in={customer for customer, _line in lines}) | Q(task_loans__loan__in=own_loans)
    if whole:
        wanted |= Q(reports__in=in_hand(giver))
    found = InspectionTask.objects.filter(pk__in=InspectionTask.objects.open().filter(wanted).values("pk"))
    found = found.select_related("customer").prefetch_related("task_loans")
    tasks = list(found.order_by("customer__customer_no", "due_on", "pk"))
    written = set(in_hand(giver).filter(task__in=tasks).values_list("task_id", flat=True)) if whole else set()
    return [task for task in tasks if task.pk in written or _is_among(task, lines, own_loans)]


def _is_among(task: InspectionTask, lines: Collection[tuple[int, str]], own_loans: Collection[int]) -> bool:
    if any(customer == task.customer_id and task.line in {"", line} for customer, line in lines):
        return True
    loans = {one.loan_id for one in task.task_loans.all()}
    return bool(loans) and loans <= set(own_loans)


def _of_inspection(task: InspectionTask) -> HandoverItem:
    return HandoverItem(
        kind=ItemKind.INSPECTION,
        key=f"inspection:{task.pk}",
        customer=task.customer,
        inspection=task,
        line=task.line,
        due_on=task.due_on,
        code=task.state,
    )


def _of_todo(todo: Todo) -> HandoverItem:
    return HandoverItem(
        kind=ItemKind.TODO,
        key=f"todo:{todo.pk}",
        customer=todo.customer,
        loan=todo.loan,
        todo=todo,
        line=todo.line,
        due_on=todo.due_on,
        code=todo.kind,
    )


def _plans_and_cases(loans: list[int]) -> Iterator[HandoverItem]:
    for start in range(0, len(loans), BATCH):
        some = loans[start : start + BATCH]
        plans = MaturityPlan.objects.filter(loan__in=some, state__in=OPEN_PLANS).select_related("customer", "loan")
        for plan in plans:
            yield HandoverItem(
                kind=ItemKind.PLAN, key=f"plan:{plan.pk}", customer=plan.customer, loan=plan.loan, plan=plan,
                due_on=plan.matures_on, currency=plan.currency, amount=plan.due_amount, code=plan.state,
            )  # fmt: skip
        for case in OverdueCase.objects.open().filter(loan__in=some).select_related("customer", "loan"):
            yield HandoverItem(
                kind=ItemKind.CASE, key=f"case:{case.pk}", customer=case.customer, loan=case.loan, case=case,
                line=case.line, overdue_since=case.overdue_since, code=str(case.level),
            )  # fmt: skip


def content_hash(handover: Handover, items: Iterable[HandoverItem]) -> str:
    """SHA-256 over the people, the day and every line of the list, in a fixed order; what each of them signs."""
    head: list[Any] = [
        handover.handover_no, handover.giver_id, handover.receiver_id, handover.witness_id, handover.is_giver_absent,
        handover.is_whole_book, handover.effective_on.isoformat(), handover.reason, handover.prepared_on.isoformat(),
    ]  # fmt: skip
    names = ("key", "line", "role", "since", "currency", "amount", "overdue_amount", "overdue_since", "due_on", "code")
    rows = sorted([[_plain(getattr(item, name)) for name in names] for item in items], key=lambda row: str(row[0]))
    return hashlib.sha256(json.dumps([head, rows], ensure_ascii=False).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    return f"{value:.2f}" if isinstance(value, Decimal) else value.isoformat()


@dataclass(frozen=True)
class Parties:
    giver: Staff
    receiver: Staff
    witness: Staff


def judged(parties: Parties, items: Iterable[HandoverItem], *, effective_on: date, but: int | None = None) -> Verdict:
    """Looks at a list, saved or not, as things stand now; `but` is the hand-over the list is of."""
    listed = [item for item in items if item.kind in RESPONSIBLE]
    return rules.judge(
        People(
            is_receiver_active=parties.receiver.is_active,
            receiver_does_work=parties.receiver.has_capability("collections.work")
            and parties.receiver.has_capability("todos.work"),
            is_witness_active=parties.witness.is_active,
        ),
        _held(listed, parties, but),
        effective_on=effective_on,
    )


def _held(listed: list[HandoverItem], parties: Parties, but: int | None) -> list[Held]:
    keys = [item.key for item in listed]
    open_items = HandoverItem.objects.filter(handover__in=Handover.objects.open().exclude(pk=but))
    others: dict[str, str] = {}
    for start in range(0, len(keys), BATCH):
        some = open_items.filter(key__in=keys[start : start + BATCH], kind__in=RESPONSIBLE)
        others.update(some.values_list("key", "handover__handover_no"))
    givers, receivers = _roles(parties.giver), _roles(parties.receiver)
    found = []
    for item in listed:
        place = ("loan", item.loan_id) if item.kind == ItemKind.OWN_LOAN else (item.customer_id, item.line)
        role, since = givers.get(place, ("", None))
        found.append(
            Held(
                customer=item.customer.name,
                line=item.line,
                role=item.role,
                is_givers=role == item.role,
                since=since,
                receivers_role=receivers.get(place, ("", None))[0],
                loan=item.loan.loan_no if item.kind == ItemKind.OWN_LOAN and item.loan else "",
                other=others.get(item.key, ""),
            )
        )
    return found


def _roles(staff: Staff) -> dict[tuple[Any, Any], tuple[str, date]]:
    found: dict[tuple[Any, Any], tuple[str, date]] = {
        (row.customer_id, row.line): (row.role, row.valid_from)
        for row in Responsibility.objects.filter(staff=staff, valid_to=None)
    }
    for row in LoanManager.objects.filter(staff=staff, valid_to=None):
        found["loan", row.loan_id] = (row.role, row.valid_from)
    return found
