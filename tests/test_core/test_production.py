"""The production settings: everything from the environment, and whatever is missing says its name."""

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools.quality import PRODUCTION
from tools.repository import ROOT

pytestmark = pytest.mark.processes

DEMANDED = [
    "POSTLOAN_SECRET_KEY",
    "POSTLOAN_HOSTS",
    "DATABASE_URL",
    "REDIS_URL",
]


def manage(*arguments: str, **environment: str | None) -> subprocess.CompletedProcess[str]:
    return run("manage.py", *arguments, **environment)


def run(*arguments: str, **environment: str | None) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("POSTLOAN_", "DJANGO_"))}
    chosen = {**clean, **PRODUCTION, **environment}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={name: value for name, value in chosen.items() if value is not None},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("name", DEMANDED)
def test_a_missing_setting_stops_the_start_with_its_name(name: str) -> None:
    done = manage("check", **{name: None})
    assert done.returncode != 0
    assert name in done.stderr


@pytest.mark.parametrize("name", ["POSTLOAN_DATA_KEYS", "POSTLOAN_INDEX_KEY"])
def test_without_keys_no_personal_data_is_touched(name: str) -> None:
    probe = "from postloan.core.keys import keyring; keyring()"
    done = manage("shell", "--no-imports", "--command", probe, **{name: None})
    assert done.returncode != 0
    assert name in done.stderr
    short = base64.b64encode(b"short").decode()
    done = manage("shell", "--no-imports", "--command", probe, POSTLOAN_INDEX_KEY=short)
    assert "POSTLOAN_INDEX_KEY must be 32 bytes" in done.stderr


def test_every_file_that_a_style_sheet_names_is_delivered(tmp_path: Path) -> None:
    """The manifest storage refuses a reference that leads nowhere, a source map for one."""
    done = manage("collectstatic", "--noinput", "--verbosity", "0", POSTLOAN_STATIC=str(tmp_path))
    assert done.returncode == 0, done.stderr
    names = {path.name.split(".")[0] for path in (tmp_path / "vendor").glob("*.css")}
    assert {"tabler", "bootstrap-icons"} <= names
    assert list((tmp_path / "vendor" / "licences").glob("*.txt"))


def test_the_settings_pass_djangos_own_check_for_deployment() -> None:
    done = manage("check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "name", ["POSTLOAN_MAIL_HOST", "POSTLOAN_MAIL_SENDER", "POSTLOAN_STAFF_MAIL_DOMAIN", "POSTLOAN_GATEWAY_SECRET"]
)
def test_what_a_channel_lacks_is_named_by_the_check(name: str) -> None:
    done = manage("check", "--deploy", **{name: None})
    assert done.returncode != 0
    assert f"{name} is not set" in done.stderr


@pytest.mark.parametrize(
    "start",
    [
        ("manage.py", "run_scheduler", "--once"),
        ("-c", "import postloan.wsgi"),
        ("-m", "celery", "-A", "postloan", "worker", "--pool", "solo"),
    ],
    ids=["scheduler", "web", "worker"],
)
def test_nothing_that_sends_starts_without_it(start: tuple[str, ...]) -> None:
    done = run(*start, POSTLOAN_MAIL_HOST=None)
    assert done.returncode != 0
    assert "Messages are to go by mail, and POSTLOAN_MAIL_HOST is not set" in done.stderr


def test_mail_is_set_by_the_environment() -> None:
    probe = (
        "from django.conf import settings as s; print(s.EMAIL_HOST, s.EMAIL_PORT, s.EMAIL_USE_TLS, s.EMAIL_USE_SSL,"
        " s.EMAIL_HOST_USER, s.EMAIL_HOST_PASSWORD, s.DEFAULT_FROM_EMAIL)"
    )
    asked = ("shell", "--no-imports", "--command", probe)
    named = {"POSTLOAN_MAIL_USER": "postloan", "POSTLOAN_MAIL_PASSWORD": "secret"}
    said = manage(*asked, **named).stdout.split()
    assert said == ["mail.bank.example", "587", "True", "False", "postloan", "secret", "postloan@bank.example"]
    said = manage(*asked, POSTLOAN_MAIL_SECURITY="tls", POSTLOAN_MAIL_PORT="2465").stdout.split()
    assert said[1:4] == ["2465", "False", "True"]


def test_no_message_goes_to_a_file_unless_somebody_chose_it() -> None:
    probe = "from postloan.core.channels import channel_for; print(channel_for('borrower'), channel_for('staff'))"
    asked = ("shell", "--no-imports", "--command", probe)
    assert manage(*asked).stdout.split() == ["gateway", "mail"]
    assert manage(*asked, POSTLOAN_BORROWER_CHANNEL="file").stdout.split() == ["file", "mail"]
