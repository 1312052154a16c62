#!/usr/bin/env python3
"""Brings the set-up to what the locks say; `make` runs it before everything else.

    python3 tools/set_up.py run    what the demonstration needs
    python3 tools/set_up.py dev    that, and what tests and quality checks need

Needs Python 3.11 with venv and nothing else. In order: virtual environment, pinned uv, packages by
their hashes, the pages' third-party files, compiled texts. A step whose lock has not changed since is
skipped, so the second run takes no time.
"""

import sys

# Written so that an old Python reads it too and can say what is wrong.
if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit(
        "Python 3.11 or newer is needed, this is {}.{}; name one by `make PYTHON=python3.11 …`.".format(
            *sys.version_info[:2]
        )
    )

import contextlib
import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
STAMP = VENV / "postloan-setup.json"
LOCKS = {"run": ROOT / "requirements.lock", "dev": ROOT / "requirements-dev.lock"}
BOOTSTRAP = ROOT / "tools" / "bootstrap.lock"
CATALOGUE = ROOT / "postloan" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"


def digest(*paths: Path) -> str:
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in paths)).hexdigest()


def read_stamp() -> dict[str, str]:
    try:
        return json.loads(STAMP.read_text())
    except (FileNotFoundError, ValueError):
        return {}


def write_stamp(**values: str) -> None:
    STAMP.write_text(json.dumps({**read_stamp(), **values}, indent=1))


@contextlib.contextmanager
def step(text: str) -> Iterator[None]:
    print(f"  {text} …", end=" ", flush=True)
    started = time.monotonic()
    yield
    print(f"{time.monotonic() - started:.0f} s", flush=True)


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """Two `make` at once: the second waits and then finds everything done."""
    (ROOT / "var").mkdir(exist_ok=True)
    with (ROOT / "var" / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run(*command: str | Path, env: dict[str, str] | None = None) -> None:
    """Runs quietly; what it printed is shown when it fails."""
    done = subprocess.run(
        [str(part) for part in command], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        print("failed", flush=True)
        sys.exit(f"{done.stdout}{done.stderr}\nThis failed: {' '.join(str(part) for part in command)}")


def check_sqlite() -> None:
    """The set-based SQL is written in words that SQLite understands from 3.39 on (docs/decisions/0005)."""
    try:
        import sqlite3
    except ImportError:
        sys.exit("This Python was built without SQLite: install another one and name it, `make PYTHON=…`.")
    if sqlite3.sqlite_version_info < (3, 39):
        sys.exit(f"SQLite 3.39 or newer is needed, this Python has {sqlite3.sqlite_version}.")


def ensure_environment() -> None:
    if VENV_PYTHON.exists():
        check = [VENV_PYTHON, "-c", "import sys, pip; sys.exit(sys.version_info < (3, 11))"]
        if subprocess.run(check, capture_output=True, check=False).returncode == 0:
            return
        shutil.rmtree(VENV)
    if not all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        sys.exit(
            "This Python lacks its venv module: install it"
            " (Debian, Ubuntu: `apt-get install python3-venv`) and run the command again."
        )
    with step("virtual environment"):
        run(sys.executable, "-m", "venv", VENV)


def ensure_uv() -> None:
    if read_stamp().get("uv") == digest(BOOTSTRAP) and (VENV / "bin" / "uv").exists():
        return
    with step("package installer"):
        run(VENV_PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", BOOTSTRAP)
    write_stamp(uv=digest(BOOTSTRAP))


def installer_environment() -> dict[str, str]:
    """uv does not read pip's settings; a bank's own package mirror is usually named there."""
    env = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    if not any(env.get(name) for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_CONFIG_FILE")):
        asked = [VENV_PYTHON, "-m", "pip", "config", "get", "global.index-url"]
        answer = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
        mirror = env.get("PIP_INDEX_URL") or answer
        if mirror:
            env["UV_DEFAULT_INDEX"] = mirror
    return env


def ensure_packages(purpose: str) -> None:
    """The tests' packages contain the demonstration's, so those are enough for both."""
    enough = {digest(LOCKS["dev"])} | ({digest(LOCKS["run"])} if purpose == "run" else set())
    if read_stamp().get("packages") in enough:
        return
    lock = LOCKS[purpose]
    count = sum("==" in line for line in lock.read_text().splitlines())
    with step(f"{count} Python packages"):
        options = ["--quiet", "--require-hashes", "--python", VENV_PYTHON]
        run(VENV / "bin" / "uv", "pip", "sync", *options, lock, env=installer_environment())
    write_stamp(packages=digest(lock))


def ensure_assets() -> None:
    wanted = digest(ROOT / "package-lock.json", ROOT / "tools" / "assets.py")
    if read_stamp().get("assets") == wanted and (ROOT / "static" / "vendor").is_dir():
        return
    with step("style sheets, scripts and icons"):
        run(VENV_PYTHON, ROOT / "tools" / "assets.py")
    write_stamp(assets=wanted)


def ensure_messages() -> None:
    wanted = digest(CATALOGUE)
    if read_stamp().get("messages") == wanted and CATALOGUE.with_suffix(".mo").exists():
        return
    with step("Chinese texts"):
        run(VENV_PYTHON, ROOT / "tools" / "messages.py", "compile")
    write_stamp(messages=wanted)


def main() -> None:
    purpose = sys.argv[1] if len(sys.argv) == 2 else ""
    if purpose not in LOCKS:
        sys.exit(__doc__)
    check_sqlite()
    with only_one():
        ensure_environment()
        ensure_uv()
        ensure_packages(purpose)
        ensure_assets()
        ensure_messages()


if __name__ == "__main__":
    main()
