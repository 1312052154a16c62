"""Tests with real transactions leave an empty database behind, guarded tables included."""

import pytest

from postloan.loans.models import LoanState
from tests.factories.loans import LoanStateFactory


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_time", ["first", "second"])
def test_states_of_one_test_are_gone_in_the_next(_time):
    assert not LoanState.objects.exists()
    LoanStateFactory()
