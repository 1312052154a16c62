"""manage.py export_loan_book: the loan book of a closed business date as CSV on standard output."""

from __future__ import annotations

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from postloan.nightly import export


class Command(BaseCommand):
    help = "Writes the loan book of a closed business date, the last one if none is named, as CSV."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--business-date", metavar="YYYY-MM-DD")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            day = export.closed_date(options["business_date"])
        except export.NotClosed as refusal:
            self.stderr.write(str(refusal))
            raise SystemExit(1) from None
        # The wrapper would end each piece with a new line; the bytes are the writer's alone.
        try:
            export.write_loan_book(day, getattr(self.stdout, "_out", self.stdout))  # type: ignore[arg-type]
        except BrokenPipeError:
            # Whoever reads has seen enough (`… | head`); what Python would still flush goes nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
