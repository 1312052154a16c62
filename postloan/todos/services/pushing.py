"""Work is pushed to people: due and not yet there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from postloan.core import parameters, sql
from postloan.organization.models import Branch, PostCode
from postloan.todos import history, rules, staging
from postloan.todos.kinds import CloseReason, Kind, kind_of
from postloan.todos.services.holders import branch_past, posts_above
from postloan.todos.staging import SQL, Due

__all__ = ["Due", "Pushed", "push"]


# From here on the planner is told, before it plans the next statement for a table it takes for empty.
MANY = 1000


@dataclass(frozen=True)
class Pushed:
    """What a push wrote. `ids` are the todos opened."""

    opened: int
    superseded: int
    ids: tuple[int, ...] = ()


@transaction.atomic
def push(
    kind: str,
    due: str | Iterable[Due],
    parameters: Mapping[str, Any] | None = None,
    *,
    business_date: date,
    run_id: int | None = None,
    supersedes: Sequence[str] = (),
    acting_user: Any = None,
) -> Pushed:
    """Opens todos of one kind for what is due and has none yet; a second call writes nothing.

    `due` is rows, or a SELECT valid on both engines that names its columns: customer_id, subject_kind, subject_id,
    reason_code, due_on, and where it knows them loan_id, occurrence, line, arguments (JSON text), amount (currency
    units), days_overdue, assignee_id; for kinds that go to a post post_code and post_branch_id. It may use
    %(on)s, %(run_id)s and %(kind)s besides its own parameters.

    What is open of the kinds in `supersedes` about the same subjects gives way in the same transaction.
    Raises ValueError for an unknown kind or a column missing or unknown.
    """
    about = kind_of(kind)
    values = {**(parameters or {}), "on": business_date, "run_id": run_id, "kind": kind}
    with staging.table():
        if isinstance(due, str):
            staging.fill_from_select(due, values)
        elif not staging.fill_from_rows(due):
            return Pushed(0, 0)
        _address_to_post(about)
        staging.assign(business_date)
        _pass_over()
        ids = _open(about, values)
    if not ids:
        return Pushed(0, 0)
    if len(ids) >= MANY:
        sql.analyze("todos_todo")
    by_whom = {"business_date": business_date, "run_id": run_id, "acting_user": acting_user}
    history.record(ids, history.OPENED, **by_whom)
    superseded = _supersede(ids, supersedes, business_date) if supersedes else []
    if superseded:
        history.record(superseded, history.SUPERSEDED, **by_whom)
    return Pushed(len(ids), len(superseded), tuple(ids))


def _address_to_post(about: Kind) -> None:
    """What goes to a post by its nature never meets the ladder; nothing else may name a post."""
    if about.to_post:
        statement = "UPDATE todos_due SET post_code = %(post)s WHERE post_code = '' AND assignee_id IS NULL"
        sql.execute(statement, {"post": PostCode.BRANCH_HEAD.value})
    elif next(sql.rows("SELECT COUNT(*) AS n FROM todos_due WHERE post_code <> ''", {}))["n"]:
        raise ValueError(f"{about.code} goes to whoever is responsible, not to a post")


def _pass_over() -> None:
    """A queue whose holders may all not do it, for example because they made it, goes to the nearest one above."""
    queued = "SELECT * FROM todos_due WHERE not_by <> '' AND assignee_id IS NULL"
    for row in list(sql.rows(queued, {})):
        path = Branch.objects.values_list("path", flat=True).get(pk=row["post_branch_id"])
        without = {int(pk) for pk in row["not_by"].split(";")}
        above = branch_past(posts_above([path], row["post_code"]), path, row["line"], without=without)
        if above is not None:
            statement = """UPDATE todos_due SET post_branch_id = %(above)s WHERE subject_kind = %(subject_kind)s
                AND subject_id = %(subject_id)s AND occurrence = %(occurrence)s"""
            names = ("subject_kind", "subject_id", "occurrence")
            sql.execute(statement, {"above": above, **{name: row[name] for name in names}})


def _open(about: Kind, values: Mapping[str, Any]) -> list[int]:
    on = values["on"]
    weight = rules.weight_in_sql(
        about.weight,
        amount_steps=parameters.value(rules.AMOUNT_STEPS, on=on),
        late_steps=parameters.value(rules.LATE_STEPS, on=on),
    )
    statement = sql.load(SQL / "open_todos.sql").replace("{weight}", weight)
    return [row["id"] for row in sql.rows(statement, values)]


def _supersede(ids: list[int], kinds: Sequence[str], business_date: date) -> list[int]:
    values = {
        "on": business_date,
        "now": connection.ops.adapt_datetimefield_value(timezone.now()),
        "reason": CloseReason.WORSE_STAGE.value,
        "kinds": f";{';'.join(kinds)};",
    }
    with sql.table_of_ids(ids):
        return [row["id"] for row in sql.rows(SQL / "supersede.sql", values)]
