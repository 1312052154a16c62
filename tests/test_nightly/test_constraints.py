"""What the database refuses of runs, steps, totals and moves."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from postloan.collections.models import BucketMove
from postloan.nightly.models import ControlTotal, NightStep
from tests.factories.days import DELIVERED_ON, MOMENT
from tests.factories.loans import LoanFactory
from tests.factories.nightly import NightRunFactory

pytestmark = pytest.mark.django_db


def refused(make, **facts) -> bool:
    try:
        with transaction.atomic():
            make(**facts)
    except IntegrityError:
        return True
    return False


@pytest.mark.parametrize(
    "facts",
    [
        {"state": "asleep"},
        {"state": "running"},
        {"finished_at": None},
        {"finished_at": MOMENT - timedelta(seconds=1)},
        {"state": "failed"},
    ],
)
def test_a_run_that_cannot_be_is_refused(facts):
    assert refused(NightRunFactory, **facts)


def test_one_run_is_running_and_each_try_is_counted_once():
    NightRunFactory(state="running", finished_at=None)
    assert refused(NightRunFactory, state="running", finished_at=None)
    NightRunFactory(attempt=7)
    assert refused(NightRunFactory, attempt=7)
    assert not refused(NightRunFactory, attempt=7, revision=2)


@pytest.mark.parametrize("facts", [{"state": "asleep"}, {"seconds": -1}])
def test_a_step_that_cannot_be_is_refused(facts):
    whole = {"run": NightRunFactory(), "order": 1, "code": "overdue", "state": "done", "seconds": 0}
    assert not refused(NightStep.objects.create, **whole)
    assert refused(NightStep.objects.create, **whole)
    assert refused(NightStep.objects.create, **{**whole, "code": "floors", **facts})


def test_a_total_is_written_once_a_run():
    whole = {
        "run": NightRunFactory(),
        "check_code": "balance",
        "currency": "CNY",
        "left": 1,
        "right": 1,
        "difference": 0,
    }
    assert not refused(ControlTotal.objects.create, **whole)
    assert refused(ControlTotal.objects.create, **whole)
    assert not refused(ControlTotal.objects.create, **{**whole, "currency": "USD"})


def test_a_loan_moves_once_a_date_and_scale_and_really_moves():
    whole = {
        "loan": LoanFactory(),
        "business_date": DELIVERED_ON,
        "scale": "bucket",
        "from_code": "M0",
        "to_code": "M1",
        "days_overdue": 1,
        "run_id": 1,
    }
    create = BucketMove.objects.create
    assert not refused(create, **whole)
    assert refused(create, **whole)
    assert not refused(create, **{**whole, "superseded_by_run": 2})
    later = {**whole, "business_date": DELIVERED_ON + timedelta(1)}
    for facts in ({"scale": "mood"}, {"days_overdue": -1}, {"from_code": "M1"}):
        assert refused(create, **{**later, **facts}), facts
    assert not refused(create, **later)
