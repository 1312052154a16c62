"""The timeline of a customer and a loan: everything, once, in order, in the reader's language, within scope."""

from datetime import date, timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from postloan.reporting.queries import timeline
from tests.factories import EventFactory, ExternalEventFactory, LoanFactory, LoanStateFactory, RepaymentFactory
from tests.factories.days import DELIVERED_ON

SUBMITTED = "maturity.plan_submitted"


def days_of(story) -> list[date]:
    return [item.day for item in story.items]


def test_it_holds_what_people_nights_and_core_banking_did(bank, reader):
    state = bank.overdue
    RepaymentFactory(loan=state.loan, paid_on=date(2026, 6, 1))
    ExternalEventFactory(customer=state.customer, occurred_on=date(2026, 6, 20), kind="asset_freeze")
    EventFactory(code=SUBMITTED, loan_id=state.loan_id, actor=bank.head)
    page = reader(bank.head).get(f"/customers/{state.customer_id}/timeline")

    assert [(item.title, item.who) for item in page.context["story"].items] == [
        ("Maturity plan submitted", bank.head.name),
        ("assets frozen", ""),
        ("Repayment", "core banking"),
    ]


def test_its_text_is_made_in_the_readers_language(bank, reader):
    EventFactory(code=SUBMITTED, customer_id=bank.overdue.customer_id, actor=bank.head)

    content = reader(bank.head, "zh-hans").get(f"/customers/{bank.overdue.customer_id}/timeline").content.decode()
    assert "Maturity plan submitted" not in content
    assert 'class="tl tl-wide"' in content


def test_only_what_people_did_leaves_the_nights_out(bank, reader):
    EventFactory(code=SUBMITTED, loan_id=bank.overdue.loan_id, actor=bank.head)
    EventFactory(code=SUBMITTED, loan_id=bank.overdue.loan_id, actor=None)
    client = reader(bank.head)

    address = f"/loans/{bank.overdue.loan_id}/timeline"
    assert len(client.get(address).context["story"].items) == 2
    [item] = client.get(f"{address}?only=work").context["story"].items
    assert item.who == bank.head.name


def test_pages_follow_each_other_without_a_gap_or_a_double(bank):
    loan = bank.overdue.loan
    for number in range(9):
        RepaymentFactory.create_batch(2, loan=loan, paid_on=DELIVERED_ON - timedelta(days=number))
        EventFactory(code=SUBMITTED, loan_id=loan.pk, business_date=DELIVERED_ON - timedelta(days=number))
    seen, before = [], None
    while True:
        story = timeline.of_loan(loan, user=bank.head, before=before, most=7)
        seen += days_of(story)
        before = story.before
        if before is None:
            break

    assert len(seen) == 27
    assert seen == sorted(seen, reverse=True)


def test_a_day_longer_than_a_page_is_shown_whole(bank):
    loan = bank.overdue.loan
    RepaymentFactory.create_batch(6, loan=loan, paid_on=DELIVERED_ON)
    RepaymentFactory(loan=loan, paid_on=DELIVERED_ON - timedelta(days=1))

    first = timeline.of_loan(loan, user=bank.head, most=3)
    assert days_of(first) == [DELIVERED_ON] * 6
    assert days_of(timeline.of_loan(loan, user=bank.head, most=3, before=first.before)) == [date(2026, 6, 29)]


def test_a_customers_events_of_other_scopes_stay_away(bank, reader):
    EventFactory(code=SUBMITTED, customer_id=bank.elsewhere.customer_id)
    client = reader(bank.head)

    assert client.get(f"/customers/{bank.elsewhere.customer_id}/timeline").status_code == 404
    assert client.get(f"/loans/{bank.elsewhere.loan_id}/timeline").status_code == 404


def test_an_address_that_cannot_be_read_begins_with_the_newest(bank, reader):
    EventFactory(code=SUBMITTED, loan_id=bank.overdue.loan_id)
    client = reader(bank.head)

    for address in ("?before=soon", "?before=2026-13-45", "?only=nonsense"):
        assert len(client.get(f"/loans/{bank.overdue.loan_id}/timeline{address}").context["story"].items) == 1


def test_a_longer_story_asks_no_more_questions(bank, reader):
    client = reader(bank.head)
    state = bank.overdue
    EventFactory(code=SUBMITTED, loan_id=state.loan_id, actor=bank.head)
    address = f"/customers/{state.customer_id}/timeline"
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for number in range(5):
        loan = LoanFactory(customer=state.customer)
        LoanStateFactory(loan=loan)
        RepaymentFactory(loan=loan)
        EventFactory(code=SUBMITTED, loan_id=loan.pk, arguments={"n": number})

    with CaptureQueriesContext(connection) as many:
        client.get(address)
    assert len(many) == len(few)
