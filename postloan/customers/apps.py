from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    name = "postloan.customers"
    label = "customers"
    verbose_name = _("customers")
    default_auto_field = "django.db.models.BigAutoField"
