"""One visit, several reports: what is seen once stands in all that are still written, and in none that are signed off."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from postloan.inspections.models import BorrowerConfirmation, Evidence, Report
from postloan.inspections.services import files, on_site, visits
from postloan.inspections.services.evidence import met_before
from postloan.inspections.services.on_site import Signer, Spot
from postloan.inspections.services.reports import Change, begin_report, save_answers
from postloan.inspections.workflow import content, content_hash
from tests.test_inspections.forms import begun, customer_with_everything, logged_in, task_for
from tests.test_inspections.hostile import picture

pytestmark = pytest.mark.django_db
HERE = Spot(Decimal("26.075"), Decimal("119.3"))
PERSON = {"name": "吴建平", "post": "财务总监"}


def together() -> tuple[Report, Report, Any]:
    """Two reports begun on tasks of one visit that has not begun."""
    customer = customer_with_everything()
    one, main, _second = begun("periodic", customer)
    other, _main, _second = begun("special", customer)
    visits.open_visit([one.task, other.task], acting_user=main)
    return fresh(one), fresh(other), main


def fresh(report: Report) -> Report:
    return Report.objects.select_related("task__visit", "template_version").get(pk=report.pk)


def started() -> tuple[Report, Report, Any]:
    one, other, main = together()
    on_site.start_visit(one, spot=HERE, place="海棠路 18 号", acting_user=main)
    return fresh(one), fresh(other), main


def says(report: Report, question: str) -> Any:
    row = report.answers.filter(question=question).first()
    return row and row.value


def test_what_the_visit_tells_stands_in_each_report_that_was_begun():
    one, other, main = started()
    day = timezone.localtime(one.task.visit.started_at).date()
    for report in (one, other):
        assert report.inspected_on == day
        assert says(report, "overview.place") == "海棠路 18 号"
        assert report.visit_shown.started_at == one.task.visit.started_at
        assert report.visit_shown.latitude == HERE.latitude
    page = logged_in(main).get(f"/inspections/reports/{other.pk}").content.decode()
    assert "结束走访" in page or "End the visit" in page


def test_whom_one_met_is_told_to_the_other_report_and_not_over_another_answer():
    one, other, main = started()
    meet(one, PERSON, main)
    assert says(fresh(other), "overview.person") == PERSON
    meet(one, {"name": "周岚", "post": "会计"}, main)
    assert says(fresh(other), "overview.person") == {"name": "周岚", "post": "会计"}, "only the visit had answered"
    meet(fresh(other), {"name": "郑海", "post": "厂长"}, main)
    assert says(fresh(one), "overview.person") == {"name": "周岚", "post": "会计"}


def meet(report: Report, person: dict[str, str], by: Any) -> None:
    row = report.answers.filter(question="overview.person").first()
    save_answers(report, [Change("overview.person", row.version if row else 0, value=person)], acting_user=by)


def test_a_report_begun_later_knows_the_visit_too():
    one, _other, main = started()
    meet(one, PERSON, main)
    task = task_for(one.task.customer, "first")
    visits.open_visit([one.task, task], acting_user=main)
    task.refresh_from_db()
    later = fresh(begin_report(task, acting_user=main))
    assert (later.inspected_on, says(later, "overview.person")) == (one.inspected_on, PERSON)
    assert later.visit_shown.place == "海棠路 18 号"


def test_a_report_begun_before_it_joins_a_visit_that_runs_is_told_then():
    one, _other, main = started()
    late, _main, _second = begun("first", one.task.customer)
    visits.open_visit([one.task, late.task], acting_user=main)
    assert fresh(late).inspected_on == one.inspected_on


@pytest.mark.parametrize("state", ["submitted", "approved"])
def test_what_is_handed_in_stays_as_it_was_signed(state):
    one, other, main = started()
    other.refresh_from_db()
    seen = content_hash(other)
    Report.objects.filter(pk=other.pk).update(
        state=state, content_hash=seen, submitted_by=main, submitted_on=date(2026, 7, 1), approved_on=date(2026, 7, 1)
    )
    on_site.end_visit(one, acting_user=main)
    meet(fresh(one), PERSON, main)
    other = fresh(other)
    assert content_hash(other) == seen
    shown = logged_in(main).get(f"/inspections/reports/{other.pk}/review").context["visit"]
    assert (shown.ended_at, shown.person_met) == (None, "")
    assert fresh(one).visit_shown.ended_at is not None


def test_the_end_of_the_visit_changes_the_content_of_what_is_still_written():
    one, other, main = started()
    before = content_hash(other)
    other.signatures.create(role="main", signed_by=main, signed_at=timezone.now(), signed_on=date(2026, 7, 1),
                            content_hash=before)  # fmt: skip
    on_site.end_visit(one, acting_user=main)
    assert content_hash(fresh(other)) != before
    assert not other.signatures.filter(voided_at=None).exists()


def photo(report: Report, by: Any) -> Evidence:
    stored = files.keep_bytes(picture(size=(64, 64)), content_type="image/jpeg")
    return Evidence.objects.create(
        report=report, question="photos.site", original=stored, shown=stored, name="a.jpg", added_by=by,
        added_at=timezone.now(), taken_at=timezone.now(), latitude=HERE.latitude, longitude=HERE.longitude,
    )  # fmt: skip


def test_a_photo_in_two_reports_of_one_visit_was_not_met_before():
    one, other, main = started()
    first = photo(one, main)
    assert met_before(first.original, other) is None
    assert met_before(first.original, one) == first
    elsewhere, _main, _second = begun()
    assert met_before(first.original, elsewhere) == first


# ── the hash ──────────────────────────────────────────────────────────────────────────────────────────────


def confirmed() -> tuple[Report, Evidence, BorrowerConfirmation]:
    one, _other, main = started()
    evidence = photo(one, main)
    strokes = [[[x, 100 + x % 7] for x in range(10, 300, 10)]]
    row = on_site.confirm_by_hand(one, strokes, signer=Signer("吴建平"), spot=HERE, acting_user=main)
    return fresh(one), evidence, row


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("evidence", {"taken_at": timezone.now() - timedelta(days=3)}),
        ("evidence", {"latitude": Decimal("31.2")}),
        ("evidence", {"longitude": Decimal("121.5")}),
        ("confirmation", {"latitude": Decimal("31.2")}),
        ("confirmation", {"longitude": Decimal("121.5")}),
        ("report", {"visit_seen": {"started_at": "2026-07-01T09:00:00+08:00"}}),
    ],
)
def test_what_is_shown_is_hashed_and_an_old_report_verifies_as_it_was_signed(what, change):
    report, evidence, confirmation = confirmed()
    whole = content_hash(report)
    Report.objects.filter(pk=report.pk).update(hash_version=1)
    old = content_hash(fresh(report))
    assert old != whole
    row = {"evidence": evidence, "confirmation": confirmation, "report": report}[what]
    type(row).objects.filter(pk=row.pk).update(**change)
    assert content_hash(fresh(report)) == old
    Report.objects.filter(pk=report.pk).update(hash_version=2)
    assert content_hash(fresh(report)) != whole


def test_an_old_hash_covers_what_it_covered():
    report, _evidence, _confirmation = confirmed()
    Report.objects.filter(pk=report.pk).update(hash_version=1)
    parts = content(fresh(report))
    assert [len(row) for row in parts["evidence"]] == [7]
    assert [len(row) for row in parts["confirmations"]] == [6]
    assert [name for name, _value in parts["report"]][-1] == "next_on"


def test_an_old_draft_that_changes_is_hashed_whole():
    report, _evidence, _confirmation = confirmed()
    Report.objects.filter(pk=report.pk).update(hash_version=1, visit_seen={})
    meet(fresh(report), PERSON, report.main_inspector)
    report = fresh(report)
    assert (report.hash_version, report.visit_shown.person_met) == (2, "吴建平")
