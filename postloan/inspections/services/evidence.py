"""Evidence: brought in pieces, checked when whole, kept by its content, met again, removed with a trace."""

from __future__ import annotations

import secrets
import tempfile
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from postloan.core import business_date, parameters, timeline
from postloan.inspections import conditions_form, file_checks, funds_form, limits_form
from postloan.inspections import questions as schema
from postloan.inspections.file_checks import MEGABYTE, Checked, Limits, Refusal
from postloan.inspections.models import Evidence, Report, StoredFile, Upload
from postloan.inspections.services import files
from postloan.inspections.services.changes import bump
from postloan.inspections.services.refusals import Refused
from postloan.inspections.services.reports import locked

MOST_PIECE = 2 * MEGABYTE
IN_MEMORY = 4 * MEGABYTE
MOST_LIKE = 400
LEAST_EXPLANATION = 10
# Vouchers and what explains a finding, also where the template has no question for them.
OF_CONDITION = {"type": "file", "max_count": 20}
OF_FUNDS = {"code": funds_form.QUESTION, "type": "file", "max_count": 200}

ADDED = timeline.define("inspections.evidence_added", _("Inspection {task}: {name} added"))
REMOVED = timeline.define("inspections.evidence_removed", _("Inspection {task}: {name} removed"))
EXPLAINED = timeline.define("inspections.evidence_explained", _("Inspection {task}: why {name} is used again"))


@dataclass(frozen=True)
class Taken:
    """When and where a photo was taken, as far as the phone said."""

    at: datetime | None = None
    latitude: Decimal | None = None
    longitude: Decimal | None = None


class OutOfStep(Exception):
    """A piece does not continue what is there; `received` says from where to go on."""

    def __init__(self, received: int) -> None:
        super().__init__(str(received))
        self.received = received


def limits() -> Limits:
    day = business_date.latest() or business_date.calendar_today()
    found = parameters.values(
        limits_form.PHOTO_MB,
        limits_form.FILE_MB,
        limits_form.PHOTO_MEGAPIXELS,
        limits_form.PICTURE_MEGAPIXELS,
        limits_form.UNPACKED_MB,
        limits_form.SHOWN_EDGE,
        on=day,
    )
    return Limits(
        photo_bytes=found[limits_form.PHOTO_MB] * MEGABYTE,
        file_bytes=found[limits_form.FILE_MB] * MEGABYTE,
        photo_pixels=found[limits_form.PHOTO_MEGAPIXELS] * 1_000_000,
        picture_pixels=found[limits_form.PICTURE_MEGAPIXELS] * 1_000_000,
        unpacked_bytes=found[limits_form.UNPACKED_MB] * MEGABYTE,
        shown_edge=found[limits_form.SHOWN_EDGE],
    )


# ── in pieces ─────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def start_upload(report: Report, *, question: str, name: str, size: int, row_key: str = "", acting_user: Any) -> Upload:
    """A place for a file to come; the same file begun before goes on where it stopped.

    Raises Refused: `question`, `many`; Refusal for a size that is never taken.
    """
    report = locked(report, acting_user)
    asked = _asked(report, question)
    if size <= 0:
        raise Refusal(str(_("The file is empty.")))
    most = limits()
    if size > max(most.photo_bytes, most.file_bytes):
        raise file_checks.too_large(max(most.photo_bytes, most.file_bytes))
    there = report.evidence.filter(question=question, removed_at=None).count()
    if there >= int(asked.get("max_count", 50)):
        raise Refused("many")
    name = file_checks.clean_name(name)[:120]
    begun = report.uploads.filter(question=question, row_key=row_key[:80], name=name, size=size, ended_at=None)
    former = begun.filter(started_by=acting_user, received__gt=0, received__lt=size).order_by("-id").first()
    if former is not None:
        return former
    return Upload.objects.create(
        key=secrets.token_hex(16),
        report=report,
        question=question,
        row_key=row_key[:80],
        name=name,
        size=size,
        started_by=acting_user,
        started_at=timezone.now(),
    )


def _asked(report: Report, question: str) -> dict[str, Any]:
    if question == funds_form.QUESTION:
        return OF_FUNDS
    if question in conditions_form.questions_of(report, question):
        return OF_CONDITION
    asked = schema.by_code(report.template_version.content).get(question)
    if asked is None or asked["type"] not in schema.EVIDENCE:
        raise Refused("question")
    return asked


def take_piece(upload: Upload, *, offset: int, piece: bytes, taken: Taken, acting_user: Any) -> Upload:
    """Appends a piece; the last one makes the file whole, checks it and turns it into evidence or a refusal.

    Raises OutOfStep where the piece does not begin where the last one ended, PermissionDenied, Refused("ended").
    """
    with transaction.atomic():
        upload = Upload.objects.select_for_update().get(pk=upload.pk)
        if upload.started_by_id != acting_user.pk:
            raise PermissionDenied("somebody else's upload")
        if upload.ended_at is not None:
            if offset + len(piece) == upload.size:
                # The answer to the last piece was lost on the way: the same answer again.
                return upload
            raise Refused("ended")
        if offset != upload.received:
            raise OutOfStep(upload.received)
        if not piece or len(piece) > MOST_PIECE or upload.received + len(piece) > upload.size:
            raise Refused("piece")
        files.keep_piece(upload.key, offset, piece)
        upload.received += len(piece)
        upload.save(update_fields=["received"])
    return _finish(upload, taken, acting_user) if upload.received == upload.size else upload


def _finish(upload: Upload, taken: Taken, acting_user: Any) -> Upload:
    question = _asked(upload.report, upload.question)
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as whole:
        for part in files.pieces(upload.key):
            whole.write(part)
        try:
            checked = file_checks.check(whole, upload.size, limits(), pictures_only=question["type"] == "photo")
        except Refusal as refusal:
            upload.refused_because, upload.ended_at = str(refusal)[:200], timezone.now()
            upload.save(update_fields=["refused_because", "ended_at"])
        else:
            _accept(upload, whole, checked, taken, acting_user)
    files.drop_pieces(upload.key)
    return upload


@transaction.atomic
def _accept(upload: Upload, whole: Any, checked: Checked, taken: Taken, acting_user: Any) -> None:
    report = locked(upload.report, acting_user)
    original = files.keep(
        whole,
        upload.size,
        content_type=checked.content_type,
        width=checked.width,
        height=checked.height,
        likeness=checked.likeness,
    )
    shown = None
    if checked.is_picture:
        width, height = checked.shown_size
        shown = files.keep_bytes(checked.shown, content_type="image/jpeg", width=width, height=height)
    upload.evidence = Evidence.objects.create(
        report=report,
        question=upload.question,
        row_key=upload.row_key,
        original=original,
        shown=shown,
        name=f"{upload.name}.{checked.extension}",
        taken_at=checked.taken_at or taken.at,
        latitude=checked.latitude if checked.latitude is not None else taken.latitude,
        longitude=checked.longitude if checked.longitude is not None else taken.longitude,
        met_before=met_before(original, report),
        added_by=acting_user,
        added_at=timezone.now(),
    )
    upload.ended_at = timezone.now()
    upload.save(update_fields=["evidence", "ended_at"])
    bump(report, "evidence added", acting_user)
    _tell(ADDED, upload.evidence, acting_user, sha256=original.sha256)


# ── met before ────────────────────────────────────────────────────────────────────────────────────────────


def met_before(original: StoredFile, report: Report) -> Evidence | None:
    """The first evidence anywhere with the same content, or for photos with nearly the same picture.

    What was seen once in a visit stands in all its reports: the others of the visit are no earlier use.
    """
    standing = Evidence.objects.filter(removed_at=None).order_by("id")
    if report.task.visit_id is not None:
        same_visit = Evidence.objects.filter(report__task__visit=report.task.visit_id).exclude(report=report)
        standing = standing.exclude(pk__in=same_visit.values("pk"))
    same = standing.filter(original=original).first()
    if same is not None or not original.likeness:
        return same
    quarters = [Q(**{f"original__likeness_{n}": original.likeness[n * 4 - 4 : n * 4]}) for n in range(1, 5)]
    some = quarters[0] | quarters[1] | quarters[2] | quarters[3]
    near = standing.filter(some).exclude(original__likeness="").select_related("original")[:MOST_LIKE]
    most = min(3, parameters.value(limits_form.LIKENESS_BITS))
    return next((one for one in near if difference(one.original.likeness, original.likeness) <= most), None)


def difference(one: str, other: str) -> int:
    """In how many of their 64 signs two pictures differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


@transaction.atomic
def explain_again(evidence: Evidence, explanation: str, *, acting_user: Any) -> Evidence:
    """Says why a file that was met before is used again. Raises Refused("reason") for too short a text."""
    report = locked(evidence.report, acting_user)
    if len(explanation.strip()) < LEAST_EXPLANATION:
        raise Refused("reason")
    evidence.met_before_explanation = explanation.strip()
    evidence.save(update_fields=["met_before_explanation"])
    bump(report, "evidence explained", acting_user)
    _tell(EXPLAINED, evidence, acting_user)
    return evidence


@transaction.atomic
def name_evidence(evidence: Evidence, caption: str, *, acting_user: Any) -> Evidence:
    report = locked(evidence.report, acting_user)
    if evidence.caption != caption.strip()[:200]:
        evidence.caption = caption.strip()[:200]
        evidence.save(update_fields=["caption"])
        bump(report, "evidence named", acting_user)
    return evidence


@transaction.atomic
def remove_evidence(evidence: Evidence, *, acting_user: Any) -> Evidence:
    """Takes it out of the report; the row and the file stay, with who removed it and when."""
    report = locked(evidence.report, acting_user)
    if evidence.removed_at is None:
        evidence.removed_by, evidence.removed_at = acting_user, timezone.now()
        evidence.save(update_fields=["removed_by", "removed_at"])
        bump(report, "evidence removed", acting_user)
        _tell(REMOVED, evidence, acting_user, sha256=evidence.original.sha256)
    return evidence


def _tell(code: str, evidence: Evidence, acting_user: Any, **arguments: Any) -> None:
    task = evidence.report.task
    timeline.record(
        code,
        acting_user=acting_user,
        customer_id=task.customer_id,
        subject_kind="inspection_report",
        subject_key=str(evidence.report_id),
        task=task.task_no,
        name=evidence.name,
        **arguments,
    )
