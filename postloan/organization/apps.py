from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrganizationConfig(AppConfig):
    name = "postloan.organization"
    label = "organization"
    verbose_name = _("organization")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from postloan.organization import checks, events  # noqa: F401

        # The moment of a log-in is kept by `sessions.start_session`; a `save()` would add a row to the history.
        user_logged_in.disconnect(dispatch_uid="update_last_login")
