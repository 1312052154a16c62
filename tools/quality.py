#!/usr/bin/env python3
"""Every check that needs no test: `make quality`. All run, then the failures are told apart by name."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PYTHON = sys.executable

# Stands for a bank's environment: enough to load the production settings, of no use anywhere else.
KEY = base64.b64encode(bytes(32)).decode()
PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "postloan.settings.production",
    "POSTLOAN_SECRET_KEY": "only-to-check-the-settings-" + "0123456789abcdefghijklmnopqrstuvwxyz" * 2,
    "POSTLOAN_HOSTS": "postloan.bank.example",
    "POSTLOAN_DATA_KEYS": f"check:{KEY}",
    "POSTLOAN_INDEX_KEY": KEY,
    "DATABASE_URL": "sqlite://",
    "REDIS_URL": "memory://",
    "POSTLOAN_GATEWAY_URL": "https://gateway.bank.example/send",
    "POSTLOAN_GATEWAY_SECRET": "only-to-check-the-settings",
    "POSTLOAN_MAIL_HOST": "mail.bank.example",
    "POSTLOAN_MAIL_SENDER": "postloan@bank.example",
    "POSTLOAN_STAFF_MAIL_DOMAIN": "bank.example",
}
TEST = {"DJANGO_SETTINGS_MODULE": "postloan.settings.test", "DATABASE_URL": "sqlite://"}


@dataclass(frozen=True)
class Check:
    name: str
    command: list[str | Path]
    environment: dict[str, str] = field(default_factory=dict)

    def run(self) -> tuple[bool, str, float]:
        started = time.monotonic()
        done = subprocess.run(
            [str(part) for part in self.command],
            cwd=ROOT,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode == 0, done.stdout + done.stderr, time.monotonic() - started


CHECKS = [
    Check("style", [BIN / "ruff", "check", "--quiet", "."]),
    Check("format", [BIN / "ruff", "format", "--check", "--quiet", "."]),
    Check("clock", [PYTHON, "tools/clock_rule.py"]),
    Check("templates", [BIN / "djlint", "--lint", "--quiet", "templates"]),
    Check("words in templates", [PYTHON, "tools/template_words.py"]),
    Check("messages", [PYTHON, "tools/messages.py", "check"]),
    Check("layers", [BIN / "lint-imports", "--no-cache"]),
    Check("types", [BIN / "mypy"], TEST),
    Check("migrations", [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"], TEST),
    Check("production settings", [PYTHON, "manage.py", "check", "--deploy", "--fail-level", "WARNING"], PRODUCTION),
]


def main(names: list[str]) -> int:
    failed = []
    for check in CHECKS:
        if names and check.name not in names:
            continue
        well, said, seconds = check.run()
        print(f"{'ok    ' if well else 'FAILED'} {check.name:<20} {seconds:5.1f} s", flush=True)
        if not well:
            failed.append(check.name)
            print(said.strip(), flush=True)
    print(f"failed: {', '.join(failed)}" if failed else "all quality checks passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
