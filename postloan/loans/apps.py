from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LoansConfig(AppConfig):
    name = "postloan.loans"
    label = "loans"
    verbose_name = _("loans")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # The guards of the states ask the connection a question that this module answers on SQLite.
        from postloan.core import guards  # noqa: F401
