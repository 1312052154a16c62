"""Extracts that come into the inbox are applied and closed by themselves, in order; what is refused stops the line."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.urls import reverse

from postloan.core import findings, jobs
from postloan.core.business_date import SHANGHAI
from postloan.core.models import BusinessDate, Finding, JobRun, JobState
from postloan.nightly import alarms, inbox
from postloan.nightly.models import NightRun
from tests.factories.core import ParameterFactory
from tests.factories.organization import PASSWORD, StaffFactory
from tests.test_imports.extracts import Small

pytestmark = pytest.mark.django_db

DAYS = ("2026-03-31", "2026-04-30", "2026-05-31")


@pytest.fixture(autouse=True)
def folder(settings, tmp_path: Path) -> Path:
    settings.INBOX_DIR = tmp_path / "inbox"
    settings.INBOX_DIR.mkdir()
    return settings.INBOX_DIR


def write(day: str, folder: Path, **broken: object) -> Path:
    small = Small(day=day)
    if day != DAYS[0]:
        for name in ("repayments", "payments_out", "deductions", "account_entries", "financial_statements"):
            small.rows[name] = []
    small.manifest.update(broken)
    return small.write(folder)


def closed() -> list[str]:
    return [
        str(day) for day in BusinessDate.objects.exclude(closed_at=None).order_by("date").values_list("date", flat=True)
    ]


def test_several_that_wait_are_applied_and_closed_in_order_each_with_its_night(folder):
    for day in reversed(DAYS):
        write(day, folder)
    assert jobs.run_due() >= 6
    assert closed() == list(DAYS)
    nights = NightRun.objects.order_by("id").values_list("business_date", "state")
    assert [(str(day), state) for day, state in nights] == [(day, "done") for day in DAYS]
    assert jobs.run_due() == 0


def test_an_archive_is_taken_in_like_a_folder(folder):
    path = write(DAYS[0], folder)
    shutil.make_archive(str(folder / DAYS[0]), "zip", path)
    shutil.rmtree(path)
    jobs.run_due()
    assert closed() == [DAYS[0]]
    assert list((folder / "uploads").iterdir()) == []
    assert jobs.run_due() == 0


def test_what_is_not_complete_holds_the_line_and_goes_on_when_it_is(folder):
    path = write(DAYS[0], folder)
    write(DAYS[1], folder)
    (path / "loans.csv").rename(folder / "late")
    assert jobs.run_due() == 0
    assert "loans.csv" in inbox.line().sentence
    (folder / "late").rename(path / "loans.csv")
    jobs.run_due()
    assert closed() == list(DAYS[:2])


def test_half_an_archive_and_other_names_are_nothing_yet(folder):
    (folder / f"{DAYS[0]}.zip").write_bytes(b"PK\x03\x04 half of it")
    (folder / "2026-02-31").mkdir()
    (folder / "readme.txt").write_text("hello")
    assert inbox.line() is None
    assert jobs.run_due() == 0


def test_a_refused_one_stops_the_line_without_spinning_until_it_is_delivered_anew(folder):
    path = write(DAYS[0], folder)
    write(DAYS[1], folder)
    (path / "loans.csv").write_bytes(b"something else")
    assert jobs.run_due() == 1
    assert [jobs.run_due() for _ in range(3)] == [0, 0, 0]
    run = JobRun.objects.get()
    assert (run.state, run.attempts) == (JobState.FAILED, 1)
    assert "loans.csv" in inbox.line().sentence
    shutil.rmtree(path)
    write(DAYS[0], folder)
    jobs.run_due()
    assert closed() == list(DAYS[:2])


def test_a_failed_night_stops_the_line_and_the_button_starts_it_again(folder, client, monkeypatch):
    from postloan.nightly import services

    write(DAYS[0], folder)
    write(DAYS[1], folder)

    def refuse(**_given: object) -> None:
        raise services.NightRefused("not today")

    with monkeypatch.context() as patched:
        patched.setattr(services, "run_night", refuse)
        jobs.run_due()
        assert jobs.run_due() == 0
    run = JobRun.objects.get(job="run_night")
    assert run.state == JobState.FAILED
    officer(client)
    text = client.get(reverse("nightly:nights")).content.decode()
    assert "not today" in text
    assert reverse("nightly:run", args=[run.pk]) in text
    assert (
        reverse("nightly:run_again", args=[run.pk])
        in client.get(reverse("nightly:run", args=[run.pk])).content.decode()
    )
    assert client.post(reverse("nightly:run_again", args=[run.pk])).status_code == 302
    jobs.run_due()
    assert closed() == list(DAYS[:2])


def test_a_refused_import_has_its_button(folder, client):
    path = write(DAYS[0], folder)
    good = (path / "loans.csv").read_bytes()
    (path / "loans.csv").write_bytes(b"something else")
    jobs.run_due()
    run = JobRun.objects.get()
    officer(client)
    again = reverse("imports:run_again", args=[run.pk])
    assert again in client.get(reverse("imports:run", args=[run.pk])).content.decode()
    (path / "loans.csv").write_bytes(good)
    client.post(again)
    jobs.run_due()
    assert closed() == [DAYS[0]]
    # What has not failed is not asked for again.
    client.post(again)
    run.refresh_from_db()
    assert run.state == JobState.DONE


def officer(client) -> None:
    staff = StaffFactory(post="data_officer")
    client.post("/login", {"username": staff.staff_no, "password": PASSWORD})
    client.cookies[django_settings.LANGUAGE_COOKIE_NAME] = "en"


# ── the alarm ─────────────────────────────────────────────────────────────────────────────────────────────


def at(day: str, hour: int, minute: int = 0) -> datetime:
    return datetime.fromisoformat(f"{day}T{hour:02}:{minute:02}").replace(tzinfo=SHANGHAI).astimezone(UTC)


def waiting(since: datetime) -> inbox.Line:
    return inbox.Line(date(2026, 3, 31), since, None)


@pytest.mark.parametrize(
    ("since", "now", "is_late"),
    [
        (at("2026-04-01", 2), at("2026-04-01", 7, 59), False),
        (at("2026-04-01", 2), at("2026-04-01", 8), True),
        (at("2026-04-01", 9), at("2026-04-01", 23), False),
        (at("2026-04-01", 9), at("2026-04-02", 8), True),
    ],
)
def test_the_alarm_rises_when_the_hour_passes(since, now, is_late):
    found = alarms.late(waiting(since), now=now)
    assert (found is not None) is is_late


def test_the_hour_is_a_parameter_and_the_first_passing_is_named():
    ParameterFactory(key=alarms.DUE_HOUR, value=6)
    found = alarms.late(waiting(at("2026-04-01", 2)), now=at("2026-04-05", 6))
    assert found is not None
    assert found.due == at("2026-04-01", 6)


def test_nothing_that_came_is_no_alarm_unless_it_is_expected(monkeypatch):
    BusinessDate.objects.create(date=date(2026, 3, 31), opened_at=at("2026-04-01", 1), closed_at=at("2026-04-01", 2))
    assert alarms.late(None, now=at("2026-04-09", 9)) is None
    monkeypatch.setattr(alarms.parameters, "values", lambda *_keys: {alarms.DUE_HOUR: 8, alarms.EXPECTED_WITHIN: 3})
    assert alarms.late(None, now=at("2026-04-03", 9)) is None
    found = alarms.late(None, now=at("2026-04-04", 9))
    assert found is not None
    assert found.day == date(2026, 4, 3)


def test_the_alarm_is_a_finding_on_the_page_and_in_healthz_and_goes_with_the_night(folder, client):
    path = write(DAYS[0], folder)
    (path / "loans.csv").rename(folder / "late")
    real = alarms._last_passing
    tomorrow = datetime.now(UTC) + timedelta(days=2)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(alarms, "_last_passing", lambda hour, _now: real(hour, tomorrow))
        jobs.run_due()
        finding = Finding.objects.get(kind=alarms.NOT_CLOSED, gone_on=None)
        assert DAYS[0] in findings.describe(finding)
        answer = client.get("/healthz")
        assert (answer.status_code, answer.json()["nights_late"]) == (503, 1)
        officer(client)
        assert f"The night of {DAYS[0]} should" in client.get(reverse("nightly:nights")).content.decode()
        (folder / "late").rename(path / "loans.csv")
        jobs.run_due()
        assert not Finding.objects.filter(kind=alarms.NOT_CLOSED, gone_on=None).exists()
        assert client.get("/healthz").json()["nights_late"] == 0
