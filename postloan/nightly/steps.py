"""The order of the night. Each step is a set-based, idempotent function of the business date and returns counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from postloan.classification import services as classification
from postloan.classification.rules import Thresholds
from postloan.collections import moves as collections
from postloan.collections import services as work
from postloan.core import calendar, parameters
from postloan.handovers import services as handover_services
from postloan.inspections.services.funds_night import follow_money
from postloan.inspections.services.planning import plan_inspections
from postloan.loans import states as loans
from postloan.nightly import findings
from postloan.nightly.controls import Former
from postloan.nightly.models import NightStep
from postloan.todos import services as todo_services

Counts = dict[str, int]

MISSED_IN_A_ROW = parameters.define(
    "loans.missed_in_a_row",
    _("Instalments missed in a row that put a loan on the list"),
    3,
    unit=_("instalments"),
    source=_("practice: three in a row, six in all"),
)
MISSED_IN_ALL = parameters.define(
    "loans.missed_in_all",
    _("Instalments missed in all that put a loan on the list"),
    6,
    unit=_("instalments"),
    source=_("practice: three in a row, six in all"),
)


@dataclass(frozen=True)
class Night:
    """What a step works for. `since` is the last date closed before `day`; `is_correction` replaces a former run.

    `former` is there on a quiet night: what was controlled then needs no second look unless something was written.
    """

    day: date
    run_id: int
    since: date | None
    is_correction: bool
    everything: bool
    thresholds: Thresholds
    former: Former | None = None

    @property
    def looks_at_whole_book(self) -> bool:
        return self.former is None


def withdraw(night: Night) -> Counts:
    if not night.is_correction:
        return {"superseded": 0}
    return {"superseded": loans.withdraw_former_run(night.day, run_id=night.run_id)}


def handovers(night: Night) -> Counts:
    """Before the states are drafted, so that the night's book names the new managers."""
    return handover_services.take_effect(business_date=night.day, run_id=night.run_id).counts()


def overdue(night: Night) -> Counts:
    looked_at = loans.choose_candidates(night.day, since=night.since, everything=night.everything)
    return {"looked_at": looked_at, "drafted": loans.draft_states(night.day)}


def floors(night: Night) -> Counts:
    return {"drafted": classification.set_floors(night.thresholds)}


def intervals(night: Night) -> Counts:
    written = loans.write_states(night.day, run_id=night.run_id)
    watched = loans.watch_next_changes(night.day, threshold_days=night.thresholds.days())
    return {
        "opened": written.opened,
        "closed": written.closed,
        "superseded": written.superseded,
        "watched": watched,
    }


def countdowns(night: Night) -> Counts:
    done = classification.write_countdowns(night.day, night.thresholds)
    return {"countdowns": done.written, "countdowns_gone": done.withdrawn}


def moves(night: Night) -> Counts:
    made = collections.record_moves(night.day, run_id=night.run_id, is_correction=night.is_correction)
    return {"moved": made.moved, "superseded": made.superseded}


def class_findings(night: Night) -> Counts:
    better = findings.keep(findings.CLASS_BETTER, "finding_class.sql", night.day)
    unknown = findings.keep(findings.METHOD_UNKNOWN, "finding_method.sql", night.day)
    return {"found": better.opened + unknown.opened, "gone": better.gone + unknown.gone}


def core_overdue(night: Night) -> Counts:
    kept = findings.keep_core_overdue(night.day, since=None if night.looks_at_whole_book else night.since)
    return {"found": kept.opened, "changed": kept.changed, "gone": kept.gone}


def missed_limits(day: date) -> dict[str, int]:
    """From how many missed instalments on a loan is on the list, in a row and in all."""
    return {
        "in_a_row": parameters.value(MISSED_IN_A_ROW, on=day),
        "in_all": parameters.value(MISSED_IN_ALL, on=day),
    }


def missed(night: Night) -> Counts:
    """Three in a row, six in all: how many loans are on the list, and of how many it is not known."""
    limits = missed_limits(night.day)
    if night.former is None:
        return loans.count_missed(**limits)
    before = NightStep.objects.get(run_id=night.former.run_id, code="missed").counts
    change = loans.change_of_missed(night.day, **limits)
    return {code: before[code] + change[code] for code in change}


def responsibility(night: Night) -> Counts:
    without = findings.keep(findings.WITHOUT_MANAGER, "finding_without_manager.sql", night.day)
    overlap = findings.keep(findings.OVERLAP, "finding_overlap.sql", night.day)
    return {"found": without.opened + overlap.opened, "gone": without.gone + overlap.gone}


def month_end(night: Night) -> Counts:
    book = classification.freeze_month_end(night.since, night.day, run_id=night.run_id)
    return {"frozen": book.loan_count if book else 0}


def maturities(night: Night) -> Counts:
    notices = work.raise_maturity_notices(night.day, night.run_id)
    return {**notices, **work.raise_maturity_lists(night.day, night.run_id)}


def overdue_work(night: Night) -> Counts:
    return work.follow_overdue(night.day, night.run_id)


def promises(night: Night) -> Counts:
    return work.evaluate_promises(night.day, night.run_id)


def reminders(night: Night) -> Counts:
    return work.remind_instalments(night.day, night.run_id)


def deductions(night: Night) -> Counts:
    return work.list_deductions(night.day, night.run_id)


def inspections(night: Night) -> Counts:
    planned = plan_inspections(
        night.day, night.run_id, since=night.since, is_correction=night.is_correction, everything=night.everything
    )
    return {**planned, **follow_money(night.day, night.run_id, since=night.since)}


def todos(night: Night) -> Counts:
    moved = todo_services.move_waiting(business_date=night.day, run_id=night.run_id)
    told = todo_services.escalate(business_date=night.day, run_id=night.run_id)
    provisional = calendar.keep_findings(night.day)
    return {"moved": moved, **told.counts(), "found": provisional.opened}


@dataclass(frozen=True)
class Step:
    code: str
    name: object
    work: Callable[[Night], Counts]


STEPS = (
    Step("withdraw", _("Take back the former run of a corrected date"), withdraw),
    Step("handovers", _("Hand-overs that take effect"), handovers),
    Step("overdue", _("Overdue days, amounts and buckets"), overdue),
    Step("floors", _("Class floors"), floors),
    Step("intervals", _("States that changed"), intervals),
    Step("countdowns", _("When floors get worse if nobody pays"), countdowns),
    Step("moves", _("Moves between buckets"), moves),
    Step("class_findings", _("Classes better than the floor"), class_findings),
    Step("core_overdue", _("Overdue beside core banking's word"), core_overdue),
    Step("missed", _("Three in a row, six in all"), missed),
    Step("responsibility", _("Days nobody is responsible"), responsibility),
    Step("maturities", _("Maturity notices"), maturities),
    Step("overdue_work", _("Overdue work"), overdue_work),
    Step("promises", _("Promises to pay"), promises),
    Step("reminders", _("Reminders of instalments"), reminders),
    Step("deductions", _("Deductions ahead and failed"), deductions),
    Step("inspections", _("Inspections due"), inspections),
    Step("month_end", _("Month-end"), month_end),
    Step("todos", _("Todos given on, reminded and escalated"), todos),
)
CONTROLS = "controls"
STEP_NAMES = {step.code: step.name for step in STEPS} | {CONTROLS: _("Control totals")}
