"""The pages of the night: what was done and held against what, in both languages; starting one from the page."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from postloan.core import jobs, progress
from postloan.core.models import JobRun
from postloan.loans.models import Loan
from postloan.nightly import services
from postloan.nightly.models import NightRun
from tests.factories.collecting import DeliveryFactory
from tests.factories.core import JobRunFactory
from tests.factories.organization import PASSWORD, StaffFactory
from tests.test_nightly.book import DAY, a_loan, a_loan_overdue, close, open_date

pytestmark = pytest.mark.django_db


def log_in(client, staff) -> None:
    client.logout()
    assert client.post("/login", {"username": staff.staff_no, "password": PASSWORD}).status_code == 302


@pytest.fixture
def officer(client):
    """A data officer of the head office, logged in: sees everything and may run the night."""
    staff = StaffFactory(post="data_officer")
    log_in(client, staff)
    return staff


def page(client, name: str, *arguments: object, language: str = "en"):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    response = client.get(reverse(name, args=arguments))
    assert response.status_code == 200
    return response


@pytest.mark.parametrize(("language", "word"), [("en", "Control totals"), ("zh-hans", "控制总数")])
def test_a_night_shows_its_steps_and_totals(client, officer, language, word):
    open_date(DAY)
    a_loan_overdue(40)
    run = close()
    text = page(client, "nightly:night", run.pk, language=language).content.decode()
    assert word in text
    assert "120,000.00" in text
    assert str(DAY) in page(client, "nightly:nights", language=language).content.decode()


def test_the_list_asks_a_constant_number_of_questions(client, officer, django_assert_max_num_queries):
    for number in range(12):
        open_date(DAY + timedelta(number))
        close()
    page(client, "nightly:nights")
    with django_assert_max_num_queries(25):
        page(client, "nightly:nights")


def test_an_empty_list_says_where_nights_come_from(client, officer):
    assert "No night yet" in page(client, "nightly:nights").content.decode()


def test_a_failed_night_names_the_loans_and_links_to_those_in_scope(client, officer):
    open_date(DAY)
    loan = a_loan()
    Loan.objects.update(principal_balance=Decimal(1))
    run = services.run_night()
    link = reverse("reporting:loan", args=[loan.pk])
    text = page(client, "nightly:night", run.pk).content.decode()
    assert f'<a href="{link}">{loan.loan_no} has another balance than core banking delivered' in text
    elsewhere = StaffFactory(post="branch_head", branch__parent=loan.branch)
    log_in(client, elsewhere)
    text = page(client, "nightly:night", run.pk).content.decode()
    assert loan.loan_no in text
    assert link not in text


def test_totals_by_branch_and_person_are_for_those_who_see_the_whole_bank(client, officer):
    open_date(DAY)
    loan = a_loan()
    run = close()
    assert f"by branch · {loan.branch.branch_code}" in page(client, "nightly:night", run.pk).content.decode()
    log_in(client, StaffFactory(post="branch_head", branch__parent=loan.branch))
    assert f"by branch · {loan.branch.branch_code}" not in page(client, "nightly:night", run.pk).content.decode()


def test_the_open_date_is_closed_from_the_page(client, officer):
    open_date(DAY)
    a_loan()
    assert "is open" in page(client, "nightly:nights").content.decode()
    answer = client.post(reverse("nightly:start"))
    job = JobRun.objects.get(job="run_night")
    assert answer.url == reverse("nightly:run", args=[job.pk])
    assert job.requested_by == officer
    waiting = page(client, "nightly:run", job.pk).content.decode()
    assert "hx-get" in waiting
    assert "under way" in page(client, "nightly:nights").content.decode()
    assert jobs.run_due() == 1
    run = NightRun.objects.get()
    assert (run.state, run.requested_by) == ("done", officer)
    ended = page(client, "nightly:run_progress", job.pk).content.decode()
    assert "hx-get" not in ended
    assert reverse("nightly:night", args=[run.pk]) in ended
    client.post(reverse("nightly:start"))
    assert jobs.run_due() == 1
    assert NightRun.objects.count() == 2, "the last date is computed again"


def test_a_night_that_does_not_agree_fails_its_job_once_and_says_why(client, officer):
    open_date(DAY)
    loan = a_loan()
    Loan.objects.update(principal_balance=Decimal(1))
    client.post(reverse("nightly:start"))
    jobs.run_due()
    job = JobRun.objects.get(job="run_night")
    assert (job.state, job.attempts) == ("failed", 1)
    assert loan.loan_no in job.error
    assert loan.loan_no in page(client, "nightly:run_progress", job.pk).content.decode()


def test_a_night_under_way_shows_its_step_and_done_of_total(client, officer, monkeypatch):
    """Seen from inside its one transaction, which on SQLite lets nobody else write."""
    open_date(DAY)
    a_loan()
    client.post(reverse("nightly:start"))
    job, seen = JobRun.objects.get(job="run_night"), []
    third = services.STEPS[2]

    def work(night):
        seen.append(page(client, "nightly:run_progress", job.pk).content.decode())
        return third.work(night)

    monkeypatch.setattr(services, "STEPS", [*services.STEPS[:2], replace(third, work=work), *services.STEPS[3:]])
    jobs.run_due()
    [text] = seen
    total = len(services.STEPS) + 1
    assert f"2 / {total}" in text
    assert f'value="{200 // total}"' in text
    assert text.count("state-done") == 2
    assert text.count("state-doing") == 1
    assert text.index("state-doing") < text.index("state-todo")
    ended = page(client, "nightly:run_progress", job.pk).content.decode()
    assert f"/ {total}" not in ended
    assert ended.count("state-done") == total


def test_a_failed_night_shows_where_it_failed(client, officer):
    open_date(DAY)
    a_loan()
    Loan.objects.update(principal_balance=Decimal(1))
    client.post(reverse("nightly:start"))
    jobs.run_due()
    job = JobRun.objects.get(job="run_night")
    text = page(client, "nightly:run_progress", job.pk).content.decode()
    total = len(services.STEPS) + 1
    assert text.count("state-done") == total - 1
    assert text.count("state-err") == 1
    assert f"{total - 1} / {total}" in text
    assert "<progress" not in text


def test_what_a_former_claim_told_is_not_shown(client, officer):
    """Its worker was killed and left its file behind."""
    later = timezone.now() + timedelta(hours=1)
    job = JobRunFactory(job="run_night", state="running", lease_until=later, fence=2)
    progress.tell(job, 1, stage="overdue", done=2, total=9)
    assert "2 / 9" not in page(client, "nightly:run_progress", job.pk).content.decode()
    progress.tell(job, 2, stage="overdue", done=2, total=9)
    assert "2 / 9" in page(client, "nightly:run_progress", job.pk).content.decode()
    progress.forget(job)
    assert "2 / 9" not in page(client, "nightly:run_progress", job.pk).content.decode()


def test_without_an_extract_there_is_nothing_to_start(client, officer):
    answer = client.post(reverse("nightly:start"), follow=True)
    assert not JobRun.objects.exists()
    assert answer.status_code == 200


@pytest.mark.parametrize(("post", "view", "run"), [("auditor", 200, 403), ("account_manager", 403, 403)])
def test_who_may_look_and_who_may_start(client, post, view, run):
    log_in(client, StaffFactory(post=post))
    assert client.get(reverse("nightly:nights")).status_code == view
    assert client.post(reverse("nightly:start")).status_code == run
    assert client.get(reverse("nightly:start")).status_code in (403, 405)


def test_work_that_has_failed_is_seen_and_run_again_by_who_may_run_nights(client, officer):
    failed = JobRunFactory(job="deliver_messages", business_date=None, failed=True)
    night = JobRunFactory(job="run_night", failed=True)
    look = JobRunFactory(job=jobs.LOOK, business_date=None, shard="postloan.nightly.alarms.look", failed=True)
    assert "3 jobs have failed." in page(client, "nightly:nights").content.decode()
    text = page(client, "nightly:jobs").content.decode()
    assert "Sending messages" in text
    assert "it stopped" in text
    assert reverse("nightly:run", args=[night.pk]) in text
    again = reverse("nightly:job_again", args=[failed.pk])
    assert again in text
    assert reverse("nightly:job_again", args=[look.pk]) not in text
    assert client.post(reverse("nightly:job_again", args=[look.pk])).status_code == 404
    assert client.post(reverse("nightly:job_again", args=[night.pk])).status_code == 404
    assert "Nothing is sent at the moment: it stopped" in page(client, "collections:undelivered").content.decode()
    head = StaffFactory(post="branch_head")
    log_in(client, head)
    assert again not in page(client, "nightly:jobs").content.decode()
    assert client.post(again).status_code == 403
    log_in(client, officer)
    assert client.post(again).status_code == 302
    failed.refresh_from_db()
    assert (failed.state, failed.requested_by) == ("waiting", officer)


def test_undelivered_messages_are_named_beside_the_failed_jobs(client, officer):
    DeliveryFactory(state="dead", attempts=5, next_try_at=None)
    assert "1 message did not arrive" in page(client, "nightly:jobs").content.decode()
    assert "No job has failed" in page(client, "nightly:jobs").content.decode()
