"""What has come into the inbox by itself: dated folders and archives, and whether they are complete.

Nothing here is believed. A manifest that cannot be read counts as complete, so that the import says what is wrong.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

from postloan.imports.folder import MANIFEST, MANIFEST_LIMIT, read_manifest
from postloan.imports.inbox import NAME, ZIP
from postloan.imports.refusals import ExtractRefused

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Arrival:
    """One extract of the inbox. `missing` names what it announces and has not brought yet."""

    name: str
    day: date
    missing: str
    # When anything of it was last written, moved or renamed.
    changed_at: datetime
    corrects_with: int | None = None


def following(day: date | None, revision: int | None) -> list[Arrival]:
    """The extracts that come after the last applied one, in order; first a correction of it, if there is one."""
    found: list[Arrival] = []
    for path in sorted(_dated()):
        of = date.fromisoformat(path.name[:10])
        if day is not None and of < day:
            continue
        arrival = _look_at(path, of)
        if arrival is None or (of == day and arrival.corrects_with != (revision or 0) + 1):
            continue
        if of != day and any(other.day == of for other in found):
            continue
        found.append(arrival)
    return found


def _dated() -> list[Path]:
    root = Path(settings.INBOX_DIR)
    if not root.is_dir():
        return []
    return [path for path in root.iterdir() if _is_date(path.name.removesuffix(ZIP)) and not path.is_symlink()]


def _is_date(name: str) -> bool:
    try:
        return bool(NAME.fullmatch(name) and date.fromisoformat(name))
    except ValueError:
        return False


def _look_at(path: Path, day: date) -> Arrival | None:
    """None where somebody has taken it away or it is still being written."""
    try:
        if path.is_dir():
            names = {entry.name for entry in path.iterdir()}
            raw = read_manifest(path) if MANIFEST in names else None
            changed = max(entry.lstat().st_ctime for entry in (path, *path.iterdir()))
        else:
            names, raw = _zip(path)
            changed = path.lstat().st_ctime
    except ExtractRefused:
        names, raw, changed = set(), b"", path.lstat().st_ctime
    except (OSError, zipfile.BadZipFile):
        return None
    moment = EPOCH + timedelta(seconds=changed)
    if raw is None:
        return Arrival(path.name, day, MANIFEST, moment)
    manifest = _parsed(raw)
    files = manifest.get("files")
    announced = set(files) if isinstance(files, dict) else set()
    missing = min(announced - names, default="")
    revision = manifest.get("revision")
    corrects = revision if manifest.get("corrects") is True and isinstance(revision, int) else None
    return Arrival(path.name, day, missing, moment, corrects)


def _zip(path: Path) -> tuple[set[str], bytes | None]:
    """The names in an archive without their folder, and the manifest. An archive half copied is none yet."""
    with zipfile.ZipFile(path) as archive:
        members = {Path(info.filename).name: info for info in archive.infolist()}
        info = members.get(MANIFEST)
        if info is None or info.file_size > MANIFEST_LIMIT or info.flag_bits & 1:
            return set(members), b""
        try:
            return set(members), archive.read(info)
        except (NotImplementedError, EOFError, RuntimeError):
            return set(members), b""


def _parsed(raw: bytes) -> dict[str, Any]:
    try:
        manifest = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return manifest if isinstance(manifest, dict) else {}
