"""manage.py replay DIR: imports and closes each extract of a folder of folders, in the order of their dates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import ngettext

from postloan.nightly.replay import ReplayStopped, replay


class Command(BaseCommand):
    help = "Takes in and closes every extract of a folder of folders; goes on where it was interrupted."
    # Only for those who call it: what is done after each date that is closed.
    stealth_options = ("after",)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", metavar="DIR", type=Path)
        parser.add_argument("--corrections", metavar="DIR", type=Path, help="a folder of extracts that correct others")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            closed = replay(options["folder"], self.stdout.write, options["corrections"], after=options.get("after"))
        except ReplayStopped as stopped:
            self.stderr.write(str(stopped))
            raise SystemExit(1) from None
        text = ngettext("%(count)s business date closed.", "%(count)s business dates closed.", closed)
        self.stdout.write(text % {"count": closed})
