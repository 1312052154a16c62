"""When work is looked for. One entry for everything: what is due stands in the job ledger, not here.

A beat that stood still, or two of them, lose and double nothing: each message only says "look".
"""

from datetime import timedelta

from django.conf import settings

# A dead worker's lease ends after 45 s and is noticed at the next look: the work goes on within a minute.
LOOK_SECONDS = float(getattr(settings, "JOB_LOOK_SECONDS", 10))

SCHEDULE = {
    "run-what-is-due": {
        "task": "core.run_due",
        "schedule": timedelta(seconds=LOOK_SECONDS),
        # A message older than the next one has nothing to add.
        "options": {"expires": LOOK_SECONDS},
    },
}
