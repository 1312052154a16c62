"""The night: which runs there were, what each did and was held against, starting one and watching it."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from postloan.core import dead_letters, jobs, progress
from postloan.core.access import http_methods, requires
from postloan.core.models import JobRun, JobState
from postloan.nightly import alarms, inbox, queries
from postloan.nightly.models import NightRun
from postloan.nightly.tasks import JOB, ONLY_IF_OPEN
from postloan.organization.requests import StaffRequest

VIEW, RUN = "nightly.view_night", "nightly.run_night"
PAGE_SIZE = 30


@requires(VIEW)
@http_methods()
def nights(request: StaffRequest) -> HttpResponse:
    """Every run of a night, the last first, and the date that waits for its night."""
    context = {
        "page": Paginator(queries.runs(), PAGE_SIZE).get_page(request.GET.get("page")),
        "startable": queries.startable(),
        "may_run": request.user.has_capability(RUN),
        "underway": queries.jobs_underway(),
        "line": inbox.line(),
        "alarms": alarms.shown(),
        "jobs_failed": queries.jobs_failed(),
    }
    return render(request, "nightly/nights.html", context)


@requires(VIEW)
@http_methods()
def night(request: StaffRequest, run_id: int) -> HttpResponse:
    """One run: its steps, its control totals, and what did not agree."""
    run = get_object_or_404(queries.runs(), pk=run_id)
    faults, more = queries.faults_of(run, user=request.user)
    totals, parts = queries.totals_of(run, user=request.user)
    context = {
        "run": run,
        "steps": queries.steps_of(run),
        "totals": totals,
        "parts": parts,
        "faults": faults,
        "more": more,
        "may_run": request.user.has_capability(RUN) and queries.can_repeat(run),
        "startable": queries.startable(),
    }
    return render(request, "nightly/night.html", context)


@requires(RUN)
@http_methods(reads=(), writes=["POST"])
def start(request: StaffRequest) -> HttpResponse:
    """Asks for the night of the open date, or for the last closed one once more."""
    wanted = queries.startable()
    if wanted is None:
        messages.error(request, _("No extract has been applied yet: there is no date to close."))
        return redirect("nightly:nights")
    job = jobs.request(
        JOB,
        business_date=wanted.day,
        revision=wanted.revision,
        arguments={ONLY_IF_OPEN: True} if wanted.is_open else {},
        acting_user=request.user,
    )
    return redirect("nightly:run", job.pk)


@requires(RUN)
@http_methods(reads=(), writes=["POST"])
def run_again(request: StaffRequest, job_id: int) -> HttpResponse:
    """Asks once more for a night whose run has failed."""
    job = get_object_or_404(JobRun, pk=job_id, job=JOB)
    if job.state == JobState.FAILED:
        jobs.request_again(job, acting_user=request.user)
    return redirect("nightly:run", job.pk)


@requires(VIEW)
@http_methods()
def failed_jobs(request: StaffRequest) -> HttpResponse:
    """All work that has failed, whatever it is, with its error and the way to have it done again."""
    context = {
        "found": queries.jobs_in_trouble(user=request.user),
        "may_run": request.user.has_capability(RUN),
        "undelivered": dead_letters.count() if request.user.rights.sees_everything else 0,
    }
    return render(request, "nightly/jobs.html", context)


@requires(RUN)
@http_methods(reads=(), writes=["POST"])
def job_again(request: StaffRequest, job_id: int) -> HttpResponse:
    """Asks once more for failed work that has no page of its own."""
    job = get_object_or_404(JobRun, pk=job_id)
    if not queries.is_run_again_here(job):
        raise Http404
    if job.state == JobState.FAILED:
        jobs.request_again(job, acting_user=request.user)
        messages.success(request, _("It is tried again within a minute."))
    return redirect("nightly:jobs")


@requires(VIEW)
@http_methods()
def run(request: StaffRequest, job_id: int) -> HttpResponse:
    return render(request, "nightly/run.html", _run_context(job_id, request))


@requires(VIEW)
@http_methods()
@never_cache
def run_progress(request: StaffRequest, job_id: int) -> HttpResponse:
    """The part of the page that asks again by itself until the run has ended."""
    return render(request, "nightly/_run.html", _run_context(job_id, request))


def _run_context(job_id: int, request: StaffRequest) -> dict:
    job = progress.shown(get_object_or_404(JobRun, pk=job_id, job=JOB))
    found = NightRun.objects.filter(business_date=job.business_date, revision=job.revision)
    last = found.filter(started_at__gte=job.requested_at).order_by("-attempt").first() if job.finished_at else None
    may_run = job.state == JobState.FAILED and request.user.has_capability(RUN)
    share = min(100, job.done_count * 100 // job.total_count) if job.total_count else None
    return {"run": job, "steps": queries.stages_of(job), "share": share, "night": last, "may_run": may_run}
