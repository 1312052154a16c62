from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WarningsConfig(AppConfig):
    name = "postloan.warnings"
    label = "warnings"
    verbose_name = _("warning signals")
    default_auto_field = "django.db.models.BigAutoField"
