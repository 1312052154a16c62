"""Branches, staff and posts: made where there is none, ours from then on. A difference later is a finding."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Model
from simple_history.utils import bulk_create_with_history

from postloan.core import sql
from postloan.imports.format import codes
from postloan.imports.resolving import Batch, quoted
from postloan.imports.staging import Staged
from postloan.organization.models import ADMINISTRATORS, Branch, Post, Staff
from postloan.organization.rights import DEFAULT_SCOPE

BATCH_ROWS = 500
LONGEST_PATH = 400


def seed_branches(batch: Batch, staged: Staged) -> int:
    """Makes the branches nobody has yet, parents first; returns how many.

    A branch with an unknown parent, or one of a ring, hangs under the root.
    """
    known = {branch.branch_code: branch for branch in Branch.objects.all()}
    new = {row["branch_code"]: row for row in _new_rows(staged, "organization_branch", "branch_code")}
    made = 0
    for level in _levels(new, known):
        branches = []
        for code in level:
            row = new[code]
            parent = known.get(row.get("parent_code") or "") or (_root(known) if row.get("parent_code") else None)
            branches.append(
                Branch(
                    branch_code=code,
                    name=row["name"],
                    parent=parent,
                    level=row["level"],
                    kind=row.get("kind") or "branch",
                    path=f"{parent.path if parent else ''}{code}/"[:LONGEST_PATH],
                    first_delivered_on=batch.day,
                    changed_on=batch.day,
                )
            )
        made += len(bulk_create_with_history(branches, Branch, batch_size=BATCH_ROWS))
        known |= {branch.branch_code: branch for branch in Branch.objects.filter(branch_code__in=level)}
    return made


def _root(known: dict[str, Branch]) -> Branch | None:
    """Where a branch hangs whose parent is not known: never at the top, for the top sees the whole bank."""
    tops = [branch for branch in known.values() if branch.parent_id is None]
    return min(tops, key=lambda branch: (branch.level != "head_office", branch.branch_code), default=None)


def _levels(new: dict[str, dict], known: dict[str, Any]) -> Iterator[list[str]]:
    """The new branches in layers, so that each one's parent stands before it."""
    waiting = dict(new)
    placed = set(known)
    tops = [code for code, row in new.items() if not row.get("parent_code")]
    if tops:
        yield tops
        placed.update(tops)
        for code in tops:
            del waiting[code]
    while waiting:
        layer = [code for code, row in waiting.items() if row["parent_code"] in placed or row["parent_code"] not in new]
        if not layer:
            # A ring: cut at its smallest number, the rest finds its place under it.
            layer = [min(waiting)]
        yield layer
        placed.update(layer)
        for code in layer:
            del waiting[code]


def seed_staff(batch: Batch, staged: Staged) -> int:
    """Makes the staff nobody has yet, with their posts; returns how many. They have no password: none fits."""
    branches = dict(Branch.objects.values_list("branch_code", "id"))
    new = {row["staff_no"]: row for row in _new_rows(staged, "organization_staff", "staff_no")}
    people = []
    for number, row in new.items():
        person = Staff(
            staff_no=number,
            name=row["name"],
            branch_id=branches[row["branch_code"]],
            certificate_until=row.get("certificate_until"),
            is_active=bool(row["active"]),
            first_delivered_on=batch.day,
            changed_on=batch.day,
        )
        person.set_unusable_password()
        people.append(person)
    bulk_create_with_history(people, Staff, batch_size=BATCH_ROWS)
    _seed_posts(batch, new)
    return len(people)


def _seed_posts(batch: Batch, new: dict[str, dict]) -> None:
    posts = []
    administrators = {str(code) for code in ADMINISTRATORS}
    for person in Staff.objects.filter(staff_no__in=list(new)):
        row = new[person.staff_no]
        lines = ";".join(line for line in _listed(row.get("lines")) if line in codes.LINE)
        for code in dict.fromkeys(_listed(row["posts"])):
            if code not in DEFAULT_SCOPE or code in administrators:
                continue
            posts.append(
                Post(
                    staff=person,
                    code=code,
                    branch_id=person.branch_id,
                    lines=lines,
                    scope=DEFAULT_SCOPE[code],
                    valid_from=batch.day,
                )
            )
    bulk_create_with_history(posts, Post, batch_size=BATCH_ROWS)


def _listed(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(";") if part.strip()]


def _new_rows(staged: Staged, table: str, key: str) -> Iterator[dict[str, Any]]:
    names = ", ".join(f"s.{quoted(column.name)}" for column in staged.columns)
    return sql.rows(
        f"SELECT {names} FROM {staged.table} s WHERE s.verdict = 0"
        f" AND NOT EXISTS (SELECT 1 FROM {table} t WHERE t.{key} = s.{key}) ORDER BY s.line_no"
    )


def flag_missing(batch: Batch, staged: Staged, model: type[Model], key: str) -> int:
    """Flags branches or staff that a full file no longer names, and takes the flag from those that are back."""
    table = model._meta.db_table
    back = f"EXISTS (SELECT 1 FROM {staged.table} s WHERE s.{key} = t.{key})"
    sql.execute(f"UPDATE {table} AS t SET missing_since = NULL WHERE t.missing_since IS NOT NULL AND {back}")
    if not staged.is_full:
        return 0
    # Who was made here and never delivered cannot go missing.
    return sql.execute(
        f"UPDATE {table} AS t SET missing_since = %(day)s WHERE t.missing_since IS NULL"
        f" AND t.first_delivered_on IS NOT NULL AND NOT {back}",
        {"day": batch.day},
    )
