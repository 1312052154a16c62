from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NightlyConfig(AppConfig):
    name = "postloan.nightly"
    label = "nightly"
    verbose_name = _("the night")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Makes the job, its parameters and its findings known.
        from postloan.nightly import alarms, tasks  # noqa: F401
