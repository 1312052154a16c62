"""`manage.py name_institution NAME`: the bank's name as the frame shows it; extracts carry only its code."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from postloan.core.models import Institution


class Command(BaseCommand):
    help = "Gives the institution of this database its name. The first extract must have bound the institution."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        institution = Institution.objects.first()
        if institution is None:
            raise CommandError("No extract has been applied yet: there is no institution to name.")
        institution.name = options["name"].strip()
        institution.save(update_fields=["name"])
        self.stdout.write(f"{institution.code}: {institution.name}")
