"""Several reports approved with one press: what is plain only, each on its own content, refused row by row."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from postloan.core.models import Event
from postloan.inspections.models import Decision, FundsFinding, Measure, Report
from postloan.inspections.services import bulk, bulk_exceptions
from postloan.inspections.services.bulk import Picked, approve_many
from postloan.inspections.services.refusals import Refused
from postloan.inspections.services.submitting import submit, withdraw
from postloan.organization.models import Staff
from tests.factories import LoanFactory, PostFactory, StaffFactory
from tests.factories.days import DELIVERED_ON
from tests.test_inspections.approval import Bank, decided, fill, make_bank, signed
from tests.test_inspections.forms import begun, logged_in

pytestmark = pytest.mark.django_db


def plain(bank: Bank | None = None, text: str = "设备运转正常", **report) -> Bank:
    """A periodic inspection of a consumer with nothing to be looked at, handed in."""
    bank = bank or make_bank(person=True)
    values = {"risk_conclusion": "normal", "advice": "maintain", "proposed_class": "normal", **report}
    Report.objects.filter(pk=bank.report.pk).update(**values)
    bank.report.refresh_from_db()
    fill(bank, text)
    signed(bank)
    bank.report = submit(bank.report, seen_hash=bank.seen, acting_user=bank.main)
    return bank


def picked(report: Report, **more) -> Picked:
    values = {"report_id": report.pk, "step": report.step, "seen_hash": report.content_hash, **more}
    return Picked(**values)


def approved(user, *rows) -> list[str]:
    return [one.refused for one in approve_many(rows, acting_user=Staff.objects.get(pk=user.pk))]


def another(bank: Bank) -> Report:
    """A second report of the same bank, by other inspectors, on another customer of the branch."""
    from tests.factories import CustomerFactory

    report, main, second = begun(customer=CustomerFactory(person=True, branch=bank.branch))
    report.template_version = bank.report.template_version
    report.save()
    report.answers.all().delete()
    other = Bank(
        bank.head_office, bank.tier1, bank.branch, bank.head, bank.officer, bank.tier1_head, report, main, second
    )
    return plain(other).report


def test_what_is_plain_is_approved_together_and_marked_so():
    bank = plain()
    other = another(bank)
    assert approved(bank.head, picked(bank.report), picked(other)) == ["", ""]
    assert set(Report.objects.values_list("state", flat=True)) == {"approved"}
    assert list(Decision.objects.values_list("in_bulk", "content_hash").order_by("report_id")) == [
        (True, bank.report.content_hash),
        (True, other.content_hash),
    ]


def late(bank):
    bank.report.task.first_due_on = DELIVERED_ON - timedelta(days=400)
    bank.report.task.save()


def finding(bank):
    loan = LoanFactory(customer=bank.report.task.customer)
    bank.report.task.task_loans.create(loan=loan, kind=bank.report.task.kind)
    FundsFinding.objects.create(loan=loan, kind="split", fingerprint="a", facts={}, found_on=DELIVERED_ON)


def worse_class(bank):
    LoanFactory(customer=bank.report.task.customer, five_level_class="special_mention")


def measure(bank):
    Measure.objects.create(report=bank.report, position=1, text="补交发票", owner=bank.main, due_on=DELIVERED_ON)


def other_kind(bank):
    type(bank.report.task).objects.filter(pk=bank.report.task_id).update(kind="special")


@pytest.mark.parametrize("make", [late, finding, worse_class, measure, other_kind])
def test_whatever_is_to_be_looked_at_is_refused_in_bulk_and_approved_by_itself(make):
    bank = make_bank(person=True)
    if make is not finding:
        make(bank)
    bank = plain(bank)
    if make is finding:  # handing in looks anew and ends what the rows no longer show
        make(bank)
    report = Report.objects.select_related("task").get(pk=bank.report.pk)
    assert len(bulk_exceptions.of_report(report)) == 1
    assert approved(bank.head, picked(report)) == ["exceptions"]
    assert not Decision.objects.exists()
    decided(bank, "approve", bank.head)
    assert Decision.objects.get().in_bulk is False


@pytest.mark.parametrize(
    "said", [{"risk_conclusion": "attention"}, {"advice": "reduce"}, {"proposed_class": "special_mention"}]
)
def test_a_conclusion_that_is_not_sound_is_refused_in_bulk(said):
    bank = plain(**said)
    assert approved(bank.head, picked(bank.report)) == ["exceptions"]


def test_a_corporate_inspection_is_no_low_risk_kind():
    bank = plain(make_bank())
    assert approved(bank.head, picked(bank.report)) == ["exceptions"]


def test_a_report_on_which_more_levels_decide_is_refused_in_bulk():
    bank = make_bank(person=True)
    LoanFactory(customer=bank.report.task.customer, principal_balance="6000000.00", amount="6000000.00")
    bank = plain(bank)
    assert approved(bank.head, picked(bank.report)) == ["exceptions"]


def test_a_report_taken_back_before_is_refused_in_bulk():
    bank = plain()
    withdraw(bank.report, acting_user=bank.main)
    bank.report.refresh_from_db()
    bank = plain(bank, "改写过的内容")
    assert approved(bank.head, picked(bank.report)) == ["exceptions"]


def test_each_row_is_refused_by_itself_and_leaves_the_others_alone():
    bank = plain()
    good, changed, gone = another(bank), another(bank), another(bank)
    Report.objects.get(pk=changed.pk).answers.filter(question="site.note").update(value="被改过")
    withdraw(gone, acting_user=gone.main_inspector)
    rows = [picked(changed), picked(gone), picked(bank.report, seen_hash="0" * 64), picked(good)]
    assert approved(bank.head, *rows) == ["changed", "state", "changed", ""]
    assert list(Report.objects.filter(state="approved")) == [good]
    told = Event.objects.filter(code="inspections.second_person_refused").values_list("arguments__because", flat=True)
    assert sorted(told) == ["changed", "changed", "state"]


@pytest.mark.parametrize("who", ["main", "second"])
def test_whoever_wrote_or_signed_decides_in_bulk_as_little_as_alone(who):
    bank = plain()
    PostFactory(staff=getattr(bank, who), code="branch_head", branch=bank.branch)
    assert approved(getattr(bank, who), picked(bank.report)) == ["hand"]


def test_a_report_out_of_scope_is_not_there_and_the_attempt_is_told():
    bank, other = plain(), make_bank()
    assert approved(other.head, picked(bank.report)) == []
    assert Event.objects.filter(code="inspections.second_person_refused", arguments__because="scope").count() == 1


def test_without_the_post_of_the_step_it_is_refused():
    bank = plain()
    assert approved(bank.officer, picked(bank.report)) == ["post"]
    somebody = StaffFactory(post="data_officer", branch=bank.head_office)
    assert approved(somebody, picked(bank.report)) == ["post"]


def test_more_rows_than_fit_a_page_are_refused_as_a_whole():
    bank = plain()
    with pytest.raises(Refused, match="many_rows"):
        approve_many([picked(bank.report)] * (bulk.MOST + 1), acting_user=bank.head)


def test_nothing_but_approving_is_done_in_bulk():
    bank = plain()
    with pytest.raises(Refused, match="exceptions"):
        decided(bank, "pass_up", bank.head, comment="上报", in_bulk=True)
    with pytest.raises(PermissionDenied):
        decided(bank, "approve", StaffFactory(post="archivist", branch=bank.branch), in_bulk=True)


# ── the page ──────────────────────────────────────────────────────────────────────────────────────────────


def test_the_page_shows_flags_and_exceptions_and_answers_row_by_row():
    bank = plain()
    flagged, stale = another(bank), another(bank)
    finding(Bank(*[None] * 6, flagged, flagged.main_inspector, None))
    client = logged_in(bank.head)
    page = client.get("/inspections/approvals")
    rows = {row.report.pk: row for row in page.context["rows"]}
    assert set(rows) == {bank.report.pk, flagged.pk, stale.pk}
    assert (rows[bank.report.pk].is_plain, rows[flagged.pk].is_plain) == (True, False)
    assert rows[flagged.pk].flags[0].title in page.content.decode()
    assert rows[flagged.pk].key not in page.content.decode()
    stale_key = rows[stale.pk].key
    withdraw(stale, acting_user=stale.main_inspector)
    sent = client.post(
        "/inspections/approvals/approve", {"row": [rows[bank.report.pk].key, rows[flagged.pk].key, stale_key, "x:y"]}
    )
    answers = {one["report"].pk: bool(one["refused"]) for one in sent.context["answers"]}
    assert answers == {bank.report.pk: False, flagged.pk: True, stale.pk: True}
    assert sent.context["done"] == 1
    assert client.post("/inspections/approvals/approve", {}).status_code == 302


def test_nobody_else_finds_it_there_and_an_empty_page_says_so():
    bank = plain()
    page = logged_in(bank.officer).get("/inspections/approvals")
    assert page.context["rows"] == []
    assert logged_in(bank.main).get("/inspections/approvals").status_code == 403


def test_the_page_takes_as_many_queries_for_one_row_as_for_many(django_assert_max_num_queries):
    bank = plain()
    client = logged_in(bank.head)
    client.get("/inspections/approvals")
    with django_assert_max_num_queries(100) as one:
        client.get("/inspections/approvals")
    for _n in range(3):
        another(bank)
    with django_assert_max_num_queries(len(one.captured_queries)):
        assert len(client.get("/inspections/approvals").context["rows"]) == 4
