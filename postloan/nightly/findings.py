"""What a night finds about the data: core banking's word beside ours, and days nobody is responsible."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from postloan.core import findings, sql
from postloan.loans.models import FiveLevelClass
from postloan.organization.models import Line

SQL = Path(__file__).parent / "sql"

CLASS_BETTER = findings.define(
    "loans.class_better_than_floor",
    _("Class better than the floor"),
    _("Core banking has {key} as {class}; its days overdue demand {floor} at least."),
    words=dict(FiveLevelClass.choices),
)
METHOD_UNKNOWN = findings.define(
    "loans.class_method_unknown",
    _("Method of classification not known"),
    _("Product {key}: its method of classification is not known; its loans count by the debtor method."),
)
CORE_OVERDUE = findings.define(
    "loans.overdue_differs",
    _("Overdue otherwise in core banking"),
    _("{key}, {aspect}: core banking says {theirs}, worked out from the instalments it is {ours}."),
    amounts=("ours", "theirs"),
    words={
        "principal": _("overdue principal"),
        "interest": _("overdue interest"),
        "principal_since": _("principal overdue since"),
        "interest_since": _("interest overdue since"),
        "undated_interest": _("interest in arrears without a date"),
    },
)
WITHOUT_MANAGER = findings.define(
    "customers.without_manager",
    _("Nobody is responsible"),
    _("Customer {key} has {loans} live loans and no manager A for the line {aspect}."),
    words=dict(Line.choices),
)
OVERLAP = findings.define(
    "customers.managers_overlap",
    _("Two people in the same role"),
    _("{key}: two people hold the role {aspect} on the same day."),
)


def keep(kind: str, file: str, day: date) -> findings.Kept:
    """Makes the open findings of a kind equal to what the query in `file` sees."""
    return findings.keep(kind, sql.load(SQL / file), {"day": day}, on=day)


def keep_core_overdue(day: date, *, since: date | None) -> findings.Kept:
    """Core banking's word on what is overdue beside ours; with `since` of the loans of which something was written.

    Where nothing was written and no date came, both sides say what they said, and so does the finding.
    """
    values = {"day": day, "since": since or day, "whole": int(since is None)}
    sql.execute("DROP TABLE IF EXISTS night_noted")
    sql.execute(SQL / "noted.sql", values)
    if sql.is_postgres():
        sql.analyze("night_noted")
    within = "TRUE" if since is None else "f.loan_id IN (SELECT n.loan_id FROM night_noted n)"
    kept = findings.keep(CORE_OVERDUE, sql.load(SQL / "finding_core_overdue.sql"), values, on=day, within=within)
    sql.execute("DROP TABLE night_noted")
    return kept
