from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class InspectionsConfig(AppConfig):
    name = "postloan.inspections"
    label = "inspections"
    verbose_name = _("inspections")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Parameters, facts that fill questions in, texts of reasons.
        from postloan.inspections import (  # noqa: F401
            limits,
            limits_approval,
            limits_form,
            prefill_customer,
            prefill_loans,
            wording,
        )

        post_migrate.connect(load_policy, sender=self, dispatch_uid="postloan.inspections.policy")
        post_migrate.connect(load_templates, sender=self, dispatch_uid="postloan.inspections.templates")


def load_policy(using: str, **_ignored: object) -> None:
    """The shipped policy table is there after every migrate."""
    from postloan.inspections.models import Policy, PolicyRule
    from postloan.inspections.services.policies import ship_policy

    tables = connections[using].introspection.table_names()
    if using == "default" and {Policy._meta.db_table, PolicyRule._meta.db_table} <= set(tables):
        ship_policy()


def load_templates(using: str, **_ignored: object) -> None:
    """The shipped templates are there after every migrate."""
    from postloan.inspections.models import ReportTemplate, TemplateVersion
    from postloan.inspections.services.templates import ship_templates

    tables = connections[using].introspection.table_names()
    if using == "default" and {ReportTemplate._meta.db_table, TemplateVersion._meta.db_table} <= set(tables):
        ship_templates()
