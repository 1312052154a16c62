"""Loads the working days of years, for example when a new version of the library knows new holidays."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from postloan.core import calendar


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("years", nargs="*", type=int, help="without years: all that are published, and two more")

    def handle(self, *args: Any, years: list[int], **options: Any) -> None:
        known = calendar.PUBLISHED_YEARS
        wanted = years or list(range(known.start, known.stop + calendar.YEARS_AHEAD))
        written = calendar.load(wanted)
        self.stdout.write(f"{written} days written")
        provisional = [str(year) for year in wanted if calendar.is_provisional(year)]
        if provisional:
            self.stdout.write(f"provisional, Monday to Friday: {', '.join(provisional)}")
