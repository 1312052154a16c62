"""A folder of extracts, taken in and closed in the order of their dates.

What was applied is skipped and a date left open is closed first, so that an interrupted replay goes on where it
stopped. It stops at the first refusal. Corrections lie in a folder of their own, since a folder bears the name of
its date: each is taken in after the date it corrects has been closed, and before the next one opens.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from pathlib import Path

from django.utils.translation import gettext as _

from postloan.core import business_date, locks
from postloan.core.models import BusinessDate
from postloan.imports.folder import open_folder, read_manifest
from postloan.imports.refusals import ExtractRefused
from postloan.imports.services import import_folder
from postloan.nightly import services
from postloan.nightly.models import RunState
from postloan.nightly.texts import night_sentence

Say = Callable[[str], None]
# Told each date that is closed for good, and the one that follows it; None after the last.
After = Callable[[date, date | None], None]


class ReplayStopped(Exception):
    """The replay cannot go on. The text is for the person who asked."""


def replay(folder: Path, say: Say, corrections: Path | None = None, after: After | None = None) -> int:
    """Imports and closes each extract of a folder of folders; returns how many times a date was closed.

    `after` is called on each date closed, and on the one an earlier run has stopped at: it may have been cut off.
    Raises ReplayStopped at the first extract or night that is refused.
    """
    extracts = _extracts(folder)
    corrected = dict(_extracts(corrections)) if corrections is not None else {}
    last = business_date.latest()
    closed = 0
    if business_date.open_date() is not None:
        closed += _close(say)
    following = dict(pairwise([day for day, _path in extracts]))
    for day, path in extracts:
        if last is not None and day <= last:
            say(_("%(day)s: applied before, skipped") % {"day": day})
        else:
            _apply(path)
            closed += _close(say)
        if day in corrected and day == business_date.latest() and not _is_corrected(day, corrected[day]):
            _apply(corrected[day])
            closed += _close(say)
        if after is not None and day == business_date.last_closed():
            after(day, following.get(day))
    return closed


def _is_corrected(day: date, path: Path) -> bool:
    """Whether the date stands already at the revision that the folder holds."""
    try:
        revision = int(json.loads(read_manifest(open_folder(path)))["revision"])
    except (ExtractRefused, ValueError, KeyError, TypeError):
        # No manifest that could be taken in: the attempt to do so will say why.
        return False
    return BusinessDate.objects.get(date=day).revision >= revision


def _extracts(folder: Path) -> list[tuple[date, Path]]:
    if not folder.is_dir():
        raise ReplayStopped(_("%(folder)s is not a folder.") % {"folder": folder})
    found = []
    for path in sorted(folder.iterdir()):
        if not path.is_dir() or path.name.startswith("."):
            continue
        try:
            found.append((date.fromisoformat(path.name), path))
        except ValueError:
            raise ReplayStopped(
                _("The folder “%(name)s” does not bear a business date.") % {"name": path.name}
            ) from None
    if not found:
        raise ReplayStopped(_("%(folder)s holds no extract.") % {"folder": folder})
    return sorted(found)


def _apply(path: Path) -> None:
    try:
        import_folder(path)
    except ExtractRefused as refusal:
        raise ReplayStopped(f"{path.name}: {refusal}") from refusal


def _close(say: Say) -> int:
    try:
        run = services.run_night()
    except locks.AlreadyRunning as error:
        raise ReplayStopped(_("An extract or another night is at work; try again when it has ended.")) from error
    if run.state != RunState.DONE:
        raise ReplayStopped(night_sentence(run))
    counts = {step.code: step.counts for step in run.steps.all()}
    figures = {"day": run.business_date, **counts["overdue"], **counts["intervals"]}
    say(_("%(day)s: applied and closed, %(looked_at)s loans looked at, %(opened)s states opened") % figures)
    return 1
