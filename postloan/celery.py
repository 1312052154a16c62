"""The Celery application of the server mode: `celery -A postloan worker` and `celery -A postloan beat`.

All settings, with their reasons, stand in `postloan.settings` under the prefix CELERY_.
"""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_init
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from postloan.schedule import SCHEDULE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "postloan.settings.demo")

app = Celery("postloan")
# For all threads: a web server's thread that sends a poke must find the same broker.
app.set_default()
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = SCHEDULE
app.autodiscover_tasks()


@worker_init.connect
@beat_init.connect
def _refuse_what_cannot_start(**_ignored: Any) -> None:
    """No public passwords, no channel without its settings. By name: `core` sends its pokes through this module."""
    try:
        import_string("postloan.organization.checks.refuse_demonstration_users")()
        import_string("postloan.core.checks.refuse_unset_channels")()
    except ImproperlyConfigured as refusal:
        # Signals log every Exception and go on.
        raise SystemExit(str(refusal)) from refusal
