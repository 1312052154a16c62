"""Findings follow what is seen: opened, kept without writing, changed, gone, and opened anew."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from postloan.core import findings
from postloan.core.models import Finding

pytestmark = pytest.mark.django_db

SEEN = "SELECT 'loan', CAST(%(key)s AS varchar(20)), '', 7, 8, 9, CAST(%(facts)s AS varchar(80))"
NOTHING = SEEN + " WHERE 1 = 0"


@pytest.fixture(autouse=True)
def kind(monkeypatch):
    monkeypatch.setattr(findings, "_kinds", dict(findings._kinds))
    return findings.define("test.odd", "odd loan", "loan {key} is odd by {much}")


def look(key: str, much: str, on: date, seen: str = SEEN) -> tuple[int, int, int]:
    kept = findings.keep("test.odd", seen, {"key": key, "facts": f'{{"much": "{much}"}}'}, on=on)
    return kept.opened, kept.changed, kept.gone


def test_a_finding_opens_stays_changes_and_goes():
    assert look("L1", "3", date(2026, 1, 5)) == (1, 0, 0)
    with CaptureQueriesContext(connection):
        assert look("L1", "3", date(2026, 1, 6)) == (0, 0, 0)
    assert look("L1", "4", date(2026, 1, 7)) == (0, 1, 0)
    found = Finding.objects.get()
    assert (found.first_seen_on, found.gone_on, found.arguments) == (date(2026, 1, 5), None, {"much": "4"})
    assert findings.describe(found) == "loan L1 is odd by 4"
    assert look("L1", "4", date(2026, 1, 8), NOTHING) == (0, 0, 1)
    assert Finding.objects.get().gone_on == date(2026, 1, 8)
    assert look("L1", "4", date(2026, 1, 9)) == (1, 0, 0)
    assert Finding.objects.count() == 2


def test_a_look_at_part_of_the_book_closes_nothing_elsewhere():
    look("L1", "3", date(2026, 1, 5))
    findings.keep("test.odd", NOTHING, {"key": "", "facts": ""}, on=date(2026, 1, 6), within="f.loan_id = 12345")
    assert findings.open_of("test.odd").count() == 1


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="no finding is called"):
        findings.keep("test.unknown", NOTHING, on=date(2026, 1, 5))
