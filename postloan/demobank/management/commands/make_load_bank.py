import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from postloan.demobank.dates import DEFAULT_UNTIL
from postloan.demobank.loadbank import make_load_bank


class Command(BaseCommand):
    help = "Writes a plain book of N loans with twelve instalments each and, after it, an extract of changes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("directory", type=Path)
        parser.add_argument("--loans", type=int, required=True)
        parser.add_argument("--date", type=date.fromisoformat, default=DEFAULT_UNTIL - timedelta(days=1))
        parser.add_argument("--changes-date", type=date.fromisoformat, help="also write what changed up to this date")
        parser.add_argument("--changed-pct", type=float, default=1.0)

    def handle(self, *args: Any, **options: Any) -> None:
        directory: Path = options["directory"]
        if directory.exists() and any(directory.iterdir()):
            raise CommandError(f"{directory} is not empty")
        started = time.monotonic()
        try:
            make_load_bank(
                directory, options["loans"], options["date"], options["changes_date"], options["changed_pct"]
            )
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{options['loans']} loans in {directory} ({time.monotonic() - started:.1f} s)")
