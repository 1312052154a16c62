"""Two people sign, each from the own log-in and on what they saw; what changes voids it; then it is handed in."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied

from postloan.core.models import Event
from postloan.inspections.models import Signature
from postloan.inspections.services.refusals import Refused
from postloan.inspections.services.reports import Change, save_answers
from postloan.inspections.services.submitting import sign, submit, withdraw
from postloan.todos.models import Todo
from tests.factories import StaffFactory, StandInFactory
from tests.test_inspections.approval import decided, fill, handed_in, make_bank, signed

pytestmark = pytest.mark.django_db


def refused_roads(because):
    return Event.objects.filter(code="inspections.second_person_refused", arguments__because=because).count()


def test_both_sign_and_the_report_is_handed_in_to_the_head():
    bank = handed_in()
    report = bank.report
    assert {one.role for one in report.signatures.filter(voided_at=None)} == {"main", "second"}
    assert (report.state, report.task.state, report.step) == ("submitted", "submitted", 1)
    assert report.content_hash == bank.seen
    assert report.task.submitted_on is not None
    todo = Todo.objects.open().get(kind="inspection_to_approve")
    assert (todo.post_code, todo.post_branch) == ("branch_head", bank.branch)
    assert Event.objects.filter(code="inspections.report_signed").count() == 2


def test_an_incomplete_report_is_not_signed():
    bank = make_bank()
    with pytest.raises(Refused, match="incomplete"):
        sign(bank.report, seen_hash=bank.seen, acting_user=bank.main)
    assert not Signature.objects.exists()


def test_a_change_after_the_first_signature_voids_it_and_handing_in_is_refused():
    bank = signed(fill(make_bank()))
    row = bank.report.answers.get(question="site.note")
    save_answers(bank.report, [Change("site.note", row.version, value="另有发现")], acting_user=bank.second)
    assert not bank.report.signatures.filter(voided_at=None).exists()
    with pytest.raises(Refused, match="unsigned"):
        submit(bank.report, seen_hash=bank.seen, acting_user=bank.main)
    assert refused_roads("unsigned") == 1


def test_one_signature_is_not_two():
    bank = fill(make_bank())
    sign(bank.report, seen_hash=bank.seen, acting_user=bank.main)
    with pytest.raises(Refused, match="unsigned"):
        submit(bank.report, seen_hash=bank.seen, acting_user=bank.main)


def test_one_person_is_enough_where_the_task_asks_for_one():
    bank = fill(make_bank(people=1))
    sign(bank.report, seen_hash=bank.seen, acting_user=bank.main)
    assert submit(bank.report, seen_hash=bank.seen, acting_user=bank.main).state == "submitted"


def test_without_a_second_person_nobody_signs_a_report_for_two():
    bank = fill(make_bank())
    bank.report.second_inspector = None
    bank.report.save()
    with pytest.raises(Refused, match="second"):
        sign(bank.report, seen_hash=bank.seen, acting_user=bank.main)


def test_what_was_seen_is_signed_and_nothing_else():
    bank = fill(make_bank())
    old = bank.seen
    fill(bank, "后来写的", by=bank.second)
    with pytest.raises(Refused, match="changed"):
        sign(bank.report, seen_hash=old, acting_user=bank.main)


def test_a_stand_in_does_not_sign_for_an_inspector():
    bank = fill(make_bank())
    other = StaffFactory(post="account_manager", branch=bank.branch)
    StandInFactory(absent=bank.second, stand_in=other)
    with pytest.raises(PermissionDenied):
        sign(bank.report, seen_hash=bank.seen, acting_user=other)


def test_who_handed_it_in_takes_it_back_and_hands_it_in_again():
    bank = handed_in()
    report = withdraw(bank.report, acting_user=bank.main)
    assert (report.state, report.task.state, report.task.submitted_on) == ("draft", "drafting", None)
    assert set(Todo.objects.open().values_list("kind", "assignee")) == {("inspection_returned", bank.main.pk)}
    again = submit(bank.report, seen_hash=bank.seen, acting_user=bank.main)
    assert again.state == "submitted"
    assert set(Todo.objects.open().values_list("kind", flat=True)) == {"inspection_to_approve"}


def test_only_who_handed_it_in_takes_it_back_and_not_after_a_decision():
    bank = handed_in()
    with pytest.raises(Refused, match="not_yours"):
        withdraw(bank.report, acting_user=bank.second)
    decided(bank, "pass_up", bank.head, comment="请风险部看")
    with pytest.raises(Refused, match="decided"):
        withdraw(bank.report, acting_user=bank.main)


def test_late_stays_late_and_a_report_sent_back_keeps_the_day_it_was_first_handed_in():
    bank = make_bank()
    bank.report.task.first_due_on = date(2020, 1, 1)
    bank.report.task.save()
    signed(fill(bank))
    bank.report = submit(bank.report, seen_hash=bank.seen, acting_user=bank.main)
    assert bank.report.task.was_late
    assert Event.objects.filter(code="inspections.report_submitted_late").exists()
    first = bank.report.task.submitted_on
    decided(bank, "send_back", bank.head, comment="补充", section_remarks={"site": "写明产量"})
    signed(fill(bank, "产量三千件"))
    again = submit(bank.report, seen_hash=bank.seen, acting_user=bank.second)
    assert (again.task.submitted_on, again.task.was_late) == (first, True)
