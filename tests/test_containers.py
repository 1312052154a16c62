"""The reference for the server mode, read as data: no Docker engine is needed to see that it hangs together."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
OURS = [name for name, service in SERVICES.items() if service.get("image", "").startswith("postloan")]


def test_the_services_are_the_five_and_the_migrations() -> None:
    assert set(SERVICES) == {"web", "worker", "beat", "database", "redis", "migrate"}
    assert set(OURS) == {"web", "worker", "beat", "migrate"}


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate"}))
def test_each_service_says_how_it_is_and_comes_back(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_the_others_wait_for_the_migrations_and_these_for_the_database() -> None:
    assert SERVICES["migrate"]["restart"] == "no"
    assert SERVICES["migrate"]["depends_on"]["database"]["condition"] == "service_healthy"
    for name in set(OURS) - {"migrate"}:
        assert SERVICES[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_health_checks_ask_for_what_the_script_knows(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"] == ["CMD", "python", "tools/health.py", name]
    assert f'"{name}": {name}' in (ROOT / "tools" / "health.py").read_text()


@pytest.mark.parametrize("name", ["worker", "beat"])
def test_the_commands_exist(name: str) -> None:
    command = SERVICES[name]["command"]
    assert command[:4] == ["celery", "-A", "postloan", name]
    ended = subprocess.run(
        [sys.executable, "-m", *command[:4], "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for option in command[4:]:
        if option.startswith("--"):
            assert option.split("=")[0] in ended.stdout, f"{name} knows no {option}"


def test_every_volume_is_declared_and_every_variable_explained() -> None:
    used = {mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", [])}
    assert used == set(COMPOSE["volumes"])
    variables = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    explained = set(re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    production = (ROOT / "postloan" / "settings" / "production.py").read_text()
    demanded = set(re.findall(r'env\.\w+\("(\w+)"\)', production)) - {"DATABASE_URL", "REDIS_URL"}
    assert variables | demanded <= explained
    assert {"POSTLOAN_DATA_KEYS", "POSTLOAN_INDEX_KEY"} <= explained


def test_every_way_out_of_the_house_is_explained() -> None:
    """What settings and channels read for messages stands in the example and in the manual."""
    sources = ["postloan/settings/base.py", "postloan/core/channels.py"]
    text = "".join((ROOT / source).read_text() for source in sources)
    read = set(re.findall(r'"(POSTLOAN_(?:BORROWER|STAFF|MAIL|GATEWAY)_\w+)"', text))
    assert len(read) == 11
    example, manual = ((ROOT / name).read_text() for name in (".env.example", "docs/operations/running.md"))
    assert read <= set(re.findall(r"^#?(\w+)=", example, re.MULTILINE))
    assert read <= set(re.findall(r"`(POSTLOAN_\w+)`", manual))


def test_the_example_holds_no_secret() -> None:
    for line in (ROOT / ".env.example").read_text().splitlines():
        name, _, value = line.partition("=")
        if not line.startswith("#") and re.search("KEY|PASSWORD|SECRET", name):
            assert value == ""


def test_the_image_runs_as_nobody_and_never_from_inside_the_package() -> None:
    assert "PYTHONSAFEPATH=1" in DOCKERFILE
    assert "PYTHONPATH=/app" in DOCKERFILE
    last_stage = DOCKERFILE.split("\nFROM ")[-1]
    assert re.search(r"^USER 10001:10001$", last_stage, re.MULTILINE)
    assert re.findall(r"^WORKDIR (.*)$", last_stage, re.MULTILINE) == ["/app"]
    assert "HEALTHCHECK" in last_stage


def test_all_that_the_image_copies_is_there_and_let_in() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for sources in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE):
        for source in sources.split():
            assert (ROOT / source).exists(), source
            assert source.split("/")[0] in let_in, source


def test_one_beat_entry_wakes_one_task() -> None:
    from postloan.celery import app
    from postloan.schedule import SCHEDULE

    app.loader.import_default_modules()
    assert [entry["task"] for entry in SCHEDULE.values()] == ["core.run_due"]
    assert "core.run_due" in app.tasks
