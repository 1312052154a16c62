import time
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from postloan.demobank.dates import DEFAULT_UNTIL
from postloan.demobank.generator import Settings, make_demo_bank


class Command(BaseCommand):
    help = "Writes extracts in format 1 for a fictional city bank: a dated folder each, and the truth beside them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("directory", type=Path)
        parser.add_argument("--customers", type=int, default=300)
        parser.add_argument("--months", type=int, default=6)
        parser.add_argument("--seed", type=int, default=7)
        parser.add_argument("--until", type=date.fromisoformat, default=DEFAULT_UNTIL)
        parser.add_argument("--truth", type=Path, help="default: <directory>-truth.json beside the directory")
        parser.add_argument("--progress", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        directory: Path = options["directory"]
        if directory.exists() and any(directory.iterdir()):
            raise CommandError(f"{directory} is not empty")
        truth = options["truth"] or directory.parent / f"{directory.resolve().name}-truth.json"
        settings = Settings(options["customers"], options["months"], options["seed"], options["until"])
        progress = self.stdout.write if options["progress"] else None
        started = time.monotonic()
        try:
            bank = make_demo_bank(directory, truth, settings, progress)
        except ValueError as error:
            raise CommandError(str(error)) from error
        seconds = time.monotonic() - started
        self.stdout.write(
            f"{len(bank.customers)} customers, {len(bank.loans)} loans, {len(bank.dates)} extracts "
            f"in {directory} ({seconds:.1f} s); truth in {truth}"
        )
