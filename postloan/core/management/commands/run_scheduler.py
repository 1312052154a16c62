"""`manage.py run_scheduler`: looks every two seconds for work that is due and does it."""

import logging
import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import close_old_connections

from postloan.core import jobs
from postloan.core.checks import refuse_unset_channels

logger = logging.getLogger(__name__)

LONGEST_PAUSE_SECONDS = 60.0


class Command(BaseCommand):
    help = (
        "Runs due jobs from the database until it is told to stop. A round that fails is logged and tried again"
        " after a longer pause; a job in hand is finished before the end."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="one round, then end")
        parser.add_argument("--interval", type=float, default=2.0, help="seconds between rounds")
        parser.add_argument(
            "--alone",
            action="store_true",
            help="no other runner works on this database: what is marked as running died with the last one",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_unset_channels()
        scheduler = Scheduler(interval=options["interval"], is_alone=options["alone"])
        if options["once"]:
            scheduler.round()
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: scheduler.stop.set())
        scheduler.run()


class Scheduler:
    """Rounds with a pause between them; `stop` ends it after the round in hand."""

    def __init__(self, *, interval: float, is_alone: bool) -> None:
        self.interval = interval
        self.must_take_over = is_alone
        self.stop = threading.Event()

    def run(self) -> None:
        pause = self.interval
        while not self.stop.is_set():
            well = self.round()
            pause = self.interval if well else min(pause * 2, LONGEST_PAUSE_SECONDS)
            self.stop.wait(pause)

    def round(self) -> bool:
        """Runs what is due and leaves a sign of life. False when the round itself failed, not a job in it."""
        close_old_connections()
        try:
            if self.must_take_over:
                jobs.take_over()
                self.must_take_over = False
            jobs.run_due()
        except Exception:
            # Whatever it was (a database away for a moment, a disk full): the next round tries again, and the
            # sign of life grows old meanwhile.
            logger.exception("The round failed")
            return False
        finally:
            close_old_connections()
        settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
        (settings.VAR_DIR / "scheduler.heartbeat").touch()
        return True
