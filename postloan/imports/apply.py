"""The one transaction in which an extract takes effect, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.utils import timezone

from postloan.core import checkpoints, parameters, sql, timeline
from postloan.customers.services import seed_responsibilities
from postloan.imports import (
    applying,
    control,
    corrections,
    events,
    noted,
    quarantine,
    reconciling,
    seeding,
)
from postloan.imports.format import SPECS
from postloan.imports.models import Extract, ExtractFile, ExtractState, Mode, Reconciliation, Reject
from postloan.imports.parameters import LEDGER_SUBJECTS
from postloan.imports.rejects import Prepared
from postloan.imports.resolving import Batch
from postloan.imports.staging import QUARANTINED, REJECTED, Staged
from postloan.loans.services import seed_loan_managers
from postloan.organization.models import Branch, Staff

# From so many new rows on, the planner is told what it has to reckon with.
WORTH_ANALYSING = 1000


@dataclass
class Counts:
    new: int = 0
    changed: int = 0
    released: int = 0
    missing: int = 0
    superseded: int = 0


@dataclass
class Work:
    """What applying needs and what it counts."""

    batch: Batch
    extract: Extract
    prepared: dict[str, Prepared]
    lines: list[Reconciliation]
    movements: str | None
    guard: Callable[[], None] = lambda: None
    counts: dict[str, Counts] = field(default_factory=dict)


def apply(work: Work) -> None:
    """Applies everything staged. Raises ExtractRefused or a database error with nothing changed."""
    batch = work.batch
    with transaction.atomic(), sql.memory_for_sorting():
        control.open_date(batch)
        withdrawn = corrections.withdraw(batch) if batch.is_correction else {}
        for name, spec in SPECS.items():
            work.counts[name] = Counts(superseded=withdrawn.get(name, 0))
            for staged in batch.of(name):
                (_seed if spec.is_seeded else _apply_file)(work, staged)
            checkpoints.reached(f"apply:{name}")
        applying.resolve_references({name for name, counts in work.counts.items() if counts.new})
        if seed_responsibilities(business_date=batch.day) >= WORTH_ANALYSING:
            sql.analyze("customers_responsibility")
        seed_loan_managers(business_date=batch.day)
        quarantine.settle(batch, {name: prepared.held for name, prepared in work.prepared.items()})
        control.copy_balances(batch, work.extract)
        control.date_sources(batch, work.extract)
        control.cover_events(batch)
        control.touch_loans(batch)
        if work.counts["loans"].new >= WORTH_ANALYSING:
            sql.analyze("imports_deliveredbalance", "loans_loanwatch", "loans_loanmanager", "loans_bookchange")
        subjects = str(parameters.value(LEDGER_SUBJECTS, on=batch.day)).split(";")
        work.lines += reconciling.ledger_lines(batch, work.extract, [text for text in subjects if text])
        noted.keep_findings(work)
        _record(work)
        # Last: it holds the run's row, which the heartbeat writes.
        work.guard()
        checkpoints.reached("apply:end")


def _seed(work: Work, staged: Staged) -> None:
    counts = work.counts[staged.name]
    if staged.name == "branches":
        counts.new = seeding.seed_branches(work.batch, staged)
        counts.missing = seeding.flag_missing(work.batch, staged, Branch, "branch_code")
    else:
        counts.new = seeding.seed_staff(work.batch, staged)
        counts.missing = seeding.flag_missing(work.batch, staged, Staff, "staff_no")


def _apply_file(work: Work, staged: Staged) -> None:
    batch, counts = work.batch, work.counts[staged.name]
    mapping = applying.mapping_of(staged)
    applying.restate(staged, mapping, day=batch.day, revision=batch.manifest.revision)
    changed = applying.change(staged, mapping, day=batch.day)
    if staged.is_full:
        # Before the new rows come: what this extract brings cannot be gone from it.
        counts.superseded += applying.supersede_gone(staged, mapping, day=batch.day)
        counts.missing = applying.flag_missing(staged, mapping, day=batch.day)
    new = applying.insert(staged, mapping, day=batch.day)
    if staged.entry is None:
        counts.released += new + changed
        return
    counts.new, counts.changed = new, changed
    if new >= WORTH_ANALYSING:
        sql.analyze(staged.spec.table)


def _record(work: Work) -> None:
    """Writes what became of the extract and of each file, and tells the timeline."""
    extract, batch = work.extract, work.batch
    for name in SPECS:
        _record_file(work, name)
    Reconciliation.objects.bulk_create(work.lines, 1000)
    if batch.is_correction:
        Extract.objects.filter(business_date=batch.day, state=ExtractState.APPLIED, replaced_by=None).exclude(
            pk=extract.pk
        ).update(replaced_by=extract)
    extract.state, extract.finished_at = ExtractState.APPLIED, timezone.now()
    extract.save(update_fields=["state", "finished_at"])
    timeline.record(
        events.EXTRACT_CORRECTED if batch.is_correction else events.EXTRACT_APPLIED,
        acting_user=extract.requested_by,
        subject_kind="extract",
        subject_key=str(extract.pk),
        run_id=extract.pk,
        business_date_applied=batch.day.isoformat(),
        revision=batch.manifest.revision,
        new=sum(counts.new for counts in work.counts.values()),
        changed=sum(counts.changed for counts in work.counts.values()),
    )


def _record_file(work: Work, name: str) -> None:
    staged = work.batch.delivered.get(name)
    counts = work.counts[name]
    if staged is None or staged.entry is None:
        ExtractFile.objects.create(
            extract=work.extract,
            name=name,
            mode=Mode.NOT_DELIVERED,
            released=counts.released,
            superseded=counts.superseded,
        )
        return
    verdicts = verdict_counts(staged)
    rejected = staged.rejected_lines + verdicts["judged"] + verdicts["quarantined"]
    prepared = work.prepared.get(name, Prepared())
    file = ExtractFile.objects.create(
        extract=work.extract,
        name=name,
        mode=Mode.FULL if staged.is_full else Mode.CHANGES,
        row_count=staged.rows,
        sha256=staged.entry.sha256,
        totals={column: str(value) for column, value in staged.sums.items()},
        columns=[column.name for column in staged.columns],
        covers=list(staged.entry.covers) if staged.entry.covers is not None else None,
        accepted_new=counts.new,
        accepted_changed=counts.changed,
        unchanged=staged.rows - rejected - counts.new - counts.changed,
        rejected=rejected,
        quarantined=verdicts["quarantined"],
        released=counts.released,
        missing=counts.missing,
        superseded=counts.superseded,
        rejects_file=prepared.storage_name,
    )
    for reject in prepared.shown:
        reject.file = file
    Reject.objects.bulk_create(prepared.shown, 1000)


def verdict_counts(staged: Staged) -> dict[str, int]:
    """Rows rejected after reading (their columns are complete) and rows in quarantine."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT verdict, COUNT(*) FROM {staged.table} GROUP BY verdict")
        found = dict(cursor.fetchall())
    return {
        "judged": found.get(REJECTED, 0) - staged.rejected_named,
        "quarantined": found.get(QUARANTINED, 0),
    }
