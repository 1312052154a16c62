"""A quiet night controls what was written and whose day has come, and still finds every planted fault the same night."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from postloan.core import sql
from postloan.imports.models import DeliveredBalance
from postloan.loans.models import BookChange, Instalment, Loan, LoanManager, LoanState, LoanWatch
from postloan.nightly import services
from postloan.nightly.models import ControlTotal, NightRun
from tests.factories.customers import ResponsibilityFactory
from tests.factories.loans import LoanManagerFactory
from tests.factories.organization import StaffFactory
from tests.test_nightly.book import a_loan, a_loan_overdue, an_instalment, close, counts, deliver, open_date, pay
from tests.test_nightly.test_controls import fail, named, without_guards

pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 9)
NEXT = DAY + timedelta(1)


@pytest.fixture
def book() -> list[Loan]:
    """Three loans, one of them overdue, closed on DAY; NEXT is open and nothing was delivered."""
    open_date(DAY)
    loans = [a_loan(DAY), a_loan_overdue(10, DAY), a_loan(DAY)]
    close()
    open_date(NEXT)
    return loans


def looked_at(run: NightRun) -> int:
    return counts(run)["controls"]["looked_at"]


def totals(run: NightRun) -> dict[tuple[str, str, str, str], tuple[Decimal, Decimal]]:
    return {
        (total.check_code, total.dimension, total.key, total.currency): (total.left, total.right)
        for total in run.totals.all()
        if total.left or total.right
    }


def past_triggers(statement: str, values: list[object]) -> None:
    """A write that leaves no note, as by somebody who switches the triggers off."""
    notes = set(BookChange.objects.values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
    BookChange.objects.exclude(pk__in=notes).delete()


# --- what is looked at --------------------------------------------------------------------------------------


def test_a_night_without_changes_looks_at_no_loan_and_keeps_the_totals(book):
    before = totals(NightRun.objects.get())
    run = close()
    assert looked_at(run) == 0
    assert totals(run) == before
    assert counts(run)["missed"] == {"in_a_row": 0, "in_all": 0, "no_data": 2}


def test_only_what_was_delivered_is_looked_at(book):
    deliver(book[0], NEXT, principal_balance=Decimal("100000.00"))
    run = close()
    assert looked_at(run) == 1
    assert totals(run)["balance", "", "", "CNY"] == (Decimal("340000.00"), Decimal("340000.00"))
    assert not BookChange.objects.exists(), "the notes are taken"


def test_the_totals_kept_are_those_of_the_whole_book(book):
    other = a_loan(NEXT, five_level_class="special_mention")
    deliver(book[0], NEXT, principal_balance=Decimal("7.77"), five_level_class="loss")
    pay(book[1].instalments.get(), NEXT)
    LoanWatch.objects.filter(loan=book[1]).update(touched_on=NEXT)
    kept = close()
    assert looked_at(kept) == 3
    again = close(NEXT)
    assert looked_at(again) == 4, "a date computed again is controlled whole"
    assert totals(again) == totals(kept)
    assert totals(kept)["balance_by", "class", "special_mention", "CNY"][1] == other.principal_balance


def test_what_falls_due_or_ages_into_a_bucket_is_looked_at_by_another_way_than_the_watch():
    open_date(DAY)
    falls_due, ages, matures = a_loan(DAY), a_loan_overdue(30, DAY), a_loan(DAY, matures_on=DAY)
    an_instalment(falls_due, DAY)
    a_loan(DAY)
    close()
    open_date(NEXT)
    LoanWatch.objects.update(next_change_on=None, touched_on=DAY)
    found = {(loan.loan_no, fault) for loan in (falls_due, matures) for fault in ("since_differs", "bucket_differs")}
    assert {*found, (ages.loan_no, "bucket_differs")} <= named(fail())


def test_the_first_night_of_a_month_looks_at_the_whole_book(book):
    close()
    open_date(date(2026, 7, 1))
    assert looked_at(close()) == 3


def test_a_failed_night_forgets_no_note(book):
    Loan.objects.filter(pk=book[0].pk).update(principal_balance=Decimal(1))
    fail()
    assert BookChange.objects.filter(loan_id=book[0].pk).exists()
    fail()


# --- planted faults -----------------------------------------------------------------------------------------


def test_a_loan_that_lost_its_interval_is_named(book):
    without_guards("loan_state_never_deleted")
    LoanState.objects.filter(loan=book[0]).delete()
    assert (book[0].loan_no, "lost") in named(fail())


def test_a_loan_with_two_managers_is_named(book):
    without_guards("loan_manager_no_overlap_insert", "responsibility_no_overlap_insert", "index:loan_manager_one_open")
    without_guards("index:responsibility_one_open")
    LoanManagerFactory.create_batch(2, loan=book[0])
    ResponsibilityFactory.create_batch(2, customer=book[2].customer, line="corporate")
    run = fail()
    assert {(book[0].loan_no, "two_managers"), (book[2].loan_no, "two_managers")} <= named(run)


@pytest.mark.parametrize(("shift", "fault"), [(-1, "gap"), (1, "overlap")])
def test_an_interval_closed_twice_is_named(book, shift, fault):
    close()
    closed_on = NEXT + timedelta(5)
    open_date(closed_on)
    deliver(book[0], closed_on, principal_balance=Decimal(1))
    close()
    open_date(closed_on + timedelta(1))
    without_guards("loan_state_changes_once")
    if fault == "overlap":
        without_guards("loan_state_no_overlap_insert", "loan_state_no_overlap_update")
    LoanState.objects.filter(loan=book[0], valid_from=DAY).update(valid_to=closed_on + timedelta(shift))
    assert (book[0].loan_no, fault) in named(fail())


@pytest.mark.parametrize("leaves_a_note", [True, False], ids=["noted", "past-the-triggers"])
def test_a_balance_changed_by_hand_in_the_loan_is_named(book, leaves_a_note):
    if leaves_a_note:
        Loan.objects.filter(pk=book[0].pk).update(principal_balance=Decimal("119999.99"))
    else:
        past_triggers("UPDATE loans_loan SET principal_balance = 119999.99 WHERE id = %s", [book[0].pk])
    run = fail()
    assert (book[0].loan_no, "loan_differs") in named(run)
    total = ControlTotal.objects.get(run=run, check_code="balance_of_loans")
    assert total.difference == Decimal("-0.01")


@pytest.mark.parametrize("leaves_a_note", [True, False], ids=["noted", "past-the-triggers"])
def test_a_balance_changed_by_hand_in_the_interval_is_named(book, leaves_a_note):
    without_guards("loan_state_changes_once")
    if leaves_a_note:
        LoanState.objects.filter(loan=book[0]).update(principal_balance=Decimal("0.00"))
    else:
        past_triggers("UPDATE loans_loanstate SET principal_balance = 0 WHERE loan_id = %s", [book[0].pk])
    assert (book[0].loan_no, "interval_differs") in named(fail())


@pytest.mark.parametrize("leaves_a_note", [True, False], ids=["noted", "past-the-triggers"])
def test_a_delivered_balance_changed_by_hand_is_named(book, leaves_a_note):
    if leaves_a_note:
        DeliveredBalance.objects.filter(loan=book[0]).update(principal_balance=Decimal("1.00"))
    else:
        past_triggers("UPDATE imports_deliveredbalance SET principal_balance = 1 WHERE loan_id = %s", [book[0].pk])
    assert (book[0].loan_no, "loan_differs") in named(fail())


def test_an_instalment_changed_by_hand_is_named(book):
    Instalment.objects.filter(loan=book[1]).update(principal_paid=Decimal("5.00"))
    assert (book[1].loan_no, "principal_differs") in named(fail())


def test_a_loan_that_no_delivery_brought_is_named(book):
    DeliveredBalance.objects.filter(loan=book[0]).delete()
    assert (book[0].loan_no, "never_delivered") in named(fail())


# --- notes --------------------------------------------------------------------------------------------------


def test_everything_the_controls_read_leaves_a_note(book):
    def noted() -> set[int]:
        found = set(BookChange.objects.values_list("loan_id", flat=True))
        BookChange.objects.all().delete()
        return found

    loan, overdue, other = book
    BookChange.objects.all().delete()
    Loan.objects.filter(pk=loan.pk).update(five_level_class="loss")
    assert noted() == {loan.pk}
    overdue.instalments.update(loan=other)
    assert noted() == {overdue.pk, other.pk}, "the loan that lost it and the one that got it"
    manager = LoanManager.objects.create(loan=loan, staff=StaffFactory(), valid_from=NEXT)
    assert noted() == {loan.pk}
    manager.delete()
    assert noted() == {loan.pk}
    ResponsibilityFactory(customer=other.customer, line="corporate")
    assert noted() == set(Loan.objects.filter(customer=other.customer).values_list("pk", flat=True))
    LoanState.objects.filter(loan=overdue).update(valid_to=NEXT)
    assert noted() == {overdue.pk}
    DeliveredBalance.objects.filter(loan=loan).update(state="rejected")
    assert noted() == {loan.pk}
    type(loan.customer).objects.filter(pk=loan.customer_id).update(main_line="rural")
    assert noted() == set(Loan.objects.filter(customer=loan.customer_id).values_list("pk", flat=True))
    type(loan.customer).objects.filter(pk=loan.customer_id).update(name="another")
    assert noted() == set(), "what the controls do not read leaves none"


def test_another_method_of_a_product_leaves_a_note_of_its_loans(book):
    product = book[0].product
    BookChange.objects.all().delete()
    type(product).objects.filter(pk=product.pk).update(class_method="credit_card")
    found = set(BookChange.objects.values_list("loan_id", flat=True))
    assert found == set(Loan.objects.filter(product=product).values_list("pk", flat=True)) != set()


def test_every_trigger_is_there_after_all_migrations():
    from postloan.loans.book_changes import EVENTS, SOURCES

    wanted = {f"{source.name}_{event}" for source in SOURCES for event in (("update",) if source.when else EVENTS)}
    wanted |= {f"book_change_imports_deliveredbalance_{event}" for event in EVENTS}
    table = "pg_trigger" if sql.is_postgres() else "sqlite_master"
    column = "tgname" if sql.is_postgres() else "name"
    there = {row["name"] for row in sql.rows(f"SELECT {column} AS name FROM {table}")}
    assert wanted <= there, "a migration that rebuilds a table on SQLite has to install its triggers again"


def test_a_night_that_fails_on_sums_alone_is_passed_by_the_whole_book(book):
    """The totals kept from the last night were changed by hand: the whole book is the authority."""
    ControlTotal.objects.filter(check_code="balance_by", dimension="class").update(right=Decimal("1.00"))
    run = services.run_night()
    assert run.state == "done"
    assert looked_at(run) == 3
    assert not any(total.difference for total in run.totals.all())
