"""Who had a hand in a report, and how: none of them ever decides on it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from postloan.inspections.models import (
    Answer,
    BorrowerConfirmation,
    ConditionAnswer,
    Evidence,
    FundsAnswer,
    Report,
    SectionMark,
    Signature,
    Upload,
)
from postloan.inspections.workflow import REASONS

MAIN, SECOND, SIGNED, SUBMITTED = "main", "second", "signed", "submitted"
EDITED, EVIDENCE, CONFIRMED = "edited", "evidence", "confirmed"

# Rows of a report, and whom they name: what stands, and for what people write also what stood before.
WRITTEN: tuple[Any, ...] = (Answer, SectionMark, FundsAnswer, ConditionAnswer)
NAMED: tuple[tuple[Any, str, str], ...] = (
    (Signature, "signed_by_id", SIGNED),
    (Evidence, "added_by_id", EVIDENCE),
    (Evidence, "removed_by_id", EVIDENCE),
    (Upload, "started_by_id", EVIDENCE),
    (BorrowerConfirmation, "taken_by_id", CONFIRMED),
)

Hands = dict[int, set[str]]


def hands_in(report: Report) -> Hands:
    """Staff to what they did, from what stands and from the history: an edit undone was an edit."""
    return hands_of([report])[report.pk]


def hands_of(reports: Iterable[Report]) -> dict[int, Hands]:
    """The same for several reports, in as many queries as for one."""
    reports = list(reports)
    keys = [report.pk for report in reports]
    found: dict[int, Hands] = {pk: {} for pk in keys}

    def add(pk: int, what: str, staff: int | None) -> None:
        if staff is not None:
            found[pk].setdefault(staff, set()).add(what)

    for report in reports:
        add(report.pk, MAIN, report.main_inspector_id)
        add(report.pk, SECOND, report.second_inspector_id)
        add(report.pk, SUBMITTED, report.submitted_by_id)
    for pk, main, second, submitted_by, saved_by, reason in Report.history.filter(id__in=keys).values_list(
        "id", "main_inspector_id", "second_inspector_id", "submitted_by_id", "history_user_id", "history_change_reason"
    ):
        add(pk, MAIN, main)
        add(pk, SECOND, second)
        add(pk, SUBMITTED, submitted_by)
        # The history also keeps who saved a report; a decision is no edit.
        if reason not in REASONS:
            add(pk, EDITED, saved_by)
    for model in WRITTEN:
        _add_named(model.objects.all(), keys, "edited_by_id", EDITED, add)
        _add_named(model.history.all(), keys, "edited_by_id", EDITED, add)
    for model, column, what in NAMED:
        _add_named(model.objects.all(), keys, column, what, add)
    return found


def _add_named(rows: QuerySet, keys: list[int], column: str, what: str, add: Any) -> None:
    for pk, staff in rows.filter(report_id__in=keys).order_by().values_list("report_id", column).distinct():
        add(pk, what, staff)


def had_a_hand(report: Report, user: Any) -> bool:
    return user.pk in hands_in(report)
