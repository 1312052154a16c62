from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportingConfig(AppConfig):
    name = "postloan.reporting"
    label = "reporting"
    verbose_name = _("reporting")
    default_auto_field = "django.db.models.BigAutoField"
