"""The night's step `handovers`: a signed list moves the book in the night of its day, and the totals agree."""

from datetime import timedelta
from typing import Any

import pytest

from postloan.handovers import services
from postloan.handovers.services.signing import Plan
from postloan.loans.models import LoanState
from postloan.nightly.models import NightRun
from postloan.todos.models import Todo
from tests.factories import BranchFactory, CustomerFactory, ProductFactory, ResponsibilityFactory, StaffFactory
from tests.test_nightly.book import DAY, a_loan, a_loan_overdue, close, counts, open_date, state_of

pytestmark = pytest.mark.django_db
NEXT = DAY + timedelta(days=1)


class Desk:
    """Two customers of a giver, one with a loan overdue, and another manager's customer."""

    def __init__(self) -> None:
        self.branch = BranchFactory(tier2=True)
        self.head = StaffFactory(post="branch_head", branch=self.branch)
        self.giver, self.receiver, self.other = (
            StaffFactory(post="account_manager", branch=self.branch) for _ in range(3)
        )
        product = ProductFactory()
        mine, late, others = (CustomerFactory(branch=self.branch) for _ in range(3))
        for customer, staff in ((mine, self.giver), (late, self.giver), (others, self.other)):
            ResponsibilityFactory(customer=customer, staff=staff, line=product.line)
        open_date(DAY)
        self.quiet = a_loan(customer=mine, product=product)
        self.late = a_loan_overdue(20, customer=late, product=product)
        self.others = a_loan(customer=others, product=product)

    def sign(self, **changed: Any) -> None:
        given: dict[str, Any] = {
            "giver": self.giver, "receiver": self.receiver, "witness": self.head, "effective_on": NEXT, "reason": "轮岗",
        }  # fmt: skip
        self.handover = services.prepare_handover(Plan(**given | changed), acting_user=self.head)
        for person in (self.giver, self.receiver, self.head):
            self.handover = services.sign_handover(
                self.handover, seen_hash=self.handover.content_hash, acting_user=person
            )


def managers(*loans: Any) -> list[Any]:
    return [state_of(loan).manager for loan in loans]


def by_manager(run: NightRun) -> dict[str, Any]:
    """The balance of each manager, reached by the night in two ways that agree."""
    rows = run.totals.filter(check_code="balance_by", dimension="manager")
    assert not any(row.difference for row in rows)
    return {row.key: row.left for row in rows}


def test_the_night_of_its_day_moves_the_book_and_its_totals_agree() -> None:
    desk = Desk()
    close()
    assert managers(desk.quiet, desk.late, desk.others) == [desk.giver, desk.giver, desk.other]
    todos = list(Todo.objects.open().filter(assignee=desk.giver).values_list("pk", flat=True))
    assert todos
    desk.sign()

    open_date(NEXT)
    run = close(NEXT)
    assert counts(run)["handovers"] == {
        "took_effect": 1, "kept_back": 0, "customers": 2, "todos_moved": len(todos), "reports_passed_on": 0,
    }  # fmt: skip
    assert managers(desk.quiet, desk.late, desk.others) == [desk.receiver, desk.receiver, desk.other]
    assert by_manager(run) == {
        desk.receiver.staff_no: desk.quiet.principal_balance + desk.late.principal_balance,
        desk.other.staff_no: desk.others.principal_balance,
    }
    assert set(Todo.objects.filter(pk__in=todos).values_list("assignee", flat=True)) == {desk.receiver.pk}
    # The book of the night before still names the giver.
    before = LoanState.objects.as_of(DAY).filter(loan__in=[desk.quiet, desk.late])
    assert set(before.values_list("manager", flat=True)) == {desk.giver.pk}
    desk.handover.refresh_from_db()
    assert (desk.handover.state, desk.handover.took_effect_on, desk.handover.run_id) == ("in_effect", NEXT, run.pk)


def test_a_skipped_day_is_caught_up_and_a_later_one_waits() -> None:
    desk = Desk()
    close()
    desk.sign(effective_on=DAY + timedelta(days=3))
    open_date(NEXT)
    assert counts(close(NEXT))["handovers"]["took_effect"] == 0
    assert managers(desk.quiet) == [desk.giver]
    late = DAY + timedelta(days=6)
    open_date(late)
    assert counts(close(late))["handovers"]["took_effect"] == 1
    assert managers(desk.quiet, desk.late) == [desk.receiver, desk.receiver]


def test_what_stands_against_it_leaves_the_book_and_the_night_goes_on() -> None:
    desk = Desk()
    close()
    desk.sign()
    type(desk.receiver).objects.filter(pk=desk.receiver.pk).update(is_active=False)
    open_date(NEXT)
    assert counts(close(NEXT))["handovers"]["kept_back"] == 1
    assert managers(desk.quiet, desk.late) == [desk.giver, desk.giver]
