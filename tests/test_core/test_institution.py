"""The bank's name is given once the first extract has bound the institution."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command

from postloan.core.models import Institution

pytestmark = pytest.mark.django_db


def test_the_institution_is_named():
    Institution.objects.create(code="LZB", currency="CNY", bound_on=date(2026, 1, 5))
    call_command("name_institution", " 澜州银行 ")
    assert str(Institution.objects.get()) == "澜州银行"


def test_without_an_institution_there_is_nothing_to_name():
    with pytest.raises(CommandError, match="no institution"):
        call_command("name_institution", "澜州银行")
