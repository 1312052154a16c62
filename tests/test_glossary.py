"""The glossary says what the code and the catalogue say."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_the_glossary_is_up_to_date():
    done = subprocess.run(
        [sys.executable, "tools/glossary.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
