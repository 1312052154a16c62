"""A correction replaces the last date's extract: what that one brought and this one does not name is withdrawn."""

from __future__ import annotations

from postloan.core import sql
from postloan.imports.applying import mapping_of, named
from postloan.imports.format import SPECS
from postloan.imports.refusals import ExtractRefused
from postloan.imports.resolving import Batch, quoted
from postloan.imports.staging import Staged


def _not_named(staged: Staged | None) -> str:
    return f" AND NOT {named(staged, mapping_of(staged))}" if staged is not None else ""


def check_leaves_nothing_out(batch: Batch) -> None:
    """Raises ExtractRefused where a row changed by the replaced extract would keep a state nobody delivers any more.

    A full file says everything anew; a file of changes, or one not delivered, has to name each row that was changed.
    """
    for name, spec in SPECS.items():
        staged = batch.delivered.get(name)
        if spec.is_seeded or (staged is not None and staged.is_full):
            continue
        key = f"t.{quoted(spec.key[0].target)}" if spec.model_field(spec.key[0]) else "CAST(t.id AS text)"
        if spec.key[0].name == "loan_no" and spec.model_field(spec.key[0]) is None:
            key = "(SELECT l.loan_no FROM loans_loan l WHERE l.id = t.loan_id)"
        statement = (
            f"SELECT {key} AS key FROM {spec.table} t WHERE t.first_delivered_on < %(day)s"
            f" AND (t.changed_on = %(day)s OR t.superseded_on = %(day)s){_not_named(staged)} ORDER BY 1 LIMIT 1"
        )
        for row in sql.rows(statement, {"day": batch.day}):
            raise ExtractRefused("correction_leaves_out", file=spec.file_name, key=row["key"])


def withdraw(batch: Batch) -> dict[str, int]:
    """Supersedes what came first with the replaced extract and is not named now, children before parents.

    Flags set by the replaced extract are taken back; the files of this one set them anew.
    """
    withdrawn = {}
    for name, spec in reversed(SPECS.items()):
        if spec.is_seeded:
            continue
        sql.execute(f"UPDATE {spec.table} SET missing_since = NULL WHERE missing_since = %(day)s", {"day": batch.day})
        withdrawn[name] = sql.execute(
            f"UPDATE {spec.table} AS t SET superseded_on = %(day)s WHERE t.first_delivered_on = %(day)s"
            f" AND t.superseded_on IS NULL{_not_named(batch.delivered.get(name))}",
            {"day": batch.day},
        )
    return withdrawn
