"""Evidence comes in pieces, is kept once, shown as a copy, met again, and removed with a trace."""

from __future__ import annotations

import json

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage

from postloan.core.models import Event
from postloan.inspections.file_checks import Refusal
from postloan.inspections.models import Evidence, StoredFile, Upload
from postloan.inspections.report_form import problems_of
from postloan.inspections.services import evidence as services
from postloan.inspections.services.evidence import Taken
from postloan.inspections.services.refusals import Refused
from tests.factories import StaffFactory
from tests.test_inspections.forms import begun, logged_in
from tests.test_inspections.hostile import pdf, picture

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _storage(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}},
    }


def send(report, person, content, *, name="厂区.jpg", question="photos.site", piece=4000):
    upload = services.start_upload(report, question=question, name=name, size=len(content), acting_user=person)
    for offset in range(0, len(content), piece):
        upload = services.take_piece(
            upload, offset=offset, piece=content[offset : offset + piece], taken=Taken(), acting_user=person
        )
    return upload


def test_a_photo_sent_in_pieces_is_kept_whole_by_its_hash():
    report, main, _second = begun()
    content = picture(size=(800, 600))
    upload = send(report, main, content)
    one = upload.evidence
    assert (one.original.size, one.original.content_type, one.name) == (len(content), "image/jpeg", "厂区.jpg")
    with services.files.open_file(one.original) as kept:
        assert kept.read() == content
    assert one.shown.sha256 != one.original.sha256
    assert services.files.piece_names(upload.key) == []
    report.refresh_from_db()
    assert report.version == 2
    assert Event.objects.filter(code="inspections.evidence_added", actor=main).exists()


def test_an_interrupted_upload_goes_on_where_it_stopped():
    report, main, _second = begun()
    content = picture()
    upload = services.start_upload(report, question="photos.site", name="a.jpg", size=len(content), acting_user=main)
    services.take_piece(upload, offset=0, piece=content[:1000], taken=Taken(), acting_user=main)
    with pytest.raises(services.OutOfStep) as step:
        services.take_piece(upload, offset=0, piece=content[:1000], taken=Taken(), acting_user=main)
    assert step.value.received == 1000
    again = services.start_upload(report, question="photos.site", name="a.jpg", size=len(content), acting_user=main)
    assert (again.key, again.received) == (upload.key, 1000)
    done = services.take_piece(again, offset=1000, piece=content[1000:], taken=Taken(), acting_user=main)
    assert done.evidence is not None
    # The answer to the last piece was lost: asked again, the same answer.
    once_more = services.take_piece(again, offset=1000, piece=content[1000:], taken=Taken(), acting_user=main)
    assert once_more.evidence == done.evidence
    assert Evidence.objects.count() == 1


def test_a_hostile_file_leaves_a_sentence_and_nothing_else():
    report, main, _second = begun()
    upload = send(report, main, b"<html><script>1</script></html>", name="x.jpg")
    assert upload.refused_because
    assert upload.evidence is None
    assert not StoredFile.objects.exists()
    assert services.files.piece_names(upload.key) == []


@pytest.mark.parametrize(("question", "why"), [("site.wages", "question"), ("nobody.asked", "question")])
def test_only_questions_for_files_take_files(question, why):
    report, main, _second = begun()
    with pytest.raises(Refused, match=why):
        services.start_upload(report, question=question, name="a.jpg", size=10, acting_user=main)


def test_sizes_and_pieces_that_do_not_fit_are_refused():
    report, main, _second = begun()
    for size in (0, -5, 10**9):
        with pytest.raises(Refusal):
            services.start_upload(report, question="photos.site", name="a.jpg", size=size, acting_user=main)
    upload = services.start_upload(report, question="photos.site", name="a.jpg", size=10, acting_user=main)
    for piece in (b"", b"x" * 11, b"x" * (services.MOST_PIECE + 1)):
        with pytest.raises(Refused, match="piece"):
            services.take_piece(upload, offset=0, piece=piece, taken=Taken(), acting_user=main)


def test_others_neither_begin_nor_continue_an_upload():
    report, main, second = begun()
    stranger = StaffFactory(post="account_manager", branch=report.task.customer.branch)
    with pytest.raises(PermissionDenied):
        services.start_upload(report, question="photos.site", name="a.jpg", size=10, acting_user=stranger)
    upload = services.start_upload(report, question="photos.site", name="a.jpg", size=10, acting_user=main)
    with pytest.raises(PermissionDenied):
        services.take_piece(upload, offset=0, piece=b"x", taken=Taken(), acting_user=second)


# ── met before ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_photo_met_before_is_flagged_and_must_be_explained():
    former, main, _second = begun()
    first = send(former, main, picture(size=(640, 480))).evidence
    assert first.met_before is None
    report, other, _s = begun(customer=former.task.customer)
    same = send(report, other, picture(size=(640, 480))).evidence
    near = send(report, other, picture(size=(640, 480), quality=60), name="b.jpg").evidence
    fresh = send(report, other, picture(size=(640, 480), shade=90), name="c.jpg").evidence
    assert (same.met_before, near.met_before, fresh.met_before) == (first, first, None)
    assert next(p for p in problems_of(report) if p.question == "photos.site").is_missing is False
    with pytest.raises(Refused, match="reason"):
        services.explain_again(same, "旧的", acting_user=other)
    for one in (same, near):
        services.explain_again(one, "大门本年未变，重拍角度相同", acting_user=other)
    wrong = [p for p in problems_of(report) if p.question == "photos.site" and not p.is_missing]
    assert not wrong or "以前用过" not in wrong[0].text


def test_a_file_is_met_by_its_content_alone():
    former, main, _second = begun()
    one = send(former, main, pdf(), name="发票.pdf", question="photos.papers").evidence
    again = send(former, main, pdf(), name="别的名字.pdf", question="photos.papers").evidence
    assert again.met_before == one
    assert again.original == one.original


def test_removed_evidence_stays_with_who_removed_it():
    report, main, second = begun()
    one = send(report, main, picture()).evidence
    services.remove_evidence(one, acting_user=second)
    one.refresh_from_db()
    assert (one.removed_by, one.removed_at is not None) == (second, True)
    assert default_storage.exists(services.files.path_of(one.original.sha256))
    assert Event.objects.filter(code="inspections.evidence_removed", actor=second).exists()


# ── the addresses ─────────────────────────────────────────────────────────────────────────────────────────


def begin_by_page(client, report, **body):
    return client.post(
        f"/inspections/reports/{report.pk}/uploads",
        json.dumps({"question": "photos.site", "name": "a.jpg", "size": 10, **body}),
        content_type="application/json",
    )


def test_the_script_sends_pieces_and_gets_the_card():
    report, main, _second = begun()
    client, content = logged_in(main), picture()
    address = begin_by_page(client, report, size=len(content)).json()["address"]
    headers = {"Upload-Offset": "0", "X-Latitude": "26.075", "X-Longitude": "119.3"}
    data = client.patch(address, content, content_type="application/octet-stream", headers=headers).json()
    one = Evidence.objects.get(pk=data["id"])
    assert str(one.latitude) == "26.075000"
    assert f"/inspections/evidence/{one.pk}" in data["html"]
    wrong = client.patch(address, b"x", content_type="application/octet-stream", headers={"Upload-Offset": "7"})
    assert wrong.status_code == 409


@pytest.mark.parametrize("offset", ["", "-1", "x", "9" * 30])
def test_a_piece_without_a_place_is_refused(offset):
    report, main, _second = begun()
    client = logged_in(main)
    address = begin_by_page(client, report).json()["address"]
    answer = client.patch(address, b"x", content_type="application/octet-stream", headers={"Upload-Offset": offset})
    assert answer.status_code == 400


def test_files_are_served_so_that_nothing_in_them_runs():
    report, main, _second = begun()
    one = send(report, main, picture() + b"<script>alert(1)</script>").evidence
    client = logged_in(main)
    shown = client.get(f"/inspections/evidence/{one.pk}")
    assert shown.headers["Content-Type"] == "image/jpeg"
    assert b"<script>" not in shown.content
    kept = client.get(f"/inspections/evidence/{one.pk}/original")
    assert kept.headers["Content-Type"] == "application/octet-stream"
    assert kept.headers["Content-Disposition"].startswith("attachment")
    for answer in (shown, kept):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer.headers["Cache-Control"] == "private, no-store"
        answer.close()


def test_another_branchs_files_are_not_there():
    report, main, _second = begun()
    one = send(report, main, picture()).evidence
    upload = Upload.objects.get()
    client = logged_in(StaffFactory(post="account_manager"))
    for path in (f"evidence/{one.pk}", f"evidence/{one.pk}/original", f"uploads/{upload.key}"):
        assert client.get(f"/inspections/{path}").status_code == 404
    change = client.post(f"/inspections/evidence/{one.pk}/change", "{}", content_type="application/json")
    assert change.status_code == 404
    assert begin_by_page(client, report).status_code == 404


def test_a_colleague_may_look_but_not_change():
    report, main, _second = begun()
    one = send(report, main, picture()).evidence
    head = logged_in(StaffFactory(post="branch_head", branch=report.task.customer.branch))
    assert head.get(f"/inspections/evidence/{one.pk}").status_code == 200
    body = json.dumps({"remove": True})
    answer = head.post(f"/inspections/evidence/{one.pk}/change", body, content_type="application/json")
    assert answer.status_code == 403
    one.refresh_from_db()
    assert one.removed_at is None
