"""What the pages show of an extract: masked values, texts in the reader's language, lines of reconciliation."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.core.paginator import Page
from django.db.models import Count, QuerySet, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from postloan.core.identifiers import mask_address, mask_id_number, mask_name, mask_phone
from postloan.core.models import JobRun
from postloan.imports import reasons
from postloan.imports.format import SPECS
from postloan.imports.format.columns import Kind
from postloan.imports.format.names import FILE_NAMES
from postloan.imports.models import Extract, ExtractFile, ExtractState, Reconciliation, Reject

STAGES = (
    ExtractState.VERIFYING,
    ExtractState.STAGING,
    ExtractState.VALIDATING,
    ExtractState.RECONCILING,
    ExtractState.APPLYING,
)
PART_NAMES: dict[str, str | Promise] = {
    "opening": _("opening balance"),
    "taken_over": _("taken over"),
    "paid_out": _("paid out"),
    "repaid": _("repaid"),
    "written_off": _("written off or transferred"),
    "accepted": _("accepted or unchanged"),
    "rejected": _("rejected"),
    "quarantined": _("in quarantine"),
}
MASKS = {"id_number": mask_id_number, "subject_id_number": mask_id_number, "phone": mask_phone}


def with_counts(extracts: QuerySet[Extract]) -> QuerySet[Extract]:
    """Extracts with the sums of their files, for the list."""
    return (
        extracts.select_related("requested_by", "replaced_by")
        .annotate(
            rows=Sum("files__row_count"),
            new=Sum("files__accepted_new"),
            changed=Sum("files__accepted_changed"),
            rejected=Sum("files__rejected"),
            quarantined=Sum("files__quarantined"),
            delivered=Count("files__id"),
        )
        .order_by("-received_at", "-id")
    )


@dataclass(frozen=True)
class FileRow:
    file: ExtractFile
    label: str


def file_rows(extract: Extract) -> list[FileRow]:
    return [FileRow(file, str(FILE_NAMES.get(file.name, file.name))) for file in extract.files.order_by("id")]


@dataclass(frozen=True)
class RejectRow:
    """A fault as it is shown; `column` is "" where the whole row could not be read."""

    line: int
    column: str
    value: str
    reason: str
    is_quarantined: bool


def reject_rows(page: Page, file: ExtractFile) -> list[RejectRow]:
    return [
        RejectRow(
            reject.line,
            reject.column,
            masked_value(file, reject),
            reasons.text(reject.reason, reject.arguments),
            reject.is_quarantined,
        )
        for reject in page.object_list
    ]


def masked_value(file: ExtractFile, reject: Reject) -> str:
    """The value at fault; personal data is masked as everywhere."""
    column = SPECS[file.name].by_name.get(reject.column)
    if column is None or not column.personal:
        return reject.value
    if column.name in MASKS:
        return MASKS[column.name](reject.value)
    if column.kind is Kind.ENCRYPTED:
        return mask_address(reject.value)
    return mask_name(reject.value)


@dataclass(frozen=True)
class Part:
    label: str
    amount: Decimal


@dataclass(frozen=True)
class Line:
    line: Reconciliation
    label: str
    parts: list[Part]

    @property
    def is_known(self) -> bool:
        return self.line.difference is not None


def lines(extract: Extract, kind: str, dimensions: tuple[str, ...] | None = None) -> list[Line]:
    found = extract.reconciliations.filter(kind=kind).order_by("id")
    if dimensions is not None:
        found = found.filter(dimension__in=dimensions)
    return [
        Line(
            line,
            f"{line.dimension}.csv · {line.key}" if kind == "manifest" else line.key,
            [Part(str(PART_NAMES[name]), Decimal(value)) for name, value in line.parts.items() if Decimal(value)],
        )
        for line in found
    ]


@dataclass(frozen=True)
class Step:
    label: str
    state: str


def steps(run: JobRun) -> list[Step]:
    """The stages of a run: done, in progress, not started."""
    if run.state == "done":
        return [Step(str(stage.label), "done") for stage in STAGES]
    current = next((place for place, stage in enumerate(STAGES) if stage.value == run.stage), -1)
    ended = "err" if run.state == "failed" else "doing"
    found = []
    for place, stage in enumerate(STAGES):
        state = "done" if place < current else ended if place == current else "todo"
        found.append(Step(str(stage.label), state))
    return found
