"""`manage.py demo_up`: each step once, refusals before the work, log-ins for the reader."""

import json
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from postloan.core import embedded
from postloan.core.models import BusinessDate
from postloan.nightly.management.commands import demo_up

pytestmark = pytest.mark.django_db

DAYS = ("2026-01-31", "2026-02-28")
LOGINS = [
    {"post": "account_manager", "staff_no": "LZ00001", "password": "one"}
    | {"role": "客户经理", "name": "张伟", "branch": "城东支行"},
    {"post": "branch_head", "staff_no": "LZ02", "password": "another"}
    | {"role": "支行行长", "name": "李娜", "branch": "城东支行"},
]


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> list[tuple[str, dict[str, Any]]]:
    """The commands that are called, without their work; `make_demo_bank` leaves two empty extracts."""
    settings.VAR_DIR = tmp_path
    called: list[tuple[str, dict[str, Any]]] = []

    def call(name: str, *arguments: str, **options: Any) -> None:
        called.append((name, options))
        if name == "make_demo_bank":
            for day in DAYS:
                (Path(arguments[0]) / day).mkdir(parents=True)
                (Path(arguments[0]) / day / "manifest.json").touch()
            Path(f"{arguments[0]}-truth.json").touch()
        if name == "replay":
            for day in DAYS:
                options["stdout"].write(f"{day}: applied\n")
                options["stdout"].write(f"{day}: closed\n")
        if name == "make_demo_logins":
            options["stdout"].write(json.dumps(LOGINS))

    monkeypatch.setattr(demo_up, "call_command", call)
    return called


def run(**options: Any) -> str:
    said = StringIO()
    call_command("demo_up", stdout=said, **{"no_serve": True, **options})
    return said.getvalue()


def close(day: str) -> None:
    moment = timezone.now()
    BusinessDate.objects.create(date=date.fromisoformat(day), opened_at=moment, closed_at=moment + timedelta(seconds=1))


def test_the_first_time_makes_everything(steps: list[tuple[str, dict[str, Any]]], tmp_path: Path) -> None:
    said = run()
    assert [name for name, _options in steps] == ["make_demo_bank", "replay", "name_institution", "make_demo_logins"]
    bank = steps[0][1]
    assert (bank["customers"], bank["months"], bank["seed"]) == (350, 12, 7)
    assert sorted(path.name for path in (tmp_path / "demo-extracts").iterdir()) == list(DAYS)
    assert {path.name for path in tmp_path.iterdir()} >= {"demo-extracts", "demo-extracts-truth.json"}
    assert not (tmp_path / ".demo-draft").exists()
    assert "2 business dates, each with its extract, its night and people at work … 1 2 " in said


def test_the_second_time_makes_nothing_again(steps: list[tuple[str, dict[str, Any]]]) -> None:
    run()
    close(DAYS[1])
    steps.clear()
    run()
    assert [name for name, _options in steps] == ["make_demo_logins"]


def test_what_was_broken_off_is_gone_on_with(steps: list[tuple[str, dict[str, Any]]]) -> None:
    run()
    close(DAYS[0])
    steps.clear()
    run()
    assert [name for name, _options in steps] == ["replay", "name_institution", "make_demo_logins"]


def test_a_reader_finds_the_address_and_a_log_in_for_each_role(
    steps: list[tuple[str, dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", "8123")
    said = run()
    assert "http://localhost:8123/" in said
    assert "  account_manager  LZ00001  one      客户经理 张伟 城东支行" in said
    assert "  branch_head      LZ02     another  支行行长 李娜 城东支行" in said


def test_it_serves_in_the_end_on_the_port_asked_for(
    steps: list[tuple[str, dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", "0")
    with pytest.raises(CommandError, match="PORT is '0'"):
        run()
    monkeypatch.setenv("PORT", "18123")
    run(no_serve=False)
    assert steps[-1][0] == "serve"
    assert steps[-1][1]["port"] == 18123


def test_what_would_stop_serving_is_said_before_the_work(
    steps: list[tuple[str, dict[str, Any]]], tmp_path: Path
) -> None:
    with (
        embedded.only_one(tmp_path / "serve.lock", "process 1, port 8000"),
        pytest.raises(CommandError, match=r"already running \(process 1, port 8000\)"),
    ):
        run(no_serve=False)
    assert steps == []


def test_a_banks_own_installation_is_no_demonstration(steps: list[tuple[str, dict[str, Any]]], settings: Any) -> None:
    settings.IS_DEMONSTRATION = False
    with pytest.raises(CommandError, match="no demonstration"):
        run()
    assert steps == []
