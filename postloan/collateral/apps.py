from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CollateralConfig(AppConfig):
    name = "postloan.collateral"
    label = "collateral"
    verbose_name = _("collateral")
    default_auto_field = "django.db.models.BigAutoField"
