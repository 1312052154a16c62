"""Taking in an extract: verify, stage, validate, reconcile, apply.

1. Nothing is believed: names, kinds of file, checksums, counts and totals are compared before a row is used.
2. Everything up to applying writes only staging tables, which the next import clears away after a crash.
3. Applying is one transaction. Killed anywhere, the same command can be given again.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import DatabaseError, connection
from django.utils import timezone

from postloan.core import checkpoints, locks
from postloan.imports import corrections, quarantine, reconciling, rejects, staging, verifying
from postloan.imports import folder as folders
from postloan.imports.apply import Work, apply
from postloan.imports.format import SPECS
from postloan.imports.inbox import receive_upload, request_folder
from postloan.imports.manifest import Manifest
from postloan.imports.models import Extract, ExtractState
from postloan.imports.models.extracts import UNDERWAY
from postloan.imports.refusals import ExtractRefused
from postloan.imports.resolving import Batch, check_quarantine_share, resolve

__all__ = ["clear_away", "import_folder", "receive_upload", "request_folder"]

Progress = Callable[[str, int, "int | None"], None]


def _silent(stage: str, done: int, total: int | None) -> None:
    return None


def import_folder(
    path: str | Path,
    *,
    acting_user: Any = None,
    progress: Progress | None = None,
    guard: Callable[[], None] | None = None,
    archive: str = "",
) -> Extract:
    """Takes in the extract in a folder, whole or not at all, and returns it applied.

    The same extract again returns the one applied before. Raises ExtractRefused with nothing changed.
    `guard` is called inside the applying transaction and may raise to give it up.
    """
    try:
        with locks.exclusive("extracts"):
            clear_away()
            folder = folders.open_folder(path)
            extract = Extract.objects.create(
                folder=str(path)[-400:],
                archive=archive,
                requested_by=acting_user,
                received_at=timezone.now(),
            )
            return _Import(extract, folder, progress or _silent, guard or (lambda: None)).run()
    except locks.AlreadyRunning:
        raise ExtractRefused("already_running") from None


def clear_away() -> int:
    """What a killed import left behind: staging tables, and states that say it is still at work.

    To be called by the holder of the lock: nobody else can be at work then.
    """
    staging.drop_all()
    return Extract.objects.filter(state__in=UNDERWAY).update(
        state=ExtractState.FAILED, refusal="interrupted", finished_at=timezone.now()
    )


class _Import:
    """One run over one folder."""

    def __init__(self, extract: Extract, folder: Path, progress: Progress, guard: Callable[[], None]) -> None:
        self.extract = extract
        self.folder = folder
        self.progress = progress
        self.guard = guard
        self.session = connection.connection

    def run(self) -> Extract:
        try:
            return self._run()
        except ExtractRefused as refusal:
            self._end(ExtractState.REFUSED, refusal)
            raise
        except DatabaseError as error:
            # After a transaction Django connects anew by itself: the session is then another one.
            if connection.connection is not self.session or locks.is_cut():
                # Says nothing about the extract: whoever asked tries again.
                connection.close()
                self._end(ExtractState.FAILED, ExtractRefused("interrupted"))
                raise
            failure = ExtractRefused("engine", detail=str(error).splitlines()[0][:300] if str(error) else "")
            self._end(ExtractState.REFUSED, failure)
            raise failure from error
        except Exception:
            self._end(ExtractState.FAILED, ExtractRefused("interrupted"))
            raise

    def _run(self) -> Extract:
        self._enter(ExtractState.VERIFYING)
        manifest, applied = verifying.verify(self.extract, self.folder, self.progress)
        if applied is not None:
            self.extract.delete()
            return applied
        batch = Batch(self.extract.pk, manifest)
        self._enter(ExtractState.STAGING)
        self._stage(batch, manifest)
        self._enter(ExtractState.VALIDATING)
        if batch.is_correction:
            corrections.check_leaves_nothing_out(batch)
        resolve(batch)
        check_quarantine_share(batch)
        prepared = {
            name: rejects.prepare(batch, staged, self.folder, manifest.codec)
            for name, staged in batch.delivered.items()
        }
        self._enter(ExtractState.RECONCILING)
        lines = list(reconciling.manifest_lines(batch, self.extract))
        movements = reconciling.stage_movements(batch)
        lines += reconciling.movement_lines(batch, self.extract, movements)
        self._enter(ExtractState.APPLYING)
        apply(Work(batch, self.extract, prepared, lines, movements, self.guard))
        checkpoints.reached("applied")
        staging.drop_all(self.extract.pk)
        self.progress(ExtractState.APPLIED, 1, 1)
        return self.extract

    def _stage(self, batch: Batch, manifest: Manifest) -> None:
        staging.create_rejects(self.extract.pk)
        total = sum(entry.rows for entry in manifest.files.values())
        done = 0
        for name, spec in SPECS.items():
            if name not in manifest.files:
                continue
            staged = staging.stage_file(
                self.extract.pk,
                self.folder,
                manifest.files[name],
                spec,
                codec=manifest.codec,
                business_date=manifest.business_date,
                progress=lambda rows, before=done: self.progress(  # type: ignore[misc]
                    ExtractState.STAGING, before + rows, total
                ),
            )
            staging.finish(staged)
            batch.delivered[name] = staged
            done += staged.rows
            checkpoints.reached(f"staged:{name}")
        quarantine.stage_held(batch)

    def _enter(self, state: ExtractState) -> None:
        self.extract.state = state
        self.extract.save(update_fields=["state"])
        self.progress(state, 0, None)
        checkpoints.reached(state)

    def _end(self, state: ExtractState, refusal: ExtractRefused) -> None:
        if connection.in_atomic_block and connection.needs_rollback:
            return
        refusal.extract_id = self.extract.pk
        staging.drop_all(self.extract.pk)
        # An import that was taken over meanwhile has been ended by its heir.
        Extract.objects.filter(pk=self.extract.pk, state__in=UNDERWAY).update(
            state=state, refusal=refusal.code, refusal_arguments=refusal.arguments, finished_at=timezone.now()
        )
        self.extract.refresh_from_db()
