"""Files kept once by their content, behind Django's storage."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.utils import timezone

from postloan.inspections.models import StoredFile

PIECE = 1024 * 1024


def path_of(sha256: str) -> str:
    return f"evidence/{sha256[:2]}/{sha256[2:4]}/{sha256}"


def digest(file: Any) -> str:
    file.seek(0)
    found = hashlib.sha256()
    while piece := file.read(PIECE):
        found.update(piece)
    file.seek(0)
    return found.hexdigest()


def keep(file: Any, size: int, *, content_type: str, **facts: Any) -> StoredFile:
    """The row of a file; its bytes are written where no file with this content is there yet."""
    sha256 = digest(file)
    path = path_of(sha256)
    if not default_storage.exists(path):
        default_storage.save(path, File(file, name=sha256))
    mark = facts.get("likeness", "")
    quarters = {f"likeness_{n + 1}": mark[n * 4 : n * 4 + 4] for n in range(4)}
    row, _new = StoredFile.objects.get_or_create(
        sha256=sha256,
        defaults={"size": size, "content_type": content_type, "stored_at": timezone.now(), **facts, **quarters},
    )
    return row


def keep_bytes(content: bytes, *, content_type: str, **facts: Any) -> StoredFile:
    return keep(ContentFile(content), len(content), content_type=content_type, **facts)


def open_file(row: StoredFile) -> Any:
    """Raises FileNotFoundError where the storage has lost it."""
    return default_storage.open(path_of(row.sha256), "rb")


# ── pieces of a file on its way ───────────────────────────────────────────────────────────────────────────


def piece_path(key: str, offset: int) -> str:
    return f"uploads/{key}/{offset:014d}"


def keep_piece(key: str, offset: int, piece: bytes) -> None:
    """A piece sent twice replaces itself."""
    path = piece_path(key, offset)
    if default_storage.exists(path):
        default_storage.delete(path)
    default_storage.save(path, ContentFile(piece))


def piece_names(key: str) -> list[str]:
    try:
        _folders, names = default_storage.listdir(f"uploads/{key}")
    except FileNotFoundError:
        return []
    return sorted(names)


def pieces(key: str) -> Iterator[bytes]:
    for name in piece_names(key):
        with default_storage.open(f"uploads/{key}/{name}", "rb") as opened:
            while part := opened.read(PIECE):
                yield part


def drop_pieces(key: str) -> None:
    for name in piece_names(key):
        default_storage.delete(f"uploads/{key}/{name}")
