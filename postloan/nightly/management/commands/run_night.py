"""manage.py run_night: closes the open business date."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from postloan.core import business_date, locks
from postloan.nightly import services, texts
from postloan.nightly.models import RunState


class Command(BaseCommand):
    help = "Runs the night of the open business date and closes it; with nothing open it says so."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--again", action="store_true", help="compute the last closed date once more")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            run = services.run_night(business_date=business_date.last_closed() if options["again"] else None)
        except services.NothingToClose as nothing:
            self.stdout.write(str(nothing))
            return
        except services.NightRefused as refusal:
            self._stop(str(refusal))
        except locks.AlreadyRunning:
            self._stop(_("An extract or another night is at work; try again when it has ended."))
        if run.state != RunState.DONE:
            self._stop(texts.night_sentence(run))
        self.stdout.write(_("%(day)s is closed.") % {"day": run.business_date})
        for step in run.steps.all():
            counts = "  ".join(f"{name} {count}" for name, count in step.counts.items())
            self.stdout.write(f"  {step.code:<16}{step.seconds:>9.3f} s  {counts}")

    def _stop(self, sentence: str) -> None:
        self.stderr.write(sentence)
        raise SystemExit(1)
