"""`manage.py create_administrator NUMBER NAME`: the first of each kind of administrator; the pages make the others."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from postloan.core import business_date
from postloan.organization import services
from postloan.organization.models import ADMINISTRATORS, Branch, Post, PostCode

REASON = "first set-up"


class Command(BaseCommand):
    help = "Creates an administrator where there is none of the kind yet, with a one-time password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("staff_no", help="the number that logs in")
        parser.add_argument("name", help="the person's name")
        parser.add_argument(
            "--post",
            choices=sorted(ADMINISTRATORS),
            default=str(PostCode.SYSTEM_ADMINISTRATOR),
            help="which of the three",
        )
        parser.add_argument("--branch", default="", help="branch number; without it, the head office")
        parser.add_argument("--branch-name", default="", help="makes the head office where no branch exists yet")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        held = Post.objects.on(business_date.calendar_today()).filter(code=options["post"], staff__is_active=True)
        if held.exists():
            raise CommandError(f"There is a {options['post']} already, who adds others on the page about people.")
        branch = self._branch(options["branch"], options["branch_name"])
        try:
            staff, password = services.add_staff(
                staff_no=options["staff_no"], name=options["name"], branch=branch, acting_user=None, reason=REASON
            )
            services.grant_post(staff, code=options["post"], branch=branch, acting_user=None, reason=REASON)
        except services.Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{staff.staff_no}  one-time password: {password}")
        self.stdout.write("It is shown only now, and must be changed at the first log-in.")

    def _branch(self, code: str, name: str) -> Branch:
        if code and name and not Branch.objects.exists():
            return Branch.objects.create(branch_code=code, name=name, level="head_office", path=f"{code}/")
        found = Branch.objects.filter(branch_code=code) if code else Branch.objects.filter(parent=None)
        branch = found.order_by("path").first()
        if branch is None:
            raise CommandError("No such branch. Before the first extract, give --branch and --branch-name.")
        return branch
