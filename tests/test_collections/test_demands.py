"""Written demands: to the borrower and each guarantor, each with its receipt or the proof of another service."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from postloan.collections.models import DemandNotice
from postloan.collections.services import Refused, follow_overdue, make_demands, record_action, record_receipt
from postloan.core.models import Finding
from postloan.todos.models import Todo
from tests.factories import BusinessDateFactory, ContractFactory, GuaranteeFactory
from tests.test_collections.book import DAY, RUN, be_overdue, log_in, make_book, overdue
from tests.test_collections.test_actions import done

pytestmark = pytest.mark.django_db


@pytest.fixture
def book():
    """A corporate loan on its first day overdue, guaranteed by two companies."""
    book = make_book()
    book.contract = ContractFactory(customer=book.customer)
    book.loan = overdue(book, 1, contract_no=book.contract.contract_no)
    for name in ("甲公司", "乙公司"):
        guarantee(book, name)
    follow_overdue(DAY, RUN)
    book.case = book.loan.overdue_cases.get()
    return book


def guarantee(book, name, **fields):
    return GuaranteeFactory(
        contract_no=book.contract.contract_no, contract=book.contract, guarantor_name=name, **fields
    )


def demands(book):
    return make_demands(book.case, acting_user=book.manager)


def sign(letter, **fields):
    fields = {"name": letter.addressee, "capacity": "authorised"} | fields
    return record_receipt(letter, received_on=letter.issued_on, acting_user=letter.made_by, **fields)


def is_asked(kind="overdue_notice"):
    return Todo.objects.open().filter(kind=kind).exists()


def test_letters_go_to_the_borrower_and_each_guarantor_once_a_date(book):
    assert [letter.addressee for letter in demands(book)] == [book.customer.name, "甲公司", "乙公司"]
    assert len(demands(book)) == 3
    assert book.case.demand_notices.count() == 3


def test_the_todo_stays_until_the_last_guarantors_receipt(book):
    record_action(book.loan, done(15, way="letter", number="", result="delivered"), acting_user=book.manager)
    assert is_asked(), "a record of a letter is no demand"
    letters = demands(book)
    assert is_asked(), "letters that nobody has signed for prove nothing"
    for letter in letters[:2]:
        sign(letter)
        assert is_asked()
    sign(letters[2])
    assert not is_asked()
    assert Todo.objects.get(kind="overdue_notice").closed_by == book.manager


@pytest.mark.parametrize(
    ("way", "proof"), [("notarised", "(2026)澜证字第88号"), ("ems", "EA1"), ("announcement", "日报")]
)
def test_who_signs_nothing_is_served_otherwise_with_its_proof(book, way, proof):
    letters = demands(book)
    for letter in letters[:2]:
        sign(letter)
    with pytest.raises(Refused, match="proof"):
        sign(letters[2], name="", served_otherwise=way)
    kept = sign(letters[2], name="", served_otherwise=way, proof=proof)
    assert (kept.served_otherwise, kept.proof, kept.received_by_name) == (way, proof, "")
    assert not is_asked()


def test_a_receipt_names_who_signed(book):
    with pytest.raises(Refused, match="proof"):
        sign(demands(book)[0], name="")


def test_receipts_of_two_dates_count_together_and_those_before_the_stage_do_not(book):
    borrower, first, _second = demands(book)
    sign(borrower)
    sign(first)
    BusinessDateFactory(date=DAY + timedelta(days=2))
    sign(demands(book)[2])
    assert not is_asked()
    later = BusinessDateFactory(date=DAY + timedelta(days=30)).date
    be_overdue(book.loan, 31, later)
    follow_overdue(later, RUN + 1)
    assert is_asked(), "a month later each is to be demanded of anew"
    old = DemandNotice.objects.get(received_on=None, guarantee=None)
    record_receipt(old, received_on=later, name="王", capacity="self", acting_user=book.manager)
    assert is_asked()


def test_a_guarantor_without_a_name_is_said_and_keeps_the_todo_open(book):
    nameless = guarantee(book, "", guarantor=None)
    assert follow_overdue(DAY, RUN + 1)["guarantors_unnamed"] == 1
    assert Finding.objects.get(kind="collections.guarantor_unnamed", gone_on=None).subject_key == nameless.guarantee_no
    client = log_in(book.manager)
    case = reverse("collections:case", args=[book.case.pk])
    page = client.post(reverse("collections:make_demands", args=[book.case.pk]), follow=True).content.decode()
    assert f"担保 {nameless.guarantee_no} 未能制作催收函" in page
    for letter in demands(book):
        sign(letter)
    assert is_asked()
    assert nameless.guarantee_no in client.get(case).content.decode()
    nameless.guarantor_name = "丙公司"
    nameless.save()
    sign(demands(book)[-1])
    assert not is_asked()
    assert follow_overdue(DAY, RUN + 2)["guarantors_unnamed"] == 0
    assert Finding.objects.get(kind="collections.guarantor_unnamed").gone_on == DAY


def test_the_claim_on_the_guarantors_needs_no_receipt_of_the_borrower(book):
    Todo.objects.filter(kind="overdue_notice").update(kind="overdue_guarantor_claim")
    _borrower, *guarantors = demands(book)
    sign(guarantors[0])
    assert is_asked("overdue_guarantor_claim")
    sign(guarantors[1])
    assert not is_asked("overdue_guarantor_claim")


def test_letters_made_answer_a_letter_that_needs_no_receipt(book):
    Todo.objects.filter(kind="overdue_visit").update(kind="overdue_letter")
    demands(book)
    assert not is_asked("overdue_letter")


def test_the_page_asks_for_the_proof(book):
    letter = demands(book)[0]
    client = log_in(book.manager)
    address = reverse("collections:receipt", args=[letter.pk])
    form = {"received_on": DAY.isoformat(), "served_otherwise": "ems", "name": "", "capacity": "self", "proof": ""}
    client.post(address, form)
    letter.refresh_from_db()
    assert letter.received_on is None
    client.post(address, form | {"proof": "EMS 1234"})
    letter.refresh_from_db()
    assert (letter.served_otherwise, letter.proof) == ("ems", "EMS 1234")


@pytest.mark.parametrize(
    "wrong",
    [
        {"received_by_name": ""},
        {"served_otherwise": "ems"},
        {"served_otherwise": "pigeon", "proof": "x"},
        {"received_on": None},
        {"receipt_recorded_by": None},
    ],
)
def test_the_database_refuses_half_a_receipt(book, wrong):
    letter = sign(demands(book)[0])
    with pytest.raises(IntegrityError), transaction.atomic():
        DemandNotice.objects.filter(pk=letter.pk).update(**wrong)
