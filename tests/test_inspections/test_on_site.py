"""The visit is stamped, and the borrower confirms it on the spot: never before it began."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from postloan.core import outbox
from postloan.core.identifiers import mask_name
from postloan.core.models import Delivery, Event, OutboxMessage
from postloan.inspections import report_flags, report_form, report_pages
from postloan.inspections.models import BorrowerConfirmation
from postloan.inspections.report_form import form_of
from postloan.inspections.services import on_site
from postloan.inspections.services.on_site import Signer, Spot
from postloan.inspections.services.refusals import Refused
from postloan.inspections.services.reports import Change, save_answers
from tests.test_inspections.forms import begun, logged_in

pytestmark = pytest.mark.django_db
HERE = Spot(Decimal("26.075"), Decimal("119.3"))
NOBODY = Spot()
WU = Signer("吴建平", "财务总监")
STROKES = [[[x, 100 + x % 7] for x in range(10, 300, 10)], [[300, 60], [310, 140], [320, 60]]]


def started():
    report, main, second = begun(place="on_site")
    on_site.start_visit(report, spot=HERE, place="海棠路 18 号", acting_user=main)
    report.refresh_from_db()
    return report, main, second


def test_a_visit_is_stamped_once_with_time_and_place_and_fills_in_the_report():
    report, _main, second = started()
    visit = report.task.visit
    assert (visit.latitude, visit.place) == (Decimal("26.075"), "海棠路 18 号")
    again = on_site.start_visit(report, spot=NOBODY, acting_user=second)
    assert again.started_at == visit.started_at
    day = timezone.localtime(visit.started_at).date()
    assert report.inspected_on == day
    assert report.answers.get(question="overview.place").value == "海棠路 18 号"
    assert Event.objects.filter(code="inspections.visit_started").count() == 1


def test_a_visit_ends_after_it_began():
    report, main, _second = begun()
    with pytest.raises(Refused, match="not_started"):
        on_site.end_visit(report, acting_user=main)
    on_site.start_visit(report, spot=NOBODY, acting_user=main)
    assert on_site.end_visit(report, acting_user=main).ended_at is not None


def test_nobody_confirms_before_the_visit_began():
    report, main, _second = begun()
    ways = (
        lambda: on_site.confirm_by_hand(report, STROKES, signer=WU, spot=HERE, acting_user=main),
        lambda: on_site.send_code(report, signer=WU, spot=HERE, acting_user=main),
        lambda: on_site.borrower_refuses(report, "不愿在现场签字", signer=WU, spot=HERE, acting_user=main),
    )
    for way in ways:
        with pytest.raises(Refused, match="not_started"):
            way()
    assert not BorrowerConfirmation.objects.exists()


def test_the_database_refuses_a_confirmation_from_before_the_visit():
    report, main, _second = started()
    begins = report.task.visit.started_at
    with pytest.raises(IntegrityError), transaction.atomic():
        BorrowerConfirmation.objects.create(
            report=report, way="drawn", name="x", visit_started_at=begins, taken_by=main,
            confirmed_at=begins - timedelta(seconds=1),
        )  # fmt: skip


def test_a_drawn_signature_carries_its_lines_time_and_place():
    report, main, _second = started()
    row = on_site.confirm_by_hand(report, STROKES, signer=WU, spot=HERE, acting_user=main)
    assert (row.strokes, row.name, row.latitude) == (STROKES, "吴建平", HERE.latitude)
    assert row.confirmed_at >= row.visit_started_at
    assert form_of(report).is_confirmed


@pytest.mark.parametrize(
    ("strokes", "why"),
    [
        (None, "strokes"),
        ("x", "strokes"),
        ([[[1, 2]]], "short"),
        ([[[9999, 0]] * 20], "strokes"),
        ([[1, 2]], "strokes"),
    ],
)
def test_what_is_no_signature_is_refused(strokes, why):
    report, main, _second = started()
    with pytest.raises(Refused, match=why):
        on_site.confirm_by_hand(report, strokes, signer=WU, spot=HERE, acting_user=main)


def sent_code(report, main):
    on_site.send_code(report, signer=WU, spot=HERE, acting_user=main)
    return re.search(r"\d{6}", outbox.text_of(OutboxMessage.objects.get())[1]).group()


def test_a_code_reaches_only_the_borrowers_own_number_and_confirms():
    report, main, _second = started()
    code = sent_code(report, main)
    message = OutboxMessage.objects.get()
    assert (message.recipient_kind, message.customer_id) == ("borrower", report.task.customer_id)
    assert message.address == report.task.customer.phone
    assert Delivery.objects.count() == 1
    assert code not in BorrowerConfirmation.objects.get().code_hash
    assert on_site.confirm_by_code(report, "000000" if code != "000000" else "1", acting_user=main) is None
    row = on_site.confirm_by_code(report, code, acting_user=main)
    assert (row.way, row.code_tries, row.confirmed_at is not None) == ("code", 1, True)


def test_a_code_stands_nowhere_in_the_clear():
    report, main, _second = started()
    code = sent_code(report, main)
    message = OutboxMessage.objects.get()
    with connection.cursor() as cursor:
        cursor.execute("SELECT arguments, secrets FROM core_outboxmessage")
        arguments, secrets = cursor.fetchone()
    assert set(json.loads(arguments) if isinstance(arguments, str) else arguments) == {
        "name",
        "inspector",
        "day",
        "minutes",
    }
    assert code not in str(arguments)
    assert secrets.startswith("pl1:")
    assert json.loads(message.secrets) == {"code": code}
    assert message.arguments["name"] == mask_name(report.task.customer.name) != report.task.customer.name


def test_a_code_expires_and_is_not_guessed():
    report, main, _second = started()
    code = sent_code(report, main)
    with pytest.raises(Refused, match="soon"):
        on_site.send_code(report, signer=WU, spot=HERE, acting_user=main)
    for _try in range(5):
        assert on_site.confirm_by_code(report, "x", acting_user=main) is None
    with pytest.raises(Refused, match="tries"):
        on_site.confirm_by_code(report, code, acting_user=main)
    BorrowerConfirmation.objects.update(code_tries=0, code_sent_at=timezone.now() - timedelta(minutes=11))
    with pytest.raises(Refused, match="expired"):
        on_site.confirm_by_code(report, code, acting_user=main)


def test_without_a_phone_no_code_is_sent():
    report, main, _second = started()
    report.task.customer.phone = ""
    report.task.customer.save()
    with pytest.raises(Refused, match="no_phone"):
        on_site.send_code(report, signer=WU, spot=HERE, acting_user=main)
    assert not OutboxMessage.objects.exists()


def test_a_refusal_is_written_down_with_its_reason():
    report, main, _second = started()
    with pytest.raises(Refused, match="reason"):
        on_site.borrower_refuses(report, "无", signer=WU, spot=HERE, acting_user=main)
    row = on_site.borrower_refuses(report, "称须先问过股东", signer=WU, spot=HERE, acting_user=main)
    assert (row.way, row.reason) == ("refused", "称须先问过股东")


def test_a_new_confirmation_voids_the_former_which_stays():
    report, main, _second = started()
    first = on_site.borrower_refuses(report, "称须先问过股东", signer=WU, spot=HERE, acting_user=main)
    on_site.confirm_by_hand(report, STROKES, signer=WU, spot=HERE, acting_user=main)
    first.refresh_from_db()
    assert first.voided_at is not None
    assert on_site.standing_confirmation(report).way == "drawn"


def test_the_script_gets_parts_of_the_page_or_a_sentence():
    report, main, _second = begun(place="on_site")
    client = logged_in(main)

    def post(part, **body):
        address = f"/inspections/reports/{report.pk}/{part}"
        return client.post(address, json.dumps(body), content_type="application/json")

    early = post("confirm/hand", strokes=STROKES, name="吴建平")
    assert (early.status_code, early.json()["code"]) == (409, "not_started")
    assert post("visit/start", latitude=26.075, longitude=119.3).json()["outcome"] == "started"
    done = post("confirm/hand", strokes=STROKES, name="吴建平", post="财务总监").json()
    assert "<svg" in done["confirmation"]
    assert post("visit/end").json()["outcome"] == "ended"


def test_what_was_ordered_on_site_and_done_from_the_desk_is_not_handed_in_and_flagged():
    report, main, _second = begun()
    assert report.task.place == "on_site"
    row = report.answers.get(question="overview.way")
    assert row.value == ["on_site"]
    save_answers(report, [Change("overview.way", row.version, value=["accounts"])], acting_user=main)
    form = report_form.form_of(report)
    assert "overview.way" in {problem.question for problem in form.problems()}
    shown = report_pages.sections(form, form.states())
    titles = [flag.title for flag in report_flags.flags(report, form, shown, [])]
    assert "要求现场检查，实际未到现场" in titles
