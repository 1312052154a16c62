"""For the tests: SQLite by default, PostgreSQL when DATABASE_URL says so; nothing outside a temporary folder."""

import tempfile
from pathlib import Path

from .base import *
from .base import database, env

DEBUG = False
IS_DEMONSTRATION = True
ALLOWED_HOSTS = ["*"]
SECRET_KEY = "only for tests, " + "0123456789abcdef" * 2
VAR_DIR = Path(tempfile.mkdtemp(prefix="postloan-test-"))
KEYS_DIR = VAR_DIR / "keys"
INBOX_DIR = VAR_DIR / "inbox"
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir()
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": VAR_DIR / "files", "base_url": None},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
DATABASES = {"default": database(env.str("DATABASE_URL", default="sqlite:///:memory:"))}
if DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    # A thread that has answered keeps no session; a test database need not survive a power cut.
    DATABASES["default"]["CONN_MAX_AGE"] = 0
    DATABASES["default"]["OPTIONS"]["options"] = "-c synchronous_commit=off"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_TASK_ALWAYS_EAGER = True
CELERY_BROKER_URL = env.str("REDIS_URL", default="memory://")
