"""Unpacks an uploaded zip without trusting it.

1. Members are plain files in one folder at most; no links, no paths that lead out, no name twice, nothing encrypted.
2. Number, unpacked size and density are limited, by what really comes out and not by what the archive says.
3. What is unpacked lands in a folder of its own and is moved into place whole.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import stat
import tempfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO

from django.conf import settings

from postloan.imports.checks import DATE
from postloan.imports.folder import MANIFEST
from postloan.imports.refusals import ExtractRefused

MOST_MEMBERS = 100
# Text packs to a twentieth; what packs to less than a two-hundredth is meant to fill a disk.
MOST_DENSE = 200
DENSITY_FROM = 8 * 1024 * 1024
CHUNK = 1024 * 1024


def unpack(file: IO[bytes], root: Path, *, name: str = "") -> tuple[Path, str]:
    """The unpacked folder, named by its business date, and the archive's checksum. Raises ExtractRefused."""
    shown = name or "zip"
    digest = _checksum(file)
    root.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=root, prefix="draft-"))
    try:
        with zipfile.ZipFile(file) as archive:
            top = _unpack_members(archive, draft / "content")
        place = root / digest[:32]
        folder_name = top or _announced_date(draft / "content")
        shutil.rmtree(place, ignore_errors=True)
        (draft / "content").rename(draft / folder_name)
        draft.rename(place)
        return place / folder_name, digest
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, UnicodeError) as error:
        raise ExtractRefused("not_a_zip", file=shown) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _checksum(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    while chunk := file.read(CHUNK):
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def _unpack_members(archive: zipfile.ZipFile, target: Path) -> str:
    """Writes the members into `target`; returns the name of the one folder they lie in, or nothing."""
    members = [info for info in archive.infolist() if not _is_folder(info)]
    if len(archive.infolist()) > MOST_MEMBERS:
        raise ExtractRefused("zip_too_many_members", actual=len(archive.infolist()), limit=MOST_MEMBERS)
    names = {info.filename: _plain_name(info) for info in members}
    tops = {top for top, _ in names.values()}
    if len(tops) > 1:
        raise ExtractRefused("zip_bad_member", file=_shown(members[-1].filename))
    top = tops.pop() if tops else ""
    target.mkdir()
    left = settings.EXTRACT_MAX_UNPACKED_BYTES
    seen: set[str] = set()
    for info in members:
        base = names[info.filename][1]
        if base in seen:
            raise ExtractRefused("zip_repeats_member", file=_shown(base))
        seen.add(base)
        left -= _unpack_member(archive, info, target / base, left)
    return top


def _is_folder(info: zipfile.ZipInfo) -> bool:
    if not info.is_dir():
        return False
    parts = PurePosixPath(info.filename).parts
    if len(parts) != 1 or not DATE.fullmatch(parts[0]):
        raise ExtractRefused("zip_bad_member", file=_shown(info.filename))
    return True


def _plain_name(info: zipfile.ZipInfo) -> tuple[str, str]:
    """The folder (none or a date) and the name of a member. Raises ExtractRefused for anything else."""
    name = info.filename
    parts = name.split("/")
    mode = info.external_attr >> 16
    is_special = mode and not stat.S_ISREG(mode) and stat.S_IFMT(mode)
    is_bad = "\\" in name or "\x00" in name or name.startswith("/") or any(p in ("", ".", "..") for p in parts)
    if is_special or is_bad or len(parts) > 2 or ":" in name or len(parts[-1]) > 100:
        raise ExtractRefused("zip_bad_member", file=_shown(name))
    if len(parts) == 2 and not DATE.fullmatch(parts[0]):
        raise ExtractRefused("zip_bad_member", file=_shown(name))
    if info.flag_bits & 0x1:
        raise ExtractRefused("zip_encrypted", file=_shown(name))
    return (parts[0] if len(parts) == 2 else ""), parts[-1]


def _unpack_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, left: int) -> int:
    """Writes one member, watching what really comes out; returns how many bytes."""
    done = 0
    try:
        with archive.open(info) as source, target.open("xb") as sink:
            while chunk := source.read(CHUNK):
                done += len(chunk)
                if done > left:
                    raise ExtractRefused("zip_too_large", limit=settings.EXTRACT_MAX_UNPACKED_BYTES)
                if done > DENSITY_FROM and done > MOST_DENSE * max(info.compress_size, 1):
                    raise ExtractRefused("zip_too_dense", file=_shown(info.filename), limit=MOST_DENSE)
                sink.write(chunk)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError) as error:
        raise ExtractRefused("zip_damaged", file=_shown(info.filename)) from error
    return done


def _announced_date(folder: Path) -> str:
    """The business date the manifest names, for an archive without a folder of its own."""
    try:
        text = str(json.loads((folder / MANIFEST).read_bytes()[: 4 * CHUNK]).get("business_date", ""))
    except (OSError, ValueError, AttributeError, RecursionError):
        text = ""
    return text if DATE.fullmatch(text) else "content"


def _shown(name: str) -> str:
    return name.encode("utf-8", "backslashreplace").decode()[:200].replace("\x00", "\\x00")
