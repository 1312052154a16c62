"""Extracts: which came, what became of them, taking one in and watching it."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from postloan.core import jobs, progress
from postloan.core.access import http_methods, requires
from postloan.core.models import JobRun, JobState
from postloan.imports import downloads, inbox, presenting
from postloan.imports.format.names import FILE_NAMES
from postloan.imports.forms import DownloadForm, FolderForm, UploadForm
from postloan.imports.jobs import IMPORT_EXTRACT
from postloan.imports.models import Extract, ExtractFile
from postloan.imports.refusals import ExtractRefused
from postloan.organization.requests import StaffRequest
from postloan.organization.sessions import address_of

PAGE_SIZE = 30
REJECTS_PAGE_SIZE = 100
VIEW, LOAD = "imports.view_extracts", "imports.load_extracts"


@requires(VIEW)
@http_methods()
def extracts(request: StaffRequest) -> HttpResponse:
    """Every try to take in an extract, the last first; for whoever may, the two ways to start one."""
    found = presenting.with_counts(Extract.objects.all())
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    may_load = request.user.has_capability(LOAD)
    context = {
        "page": page,
        "may_load": may_load,
        "upload_form": UploadForm() if may_load else None,
        "folder_form": FolderForm() if may_load else None,
        "runs": _open_runs(),
    }
    return render(request, "imports/extracts.html", context)


def _open_runs() -> list[JobRun]:
    return list(JobRun.objects.filter(job=IMPORT_EXTRACT, state__in=["waiting", "running"]).order_by("id"))


@requires(LOAD)
@http_methods(reads=(), writes=["POST"])
def upload(request: StaffRequest) -> HttpResponse:
    """Unpacks a zip and asks for its import."""
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _refused(request, " ".join(map(str, form.errors.get("archive", ()))))
    archive = form.cleaned_data["archive"]
    try:
        run = inbox.receive_upload(archive, acting_user=request.user, name=archive.name or "")
    except ExtractRefused as refusal:
        return _refused(request, str(refusal))
    return redirect("imports:run", run.pk)


@requires(LOAD)
@http_methods(reads=(), writes=["POST"])
def take_in(request: StaffRequest) -> HttpResponse:
    """Asks for the import of a folder of the inbox."""
    try:
        run = inbox.request_folder(request.POST.get("folder", ""), acting_user=request.user)
    except ExtractRefused as refusal:
        return _refused(request, str(refusal))
    return redirect("imports:run", run.pk)


@requires(LOAD)
@http_methods(reads=(), writes=["POST"])
def run_again(request: StaffRequest, run_id: int) -> HttpResponse:
    """Asks once more for an import that has failed, where its extract still lies in the inbox."""
    found = get_object_or_404(JobRun, pk=run_id, job=IMPORT_EXTRACT)
    if found.state == JobState.FAILED and inbox.is_there(found):
        jobs.request_again(found, acting_user=request.user)
    return redirect("imports:run", found.pk)


def _refused(request: StaffRequest, sentence: str) -> HttpResponse:
    messages.error(request, sentence)
    return redirect("imports:extracts")


@requires(VIEW)
@http_methods()
@never_cache
def run(request: StaffRequest, run_id: int) -> HttpResponse:
    """Stage, done of total and the last sign of life of an import; the page may be left and opened again."""
    return render(request, "imports/run.html", _run_context(run_id, request))


@requires(VIEW)
@http_methods()
@never_cache
def run_progress(request: StaffRequest, run_id: int) -> HttpResponse:
    """The part of the run's page that is asked for every two seconds; when it is done, the way to its result."""
    context = _run_context(run_id, request)
    response = render(request, "imports/_run.html", context)
    if context["extract"] and context["run"].state == "done":
        response["HX-Redirect"] = reverse("imports:extract", args=[context["extract"].pk])
    return response


def _run_context(run_id: int, request: StaffRequest) -> dict:
    found = progress.shown(get_object_or_404(JobRun, pk=run_id, job=IMPORT_EXTRACT))
    result = Extract.objects.filter(pk=found.counts.get("extract")).first() if found.finished_at else None
    share = None
    if found.total_count:
        share = min(100, found.done_count * 100 // found.total_count)
    context = {"run": found, "extract": result, "steps": presenting.steps(found), "share": share}
    has_failed = found.state == JobState.FAILED and inbox.is_there(found)
    return {**context, "may_load": has_failed and request.user.has_capability(LOAD)}


@requires(VIEW)
@http_methods()
def extract(request: StaffRequest, extract_id: int) -> HttpResponse:
    """What became of each file of an extract, or why it was refused."""
    found = get_object_or_404(presenting.with_counts(Extract.objects.all()), pk=extract_id)
    context = {
        "extract": found,
        "files": presenting.file_rows(found),
        "tab": "files",
    }
    return render(request, "imports/extract.html", context)


@requires(VIEW)
@http_methods()
def reconciliation(request: StaffRequest, extract_id: int) -> HttpResponse:
    """The reconciliation of an extract: manifest totals, movements of the loans, general ledger."""
    found = get_object_or_404(Extract, pk=extract_id)
    context = {
        "extract": found,
        "manifest_lines": presenting.lines(found, "manifest"),
        "movements": presenting.lines(found, "movement", ("",)),
        "branches": presenting.lines(found, "movement", ("branch",)),
        "differing": presenting.lines(found, "movement", ("loan",)),
        "ledger": presenting.lines(found, "ledger"),
        "tab": "reconciliation",
    }
    return render(request, "imports/reconciliation.html", context)


@requires(VIEW)
@http_methods()
def rejects(request: StaffRequest, file_id: int) -> HttpResponse:
    """The rejected rows of a file with line, column, value and reason."""
    file = get_object_or_404(ExtractFile.objects.select_related("extract"), pk=file_id)
    page = Paginator(file.rejects.order_by("line", "id"), REJECTS_PAGE_SIZE).get_page(request.GET.get("page"))
    may_download = request.user.has_capability(downloads.DOWNLOAD) and bool(file.rejects_file)
    context = {
        "file": file,
        "extract": file.extract,
        "label": FILE_NAMES.get(file.name, file.name),
        "page": page,
        "rows": presenting.reject_rows(page, file),
        "form": DownloadForm() if may_download else None,
    }
    return render(request, "imports/rejects.html", context)


@requires(downloads.DOWNLOAD)
@http_methods(reads=(), writes=["POST"])
@never_cache
def download(request: StaffRequest, file_id: int) -> HttpResponse | StreamingHttpResponse:
    """The rejected rows in clear as CSV, once the reason is given and kept."""
    file = get_object_or_404(ExtractFile.objects.select_related("extract"), pk=file_id)
    form = DownloadForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(map(str, form.errors.get("reason", ()))))
        return redirect("imports:rejects", file.pk)
    try:
        rows = downloads.open_rejects(
            file, reason=form.cleaned_data["reason"], acting_user=request.user, address=address_of(request)
        )
    except FileNotFoundError:
        raise Http404 from None
    name = f"{file.name}-{file.extract.business_date}-rejects.csv"
    # The mark at the start lets spreadsheets read Chinese as what it is.
    response = StreamingHttpResponse(_with_mark(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _with_mark(rows):
    yield "\ufeff"
    yield from rows
