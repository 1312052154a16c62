"""Where extracts wait: folders of the inbox, and uploaded archives unpacked beside them."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from postloan.core import jobs
from postloan.core.jobs import Claim
from postloan.core.models import JobRun
from postloan.imports import archive
from postloan.imports.folder import MANIFEST
from postloan.imports.jobs import IMPORT_EXTRACT
from postloan.imports.models import Extract, ExtractState
from postloan.imports.refusals import ExtractRefused

NAME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
UPLOADS = "uploads"
ZIP = ".zip"


@dataclass(frozen=True)
class Waiting:
    """A folder of the inbox, and whether an extract of its name has been applied."""

    name: str
    is_applied: bool


def waiting() -> list[Waiting]:
    """The folders of the inbox in the order of their dates."""
    root = Path(settings.INBOX_DIR)
    if not root.is_dir():
        return []
    names = sorted(
        entry.name
        for entry in root.iterdir()
        if NAME.fullmatch(entry.name) and entry.is_dir() and not entry.is_symlink() and (entry / MANIFEST).is_file()
    )
    done = set(Extract.objects.filter(state=ExtractState.APPLIED).values_list("business_date", flat=True))
    applied = {day.isoformat() for day in done if day is not None}
    return [Waiting(name, name in applied) for name in names]


def request_folder(name: str, *, acting_user: Any) -> JobRun:
    """Asks for the import of a folder of the inbox. Raises ExtractRefused where there is none of that name."""
    if not NAME.fullmatch(name) or name not in {folder.name for folder in waiting()}:
        raise ExtractRefused("no_such_folder", folder=name[:60])
    return _request(name, shard_of(name), "", acting_user)


def request_arrival(name: str) -> JobRun:
    """Asks for the import of a folder or an archive that has come into the inbox."""
    return _request(name, shard_of(name), name if name.endswith(ZIP) else "", None)


def shard_of(name: str) -> str:
    return f"inbox:{name}"


def is_there(run: JobRun) -> bool:
    """Whether what an import was asked for still lies in the inbox: an upload is purged with its refusal."""
    return (Path(settings.INBOX_DIR) / str(run.arguments.get("path", ""))).exists()


def receive_upload(file: IO[bytes], *, acting_user: Any, name: str = "") -> JobRun:
    """Unpacks an uploaded archive and asks for its import. Raises ExtractRefused where it is not safe to unpack."""
    root = Path(settings.INBOX_DIR) / UPLOADS
    folder, digest = archive.unpack(file, root, name=name)
    return _request(str(folder.relative_to(settings.INBOX_DIR)), f"upload:{digest[:32]}", name, acting_user)


def _request(path: str, shard: str, name: str, acting_user: Any) -> JobRun:
    return jobs.request(
        IMPORT_EXTRACT, shard=shard, arguments={"path": path, "archive": name[:200]}, acting_user=acting_user
    )


def import_requested(claim: Claim) -> Extract:
    """The work of the job: takes in the folder and purges an upload that was applied or refused."""
    from postloan.imports.services import import_folder

    root = Path(settings.INBOX_DIR)
    relative = str(claim.arguments["path"])
    path = root / relative
    is_upload = relative.startswith(f"{UPLOADS}/")
    if not is_upload and relative.endswith(ZIP):
        with path.open("rb") as file:
            path, _digest = archive.unpack(file, root / UPLOADS, name=relative)
        is_upload = True
    try:
        extract = import_folder(
            path,
            acting_user=claim.run.requested_by,
            progress=claim.progress,
            guard=claim.check,
            archive=str(claim.arguments.get("archive", "")),
        )
    except ExtractRefused as refusal:
        if is_upload and refusal.code != "already_running":
            shutil.rmtree(path.parent, ignore_errors=True)
        raise
    if is_upload:
        shutil.rmtree(path.parent, ignore_errors=True)
    return extract
