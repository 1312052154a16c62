"""How far a run is, where the database cannot say it: on SQLite its one writer is busy with the run itself.

A small file a run under `var/progress`, written by the run's worker and read by the page. Nothing depends on it: it
goes with its run, and whoever finds it missing, broken or left behind by another claim shows what the database says.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
import zlib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from postloan.core.models import JobRun, JobState

_writing = threading.Lock()


def _path(run_id: int) -> Path:
    database = zlib.crc32(str(connection.settings_dict["NAME"]).encode())
    return Path(settings.VAR_DIR) / "progress" / f"{database:08x}-{run_id}.json"


def tell(run: JobRun, fence: int, **said: Any) -> None:
    """Adds to what the run has told; each call is a sign of life. A disk that is full stops no night."""
    with _writing, contextlib.suppress(OSError):
        path = _path(run.pk)
        former = _told(path)
        known = former if former.get("fence") == fence else {}
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps({**known, **said, "fence": fence, "at": timezone.now().isoformat()}))
        draft.replace(path)


def forget(run: JobRun) -> None:
    with _writing, contextlib.suppress(OSError):
        _path(run.pk).unlink(missing_ok=True)


def _told(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def shown(run: JobRun) -> JobRun:
    """The run as it is to be shown: with what its claim has told since, where it is under way. Not to be saved."""
    told = _told(_path(run.pk)) if run.state == JobState.RUNNING else {}
    if told.get("fence") != run.fence:
        return run
    run.stage = told.get("stage", run.stage)
    run.done_count = told.get("done", run.done_count)
    run.total_count = told.get("total", run.total_count)
    run.heartbeat_at = parse_datetime(told["at"]) or run.heartbeat_at
    return run
