"""Lists of todos with an address: each number on a page leads to exactly the rows it counts."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import urlencode

from django.db.models import F, Q
from django.urls import reverse

from postloan.todos.kinds import kinds_of
from postloan.todos.models import Todo
from postloan.todos.querysets import TodoQuerySet

PERSONAL = ("id_number", "phone", "address", "service_address")
MINE = "mine"


@dataclass(frozen=True)
class TodoQuery:
    """A set of todos as a page, an address and a number all mean it. Empty means: does not matter.

    `whose` is "mine" for what the reader may do, else everything the reader sees. `assignee` is an id, `queue` the
    code of a post and the id of its branch, with a colon between.
    """

    whose: str = ""
    q: str = ""
    tab: str = ""
    kind: str = ""
    state: str = ""
    assignee: str = ""
    queue: str = ""
    branch: str = ""
    line: str = ""
    due_from: str = ""
    due_by: str = ""
    told: str = ""

    def href(self) -> str:
        given = {item.name: getattr(self, item.name) for item in fields(self) if getattr(self, item.name)}
        return reverse("todos:todos") + (f"?{urlencode(given)}" if given else "")

    def also(self, **changes: Any) -> TodoQuery:
        return replace(self, **{name: str(value) for name, value in changes.items()})


def find(query: TodoQuery, *, user: Any) -> TodoQuerySet:
    """Exactly the todos a query means, within what the reader sees."""
    todos = Todo.objects.actionable_by(user) if query.whose == MINE else Todo.objects.visible_to(user)
    for condition in _conditions(query):
        todos = todos.filter(condition)
    return todos


def _conditions(query: TodoQuery) -> list[Q]:
    told = {"head": Q(head_told_on__isnull=False), "supervisor": Q(supervisor_told_on__isnull=False)}
    text = Q(customer__name__icontains=query.q) | Q(customer__customer_no__iexact=query.q)
    conditions = [
        (query.state != "all", Q(state=query.state or "open")),
        (query.q, text | Q(loan__loan_no__istartswith=query.q)),
        (query.tab, Q(kind__in=kinds_of(query.tab))),
        (query.kind, Q(kind=query.kind)),
        (query.assignee, Q(assignee=query.assignee)),
        (query.queue, _of_queue(query.queue)),
        (query.branch, Q(customer__branch__path__startswith=query.branch)),
        (query.line, Q(line=query.line)),
        (query.due_from, Q(due_on__gte=query.due_from)),
        (query.due_by, Q(due_on__lte=query.due_by)),
        (query.told, told.get(query.told, Q())),
    ]
    return [condition for is_asked, condition in conditions if is_asked]


def _of_queue(queue: str) -> Q:
    code, _colon, branch = queue.partition(":")
    return Q(assignee=None, post_code=code, post_branch=int(branch) if branch.isdigit() else 0)


SORTS = {
    "due": ("due_on", "-weight", "pk"),
    "weight": ("weight", "due_on", "pk"),
    "customer": ("customer__name", "due_on", "pk"),
    "kind": ("kind", "due_on", "pk"),
    "who": ("assignee__name", "due_on", "pk"),
}


def sorted_by(found: TodoQuerySet, sort: str) -> TodoQuerySet:
    key, is_down = sort.lstrip("-"), sort.startswith("-")
    first, *rest = SORTS.get(key, SORTS["due"])
    return found.order_by(F(first).desc(nulls_last=True) if is_down else F(first).asc(nulls_last=True), *rest)


def read(found: TodoQuerySet) -> TodoQuerySet:
    """What a list shows of each todo in one query, without personal data."""
    personal = [f"customer__{name}" for name in PERSONAL]
    return found.select_related("customer__branch", "loan", "assignee", "post_branch", "closed_by").defer(*personal)
