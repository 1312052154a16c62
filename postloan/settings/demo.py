"""One machine, one command: SQLite, no Redis, keys and files under var/."""

from .base import *
from .base import VAR_DIR, database, env

DEBUG = False
IS_DEMONSTRATION = True
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", "testserver", *env.list("POSTLOAN_HOSTS", default=[])]
VAR_DIR.mkdir(parents=True, exist_ok=True)
DATABASES = {"default": database(env.str("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'postloan.sqlite3'}"))}
KEYS_DIR = VAR_DIR / "keys"
SECRET_KEY = env.str("POSTLOAN_SECRET_KEY", default="")
if not SECRET_KEY:
    from postloan.core.keys import demonstration_secret

    SECRET_KEY = demonstration_secret(KEYS_DIR)
CELERY_BROKER_URL = env.str("REDIS_URL", default="memory://")
CELERY_TASK_ALWAYS_EAGER = not env.str("REDIS_URL", default="")
