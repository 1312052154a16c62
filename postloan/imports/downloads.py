"""Rejected rows in clear: a right, a reason, a record. The record is written before a byte is sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from postloan.core import timeline
from postloan.core.models import PersonalDataAccess
from postloan.imports import events
from postloan.imports.models import ExtractFile
from postloan.imports.rejects import stored_csv

DOWNLOAD = "imports.download_rejects"


@transaction.atomic
def open_rejects(file: ExtractFile, *, reason: str, acting_user: Any, address: str | None) -> Iterator[str]:
    """The CSV of a file's rejected rows with the reasons added. Raises PermissionDenied, FileNotFoundError."""
    if not acting_user.has_capability(DOWNLOAD):
        raise PermissionDenied(DOWNLOAD)
    if not file.rejects_file:
        raise FileNotFoundError(file.name)
    PersonalDataAccess.objects.create(
        shown_at=timezone.now(),
        staff=acting_user,
        subject_kind="extract_file",
        subject_key=f"{file.extract.business_date}/{file.file_name}",
        what="rejected_rows",
        reason=reason[:400],
        address=address,
    )
    timeline.record(
        events.REJECTS_DOWNLOADED,
        acting_user=acting_user,
        subject_kind="extract_file",
        subject_key=str(file.pk),
        file=file.file_name,
        business_date_of=str(file.extract.business_date),
        reason=reason[:400],
    )
    return stored_csv(file)
