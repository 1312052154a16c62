"""`manage.py make_demo_logins`: one log-in a post, from the people of the bank that is loaded."""

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import Case, Count, When
from django.utils import timezone, translation

from postloan.core import business_date
from postloan.loans.models import LoanState
from postloan.organization import services
from postloan.organization.models import Branch, BranchKind, Post, PostCode, Staff

# Known to everybody who runs a demonstration; production refuses to start while one of these log-ins exists.
PASSWORD = "Postloan-2026"  # noqa: S105
REASON = "demonstration"
# Those whose people sit beside or above the account manager; the others are looked for in the whole bank.
OF_HIS_BRANCH = (PostCode.DEPARTMENT_HEAD, PostCode.BRANCH_HEAD, PostCode.VICE_PRESIDENT, PostCode.RISK_OFFICER)


class Command(BaseCommand):
    help = "Gives each post one demonstration log-in and prints them. Only in a demonstration."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print a list of objects instead of lines")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.IS_DEMONSTRATION:
            raise CommandError("This is no demonstration: log-ins with a public password are not made here.")
        if not Branch.objects.exists():
            raise CommandError("No bank is loaded yet: there is nobody to give a log-in to.")
        rows = make_logins()
        if options["json"]:
            self.stdout.write(json.dumps(rows, ensure_ascii=False))
            return
        width = max(len(row["post"]) for row in rows)
        for row in rows:
            self.stdout.write(f"{row['post']:<{width}}  {row['staff_no']:<16}  {row['password']}  {row['name']}")


@transaction.atomic
def make_logins() -> list[dict[str, str]]:
    """The same people again on a second run, with the same password."""
    rows, taken = [], set[int]()
    manager = _account_manager()
    encoded = make_password(PASSWORD)
    for code in PostCode:
        staff = _already(code) or _choose(code, manager, taken) or _create(code, manager)
        if code == PostCode.ACCOUNT_MANAGER:
            manager = staff
        taken.add(staff.pk)
        Staff.objects.filter(pk=staff.pk).update(
            password=encoded,
            is_active=True,
            is_demonstration=True,
            must_change_password=False,
            password_changed_at=timezone.now(),
        )
        rows.append(_row(code, staff))
    return rows


def _row(code: PostCode, staff: Staff) -> dict[str, str]:
    with translation.override("zh-hans"):
        role = str(code.label)
    return {
        "role": role,
        "post": str(code.value),
        "staff_no": staff.staff_no,
        "password": PASSWORD,
        "name": staff.name,
        "branch": staff.branch.name,
    }


def _account_manager() -> Staff | None:
    """Of those in a branch, where firms are looked after too, the one with the most overdue customers."""
    overdue = LoanState.objects.now().overdue().exclude(manager=None).filter(manager__is_active=True)
    ranked = (
        overdue.order_by()
        .values("manager")
        .annotate(
            customers=Count("customer", distinct=True),
            in_a_branch=Case(When(manager__branch__kind=BranchKind.BRANCH, then=1), default=0),
        )
    )
    first = ranked.order_by("-in_a_branch", "-customers", "manager").first()
    return Staff.objects.select_related("branch").get(pk=first["manager"]) if first else None


def _held(code: PostCode) -> Any:
    held = Post.objects.on(business_date.calendar_today()).filter(code=code, staff__is_active=True)
    return held.select_related("staff__branch", "branch").order_by("staff__staff_no")


def _already(code: PostCode) -> Staff | None:
    post = _held(code).filter(staff__is_demonstration=True).first()
    return post.staff if post else None


def _choose(code: PostCode, manager: Staff | None, taken: set[int]) -> Staff | None:
    """Of those who hold the post: for posts of a branch the nearest above the manager, else the highest placed."""
    if code == PostCode.ACCOUNT_MANAGER and manager and _held(code).filter(staff=manager).exists():
        return manager
    posts = [post for post in _held(code) if post.staff_id not in taken]
    if manager and code in OF_HIS_BRANCH:
        path = manager.branch.path
        above = [post for post in posts if path.startswith(post.branch.path)]
        return max(above, key=lambda post: len(post.branch.path)).staff if above else None
    return min(posts, key=lambda post: post.branch.depth).staff if posts else None


def _create(code: PostCode, manager: Staff | None) -> Staff:
    """For the administrators, whom no extract names, and for posts this bank has not."""
    root = Branch.objects.order_by("path")[0]
    branch = manager.branch if manager and code in OF_HIS_BRANCH else root
    number = f"demo-{code.value.replace('_', '-')}"
    with translation.override("zh-hans"):
        name = f"演示{code.label}"
    staff = Staff.objects.filter(staff_no=number).first()
    if staff is None:
        staff, _password = services.add_staff(
            staff_no=number, name=name, branch=branch, acting_user=None, reason=REASON
        )
    if not _held(code).filter(staff=staff).exists():
        services.grant_post(staff, code=code.value, branch=branch, acting_user=None, reason=REASON)
    return staff
