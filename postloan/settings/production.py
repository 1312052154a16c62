"""Everything from the environment; a setting that is missing stops the start with its name."""

from pathlib import Path

from .base import *
from .base import STORAGES, VAR_DIR, database, env

DEBUG = False
IS_DEMONSTRATION = False
SECRET_KEY = env.str("POSTLOAN_SECRET_KEY")
ALLOWED_HOSTS = env.list("POSTLOAN_HOSTS")
CSRF_TRUSTED_ORIGINS = env.list("POSTLOAN_ORIGINS", default=[f"https://{host}" for host in ALLOWED_HOSTS])
DATABASES = {"default": database(env.str("DATABASE_URL"))}
KEYS_DIR = None
# Never the demonstration's file, unless somebody chose it.
MESSAGE_CHANNELS = {
    "borrower": env.str("POSTLOAN_BORROWER_CHANNEL", default="gateway"),
    "staff": env.str("POSTLOAN_STAFF_CHANNEL", default="mail"),
}
CELERY_BROKER_URL = env.str("REDIS_URL")
# Requests of other systems are counted for all processes together.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CELERY_BROKER_URL}}
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 6 * 3600}
CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS = {"visibility_timeout": 6 * 3600}
CELERY_VISIBILITY_TIMEOUT = 6 * 3600

SESSION_COOKIE_SECURE = env.bool("POSTLOAN_HTTPS", default=True)
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE
SECURE_HSTS_SECONDS = 31536000 if SESSION_COOKIE_SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SESSION_COOKIE_SECURE
SECURE_HSTS_PRELOAD = SESSION_COOKIE_SECURE
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# In a container the collected files belong to the image, VAR_DIR to a volume that outlives it.
STATIC_ROOT = Path(env.str("POSTLOAN_STATIC", default=str(VAR_DIR / "static")))
