"""Overdue cases and their stages, night by night."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from postloan.collections.models import OverdueCase, OverdueStage
from postloan.collections.services import follow_overdue
from postloan.todos.models import Todo
from tests.factories import LoanFactory, ProductFactory
from tests.test_collections.book import DAY, RUN, be_overdue, make_book, overdue

pytestmark = pytest.mark.django_db


@pytest.fixture
def book():
    return make_book()


def night(day: date, run_id: int = RUN) -> dict[str, int]:
    return follow_overdue(day, run_id)


def stages(loan) -> list[tuple[str, int]]:
    return list(OverdueStage.objects.standing().filter(case__loan=loan).order_by("pk").values_list("reason", "level"))


def test_a_corporate_loan_asks_for_four_things_on_its_first_day(book):
    loan = overdue(book, 1)
    counts = night(DAY)
    assert (counts["opened"], counts["stages"], counts["todos"]) == (1, 1, 4)
    dues = dict(Todo.objects.filter(loan=loan).values_list("kind", "due_on"))
    assert dues == {
        "overdue_contact": DAY,
        "overdue_cause": date(2026, 7, 3),
        "overdue_visit": date(2026, 7, 7),
        "overdue_notice": date(2026, 7, 15),
    }
    assert set(Todo.objects.values_list("assignee", flat=True)) == {book.manager.pk}


def test_retail_goes_by_its_own_ladder_and_scale(book):
    loan = LoanFactory(
        customer=book.customer, product=ProductFactory(personal=True), matures_on=DAY + timedelta(days=500)
    )
    be_overdue(loan, 91)
    night(DAY)
    case = OverdueCase.objects.get(loan=loan)
    assert (case.line, case.scale, case.level) == ("personal", "bucket", 4)
    assert sorted(Todo.objects.values_list("kind", flat=True)) == ["overdue_notice", "overdue_suit"]


def test_a_second_run_writes_nothing(book):
    overdue(book, 1)
    overdue(book, 45)
    night(DAY)
    assert set(night(DAY, RUN + 1).values()) == {0}


def test_a_worse_band_supersedes_what_is_open(book):
    loan = overdue(book, 30)
    night(DAY)
    following = DAY + timedelta(days=1)
    be_overdue(loan, 31, following)
    assert night(following)["stages"] == 1
    assert stages(loan) == [("opened", 1), ("worse", 2)]
    assert Todo.objects.filter(state="superseded").count() == 4
    assert Todo.objects.open().count() == 4


def test_a_jump_asks_only_for_the_step_reached(book):
    loan = overdue(book, 5)
    night(DAY)
    later = DAY + timedelta(days=90)
    assert night(later)["stages"] == 1
    assert stages(loan)[-1] == ("worse", 4)


@pytest.mark.parametrize(("nights_later", "reasons"), [(29, []), (30, ["repeat"]), (45, ["repeat"])])
def test_every_thirty_days_within_a_band(book, nights_later, reasons):
    """Day 100 stands in 91–180 until day 180."""
    loan = overdue(book, 100)
    night(DAY)
    night(DAY + timedelta(days=nights_later))
    assert [reason for reason, _level in stages(loan)[1:]] == reasons


def test_over_360_every_thirty_days_counted_from_day_361(book):
    loan = overdue(book, 365)
    night(DAY)
    for days in range(1, 60):
        night(DAY + timedelta(days=days))
    raised = list(OverdueStage.objects.filter(case__loan=loan).order_by("pk").values_list("days_overdue", flat=True))
    assert raised == [365, 391, 421]


@pytest.mark.parametrize(
    ("trait", "works"), [("written_off", 0), ("settled", 0), ("transferred", 0), ("superseded", 0)]
)
def test_what_is_not_worked_on_makes_no_case(book, trait, works):
    overdue(book, 40, **{trait: True})
    overdue(book, 40, quarantined_since=DAY)
    night(DAY)
    assert OverdueCase.objects.count() == works


def test_current_again_closes_by_itself_and_a_new_episode_is_a_new_case(book):
    loan = overdue(book, 40)
    night(DAY)
    be_overdue(loan, 0, DAY + timedelta(days=1))
    assert night(DAY + timedelta(days=1))["closed"] == 1
    assert not Todo.objects.open().exists()
    assert set(Todo.objects.values_list("close_reason", flat=True)) == {"current_again"}
    be_overdue(loan, 1, DAY + timedelta(days=40))
    night(DAY + timedelta(days=40))
    assert OverdueCase.objects.filter(loan=loan).count() == 2


def test_written_off_later_closes_the_case(book):
    loan = overdue(book, 40)
    night(DAY)
    loan.status = "written_off"
    loan.save()
    night(DAY + timedelta(days=1))
    assert OverdueCase.objects.get().close_reason == "written_off"


def test_part_payment_lowers_the_step_without_a_stage_and_the_next_rise_asks_again(book):
    loan = overdue(book, 70)
    night(DAY)
    day = DAY + timedelta(days=1)
    be_overdue(loan, 25, day)
    assert night(day)["stages"] == 0
    day = DAY + timedelta(days=7)
    assert night(day)["stages"] == 1
    assert stages(loan) == [("opened", 3), ("worse", 2)]


def test_a_correction_takes_back_a_case_and_brings_back_a_closed_one(book):
    healthy, late = overdue(book, 0), overdue(book, 40)
    night(DAY)
    day = DAY + timedelta(days=1)
    be_overdue(healthy, 1, day)
    be_overdue(late, 0, day)
    night(day, 8)
    be_overdue(healthy, 0, day)
    be_overdue(late, 41, day)
    counts = night(day, 9)
    assert (counts["undone"], counts["reopened"]) == (1, 1)
    assert OverdueCase.objects.get(loan=healthy).close_reason == "corrected"
    assert OverdueCase.objects.get(loan=late).closed_on is None
    assert not Todo.objects.open().filter(loan=healthy).exists()
    assert Todo.objects.open().filter(loan=late).count() == 4
    assert set(night(day, 10).values()) == {0}


def test_a_correction_of_a_worse_stage_puts_the_former_one_back(book):
    loan = overdue(book, 30)
    night(DAY)
    day = DAY + timedelta(days=1)
    be_overdue(loan, 31, day)
    night(day, 8)
    be_overdue(loan, 10, day)
    night(day, 9)
    assert stages(loan) == [("opened", 1)]
    assert OverdueCase.objects.get().level == 1
    occurrences = set(Todo.objects.open().values_list("occurrence", flat=True))
    assert occurrences == {f"{DAY}:1:{work}" for work in ("contact", "cause", "visit", "notice")}
    assert set(night(day, 10).values()) == {0}


def test_a_correction_of_a_fall_does_not_make_a_rise(book):
    loan = overdue(book, 70)
    night(DAY)
    day = DAY + timedelta(days=1)
    be_overdue(loan, 10, day)
    night(day, 8)
    be_overdue(loan, 71, day)
    assert night(day, 9)["stages"] == 0
    assert OverdueCase.objects.get().level == 3


def test_a_loan_has_one_open_case(book):
    loan = overdue(book, 40)
    night(DAY)
    case = OverdueCase.objects.get(loan=loan)
    case.pk, case.opened_on = None, DAY - timedelta(days=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        case.save()
