"""`manage.py serve`: the web server and the scheduler on this machine, without Redis."""

import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from postloan.core import embedded


class Command(BaseCommand):
    help = "Runs the web server on PORT (8000) and the scheduler, restarts what ends, stops both together."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
        parser.add_argument("--port", type=int, default=None, help="default: the environment's PORT, or 8000")
        parser.add_argument("--threads", type=int, default=8)

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = options["host"], options["port"] or port_from_environment()
        try:
            with embedded.only_one(settings.VAR_DIR / "serve.lock", f"process {os.getpid()}, port {port}"):
                embedded.check_port(host, port)
                call_command("collectstatic", interactive=False, verbosity=0)
                connections.close_all()
                self.stdout.write(f"Serving on http://{host}:{port}/ ; Ctrl-C stops it.")
                self._supervise(host, port, options["threads"])
        except embedded.CannotStart as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write("Stopped.")

    def _supervise(self, host: str, port: int, threads: int) -> None:
        root = settings.BASE_DIR
        embedded.Supervisor(
            children=[
                embedded.Child("The web server", embedded.web_command(host, port, threads)),
                embedded.Child("The scheduler", embedded.scheduler_command(root / "manage.py")),
            ],
            folder=root,
            environment={**os.environ, "PYTHONSAFEPATH": "1", "PYTHONPATH": str(root), "PYTHONUNBUFFERED": "1"},
            say=self.stdout.write,
        ).run()


def port_from_environment() -> int:
    """PORT, or 8000. Raises CommandError with one sentence when it is no port."""
    text = os.environ.get("PORT", "") or "8000"
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise CommandError(f"PORT is {text!r}: it must be a number from 1 to 65535.")
    return int(text)
