"""Somebody who had no hand in it decides: the chain, the decisions, the ways around the second person, two at once."""

from __future__ import annotations

import threading

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db import close_old_connections, connection
from django.urls import get_resolver

from postloan.core.models import Event
from postloan.inspections import rules_approval
from postloan.inspections.models import Decision, Evidence, InspectionTask, Report, StoredFile, Upload
from postloan.inspections.rules_approval import Facts, Limits, levels
from postloan.inspections.services.refusals import Refused
from postloan.inspections.services.reports import Change, name_second, save_answers
from postloan.inspections.services.submitting import sign, submit, withdraw
from postloan.inspections.services.writers import had_a_hand
from postloan.todos.models import Todo
from tests.factories import LoanFactory, PostFactory, StaffFactory, StandInFactory
from tests.factories.days import MOMENT
from tests.test_inspections.approval import FOR_APPROVAL, Bank, decided, fill, handed_in, make_bank, signed
from tests.test_inspections.forms import logged_in

LIMITS = Limits(
    {"risk": {"corporate": "50000000"}, "tier1": {"corporate": "200000000"}},
    {"risk": ["substandard", "loss"], "tier1": ["loss"]},
)


@pytest.mark.parametrize(
    ("debt", "classes", "wanted"),
    [
        ("50000000", set(), ["head"]),
        ("50000000.01", set(), ["head", "risk"]),
        ("200000000.01", set(), ["head", "risk", "tier1"]),
        ("1", {"substandard"}, ["head", "risk"]),
        ("1", {"normal", "loss"}, ["head", "risk", "tier1"]),
    ],
)
def test_line_debt_and_class_say_who_decides(debt, classes, wanted):
    assert levels(Facts("corporate", rules_approval.Decimal(debt), frozenset(classes)), LIMITS) == wanted


def test_a_line_without_a_limit_is_the_heads_alone():
    assert levels(Facts("rural", rules_approval.Decimal("900000000"), frozenset()), LIMITS) == ["head"]


def refused(because: str) -> int:
    found = Event.objects.filter(code="inspections.second_person_refused", arguments__because=because)
    return found.exclude(actor=None).count()


def stands(bank: Bank) -> bool:
    """Nobody has decided anything."""
    report = Report.objects.get(pk=bank.report.pk)
    return report.state == "submitted" and not report.decisions.exclude(kind="withdraw").exists()


# ── deciding ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db
class TestDeciding:
    def test_the_head_approves(self):
        bank = handed_in(measure=True)
        decided(bank, "approve", bank.head, comment="同意")
        report = Report.objects.get(pk=bank.report.pk)
        assert (report.state, report.task.state) == ("approved", "approved")
        assert report.approved_on == report.task.done_on is not None
        assert list(Todo.objects.open().values_list("kind", "assignee")) == [("inspection_measure", bank.main.pk)]
        assert Event.objects.filter(code="inspections.report_approved", actor=bank.head).exists()

    def test_what_may_wait_until_the_approval_is_missed_there_and_the_page_says_so_before(self):
        bank = handed_in(content=FOR_APPROVAL)
        page = logged_in(bank.head).get(f"/inspections/reports/{bank.report.pk}/review")
        assert page.context["for_approval"] == ["上月产量"]
        assert "上月产量" in page.content.decode()
        with pytest.raises(Refused, match="incomplete"):
            decided(bank, "approve", bank.head)
        assert stands(bank)
        decided(bank, "send_back", bank.head, comment="请补上月产量")
        save_answers(bank.report, [Change("later.output", 0, value="1200 吨")], acting_user=bank.main)
        signed(bank)
        bank.report = submit(bank.report, seen_hash=bank.seen, acting_user=bank.main)
        decided(bank, "approve", bank.head)
        assert Report.objects.get(pk=bank.report.pk).state == "approved"

    def test_above_the_limit_the_risk_officer_decides_after_the_head(self):
        bank = fill(make_bank())
        LoanFactory(customer=bank.report.task.customer, principal_balance="60000000.00", amount="60000000.00")
        signed(bank)
        bank.report = submit(bank.report, seen_hash=bank.seen, acting_user=bank.main)
        decided(bank, "approve", bank.head)
        bank.report.refresh_from_db()
        assert (bank.report.state, bank.report.step) == ("submitted", 2)
        todo = Todo.objects.open().get(kind="inspection_to_approve")
        assert (todo.post_code, todo.post_branch) == ("risk_officer", bank.head_office)
        decided(bank, "approve", bank.officer)
        bank.report.refresh_from_db()
        assert bank.report.state == "approved"

    def test_passed_up_to_the_top_and_no_further(self):
        bank = handed_in()
        for user in (bank.head, bank.officer):
            decided(bank, "pass_up", user, comment="请上级定")
            bank.report.refresh_from_db()
        assert (bank.report.step, bank.report.chain[2]["branch"]) == (3, bank.tier1.pk)
        with pytest.raises(Refused, match="top"):
            decided(bank, "pass_up", bank.tier1_head, comment="再上")
        decided(bank, "approve", bank.tier1_head)
        bank.report.refresh_from_db()
        assert bank.report.state == "approved"

    def test_sent_back_with_remarks_it_is_changed_signed_and_decided_again(self):
        bank = handed_in()
        decided(bank, "send_back", bank.head, comment="补充", section_remarks={"site": "写明产量", "nowhere": "x"})
        report = Report.objects.get(pk=bank.report.pk)
        assert (report.state, report.task.state) == ("returned", "returned")
        mark = report.section_marks.get()
        assert (mark.section, mark.remark, mark.remark_answered_at) == ("site", "写明产量", None)
        bank.report = report
        fill(bank, "产量三千件")
        mark.refresh_from_db()
        assert mark.remark_answered_at is not None
        signed(bank)
        bank.report = submit(bank.report, seen_hash=bank.seen, acting_user=bank.main)
        # Whoever sent it back with remarks had no hand in it and decides again.
        decided(bank, "approve", bank.head)
        assert list(bank.report.decisions.values_list("submission", "kind")) == [(1, "send_back"), (2, "approve")]

    def test_a_branch_without_anybody_else_sends_to_the_one_above(self):
        bank = make_bank()
        bank.head.posts.update(valid_to=bank.head.posts.get().valid_from)
        PostFactory(staff=bank.main, code="branch_head", branch=bank.branch)
        fill(bank)
        signed(bank)
        report = submit(bank.report, seen_hash=bank.seen, acting_user=bank.main)
        assert report.chain[0]["branch"] == bank.tier1.pk

    def test_a_stand_in_without_a_hand_in_it_decides_for_an_absent_head(self):
        bank = handed_in()
        other = StaffFactory(post="account_manager", branch=bank.branch)
        StandInFactory(absent=bank.head, stand_in=other)
        decided(bank, "approve", other)
        assert Decision.objects.get().decided_by == other


# ── fourteen roads around the second person ───────────────────────────────────────────────────────────────


def road_page(bank):
    """The writer's own page offers no decision, and the form's address refuses it."""
    client = logged_in(bank.main)
    assert not client.get(f"/inspections/reports/{bank.report.pk}/review").context["can_decide"]
    fields = {"seen": bank.seen, "step": "1", "decision": "approve"}
    return client.post(f"/inspections/reports/{bank.report.pk}/decide", fields)


def road_second_inspector(bank):
    PostFactory(staff=bank.second, code="branch_head", branch=bank.branch)
    return decided(bank, "approve", bank.second)


def road_self_as_head(bank):
    PostFactory(staff=bank.main, code="branch_head", branch=bank.branch)
    return decided(bank, "approve", bank.main)


def road_stand_in(bank):
    """The writer stands in for the head."""
    StandInFactory(absent=bank.head, stand_in=bank.main)
    return decided(bank, "approve", bank.main)


def road_lent_by_a_writer(bank):
    """Somebody else decides with the post of a head who wrote."""
    PostFactory(staff=bank.main, code="branch_head", branch=bank.branch)
    other = StaffFactory(post="account_manager", branch=bank.branch)
    StandInFactory(absent=bank.main, stand_in=other)
    return decided(bank, "approve", other)


def road_old_tab(bank):
    """The head decides in a window opened before the report was taken back, changed and handed in again."""
    old = bank.seen
    withdraw(bank.report, acting_user=bank.main)
    fill(bank, "改写过的内容")
    signed(bank)
    bank.report = submit(bank.report, seen_hash=bank.seen, acting_user=bank.main)
    return decided(bank, "approve", bank.head, seen_hash=old)


def road_behind_the_forms(bank):
    """An answer is changed past the forms after it was handed in: an import, a script."""
    seen = bank.seen
    bank.report.answers.filter(question="site.note").update(value="被改过")
    return decided(bank, "approve", bank.head, seen_hash=seen)


def road_evidence(bank):
    stored = StoredFile.objects.create(sha256="a" * 64, size=1, content_type="image/jpeg", stored_at=MOMENT)
    Evidence.objects.create(
        report=bank.report, question="x", original=stored, name="a", added_by=bank.head, added_at=MOMENT,
        removed_by=bank.head, removed_at=MOMENT,
    )  # fmt: skip
    return decided(bank, "approve", bank.head)


def road_upload(bank):
    """A file on its way in, brought by the head."""
    Upload.objects.create(
        key="k", report=bank.report, question="x", name="a", size=5, started_by=bank.head, started_at=MOMENT
    )
    return decided(bank, "approve", bank.head)


def road_another_report(bank):
    """A decision sent with the number of a report of another bank branch."""
    other = make_bank()
    return logged_in(other.head).post(
        f"/inspections/reports/{bank.report.pk}/decide", {"seen": bank.seen, "step": "1", "decision": "approve"}
    )


def road_no_post_here(bank):
    """A risk officer decides in place of the head."""
    return decided(bank, "approve", bank.officer)


def road_twice(bank):
    """The head passes it up and then decides there too, by a second post."""
    PostFactory(staff=bank.head, code="risk_officer", branch=bank.head_office)
    decided(bank, "pass_up", bank.head, comment="上报")
    bank.report.refresh_from_db()
    return decided(bank, "approve", bank.head)


def road_bulk(bank):
    """In bulk the same person is asked the same."""
    PostFactory(staff=bank.main, code="branch_head", branch=bank.branch)
    return decided(bank, "approve", bank.main, in_bulk=True)


def road_after_withdrawal(bank):
    """The head approves what was taken back a moment ago."""
    seen, step = bank.seen, bank.report.step
    withdraw(bank.report, acting_user=bank.main)
    return decided(bank, "approve", bank.head, seen_hash=seen, seen_step=step)


ROADS = {
    road_page: "capability",
    road_second_inspector: "hand",
    road_self_as_head: "hand",
    road_stand_in: "hand",
    road_lent_by_a_writer: "post",
    road_old_tab: "changed",
    road_behind_the_forms: "changed",
    road_evidence: "hand",
    road_upload: "hand",
    road_another_report: "scope",
    road_no_post_here: "post",
    road_twice: "decided",
    road_bulk: "hand",
    road_after_withdrawal: "state",
}


def _outcome(road, bank) -> str | int:
    try:
        return road(bank).status_code
    except (Refused, PermissionDenied) as refusal:
        return str(refusal)


@pytest.mark.django_db
@pytest.mark.parametrize("road", ROADS, ids=lambda road: road.__name__)
def test_fourteen_roads_around_the_second_person_are_refused_and_told(road):
    bank = handed_in()
    assert _outcome(road, bank) in {ROADS[road], 403, 404}
    assert not Report.objects.filter(pk=bank.report.pk, state="approved").exists()
    assert not Decision.objects.filter(kind="approve").exists()
    assert refused(ROADS[road]) == 1


@pytest.mark.django_db
class TestBeforeHandingIn:
    def test_one_person_does_not_sign_for_the_other(self):
        bank = fill(make_bank())
        with pytest.raises(Refused, match="not_yours"):
            sign(bank.report, seen_hash=bank.seen, role="second", acting_user=bank.main)
        assert refused("not_yours") == 1

    def test_one_person_is_not_both_inspectors(self):
        bank = make_bank()
        with pytest.raises(Refused, match="same"):
            name_second(bank.report, bank.main, acting_user=bank.main)

    def test_a_head_does_not_sign_and_is_told(self):
        bank = fill(make_bank())
        with pytest.raises(PermissionDenied):
            sign(bank.report, seen_hash=bank.seen, acting_user=bank.head)
        assert Event.objects.filter(code="inspections.second_person_refused", actor=bank.head).count() == 1

    def test_a_former_inspector_never_decides(self):
        bank = make_bank()
        former = bank.second
        save_answers(bank.report, [Change("site.note", 0, value="旧")], acting_user=former)
        other = StaffFactory(post="account_manager", branch=bank.branch)
        name_second(bank.report, other, acting_user=bank.main)
        bank.second = other
        bank.report.refresh_from_db()
        signed(fill(bank))
        PostFactory(staff=former, code="branch_head", branch=bank.branch)
        bank.report = submit(bank.report, seen_hash=bank.seen, acting_user=bank.main)
        assert had_a_hand(bank.report, former)
        with pytest.raises(Refused, match="hand"):
            decided(bank, "approve", former)
        assert stands(bank)


def test_no_address_of_the_api_writes_a_report_and_there_is_no_admin_site():
    assert not apps.is_installed("django.contrib.admin")
    api = [str(p.pattern) for p in get_resolver("postloan.api.urls").url_patterns]
    assert not [pattern for pattern in api if "decide" in pattern or "sign" in pattern or "submit" in pattern]


# ── two at once ───────────────────────────────────────────────────────────────────────────────────────────

TRIALS = 100


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_deciders_at_once_one_wins_in_a_hundred_trials():
    bank = handed_in()
    other = StaffFactory(post="branch_head", branch=bank.branch)
    for trial in range(TRIALS):
        outcomes = _race(bank, other)
        kinds = [one for one in outcomes if one in {"approve", "send_back"}]
        assert (len(outcomes), len(kinds)) == (2, 1), (trial, outcomes)
        submission = Decision.objects.filter(report=bank.report).count()
        assert submission == trial + 1
        _hand_in_again(bank)


def _race(bank: Bank, other) -> list[str]:
    start, outcomes = threading.Barrier(2), []
    seen, step = bank.seen, bank.report.step

    def run(user, kind):
        start.wait()
        try:
            decided(bank, kind, user, comment="x", seen_hash=seen, seen_step=step)
            outcomes.append(kind)
        except Refused as refusal:
            outcomes.append(str(refusal))
        finally:
            close_old_connections()
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in ((bank.head, "approve"), (other, "send_back"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return outcomes


def _hand_in_again(bank: Bank) -> None:
    """Puts the report back to where it waits for the head, in the next round."""
    Decision.objects.filter(report=bank.report).update(kind="send_back", comment="x")
    Report.objects.filter(pk=bank.report.pk).update(
        state="submitted", step=1, chain=bank.report.chain, approved_on=None
    )
    InspectionTask.objects.filter(pk=bank.report.task_id).update(state="submitted", done_on=None)
