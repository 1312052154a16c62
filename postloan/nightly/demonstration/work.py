"""A business date's work of the demonstration's people. Once a date: what was worked stays as it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from postloan.collections.services import ContactRefused
from postloan.collections.services import Refused as CollectionRefused
from postloan.core import timeline
from postloan.core.models import Event
from postloan.inspections.services.refusals import Refused as InspectionRefused
from postloan.loans.models import Loan
from postloan.nightly.demonstration import arrears, inspections, maturities, reports
from postloan.nightly.demonstration.pace import Day
from postloan.nightly.demonstration.people import People
from postloan.todos.kinds import TodoKind
from postloan.todos.models import Todo

WORKED = timeline.define("demonstration.worked", _("The demonstration's people have done their work of {key}."))
# What one person does gives work to the next: a plan to its head, a return to its maker.
ROUNDS = 4
REFUSALS = (ContactRefused, CollectionRefused, InspectionRefused, PermissionDenied)
ONE_BY_ONE: dict[str, Callable[[Todo, Day, People], bool]] = {
    TodoKind.MATURITY_NOTICE: maturities.receive,
    TodoKind.MATURITY_PLAN: maturities.make_plan,
    TodoKind.SECOND_OPINION: maturities.give_opinion,
    TodoKind.PLAN_TO_CONFIRM: maturities.decide_plan,
    TodoKind.MATURITY_FOLLOW_UP: maturities.follow,
    TodoKind.OVERDUE_LETTER: arrears.demand,
    TodoKind.OVERDUE_NOTICE: arrears.demand,
    TodoKind.OVERDUE_GUARANTOR_CLAIM: arrears.demand,
    TodoKind.INSPECTION_RETURNED: reports.mend,
    TodoKind.INSPECTION: inspections.do,
    TodoKind.INSPECTION_REQUEST: inspections.decide_request,
    TodoKind.INSPECTION_TO_APPROVE: reports.decide,
    TodoKind.INSPECTION_MEASURE: reports.record_result,
}


def is_worked(day: Day) -> bool:
    return Event.objects.filter(code=WORKED, subject_key=day.on.isoformat()).exists()


@transaction.atomic
def work(day: Day) -> dict[str, int]:
    """Does what has come on this date; returns how many pieces of each kind. A second call does nothing."""
    if is_worked(day):
        return {}
    people, counts = People(), Counter[str]()
    counts["receipts"] += arrears.bring_receipts(day, people)
    counts.update(_contacts(day, people))
    tried = set[int]()
    for _round in range(ROUNDS):
        done = _one_by_one(day, people, tried)
        counts.update(done)
        if not done:
            break
    counts["begun"] += _begin_reports(day, people)
    if day.following is None:
        counts["sent_back"] += _send_back_one(TodoKind.PLAN_TO_CONFIRM, maturities.decide_plan, day, people)
        counts["sent_back"] += _send_back_one(TodoKind.INSPECTION_TO_APPROVE, reports.decide, day, people)
    timeline.record(WORKED, subject_kind="demonstration", subject_key=day.on.isoformat(), **counts)
    return dict(counts)


def _open(kinds: Iterable[str]) -> list[Todo]:
    found = Todo.objects.open().filter(kind__in=list(kinds)).select_related("customer", "loan__customer")
    order = list(kinds)
    return sorted(
        found,
        key=lambda todo: (order.index(todo.kind), todo.customer.customer_no, todo.due_on, todo.occurrence),
    )


def _contacts(day: Day, people: People) -> Counter[str]:
    of_loans: dict[Loan, list[Todo]] = {}
    for todo in _open(arrears.KINDS):
        if todo.loan is not None and day.has_come(todo):
            of_loans.setdefault(todo.loan, []).append(todo)
    done = Counter[str]()
    for loan, todos in of_loans.items():
        if _attempt(partial(arrears.contact, loan, todos, day, people)):
            done["contacts"] += 1
    return done


def _one_by_one(day: Day, people: People, tried: set[int]) -> Counter[str]:
    """Each todo whose day has come and that was not tried before; adds those to `tried`."""
    done = Counter[str]()
    for todo in _open(ONE_BY_ONE):
        if todo.pk in tried or not day.has_come(todo):
            continue
        tried.add(todo.pk)
        if _attempt(partial(ONE_BY_ONE[todo.kind], todo, day, people)):
            done[todo.kind] += 1
    return done


def _begin_reports(day: Day, people: People) -> int:
    """Drafts that somebody is at work on: what will be handed in within days."""
    begun = 0
    for todo in _open([TodoKind.INSPECTION]):
        if day.is_begun(todo) and not day.has_come(todo):
            begun += _attempt(partial(inspections.begin, todo, day, people))
    return begun


def _send_back_one(kind: str, decide: Callable[..., bool], day: Day, people: People) -> int:
    """So that on the last date somebody has something to mend; where more than one waits, the others go on waiting."""
    waiting = _open([kind])
    if len(waiting) < 2:
        return 0
    return any(_attempt(partial(decide, todo, day, people, sends_back=True)) for todo in waiting)


def _attempt(piece: Callable[[], bool]) -> bool:
    """What the rules refuse is left undone, as it would be by people."""
    try:
        with transaction.atomic():
            return piece()
    except REFUSALS:
        return False
