"""What a failed night says, in the reader's language: the faults by their codes, the loans by number."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from postloan.nightly.models import NightRun

FAULTS = {
    "without_interval": gettext_lazy("has no open interval"),
    "two_open": gettext_lazy("has two open intervals"),
    "withdrawn_open": gettext_lazy("was withdrawn and has an open interval"),
    "gap": gettext_lazy("has a gap between its intervals"),
    "overlap": gettext_lazy("has intervals that overlap"),
    "not_continued": gettext_lazy("has an interval closed without a next one"),
    "lost": gettext_lazy("has lost what it was before"),
    "loan_differs": gettext_lazy("has another balance than core banking delivered"),
    "interval_differs": gettext_lazy("has another balance in its interval than core banking delivered"),
    "held_differs": gettext_lazy("is held back and has another balance in its interval"),
    "never_delivered": gettext_lazy("was never delivered"),
    "principal_differs": gettext_lazy("has another overdue principal than its instalments"),
    "interest_differs": gettext_lazy("has another overdue interest than its instalments"),
    "since_differs": gettext_lazy("is overdue since another day than its instalments say"),
    "bucket_differs": gettext_lazy("stands in another bucket than its days overdue say"),
    "band_differs": gettext_lazy("stands in another band than its days overdue say"),
    "floor_differs": gettext_lazy("has another class floor than its days overdue and its product say"),
    "two_managers": gettext_lazy("has two managers A"),
    "branch_differs": gettext_lazy("stands under another branch"),
    "class_differs": gettext_lazy("stands in another class than delivered"),
    "manager_differs": gettext_lazy("stands under another manager than is responsible"),
}
CHECKS = {
    "loans": gettext_lazy("Loans and open intervals"),
    "manifest": gettext_lazy("Manifest and delivered balances"),
    "manifest_with_held": gettext_lazy("Manifest and delivered balances, some held back"),
    "balance": gettext_lazy("Delivered balances and intervals"),
    "balance_of_loans": gettext_lazy("Loans table and intervals"),
    "balance_in_quarantine": gettext_lazy("In quarantine: delivered and held"),
    "balance_rejected": gettext_lazy("Rejected: delivered and held"),
    "balance_missing": gettext_lazy("Missing from the delivery: last said and held"),
    "overdue_principal": gettext_lazy("Overdue principal: instalments and intervals"),
    "overdue_interest": gettext_lazy("Overdue interest: instalments and intervals"),
    "balance_by": gettext_lazy("Balance: loans and intervals"),
    "balance_of_intervals": gettext_lazy("Sum of the parts"),
}
DIMENSIONS = {
    "class": gettext_lazy("by class"),
    "branch": gettext_lazy("by branch"),
    "manager": gettext_lazy("by manager"),
    "bucket": gettext_lazy("by bucket"),
}
# A part whose key is empty: no class delivered, nobody responsible.
UNNAMED = gettext_lazy("none given")


def sentence(failures: list[dict[str, Any]]) -> str:
    """One sentence for the person who asked: what differs, and which loans."""
    parts = [part for failure in failures for part in _parts(failure)]
    return _("The control totals do not agree and nothing was changed: %(faults)s.") % {"faults": "; ".join(parts)}


def night_sentence(run: NightRun) -> str:
    """Why a night failed, in one sentence."""
    reason = sentence(run.failures) if run.failures else run.error
    return _("The night of %(day)s failed. %(reason)s") % {"day": run.business_date, "reason": reason}


def _parts(failure: dict[str, Any]) -> list[str]:
    parts = [row_text(row) for row in failure["rows"]]
    if failure["more"]:
        parts.append(ngettext("%(count)s more", "%(count)s more", failure["more"]) % {"count": failure["more"]})
    return parts


def row_text(row: dict[str, Any]) -> str:
    """One fault: a loan with what is wrong, or a total with its two sides."""
    sides = _sides(row)
    if "loan_no" in row:
        text = _("%(loan)s %(fault)s") % {"loan": row["loan_no"], "fault": FAULTS.get(row["fault"], row["fault"])}
    else:
        text = total_text(row["fault"], row["dimension"], row["key"], row["currency"])
    return f"{text} ({sides})" if sides else text


def total_text(check: str, dimension: str, key: str, currency: str) -> str:
    names = [str(CHECKS.get(check, check)), str(DIMENSIONS.get(dimension, dimension)), key, currency]
    return " ".join(filter(None, names))


def _sides(row: dict[str, Any]) -> str:
    if row.get("ours") is None and row.get("theirs") is None:
        return ""
    return _("here %(ours)s, there %(theirs)s") % {
        "ours": row.get("ours") or "–",
        "theirs": row.get("theirs") or "–",
    }


COUNTS = {
    "superseded": gettext_lazy("taken back"),
    "looked_at": gettext_lazy("loans looked at"),
    "took_effect": gettext_lazy("took effect"),
    "kept_back": gettext_lazy("kept back"),
    "customers": gettext_lazy("customers"),
    "todos_moved": gettext_lazy("todos moved"),
    "drafted": gettext_lazy("states drafted"),
    "opened": gettext_lazy("opened"),
    "closed": gettext_lazy("ended"),
    "ended": gettext_lazy("ended"),
    "watched": gettext_lazy("watches set"),
    "countdowns": gettext_lazy("countdowns written"),
    "countdowns_gone": gettext_lazy("countdowns withdrawn"),
    "moved": gettext_lazy("moves"),
    "found": gettext_lazy("found"),
    "changed": gettext_lazy("changed"),
    "gone": gettext_lazy("gone"),
    "in_a_row": gettext_lazy("on the list, missed in a row"),
    "in_all": gettext_lazy("on the list, missed in all"),
    "no_data": gettext_lazy("no data"),
    "frozen": gettext_lazy("loans frozen"),
    "raised": gettext_lazy("notices raised"),
    "revived": gettext_lazy("notices revived"),
    "withdrawn": gettext_lazy("notices withdrawn"),
    "todos": gettext_lazy("todos made"),
    "todos_passed": gettext_lazy("todos passed"),
    "messages": gettext_lazy("messages"),
    "undone": gettext_lazy("undone"),
    "reopened": gettext_lazy("opened again"),
    "opened_again": gettext_lazy("opened again"),
    "stages": gettext_lazy("stages reached"),
    "kept": gettext_lazy("kept"),
    "broken": gettext_lazy("broken"),
    "listed": gettext_lazy("listed"),
    "shortfalls": gettext_lazy("shortfalls"),
    "failures": gettext_lazy("failed deductions"),
    "reminded": gettext_lazy("people reminded"),
    "heads_told": gettext_lazy("heads told"),
    "supervisors_told": gettext_lazy("supervisors told"),
    "first": gettext_lazy("first inspections"),
    "periodic": gettext_lazy("periodic inspections"),
    "special": gettext_lazy("special inspections"),
    "brought_forward": gettext_lazy("brought forward"),
    "funds_looked_at": gettext_lazy("loans whose money was followed"),
    "funds_found": gettext_lazy("findings to answer"),
    "funds_gone": gettext_lazy("findings withdrawn"),
    "lists": gettext_lazy("monthly lists"),
    "totals": gettext_lazy("totals"),
    "differences": gettext_lazy("differences"),
    "faults": gettext_lazy("faults"),
}


def counts_text(counts: dict[str, int]) -> list[tuple[str, int]]:
    """The counts of a step with their names, in the reader's language."""
    return [(str(COUNTS.get(code, code)), count) for code, count in counts.items()]
