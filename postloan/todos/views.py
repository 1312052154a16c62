"""The pages about todos: one's own, all, the team's, those that are told to the supervisor."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext

from postloan.core import business_date, formatting, timeline
from postloan.core.access import http_methods, requires
from postloan.core.models import Event, Institution
from postloan.organization.requests import StaffRequest
from postloan.todos import pages, panels, queries, services
from postloan.todos.forms import ReassignForm, TodoQueryForm
from postloan.todos.kinds import Tab, kinds_of
from postloan.todos.models import Todo
from postloan.todos.queries import TodoQuery
from postloan.todos.queries.listing import MINE
from postloan.todos.querysets import TodoQuerySet

PER_PAGE = 50
QUEUE_SHOWN = 40
MOST_EXPORTED = 20_000
MOST_REASSIGNED = 500


def _ids(values: list[str]) -> list[int]:
    """Ids as they come from an address or a form; anything else is left out."""
    parts = [part for value in values for part in value.split(",")]
    return [int(part) for part in parts if part.isdigit() and len(part) < 19]


def _units() -> dict[str, Any]:
    """Balances stand in ten thousands or thousands of the bank's currency; the unit is said once."""
    institution = Institution.objects.first()
    chinese = formatting.is_chinese(get_language() or "")
    return {
        "main_currency": institution.currency if institution else "",
        "wan_scale": formatting.TEN_THOUSANDS if chinese else formatting.THOUSANDS,
    }


# --- my work -------------------------------------------------------------------------------------


@requires("todos.work")
@http_methods()
def my_work(request: StaffRequest) -> HttpResponse:
    """What to do next, how the day stands, the queue, one's own book."""
    day = business_date.latest()
    context: dict[str, Any] = {"day": day, **_units()}
    if day is not None:
        context |= _work(request, day) | {"panels": panels.shown(request, day)}
    return render(request, "todos/my_work.html", context)


def _work(request: StaffRequest, day: date) -> dict[str, Any]:
    user = request.user
    skipped = _ids([request.GET.get("skip", "")])
    tab = request.GET.get("tab", "")
    counts = queries.tab_counts(user)
    queue = queries.queue_of(user)
    upcoming = queries.next_of(user, day, skipped)
    if tab in counts:
        queue = queue.filter(kind__in=kinds_of(tab))
    groups = queries.groups_of(queue, day, most=QUEUE_SHOWN)
    rows = pages.rows_of([todo for group in groups for todo in group.rows], user=user, on=day)
    by_id = {row.todo.pk: row for row in rows}
    return {
        "next": pages.rows_of([upcoming], user=user, on=day)[0] if upcoming else None,
        "skip": ",".join(map(str, [*skipped, upcoming.pk])) if upcoming else "",
        "has_skipped": bool(skipped),
        "tallies": (tallies := queries.tallies(user, day)),
        "waiting_in_queues": tallies.in_queues,
        "links": _links(day, tab if tab in counts else ""),
        "tab": tab if tab in counts else "",
        "tabs": [(code, Tab(code).label, n) for code, n in counts.items()],
        "groups": [(group, [by_id[todo.pk] for todo in group.rows]) for group in groups],
        "hidden": sum(group.total for group in groups) - len(rows),
        **_book(user),
    }


def _links(day: date, tab: str) -> dict[str, str]:
    mine = TodoQuery(whose=MINE)
    return {
        "late": mine.also(due_by=date.fromordinal(day.toordinal() - 1)).href(),
        "today": mine.also(due_from=day, due_by=day).href(),
        "all": mine.also(tab=tab).href(),
    }


def _book(user: Any) -> dict[str, Any]:
    day = business_date.last_closed()
    if day is None or not user.has_capability("loans.view_book"):
        return {"books": [], "book_day": None}
    language = get_language() or ""
    books = queries.books(user, day)
    context: dict[str, Any] = {
        "book_day": day,
        "responsible": queries.customers_of(user, day),
        "books": [_shown(book, language) for book in books],
    }
    if books:
        currency = books[0].currency
        weeks = queries.weeks_ahead(user, day, currency)
        scale = formatting.scale_for(max(week.balance for week in weeks), language=language)
        context |= {
            "currency": currency,
            "weeks": weeks,
            "weeks_scale": scale,
            "weeks_chart": pages.chart_of(weeks, scale=scale),
        }
    return context


def _shown(book: queries.Book, language: str) -> dict[str, Any]:
    return {
        "book": book,
        "scale": formatting.scale_for(book.all.balance, language=language),
        "overdue_share": formatting.percent(book.overdue.balance, book.all.balance),
        "npl_share": formatting.percent(book.non_performing.balance, book.all.balance),
    }


# --- lists ---------------------------------------------------------------------------------------


@requires("todos.work")
@http_methods()
def todos(request: StaffRequest) -> HttpResponse:
    """All todos a person sees, or those a number elsewhere counted; a head selects some to give to somebody else."""
    form = TodoQueryForm(request.GET)
    query = form.query()
    sort = request.GET.get("sort", "due")
    day = business_date.latest()
    found = queries.find(query, user=request.user)
    page = Paginator(queries.read(queries.sorted_by(found, sort)), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "rows": pages.rows_of(page, user=request.user, on=day) if day else [],
        "day": day,
        "sort": sort,
        "is_filtered": query != TodoQuery(),
        "may_reassign": request.user.has_capability("todos.reassign"),
        "exported": request.GET.urlencode(),
        **_units(),
    }
    return render(request, "todos/todos.html", context)


@requires("todos.work")
@http_methods()
def export(request: StaffRequest) -> StreamingHttpResponse:
    """The same list as a file, with who took it out and when."""
    day = business_date.current()
    query = TodoQueryForm(request.GET).query()
    found = queries.sorted_by(queries.find(query, user=request.user), request.GET.get("sort", "due"))
    rows = pages.rows_of(queries.read(found)[:MOST_EXPORTED], user=request.user, on=day)
    moment = timezone.localtime(timezone.now()).isoformat(sep=" ", timespec="seconds")
    mark = gettext("Exported by %(name)s (%(number)s) at %(moment)s, business date %(day)s") % {
        "name": request.user.name,
        "number": request.user.staff_no,
        "moment": moment,
        "day": day.isoformat(),
    }
    lines = _lines(pages.export_rows(rows, language=get_language() or "en"), mark)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="todos-{day.isoformat()}.csv"'
    return response


class _Echo:
    def write(self, value: str) -> str:
        return value


def _lines(rows: Any, mark: str) -> Iterator[str]:
    """Starts with the mark that makes Excel read Chinese, ends with the watermark."""
    writer = csv.writer(_Echo())
    yield "\ufeff"
    for row in rows:
        yield writer.writerow([_harmless(cell) for cell in row])
    yield writer.writerow([mark])


def _harmless(cell: str) -> str:
    """A spreadsheet takes a text that starts so for a formula."""
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t"} else cell


@requires("todos.work")
@http_methods()
def todo(request: StaffRequest, todo_id: int) -> HttpResponse:
    """One todo, with what happened to it."""
    day = business_date.current()
    visible = queries.read(Todo.objects.visible_to(request.user))
    row = pages.rows_of([get_object_or_404(visible, pk=todo_id)], user=request.user, on=day)[0]
    events = Event.objects.filter(subject_kind="todo", subject_key=str(todo_id)).select_related("actor")
    context = {
        "row": row,
        "one": row.todo,
        "day": day,
        "may_do": row.todo.is_open and Todo.objects.filter(pk=todo_id).actionable_by(request.user).exists(),
        "events": [(event, timeline.describe(event)) for event in events.order_by("happened_at", "id")],
    }
    return render(request, "todos/todo.html", context)


# --- heads and supervisors -----------------------------------------------------------------------


@requires("todos.reassign")
@http_methods()
def team(request: StaffRequest) -> HttpResponse:
    """Who is behind with what, person by person and queue by queue."""
    day = business_date.latest()
    context: dict[str, Any] = {"day": day}
    if day is not None:
        context["workers"] = queries.workers(request.user, day)
        context["queues"] = queries.queues(request.user, day)
    return render(request, "todos/team.html", context)


@requires("todos.reassign")
@http_methods(reads=["GET"], writes=["POST"])
def reassign(request: StaffRequest) -> HttpResponse:
    """Gives the selected todos to somebody else: first a dry run row by row, then the same for good.

    The ids were fixed when they were selected; what has changed since is answered row by row.
    """
    ids = _ids(request.POST.getlist("ids"))[:MOST_REASSIGNED]
    if not ids:
        return redirect("todos:team")
    step = request.POST.get("step", "select")
    posted = request.POST if step != "select" else None
    form = ReassignForm(posted, user=request.user, on=business_date.calendar_today())
    context: dict[str, Any] = {"form": form, "ids": ids, "step": "select", "day": business_date.current()}
    if posted is not None and form.is_valid():
        context["step"] = "done" if step == "move" else "check"
        context["answers"] = services.reassign(
            ids,
            form.cleaned_data["to"],
            reason=form.cleaned_data["reason"],
            acting_user=request.user,
            dry_run=step != "move",
        )
        context["moved"] = sum(answer.is_moved for answer in context["answers"])
        context["to"] = form.cleaned_data["to"]
    return render(request, "todos/reassign.html", context)


@requires("todos.work")
@http_methods()
def queues(request: StaffRequest) -> HttpResponse:
    """The queues of the posts a person holds today, those most behind first."""
    day = business_date.latest()
    context: dict[str, Any] = {"day": day}
    if day is not None:
        context["queues"] = queries.queues(request.user, day, own=True)
    return render(request, "todos/queues.html", context)


@requires("todos.work")
@http_methods(reads=["GET"], writes=["POST"])
def queue(request: StaffRequest, post_code: str, branch_id: int) -> HttpResponse:
    """What waits in one queue, for who holds its post: do it, or take some of it for oneself."""
    held = queries.queue_held(request.user, post_code, branch_id)
    if held is None:
        raise Http404
    waiting = Todo.objects.open().in_queue(post_code, branch_id).actionable_by(request.user)
    if request.method == "POST":
        _take(request, waiting)
        return redirect("todos:queue", post_code, branch_id)
    day = business_date.latest()
    page = Paginator(queries.read(waiting.in_order()), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "queue": held,
        "page": page,
        "rows": pages.rows_of(page, user=request.user, on=day) if day else [],
        "day": day,
        "may_reassign": request.user.has_capability("todos.reassign"),
        **_units(),
    }
    return render(request, "todos/queue.html", context)


def _take(request: StaffRequest, waiting: TodoQuerySet) -> None:
    ids = _ids(request.POST.getlist("ids"))[:MOST_REASSIGNED]
    there = list(waiting.filter(pk__in=ids).values_list("pk", flat=True))
    taken = services.take(there, acting_user=request.user)
    if taken:
        said = ngettext("%(n)s todo is yours now.", "%(n)s todos are yours now.", len(taken)) % {"n": len(taken)}
        messages.success(request, said)
    missed = len(ids) - len(taken)
    if missed:
        said = ngettext(
            "%(n)s todo was gone already: somebody else has taken it, or it is closed.",
            "%(n)s todos were gone already: somebody else has taken them, or they are closed.",
            missed,
        )
        messages.warning(request, said % {"n": missed})
    if not ids:
        messages.error(request, gettext("Tick the todos you want to take."))


@requires("todos.view_escalated")
@http_methods()
def escalated(request: StaffRequest) -> HttpResponse:
    """What stayed undone until the supervisor was told: still open, or closed since."""
    day = business_date.latest()
    state = "all" if request.GET.get("state") == "all" else ""
    found = queries.find(TodoQuery(state=state, told="supervisor"), user=request.user)
    page = Paginator(queries.read(found.order_by("-supervisor_told_on", "due_on", "pk")), PER_PAGE)
    shown = page.get_page(request.GET.get("page"))
    context = {
        "page": shown,
        "rows": pages.rows_of(shown, user=request.user, on=day) if day else [],
        "day": day,
        "state": state,
        **_units(),
    }
    return render(request, "todos/escalated.html", context)
