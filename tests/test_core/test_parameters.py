"""The bank's thresholds: a default in code, approved rows from a date on, a second person."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from postloan.core import parameters
from tests.factories import ParameterFactory, StaffFactory
from tests.factories.days import MOMENT

pytestmark = pytest.mark.django_db
KEY, DAY = parameters.IDLE_MINUTES, date(2026, 6, 30)


def test_without_rows_the_default_counts():
    assert parameters.value(KEY, on=DAY) == 15
    assert parameters.values(KEY, parameters.SESSION_HOURS, on=DAY) == {KEY: 15, parameters.SESSION_HOURS: 8}


def test_the_latest_row_valid_on_the_day_counts():
    ParameterFactory(value=20, valid_from=date(2026, 1, 1))
    ParameterFactory(value=30, valid_from=DAY)
    ParameterFactory(value=40, valid_from=date(2026, 7, 1))
    for day, due in ((date(2025, 12, 31), 15), (date(2026, 6, 29), 20), (DAY, 30), (date(2026, 7, 1), 40)):
        assert parameters.value(KEY, on=day) == due
        assert parameters.values(KEY, on=day) == {KEY: due}


def test_what_nobody_approved_does_not_count():
    ParameterFactory(value=99, proposed=True)
    assert parameters.value(KEY, on=DAY) == 15
    assert parameters.values(KEY, on=DAY) == {KEY: 15}


def test_a_row_of_a_scope_goes_before_one_of_none():
    ParameterFactory(value=20)
    ParameterFactory(value=5, scope="branch:1")
    assert parameters.value(KEY, on=DAY) == 20
    assert parameters.value(KEY, on=DAY, scope="branch:1") == 5
    assert parameters.values(KEY, on=DAY) == {KEY: 20}


def test_amounts_stay_decimals():
    assert parameters.value(parameters.MOVEMENT_TOLERANCE, on=DAY) == Decimal("0.00")
    ParameterFactory(key=parameters.MOVEMENT_TOLERANCE, value="0.05")
    found = parameters.values(parameters.MOVEMENT_TOLERANCE, on=DAY)[parameters.MOVEMENT_TOLERANCE]
    assert found == Decimal("0.05")
    assert isinstance(found, Decimal)


def test_zero_and_false_are_values_and_not_missing():
    ParameterFactory(key=parameters.ONE_SESSION, value=False)
    ParameterFactory(key=parameters.PASSWORD_HISTORY, value=0)
    assert parameters.value(parameters.ONE_SESSION, on=DAY) is False
    assert parameters.values(parameters.PASSWORD_HISTORY, on=DAY) == {parameters.PASSWORD_HISTORY: 0}


def test_a_key_is_defined_once():
    with pytest.raises(ValueError, match="twice"):
        parameters.define(KEY, "again", 1, source="nowhere")


def approved_by_oneself():
    one = StaffFactory()
    ParameterFactory(proposed_by=one, approved_by=one)


@pytest.mark.parametrize(
    "make",
    [
        approved_by_oneself,
        lambda: ParameterFactory(approved_by=None),
        lambda: ParameterFactory(approved_at=None),
        lambda: (ParameterFactory(approved_at=MOMENT), ParameterFactory(value=1)),
    ],
    ids=["second person", "moment without person", "person without moment", "twice a date"],
)
def test_rows_the_database_refuses(make):
    with pytest.raises(IntegrityError), transaction.atomic():
        make()
