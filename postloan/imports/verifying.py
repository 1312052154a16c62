"""The first stage: is this an extract, is it ours, is it its turn, and are its files the ones announced?

Nothing is written but what the extract said of itself.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from postloan.core import business_date as dates
from postloan.core.models import Institution
from postloan.imports import folder as folders
from postloan.imports import manifest as manifests
from postloan.imports.format import SPECS
from postloan.imports.manifest import Manifest
from postloan.imports.models import Extract, ExtractState
from postloan.imports.reading import DataFile
from postloan.imports.refusals import ExtractRefused

Progress = Callable[[str, int, "int | None"], None]


def verify(extract: Extract, folder: Path, progress: Progress) -> tuple[Manifest, Extract | None]:
    """The manifest, and the extract applied before when this is the same one again. Raises ExtractRefused."""
    manifest = manifests.parse(folders.read_manifest(folder))
    extract.business_date, extract.revision = manifest.business_date, manifest.revision
    extract.institution, extract.currency = manifest.institution, manifest.currency
    extract.manifest, extract.manifest_sha256 = manifest.raw, manifest.sha256
    extract.save()
    if folder.resolve().name != manifest.business_date.isoformat():
        raise ExtractRefused("wrong_folder", folder=folder.resolve().name, date=manifest.business_date)
    _check_institution(manifest)
    _check_files(manifest, folder, progress)
    applied = Extract.objects.filter(
        business_date=manifest.business_date,
        revision=manifest.revision,
        state=ExtractState.APPLIED,
        manifest_sha256=manifest.sha256,
    ).first()
    if applied is None:
        _check_turn(manifest)
    return manifest, applied


def _check_institution(manifest: Manifest) -> None:
    ours = Institution.objects.first()
    if ours is None:
        return
    if ours.code != manifest.institution:
        raise ExtractRefused("other_institution", value=manifest.institution, expected=ours.code)
    if ours.currency != manifest.currency:
        raise ExtractRefused("other_currency", value=manifest.currency, expected=ours.currency)


def _check_files(manifest: Manifest, folder: Path, progress: Progress) -> None:
    listed = {entry.file_name for entry in manifest.files.values()}
    present = set(folders.names_in(folder)) - {folders.MANIFEST}
    for name in sorted(present - listed):
        raise ExtractRefused("file_not_listed", file=name.encode("utf-8", "backslashreplace").decode()[:200])
    for name in sorted(listed - present):
        raise ExtractRefused("file_missing", file=name)
    for place, entry in enumerate(manifest.files.values()):
        progress(ExtractState.VERIFYING, place, len(manifest.files))
        if folders.checksum(folder, entry.file_name) != entry.sha256:
            raise ExtractRefused("wrong_checksum", file=entry.file_name)
    for entry in manifest.files.values():
        with DataFile(folder, SPECS[entry.name], manifest.codec) as file:
            delivered = {column.name for column in file.columns}
        for column in entry.totals:
            if column not in delivered:
                raise ExtractRefused("total_of_unknown_column", column=column, file=entry.file_name)


def _check_turn(manifest: Manifest) -> None:
    """Dates come in order; only the last one may be corrected, by its next revision."""
    last = Extract.objects.filter(state=ExtractState.APPLIED).order_by("-business_date", "-revision").first()
    day, open_day = manifest.business_date, dates.open_date()
    if manifest.is_correction:
        if last is None or last.business_date is None:
            raise ExtractRefused("nothing_to_correct", date=day)
        if day != last.business_date:
            raise ExtractRefused("corrects_other_date", date=day, last=last.business_date)
        if manifest.revision != last.revision + 1:
            raise ExtractRefused("wrong_revision", date=day, expected=last.revision + 1, value=manifest.revision)
        return
    latest = dates.latest()
    if latest is not None and day <= latest:
        raise ExtractRefused("date_not_after_last", date=day, last=latest)
    if open_day is not None:
        raise ExtractRefused("date_open", date=day, last=open_day)
