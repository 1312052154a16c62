"""The demonstration as `make demo` makes it, at a small size: every command runs, and its log-ins open pages."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from postloan.core import business_date
from postloan.inspections.models import Report
from postloan.nightly.management.commands import demo_up
from postloan.nightly.models import NightRun

# Every date commits, as it does there.
pytestmark = pytest.mark.django_db(transaction=True)
POSTS = ("account_manager", "branch_head", "risk_officer", "data_officer", "system_administrator")


def test_every_step_runs_and_every_log_in_that_is_printed_works(
    monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(demo_up, "BANK", {"customers": 60, "months": 3, "seed": 7})
    said = io.StringIO()
    call_command("demo_up", no_serve=True, stdout=said)
    lines = said.getvalue().partition("Worth a look")[0].splitlines()
    assert not NightRun.objects.exclude(state="done").exists()
    dates = sorted(path.name for path in (tmp_path / "demo-extracts").iterdir())
    assert business_date.last_closed().isoformat() == dates[-1]
    assert Report.objects.filter(state="approved").exists(), "its people have worked"
    assert "/          the log-in page" in said.getvalue()
    assert Client().get("/", follow=True).redirect_chain[0][0].startswith("/login")
    rows = {line.split()[0]: line.split()[1:3] for line in lines if line.startswith("  ") and len(line.split()) > 4}
    for post in POSTS:
        number, password = rows[post]
        client = Client()
        entered = client.post("/login", {"username": number, "password": password}, follow=True)
        assert entered.status_code == 200, post
        home = client.get("/", follow=True)
        assert (home.status_code, "/login" in str(home.redirect_chain)) == (200, False), post
    again = io.StringIO()
    call_command("demo_up", no_serve=True, stdout=again)
    assert "business dates" not in again.getvalue(), "what is there is not made again"
