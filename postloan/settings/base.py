"""What every way of running shares. Nothing here decides a bank's rule: those are parameters in the database."""

from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.Env()

VAR_DIR = Path(env.str("POSTLOAN_VAR", default=str(BASE_DIR / "var")))

ROOT_URLCONF = "postloan.urls"
WSGI_APPLICATION = "postloan.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "axes",
    "csp",
    "django_htmx",
    "simple_history",
    "rest_framework",
    "drf_spectacular",
    "postloan.core",
    "postloan.organization",
    "postloan.customers",
    "postloan.loans",
    "postloan.collateral",
    "postloan.todos",
    "postloan.classification",
    "postloan.warnings",
    "postloan.inspections",
    "postloan.collections",
    "postloan.handovers",
    "postloan.reporting",
    "postloan.imports",
    "postloan.api",
    "postloan.administration",
    "postloan.nightly",
    "postloan.demobank",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "postloan.core.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "postloan.organization.middleware.SessionRulesMiddleware",
    "postloan.api.middleware.ApiMiddleware",
    "postloan.core.middleware.AccessMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        # With APP_DIRS templates are parsed once a process; naming loaders would parse them on every request.
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "postloan.reporting.context.frame",
            ],
            "builtins": ["postloan.core.templatetags.postloan"],
        },
    },
]

AUTH_USER_MODEL = "organization.Staff"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "postloan.organization.authentication.StaffBackend",
]
AUTH_PASSWORD_VALIDATORS = [{"NAME": "postloan.organization.passwords.BankPasswordValidator"}]
LOGIN_URL = "organization:login"
LOGIN_REDIRECT_URL = "reporting:home"
LOGOUT_REDIRECT_URL = "organization:login"

# Sessions live in the database, so that disabling or moving a person takes effect on the next request everywhere.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "postloan_session"
CSRF_COOKIE_HTTPONLY = False
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "postloan.core.views.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        # ECharts positions its tooltip with style attributes.
        "style-src-attr": ["'unsafe-inline'"],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "postloan" / "locale"]
LANGUAGE_COOKIE_NAME = "postloan_language"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
FORMAT_MODULE_PATH = ["postloan.formats"]
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR_DIR / "static"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": VAR_DIR / "files", "base_url": None},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_TEMP_DIR = None
FILE_UPLOAD_PERMISSIONS = 0o600

# Extracts waiting to be applied; what is uploaded is unpacked here too.
INBOX_DIR = Path(env.str("POSTLOAN_INBOX", default=str(VAR_DIR / "inbox")))
# A zip that unpacks to more than this is refused before anything is written.
EXTRACT_MAX_UNPACKED_BYTES = env.int("POSTLOAN_EXTRACT_MAX_BYTES", default=8 * 1024**3)

# How messages leave: file (var/outbox), mail or gateway. The gateway's secret is read where it is used.
# What a chosen channel lacks is said at the start: core/checks.py.
MESSAGE_CHANNELS = {
    "borrower": env.str("POSTLOAN_BORROWER_CHANNEL", default="file"),
    "staff": env.str("POSTLOAN_STAFF_CHANNEL", default="file"),
}
STAFF_MAIL_DOMAIN = env.str("POSTLOAN_STAFF_MAIL_DOMAIN", default="")
DEFAULT_FROM_EMAIL = env.str("POSTLOAN_MAIL_SENDER", default="")
MAIL_SECURITY = env.str("POSTLOAN_MAIL_SECURITY", default="starttls")
EMAIL_HOST = env.str("POSTLOAN_MAIL_HOST", default="")
EMAIL_PORT = env.int("POSTLOAN_MAIL_PORT", default={"starttls": 587, "tls": 465}.get(MAIL_SECURITY, 25))
EMAIL_HOST_USER = env.str("POSTLOAN_MAIL_USER", default="")
EMAIL_HOST_PASSWORD = env.str("POSTLOAN_MAIL_PASSWORD", default="")
EMAIL_USE_TLS = MAIL_SECURITY == "starttls"
EMAIL_USE_SSL = MAIL_SECURITY == "tls"

AXES_ENABLED = True
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_FAILURE_LIMIT = "postloan.organization.authentication.failure_limit"
AXES_COOLOFF_TIME = "postloan.organization.authentication.cooloff_time"
AXES_RESET_ON_SUCCESS = True
# Trying on while locked out does not make the lock-out longer: the sentence says until when.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_CALLABLE = "postloan.organization.views.locked_out"
AXES_USERNAME_FORM_FIELD = "username"
AXES_SENSITIVE_PARAMETERS: list[str] = []
AXES_VERBOSE = False
# Lock-out is by the staff number alone, so a changed browser or address does not get round it.
SILENCED_SYSTEM_CHECKS = ["axes.W006"]

SIMPLE_HISTORY_ENFORCE_HISTORY_MODEL_PERMISSIONS = False

# The interface for other systems reads only. Who asks is settled by the middleware, what is required by its addresses.
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "postloan.api.problems.handler",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": _("Post-loan management"),
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "PREPROCESSING_HOOKS": ["postloan.api.schema.only_the_interface"],
}

CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True

SQLITE_OPTIONS = {
    "timeout": 20,
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
}


def database(url: str) -> dict:
    """A DATABASES entry from a URL, with what each engine needs to behave the same."""
    config = environ.Env.db_url_config(url)
    if config["ENGINE"] == "django.db.backends.sqlite3":
        config["OPTIONS"] = {**SQLITE_OPTIONS, **config.get("OPTIONS", {})}
    else:
        config["CONN_MAX_AGE"] = 60
        config["CONN_HEALTH_CHECKS"] = True
        # A statement plan made for an empty staging table is wrong for a full one: see core/sql.py.
        config["OPTIONS"] = {**config.get("OPTIONS", {}), "application_name": "postloan"}
    return config


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.str("POSTLOAN_LOG_LEVEL", default="INFO")},
    "loggers": {"axes": {"level": "WARNING"}, "django.security.DisallowedHost": {"level": "CRITICAL"}},
}
