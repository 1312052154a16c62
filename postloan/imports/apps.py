from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ImportsConfig(AppConfig):
    name = "postloan.imports"
    label = "imports"
    verbose_name = _("extracts")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Jobs, parameters, findings and events become known when their modules are read.
        from postloan.imports import events, jobs, noted, parameters  # noqa: F401
