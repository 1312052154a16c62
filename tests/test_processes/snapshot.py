"""Run beside the processes under test, by `python -m tests.test_processes.snapshot`: what the database holds, by
business keys and never by ids.

    reference FOLDER…   applies and closes each folder in turn, undisturbed, and prints a line of JSON for each
    answer              does what each line read says, and prints a line of JSON: what there is now; a zip to be
                        taken as an upload; that what nobody knows about did arrive
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
from pathlib import Path
from typing import Any

import django

django.setup()

from django.db.models import OuterRef, Subquery  # noqa: E402

from postloan.classification.models import MonthEndBook  # noqa: E402
from postloan.collections.models import (  # noqa: E402
    BucketMove,
    ExpectedDeduction,
    InstalmentReminder,
    MaturityNotice,
    OverdueStage,
)
from postloan.core import business_date, dead_letters, jobs  # noqa: E402
from postloan.core.messages import Delivery  # noqa: E402
from postloan.customers.models import Customer  # noqa: E402
from postloan.loans.models import Loan, LoanState  # noqa: E402
from postloan.nightly.export import write_loan_book  # noqa: E402
from postloan.nightly.models import ControlTotal, NightRun, RunState  # noqa: E402
from postloan.todos.models import Todo  # noqa: E402

CUSTOMER_NO = Subquery(Customer.objects.filter(pk=OuterRef("message__customer_id")).values("customer_no"))
LOAN_NO = Subquery(Loan.objects.filter(pk=OuterRef("message__loan_id")).values("loan_no"))
FIELDS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "todos": (
        Todo.objects,
        (
            "kind",
            "customer__customer_no",
            "loan__loan_no",
            "occurrence",
            "state",
            "assignee__staff_no",
            "post_code",
            "reason_code",
            "opened_on",
            "due_on",
            "closed_on",
            "weight",
        ),
    ),
    "notices": (
        MaturityNotice.objects,
        ("loan__loan_no", "item__item_no", "matures_on", "step_days", "raised_on", "due_on", "withdrawn_on"),
    ),
    "stages": (OverdueStage.objects, ("case__loan__loan_no", "raised_on", "level", "tick", "due_on", "withdrawn_on")),
    "moves": (BucketMove.objects, ("loan__loan_no", "business_date", "scale", "from_code", "to_code")),
    "reminders": (InstalmentReminder.objects, ("loan__loan_no", "due_on", "step_days", "raised_on", "ended_on")),
    "deductions": (ExpectedDeduction.objects, ("loan__loan_no", "due_on")),
    "states": (LoanState.objects, ("loan__loan_no", "valid_from", "valid_to", "bucket", "principal_balance")),
    "books": (MonthEndBook.objects, ("business_date", "loan_count")),
    "deliveries": (
        Delivery.objects.annotate(customer_no=CUSTOMER_NO, loan_no=LOAN_NO),
        (
            "message__template",
            "customer_no",
            "message__staff__staff_no",
            "loan_no",
            "message__business_date",
            "message__address",
            "message__arguments",
            "channel",
            "state",
        ),
    ),
    "totals": (
        ControlTotal.objects.filter(run__state=RunState.DONE),
        ("run__business_date", "check_code", "dimension", "key", "currency", "left", "right"),
    ),
    "nights": (NightRun.objects.filter(state=RunState.DONE), ("business_date", "revision")),
}


def taken() -> dict[str, Any]:
    day = business_date.last_closed()
    found: dict[str, Any] = {"day": str(day)}
    for name, (rows, fields) in FIELDS.items():
        found[name] = sorted(json.dumps(row, default=str, ensure_ascii=False) for row in rows.values_list(*fields))
    book = io.StringIO()
    if day is not None:
        write_loan_book(day, book)
    found["book"] = hashlib.sha256(book.getvalue().encode()).hexdigest()
    return found


def say(found: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


def reference(folders: list[str]) -> None:
    from postloan.imports.services import import_folder
    from postloan.nightly.services import run_night

    for folder in folders:
        import_folder(folder)
        run_night()
        jobs.run_due()
        say(taken())


def answer() -> None:
    for line in sys.stdin:
        order, _space, argument = line.strip().partition(" ")
        say({"now": taken, "upload": lambda path=argument: upload(path), "arrived": arrived}[order]())


def upload(path: str) -> dict[str, Any]:
    from postloan.imports.services import receive_upload

    with Path(path).open("rb") as file:
        return {"run": receive_upload(file, acting_user=None, name=Path(path).name).pk}


def arrived() -> dict[str, Any]:
    """Somebody has asked the recipients of what nobody knows about."""
    return {"arrived": sum(dead_letters.mark_arrived(row) for row in Delivery.objects.filter(outcome_unknown=True))}


if __name__ == "__main__":
    reference(sys.argv[2:]) if sys.argv[1] == "reference" else answer()
