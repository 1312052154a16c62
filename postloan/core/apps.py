from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "postloan.core"
    label = "core"
    verbose_name = _("core")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from postloan.core import checks, dead_letters  # noqa: F401  registers checks, the outbox's job and its watch

        post_migrate.connect(load_calendar, sender=self, dispatch_uid="postloan.core.calendar")


def load_calendar(using: str, **_ignored: object) -> None:
    """The working days of the published years are there after every migrate."""
    from postloan.core import calendar
    from postloan.core.working_days import WorkingDay

    if WorkingDay._meta.db_table in connections[using].introspection.table_names():
        calendar.load_known_years(using)
