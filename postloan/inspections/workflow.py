"""The way of a report: a table of moves, and what the content is that people sign and decide on."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from postloan.inspections.models import Report, ReportState


@dataclass(frozen=True)
class Move:
    """From which states to which, with what capability; `by_writer` tells the two sides apart."""

    sources: frozenset[str]
    target: str
    capability: str
    by_writer: bool = False
    comment_required: bool = False


WRITABLE = frozenset({ReportState.DRAFT, ReportState.RETURNED})
WAITING = frozenset({ReportState.SUBMITTED})

MOVES = {
    "submit": Move(WRITABLE, ReportState.SUBMITTED, "inspections.write", by_writer=True),
    "withdraw": Move(WAITING, ReportState.DRAFT, "inspections.write", by_writer=True),
    "approve": Move(WAITING, ReportState.APPROVED, "inspections.approve"),
    "send_back": Move(WAITING, ReportState.RETURNED, "inspections.approve", comment_required=True),
    "pass_up": Move(WAITING, ReportState.SUBMITTED, "inspections.approve", comment_required=True),
}
DECISIONS = ("approve", "send_back", "pass_up")
# How the history names these moves: they are no edits of the content.
REASONS = tuple(f"moved: {name}" for name in MOVES)

COLUMNS = (
    "task_id",
    "template_version_id",
    "main_inspector_id",
    "second_inspector_id",
    "facts",
    "inspected_on",
    "risk_conclusion",
    "advice",
    "proposed_class",
    "summary",
    "next_on",
)
PARTS = {
    "answers": ("question", "value", "explanation", "remark", "source", "source_on"),
    "section_marks": ("section", "does_not_apply_because"),
    "measures": ("position", "text", "owner_id", "due_on"),
    "funds_answers": ("finding_id", "is_misuse", "explanation", "demanded", "respond_by"),
    "voucher_debts": ("payment_id", "missing", "first_due_on"),
    "condition_answers": ("condition_id", "text", "condition_due_on", "state", "evidence", "explanation"),
}
# What hashes cover since version 2: everything of photos, confirmation and visit that is shown.
HASH_VERSION = 2
COLUMNS_SINCE_2 = ("hash_version", "visit_seen")
EVIDENCE_SINCE_2 = ("taken_at", "latitude", "longitude")
CONFIRMATION_SINCE_2 = ("latitude", "longitude", "visit_started_at")
EVIDENCE = ("question", "row_key", "original__sha256", "name", "caption", "met_before_id", "met_before_explanation")
CONFIRMATION = ("way", "name", "post", "strokes", "reason", "confirmed_at")


def content(report: Report) -> dict[str, Any]:
    """Everything that is signed and decided on, in a fixed order, as it stands in the database.

    What a report was signed by in an earlier version of the hash is what that version covered.
    """
    is_whole = report.hash_version > 1
    parts: dict[str, Any] = {
        name: [list(row) for row in getattr(report, name).order_by(columns[0], "pk").values_list(*columns)]
        for name, columns in PARTS.items()
    }
    # A mark that only carries an approver's remark says nothing about the content.
    parts["section_marks"] = [row for row in parts["section_marks"] if row[1]]
    standing = report.evidence.filter(removed_at=None).order_by("pk")
    # A file that was taken out proves nothing.
    proofs = report.funds_proofs.filter(evidence__removed_at=None).order_by("evidence", "pk")
    parts["funds_proofs"] = [list(row) for row in proofs.values_list("evidence_id", "payment_id", "finding_id")]
    evidence = (*EVIDENCE, *EVIDENCE_SINCE_2) if is_whole else EVIDENCE
    parts["evidence"] = [list(row) for row in standing.values_list(*evidence)]
    confirmed = report.borrower_confirmations.filter(voided_at=None, confirmed_at__isnull=False).order_by("pk")
    confirmation = (*CONFIRMATION, *CONFIRMATION_SINCE_2) if is_whole else CONFIRMATION
    parts["confirmations"] = [list(row) for row in confirmed.values_list(*confirmation)]
    columns = (*COLUMNS, *COLUMNS_SINCE_2) if is_whole else COLUMNS
    parts["report"] = [[name, getattr(report, name)] for name in columns]
    return parts


def content_hash(report: Report) -> str:
    """SHA-256 over the content as canonical JSON."""
    text = json.dumps(content(report), cls=DjangoJSONEncoder, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
