#!/usr/bin/env python3
"""Writes all locks anew: `make lock`. None of them may name an address (see tests/test_conventions.py)."""

import json
import subprocess
import sys
from pathlib import Path

import assets

ROOT = Path(__file__).resolve().parent.parent
UV = Path(sys.executable).with_name("uv")
COMPILE = [
    UV,
    "pip",
    "compile",
    "--universal",
    "--generate-hashes",
    "--no-header",
    "--python-version",
    "3.11",
]
PYTHON_LOCKS = {
    "requirements.lock": ["pyproject.toml"],
    "requirements-dev.lock": ["pyproject.toml", "--extra", "dev"],
    "tools/bootstrap.lock": ["tools/bootstrap.in", "--no-annotate"],
    "tools/node.lock": ["tools/node.in", "--no-annotate"],
}


def lock_python(upgrade: bool) -> None:
    for lock, sources in PYTHON_LOCKS.items():
        options = ["--quiet", "--upgrade"] if upgrade else ["--quiet"]
        subprocess.run([*COMPILE, *options, "-o", lock, *sources], cwd=ROOT, check=True)


def lock_pages() -> None:
    """npm copies the packages' requests for donations, with addresses, into the lock: those go."""
    npm = assets.npm_of_the_system() or assets.npm_of_our_own()
    options = ["install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund"]
    subprocess.run([*npm, *options], cwd=ROOT, env=assets.npm_environment(npm), check=True)
    path = ROOT / "package-lock.json"
    lock = json.loads(path.read_text())
    for package in lock["packages"].values():
        package.pop("funding", None)
    path.write_text(json.dumps(lock, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    lock_python(upgrade="--upgrade" in sys.argv[1:])
    lock_pages()
