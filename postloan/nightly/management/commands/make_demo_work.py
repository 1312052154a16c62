"""`manage.py make_demo_work`: the demonstration's people do a believable part of the last business date's work."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from postloan.core import business_date
from postloan.nightly.demonstration.pace import Day
from postloan.nightly.demonstration.work import work

SEED = 7


class Command(BaseCommand):
    help = "Works the last closed business date as the bank's people would. Only in a demonstration."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=SEED)
        parser.add_argument(
            "--following",
            type=date.fromisoformat,
            help="the business date that comes next; without, the day's own work stays open",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.IS_DEMONSTRATION:
            raise CommandError("This is no demonstration: nobody's work is done here but by people.")
        day = business_date.last_closed()
        if day is None or business_date.open_date() is not None:
            raise CommandError("Work is done on a closed business date with none open: run the night first.")
        counts = work(Day(day, options["following"], options["seed"]))
        done = "  ".join(f"{name} {count}" for name, count in sorted(counts.items()))
        self.stdout.write(f"{day}: {done or 'nothing to do, or done before'}")
