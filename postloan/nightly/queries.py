"""What the pages of the night show: runs, one run with its steps, totals and faults, and whether one can be started."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from postloan.core import business_date, jobs, outbox
from postloan.core.models import BusinessDate, JobRun, JobState
from postloan.imports.jobs import IMPORT_EXTRACT
from postloan.loans.models import FiveLevelClass, Loan
from postloan.nightly import texts
from postloan.nightly.models import ControlTotal, NightRun
from postloan.nightly.steps import CONTROLS, STEP_NAMES, STEPS
from postloan.nightly.tasks import JOB

# Totals by these name branches and people: only for whoever sees the whole bank.
WHOLE_BANK_ONLY = ("branch", "manager")
PARTS = "balance_by"
JOB_NAMES = {
    JOB: _("The night"),
    IMPORT_EXTRACT: _("Taking in an extract"),
    outbox.JOB: _("Sending messages"),
    jobs.LOOK: _("Looking for due work"),
}


JOB_PAGES = {JOB: ("nightly:run", "nightly.view_night"), IMPORT_EXTRACT: ("imports:run", "imports.view_extracts")}


@dataclass(frozen=True)
class Startable:
    """The date a night can be started for: the open one, or the last closed one once more."""

    day: date
    revision: int
    is_open: bool


@dataclass(frozen=True)
class ShownFault:
    loan_id: int | None
    loan_no: str
    text: str


@dataclass(frozen=True)
class ShownStep:
    name: str
    state: str
    counts: list[tuple[str, int]]
    seconds: float | None


@dataclass(frozen=True)
class ShownJob:
    """`page` is where it is run again, unless it is here."""

    run: JobRun
    name: str
    page: str
    has_button: bool


@dataclass(frozen=True)
class ShownTotal:
    name: str
    total: ControlTotal


def runs() -> QuerySet[NightRun]:
    return NightRun.objects.select_related("requested_by").order_by("-started_at", "-pk")


def startable() -> Startable | None:
    last = BusinessDate.objects.order_by("-date").first()
    return Startable(last.date, last.revision, last.closed_at is None) if last else None


def can_repeat(run: NightRun) -> bool:
    """Whether this is a run of the last business date, which alone can be computed again."""
    return run.business_date == business_date.latest()


def jobs_underway() -> list[JobRun]:
    return list(JobRun.objects.filter(job=JOB, state__in=["waiting", "running"]).order_by("id"))


def jobs_in_trouble(*, user: Any) -> list[ShownJob]:
    """What has failed, and what is to be tried again after an error; what failed first."""
    wanted = JobRun.objects.filter(Q(state=JobState.FAILED) | Q(state=JobState.WAITING, attempts__gt=0))
    return [
        ShownJob(run, str(JOB_NAMES.get(run.job, run.job)), _page_of(run, user), has_button=is_run_again_here(run))
        for run in wanted.order_by("state", "-requested_at", "-pk")
    ]


def is_run_again_here(run: JobRun) -> bool:
    """Neither a look, which is tried each round, nor work with a page of its own."""
    return jobs.is_registered(run.job) and run.job not in JOB_PAGES


def jobs_failed() -> int:
    return JobRun.objects.filter(state=JobState.FAILED).count()


def _page_of(run: JobRun, user: Any) -> str:
    """The page of its own that some kinds of work have, with the button of those who may do it; for who may see it."""
    page, needed = JOB_PAGES.get(run.job, ("", ""))
    return reverse(page, args=[run.pk]) if page and user.has_capability(needed) else ""


def steps_of(run: NightRun) -> list[ShownStep]:
    return [
        ShownStep(
            str(STEP_NAMES.get(step.code, step.code)),
            "err" if step.state == "failed" else "done",
            texts.counts_text(step.counts),
            float(step.seconds),
        )
        for step in run.steps.all()
    ]


def stages_of(job: JobRun) -> list[ShownStep]:
    """The steps of a night: done, doing or failed, and to come, from the stage its job last told."""
    codes = [step.code for step in STEPS] + [CONTROLS]
    reached = codes.index(job.stage) if job.stage in codes else -1
    if job.state == "done":
        reached = len(codes)
    at_it = "doing" if job.state == "running" else "err"
    shown = []
    for number, code in enumerate(codes):
        state = "done" if number < reached else at_it if number == reached else "todo"
        shown.append(ShownStep(str(STEP_NAMES[code]), state, [], None))
    return shown


def totals_of(run: NightRun, *, user: Any) -> tuple[list[ShownTotal], list[ShownTotal]]:
    """The totals of the whole book, and the parts that add up to it."""
    order = list(texts.CHECKS)
    totals = sorted(run.totals.all(), key=lambda total: (order.index(total.check_code), total.dimension, total.key))
    if not user.rights.sees_everything:
        totals = [total for total in totals if not _names_others(total)]
    shown = [ShownTotal(_name(total), total) for total in totals]
    wholes = [row for row in shown if row.total.check_code != PARTS]
    return wholes, [row for row in shown if row.total.check_code == PARTS]


def _names_others(total: ControlTotal) -> bool:
    return total.check_code == PARTS and total.dimension in WHOLE_BANK_ONLY


def _name(total: ControlTotal) -> str:
    """The check's name; of a part, what it is a part by."""
    if total.check_code != PARTS:
        return texts.total_text(total.check_code, total.dimension, total.key, "")
    key = total.key
    if total.dimension == "class":
        key = str(dict(FiveLevelClass.choices).get(key, key))
    return f"{texts.DIMENSIONS[total.dimension]} · {key or texts.UNNAMED}"


def faults_of(run: NightRun, *, user: Any) -> tuple[list[ShownFault], int]:
    """The faults named, with links to the loans the reader may see, and how many more there are."""
    rows = [row for failure in run.failures for row in failure["rows"]]
    named = {row["loan_id"] for row in rows if row.get("loan_id")}
    seen = set(Loan.objects.visible_to(user).filter(pk__in=named).values_list("pk", flat=True))
    faults = [
        ShownFault(
            row.get("loan_id") if row.get("loan_id") in seen else None, row.get("loan_no", ""), texts.row_text(row)
        )
        for row in rows
    ]
    return faults, sum(failure["more"] for failure in run.failures)
