"""Whom the book is served to: people who see the whole bank and heads of branches, each with rows to open.

Runs inside the product (`manage.py shell`); only a bench calls it, in a database of its own.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import cycle
from typing import Any

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from postloan.customers.models import Customer
from postloan.loans.models import Loan
from postloan.organization import services
from postloan.organization.models import Branch, PostCode, Staff

PASSWORD = "Postloan-2026"
REASON = "bench"
WHOLE_BANK, ONE_BRANCH = "the whole bank", "one branch"
NEEDED = ("customers.view_customers", "loans.view_book")
ROWS = 60


def groups(count: int) -> dict[str, list[dict[str, Any]]]:
    """Each person logs in by a number of their own: where a bank allows one session, a second one ends the first."""
    random.seed(7)
    root = Branch.objects.order_by("path")[0]
    below = list(Branch.objects.exclude(pk=root.pk).order_by("path"))
    if not below:
        raise SystemExit("the bank has no branch below its head office")
    seeing = {
        WHOLE_BANK: _made("bench-all", PostCode.RISK_OFFICER, [root], count),
        ONE_BRANCH: _made("bench-head", PostCode.BRANCH_HEAD, below, count),
    }
    return {name: [_person(staff) for staff in people] for name, people in seeing.items()}


def _made(prefix: str, code: PostCode, branches: list[Branch], count: int) -> Iterator[Staff]:
    encoded = make_password(PASSWORD)
    for number, branch in zip(range(count), cycle(branches), strict=False):
        staff_no = f"{prefix}-{number:02d}"
        staff, _password = services.add_staff(
            staff_no=staff_no, name=staff_no, branch=branch, acting_user=None, reason=REASON
        )
        services.grant_post(staff, code=code.value, branch=branch, acting_user=None, reason=REASON)
        Staff.objects.filter(pk=staff.pk).update(
            password=encoded,
            is_demonstration=True,
            must_change_password=False,
            password_changed_at=timezone.now(),
        )
        yield Staff.objects.get(pk=staff.pk)


def _person(staff: Staff) -> dict[str, Any]:
    lacking = [capability for capability in NEEDED if not staff.has_capability(capability)]
    loans = _some(Loan, staff, "pk", "loan_no")
    found = _some(Customer, staff, "pk", "customer_no", "name")
    if lacking or not loans or not found:
        raise SystemExit(f"{staff.staff_no} sees no book: {lacking or 'no rows'}")
    return {
        "staff_no": staff.staff_no,
        "password": PASSWORD,
        "branch": staff.branch.path,
        "loans": [pk for pk, _number in loans],
        "loan_numbers": [number for _pk, number in loans],
        "customers": [pk for pk, _number, _name in found],
        "customer_numbers": [number for _pk, number, _name in found],
        "names": [name for _pk, _number, name in found],
    }


def _some(model: Any, staff: Staff, *columns: str) -> list[Any]:
    """Rows from all over the table: of what is drawn a head of a branch sees a twentieth, which is enough."""
    keys = model.objects.order_by("pk").values_list("pk", flat=True)
    first, last = keys.first() or 0, keys.last() or 0
    drawn = random.sample(range(first, last + 1), min(last + 1 - first, ROWS * 40))
    seen = list(model.objects.visible_to(staff).filter(pk__in=drawn).order_by("pk").values_list(*columns))
    return random.sample(seen, min(len(seen), ROWS))
