"""Opens an extract's folder without trusting it: plain files only, no links, nothing that leads elsewhere."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from postloan.imports.refusals import ExtractRefused

MANIFEST = "manifest.json"
MANIFEST_LIMIT = 4 * 1024 * 1024
CHUNK = 1024 * 1024


def open_folder(path: str | Path) -> Path:
    """The folder of an extract. Raises ExtractRefused where it is none, or only a link to one."""
    folder = Path(path)
    try:
        mode = folder.lstat().st_mode
    except (OSError, ValueError):
        raise ExtractRefused("not_a_folder", path=path) from None
    if not stat.S_ISDIR(mode):
        raise ExtractRefused("not_a_folder", path=path)
    return folder


def names_in(folder: Path) -> list[str]:
    """The names in a folder. Raises ExtractRefused where one of them is anything but a regular file."""
    names = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if not entry.is_file(follow_symlinks=False):
                raise ExtractRefused("not_a_regular_file", file=_shown(entry.name))
            names.append(entry.name)
    return sorted(names)


def open_file(folder: Path, name: str) -> int:
    """A descriptor for reading one file. Raises ExtractRefused for links, pipes, devices and names with a path."""
    if name != os.path.basename(name) or name in ("", ".", ".."):
        raise ExtractRefused("bad_file_name", file=_shown(name))
    try:
        descriptor = os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise ExtractRefused("file_missing", file=_shown(name)) from None
    except (OSError, ValueError):
        raise ExtractRefused("not_a_regular_file", file=_shown(name)) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ExtractRefused("not_a_regular_file", file=_shown(name))
    return descriptor


def read_manifest(folder: Path) -> bytes:
    """The bytes of the manifest. Raises ExtractRefused where there is none or it is too large to be one."""
    if not os.path.lexists(folder / MANIFEST):
        raise ExtractRefused("manifest_missing", folder=folder.name)
    with os.fdopen(open_file(folder, MANIFEST), "rb") as handle:
        raw = handle.read(MANIFEST_LIMIT + 1)
    if len(raw) > MANIFEST_LIMIT:
        raise ExtractRefused("manifest_too_large", limit=MANIFEST_LIMIT)
    return raw


def checksum(folder: Path, name: str) -> str:
    digest = hashlib.sha256()
    with os.fdopen(open_file(folder, name), "rb", buffering=0) as handle:
        while chunk := handle.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _shown(name: str) -> str:
    """A name that can be shown and stored, whatever bytes the file system holds."""
    return name.encode("utf-8", "backslashreplace").decode()[:200].replace("\x00", "\\x00")
