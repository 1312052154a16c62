"""What belongs to the repository: the files that are committed or could be."""

from __future__ import annotations

import subprocess
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Where there is no git, as in an unpacked archive.
NOT_OURS = {".git", ".venv", "node_modules", "var", "__pycache__", "vendor", "staticfiles", "test-results"}


@lru_cache(maxsize=1)
def all_files() -> tuple[Path, ...]:
    """Every file that git tracks or would track."""
    ask = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        answer = subprocess.run(ask, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        paths = (path for path in ROOT.rglob("*") if not NOT_OURS & set(path.relative_to(ROOT).parts))
    else:
        paths = (ROOT / name for name in answer.split("\0") if name)
    return tuple(sorted(path for path in paths if path.is_file()))


def files_of(*suffixes: str, under: str = "") -> list[Path]:
    return [path for path in all_files() if path.suffix in suffixes and path.is_relative_to(ROOT / under)]
