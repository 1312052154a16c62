"""What any test may ask for, and how tests speak of tools that are not there.

A test that needs an absent tool is skipped with the reason `absent: <tool>`; the last lines count them. With
POSTLOAN_NO_SKIPS=1, as in .ci/run, a skip of any kind fails the run.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

ROOT = Path(__file__).resolve().parent.parent
NO_SKIPS = os.environ.get("POSTLOAN_NO_SKIPS") == "1"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def absent(tool: str) -> str:
    return f"absent: {tool}"


def runs_on_postgres() -> bool:
    return "postgresql" in settings.DATABASES["default"]["ENGINE"]


# --- markers ------------------------------------------------------------------------------------


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks by what a test asks for, so that nobody forgets; skips what this database cannot show."""
    by_fixture = {"shared": "shared_data", "browser_type_launch_args": "browser"}
    for item in items:
        for fixture, marker in by_fixture.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(marker)
        if item.get_closest_marker("postgres") and not runs_on_postgres():
            item.add_marker(pytest.mark.skip(reason=absent("PostgreSQL")))


# --- the real banks beside the project ----------------------------------------------------------


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the real banks' extracts and the agreed cases: POSTLOAN_SHARED or ../shared."""
    folder = Path(os.environ.get("POSTLOAN_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(absent("the real banks' extracts (POSTLOAN_SHARED)"))
    return folder


@pytest.fixture(scope="session")
def shared_data(shared: Path) -> Path:
    """The folder that holds `extracts/<institution>/<business date>/`."""
    return shared / "data"


# --- the test database --------------------------------------------------------------------------


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    from tests import migrated

    migrated.begin_with_what_was_kept()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Before PostgreSQL drops the test database, sessions that others hold on it are ended.

    A thread of a journey's server may answer a last request of its browser when the journeys are over already; the
    session it opens then would make the drop, and so the whole run, fail.
    """
    from tests import migrated

    with django_db_blocker.unblock():
        migrated.keep()
    yield
    if runs_on_postgres():
        from django.db import connection

        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture(scope="module")
def lasting_database(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Rows built once a module. Its tests ask for `db` too: their own changes are rolled back to these rows.

    The transaction around the module is never committed, so nothing of it reaches the next one.
    """
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


# --- messages -----------------------------------------------------------------------------------


@pytest.fixture
def at_any_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """Borrowers are told whatever the time is at which the tests run."""
    from postloan.core import recipients

    monkeypatch.setattr(recipients, "_hours", {})


# --- a real browser -----------------------------------------------------------------------------


def find_chromium() -> str | None:
    named = os.environ.get("POSTLOAN_CHROMIUM")
    return named or next(filter(None, (shutil.which(name) for name in CHROMIUM_NAMES)), None)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium instead of one that Playwright would download; it asks nobody for anything."""
    chromium = find_chromium()
    if chromium is None:
        pytest.skip(absent("Chromium"))
    # Playwright keeps an event loop running in the thread in which the tests use the ORM.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    flags = [
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    if os.geteuid() == 0:
        flags.append("--no-sandbox")
    return {**browser_type_launch_args, "executable_path": chromium, "args": flags}


@pytest.fixture(scope="session")
def base_url() -> str:
    """Pages are asked for at `live_server.url`; pytest-base-url's own fixture is one that pytest 9 warns about."""
    return ""


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {
        **browser_context_args,
        "locale": "zh-CN",
        "timezone_id": "Asia/Shanghai",
        "viewport": {"width": 1440, "height": 900},
    }


# --- the last lines -----------------------------------------------------------------------------


def skip_reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    place = report.longrepr
    text = place[2] if isinstance(place, tuple) else str(place)
    return text.removeprefix("Skipped: ")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    skipped = Counter(skip_reason(report) for report in terminalreporter.stats.get("skipped", ()))
    tools = {reason: count for reason, count in skipped.items() if reason.startswith("absent: ")}
    for reason, count in sorted(tools.items()):
        terminalreporter.write_line(f"{reason}: {count} tests skipped", yellow=True)
    if skipped and NO_SKIPS:
        terminalreporter.write_line(f"{skipped.total()} skipped, and here nothing may be", red=True)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if NO_SKIPS and reporter is not None and reporter.stats.get("skipped") and not session.exitstatus:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(autouse=True)
def _language_of_the_product() -> Iterator[None]:
    """A test that switches the language does not leave it to the next one."""
    from django.utils import translation

    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture(scope="session", autouse=True)
def _emptying_past_the_guards() -> Iterator[None]:
    """After a test with real transactions the database is emptied, states included, which nothing else may do."""
    from django.core.management.commands.flush import Command

    from postloan.core import guards

    handle = Command.handle

    def emptying(*args: Any, **options: Any) -> None:
        with guards.lifted():
            handle(*args, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Command, "handle", emptying)
        yield
