"""An absent tool is counted in the last lines; where nothing may be skipped, a skip fails the run."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

TESTS = """
import pytest
from tests.conftest import absent

def test_one():
    pytest.skip(absent("Chromium"))

def test_two():
    pytest.skip(absent("Chromium"))

def test_three():
    pass
"""


@pytest.mark.parametrize(("no_skips", "code"), [("0", 0), ("1", 1)])
def test_skips_are_counted_and_may_be_forbidden(tmp_path, no_skips, code):
    file = tmp_path / "test_some.py"
    file.write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.conftest", "-n", "0"]
    done = subprocess.run(
        [*command, "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(tmp_path), str(file)],
        check=False,
        cwd=ROOT,
        env={**os.environ, "POSTLOAN_NO_SKIPS": no_skips},
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "absent: Chromium: 2 tests skipped" in done.stdout
    assert ("2 skipped, and here nothing may be" in done.stdout) == (no_skips == "1")
    assert "1 passed, 2 skipped" in done.stdout
