"""A report that is still to be written is handed over with its customer; who wrote before never decides on it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from postloan.core.models import Event
from postloan.customers.models import Responsibility
from postloan.handovers import services
from postloan.handovers.models import Handover, HandoverItem
from postloan.handovers.services.signing import Plan, look_at
from postloan.inspections.models import InspectionTask, Measure, Report, Signature
from postloan.inspections.services import task_todos
from postloan.inspections.services.approving import record_result
from postloan.inspections.services.refusals import Refused
from postloan.inspections.services.reports import begin_report
from postloan.inspections.services.submitting import sign, submit, withdraw
from postloan.inspections.services.writers import hands_in
from postloan.organization.models import Staff
from postloan.todos.models import Todo
from postloan.todos.services import reassign
from tests.factories import BusinessDateFactory, LoanFactory, LoanManagerFactory, StaffFactory
from tests.factories.days import DELIVERED_ON
from tests.factories.handovers import HandoverItemFactory
from tests.test_inspections.approval import Bank, decided, fill, handed_in, make_bank, signed
from tests.test_inspections.forms import task_for

pytestmark = pytest.mark.django_db
NEXT = DELIVERED_ON + timedelta(days=1)


def plan_of(bank: Bank, receiver: Any, **changed: Any) -> Plan:
    given: dict[str, Any] = {"giver": bank.main, "receiver": receiver, "witness": bank.head, "effective_on": NEXT}
    return Plan(**given | {"reason": "岗位调整"} | changed)


def handed_over(bank: Bank, receiver: Any, **changed: Any) -> Handover:
    """In effect on the next day."""
    handover = services.prepare_handover(plan_of(bank, receiver, **changed), acting_user=bank.head)
    for person in (handover.giver, handover.receiver, handover.witness):
        handover = services.sign_handover(handover, seen_hash=handover.content_hash, acting_user=person)
    BusinessDateFactory(date=NEXT)
    assert services.take_effect(business_date=NEXT, run_id=5).took_effect == 1
    return Handover.objects.get(pk=handover.pk)


def colleague(bank: Bank) -> Any:
    return StaffFactory(post="account_manager", branch=bank.branch)


def again(bank: Bank) -> Report:
    bank.report = Report.objects.get(pk=bank.report.pk)
    return bank.report


def test_the_list_names_open_inspections_with_their_states() -> None:
    bank = make_bank()
    planned = task_for(bank.report.task.customer, "special")
    elsewhere = task_for(LoanFactory().customer)
    items, _verdict = look_at(plan_of(bank, colleague(bank)))
    listed = {item.inspection_id: item.code for item in items if item.kind == "inspection"}
    assert listed == {bank.report.task_id: "drafting", planned.pk: "planned"}
    assert elsewhere.pk not in listed


def test_the_receiver_writes_signs_and_hands_in_what_the_giver_began() -> None:
    bank = signed(fill(make_bank()))
    task_todos.push_of([bank.report.task_id], business_date=DELIVERED_ON)
    receiver = colleague(bank)
    handover = handed_over(bank, receiver)
    report = again(bank)
    assert (report.main_inspector, report.second_inspector) == (receiver, bank.second)
    assert handover.moved_reports == 1
    assert Todo.objects.open().get(subject_id=report.task_id).assignee == receiver
    assert not Signature.objects.filter(report=report, voided_at=None).exists()
    assert report.history.first().history_change_reason == handover.handover_no
    told = Event.objects.get(code="inspections.report_handed_over")
    assert (told.customer_id, told.run_id, told.arguments["receiver"]) == (report.task.customer_id, 5, receiver.name)
    with pytest.raises(PermissionDenied):
        sign(report, seen_hash=bank.seen, acting_user=bank.main)
    receiver = Staff.objects.get(pk=receiver.pk)
    sign(report, seen_hash=bank.seen, acting_user=receiver)
    sign(report, seen_hash=bank.seen, acting_user=bank.second)
    assert submit(report, seen_hash=bank.seen, acting_user=receiver).state == "submitted"
    assert services.take_effect(business_date=NEXT + timedelta(days=1)).reports == 0


def test_neither_the_giver_nor_the_receiver_ever_decides_on_it() -> None:
    bank = fill(make_bank())
    receiver = StaffFactory(post="department_head", branch=bank.branch)
    handed_over(bank, receiver)
    assert {bank.main.pk, receiver.pk} <= set(hands_in(again(bank)))


def test_a_receiver_who_was_the_second_inspector_becomes_the_main_one_and_nobody_is_both() -> None:
    bank = fill(make_bank())
    handed_over(bank, bank.second)
    report = again(bank)
    assert (report.main_inspector, report.second_inspector) == (bank.second, None)
    with pytest.raises(Refused, match="second"):
        sign(report, seen_hash=bank.seen, acting_user=Staff.objects.get(pk=bank.second.pk))


def test_the_second_place_is_handed_over_too() -> None:
    bank = fill(make_bank())
    receiver = colleague(bank)
    handed_over(bank, receiver, giver=bank.second)
    report = again(bank)
    assert (report.main_inspector, report.second_inspector) == (bank.main, receiver)


def test_a_part_of_the_book_leaves_the_other_reports() -> None:
    bank = fill(make_bank())
    own = LoanFactory(branch=bank.branch)
    LoanManagerFactory(loan=own, staff=bank.main)
    handed_over(bank, colleague(bank), customers=[own.customer_id])
    assert again(bank).main_inspector == bank.main


def test_an_inspection_of_a_loan_with_its_own_manager_goes_with_the_loan() -> None:
    bank = make_bank()
    own = LoanFactory(branch=bank.branch)
    LoanManagerFactory(loan=own, staff=bank.main)
    task = task_for(own.customer)
    task.task_loans.create(loan=own, kind="periodic")
    report = begin_report(task, acting_user=bank.main)
    receiver = colleague(bank)
    handed_over(bank, receiver, customers=[own.customer_id])
    assert Report.objects.get(pk=report.pk).main_inspector == receiver


def test_a_report_that_waits_keeps_its_authors_and_passes_on_when_it_is_sent_back() -> None:
    bank = handed_in(measure=True)
    receiver = colleague(bank)
    handed_over(bank, receiver)
    assert again(bank).main_inspector == bank.main
    decided(bank, "send_back", bank.head, comment="补充现场照片")
    report = again(bank)
    assert (report.main_inspector, report.second_inspector) == (receiver, bank.second)
    assert Todo.objects.open().get(kind="inspection_returned").assignee == receiver
    assert report.measures.get().owner == receiver
    assert {bank.main.pk, receiver.pk} <= set(hands_in(report))
    assert bank.head.pk not in hands_in(report), "whoever sent it back may decide again"
    assert Event.objects.filter(code="inspections.report_to_responsible").count() == 1
    sign(report, seen_hash=bank.seen, acting_user=Staff.objects.get(pk=receiver.pk))


def test_an_approved_report_keeps_its_authors_and_its_measure_is_done_by_whose_todo_it_is() -> None:
    bank = handed_in(measure=True)
    decided(bank, "approve", bank.head)
    receiver = colleague(bank)
    handed_over(bank, receiver)
    report = again(bank)
    assert (report.state, report.main_inspector) == ("approved", bank.main)
    measure = Measure.objects.get(report=report)
    assert measure.owner == bank.main
    stranger = Staff.objects.get(pk=bank.second.pk)
    with pytest.raises(PermissionDenied):
        record_result(measure, "发票已补交归档", acting_user=stranger)
    record_result(measure, "发票已补交归档", acting_user=Staff.objects.get(pk=receiver.pk))
    assert not Todo.objects.open().filter(kind="inspection_measure").exists()


def test_a_report_taken_back_is_mended_by_whoever_is_responsible_by_then() -> None:
    bank = handed_in()
    receiver = colleague(bank)
    handed_over(bank, receiver)
    withdraw(again(bank), acting_user=bank.main)
    assert again(bank).main_inspector == receiver


def test_an_inspector_who_was_never_responsible_keeps_what_is_sent_back() -> None:
    bank = handed_in()
    Responsibility.objects.filter(customer=bank.report.task.customer, staff=bank.main).update(staff=colleague(bank))
    decided(bank, "send_back", bank.head, comment="补充现场照片")
    assert again(bank).main_inspector == bank.main


def test_a_report_sent_back_to_somebody_who_has_left_goes_to_who_is_responsible() -> None:
    bank = handed_in()
    successor = colleague(bank)
    Responsibility.objects.filter(customer=bank.report.task.customer, staff=bank.main).update(staff=successor)
    Staff.objects.filter(pk=bank.main.pk).update(is_active=False)
    decided(bank, "send_back", bank.head, comment="补充现场照片")
    assert again(bank).main_inspector == successor


def test_whose_todo_it_has_become_takes_the_report_over_and_nobody_else() -> None:
    bank = signed(fill(make_bank()))
    task = InspectionTask.objects.get(pk=bank.report.task_id)
    task_todos.push_of([task.pk], business_date=DELIVERED_ON)
    other = colleague(bank)
    assert begin_report(task, acting_user=other).main_inspector == bank.main
    Responsibility.objects.create(
        customer=task.customer, line="personal", role="A", staff=other, valid_from=DELIVERED_ON
    )
    todo = Todo.objects.open().get(subject_id=task.pk)
    answers = reassign([todo.pk], other, reason="休假", acting_user=bank.head)
    assert [answer.is_moved for answer in answers] == [True]
    report = begin_report(task, acting_user=Staff.objects.get(pk=other.pk))
    assert (report.main_inspector, report.second_inspector) == (other, bank.second)
    assert not report.signatures.filter(voided_at=None).exists()
    assert bank.main.pk in hands_in(report)


@pytest.mark.parametrize("values", [{"inspection": None}, {"loan": "any"}])
def test_a_line_about_an_inspection_names_it_and_nothing_else(values: dict[str, Any]) -> None:
    task = task_for(LoanFactory().customer)
    given: dict[str, Any] = {"customer": task.customer, "kind": "inspection", "key": "inspection:1", "role": ""}
    assert HandoverItemFactory(**given, inspection=task).pk
    HandoverItem.objects.all().delete()
    values = {name: LoanFactory() if value == "any" else value for name, value in values.items()}
    with pytest.raises(IntegrityError), transaction.atomic():
        HandoverItemFactory(**given | {"inspection": task} | values)
