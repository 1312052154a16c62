"""For the real processes of tests/test_processes: everything from the environment, short leases and intervals.

POSTLOAN_TEST_WITHOUT names mechanisms that tests/test_processes/switches.py turns off, so that a test can be seen red.
Borrowers are told through the channel `counted` of those switches, staff through files.
"""

import os
from pathlib import Path

from postloan.settings.test import *  # noqa: F403
from postloan.settings.test import INSTALLED_APPS as APPS
from postloan.settings.test import STORAGES
from tests.test_processes import pace

VAR_DIR = Path(os.environ["POSTLOAN_VAR"])
KEYS_DIR = VAR_DIR / "keys"
INBOX_DIR = VAR_DIR / "inbox"
STORAGES["default"]["OPTIONS"]["location"] = VAR_DIR / "files"
CELERY_TASK_ALWAYS_EAGER = False
CELERY_BROKER_URL = os.environ.get("REDIS_URL", "memory://")
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
MESSAGE_CHANNELS = {"borrower": "counted", "staff": "file"}
JOB_LEASE_SECONDS = pace.LEASE
JOB_LOOK_SECONDS = pace.LOOK
JOB_RETRY_SECONDS = pace.RETRY
INSTALLED_APPS = [*APPS, "tests.test_processes.switches.Switches"]
