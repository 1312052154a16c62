"""Each branch gets the list of next month's maturities once, its head confirms receipt, and the letter says the same."""

import io
import re
import zipfile
from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.urls import reverse

from postloan.collections.models import MaturityList
from postloan.collections.services import raise_maturity_lists, receive_list
from postloan.core import outbox
from postloan.core.models import Event, OutboxMessage
from tests.factories import (
    BranchFactory,
    CustomerFactory,
    LoanFactory,
    OffBalanceItemFactory,
    ProductFactory,
    StaffFactory,
)
from tests.factories.collecting import MaturityListFactory
from tests.test_collections.book import RUN, log_in, make_book

pytestmark = pytest.mark.django_db

DAY = date(2026, 6, 22)


@pytest.fixture
def book():
    return make_book(DAY)


def maturing_on(book, day, **fields):
    fields = {"branch": book.branch, "customer": book.customer, "repayment_method": "bullet"} | fields
    return LoanFactory(matures_on=day, disbursed_on=date(2025, 1, 1), **fields)


def issued():
    return list(MaturityList.objects.order_by("branch").values_list("branch__name", "month_from", "item_count"))


def test_each_branch_with_maturities_gets_one_list_and_its_head_a_message(book):
    for day in (date(2026, 7, 1), date(2026, 7, 31), date(2026, 6, 30), date(2026, 8, 1)):
        maturing_on(book, day)
    OffBalanceItemFactory(
        customer=book.customer, branch=None, branch_code="", matures_on=date(2026, 7, 9), kind="acceptance"
    )
    OffBalanceItemFactory(
        customer=book.customer, branch=None, branch_code="", matures_on=date(2026, 7, 9), kind="commitment"
    )
    maturing_on(book, date(2026, 7, 9), repayment_method="equal_instalments", status="settled")
    quiet = BranchFactory(parent=book.branch.parent)
    assert raise_maturity_lists(DAY, RUN) == {"lists": 1, "lists_told": 1}
    assert issued() == [(book.branch.name, date(2026, 7, 1), 3)]
    message = OutboxMessage.objects.get()
    assert (message.staff, message.recipient_kind) == (book.head, "staff")
    assert outbox.text_of(message)[0] == f"{book.branch.name}下月到期 3 笔"
    assert raise_maturity_lists(DAY, RUN + 1) == {"lists": 0, "lists_told": 0}
    assert raise_maturity_lists(date(2026, 6, 30), RUN + 2) == {"lists": 0, "lists_told": 0}
    assert not MaturityList.objects.filter(branch=quiet).exists()


@pytest.mark.parametrize(
    ("night", "month"),
    [
        (date(2026, 6, 19), date(2026, 6, 1)),
        (date(2026, 6, 20), date(2026, 7, 1)),
        (date(2026, 6, 30), date(2026, 7, 1)),
        (date(2026, 7, 3), date(2026, 7, 1)),
        (date(2026, 12, 31), date(2027, 1, 1)),
    ],
)
def test_from_the_day_set_on_the_next_month_before_it_the_running_one_if_it_was_missed(book, night, month):
    for year, number in ((2026, 6), (2026, 7), (2027, 1)):
        maturing_on(book, date(year, number, 15))
    raise_maturity_lists(night, RUN)
    assert [row[1] for row in issued()] == [month]


def test_a_branch_without_a_head_is_told_through_the_head_above(book):
    below = BranchFactory(parent=book.branch, sub_branch=True)
    maturing_on(book, date(2026, 7, 9), branch=below)
    raise_maturity_lists(DAY, RUN)
    assert OutboxMessage.objects.get().staff == book.head
    receive_list(MaturityList.objects.get(), acting_user=book.head)


def test_the_head_confirms_receipt_with_a_click_and_nobody_else_does(book):
    maturing_on(book, date(2026, 7, 9))
    raise_maturity_lists(DAY, RUN)
    row = MaturityList.objects.get()
    address = reverse("collections:receive_list", args=[row.pk])
    page = reverse("collections:monthly")
    assert log_in(book.manager).post(address).status_code == 403
    above = StaffFactory(branch=book.branch.parent, post="branch_head")
    assert address not in log_in(above).get(page).content.decode()
    assert log_in(above).post(address).status_code == 403
    elsewhere = StaffFactory(branch=BranchFactory(parent=book.branch.parent), post="branch_head")
    assert log_in(elsewhere).post(address).status_code == 404
    client = log_in(book.head)
    assert "查看并签收" in client.get(reverse("todos:my_work")).content.decode()
    assert address in client.get(page).content.decode()
    assert client.post(address).url == f"{page}?month=2026-07"
    row.refresh_from_db()
    assert row.received_by == book.head
    assert address not in client.get(page).content.decode()
    first = row.received_at
    client.post(address)
    row.refresh_from_db()
    assert row.received_at == first
    assert Event.objects.filter(code="maturity.list_received", actor=book.head).count() == 1
    assert "查看并签收" not in client.get(reverse("todos:my_work")).content.decode()


def test_a_service_refuses_whoever_the_list_is_not_for(book):
    with pytest.raises(PermissionDenied):
        receive_list(MaturityListFactory(branch=book.branch), acting_user=book.manager)


def test_the_letter_holds_exactly_the_lines_of_the_branch_and_month(book):
    first = maturing_on(book, date(2026, 7, 9), principal_balance=Decimal("1200000.50"))
    second = maturing_on(book, date(2026, 7, 31), principal_balance=Decimal("0.50"))
    later = maturing_on(book, date(2026, 8, 9))
    other = maturing_on(book, date(2026, 7, 9), branch=BranchFactory(parent=book.branch.parent))
    beside = CustomerFactory(branch=book.branch)
    colleague = maturing_on(book, date(2026, 7, 9), customer=beside, principal_balance=Decimal("1.00"))

    def letter(month, reader=book.head):
        address = reverse("collections:letter_word", args=[book.branch.pk])
        answer = log_in(reader).get(f"{address}?month={month}")
        inside = zipfile.ZipFile(io.BytesIO(answer.content)).read("word/document.xml").decode()
        return re.sub(r"<[^>]+>", "|", inside)

    july = letter("2026-07")
    assert all(text in july for text in (first.loan_no, second.loan_no, "1,200,002.00", "2026-07-31", book.branch.name))
    assert later.loan_no not in july
    assert other.loan_no not in july
    assert later.loan_no in letter("2026-08")
    assert colleague.loan_no in july
    own = letter("2026-07", book.manager)
    assert first.loan_no in own
    assert colleague.loan_no not in own
    assert colleague.customer.name not in own


def test_who_sees_the_lists(book):
    row = MaturityListFactory(branch=book.branch)
    MaturityListFactory(branch=BranchFactory(parent=book.branch.parent))
    assert list(MaturityList.objects.visible_to(book.head)) == [row]
    assert list(MaturityList.objects.visible_to(book.manager)) == []
    assert MaturityList.objects.visible_to(StaffFactory(branch=book.branch.parent, post="risk_officer")).count() == 2


@pytest.mark.parametrize("broken", [{"item_count": 0}, {"received_at": "2026-07-01T00:00Z"}])
def test_what_can_never_be(broken):
    with pytest.raises(IntegrityError), transaction.atomic():
        MaturityListFactory(**broken)


def test_one_list_a_branch_and_month():
    row = MaturityListFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        MaturityListFactory(branch=row.branch)


def test_customers_of_a_line_of_another_head_are_not_named(book):
    """Two lines at a branch: the head of one sees the customers of its line only, in the letter as elsewhere."""
    inclusive = CustomerFactory(branch=book.branch, inclusive=True)
    own = maturing_on(book, date(2026, 7, 9))
    foreign = maturing_on(book, date(2026, 7, 9), customer=inclusive, product=ProductFactory(inclusive=True))
    book.head.posts.update(lines="corporate")
    page = log_in(book.head).get(reverse("collections:monthly")).content.decode()
    assert own.loan_no in page
    assert foreign.loan_no not in page
