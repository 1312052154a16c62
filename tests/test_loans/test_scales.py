"""Days overdue and the two scales; the agreed cases as they stand and as the file has them."""

import json
from datetime import date

import pytest

from postloan.loans import rules

CASES = {
    "C144": (31, "M2"),
    "C145": (60, "M2"),
    "C147": (90, "M3"),
    "C150": (150, "M5"),
    "C151": (180, "M6"),
    "C152": (181, "M7"),
}
# The others of the series, of which the file keeps a part.
NEIGHBOURS = {"C146": (61, "M3"), "C148": (91, "M4"), "C149": (121, "M5")}


@pytest.mark.parametrize(("days", "bucket"), (CASES | NEIGHBOURS).values(), ids=(CASES | NEIGHBOURS).keys())
def test_the_agreed_cases_of_buckets(days, bucket):
    assert rules.bucket_of(days) == bucket


def test_the_cases_in_the_file_are_those_above(shared):
    cases = json.loads((shared / "cases" / "rules.json").read_text(encoding="utf-8"))["cases"]
    found = {
        case["id"]: (case["input"]["dpd"], case["expect"]["bucket"]) for case in cases if case["rule"] == "bucket_30day"
    }
    assert found == CASES


@pytest.mark.parametrize(
    ("days", "bucket", "band"),
    [
        (0, "M0", "current"),
        (1, "M1", "days_1_30"),
        (30, "M1", "days_1_30"),
        (31, "M2", "days_31_60"),
        (61, "M3", "days_61_90"),
        (90, "M3", "days_61_90"),
        (91, "M4", "days_91_180"),
        (120, "M4", "days_91_180"),
        (121, "M5", "days_91_180"),
        (151, "M6", "days_91_180"),
        (181, "M7", "days_181_270"),
        (270, "M7", "days_181_270"),
        (271, "M7", "days_271_360"),
        (360, "M7", "days_271_360"),
        (361, "M7", "over_360"),
        (4000, "M7", "over_360"),
    ],
)
def test_both_scales_at_their_boundaries(days, bucket, band):
    assert (rules.bucket_of(days), rules.band_of(days)) == (bucket, band)


def test_days_are_whole_days_from_the_due_date():
    assert rules.days_overdue(None, date(2028, 3, 1)) == 0
    assert rules.days_overdue(date(2028, 2, 28), date(2028, 3, 1)) == 2
    assert rules.days_overdue(date(2027, 2, 28), date(2027, 3, 1)) == 1
    assert rules.days_overdue(date(2025, 12, 31), date(2026, 12, 31)) == 365


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="not overdue"):
        rules.days_overdue(date(2026, 1, 1), date(2026, 1, 1))
    with pytest.raises(ValueError, match="negative"):
        rules.bucket_of(-1)
